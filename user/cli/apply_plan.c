// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/apply_device.h"
#include "cli/apply_plan_work.h"
#include "cli/snapshot_find.h"
#include "net/netns.h"
#include "net/sysctl.h"
#include "net/tap.h"

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static const struct xm_parent_info *find_parent(const struct xm_snapshot *s, uint32_t ifindex)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->parents[i].link.ifindex == ifindex)
			return &s->parents[i];
	return NULL;
}

/* Fills *e with the place in the file and the message. Returns err. */
static int fail_at(struct xm_planning *p, const struct xm_apply_document *from, const char *section,
		   const char *name, int err, const struct xm_err *why)
{
	const char *const path[] = { section, name, NULL };
	char where[XM_APPLY_WHERE];

	return xm_fail(p->e, err, "%s: %s.%s: %s", xm_apply_where(from, path, where), section, name,
		       why->text);
}

static void step_del(struct xm_planning *p, const char *name)
{
	xm_word_list_add(&xm_plan_step_add(p, XM_CMD_DEL)->words, name);
}

/* Whether the peer end is in the wanted namespace. Nothing wanted: it may be in any. */
static bool netns_is(struct xm_planning *p, const struct xm_endpoint_info *now, const char *netns)
{
	struct stat self, other;
	int32_t id = XM_NSID_SELF;
	int fd = netns ? xm_netns_open(netns, NULL) : -1;

	if (!netns)
		return true;
	if (fd < 0)
		return false;
	if (stat("/proc/thread-self/ns/net", &self) || fstat(fd, &other) ||
	    self.st_ino != other.st_ino || self.st_dev != other.st_dev) {
		id = xm_netns_id(p->nl, fd);
		if (id < 0)
			id = XM_NSID_ENDED;
	}
	close(fd);
	return id == now->peer_nsid;
}

static bool tap_is(const struct xm_endpoint_info *now, const struct xm_add *add)
{
	return xm_add_tap_user(add) == now->device.tap_uid &&
	       xm_add_tap_group(add) == now->device.tap_gid && (add->queues ?: 1) == now->queues;
}

/* The name that was asked for, or that of the device, which its user may have changed */
static bool ifname_is(const struct xm_endpoint_info *now, const char *ifname)
{
	return !ifname || !strcmp(ifname, now->requested_ifname) ||
	       (now->device.ifindex && !strcmp(ifname, now->device.name));
}

/* `type auto` is a veth or a netkit */
static bool kind_is(const struct xm_endpoint_info *now, const struct xm_add *add)
{
	return add->auto_kind ? now->kind != XM_KIND_TAP : add->kind == now->kind;
}

/* Whether only a new endpoint can be what is wanted */
static bool needs_replacement(struct xm_planning *p, const struct xm_want_endpoint *ep,
			      const struct xm_endpoint_info *now, uint32_t parent)
{
	uint8_t mode = xm_settings_mode(&ep->add.settings);

	return now->gone || now->parent_ifindex != parent ||
	       (ep->has_type && !kind_is(now, &ep->add)) ||
	       (mode == XM_MODE_PASSTHRU) != (now->mode == XM_MODE_PASSTHRU) ||
	       !ifname_is(now, ep->add.ifname) ||
	       (ep->add.mtu && ep->add.mtu != now->requested_mtu) ||
	       (now->kind == XM_KIND_TAP && !tap_is(now, &ep->add)) ||
	       !netns_is(p, now, ep->add.netns);
}

/* Finds the parent and looks for the namespace. Returns 1 when one is missing and may be. */
static int plan_find(struct xm_planning *p, const struct xm_want_endpoint *ep,
		     struct xm_link *parent)
{
	struct xm_err why = {};
	int fd, err = xm_apply_device(p->nl, ep->add.link, parent, &why);

	if (!err && ep->add.netns) {
		fd = xm_netns_open(ep->add.netns, &why);
		if (fd >= 0)
			close(fd);
		err = fd < 0 ? -ENODEV : 0;
	}
	if (err == -ENODEV && p->options->skip_missing)
		return 1;
	return err ? fail_at(p, ep->from, "endpoints", ep->name, err, &why) : 0;
}

/* The step would fail after others were done. Every device has the sysctls of `default`. */
static int check_sysctls(struct xm_planning *p, const struct xm_want_endpoint *ep)
{
	for (size_t i = 0; i < ep->inside.sysctl_count; i++) {
		const struct xm_inside_sysctl *s = &ep->inside.sysctls[i];
		struct xm_err why = {};
		char value[24];

		if (s->by_add ||
		    xm_sysctl_get(s->family, "default", s->key, value, sizeof(value)) != -ENOENT)
			continue;
		xm_fail_usage(&why, "inside.sysctls: there is no sysctl '%s.%.60s'", s->family,
			      s->key);
		return fail_at(p, ep->from, "endpoints", ep->name, -EINVAL, &why);
	}
	return 0;
}

