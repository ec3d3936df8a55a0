// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The MACs that source-mode endpoints list. The listeners of a MAC are its entries 0, 1, 2 …
 * without a gap (include/abi.h). Adding appends an entry. Removing copies the last entry over the
 * hole and then deletes the last: for a moment one listener is there twice, and none is ever
 * missing. An entry that a kill leaves there twice is swept.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/endpoint_table.h"
#include "engine/fanout_entrance.h"
#include "engine/record.h"
#include "engine/source_list.h"
#include "mac.h"

static struct xm_source_key source_key(const uint8_t *mac, uint16_t index)
{
	struct xm_source_key key;

	xm_source_key_set(&key, mac, index);
	return key;
}

/* Returns 1, 0: there is no such entry, or a negative errno */
static int source_lookup(struct xm_parent *p, const uint8_t *mac, uint16_t index,
			 struct xm_source *ret)
{
	struct xm_source_key key = source_key(mac, index);

	if (!bpf_map_lookup_elem(p->maps[XM_MAP_SOURCES], &key, ret))
		return 1;
	return errno == ENOENT ? 0 : -errno;
}

/*
 * Returns 1 and in *ret the index of the listener's entry; 0 and in *ret the number of entries of
 * the MAC, none of which is the listener's; or a negative errno and fills *e.
 */
static int source_find(struct xm_parent *p, const uint8_t *mac, uint32_t slot, uint16_t gen,
		       uint16_t *ret, struct xm_err *e)
{
	struct xm_source s;
	uint16_t i = 0;
	int found;

	while ((found = source_lookup(p, mac, i, &s)) > 0 && (s.slot != slot || s.gen != gen))
		i++;
	*ret = i;
	return found < 0
		       ? xm_fail(e, found, "cannot read the source addresses: %s", strerror(-found))
		       : found;
}

/* Adds the MAC to the list of (slot, generation). As in macvlan a repetition is no error. */
static int source_list_add(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac,
			   struct xm_err *e)
{
	struct xm_source s = { .slot = slot, .gen = gen };
	struct xm_source_key key;
	uint16_t end;
	int found = source_find(p, mac, slot, gen, &end, e);

	if (found)
		/* macvlan_hash_add_source(): a second time is no error */
		return found < 0 ? found : 0;
	xm_fanout_hold_listeners(p);
	key = source_key(mac, end);
	if (bpf_map_update_elem(p->maps[XM_MAP_SOURCES], &key, &s, BPF_NOEXIST))
		return xm_fail(e, errno, "cannot list another source address: %s",
			       errno == E2BIG ? "the map is full" : strerror(errno));
	return 0;
}

/*
 * Removes entry `index` of the MAC, which has `end` + 1. After an error all is as before if that
 * can be written.
 */
static int source_remove(struct xm_parent *p, const uint8_t *mac, uint16_t index, uint16_t end,
			 struct xm_err *e)
{
	struct xm_source_key hole = source_key(mac, index), last = source_key(mac, end);
	struct xm_source was, moved;
	int err;

	xm_fanout_hold_listeners(p);
	if (end != index && (bpf_map_lookup_elem(p->maps[XM_MAP_SOURCES], &hole, &was) ||
			     bpf_map_lookup_elem(p->maps[XM_MAP_SOURCES], &last, &moved) ||
			     bpf_map_update_elem(p->maps[XM_MAP_SOURCES], &hole, &moved, BPF_ANY)))
		return xm_fail(e, errno, "cannot change the source addresses: %s", strerror(errno));
	if (!bpf_map_delete_elem(p->maps[XM_MAP_SOURCES], &last))
		return 0;
	err = xm_fail(e, errno, "cannot remove a source address: %s", strerror(errno));
	if (end != index)
		bpf_map_update_elem(p->maps[XM_MAP_SOURCES], &hole, &was, BPF_ANY);
	return err;
}

/* Deletes the MAC from the list of (slot, generation). As in macvlan a repetition is no error. */
static int source_list_del(struct xm_parent *p, uint32_t slot, uint16_t gen, const uint8_t *mac,
			   struct xm_err *e)
{
	struct xm_source s;
	uint16_t index, end;
	int found = source_find(p, mac, slot, gen, &index, e);

	if (found <= 0)
		/* macvlan_changelink_sources(): a MAC that is not listed is no error */
		return found;
	for (end = index; (found = source_lookup(p, mac, end + 1, &s)) > 0; end++)
		;
	if (found)
		return xm_fail(e, found, "cannot read the source addresses: %s", strerror(-found));
	return source_remove(p, mac, index, end, e);
}

/* Reads all entries; both arrays are allocated. Returns their number or a negative errno. */
static int sources_read(const struct xm_parent *p, struct xm_source_key **keys,
			struct xm_source **values)
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
		if (bpf_map_lookup_batch(p->maps[XM_MAP_SOURCES], in, &at, *keys + total,
					 *values + total, &n, NULL))
			err = errno;
		total += n;
		in = &at;
	} while (!err && total < XM_MAX_SOURCES);
	return err && err != ENOENT ? -err : (int)total;
}

