// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/text.h"
#include "cli/apply_device.h"
#include "cli/apply_plan.h"
#include "cli/snapshot_find.h"
#include "net/netns.h"
#include "net/tap.h"

struct planning {
	const struct xm_want *want;
	const struct xm_snapshot *snapshot;
	const struct xm_plan_options *options;
	struct xm_nl *nl;
	struct xm_plan *plan;
	struct xm_link *parents; /* of each endpoint that is wanted */
	struct xm_err *e;
};

static const struct xm_parent_info *find_parent(const struct xm_snapshot *s, uint32_t ifindex)
{
	for (size_t i = 0; i < s->count; i++)
		if (s->parents[i].link.ifindex == ifindex)
			return &s->parents[i];
	return NULL;
}

/* Fills *e with the place in the file and the message. Returns err. */
static int fail_at(struct planning *p, const struct xm_apply_document *from, const char *section,
		   const char *name, int err, const struct xm_err *why)
{
	const char *const path[] = { section, name, NULL };
	char where[XM_APPLY_WHERE];

	return xm_fail(p->e, err, "%s: %s.%s: %s", xm_apply_where(from, path, where), section, name,
		       why->text);
}

static struct xm_step *step_add(struct planning *p, enum xm_command_id command)
{
	struct xm_plan *plan = p->plan;

	plan->steps = xm_need(realloc(plan->steps, (plan->count + 1) * sizeof(*plan->steps)));
	plan->steps[plan->count] = (struct xm_step){ .command = command };
	return &plan->steps[plan->count++];
}

static struct xm_step *step_of_endpoint(struct planning *p, enum xm_command_id command,
					const struct xm_want_endpoint *ep)
{
	struct xm_step *step = step_add(p, command);

	step->endpoint = ep;
	step->from = ep->from;
	step->section = "endpoints";
	step->key = ep->name;
	return step;
}

static void step_del(struct planning *p, const char *name)
{
	xm_word_list_add(&step_add(p, XM_CMD_DEL)->words, name);
}

/* `add`, with the parent's name for another way to name it */
static void step_add_endpoint(struct planning *p, const struct xm_want_endpoint *ep,
			      const char *parent)
{
	struct xm_step *step = step_of_endpoint(p, XM_CMD_ADD, ep);

	for (int i = 0; i < ep->words.count; i++)
		xm_word_list_add(&step->words,
				 ep->words.v[i] == ep->add.link ? parent : ep->words.v[i]);
}

static void add_two(struct xm_word_list *words, const char *word, const char *value)
{
	xm_word_list_add(words, word);
	xm_word_list_add(words, value);
}

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static void step_additional(struct planning *p, const struct xm_want_endpoint *ep, const char *op,
			    const uint8_t *mac)
{
	struct xm_step *step = step_of_endpoint(p, XM_CMD_SET, ep);
	char text[XM_MAC_TEXT];

	xm_word_list_add(&step->words, ep->name);
	xm_word_list_add(&step->words, "address");
	add_two(&step->words, op, xm_mac_text(mac, text));
}

static bool list_has(const uint8_t (*list)[XM_MAC_LEN], size_t count, const uint8_t *mac)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(list[i], mac, XM_MAC_LEN))
			return true;
	return false;
}

/* `address add` and `address del`. MACs that follow the peer end's own list are not the file's. */
static void plan_additional(struct planning *p, const struct xm_want_endpoint *ep,
			    const struct xm_endpoint_info *now)
{
	for (size_t i = 0; now && i < now->additional_mac_count; i++) {
		const struct xm_additional_mac *m = &now->additional_macs[i];

		if (!(m->flags & XM_ADDITIONAL_MAC_FOLLOWED) &&
		    !list_has(ep->additional, ep->additional_count, m->mac))
			step_additional(p, ep, "del", m->mac);
	}
	for (size_t i = 0; i < ep->additional_count; i++) {
		bool found = false;

		for (size_t j = 0; now && j < now->additional_mac_count; j++)
			found |=
				!memcmp(now->additional_macs[j].mac, ep->additional[i], XM_MAC_LEN);
		if (!found)
			step_additional(p, ep, "add", ep->additional[i]);
	}
}

/* Whether the peer end is in the wanted namespace. Nothing wanted: it may be in any. */
static bool netns_is(struct planning *p, const struct xm_endpoint_info *now, const char *netns)
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

