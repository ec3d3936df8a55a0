// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fan-out of a parent. Journal: XM_PARENT_FANOUT_PAIR is saved before the pair is made, and
 * cleared after it is deleted. The pair is found by its names. The programs use it while the map
 * `fanout` has an ifindex and config.uses has XM_USES_FANOUT. The kernel deletes the entries of the
 * chunks together with the devices.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include <bpf/libbpf.h>
#include <linux/if_link.h>

#include "base/mac_random.h"
#include "engine/attach_tc.h"
#include "engine/endpoint_peer.h"
#include "engine/fanout.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/tc_pins.h"
#include "net/ethtool.h"
#include "net/link.h"
#include "pins/fanout_map.h"
#include "pins/kernel_features.h"
#include "pins/programs.h"

/* From so many endpoints on a parent has a fan-out */
#define ENDPOINTS_MIN 16
/* Up to so many copies in 10 ms the loop makes, in which a copy takes less of a socket's buffer */
#define COPIES_MIN 4096
/*
 * XDP copies a frame into one page, behind 256 bytes of headroom and before the skb's shared info.
 * On a parent with a larger MTU some frames would go by the loop, and overtake others of their
 * flow.
 */
#define MTU_MAX	 3400
#define HEADER	 14
#define VLAN_TAG 4 /* a device takes frames longer by one tag than its MTU (is_skb_forwardable()) */

/* Frames that are on their way get so long, until the fan-out is changed */
#define DRAIN_MS 100

/*
 * For tests, XMACVLAN_FANOUT: "never" have one; always have one, and "force" all frames through it,
 * or "mixed": change between it and the loop all the time
 */
struct policy {
	const char *word; /* NULL: what the parent's record says */
	size_t endpoints_min;
	uint32_t copies_min;
};

static const struct policy policies[] = {
	{ "never", SIZE_MAX, 0 },
	{ "force", 1, 0 },
	{ "mixed", 1, 30 },
	{ NULL, ENDPOINTS_MIN, COPIES_MIN },
};

static const struct policy *fanout_policy(void)
{
	const char *text = secure_getenv("XMACVLAN_FANOUT");
	const struct policy *at = policies;

	while (at->word && (!text || strcmp(text, at->word)))
		at++;
	return at;
}

/*
 * Older programs know no fan-out. The kernel has to show the skb to fanout_rx; whether it does may
 * be unknown to this process (no BTF), but was known when the fan-out was made.
 */
static bool fanout_is_needed(const struct xm_parent *p)
{
	const struct policy *policy = fanout_policy();

	return p->alive && (policy->word || p->rec.state & XM_PARENT_FANOUT) &&
	       p->count >= policy->endpoints_min && p->link.mtu <= MTU_MAX &&
	       p->rec.programs_minor >= XM_FANOUT_MINOR &&
	       (p->config.uses & XM_USES_FANOUT || xm_veth_layout() & XM_VETH_SKB);
}

static void pair_names(const struct xm_parent *p, char near[XM_NAME_LEN], char far[XM_NAME_LEN])
{
	snprintf(near, XM_NAME_LEN, "xm%x-in", p->rec.parent_ifindex);
	snprintf(far, XM_NAME_LEN, "xm%x-out", p->rec.parent_ifindex);
}

/* XDP can take a frame from the near end only when all of it is in the frame */
static int pair_set_offloads(struct xm_parent *p, uint32_t near, uint32_t far)
{
	const uint32_t off =
		XM_FEATURE_TX_CSUM | XM_FEATURE_TX_SCTP | XM_FEATURE_TX_VLAN | XM_FEATURE_TX_STAG;
	int err = xm_ethtool_set_features(p->engine->ethtool, near, off, false);

	if (!err)
		err = xm_ethtool_set_tso(p->engine->ethtool, near, false);
	return err ? err : xm_ethtool_set_gro(p->engine->ethtool, far, true);
}

/* Loads the program and pins it. Returns its descriptor or a negative errno. */
static int fanout_load(struct xm_parent *p, enum xm_program program, struct xm_err *e)
{
	int err, fd = xm_program_load(program, false, p->maps, e);

	if (fd < 0)
		return fd;
	err = xm_tc_pin_add(p, program, fd, e);
	if (!err)
		return fd;
	close(fd);
	return err;
}

static int pair_attach_xdp(struct xm_parent *p, uint32_t far, struct xm_err *e)
{
	int err, fd = fanout_load(p, XM_PROG_FANOUT_RX, e);

	if (fd < 0)
		return fd;
	err = bpf_xdp_attach(far, fd, XDP_FLAGS_DRV_MODE, NULL);
	close(fd);
	return err ? xm_fail(e, err, "cannot attach the fan-out: %s", strerror(-err)) : 0;
}

