// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lists of source mode. The listeners of a MAC are its entries 0, 1, 2 … without a gap (bpf/abi.h):
 * adding appends; removing copies the last over the hole before it deletes the last, so that for a
 * moment one listener is there twice and never is one missing.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "parent.h"

static struct xm_source_key key_of(const uint8_t *mac, uint16_t index)
{
	struct xm_source_key key = { .index = index };

	memcpy(key.mac, mac, XM_MAC_LEN);
	return key;
}

static bool lookup(struct xm_parent *p, const uint8_t *mac, uint16_t index, struct xm_source *ret)
{
	struct xm_source_key key = key_of(mac, index);

	return !bpf_map_lookup_elem(p->maps[XM_MAP_SOURCES], &key, ret);
}

/* Index of the entry, or the number of the MAC's entries when it is not among them */
static uint16_t find(struct xm_parent *p, const uint8_t *mac, uint32_t slot, uint16_t gen, bool *found)
{
	struct xm_source s;
	uint16_t i = 0;

	*found = false;
	for (; lookup(p, mac, i, &s); i++)
		if (s.slot == slot && s.gen == gen) {
			*found = true;
			break;
		}
	return i;
}

int xm_sources_add(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac, struct xm_err *e)
{
	struct xm_source s = { .slot = slot, .gen = gen };
	struct xm_source_key key;
	bool found;

	key = key_of(mac, find(p, mac, slot, gen, &found));
	if (found)
		return 0; /* as macvlan: listed twice is listed once */
	if (bpf_map_update_elem(p->maps[XM_MAP_SOURCES], &key, &s, BPF_NOEXIST))
		return xm_fail(e, errno, "cannot list another source address: %s",
			       errno == E2BIG ? "the map is full" : strerror(errno));
	return 0;
}

int xm_sources_del(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac, struct xm_err *e)
{
	struct xm_source_key hole, last;
	struct xm_source s;
	uint16_t index, end;
	bool found;

	index = find(p, mac, slot, gen, &found);
	if (!found)
		return 0; /* as macvlan */
	for (end = index; lookup(p, mac, end + 1, &s); end++)
		;
	hole = key_of(mac, index);
	last = key_of(mac, end);
	if (end != index && (bpf_map_lookup_elem(p->maps[XM_MAP_SOURCES], &last, &s) ||
			     bpf_map_update_elem(p->maps[XM_MAP_SOURCES], &hole, &s, BPF_ANY)))
		return xm_fail(e, errno, "cannot change the source addresses: %s", strerror(errno));
	if (bpf_map_delete_elem(p->maps[XM_MAP_SOURCES], &last))
		return xm_fail(e, errno, "cannot remove a source address: %s", strerror(errno));
	return 0;
}

/* All entries, malloc'ed. Their number or -errno. */
static int read_all(const struct xm_parent *p, struct xm_source_key **keys, struct xm_source **values)
{
	uint32_t at, n, total = 0;
	void *in = NULL;
	int err = 0;

	*keys = calloc(XM_MAX_SOURCES, sizeof(**keys));
	*values = calloc(XM_MAX_SOURCES, sizeof(**values));
	if (!*keys || !*values)
		return -ENOMEM;
	do {
		n = XM_MAX_SOURCES - total;
		if (bpf_map_lookup_batch(p->maps[XM_MAP_SOURCES], in, &at, *keys + total, *values + total, &n,
					 NULL))
			err = errno;
		total += n;
		in = &at;
	} while (!err && total < XM_MAX_SOURCES);
	return err && err != ENOENT ? -err : (int)total;
}

/* Removes the entries that gone() names */
static int remove_if(struct xm_parent *p, bool (*gone)(struct xm_parent *, const struct xm_source *, uint32_t),
		     uint32_t arg, struct xm_err *e)
{
	struct xm_source_key *keys;
	struct xm_source *values;
	int err = 0, n = read_all(p, &keys, &values);

	if (n < 0)
		err = xm_fail(e, n, "cannot read the source addresses: %s", strerror(-n));
	for (int i = 0; i < n && !err; i++)
		if (gone(p, &values[i], arg))
			err = xm_sources_del(p, values[i].slot, values[i].gen, keys[i].mac, e);
	free(keys);
	free(values);
	return err;
}

static bool of_slot(struct xm_parent *p, const struct xm_source *s, uint32_t slot)
{
	(void)p;
	return s->slot == slot;
}

int xm_sources_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	return remove_if(p, of_slot, slot, e);
}

static bool stale(struct xm_parent *p, const struct xm_source *s, uint32_t unused)
{
	const struct xm_slot *ep = xm_slot_at(p, s->slot);

	(void)unused;
	return !ep || ep->rec.port.source_gen != s->gen || ep->rec.port.mode != XM_MODE_SOURCE;
}

int xm_sources_sweep(struct xm_parent *p, struct xm_err *e)
{
	return remove_if(p, stale, 0, e);
}

int xm_sources_set(struct xm_parent *p, struct xm_slot *ep, const struct xm_settings *s, struct xm_err *e)
{
	uint16_t gen = ep->rec.port.source_gen + 1;
	int err = 0;

	for (size_t i = 0; i < s->mac_count && !err; i++)
		err = xm_sources_add(p, ep->slot, gen, s->macs[i], e);
	if (!err) {
		ep->rec.port.source_gen = gen;
		err = xm_endpoint_store(p, ep, e);
		if (err) {
			/* the list that counts is the one before; swept is the new one */
			ep->rec.port.source_gen = gen - 1;
			xm_endpoint_save(p, ep, NULL);
		}
	}
	xm_sources_sweep(p, NULL);
	return err;
}

int xm_parent_sources(const struct xm_parent *p, const struct xm_slot *ep, uint8_t (**ret)[XM_MAC_LEN])
{
	struct xm_source_key *keys;
	struct xm_source *values;
	int n = read_all(p, &keys, &values), count = 0;

	*ret = n > 0 ? calloc(n, XM_MAC_LEN) : NULL;
	if (n > 0 && !*ret)
		n = -ENOMEM;
	for (int i = 0; i < n; i++)
		if (values[i].slot == ep->slot && values[i].gen == ep->rec.port.source_gen)
			memcpy((*ret)[count++], keys[i].mac, XM_MAC_LEN);
	free(keys);
	free(values);
	return n < 0 ? n : count;
}
