// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An endpoint made. The record in `endpoints` comes first, so that what a killed command leaves is always
 * named by a record in state BEGUN. The host end is down, so nothing passes, until all else is there.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "engine/internal.h"
#include "net/netns.h"
#include "net/tc.h"

int xm_endpoint_save(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	if (bpf_map_update_elem(p->maps[XM_MAP_ENDPOINTS], &ep->slot, &ep->rec, BPF_ANY))
		return xm_fail(e, errno, "cannot write the record of %s: %s", ep->rec.name, strerror(errno));
	return 0;
}

int xm_endpoint_write_port(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	if (bpf_map_update_elem(p->maps[XM_MAP_PORTS], &ep->slot, &ep->rec.port, BPF_ANY))
		return xm_fail(e, errno, "cannot write the port of %s: %s", ep->rec.name, strerror(errno));
	return 0;
}

int xm_endpoint_store(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	bool ready = ep->rec.state == XM_ENDPOINT_READY;
	int err;

	/* A record that says ready is believed: its port is not compared by every command */
	if (ready)
		ep->rec.state = XM_ENDPOINT_CHANGING;
	err = xm_endpoint_save(p, ep, e);
	if (!err)
		err = xm_endpoint_write_port(p, ep, e);
	if (!ready)
		return err;
	ep->rec.state = XM_ENDPOINT_READY;
	return err ? err : xm_endpoint_save(p, ep, e);
}

static bool is_host_end(const struct xm_endpoint *ep, const struct xm_link *link)
{
	return !strcmp(link->kind, "veth") &&
	       (link->group == XM_GROUP_BASE + ep->slot || link->group == XM_GROUP_PENDING_DELETE);
}

int xm_endpoint_host_end(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_link *ret)
{
	struct xm_nl *nl = &p->engine->nl;
	char name[XM_NAME_LEN];
	int err = -ENODEV;

	if (ep->rec.host_ifindex)
		err = xm_link_get(nl, XM_NSID_SELF, NULL, ep->rec.host_ifindex, ret);
	if (err == -ENODEV || (!err && !is_host_end(ep, ret))) {
		xm_host_end_name(p->meta.parent_ifindex, ep->slot, name);
		err = xm_link_get(nl, XM_NSID_SELF, name, 0, ret);
	}
	return !err && !is_host_end(ep, ret) ? -ENODEV : err;
}

static int check_mode(const struct xm_parent *p, const struct xm_settings *s, uint8_t mode, struct xm_err *e)
{
	if (p->count && p->slots[0].rec.port.mode == XM_MODE_PASSTHRU)
		return xm_fail(e, EBUSY, "%s has a passthru endpoint (%s), which has to be its only one",
			       xm_parent_name(p), p->slots[0].rec.name);
	if (mode == XM_MODE_PASSTHRU && p->count)
		return xm_fail(e, EBUSY,
			       "a passthru endpoint has to be the only one of its parent: %s has %zu already",
			       xm_parent_name(p), p->count);
	if (mode == XM_MODE_PASSTHRU && s->has_address)
		return xm_fail(e, EINVAL, "a passthru endpoint takes its parent's MAC: 'set NAME address' "
					  "changes both");
	if (s->has_promisc && !s->promisc && mode != XM_MODE_PASSTHRU)
		return xm_fail(e, EINVAL, "nopromisc is for mode passthru");
	if (s->macaddr != XM_MACADDR_NONE && mode != XM_MODE_SOURCE)
		return xm_fail(e, EINVAL, "macaddr is for mode source, not %s", xm_mode_name(mode));
	return 0;
}

static int choose_mac(struct xm_parent *p, const struct xm_settings *s, struct xm_endpoint *ep, struct xm_err *e)
{
	if (ep->rec.port.mode == XM_MODE_PASSTHRU) {
		memcpy(ep->rec.port.mac, p->link.mac, XM_MAC_LEN);
		return 0;
	}
	if (!s->has_address)
		return xm_endpoint_mac_random(p, ep->rec.port.mac, e);
	memcpy(ep->rec.port.mac, s->address, XM_MAC_LEN);
	return xm_endpoint_mac_check(p, NULL, s->address, e);
}

