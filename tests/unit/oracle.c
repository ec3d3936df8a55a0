// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The rules of docs/macvlan-behaviour.md and docs/design.md, by receiver. See oracle.h */
#include <string.h>

#include "oracle.h"

/*
 * docs/macvlan-behaviour.md, "Group frames, all modes on one parent": each line of that table is a
 * line here. '+': the receiver gets the frame. '-': it does not. The table has no listeners
 * (source: "listed only").
 */
struct group_rule {
	enum xm_origin origin;
	enum xm_mode sender;
	char private, vepa, bridge, passthru, source;
	char owner; /* the endpoint that has the source MAC of a frame from the wire */
	char stack, wire;
};

/* clang-format off */
static const struct group_rule group_table[] = {
	/*                                        p    v    b    pt   s    own  stk  wire */
	{ XM_FROM_WIRE, XM_MODE_NONE,            '+', '+', '+', '+', '-', '-', '+', '-' },
	{ XM_FROM_WIRE, XM_MODE_BRIDGE,          '-', '+', '-', '-', '-', '-', '+', '-' },
	{ XM_FROM_WIRE, XM_MODE_VEPA,            '-', '+', '+', '-', '-', '-', '+', '-' },
	{ XM_FROM_WIRE, XM_MODE_PRIVATE,         '-', '-', '-', '-', '-', '+', '-', '-' },
	{ XM_FROM_WIRE, XM_MODE_SOURCE,          '-', '-', '-', '-', '-', '+', '-', '-' },
	{ XM_FROM_WIRE, XM_MODE_PASSTHRU,        '-', '-', '-', '-', '-', '+', '-', '-' },
	{ XM_FROM_ENDPOINT, XM_MODE_BRIDGE,      '-', '-', '+', '-', '-', '-', '-', '+' },
	{ XM_FROM_ENDPOINT, XM_MODE_PRIVATE,     '-', '-', '-', '-', '-', '-', '-', '+' },
	{ XM_FROM_ENDPOINT, XM_MODE_VEPA,        '-', '-', '-', '-', '-', '-', '-', '+' },
	{ XM_FROM_ENDPOINT, XM_MODE_SOURCE,      '-', '-', '-', '-', '-', '-', '-', '+' },
	{ XM_FROM_ENDPOINT, XM_MODE_PASSTHRU,    '-', '-', '-', '-', '-', '-', '-', '+' },
	{ XM_FROM_HOST, XM_MODE_NONE,            '-', '-', '-', '-', '-', '-', '-', '+' },
};
/* clang-format on */

/* "The same since Linux 7.2" */
static const struct group_rule reflected_bridge = {
	XM_FROM_WIRE, XM_MODE_BRIDGE, '-', '+', '+', '-', '-', '+', '+', '-'
};

static const struct group_rule *group_rule(const struct situation *s)
{
	if (s->reflect && s->origin == XM_FROM_WIRE && s->sender == XM_MODE_BRIDGE)
		return &reflected_bridge;
	for (size_t i = 0; i < sizeof(group_table) / sizeof(group_table[0]); i++)
		if (group_table[i].origin == s->origin && group_table[i].sender == s->sender)
			return &group_table[i];
	return NULL;
}

static bool group_rule_allows(const struct group_rule *rule, enum xm_mode mode)
{
	switch (mode) {
	case XM_MODE_PRIVATE:
		return rule->private == '+';
	case XM_MODE_VEPA:
		return rule->vepa == '+';
	case XM_MODE_BRIDGE:
		return rule->bridge == '+';
	case XM_MODE_PASSTHRU:
		return rule->passthru == '+';
	case XM_MODE_SOURCE:
		return rule->source == '+';
	default:
		return false;
	}
}

/* A VLAN device on the parent gets its tagged frames before macvlan does */
static bool vlan_device_gets(const struct situation *s)
{
	return s->origin == XM_FROM_WIRE && s->vlan_owned;
}

/* Spoof check and carrier: nobody gets the frame */
static bool dropped_at_sender(const struct situation *s)
{
	if (s->origin != XM_FROM_ENDPOINT)
		return false;
	return (s->spoofchk && s->spoofed) || s->parent_down;
}

/* "host on": in every mode an endpoint reaches the host with group frames and the parent's MAC */
static bool sent_to_host(const struct situation *s)
{
	return s->origin == XM_FROM_ENDPOINT && s->sender_host && (s->group || s->dest_parent);
}

/* "Only bridge -> UP bridge unicast is local", unless the frame is for a host with host access */
static bool sent_to_sibling(const struct situation *s)
{
	return s->origin == XM_FROM_ENDPOINT && !s->group && s->sender == XM_MODE_BRIDGE &&
	       s->dest == XM_MODE_BRIDGE && !sent_to_host(s);
}

static bool bystander_gets(const struct situation *s, enum xm_mode mode, bool host_on)
{
	if (!s->group || s->pause || dropped_at_sender(s) || vlan_device_gets(s))
		return false;
	/* host -> endpoint: group frames reach every endpoint with host access, in any mode */
	if (s->origin == XM_FROM_HOST)
		return host_on;
	return group_rule_allows(group_rule(s), mode);
}

