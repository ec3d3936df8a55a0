// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent that was moved to another network namespace. A macvlan goes on working there, because it
 * is tied to the device. xmacvlan is tied to ifindexes, which belong to a namespace: the host ends
 * are moved after the parent, and programs, TC filters and map entries are made again there.
 * Meanwhile the parent is in state MOVING. After a kill the next command in the old or the new
 * namespace goes on.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "engine/attach_tc.h"
#include "engine/attach_xdp.h"
#include "engine/endpoint_build.h"
#include "engine/endpoint_remove.h"
#include "engine/fanout.h"
#include "engine/host_end.h"
#include "engine/kinds.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/parent_convert.h"
#include "engine/parent_move.h"
#include "engine/parent_needs.h"
#include "engine/parent_settle.h"
#include "engine/record.h"
#include "engine/session_core.h"
#include "engine/vlans.h"
#include "engine/watcher_calls.h"
#include "net/netns.h"
#include "pins/objects.h"
#include "pins/pin_dir.h"

/* A failure that passes must not cost an endpoint */
#define TRIES 3

/*
 * A host end that cannot be moved is deleted: in the new namespace it is missed, and its endpoint
 * removed
 */
static void move_host_ends(struct xm_parent *p, int netns_fd)
{
	char name[XM_NAME_LEN];
	struct xm_link host_end;
	int err, tries;

	for (size_t i = 0; i < p->count; i++) {
		const struct xm_endpoint *ep = &p->endpoints[i];
		const struct xm_kind *kind = xm_kind_of(ep);

		kind->host_end_name(ep, p->rec.moved_ifindex, name);
		if (xm_host_end_find(p, ep, &host_end))
			continue;
		for (err = -1, tries = 0; err && tries < TRIES; tries++) {
			err = xm_link_move(&p->engine->nl, host_end.ifindex, netns_fd, name);
			if (err == -EEXIST && kind->host_end_second_name)
				kind->host_end_second_name(ep, p->rec.moved_ifindex, name);
		}
		if (err)
			xm_link_del(&p->engine->nl, host_end.ifindex);
	}
}

/*
 * Whether the parent is in the target namespace, which is netns_fd's. -ENODEV: it has gone on from
 * there.
 */
static int target_has_parent(const struct xm_parent *p, int netns_fd)
{
	struct xm_link link;
	struct xm_nl nl;
	int err = xm_netns_nl_open(netns_fd, &nl);

	if (err)
		return err;
	err = xm_link_get(&nl, XM_NSID_SELF, NULL, p->rec.moved_ifindex, &link);
	xm_nl_close(&nl);
	return err;
}

/*
 * Frees the name that the moved pins need: when the parent that has it has no device any more,
 * loading it removes its pins
 */
static void clear_former_pins(struct xm_engine *target, uint32_t ifindex)
{
	static const struct xm_lock_wait none = { .ms = 0 };
	struct xm_parent former;
	char dir[sizeof(former.dir)];
	int lock;

	xm_pin_dir(target->netns_cookie, ifindex, dir, sizeof(dir));
	lock = xm_pin_dir_lock(dir, &none, NULL);
	if (lock < 0)
		return;
	if (!xm_parent_load_converted(target, ifindex, lock, &former, NULL))
		xm_parent_settle(&former, NULL);
	xm_parent_close(&former);
}

/* The new name may belong to a deleted parent whose ifindex the moved one has got */
static int rename_pins(const char *from, const char *to, struct xm_engine *target, uint32_t ifindex)
{
	int err = xm_pin_dir_rename(from, to);

	if (err != -EEXIST)
		return err;
	clear_former_pins(target, ifindex);
	return xm_pin_dir_rename(from, to);
}

/*
 * In the target namespace: renames the folder of pins. It stays locked until p is closed; then
 * commands of that namespace may use it.
 */
static int move_pins(struct xm_parent *p, struct xm_engine *target, struct xm_err *e)
{
	struct xm_parent arrived;
	char dir[sizeof(p->dir)];
	int err;

	xm_pin_dir(target->netns_cookie, p->rec.moved_ifindex, dir, sizeof(dir));
	err = rename_pins(p->dir, dir, target, p->rec.moved_ifindex);
	if (err)
		return xm_fail(e, err, "cannot move %s: %s", p->dir, strerror(-err));
	err = xm_parent_load_converted(target, p->rec.moved_ifindex, -1, &arrived, e);
	if (!err) {
		arrived.rec.parent_ifindex = p->rec.moved_ifindex;
		err = xm_parent_move_in(&arrived, e);
	}
	xm_parent_close(&arrived);
	return err < 0 ? err : 0;
}

static int move_pins_to(struct xm_parent *p, int netns_fd, struct xm_err *e)
{
	static const struct xm_engine_options keep_none = { .has_keep_missing = true };
	struct xm_netns_scope scope;
	struct xm_engine target;
	int err = xm_netns_scope_enter(&scope, netns_fd);

	if (err)
		return xm_fail(e, err, "cannot enter the namespace that %s was moved to: %s",
			       xm_parent_name(p), strerror(-err));
	err = xm_session_init(&target, &keep_none, e);
	if (!err) {
		err = move_pins(p, &target, e);
		xm_session_close(&target);
	}
	xm_netns_scope_leave(&scope);
	return err;
}

/*
 * The parent came back before it was followed: nothing was moved, but the kernel has dropped what
 * was attached
 */
static int move_back(struct xm_parent *p, struct xm_err *e)
{
	struct xm_link link;
	int ret;

	if (xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &link))
		ret = xm_fail(e, ENODEV, "it is neither where it was moved to nor where it was");
	else
		ret = xm_parent_move_in(p, e);
	if (ret < 0)
		xm_parent_destroy(p, NULL);
	return ret < 0 ? ret : !ret;
}

