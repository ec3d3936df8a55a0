// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The addresses that endpoints have taught the programs (bpf/neigh.h) */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "engine/neigh_addresses.h"

static int neigh_fail(const struct xm_parent *p, int err, struct xm_err *e)
{
	return xm_fail(e, err, "cannot delete addresses from %s/neigh_owners: %s", p->dir,
		       strerror(-err));
}

static int neigh_del(int map, const void *key)
{
	return bpf_map_delete_elem(map, key) && errno != ENOENT ? -errno : 0;
}

/* Another endpoint may have taken the address over since */
static int neigh_del_owned(int map, uint32_t slot, const struct xm_neigh_key *key)
{
	struct xm_neigh_owner owner;

	if (bpf_map_lookup_elem(map, key, &owner))
		return errno == ENOENT ? 0 : -errno;
	return owner.slot == slot ? neigh_del(map, key) : 0;
}

int xm_neigh_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	int owners = p->maps[XM_MAP_NEIGH_OWNERS], map = p->maps[XM_MAP_NEIGH_TAUGHT];
	struct xm_neigh_slot_key key = { .bits = 32, .slot = slot };
	struct xm_neigh_taught taught;
	int err = 0;

	/* Pins of ABI 1.0 lack the maps */
	if (owners < 0 || map < 0)
		return 0;
	if (bpf_map_lookup_elem(map, &key, &taught))
		return errno == ENOENT ? 0 : neigh_fail(p, -errno, e);
	for (uint32_t i = 0; i < XM_NEIGH_PLACES && !err; i++)
		if (taught.address[i].bits)
			err = neigh_del_owned(owners, slot, &taught.address[i]);
	if (!err)
		err = neigh_del(map, &key);
	return err ? neigh_fail(p, err, e) : 0;
}

/* limit: number of entries, for programs may still add some */
static int map_clear(int map, uint32_t limit)
{
	struct xm_neigh_key key; /* the larger one of both maps */
	int err = 0;

	for (uint32_t i = 0; i < limit && !err; i++) {
		if (bpf_map_get_next_key(map, NULL, &key))
			return errno == ENOENT ? 0 : -errno;
		err = neigh_del(map, &key);
	}
	return err;
}

int xm_neigh_clear_all(struct xm_parent *p, struct xm_err *e)
{
	int owners = p->maps[XM_MAP_NEIGH_OWNERS], taught = p->maps[XM_MAP_NEIGH_TAUGHT], err;

	if (owners < 0 || taught < 0)
		return 0;
	err = map_clear(owners, 2 * XM_MAX_NEIGHS);
	if (!err)
		err = map_clear(taught, 2 * XM_MAX_SLOTS);
	return err ? neigh_fail(p, err, e) : 0;
}
