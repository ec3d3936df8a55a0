// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent in another namespace. A macvlan goes on working there, for it is tied to the device; we are tied
 * to indexes within a namespace, so the host ends go after it, and the programs, the filters and the entries
 * are made anew. Meanwhile the parent is in state moving: whatever a killed watcher leaves, the next command
 * in the old or the new namespace goes on with.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "engine/internal.h"

/* What fails for a moment shall not cost an endpoint */
#define TRIES 3

/* One that cannot come along is removed in the new place, where its host end is missed */
static void send_host_ends(struct xm_parent *p, int netns_fd)
{
	char name[XM_NAME_LEN];
	struct xm_link host;
	int err, tries;

	for (size_t i = 0; i < p->count; i++) {
		const struct xm_endpoint *ep = &p->slots[i];

		xm_host_end_name(p->meta.moved_ifindex, ep->slot, name);
		if (xm_endpoint_host_end(p, ep, &host))
			continue;
		for (err = -1, tries = 0; err && tries < TRIES; tries++)
			err = xm_link_move(&p->engine->nl, host.ifindex, netns_fd, name);
		if (err)
			xm_link_del(&p->engine->nl, host.ifindex);
	}
}

struct job {
	struct xm_parent *p;
	struct xm_err *e;
};

/* Whether the parent is in the new namespace. 0 or -errno; -ENODEV: it has gone on from there. */
static int look_there(void *data)
{
	struct job *job = data;
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err)
		return err;
	err = xm_link_get(&nl, XM_NSID_SELF, NULL, job->p->meta.moved_ifindex, &link);
	xm_nl_close(&nl);
	return err;
}

/* It has come home before we could follow: nothing of it was sent away, but the kernel has forgotten it */
static int come_home(struct xm_parent *p, struct xm_err *e)
{
	struct xm_link link;

	if (xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, p->meta.parent_ifindex, &link))
		return xm_fail(e, ENODEV, "it is neither where it was moved to nor where it was");
	return xm_parent_move_in(p, e);
}

static bool spare_none(uint32_t ifindex, void *unused)
{
	(void)ifindex;
	(void)unused;
	return false;
}

/* The pins get their new name. It may be that of a parent which was deleted and whose index ours has got. */
static int rename_pins(struct xm_parent *p, struct xm_engine *there, const char *dir)
{
	struct xm_parent former;

	if (!rename(p->dir, dir))
		return 0;
	if (errno != ENOTEMPTY && errno != EEXIST)
		return -errno;
	there->spares = spare_none;
	if (!xm_parent_open(there, p->meta.moved_ifindex, &former, NULL))
		xm_parent_close(&former);
	return rename(p->dir, dir) ? -errno : 0;
}

/* In the new namespace: the pins get its name, from then on they are its commands' matter */
static int hand_over(void *data)
{
	struct job *job = data;
	struct xm_parent *p = job->p;
	struct xm_engine there, *here = p->engine;
	char dir[sizeof(p->dir)];
	int err = xm_engine_open_unlocked(&there, job->e);

	if (err)
		return err;
	there.watching = here->watching;
	xm_pin_dir(there.netns_cookie, p->meta.moved_ifindex, dir, sizeof(dir));
	err = rename_pins(p, &there, dir);
	if (err) {
		xm_fail(job->e, err, "cannot move %s: %s", p->dir, strerror(-err));
	} else {
		snprintf(p->dir, sizeof(p->dir), "%s", dir);
		p->engine = &there;
		p->meta.parent_ifindex = p->meta.moved_ifindex;
		err = xm_parent_move_in(p, job->e);
		p->engine = here;
	}
	xm_engine_close(&there);
	return err;
}

