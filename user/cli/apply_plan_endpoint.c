// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The steps of one endpoint. A MAC that another endpoint gives up in the same run is given up
 * before it is taken.
 */
#include <stdio.h>
#include <string.h>

#include "base/mac_random.h"
#include "base/text.h"
#include "cli/apply_plan_work.h"
#include "cli/snapshot_find.h"

static const char *on_off(bool on)
{
	return on ? "on" : "off";
}

static void step_additional(struct xm_planning *p, const struct xm_want_endpoint *ep,
			    const char *op, const uint8_t *mac)
{
	struct xm_step *step = xm_plan_step(p, XM_CMD_SET, ep);
	char text[XM_MAC_TEXT];

	xm_word_list_add(&step->words, ep->name);
	xm_word_list_add(&step->words, "address");
	xm_word_list_add_two(&step->words, op, xm_mac_text(mac, text));
}

static bool list_has(const uint8_t (*list)[XM_MAC_LEN], size_t count, const uint8_t *mac)
{
	for (size_t i = 0; i < count; i++)
		if (!memcmp(list[i], mac, XM_MAC_LEN))
			return true;
	return false;
}

/*
 * `address del` of what is not wanted. MACs that follow the peer end's own list are not the file's.
 */
static void plan_additional_del(struct xm_planning *p, const struct xm_want_endpoint *ep,
				const struct xm_endpoint_info *now)
{
	for (size_t i = 0; i < now->additional_mac_count; i++) {
		const struct xm_additional_mac *m = &now->additional_macs[i];

		if (!(m->flags & XM_ADDITIONAL_MAC_FOLLOWED) &&
		    !list_has(ep->additional, ep->additional_count, m->mac))
			step_additional(p, ep, "del", m->mac);
	}
}

static bool has_additional(const struct xm_endpoint_info *now, const uint8_t *mac)
{
	for (size_t i = 0; now && i < now->additional_mac_count; i++)
		if (!memcmp(now->additional_macs[i].mac, mac, XM_MAC_LEN))
			return true;
	return false;
}

/* now NULL: a new endpoint */
static void plan_additional_add(struct xm_planning *p, const struct xm_want_endpoint *ep,
				const struct xm_endpoint_info *now)
{
	for (size_t i = 0; i < ep->additional_count; i++)
		if (!has_additional(now, ep->additional[i]))
			step_additional(p, ep, "add", ep->additional[i]);
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

	xm_word_list_add_two(words, "macaddr", s->mac_count ? "set" : "flush");
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
		xm_word_list_add_two(words, "host", on_off(!now->host_access));
	if (spoofchk != now->spoofchk)
		xm_word_list_add_two(words, "spoofchk", on_off(spoofchk));
	if (now->kind != XM_KIND_TAP && trust != now->trust)
		xm_word_list_add_two(words, "trust", on_off(trust));
	if (now->kind != XM_KIND_TAP && (s->has_follow && s->follow) != now->follow)
		xm_word_list_add_two(words, "addresses", now->follow ? "own" : "follow");
	if (s->nodst != now->nodst)
		xm_word_list_add(words, now->nodst ? "dst" : "nodst");
	if (now->mode == XM_MODE_PASSTHRU && (s->has_promisc && !s->promisc) != now->nopromisc)
		xm_word_list_add(words, now->nopromisc ? "promisc" : "nopromisc");
}

/* The record, and the device, whose user may have changed it. A guest's own is not known. */
static bool has_address(const struct xm_endpoint_info *now, const uint8_t *mac)
{
	return !memcmp(now->mac, mac, XM_MAC_LEN) &&
	       (now->kind == XM_KIND_TAP || !now->device.ifindex ||
		!memcmp(now->device.mac, mac, XM_MAC_LEN));
}