int xm_parent_move_out(struct xm_parent *p, struct xm_err *e)
{
	int fd, err = xm_caps_need(XM_CAPS_ENTER, "to follow a parent into another netns", e);

	if (err)
		return err;
	fd = xm_netns_open_nsid(&p->engine->nl, p->rec.moved_nsid);
	err = fd < 0 ? -ENODEV : target_has_parent(p, fd);
	if (err == -ENODEV) {
		err = move_back(p, e);
	} else if (!err) {
		xm_fanout_remove(p, NULL);
		move_host_ends(p, fd);
		err = move_pins_to(p, fd, e);
		err = err ? err : 1;
	} else {
		xm_fail(e, err, "cannot look where it was moved to: %s", strerror(-err));
	}
	if (fd >= 0)
		close(fd);
	return err;
}

/* Detaches everything that was attached to the device and came along with it */
static void detach_everything(struct xm_parent *p)
{
	char path[256];

	p->rec.state &= ~XM_PARENT_READY;
	if (xm_xdp_detach(p, NULL))
		p->rec.xdp = XM_XDP_OFF;
	xm_tc_detach(p, NULL);
	p->rec.state &= ~(XM_PARENT_CLSACT | XM_PARENT_TCX | XM_PARENT_TX | XM_PARENT_TX_PARTIAL);
	snprintf(path, sizeof(path), "%s/%s", p->dir, xm_program_names[XM_PROG_ENDPOINT_RX]);
	unlink(path);
	snprintf(path, sizeof(path), "%s/%s", p->dir, xm_program_names[XM_PROG_ENDPOINT_TX]);
	unlink(path);
}

/*
 * Ifindexes of the old namespace may be those of other devices here. Host ends are found by their
 * names, which contain the parent's ifindex.
 */
static void drop_old_ifindexes(struct xm_parent *p)
{
	for (size_t i = 0; i < p->count; i++) {
		struct xm_endpoint *ep = &p->endpoints[i];

		xm_map_del(p, ep, XM_MAP_HOST_ENDS, &ep->rec.host_ifindex, NULL);
		ep->rec.host_ifindex = 0;
	}
}

static int adopt_endpoint(struct xm_parent *p, struct xm_endpoint *ep)
{
	int err = -1;

	/* Endpoints in state PARTIAL are removed */
	for (int tries = 0; ep->rec.state != XM_ENDPOINT_PARTIAL && err && tries < TRIES; tries++)
		err = xm_endpoint_rewire(p, ep, NULL);
	return err;
}

static int adopt_endpoints(struct xm_parent *p, struct xm_err *e)
{
	size_t i = 0;
	int err = 0;

	while (!err && i < p->count) {
		if (!adopt_endpoint(p, &p->endpoints[i]))
			i++;
		else
			err = xm_endpoint_remove(p, &p->endpoints[i], XM_DELETE_NOW, e);
	}
	return err;
}

static int attach_everything(struct xm_parent *p, struct xm_err *e)
{
	uint32_t slot = XM_SLOT_PARENT;
	int err = xm_map_add(p, XM_MAP_TC_DEVICES, &slot, &p->link.ifindex, p->link.name, e);

	if (!err)
		err = xm_vlans_sync(p, e);
	if (!err)
		err = xm_tc_attach_first(p, e);
	if (!err)
		err = adopt_endpoints(p, e);
	if (!err)
		err = xm_xdp_apply(p, e);
	return err ? err : xm_parent_meet_needs(p, e);
}

int xm_parent_move_in(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_get(nl, XM_NSID_SELF, NULL, p->rec.parent_ifindex, &p->link);

	drop_old_ifindexes(p);
	p->alive = !err;
	if (err == -ENODEV)
		return xm_parent_destroy(p, e);
	if (err)
		return xm_fail(e, err, "cannot examine device %u: %s", p->rec.parent_ifindex,
			       xm_nl_why(nl, err));
	err = -1;
	for (int tries = 0; err && tries < TRIES; tries++) {
		detach_everything(p);
		err = attach_everything(p, tries + 1 < TRIES ? NULL : e);
	}
	if (err) {
		xm_parent_destroy(p, NULL);
		return err;
	}
	p->rec.netns_cookie = p->engine->netns_cookie;
	p->rec.state &= ~XM_PARENT_MOVING;
	p->rec.state |= XM_PARENT_READY;
	err = xm_parent_commit(p, e);
	return err ? err : 1;
}

static int move_locked(struct xm_parent *p, int32_t nsid, uint32_t new_ifindex, struct xm_err *e)
{
	int err;

	p->rec.moved_nsid = nsid;
	p->rec.moved_ifindex = new_ifindex;
	p->rec.state |= XM_PARENT_MOVING;
	err = xm_parent_commit(p, e);
	return err ? err : xm_parent_move_out(p, e);
}

int xm_engine_move(struct xm_engine *engine, uint32_t ifindex, int32_t nsid, uint32_t new_ifindex,
		   struct xm_err *e)
{
	struct xm_parent p;
	int err, lock;

	xm_parent_init(&p, engine, ifindex);
	lock = xm_pin_dir_lock(p.dir, &engine->options.wait, e);
	if (lock < 0 && lock != -ENOENT)
		return lock;
	err = xm_parent_load_converted(engine, ifindex, lock < 0 ? -1 : lock, &p, e);
	if (err > 0)
		err = xm_fail(e, ENOENT, "its pins were removed meanwhile");
	if (!err)
		err = move_locked(&p, nsid, new_ifindex, e);
	xm_parent_close(&p);
	return err < 0 ? err : 0;
}
