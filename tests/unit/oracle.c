// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rules of docs/macvlan-behaviour.md and docs/design.md, asked receiver by receiver. See
 * oracle.h
 */
#include <string.h>

#include "oracle.h"

/*
 * docs/macvlan-behaviour.md, "Group frames, all modes on one parent": one line of that table is one
 * line here. '+' the receiver gets the frame, '-' it does not. Listeners are not in it (source:
 * "listed only").
 */
struct group_line {
	enum xm_origin origin;
	enum xm_mode sender;
	char private, vepa, bridge, passthru, source;
	char owner; /* the endpoint that owns the source MAC, when it comes back from the wire */
	char stack, wire;
};

static const struct group_line group_table[] = {
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

static const struct group_line *group_line(const struct situation *s)
{
	for (size_t i = 0; i < sizeof(group_table) / sizeof(group_table[0]); i++)
		if (group_table[i].origin == s->origin && group_table[i].sender == s->sender)
			return &group_table[i];
	return NULL;
}

static bool table_says(const struct group_line *line, enum xm_mode mode)
{
	switch (mode) {
	case XM_MODE_PRIVATE:
		return line->private == '+';
	case XM_MODE_VEPA:
		return line->vepa == '+';
	case XM_MODE_BRIDGE:
		return line->bridge == '+';
	case XM_MODE_PASSTHRU:
		return line->passthru == '+';
	case XM_MODE_SOURCE:
		return line->source == '+';
	default:
		return false;
	}
}

/* "A VLAN device on the parent takes its tagged frames before macvlan does" */
static bool vlan_device_takes(const struct situation *s)
{
	return s->origin == XM_FROM_WIRE && s->vlan_owned;
}

/* Spoof check and carrier: nothing of the frame leaves the sender at all */
static bool stopped(const struct situation *s)
{
	if (s->origin != XM_FROM_ENDPOINT)
		return false;
	return (s->spoofchk && s->spoofed) || s->parent_down;
}

/* "host on": endpoint -> host, in every mode, for what is for the host */
static bool host_access_up(const struct situation *s)
{
	return s->origin == XM_FROM_ENDPOINT && s->sender_host && (s->group || s->dest_parent);
}

/* "Only bridge -> UP bridge unicast is local", unless it is for a host that may be reached */
static bool local_unicast(const struct situation *s)
{
	return s->origin == XM_FROM_ENDPOINT && !s->group && s->sender == XM_MODE_BRIDGE &&
	       s->dest == XM_MODE_BRIDGE && !host_access_up(s);
}

static bool bystander_gets(const struct situation *s, enum xm_mode mode, bool host_on)
{
	if (!s->group || s->pause || stopped(s) || vlan_device_takes(s))
		return false;
	/* host -> endpoint: group frames reach all that may be reached, whatever their mode */
	if (s->origin == XM_FROM_HOST)
		return host_on;
	return table_says(group_line(s), mode);
}

/*
 * The reflected frame of an endpoint, "only the source itself"; that is no flood, so PAUSE counts
 * not
 */
static bool owner_gets(const struct situation *s)
{
	return s->origin == XM_FROM_WIRE && s->group && !vlan_device_takes(s) &&
	       group_line(s)->owner == '+';
}

static bool dest_gets(const struct situation *s)
{
	if (s->group || s->dest == XM_MODE_NONE || stopped(s))
		return false;
	switch (s->origin) {
	case XM_FROM_WIRE: /* "no match, or the match is in source mode -> parent's stack" */
		return !s->vlan_owned && s->dest != XM_MODE_SOURCE;
	case XM_FROM_ENDPOINT: /* it re-enters the parent's receive path, where VLAN devices come
				  first */
		return local_unicast(s) && !s->vlan_owned;
	default:
		return s->dest_host;
	}
}

/* "Passthru: the sole endpoint gets any destination", so that when it is DOWN nobody does */
static bool lost_to_passthru(const struct situation *s)
{
	return s->origin == XM_FROM_WIRE && s->passthru && !s->group && !s->vlan_owned &&
	       s->dest == XM_MODE_NONE;
}

static bool stack_gets(const struct situation *s)
{
	if (stopped(s) || lost_to_passthru(s))
		return false;
	switch (s->origin) {
	case XM_FROM_WIRE:
		if (s->vlan_owned)
			return true;
		return s->group ? group_line(s)->stack == '+' : !dest_gets(s);
	case XM_FROM_ENDPOINT:
		return host_access_up(s) || (local_unicast(s) && s->vlan_owned);
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
		if (stopped(s))
			return false;
		if (s->group)
			return group_line(s)->wire == '+';
		return !local_unicast(s) && !host_access_up(s);
	default:
		return !dest_gets(s);
	}
}

/*
 * Listeners hear what the parent receives: all from the wire, and what re-enters its receive path
 */
static bool listeners_hear(const struct situation *s)
{
	if (s->origin == XM_FROM_WIRE)
		return !s->vlan_owned;
	return !stopped(s) && local_unicast(s) && !s->vlan_owned;
}

static void account(const struct situation *s, struct outcome *o)
{
	o->lost = stopped(s) || lost_to_passthru(s);
	o->counted = o->lost;
	if (stopped(s))
		o->reason = s->spoofchk && s->spoofed ? XM_REASON_SPOOFED_SOURCE :
							XM_REASON_PARENT_DOWN;
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
	ret->listeners = listeners_hear(s);
	account(s, ret);
}

/*
 * What the programs cannot hand to xm_decide(). Facts that merely do not matter to a frame
 * (PARENT_DOWN from the wire, a destination endpoint of a group frame) are not here: they must not
 * change anything, and that is checked. Nor is a parent that was given an endpoint's MAC: the
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