static int source_compare(const void *a, const void *b)
{
	const struct xm_source_entry *one = a, *other = b;
	int macs = memcmp(one->key.mac, other->key.mac, XM_MAC_LEN);

	if (macs)
		return macs;
	if (one->source.slot != other->source.slot)
		return (int)one->source.slot - other->source.slot;
	return (int)one->source.gen - other->source.gen;
}

int xm_source_list_read_all(const struct xm_parent *p, struct xm_source_entry **ret)
{
	struct xm_source_key *keys;
	struct xm_source *values;
	int n = sources_read(p, &keys, &values);

	*ret = n > 0 ? calloc(n, sizeof(**ret)) : NULL;
	if (n > 0 && !*ret)
		n = -ENOMEM;
	for (int i = 0; i < n; i++)
		(*ret)[i] = (struct xm_source_entry){ keys[i], values[i] };
	free(keys);
	free(values);
	if (n > 0)
		qsort(*ret, n, sizeof(**ret), source_compare);
	return n;
}

/* Entries of the slot (all of them, or those that do not count), and entries of no endpoint */
static bool source_is_outdated(struct xm_parent *p, const struct xm_source *s, uint32_t slot,
			       bool all)
{
	const struct xm_endpoint *ep = xm_endpoint_by_slot(p, s->slot);

	if (!ep || s->slot != slot)
		return !ep;
	return all || ep->rec.port.source_gen != s->gen || ep->rec.port.mode != XM_MODE_SOURCE;
}

/* Removes outdated entries, and a listener that is there twice */
static int sources_sweep(struct xm_parent *p, uint32_t slot, bool all, struct xm_err *e)
{
	struct xm_source_entry *entries;
	int err = 0, n = xm_source_list_read_all(p, &entries);

	if (n < 0)
		err = xm_fail(e, n, "cannot read the source addresses: %s", strerror(-n));
	for (int i = 0; i < n && !err; i++) {
		const struct xm_source *s = &entries[i].source;

		if (source_is_outdated(p, s, slot, all) ||
		    (i && !source_compare(&entries[i], &entries[i - 1])))
			err = source_list_del(p, s->slot, s->gen, entries[i].key.mac, e);
	}
	free(entries);
	return err;
}

int xm_source_list_clear(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	return sources_sweep(p, slot, true, e);
}

int xm_source_list_sweep(struct xm_parent *p, uint32_t slot, struct xm_err *e)
{
	return sources_sweep(p, slot, false, e);
}

int xm_source_list_read(const struct xm_parent *p, const struct xm_endpoint *ep,
			uint8_t (**ret)[XM_MAC_LEN])
{
	struct xm_source_key *keys;
	struct xm_source *values;
	int n = sources_read(p, &keys, &values), count = 0;

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

/* Copies the list that counts into the generation `gen`, without the MAC `but` (NULL: all of it) */
static int sources_copy(struct xm_parent *p, const struct xm_endpoint *ep, const uint8_t *but,
			uint16_t gen, struct xm_err *e)
{
	uint8_t(*macs)[XM_MAC_LEN];
	int err = 0, n = xm_source_list_read(p, ep, &macs);

	if (n < 0)
		return xm_fail(e, n, "cannot read the source addresses: %s", strerror(-n));
	for (int i = 0; i < n && !err; i++)
		if (!but || memcmp(macs[i], but, XM_MAC_LEN))
			err = source_list_add(p, ep->slot, gen, macs[i], e);
	free(macs);
	return err;
}

int xm_source_list_fill(struct xm_parent *p, const struct xm_endpoint *ep,
			const struct xm_settings *s, uint16_t gen, struct xm_err *e)
{
	int err = 0;

	if (s->macaddr == XM_MACADDR_DEL)
		return sources_copy(p, ep, s->macs[0], gen, e);
	if (s->macaddr == XM_MACADDR_ADD)
		err = sources_copy(p, ep, NULL, gen, e);
	for (size_t i = 0; i < s->mac_count && !err; i++)
		err = source_list_add(p, ep->slot, gen, s->macs[i], e);
	return err;
}

/*
 * Replaces the list in one step, also by an empty one. The generation that no longer counts (on
 * failure: the one that does not count yet) has to be swept; until it is, the endpoint is in state
 * CHANGING.
 */
static int source_list_set(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			   struct xm_err *e)
{
	uint16_t gen = ep->rec.port.source_gen + 1;
	int err = xm_source_list_fill(p, ep, s, gen, e);

	if (err)
		return err;
	ep->rec.port.source_gen = gen;
	return xm_endpoint_commit(p, ep, e);
}

int xm_source_list_apply(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s,
			 struct xm_err *e)
{
	switch (s->macaddr) {
	case XM_MACADDR_NONE:
		return 0;
	case XM_MACADDR_ADD:
		return source_list_add(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_DEL:
		return source_list_del(p, ep->slot, ep->rec.port.source_gen, s->macs[0], e);
	case XM_MACADDR_SET:
	case XM_MACADDR_FLUSH:
		return source_list_set(p, ep, s, e);
	}
	return 0;
}