static void plan_set(struct xm_planning *p, const struct xm_want_endpoint *ep,
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
		xm_word_list_add_two(&words, "mode", xm_mode_name(mode));
	if (s->has_address && !has_address(now, s->address))
		xm_word_list_add_two(&words, "address", xm_mac_text(s->address, text));
	add_switches(&words, s, now);
	if (bcqueuelen != now->bcqueuelen) {
		snprintf(text, sizeof(text), "%u", bcqueuelen);
		xm_word_list_add_two(&words, "bcqueuelen", text);
	}
	if (bclim != now->bclim) {
		snprintf(text, sizeof(text), "%d", bclim);
		xm_word_list_add_two(&words, "bclim", text);
	}
	if (mode == XM_MODE_SOURCE && (now->mode != mode || !sources_are(now, s)))
		add_sources(&words, s);
	if (words.count > 1)
		xm_plan_step(p, XM_CMD_SET, ep)->words = words;
	else
		xm_word_list_free(&words);
}

/*
 * What the file leaves out stays as it is when the endpoint is made anew. Nothing is added that the
 * kind or the mode does not take.
 */
static void add_what_stays(struct xm_word_list *words, const struct xm_want_endpoint *ep,
			   const struct xm_endpoint_info *now)
{
	bool is_tap = ep->has_type ? ep->add.kind == XM_KIND_TAP : now->kind == XM_KIND_TAP;
	char text[XM_MAC_TEXT];

	if (!ep->has_type && now->kind != XM_KIND_VETH)
		xm_word_list_add_two(words, "type",
				     now->kind_why ? "auto" : xm_kind_name(now->kind));
	if (!ep->add.settings.has_address && now->mode != XM_MODE_PASSTHRU &&
	    xm_settings_mode(&ep->add.settings) != XM_MODE_PASSTHRU)
		xm_word_list_add_two(words, "address", xm_mac_text(now->mac, text));
	if (!ep->add.mtu && now->requested_mtu) {
		snprintf(text, sizeof(text), "%u", now->requested_mtu);
		xm_word_list_add_two(words, "mtu", text);
	}
	if (is_tap)
		return;
	if (!ep->add.netns && now->netns)
		xm_word_list_add_two(words, "netns", now->netns);
	if (!ep->add.ifname && now->requested_ifname[0] &&
	    strcmp(now->requested_ifname, ep->name) != 0)
		xm_word_list_add_two(words, "ifname", now->requested_ifname);
}

/* `add`, with the parent's name for another way to name it. now: the one that is deleted. */
static void plan_add(struct xm_planning *p, size_t i, const struct xm_endpoint_info *now)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];
	struct xm_step *step = xm_plan_step(p, XM_CMD_ADD, ep);

	p->plan->is_added[i] = true;
	for (int w = 0; w < ep->words.count; w++)
		xm_word_list_add(&step->words, ep->words.v[w] == ep->add.link ? p->parents[i].name
									      : ep->words.v[w]);
	if (now)
		add_what_stays(&step->words, ep, now);
}

/* Whether an endpoint of the parent has the MAC, or is to have it */
static bool mac_is_used(const struct xm_planning *p, const uint8_t *mac)
{
	for (size_t i = 0; i < p->snapshot->count; i++)
		for (size_t j = 0; j < p->snapshot->parents[i].count; j++) {
			const struct xm_endpoint_info *now = &p->snapshot->parents[i].endpoints[j];

			if (!memcmp(now->mac, mac, XM_MAC_LEN) || has_additional(now, mac))
				return true;
		}
	for (size_t i = 0; i < p->want->endpoint_count; i++) {
		const struct xm_want_endpoint *ep = &p->want->endpoints[i];

		if (!memcmp(ep->add.settings.address, mac, XM_MAC_LEN) ||
		    list_has(ep->additional, ep->additional_count, mac))
			return true;
	}
	return false;
}

static void plan_address(struct xm_planning *p, const struct xm_want_endpoint *ep,
			 const uint8_t *mac)
{
	struct xm_word_list words = {};
	char text[XM_MAC_TEXT];

	xm_word_list_add(&words, ep->name);
	xm_word_list_add_two(&words, "address", xm_mac_text(mac, text));
	xm_plan_step(p, XM_CMD_SET, ep)->words = words;
}

