// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "engine/endpoint_table.h"
#include "engine/fanout_listeners.h"
#include "engine/source_list.h"
#include "mac.h"

/* The listeners of one MAC: entries of `sources` side by side, in the order of their slots */
struct listeners {
	const struct xm_source_entry *entries;
	size_t count;
};

static bool is_member(const struct xm_fanout_members *m, uint32_t slot)
{
	return m->bits[slot / 64] >> slot % 64 & 1;
}

/* Members in the chunk of a slot */
static unsigned int chunk_members(const struct xm_fanout_members *m, uint32_t slot)
{
	uint32_t first = slot / XM_FANOUT_CHUNK * XM_FANOUT_CHUNK;

	return __builtin_popcount(m->bits[first / 64] >> first % 64 & 0xff);
}

/* The programs ignore an entry of another generation, and that of an endpoint in another mode */
static bool entry_counts(const struct xm_parent *p, const struct xm_source *s)
{
	const struct xm_endpoint *ep = xm_endpoint_by_slot((struct xm_parent *)p, s->slot);

	return ep && ep->rec.port.mode == XM_MODE_SOURCE && ep->rec.port.source_gen == s->gen;
}

/*
 * An endpoint that is no member, or that takes the frame (nodst), leaves all listeners of the MAC
 * to the loop, as an incomplete change does
 */
static bool entry_is_left_to_loop(const struct xm_parent *p, const struct xm_fanout_members *m,
				  const struct xm_source *s)
{
	const struct xm_endpoint *ep = xm_endpoint_by_slot((struct xm_parent *)p, s->slot);

	return !ep || ep->rec.state != XM_ENDPOINT_READY || ep->rec.port.flags & XM_PORT_NODST ||
	       !is_member(m, s->slot);
}

/* Enters a listener: into the last entry of the MAC, or into a new one. Returns false: no room. */
static bool entry_add(struct xm_fanout_members *m, size_t first, const struct xm_source_entry *from)
{
	uint32_t chunk = from->source.slot / XM_FANOUT_CHUNK;
	struct xm_fanout_entry *last = m->listeners + m->listeners_count - 1;

	if (m->listeners_count == first || last->value.chunk != chunk) {
		if (m->listeners_count == XM_MAX_FANOUT_LISTENERS)
			return false;
		last = m->listeners + m->listeners_count++;
		*last = (struct xm_fanout_entry){ .value.chunk = chunk };
		xm_source_key_set(&last->key, from->key.mac, m->listeners_count - 1 - first);
	}
	last->value.slots |= 1 << from->source.slot % XM_FANOUT_CHUNK;
	return true;
}

/* Enters the listeners of a MAC. Returns false when the loop makes their copies. */
static bool mac_add(const struct xm_parent *p, const struct xm_fanout_listeners_policy *policy,
		    struct xm_fanout_members *m, const struct listeners *l)
{
	size_t first = m->listeners_count, copies = 0, members = 0;

	for (size_t i = 0; i < l->count; i++) {
		const struct xm_source *s = &l->entries[i].source;

		if (!entry_counts(p, s))
			continue;
		if (entry_is_left_to_loop(p, m, s) || !entry_add(m, first, &l->entries[i]))
			return false;
		copies++;
	}
	for (size_t i = first; i < m->listeners_count; i++) {
		m->listeners[i].value.copies = copies;
		members += chunk_members(m, m->listeners[i].value.chunk * XM_FANOUT_CHUNK);
	}
	if (!copies || copies < policy->listeners_min ||
	    members - copies > policy->others_max * copies)
		return false;
	m->listeners[m->listeners_count - 1].value.last = 1;
	return true;
}

int xm_fanout_listeners_read(const struct xm_parent *p,
			     const struct xm_fanout_listeners_policy *policy,
			     struct xm_fanout_members *m, struct xm_err *e)
{
	struct xm_source_entry *entries = NULL;
	int n = 0;

	m->listeners_count = 0;
	if (p->config.uses & XM_USES_SOURCES)
		n = xm_source_list_read_all(p, &entries);
	if (n < 0)
		return xm_fail(e, n, "cannot read the source addresses: %s", strerror(-n));
	for (int i = 0, end; i < n; i = end) {
		size_t before = m->listeners_count;

		for (end = i + 1;
		     end < n && xm_mac_equal(entries[i].key.mac, entries[end].key.mac);)
			end++;
		if (!mac_add(p, policy, m, &(struct listeners){ entries + i, end - i }))
			m->listeners_count = before;
	}
	free(entries);
	return 0;
}