static int plan_del_endpoint(struct xm_planning *p, size_t i)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];
	const struct xm_endpoint_info *now = xm_snapshot_find(p->snapshot, ep->name);
	int ret = plan_find(p, ep, &p->parents[i]);

	p->plan->is_missing[i] = ret > 0;
	if (!ret && now && now->owner)
		return fail_at(
			p, ep->from, "endpoints", ep->name, -EBUSY,
			&(struct xm_err){ 2, "the endpoint belongs to a container runtime" });
	if (!ret && check_sysctls(p, ep))
		return -EINVAL;
	if (!ret && now && needs_replacement(p, ep, now, p->parents[i].ifindex)) {
		p->deleted[i] = true;
		step_del(p, ep->name);
	}
	return ret < 0 ? ret : 0;
}

/* Two keys of one device would undo each other's settings. devices: of the keys before `want`. */
static int check_one_key(struct xm_planning *p, const struct xm_want_parent *want,
			 const uint32_t *devices, uint32_t ifindex)
{
	char where[XM_APPLY_WHERE];
	struct xm_err why = {};

	for (const struct xm_want_parent *other = p->want->parents; other < want; other++) {
		const char *const path[] = { "parents", other->name, NULL };

		if (*devices++ != ifindex)
			continue;
		xm_fail(&why, EEXIST, "the device is parents.%s at %s", other->name,
			xm_apply_where(other->from, path, where));
		return fail_at(p, want->from, "parents", want->name, -EEXIST, &why);
	}
	return 0;
}

/* A parent in a file has the settings of the file, and the defaults of those that it lacks */
static int plan_parent(struct xm_planning *p, const struct xm_want_parent *want, uint32_t *devices)
{
	const struct xm_attach *a = &want->attach;
	const struct xm_parent_info *now;
	struct xm_word_list words = {};
	struct xm_link link;
	struct xm_err why = {};
	struct xm_step *step;
	uint8_t xdp = a->has_xdp ? a->xdp : XM_XDP_AUTO;
	int err = xm_apply_device(p->nl, want->name, &link, &why);

	if (err == -ENODEV && p->options->skip_missing)
		return 0;
	if (err)
		return fail_at(p, want->from, "parents", want->name, err, &why);
	devices[want - p->want->parents] = link.ifindex;
	err = check_one_key(p, want, devices, link.ifindex);
	if (err)
		return err;
	now = find_parent(p->snapshot, link.ifindex);
	xm_word_list_add(&words, link.name);
	if (now ? now->xdp_requested != xdp : a->has_xdp)
		xm_word_list_add_two(&words, "xdp", xm_xdp_name(xdp));
	if (now ? now->guard != a->guard : a->guard)
		xm_word_list_add_two(&words, "guard", on_off(a->guard));
	if (now ? now->neigh_direct != a->neigh_direct : a->neigh_direct)
		xm_word_list_add_two(&words, "neigh", a->neigh_direct ? "direct" : "flood");
	if (now ? now->fanout != a->fanout : a->fanout)
		xm_word_list_add_two(&words, "fanout", on_off(a->fanout));
	if (now && words.count == 1) {
		xm_word_list_free(&words);
		return 0;
	}
	step = xm_plan_step_add(p, XM_CMD_ATTACH);
	step->words = words;
	step->from = want->from;
	step->section = "parents";
	step->key = want->name;
	return 0;
}

static void plan_prune(struct xm_planning *p)
{
	for (size_t i = 0; i < p->snapshot->count; i++) {
		const struct xm_parent_info *parent = &p->snapshot->parents[i];

		for (size_t j = 0; j < parent->count; j++)
			if (parent->endpoints[j].applied &&
			    !json_object_get(p->want->names, parent->endpoints[j].name))
				step_del(p, parent->endpoints[j].name);
	}
}

int xm_plan_make(const struct xm_want *want, const struct xm_snapshot *snapshot, struct xm_nl *nl,
		 const struct xm_plan_options *options, struct xm_plan *ret, struct xm_err *e)
{
	struct xm_planning p = { want, snapshot, options, nl, ret, NULL, NULL, NULL, e };
	uint32_t *devices;
	int err = 0;

	*ret = (struct xm_plan){};
	ret->is_missing = xm_need(calloc(want->endpoint_count + 1, sizeof(*ret->is_missing)));
	ret->is_added = xm_need(calloc(want->endpoint_count + 1, sizeof(*ret->is_added)));
	p.parents = xm_need(calloc(want->endpoint_count + 1, sizeof(*p.parents)));
	p.deleted = xm_need(calloc(want->endpoint_count + 1, sizeof(*p.deleted)));
	p.planned = xm_need(calloc(want->endpoint_count + 1, sizeof(*p.planned)));
	if (options->prune)
		plan_prune(&p);
	for (size_t i = 0; i < want->endpoint_count && !err; i++)
		err = plan_del_endpoint(&p, i);
	devices = xm_need(calloc(want->parent_count + 1, sizeof(*devices)));
	for (size_t i = 0; i < want->parent_count && !err; i++)
		err = plan_parent(&p, &want->parents[i], devices);
	for (size_t i = 0; i < want->endpoint_count && !err; i++)
		xm_plan_endpoint(&p, i);
	free(devices);
	free(p.parents);
	free(p.planned);
	free(p.deleted);
	return err;
}

void xm_plan_free(struct xm_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		xm_word_list_free(&plan->steps[i].words);
	free(plan->steps);
	free(plan->is_missing);
	free(plan->is_added);
	*plan = (struct xm_plan){};
}