/*
 * A frame of an endpoint that the wire reflects. "Only the source itself" is not a flood, so PAUSE
 * makes no difference then.
 */
static bool owner_gets(const struct situation *s)
{
	const struct group_rule *rule;

	if (s->origin != XM_FROM_WIRE || !s->group || vlan_device_gets(s))
		return false;
	rule = group_rule(s);
	return rule->owner == '+' && !(s->pause && rule->bridge == '+');
}

static bool dest_gets(const struct situation *s)
{
	if (s->group || s->dest == XM_MODE_NONE || dropped_at_sender(s))
		return false;
	switch (s->origin) {
	case XM_FROM_WIRE: /* "no match, or the match is in source mode -> parent's stack" */
		return !s->vlan_owned && s->dest != XM_MODE_SOURCE;
	case XM_FROM_ENDPOINT:
		/* The frame enters the parent's receive path, where VLAN devices come first */
		return sent_to_sibling(s) && !s->vlan_owned;
	default:
		return s->dest_host;
	}
}

/* "Passthru: the sole endpoint gets any destination": while it is DOWN, nobody does */
static bool passthru_loses(const struct situation *s)
{
	return s->origin == XM_FROM_WIRE && s->passthru && !s->group && !s->vlan_owned &&
	       s->dest == XM_MODE_NONE;
}

static bool stack_gets(const struct situation *s)
{
	if (dropped_at_sender(s) || passthru_loses(s))
		return false;
	switch (s->origin) {
	case XM_FROM_WIRE:
		if (s->vlan_owned)
			return true;
		return s->group ? group_rule(s)->stack == '+' : !dest_gets(s);
	case XM_FROM_ENDPOINT:
		return sent_to_host(s) || (sent_to_sibling(s) && s->vlan_owned);
	default:
		return false;
	}
}

static bool wire_gets(const struct situation *s)
{
	switch (s->origin) {
	case XM_FROM_WIRE:
		return false;
	case XM_FROM_ENDPOINT:
		if (dropped_at_sender(s))
			return false;
		if (s->group)
			return group_rule(s)->wire == '+';
		return !sent_to_sibling(s) && !sent_to_host(s);
	default:
		return !dest_gets(s);
	}
}

/*
 * Listeners get what the parent receives: all frames from the wire, and frames between siblings,
 * which enter the parent's receive path.
 */
static bool listeners_get(const struct situation *s)
{
	if (s->origin == XM_FROM_WIRE)
		return !s->vlan_owned;
	return !dropped_at_sender(s) && sent_to_sibling(s) && !s->vlan_owned;
}

static void outcome_count(const struct situation *s, struct outcome *o)
{
	o->lost = dropped_at_sender(s) || passthru_loses(s);
	o->counted = o->lost;
	if (dropped_at_sender(s))
		o->reason = s->spoofchk && s->spoofed ? XM_REASON_SPOOFED_SOURCE
						      : XM_REASON_PARENT_DOWN;
	else if (o->lost)
		o->reason = XM_REASON_ENDPOINT_DOWN;
	else if (s->origin == XM_FROM_WIRE && !s->group && !s->vlan_owned && !s->dest_parent &&
		 !dest_gets(s)) {
		o->counted = true;
		o->reason = XM_REASON_UNKNOWN_DESTINATION;
	}
}

void oracle(const struct situation *s, struct outcome *ret)
{
	memset(ret, 0, sizeof(*ret));
	for (enum xm_mode mode = XM_MODE_PRIVATE; mode < XM_MODE_COUNT; mode++) {
		ret->bystander[mode][0] = bystander_gets(s, mode, false);
		ret->bystander[mode][1] = bystander_gets(s, mode, true);
	}
	ret->sender = owner_gets(s);
	ret->dest = dest_gets(s);
	ret->stack = stack_gets(s);
	ret->wire = wire_gets(s);
	ret->listeners = listeners_get(s);
	outcome_count(s, ret);
}

/*
 * Excludes facts that the programs cannot pass to xm_decide(). Facts that do not concern a frame
 * (PARENT_DOWN from the wire, a destination endpoint of a group frame) are not excluded: the test
 * checks that they change nothing. A parent with the MAC of an endpoint is not excluded either: the
 * endpoint keeps its frames.
 */
const char *situation_excluded(const struct situation *s)
{
	if (s->origin == XM_FROM_ENDPOINT && s->sender == XM_MODE_NONE)
		return "an endpoint always has a mode";
	if (s->origin == XM_FROM_HOST && s->sender != XM_MODE_NONE)
		return "the host is no endpoint";
	if (s->passthru && ((s->sender != XM_MODE_NONE && s->sender != XM_MODE_PASSTHRU) ||
			    (s->dest != XM_MODE_NONE && s->dest != XM_MODE_PASSTHRU)))
		return "a passthru endpoint is alone";
	if (s->origin == XM_FROM_WIRE && !s->passthru &&
	    (s->sender == XM_MODE_PASSTHRU || s->dest == XM_MODE_PASSTHRU))
		return "a passthru endpoint without a passthru parent";
	return NULL;
}
