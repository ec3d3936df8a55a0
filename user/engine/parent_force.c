// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The last resort: removes everything of a parent that can be found. The records that can be read
 * list what exists. Host ends are also found by their names and link groups, programs by their pins
 * and names.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/host_end_name.h"
#include "engine/attach_tc.h"
#include "engine/fanout_pair.h"
#include "engine/host_end.h"
#include "engine/parent_broken.h"
#include "engine/parent_destroy.h"
#include "engine/parent_offloads.h"
#include "engine/parent_force.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/record_read.h"
#include "engine/tc_verify.h"
#include "engine/uc_entries.h"
#include "engine/xdp_program.h"
#include "mac.h"
#include "net/tc_blocks.h"
#include "net/uc_filter.h"
#include "pins/pin_dir.h"

/*
 * Whether the error means that pins are damaged or not xmacvlan's. With other errors they could not
 * be read now, and a later try may succeed.
 */
static bool pins_are_damaged(int err)
{
	return err == -EPROTO || err == -ENOENT || err == -EINVAL || err == -EACCES;
}

/*
 * Whether a later try to restore the MAC may succeed. A driver that accepts no MAC while the device
 * is up is no reason to keep the rest.
 */
static bool mac_may_be_restored_later(int err)
{
	return err == -ENOMEM || err == -ENOSPC || err == -ENOBUFS || err == -EMFILE ||
	       err == -ENFILE || err == -EPERM || err == -EINTR || err == -EAGAIN;
}

struct force {
	struct xm_parent *p;
	bool has_records;
	int err; /* first error for which the pins have to stay */
	struct xm_err why;
	struct xm_err mac; /* why the MAC could not be restored */
};

static void force_keep_error(struct force *f, int err)
{
	f->err = f->err ? f->err : err;
}

static void force_keep_device_error(struct force *f, int err, const char *what)
{
	struct xm_nl *nl = &f->p->engine->nl;

	if (!err || err == -ENODEV)
		return;
	xm_fail(&f->why, err, "cannot restore %s of %s: %s", what, xm_parent_name(f->p),
		xm_nl_why(nl, err));
	force_keep_error(f, err);
}

struct host_end_list {
	uint32_t parent; /* ifindex */
	struct xm_tc_blocks *blocks; /* of the namespace; allocated */
	size_t block_count;
	struct xm_link *links; /* allocated */
	size_t count;
};

/* By the name that only host ends have, or in the parent's blocks */
static bool host_end_list_wants(const struct host_end_list *list, const struct xm_link *link)
{
	const struct xm_tc_blocks *has =
		xm_tc_blocks_find(list->blocks, list->block_count, link->ifindex);
	uint32_t parent, slot;

	if (xm_host_end_parse(link->name, &parent, &slot) && parent == list->parent)
		return xm_host_end_is(slot, link);
	slot = link->group - XM_LINK_GROUP_BASE;
	/* xm_parent_destroy() may have failed before it deleted those that are pending */
	if (slot >= XM_MAX_SLOTS && link->group != XM_LINK_GROUP_PENDING_DELETE)
		return false;
	return xm_host_end_is(slot, link) && has && has->ingress == XM_TC_RX_BLOCK(list->parent);
}