static int pin_fanout_tx(struct xm_parent *p, struct xm_err *e)
{
	int fd = fanout_load(p, XM_PROG_FANOUT_TX, e);

	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

static int pair_make(struct xm_parent *p, struct xm_link *near, struct xm_link *far,
		     struct xm_err *e)
{
	char near_name[XM_NAME_LEN], far_name[XM_NAME_LEN];
	uint8_t near_mac[XM_MAC_LEN], far_mac[XM_MAC_LEN];
	struct xm_nl *nl = &p->engine->nl;
	struct xm_pair veth = { .host_name = near_name,
				.host_mac = near_mac,
				.host_mtu = p->link.mtu,
				.peer_name = far_name,
				.peer_mac = far_mac,
				.peer_mtu = p->link.mtu,
				.peer_netns_fd = -1 };
	int err = xm_mac_random(near_mac);

	if (!err)
		err = xm_mac_random(far_mac);
	pair_names(p, near_name, far_name);
	if (!err)
		err = xm_link_add_veth(nl, &veth, near);
	if (!err)
		err = xm_link_get(nl, XM_NSID_SELF, near_name, 0, near);
	if (!err)
		err = xm_link_get(nl, XM_NSID_SELF, far_name, 0, far);
	return err ? xm_fail(e, err, "cannot create %s: %s", near_name, xm_nl_why(nl, err)) : 0;
}

static int pair_set_up(struct xm_parent *p, const struct xm_link *near, const struct xm_link *far,
		       struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = pair_set_offloads(p, near->ifindex, far->ifindex);

	if (err)
		return xm_fail(e, err, "cannot set the offloads of %s: %s", near->name,
			       strerror(-err));
	err = pair_attach_xdp(p, far->ifindex, e);
	if (err)
		return err;
	err = xm_link_silence(nl, far->ifindex, true, p->link.name);
	if (!err)
		err = xm_link_silence(nl, near->ifindex, true, p->link.name);
	return err ? xm_fail(e, err, "cannot set %s up: %s", near->name, xm_nl_why(nl, err)) : 0;
}

static int fanout_make(struct xm_parent *p, uint32_t *near_ifindex, struct xm_err *e)
{
	struct xm_link near, far;
	int err = xm_tc_use_full(p, e);

	if (!err)
		err = xm_parent_prepare_program(p, e);
	if (err)
		return err;
	p->rec.state |= XM_PARENT_FANOUT_PAIR;
	p->rec.needs_minor = XM_FANOUT_MINOR; /* an older version would leave the pair */
	err = xm_parent_commit(p, e);
	if (!err)
		err = pair_make(p, &near, &far, e);
	if (!err)
		err = pin_fanout_tx(p, e);
	if (!err)
		err = pair_set_up(p, &near, &far, e);
	*near_ifindex = err ? 0 : near.ifindex;
	return err;
}

static int write_fanout(struct xm_parent *p, const struct xm_fanout *f)
{
	uint32_t key = 0;

	return bpf_map_update_elem(p->maps[XM_MAP_FANOUT], &key, f, BPF_ANY) ? -errno : 0;
}

static struct xm_fanout read_fanout(const struct xm_parent *p)
{
	struct xm_fanout f = {};
	uint32_t key = 0;

	bpf_map_lookup_elem(p->maps[XM_MAP_FANOUT], &key, &f);
	return f;
}

static struct xm_fanout_flow read_flow(const struct xm_parent *p)
{
	struct xm_fanout_flow flow = {};
	uint32_t key = 0;

	bpf_map_lookup_elem(p->maps[XM_MAP_FANOUT_FLOW], &key, &flow);
	return flow;
}

/* Any program may give a device such a name: the pair has both. -ENODEV: there is none. */
static int pair_find(struct xm_parent *p, struct xm_link *near, struct xm_link *far)
{
	char near_name[XM_NAME_LEN], far_name[XM_NAME_LEN];
	struct xm_nl *nl = &p->engine->nl;
	int err;

	pair_names(p, near_name, far_name);
	err = xm_link_get(nl, XM_NSID_SELF, near_name, 0, near);
	if (!err)
		err = xm_link_get(nl, XM_NSID_SELF, far_name, 0, far);
	if (err)
		return err;
	return strcmp(near->kind, "veth") || near->lower != far->ifindex ? -ENODEV : 0;
}

/*
 * Whether the pair is as it was made. Its ifindex is written into the map last. `off`: fanout_rx
 * has found a peer end without NAPI, or frames were lost in the pair.
 */
static bool pair_is_intact(struct xm_parent *p, struct xm_link *near)
{
	struct xm_link far;

	return !pair_find(p, near, &far) && read_fanout(p).ifindex == near->ifindex &&
	       near->mtu == p->link.mtu && far.mtu == p->link.mtu && far.xdp_prog_id &&
	       near->flags & far.flags & XM_LINK_CARRIER && !read_flow(p).off;
}

/*
 * Now the loop makes all copies. It begins while no frame is under way (xm_fanout_admits()), so
 * that none overtakes another one, but a flood may keep frames under way longer than that waits.
 */
static void fanout_close_entrance(struct xm_parent *p)
{
	const struct timespec pause = { .tv_nsec = 1000000 };
	struct xm_fanout f = read_fanout(p);
	struct xm_fanout_flow flow;

	if (!(p->config.uses & XM_USES_FANOUT))
		return;
	f.closing = 1;
	write_fanout(p, &f);
	flow = read_flow(p);
	for (int ms = 0; ms < DRAIN_MS && p->alive && flow.sent != flow.ended; ms++) {
		nanosleep(&pause, NULL);
		flow = read_flow(p);
	}
	p->config.uses &= ~XM_USES_FANOUT;
	xm_parent_commit(p, NULL);
}

static uint32_t members_words(uint32_t chunks)
{
	return (chunks * XM_FANOUT_CHUNK + 63) / 64;
}

int xm_fanout_delete_pair(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	struct xm_link near, far;
	int err = pair_find(p, &near, &far);

	if (!err)
		err = xm_link_del(nl, near.ifindex);
	if (!err || err == -ENODEV)
		return 0;
	return xm_fail(e, err, "cannot delete the fan-out of %s: %s", xm_parent_name(p),
		       xm_nl_why(nl, err));
}

static void unpin_programs(struct xm_parent *p)
{
	char path[256];

	for (int i = XM_PROG_FANOUT_RX; i <= XM_PROG_FANOUT_TX; i++) {
		xm_tc_pin_path(p, i, "", path, sizeof(path));
		unlink(path);
	}
}

/* The members, whose chunks have this binary's program and the pair's ifindex */
static void members_clear(struct xm_parent *p)
{
	static const struct xm_fanout no_fanout;
	static const struct xm_fanout_flow no_flow;
	static const uint64_t none;
	uint32_t words = members_words(read_fanout(p).chunks), key = 0;

	for (uint32_t word = 0; word < words; word++)
		bpf_map_update_elem(p->maps[XM_MAP_FANOUT_MEMBERS], &word, &none, BPF_ANY);
	write_fanout(p, &no_fanout);
	bpf_map_update_elem(p->maps[XM_MAP_FANOUT_FLOW], &key, &no_flow, BPF_ANY);
}

int xm_fanout_remove(struct xm_parent *p, struct xm_err *e)
{
	int err;

	if (!(p->rec.state & XM_PARENT_FANOUT_PAIR))
		return 0;
	fanout_close_entrance(p);
	err = xm_fanout_delete_pair(p, e);
	if (err)
		return err;
	members_clear(p);
	unpin_programs(p);
	p->rec.state &= ~XM_PARENT_FANOUT_PAIR;
	p->rec.needs_minor = p->rec.state & XM_PARENT_PLAIN ? XM_PLAIN_MINOR : 0;
	return xm_parent_commit(p, e);
}

/* Whether an endpoint takes, as XDP frames, all frames that fit into the pair */
static bool takes_copies(const struct xm_parent *p, const struct xm_endpoint *ep)
{
	const uint32_t needs = XM_PORT_NAPI | XM_PORT_OTHER_NETNS;

	return ep->rec.state == XM_ENDPOINT_READY && (ep->rec.port.flags & needs) == needs &&
	       !(ep->rec.port.flags & XM_PORT_TAP) && ep->rec.port.mtu >= p->link.mtu;
}

struct members {
	uint64_t bits[XM_MAX_SLOTS / 64], before[XM_MAX_SLOTS / 64];
	struct xm_fanout fanout, old;
	int prog_fd;
};

static void members_count(const struct xm_parent *p, struct members *m)
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
	m->fanout.copies_min = fanout_policy()->copies_min;
}

