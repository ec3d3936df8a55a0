// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pair of devices of a fan-out and its two programs. The pair is found by its names. The kernel
 * deletes the entries of the chunks together with the devices.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/mac_random.h"
#include "engine/fanout_pair.h"
#include "engine/parent_list.h"
#include "engine/tc_pins.h"
#include "net/ethtool.h"
#include "pins/fanout_map.h"

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

int xm_fanout_pair_make(struct xm_parent *p, uint32_t *near_ifindex, struct xm_err *e)
{
	struct xm_link near, far;
	int err = pair_make(p, &near, &far, e);

	if (!err)
		err = pin_fanout_tx(p, e);
	if (!err)
		err = pair_set_up(p, &near, &far, e);
	*near_ifindex = err ? 0 : near.ifindex;
	return err;
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
bool xm_fanout_pair_is_intact(struct xm_parent *p, struct xm_link *near)
{
	struct xm_link far;

	return !pair_find(p, near, &far) && xm_fanout_map_read(p->maps).ifindex == near->ifindex &&
	       near->mtu == p->link.mtu && far.mtu == p->link.mtu && far.xdp_prog_id &&
	       near->flags & far.flags & XM_LINK_CARRIER && !xm_fanout_map_flow(p->maps).off;
}

int xm_fanout_pair_delete(struct xm_parent *p, struct xm_err *e)
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

void xm_fanout_pair_unpin(struct xm_parent *p)
{
	char path[256];

	for (int i = XM_PROG_FANOUT_RX; i <= XM_PROG_FANOUT_TX; i++) {
		xm_tc_pin_path(p, i, "", path, sizeof(path));
		unlink(path);
	}
}