/* Whether only a new endpoint can be what is wanted */
static bool needs_replacement(struct planning *p, const struct xm_want_endpoint *ep,
			      const struct xm_endpoint_info *now, uint32_t parent)
{
	uint8_t mode = xm_settings_mode(&ep->add.settings);

	return now->parent_ifindex != parent ||
	       (ep->has_type && !ep->add.auto_kind && ep->add.kind != now->kind) ||
	       (mode == XM_MODE_PASSTHRU) != (now->mode == XM_MODE_PASSTHRU) ||
	       (ep->add.ifname && strcmp(ep->add.ifname, now->requested_ifname)) ||
	       (ep->add.mtu && ep->add.mtu != now->requested_mtu) ||
	       (now->kind == XM_KIND_TAP && !tap_is(now, &ep->add)) ||
	       !netns_is(p, now, ep->add.netns);
}

/* Whether the lists are equal as sets */
static bool sources_are(const struct xm_endpoint_info *now, const struct xm_settings *s)
{
	size_t wanted = 0;

	for (size_t i = 0; i < s->mac_count; i++) {
		if (!list_has((const uint8_t(*)[XM_MAC_LEN])now->sources, now->source_count,
			      s->macs[i]))
			return false;
		wanted += !list_has((const uint8_t(*)[XM_MAC_LEN])s->macs, i, s->macs[i]);
	}
	return wanted == now->source_count;
}

static void add_sources(struct xm_word_list *words, const struct xm_settings *s)
{
	char text[XM_MAC_TEXT];

	add_two(words, "macaddr", s->mac_count ? "set" : "flush");
	for (size_t i = 0; i < s->mac_count; i++)
		xm_word_list_add(words, xm_mac_text(s->macs[i], text));
}

/* The words of `set` for what differs and is on or off, or a word of two */
static void add_switches(struct xm_word_list *words, const struct xm_settings *s,
			 const struct xm_endpoint_info *now)
{
	bool trust = !s->has_trust || s->trust;
	bool spoofchk =
		s->has_spoofchk ? s->spoofchk : xm_settings_mode(s) != XM_MODE_PASSTHRU || !trust;

	if ((s->has_host_access && s->host_access) != now->host_access)
		add_two(words, "host", on_off(!now->host_access));
	if (spoofchk != now->spoofchk)
		add_two(words, "spoofchk", on_off(spoofchk));
	if (now->kind != XM_KIND_TAP && trust != now->trust)
		add_two(words, "trust", on_off(trust));
	if (now->kind != XM_KIND_TAP && (s->has_follow && s->follow) != now->follow)
		add_two(words, "addresses", now->follow ? "own" : "follow");
	if (s->nodst != now->nodst)
		xm_word_list_add(words, now->nodst ? "dst" : "nodst");
	if (now->mode == XM_MODE_PASSTHRU && (s->has_promisc && !s->promisc) != now->nopromisc)
		xm_word_list_add(words, now->nopromisc ? "promisc" : "nopromisc");
}

static void plan_set(struct planning *p, const struct xm_want_endpoint *ep,
		     const struct xm_endpoint_info *now)
{
	const struct xm_settings *s = &ep->add.settings;
	uint32_t bcqueuelen = s->has_bcqueuelen ? s->bcqueuelen : XM_BCQUEUELEN_DEFAULT;
	int32_t bclim = s->has_bclim ? s->bclim : XM_BCLIM_DEFAULT;
	uint8_t mode = xm_settings_mode(s);
	struct xm_word_list words = {};
	char text[XM_MAC_TEXT];

	xm_word_list_add(&words, ep->name);
	if (mode != now->mode)
		add_two(&words, "mode", xm_mode_name(mode));
	if (s->has_address && memcmp(s->address, now->mac, XM_MAC_LEN) != 0)
		add_two(&words, "address", xm_mac_text(s->address, text));
	add_switches(&words, s, now);
	if (bcqueuelen != now->bcqueuelen) {
		snprintf(text, sizeof(text), "%u", bcqueuelen);
		add_two(&words, "bcqueuelen", text);
	}
	if (bclim != now->bclim) {
		snprintf(text, sizeof(text), "%d", bclim);
		add_two(&words, "bclim", text);
	}
	if (mode == XM_MODE_SOURCE && (now->mode != mode || !sources_are(now, s)))
		add_sources(&words, s);
	if (words.count > 1)
		step_of_endpoint(p, XM_CMD_SET, ep)->words = words;
	else
		xm_word_list_free(&words);
	plan_additional(p, ep, now);
}

