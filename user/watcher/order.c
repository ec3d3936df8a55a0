// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TC programs of others that attach themselves before xmacvlan's on a parent, programs of xmacvlan
 * that others have detached, and reports of frames that a killed trace has left on. The kernel does
 * not report it; so each parent is checked every ORDER_MS, and a session then puts xmacvlan's
 * first, attaches them again, or ends the reports.
 */
#include <stdio.h>
#include <stdlib.h>
#include <syslog.h>

#include "engine/watcher_calls.h"
#include "net/netns.h"
#include "pins/objects.h"
#include "watcher/watcher.h"

/* The clsact qdiscs of a namespace */
struct qdiscs {
	struct xm_tc_blocks *list;
	size_t count;
	bool known;
};

/* Others may delete the qdisc of a host end, or replace it: the endpoint is then mute */
static bool host_end_is_joined(const struct qdiscs *q, const struct watched_endpoint *e)
{
	const struct xm_tc_blocks *has;

	if (!q->known || !e->host_ifindex)
		return true;
	has = xm_tc_blocks_find(q->list, q->count, e->host_ifindex);
	return xm_host_end_is_joined(has, e->parent->ifindex);
}

static void check_host_ends(struct watched_parent *p, struct xm_nl *nl, uint64_t cookie,
			    const struct qdiscs *q)
{
	bool any = false;

	for (uint32_t slot = 0; slot < p->slots; slot++) {
		struct watched_endpoint *e = p->by_slot[slot];

		if (!e)
			continue;
		any = true;
		if (!host_end_is_joined(q, e))
			watched_parent_mark(p, RECONCILE_ALL);
		else if (!xm_host_end_has_rx_first(cookie, p->ifindex, e->host_ifindex, e->kind))
			watched_endpoint_mark(e);
	}
	if (any && !xm_host_end_programs_are_filled(nl, cookie, p->ifindex))
		watched_parent_mark(p, RECONCILE_SOME);
}

static void check_parents(struct watched_netns *n)
{
	struct qdiscs q = {};
	struct xm_nl nl;

	if (xm_nl_open(&nl))
		return;
	q.known = !xm_tc_list_blocks(&nl, &q.list, &q.count);
	for (struct watched_parent *p = n->parents; p; p = p->next) {
		if (!xm_tc_is_attached(&nl, n->cookie, p->ifindex) ||
		    !xm_tc_is_first(&nl, n->cookie, p->ifindex) ||
		    !xm_trace_has_listener(n->cookie, p->ifindex))
			watched_parent_mark(p, RECONCILE_SOME);
		check_host_ends(p, &nl, n->cookie, &q);
	}
	free(q.list);
	xm_nl_close(&nl);
}

void order_check(struct watcher *w)
{
	for (struct watched_netns *n = w->netns; n; n = n->next) {
		struct xm_netns_scope scope;

		if (netns_ref_enter(w, n->ref, &scope))
			continue;
		check_parents(n);
		xm_netns_scope_leave(&scope);
	}
}

static void log_reattached(struct watched_parent *p, uint32_t programs)
{
	char names[160] = "";
	size_t at = 0;

	for (unsigned int i = 0; i < XM_PROG_COUNT; i++)
		if (programs >> i & 1)
			at += snprintf(names + at, sizeof(names) - at, "%s%s", at ? ", " : "",
				       xm_program_names[i]);
	if (at)
		log_of(subject_parent(p), LOG_WARNING, "others had detached %s: attached again",
		       names);
}

static void log_earlier(struct watched_parent *p, const struct xm_parent *engine_parent)
{
	const struct xm_tc_earlier *earlier = xm_parent_earlier(engine_parent);

	for (size_t i = 0; i < earlier->count; i++)
		log_of(subject_parent(p), LOG_WARNING,
		       "the %s program '%s' (id %u) ran before xmacvlan's and may have taken "
		       "frames of endpoints",
		       earlier->list[i].ingress ? "ingress" : "egress", earlier->list[i].name,
		       earlier->list[i].id);
}

void order_log(struct watched_parent *p, const struct xm_parent *engine_parent)
{
	log_earlier(p, engine_parent);
	log_reattached(p, xm_parent_reattached(engine_parent));
}