/* The record of what is asked for, checked */
static int plan(struct xm_parent *p, const struct xm_add *add, struct xm_endpoint *ep, struct xm_err *e)
{
	const struct xm_settings *s = &add->settings;
	uint8_t mode = s->has_mode ? s->mode : XM_MODE_BRIDGE;
	struct xm_endpoint_record *rec = &ep->rec;
	int err = check_mode(p, s, mode, e);

	memset(ep, 0, sizeof(*ep));
	if (err)
		return err;
	if (add->mtu > p->link.mtu)
		return xm_fail(e, EINVAL, "mtu %u is larger than the %u of %s", add->mtu, p->link.mtu,
			       xm_parent_name(p));
	ep->slot = xm_slot_lowest_free(p);
	if (!ep->slot)
		return xm_fail(e, ENOSPC, "%s is full: it has %zu endpoints", xm_parent_name(p), p->count);
	snprintf(rec->name, sizeof(rec->name), "%s", add->name);
	snprintf(rec->ifname, sizeof(rec->ifname), "%s", add->ifname ? add->ifname : add->name);
	rec->peer_nsid = XM_NSID_SELF;
	rec->mtu = add->mtu;
	rec->bcqueuelen = s->has_bcqueuelen ? s->bcqueuelen : XM_BCQUEUELEN_DEFAULT;
	rec->bclim = s->has_bclim ? s->bclim : XM_BCLIM_DEFAULT;
	rec->nopromisc = s->has_promisc && !s->promisc;
	rec->state = XM_ENDPOINT_PARTIAL;
	rec->port.mode = mode;
	rec->port.mtu = add->mtu ? add->mtu : p->link.mtu;
	if (s->has_host && s->host)
		rec->port.flags |= XM_PORT_HOST;
	if (s->has_spoofchk ? s->spoofchk : mode != XM_MODE_PASSTHRU)
		rec->port.flags |= XM_PORT_SPOOFCHK;
	if (s->nodst)
		rec->port.flags |= XM_PORT_NODST;
	return choose_mac(p, s, ep, e);
}

/* *ret: the host end, as far as the kernel told */
static int make_veth(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd, struct xm_link *ret,
		     struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	char host[XM_NAME_LEN];
	struct xm_veth veth = {
		.host_name = host,
		.host_mtu = p->link.mtu, /* so that its user may use all of it, as macvlan's may */
		.host_group = XM_GROUP_BASE + ep->slot,
		.peer_name = ep->rec.ifname,
		.peer_mac = ep->rec.port.mac,
		.peer_mtu = ep->rec.port.mtu,
		.peer_netns_fd = netns_fd,
	};
	struct xm_link other;
	int err;

	xm_host_end_name(p->meta.parent_ifindex, ep->slot, host);
	err = xm_link_add_veth(nl, &veth, ret);
	if (err == -EEXIST)
		return xm_fail(e, err, "cannot create '%s': a device of the name '%s' exists already",
			       ep->rec.ifname,
			       xm_link_get(nl, XM_NSID_SELF, host, 0, &other) ? ep->rec.ifname : host);
	return err ? xm_fail(e, err, "cannot create '%s': %s", ep->rec.ifname, xm_nl_why(nl, err)) : 0;
}

/* The pair's identity, into the record */
static int find_veth(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_link *made, struct xm_err *e)
{
	struct xm_link host = *made;
	int err = host.ifindex && is_host_end(ep, &host) ? 0 : xm_endpoint_host_end(p, ep, &host);

	if (err)
		return xm_fail(e, err, "cannot find the host end of %s: %s", ep->rec.name,
			       xm_nl_why(&p->engine->nl, err));
	ep->rec.host_ifindex = ep->rec.port.ifindex = host.ifindex;
	ep->rec.peer_ifindex = host.lower;
	ep->rec.peer_nsid = host.lower_nsid;
	if (host.lower_nsid != XM_NSID_SELF)
		ep->rec.port.flags |= XM_PORT_PEER;
	return 0;
}

static int fill_block(struct xm_parent *p, struct xm_err *e)
{
	int err = p->block_filled ? 0 : xm_tc_fill_block(p, e);

	p->block_filled = !err;
	return err;
}