int xm_parent_move_out(struct xm_parent *p, struct xm_err *e)
{
	struct job job = { p, e };
	int fd, err = xm_caps_need(XM_CAPS_ENTER, "to follow a parent into another netns", e);

	if (err)
		return err;
	fd = xm_netns_open_nsid(&p->engine->nl, p->meta.moved_nsid);
	err = fd < 0 ? -ENODEV : xm_netns_run(fd, look_there, &job);
	if (err == -ENODEV) {
		err = come_home(p, e);
		if (err)
			xm_parent_destroy(p, NULL);
	} else if (!err) {
		send_host_ends(p, fd);
		err = xm_netns_run(fd, hand_over, &job);
	} else {
		xm_fail(e, err, "cannot look where it was moved to: %s", strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* What was attached to the device and what came along with it. All is put there anew. */
static void strip(struct xm_parent *p)
{
	char path[256];

	p->meta.state &= ~XM_PARENT_READY;
	if (xm_xdp_detach(p, NULL))
		p->meta.xdp = XM_XDP_OFF;
	xm_tc_detach(p, NULL);
	p->meta.state &= ~(XM_PARENT_CLSACT | XM_PARENT_TCX | XM_PARENT_TX | XM_PARENT_TX_PARTIAL);
	snprintf(path, sizeof(path), "%s/%s", p->dir, xm_program_names[XM_PROG_ENDPOINT_RX]);
	unlink(path);
}

static int adopt(struct xm_parent *p, struct xm_endpoint *ep)
{
	int err = -1;

	for (int tries = 0; err && tries < TRIES; tries++)
		err = xm_endpoint_adopt(p, ep, NULL);
	return err;
}

/* Indexes of the old namespace may be somebody else's here: host ends are known by their names, which have the parent */
static void forget_indexes(struct xm_parent *p)
{
	uint32_t slot;

	for (size_t i = 0; i < p->count; i++) {
		struct xm_endpoint *ep = &p->slots[i];

		if (!bpf_map_lookup_elem(p->maps[XM_MAP_HOST_ENDS], &ep->rec.host_ifindex, &slot) && slot == ep->slot)
			bpf_map_delete_elem(p->maps[XM_MAP_HOST_ENDS], &ep->rec.host_ifindex);
		ep->rec.host_ifindex = 0;
	}
}

static int take_in(struct xm_parent *p, struct xm_err *e)
{
	uint32_t slot = XM_SLOT_PARENT;
	size_t i = 0;
	int err;

	if (bpf_map_update_elem(p->maps[XM_MAP_TC_DEVICES], &slot, &p->link.ifindex, BPF_ANY))
		return xm_fail(e, errno, "cannot enter %s into tc_devices: %s", p->link.name, strerror(errno));
	err = xm_sync_vlans(p, e);
	if (!err)
		err = xm_tc_attach_rx(p, e);
	while (!err && i < p->count) {
		/* Half-made ones were removed in the old place or are here */
		if (p->slots[i].rec.state != XM_ENDPOINT_PARTIAL && !adopt(p, &p->slots[i]))
			i++;
		else
			err = xm_endpoint_remove(p, &p->slots[i], e);
	}
	if (!err)
		err = xm_xdp_attach(p, e);
	return err ? err : xm_parent_update(p, e);
}

int xm_parent_move_in(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_get(nl, XM_NSID_SELF, NULL, p->meta.parent_ifindex, &p->link);

	forget_indexes(p);
	p->alive = !err;
	if (err == -ENODEV) {
		err = xm_parent_destroy(p, e);
		return err ? err : -ENOENT;
	}
	if (err)
		return xm_fail(e, err, "cannot examine device %u: %s", p->meta.parent_ifindex, xm_nl_why(nl, err));
	err = -1;
	for (int tries = 0; err && tries < TRIES; tries++) {
		strip(p);
		err = take_in(p, tries + 1 < TRIES ? NULL : e);
	}
	if (err) {
		xm_parent_destroy(p, NULL);
		return err;
	}
	p->meta.netns_cookie = p->engine->netns_cookie;
	p->meta.state &= ~XM_PARENT_MOVING;
	p->meta.state |= XM_PARENT_READY;
	return xm_parent_save(p, e);
}

int xm_engine_move(struct xm_engine *engine, uint32_t ifindex, int32_t nsid, uint32_t new_ifindex,
		   struct xm_err *e)
{
	struct xm_parent p;
	int err = xm_parent_load(engine, ifindex, &p, e);

	if (err == -ENOENT)
		return xm_fail(e, ENOENT, "it was detached meanwhile, or removed by a command");
	if (err)
		return err;
	p.meta.moved_nsid = nsid;
	p.meta.moved_ifindex = new_ifindex;
	p.meta.state |= XM_PARENT_MOVING;
	err = xm_parent_save(&p, e);
	if (!err)
		err = xm_parent_move_out(&p, e);
	xm_parent_close(&p);
	return err;
}