static void members_read(const struct xm_parent *p, struct members *m)
{
	m->old = read_fanout(p);
	for (uint32_t word = 0; word < members_words(m->old.chunks); word++)
		bpf_map_lookup_elem(p->maps[XM_MAP_FANOUT_MEMBERS], &word, &m->before[word]);
}

static int chunk_fill(struct xm_parent *p, const struct members *m, uint32_t chunk, int fd)
{
	int err = xm_fanout_map_set(fd, 0, m->fanout.ifindex, 0);

	for (size_t i = 0; i < p->count && !err; i++) {
		const struct xm_endpoint *ep = &p->endpoints[i];

		if (ep->slot / XM_FANOUT_CHUNK == chunk && takes_copies(p, ep))
			err = xm_fanout_map_set(fd, 1 + ep->slot % XM_FANOUT_CHUNK,
						ep->rec.host_ifindex, m->prog_fd);
	}
	return err;
}

/*
 * A frame passes through every chunk, also one without endpoints, by its entry 0. A member of
 * before has its entry: the kernel deletes that with the host end, and xm_fanout_forget() the bit.
 */
static int chunk_enter(struct xm_parent *p, const struct members *m, uint32_t chunk)
{
	uint32_t word = chunk * XM_FANOUT_CHUNK / 64, shift = chunk * XM_FANOUT_CHUNK % 64;
	uint64_t added = (m->bits[word] & ~m->before[word]) >> shift;
	int err, fd;

	if (!(added & ((1u << XM_FANOUT_CHUNK) - 1)) && chunk < m->old.chunks)
		return 0;
	fd = xm_fanout_map_open(p->dir, p->maps[XM_MAP_FANOUT_CHUNKS], chunk);
	if (fd < 0)
		return fd;
	err = chunk_fill(p, m, chunk, fd);
	close(fd);
	return err;
}