static int wire_up(struct xm_parent *p, struct xm_endpoint *ep, int netns_fd, bool fill, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_tc_join_block(nl, ep->rec.host_ifindex, XM_TC_BLOCK(p->meta.parent_ifindex));

	/* one that was moved here may have been wired up by a command that was killed then */
	if (err && err != -EEXIST)
		return xm_fail(e, err, "cannot prepare the host end of %s: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	err = fill ? fill_block(p, e) : 0;
	if (!err && (p->meta.xdp != XM_XDP_OFF || ep->rec.peer_nsid != XM_NSID_SELF))
		xm_peer_give_napi(p, ep, netns_fd);
	return err;
}

static int enter_map(struct xm_parent *p, const struct xm_endpoint *ep, enum xm_map map, const void *key,
		     const void *value, struct xm_err *e)
{
	if (!bpf_map_update_elem(p->maps[map], key, value, BPF_ANY))
		return 0;
	return xm_fail(e, errno, "cannot enter %s into %s: %s", ep->rec.name, xm_map_names[map],
		       errno == E2BIG ? "the map is full" : strerror(errno));
}

static int enter_maps(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	uint32_t *host = &ep->rec.host_ifindex;
	int err = xm_stats_map_prepare(p->dir, p->maps[XM_MAP_STATS], &p->chunk, ep->slot, e);

	if (!err)
		err = enter_map(p, ep, XM_MAP_TC_DEVICES, &ep->slot, host, e);
	if (!err)
		err = enter_map(p, ep, XM_MAP_XDP_DEVICES, &ep->slot, host, e);
	if (!err)
		err = enter_map(p, ep, XM_MAP_HOST_ENDS, host, &ep->slot, e);
	return err ? err : xm_endpoint_write_port(p, ep, e);
}

/* The parent knows of the endpoint, and frames find it; but it is down */
static int introduce(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	int err;

	if (ep->rec.port.mode == XM_MODE_PASSTHRU && !(p->meta.state & XM_PARENT_MAC)) {
		memcpy(p->meta.saved_mac, p->link.mac, XM_MAC_LEN);
		p->meta.state |= XM_PARENT_MAC;
	}
	err = xm_parent_update(p, e);
	return err ? err : xm_endpoint_mac_enter(p, ep, ep->rec.port.mac, e);
}

static int bring_up(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_up_silent(nl, ep->rec.host_ifindex);

	if (err)
		return xm_fail(e, err, "cannot set the host end of %s up: %s", ep->rec.name,
			       xm_nl_why(nl, err));
	ep->rec.state = XM_ENDPOINT_READY;
	return xm_endpoint_save(p, ep, e);
}

/* The host end has come to another namespace, perhaps with another index, and lost what it had there */
int xm_endpoint_adopt(struct xm_parent *p, struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_link host;
	int err = xm_endpoint_host_end(p, ep, &host);

	if (err)
		return xm_fail(e, err, "%s was lost on the way: %s", ep->rec.name, strerror(-err));
	ep->rec.port.flags &= ~XM_PORT_PEER;
	err = find_veth(p, ep, &host, e);
	if (!err)
		err = xm_endpoint_mac_filter(p, ep, true, e); /* saves the record */
	if (!err)
		err = wire_up(p, ep, -1, true, e);
	if (!err)
		err = enter_maps(p, ep, e);
	return err ? err : bring_up(p, ep, e);
}

/* All but what may wait for xm_parent_complete_added() */
static int build(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_settings *s, int netns_fd,
		 bool fill, struct xm_err *e)
{
	struct xm_link made;
	int err = make_veth(p, ep, netns_fd, &made, e);

	if (!err)
		err = find_veth(p, ep, &made, e);
	if (!err) /* saves the record */
		err = xm_endpoint_mac_filter(p, ep, true, e);
	if (!err)
		err = wire_up(p, ep, netns_fd, fill, e);
	if (!err)
		err = enter_maps(p, ep, e);
	if (!err && s->macaddr != XM_MACADDR_NONE)
		err = xm_endpoint_macaddr(p, ep, s, e);
	return err ? err : introduce(p, ep, e);
}

static int make(struct xm_parent *p, struct xm_endpoint *ep, const struct xm_add *add, bool wait, struct xm_err *e)
{
	int err, netns_fd = -1;

	if (add->netns) {
		netns_fd = xm_netns_again(&p->engine->netns, add->netns, e);
		if (netns_fd < 0)
			return netns_fd;
		err = xm_netns_may_enter(netns_fd, add->netns, e); /* for its NAPI */
		if (err)
			return err;
	}
	err = xm_endpoint_save(p, ep, e);
	if (!err && add->owner)
		err = xm_owner_save(p, ep, add->owner, e);
	if (!err)
		err = build(p, ep, &add->settings, netns_fd, !wait, e);
	if (err || !wait)
		return err ? err : bring_up(p, ep, e);
	ep->waiting = true;
	p->waiting++;
	return 0;
}

/*
 * A device that joins a block with a filter waits for a grace period (mini_qdisc_pair_swap). While the
 * engine gathers, the first endpoints of a parent join before there is a filter and stay down until then.
 */
static bool may_wait(const struct xm_parent *p)
{
	return p->engine->gather && !p->block_filled && p->count == p->waiting;
}

/*
 * A host end that no pin knows of: its pins were deleted by hand, or are in another bpffs, whose program is attached to
 * the parent beside ours then. What is done for an endpoint that is begun finds its host end by name.
 */
static int make_room(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	char name[XM_NAME_LEN];
	struct xm_link stray;
	int err;

	xm_host_end_name(p->meta.parent_ifindex, ep->slot, name);
	if (xm_link_get(nl, XM_NSID_SELF, name, 0, &stray) || !is_host_end(ep, &stray))
		return 0;
	if (xm_tc_links(p->link.ifindex) > 1)
		return xm_fail(e, EBUSY, "%s has endpoints whose pins are in another bpffs: use that one, or delete %s",
			       p->link.name, name);
	err = xm_link_del(nl, stray.ifindex);
	return err ? xm_fail(e, err, "cannot remove %s: %s", name, xm_nl_why(nl, err)) : 0;
}

int xm_endpoint_create(struct xm_parent *p, const struct xm_add *add, struct xm_err *e)
{
	bool wait = may_wait(p);
	struct xm_endpoint planned, *ep;
	int err;

	err = plan(p, add, &planned, e);
	/* Refused for the sake of an endpoint that is no more? */
	if (err && xm_parent_sweep(p, NULL) > 0)
		err = plan(p, add, &planned, e);
	if (!err)
		err = make_room(p, &planned, e);
	if (err)
		return err;
	ep = xm_endpoint_push(p, planned.slot, &planned.rec);
	if (!ep)
		return xm_fail(e, ENOMEM, "out of memory");
	err = make(p, ep, add, wait, e);
	if (err) {
		/* Left in state begun it is tried again by xm_parent_complete_added(), then by the next command */
		if (xm_endpoint_remove(p, ep, NULL))
			p->waiting++;
		xm_parent_update(p, NULL);
	}
	return err;
}

/* One for whose block there is an endpoint_rx, or not (`filled`: 0 or -errno, said) */
static int complete(struct xm_parent *p, struct xm_endpoint *ep, int filled, struct xm_err *e)
{
	bool waited = ep->waiting;
	struct xm_err why = {};
	int err = filled;

	if (ep->rec.state != XM_ENDPOINT_PARTIAL)
		return 0;
	ep->waiting = false;
	if (waited && !filled) {
		err = bring_up(p, ep, &why);
		if (!err)
			return 0;
		/* Somebody has deleted it meanwhile, which is no error of the line that comes now */
		if (xm_parent_has_device(p, ep->slot, NULL))
			xm_fail(e, err, "%s", why.text);
		else
			err = 0;
	}
	if (xm_endpoint_remove(p, ep, NULL))
		p->waiting++;
	return waited ? err : 0;
}

/* Whether one that waits still has its device, and with it the block */
static bool needs_block(struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->slots[i].waiting && xm_parent_has_device(p, p->slots[i].slot, NULL))
			return true;
	return false;
}

int xm_parent_complete_added(struct xm_parent *p, struct xm_err *e)
{
	size_t before = p->count;
	int filled, ret;

	if (!p->waiting)
		return 0;
	p->waiting = 0;
	filled = ret = needs_block(p) ? fill_block(p, e) : 0;
	for (size_t i = p->count; i--;) {
		int err = complete(p, &p->slots[i], filled, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	if (p->count != before)
		xm_parent_update(p, NULL);
	return ret;
}
