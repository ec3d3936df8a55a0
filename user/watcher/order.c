// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TC programs of others that attach themselves before xmacvlan's on a parent. The kernel does not
 * report it; so each parent is checked every ORDER_MS, and a session then puts xmacvlan's first.
 */
#include <syslog.h>
#include <unistd.h>

#include "engine/watcher_calls.h"
#include "net/netns.h"
#include "watcher/watcher.h"

static void check_host_ends(struct watched_parent *p, uint64_t cookie)
{
	for (uint32_t slot = 0; slot < p->slots; slot++) {
		struct watched_endpoint *e = p->by_slot[slot];

		if (e && !xm_host_end_is_first(cookie, p->ifindex, e->host_ifindex))
			watched_endpoint_mark(e);
	}
}

static void check_parents(struct watched_netns *n)
{
	struct xm_nl nl;

	if (xm_nl_open(&nl))
		return;
	for (struct watched_parent *p = n->parents; p; p = p->next) {
		if (!xm_tc_is_first(&nl, n->cookie, p->ifindex))
			watched_parent_mark(p, RECONCILE_SOME);
		check_host_ends(p, n->cookie);
	}
	xm_nl_close(&nl);
}

void order_check(struct watcher *w)
{
	for (struct watched_netns *n = w->netns; n; n = n->next) {
		struct xm_netns_scope scope;
		int fd = netns_ref_open(w, n->ref);

		if (fd < 0)
			continue;
		if (!xm_netns_scope_enter(&scope, fd)) {
			check_parents(n);
			xm_netns_scope_leave(&scope);
		}
		close(fd);
	}
}

void order_log(struct watched_parent *p, const struct xm_parent *engine_parent)
{
	const struct xm_tc_earlier *earlier = xm_parent_earlier(engine_parent);

	for (size_t i = 0; i < earlier->count; i++)
		log_of(subject_parent(p), LOG_WARNING,
		       "the %s program '%s' (id %u) ran before xmacvlan's and may have taken "
		       "frames "
		       "of endpoints",
		       earlier->list[i].ingress ? "ingress" : "egress", earlier->list[i].name,
		       earlier->list[i].id);
}
