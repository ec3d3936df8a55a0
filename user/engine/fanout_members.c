// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The members of a fan-out: the endpoints to which it copies, in chunks of neighbouring slots */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/endpoint_peer.h"
#include "engine/fanout_members.h"
#include "engine/record.h"
#include "engine/tc_pins.h"
#include "pins/fanout_map.h"

#define HEADER	 14
#define VLAN_TAG 4 /* a device takes frames longer by one tag than its MTU (is_skb_forwardable()) */

/* Whether an endpoint takes, as XDP frames, all frames that fit into the pair */
static bool takes_copies(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	const uint32_t needs = XM_PORT_NAPI | XM_PORT_OTHER_NETNS;

	return ep->rec.state == XM_ENDPOINT_READY && (ep->rec.port.flags & needs) == needs &&
	       !(ep->rec.port.flags & XM_PORT_TAP) && ep->rec.port.mtu >= p->link.mtu;
}

static void members_count(const struct xm_parent *p, struct xm_fanout_members *m)
{
	for (size_t i = 0; i < p->count; i++) {
		const struct xm_endpoint *ep = &p->endpoints[i];

		if (!takes_copies(p, ep)) {
			m->fanout.looped++;
			continue;
		}
		m->bits[ep->slot / 64] |= 1ull << ep->slot % 64;
		if (m->fanout.chunks <= ep->slot / XM_FANOUT_CHUNK)
			m->fanout.chunks = ep->slot / XM_FANOUT_CHUNK + 1;
	}
	m->fanout.frame_max = p->link.mtu + HEADER + VLAN_TAG;
}

void xm_fanout_members_read(const struct xm_parent *p, uint32_t near, uint32_t copies_min,
			    struct xm_fanout_members *ret)
{
	memset(ret, 0, sizeof(*ret));
	ret->fanout.ifindex = near;
	ret->fanout.copies_min = copies_min;
	members_count(p, ret);
	ret->old = xm_fanout_map_read(p->maps);
	xm_fanout_map_members(p->maps, ret->old.chunks, ret->before);
}

bool xm_fanout_members_differ(const struct xm_parent *p, const struct xm_fanout_members *m)
{
	return memcmp(&m->fanout, &m->old, sizeof(m->old)) != 0 ||
	       memcmp(m->bits, m->before, sizeof(m->bits)) != 0 ||
	       xm_fanout_map_listeners_differ(p->maps, m->listeners, m->listeners_count);
}

/* near: of entry 0; 0: the devmap has none */
static int chunk_fill(struct xm_parent *p, uint32_t chunk, uint32_t near, int prog_fd, int fd)
{
	int err = near ? xm_fanout_map_set(fd, 0, near, 0) : 0;

	for (size_t i = 0; i < p->count && !err; i++) {
		const struct xm_endpoint *ep = &p->endpoints[i];

		if (ep->slot / XM_FANOUT_CHUNK == chunk && takes_copies(p, ep))
			err = xm_fanout_map_set(fd, 1 + ep->slot % XM_FANOUT_CHUNK,
						ep->rec.host_ifindex, prog_fd);
	}
	return err;
}

/*
 * A frame passes through every chunk, also one without endpoints, by its entry 0. A member of
 * before has its entry: the kernel deletes that with the host end, and xm_fanout_forget() the bit.
 */
static int chunk_enter(struct xm_parent *p, const struct xm_fanout_members *m, uint32_t chunk,
		       int prog_fd)
{
	uint32_t word = chunk * XM_FANOUT_CHUNK / 64, shift = chunk * XM_FANOUT_CHUNK % 64;
	uint64_t added = (m->bits[word] & ~m->before[word]) >> shift;
	int err = 0, fd;

	if (!(added & ((1u << XM_FANOUT_CHUNK) - 1)) && chunk < m->old.chunks)
		return 0;
	for (int last = 0; last <= 1 && !err; last++) {
		fd = xm_fanout_map_open(p->dir, p->maps, chunk, last);
		if (fd < 0)
			return fd;
		err = chunk_fill(p, chunk, last ? 0 : m->fanout.ifindex, prog_fd, fd);
		close(fd);
	}
	return err;
}

int xm_fanout_members_enter(struct xm_parent *p, const struct xm_fanout_members *m)
{
	uint32_t chunks = m->fanout.chunks > m->old.chunks ? m->fanout.chunks : m->old.chunks;
	int prog_fd = xm_tc_pin_open(p->dir, XM_PROG_FANOUT_TX);
	int err = prog_fd < 0 ? prog_fd : 0;

	for (uint32_t chunk = 0; chunk < m->fanout.chunks && !err; chunk++)
		err = chunk_enter(p, m, chunk, prog_fd);
	if (prog_fd >= 0)
		close(prog_fd);
	if (!err)
		err = xm_fanout_map_set_members(p->maps, chunks, m->before, m->bits);
	if (!err)
		err = xm_fanout_map_set_listeners(p->maps, m->listeners, m->listeners_count);
	return err ? err : xm_fanout_map_write(p->maps, &m->fanout);
}

/* Users of peer ends have turned GRO off or on, and NAPI with it */
void xm_fanout_members_read_napi(struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct xm_endpoint *ep = &p->endpoints[i];
		uint8_t flags = ep->rec.port.flags & ~XM_PORT_NAPI;

		if (ep->rec.state != XM_ENDPOINT_READY || flags & XM_PORT_TAP)
			continue;
		if (xm_peer_has_gro(p, ep))
			flags |= XM_PORT_NAPI;
		if (flags == ep->rec.port.flags)
			continue;
		ep->rec.port.flags = flags;
		xm_endpoint_commit(p, ep, NULL);
	}
}