/* Finds the parent and looks for the namespace. Returns 1 when one is missing and may be. */
static int plan_find(struct planning *p, const struct xm_want_endpoint *ep, struct xm_link *parent)
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

static int plan_del_endpoint(struct planning *p, size_t i)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];
	const struct xm_endpoint_info *now = xm_snapshot_find(p->snapshot, ep->name);
	int ret = plan_find(p, ep, &p->parents[i]);

	p->plan->is_missing[i] = ret > 0;
	if (!ret && now && now->owner)
		return fail_at(
			p, ep->from, "endpoints", ep->name, -EBUSY,
			&(struct xm_err){ 2, "the endpoint belongs to a container runtime" });
	if (!ret && now && needs_replacement(p, ep, now, p->parents[i].ifindex))
		step_del(p, ep->name);
	return ret < 0 ? ret : 0;
}

static bool is_deleted(const struct planning *p, const char *name)
{
	for (size_t i = 0; i < p->plan->count; i++)
		if (p->plan->steps[i].command == XM_CMD_DEL &&
		    !strcmp(p->plan->steps[i].words.v[0], name))
			return true;
	return false;
}

static void plan_endpoint(struct planning *p, size_t i)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];
	const struct xm_endpoint_info *now = xm_snapshot_find(p->snapshot, ep->name);

	if (p->plan->is_missing[i])
		return;
	if (now && !is_deleted(p, ep->name)) {
		plan_set(p, ep, now);
	} else {
		step_add_endpoint(p, ep, p->parents[i].name);
		plan_additional(p, ep, NULL);
	}
}

/* A parent in a file has the settings of the file, and the defaults of those that it lacks */
static int plan_parent(struct planning *p, const struct xm_want_parent *want)
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
	now = find_parent(p->snapshot, link.ifindex);
	xm_word_list_add(&words, link.name);
	if (now ? now->xdp_requested != xdp : a->has_xdp)
		add_two(&words, "xdp", xm_xdp_name(xdp));
	if (now ? now->guard != a->guard : a->guard)
		add_two(&words, "guard", on_off(a->guard));
	if (now ? now->neigh_direct != a->neigh_direct : a->neigh_direct)
		add_two(&words, "neigh", a->neigh_direct ? "direct" : "flood");
	if (now ? now->fanout != a->fanout : a->fanout)
		add_two(&words, "fanout", on_off(a->fanout));
	if (now && words.count == 1) {
		xm_word_list_free(&words);
		return 0;
	}
	step = step_add(p, XM_CMD_ATTACH);
	step->words = words;
	step->from = want->from;
	step->section = "parents";
	step->key = want->name;
	return 0;
}

static bool is_wanted(const struct xm_want *want, const char *name)
{
	for (size_t i = 0; i < want->endpoint_count; i++)
		if (!strcmp(want->endpoints[i].name, name))
			return true;
	return false;
}

static void plan_prune(struct planning *p)
{
	for (size_t i = 0; i < p->snapshot->count; i++) {
		const struct xm_parent_info *parent = &p->snapshot->parents[i];

		for (size_t j = 0; j < parent->count; j++)
			if (parent->endpoints[j].applied &&
			    !is_wanted(p->want, parent->endpoints[j].name))
				step_del(p, parent->endpoints[j].name);
	}
}

int xm_plan_make(const struct xm_want *want, const struct xm_snapshot *snapshot, struct xm_nl *nl,
		 const struct xm_plan_options *options, struct xm_plan *ret, struct xm_err *e)
{
	struct planning p = { want, snapshot, options, nl, ret, NULL, e };
	int err = 0;

	*ret = (struct xm_plan){ .is_missing = xm_need(calloc(want->endpoint_count + 1,
							      sizeof(*ret->is_missing))) };
	p.parents = xm_need(calloc(want->endpoint_count + 1, sizeof(*p.parents)));
	if (options->prune)
		plan_prune(&p);
	for (size_t i = 0; i < want->endpoint_count && !err; i++)
		err = plan_del_endpoint(&p, i);
	for (size_t i = 0; i < want->parent_count && !err; i++)
		err = plan_parent(&p, &want->parents[i]);
	for (size_t i = 0; i < want->endpoint_count && !err; i++)
		plan_endpoint(&p, i);
	free(p.parents);
	return err;
}

void xm_plan_free(struct xm_plan *plan)
{
	for (size_t i = 0; i < plan->count; i++)
		xm_word_list_free(&plan->steps[i].words);
	free(plan->steps);
	free(plan->is_missing);
	*plan = (struct xm_plan){};
}