static int host_end_list_add(const struct xm_link *link, void *data)
{
	struct host_end_list *list = data;
	struct xm_link *more;

	if (!host_end_list_wants(list, link))
		return 0;
	more = realloc(list->links, (list->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->links = more;
	list->links[list->count++] = *link;
	return 0;
}

/* Without records the MAC of the peer end is the one in the parent's unicast filter */
static void force_delete_uc_of(struct force *f, const struct xm_link *host_end)
{
	struct xm_nl *nl = &f->p->engine->nl;
	struct xm_link peer;

	if (host_end->lower && !xm_link_get(nl, host_end->lower_nsid, NULL, host_end->lower, &peer))
		xm_uc_filter_del(nl, f->p->link.ifindex, peer.mac);
}

struct mac_list {
	int hints; /* descriptor of the map */
	uint8_t (*macs)[XM_MAC_LEN]; /* allocated */
	size_t count;
};

/* A MAC of the filter that an endpoint got: its hint has a slot (abi.h, XM_HINT_BITS) */
static int mac_list_take(const uint8_t *mac, void *data)
{
	struct mac_list *list = data;
	uint32_t hint = xm_mac_hint(xm_mac_bits(mac)), index = hint / XM_HINT_WAYS;
	uint8_t(*more)[XM_MAC_LEN];
	struct xm_hints hints;
	uint16_t slot;

	if (bpf_map_lookup_elem(list->hints, &index, &hints))
		return 0;
	slot = hints.slot[hint % XM_HINT_WAYS];
	if (!slot || slot == XM_HINT_NONE)
		return 0;
	more = realloc(list->macs, (list->count + 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->macs = more;
	memcpy(list->macs[list->count++], mac, XM_MAC_LEN);
	return 0;
}

/*
 * Without records and without mac_table only hints tell which entries of the filter were made for
 * endpoints. An entry of somebody else has the hint of an endpoint's MAC once in 32,768 times.
 */
static void force_delete_uc_by_hints(struct force *f)
{
	struct mac_list list = { .hints = xm_map_open_any(f->p->dir, XM_MAP_HINTS) };
	struct xm_nl *nl = &f->p->engine->nl;

	if (list.hints < 0)
		return;
	xm_uc_filter_each(nl, f->p->link.ifindex, mac_list_take, &list);
	for (size_t i = 0; i < list.count; i++)
		xm_uc_filter_del(nl, f->p->link.ifindex, list.macs[i]);
	free(list.macs);
	close(list.hints);
}

/* Without records the MAC of a tap and the additional MACs are found in mac_table only */
static void force_delete_uc_by_table(struct force *f)
{
	int table = xm_map_open_any(f->p->dir, XM_MAP_MAC_TABLE);
	struct xm_mac_key key;
	void *at = NULL;
	uint32_t slot;

	while (table >= 0 && !bpf_map_get_next_key(table, at, &key)) {
		if (!bpf_map_lookup_elem(table, &key, &slot) && slot != XM_SLOT_PARENT)
			xm_uc_filter_del(&f->p->engine->nl, f->p->link.ifindex, key.mac);
		at = &key;
	}
	if (table >= 0)
		close(table);
	else
		force_delete_uc_by_hints(f);
}

static void force_delete_host_ends(struct force *f)
{
	struct host_end_list list = { .parent = f->p->rec.parent_ifindex };
	struct xm_nl *nl = &f->p->engine->nl;
	int err = xm_tc_list_blocks(nl, &list.blocks, &list.block_count);

	force_keep_device_error(f, err, "the devices");
	err = xm_link_each(nl, XM_NSID_SELF, NULL, host_end_list_add, &list);
	force_keep_device_error(f, err, "the devices");
	if (f->p->alive && !f->has_records)
		force_delete_uc_by_table(f);
	for (size_t i = 0; i < list.count; i++) {
		if (f->p->alive && !f->has_records)
			force_delete_uc_of(f, &list.links[i]);
		err = xm_link_del(nl, list.links[i].ifindex);
		if (!err || err == -ENODEV)
			continue;
		xm_fail(&f->why, err, "cannot delete %s: %s", list.links[i].name,
			xm_nl_why(nl, err));
		force_keep_error(f, err);
	}
	free(list.links);
	free(list.blocks);
}

static void force_delete_fanout(struct force *f)
{
	force_keep_error(f, xm_fanout_pair_delete(f->p, &f->why));
}

static void force_clear_flag(struct force *f, uint32_t ours, uint32_t flag, const char *what)
{
	if (f->p->rec.state & ours)
		force_keep_device_error(
			f, xm_link_set_flags(&f->p->engine->nl, f->p->link.ifindex, 0, flag), what);
}

static void force_restore_mac(struct force *f)
{
	struct xm_parent *p = f->p;
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_set_mac(nl, p->link.ifindex, p->rec.saved_mac);

	if (mac_may_be_restored_later(err))
		force_keep_device_error(f, err, "the MAC");
	else if (err)
		xm_fail(&f->mac, err, "its MAC could not be restored: %s", xm_nl_why(nl, err));
}

/* Undoes what the records say was changed on the device: unicast filter, flags, MAC */
static void force_restore_device(struct force *f)
{
	struct xm_parent *p = f->p;

	/* Every parent with endpoints is allmulticast: without the record that is taken for ours */
	if (p->rec.magic != XM_MAGIC)
		p->rec.state |= XM_PARENT_ALLMULTI;
	for (size_t i = 0; i < p->count; i++)
		force_keep_error(f, xm_uc_entries_del(p, &p->endpoints[i], &f->why));
	force_keep_device_error(f, xm_parent_restore_offloads(p), "the offloads");
	force_clear_flag(f, XM_PARENT_ALLMULTI, IFF_ALLMULTI, "the flags");
	force_clear_flag(f, XM_PARENT_PROMISC, IFF_PROMISC, "the flags");
	if (p->rec.state & XM_PARENT_MAC && !xm_mac_equal(p->link.mac, p->rec.saved_mac))
		force_restore_mac(f);
}

/* The pins stay while the XDP program is attached, because they are needed to find it */
static void force_detach_xdp(struct force *f)
{
	struct xm_parent *p = f->p;
	bool known = p->rec.magic == XM_MAGIC;
	int err;

	if (known && p->rec.xdp == XM_XDP_OFF)
		return;
	err = xm_xdp_program_detach_any(p, p->rec.xdp_prog_id);
	if (!err)
		return;
	xm_fail(&f->why, err, "cannot detach XDP from %s: %s", xm_parent_name(p),
		xm_libxdp_why(err));
	force_keep_error(f, err);
}

static void force_detach_tc(struct force *f)
{
	struct xm_parent *p = f->p;

	if (p->rec.magic != XM_MAGIC && xm_tc_runs_program(p, XM_PROG_PARENT_RX, true) > 0)
		p->rec.state |= XM_PARENT_CLSACT;
	force_keep_error(f, xm_tc_detach(p, &f->why));
}

static void force_detach_device(struct force *f)
{
	force_restore_device(f);
	force_detach_xdp(f);
	force_detach_tc(f);
}

static int force_remove_pins(struct force *f, struct xm_err *e)
{
	/* when the folder cannot be renamed, removes it under its name */
	int err = xm_pin_dir_end(f->p->dir) < 0 ? xm_pin_dir_remove(f->p->dir) : 0;

	f->p->destroyed = !err;
	if (err)
		return xm_fail(e, err, "cannot remove %s: %s", f->p->dir, strerror(-err));
	return f->mac.exit_code ? xm_fail(e, EBUSY, "%s is detached, but %s", xm_parent_name(f->p),
					  f->mac.text)
				: 0;
}

/*
 * What is refused from here on leaves records of what was undone already. The next command goes on
 * with a parent that is not XM_PARENT_READY.
 */
static void force_mark_incomplete(struct xm_parent *p)
{
	p->rec.state &= ~XM_PARENT_READY;
	xm_parent_commit(p, NULL);
}

int xm_parent_destroy_force(struct xm_parent *p, struct xm_err *e)
{
	struct force f = { .p = p, .has_records = p->loaded };

	if (!p->loaded && !pins_are_damaged(p->broken_err))
		return xm_parent_check_broken(p, e);
	p->broken = (struct xm_err){};
	if (p->loaded && (!xm_parent_destroy(p, NULL) || p->destroyed))
		return 0;
	if (p->loaded)
		force_mark_incomplete(p);
	else
		f.has_records = xm_parent_salvage(p);
	force_delete_host_ends(&f);
	force_delete_fanout(&f);
	if (p->alive)
		force_detach_device(&f);
	if (f.err)
		return xm_fail(e, f.err, "%s", f.why.text);
	return force_remove_pins(&f, e);
}