static int members_enter(struct xm_parent *p, const struct members *m)
{
	uint32_t words =
		members_words(m->fanout.chunks > m->old.chunks ? m->fanout.chunks : m->old.chunks);
	int err = 0;

	for (uint32_t chunk = 0; chunk < m->fanout.chunks && !err; chunk++)
		err = chunk_enter(p, m, chunk);
	for (uint32_t word = 0; word < words && !err; word++)
		if (m->before[word] != m->bits[word] &&
		    bpf_map_update_elem(p->maps[XM_MAP_FANOUT_MEMBERS], &word, &m->bits[word],
					BPF_ANY))
			err = -errno;
	return err ? err : write_fanout(p, &m->fanout);
}

/*
 * While members change, the loop makes all copies: a frame under way would reach an endpoint by
 * both ways, or by none
 */
static int members_change(struct xm_parent *p, struct members *m, struct xm_err *e)
{
	int err;

	fanout_close_entrance(p);
	m->prog_fd = xm_tc_pin_open(p->dir, XM_PROG_FANOUT_TX);
	err = m->prog_fd < 0 ? m->prog_fd : members_enter(p, m);
	if (m->prog_fd >= 0)
		close(m->prog_fd);
	if (err)
		return xm_fail(e, err, "cannot fill the fan-out: %s", strerror(-err));
	p->config.uses |= XM_USES_FANOUT;
	return xm_parent_commit(p, e);
}

static int fanout_fill(struct xm_parent *p, uint32_t near, struct xm_err *e)
{
	struct members *m = calloc(1, sizeof(*m));
	int err = 0;

	if (!m)
		return xm_fail(e, ENOMEM, "out of memory");
	m->fanout.ifindex = near;
	members_count(p, m);
	members_read(p, m);
	if (!(p->config.uses & XM_USES_FANOUT) ||
	    memcmp(&m->fanout, &m->old, sizeof(m->old)) != 0 ||
	    memcmp(m->bits, m->before, sizeof(m->bits)) != 0)
		err = members_change(p, m, e);
	free(m);
	return err;
}

/* Users of peer ends have turned GRO off or on, and NAPI with it */
static void members_read_napi(struct xm_parent *p)
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

static int fanout_apply(struct xm_parent *p, struct xm_err *e)
{
	struct xm_link near;
	int err;

	if (pair_is_intact(p, &near))
		return fanout_fill(p, near.ifindex, e);
	if (read_flow(p).off)
		members_read_napi(p);
	err = xm_fanout_remove(p, e); /* a part of one */
	if (!err)
		err = fanout_make(p, &near.ifindex, e);
	return err ? err : fanout_fill(p, near.ifindex, e);
}

/* Whether a command was killed while the loop made the copies for a change */
static bool fanout_is_interrupted(const struct xm_parent *p)
{
	return p->rec.state & XM_PARENT_FANOUT_PAIR && !(p->config.uses & XM_USES_FANOUT);
}

int xm_fanout_sync(struct xm_parent *p, struct xm_err *e)
{
	if (p->destroyed || !p->loaded || !(p->fanout_stale || fanout_is_interrupted(p)))
		return 0;
	p->fanout_stale = false;
	if (fanout_is_needed(p) && !fanout_apply(p, NULL))
		return 0;
	return xm_fanout_remove(p, e);
}

void xm_fanout_forget(struct xm_parent *p, uint32_t slot)
{
	p->fanout_stale = true;
	xm_fanout_map_forget(p->maps, slot);
}