/* Endpoints exchange their MACs: one of them has another one meanwhile */
static void plan_address_meanwhile(struct xm_planning *p, const struct xm_want_endpoint *ep)
{
	uint8_t mac[XM_MAC_LEN] = { 0x02, 'x', 'm' };

	while (mac_is_used(p, mac) && ++mac[5])
		;
	plan_address(p, ep, mac);
}

/* The files name no MAC of the endpoint, and its own one for another: it gets a new one */
static void plan_address_anew(struct xm_planning *p, const struct xm_want_endpoint *ep)
{
	uint8_t mac[XM_MAC_LEN] = {};

	while (!xm_mac_random(mac) && mac_is_used(p, mac))
		;
	plan_address(p, ep, mac);
}

/* The endpoint gives up its own MAC */
static bool leaves_mac(const struct xm_want_endpoint *ep, const struct xm_endpoint_info *now)
{
	const struct xm_settings *s = &ep->add.settings;

	return s->has_address && memcmp(s->address, now->mac, XM_MAC_LEN) != 0;
}

/* The endpoint of the parent that has the MAC; NULL: there is none */
static const struct xm_endpoint_info *find_holder(const struct xm_planning *p, uint32_t parent,
						  const uint8_t *mac)
{
	for (size_t i = 0; i < p->snapshot->count; i++) {
		const struct xm_parent_info *of = &p->snapshot->parents[i];

		for (size_t j = 0; of->link.ifindex == parent && j < of->count; j++)
			if (!memcmp(of->endpoints[j].mac, mac, XM_MAC_LEN) ||
			    has_additional(&of->endpoints[j], mac))
				return &of->endpoints[j];
	}
	return NULL;
}

/* Before endpoint i takes a MAC: the steps of the endpoint of the same parent that gives it up */
static void plan_free_mac(struct xm_planning *p, size_t i, const uint8_t *mac)
{
	const struct xm_endpoint_info *now = find_holder(p, p->parents[i].ifindex, mac);
	const json_t *number = now ? json_object_get(p->want->names, now->name) : NULL;
	size_t j = json_integer_value(number);

	if (!number || j == i || p->plan->is_missing[j] || p->deleted[j])
		return;
	if (!p->want->endpoints[j].add.settings.has_address && !memcmp(now->mac, mac, XM_MAC_LEN))
		plan_address_anew(p, &p->want->endpoints[j]);
	else if (p->planned[j] == XM_PLANNED_NOT)
		xm_plan_endpoint(p, j);
	else if (p->planned[j] == XM_PLANNED_BEGUN && leaves_mac(&p->want->endpoints[j], now) &&
		 !memcmp(now->mac, mac, XM_MAC_LEN))
		plan_address_meanwhile(p, &p->want->endpoints[j]);
}

static void plan_free_macs(struct xm_planning *p, size_t i, const struct xm_endpoint_info *now)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];

	if (ep->add.settings.has_address && (!now || leaves_mac(ep, now)))
		plan_free_mac(p, i, ep->add.settings.address);
	for (size_t m = 0; m < ep->additional_count; m++)
		if (!has_additional(now, ep->additional[m]))
			plan_free_mac(p, i, ep->additional[m]);
}

void xm_plan_endpoint(struct xm_planning *p, size_t i)
{
	const struct xm_want_endpoint *ep = &p->want->endpoints[i];
	const struct xm_endpoint_info *now = xm_snapshot_find(p->snapshot, ep->name);
	bool stays = now && !p->deleted[i];

	if (p->plan->is_missing[i] || p->planned[i] != XM_PLANNED_NOT)
		return;
	p->planned[i] = XM_PLANNED_BEGUN;
	if (stays)
		plan_additional_del(p, ep, now);
	plan_free_macs(p, i, stays ? now : NULL);
	if (stays)
		plan_set(p, ep, now);
	else
		plan_add(p, i, now);
	plan_additional_add(p, ep, stays ? now : NULL);
	p->planned[i] = XM_PLANNED_DONE;
}
