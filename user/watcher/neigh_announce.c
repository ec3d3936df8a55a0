// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Announces addresses of endpoints. After a failover of the parent (NETDEV_NOTIFY_PEERS, which the
 * kernel does not pass on to a veth) the switch has to learn where the endpoints are. After a
 * change of an endpoint's MAC its neighbours have to learn the new one: what the endpoint's own
 * stack announced was dropped, because the watcher had not entered the MAC yet. The host end
 * receives the frames that a stack would send for each of its addresses, so they take the same way
 * as frames of the endpoint.
 *
 * A container decides how many addresses it has and how often its MAC changes. Therefore there is a
 * pause between two rounds of announcements, and a round has a limited number of addresses.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "mac.h"
#include "net/gratuitous.h"
#include "net/ipaddr.h"
#include "net/netns.h"
#include "pins/inject.h"
#include "watcher/watcher.h"

#define MAX_ADDRESSES 64 /* addresses of an endpoint in one round */
#define TURN_MS	      20 /* after this time events are read again */
#define READ_SHARE    20 /* reading addresses takes at most 1 / READ_SHARE of the time */

struct announcer {
	int program; /* xm_inject_open() */
	const struct watched_endpoint *to;
	bool router;
	unsigned int count, sent;
	int err; /* negative errno of a frame that was not sent */
};

void announce_request(struct watcher *w, struct watched_endpoint *e)
{
	int64_t earliest = e->announced_at + XM_ANNOUNCE_PAUSE_MS, now = xm_now_ms();

	if (!e->announce_rounds)
		e->announce_at = earliest > now ? earliest : now;
	e->announce_rounds = XM_ANNOUNCE_ROUNDS;
	if (!w->announce_at || e->announce_at < w->announce_at)
		w->announce_at = e->announce_at;
}

static int announce_address(const struct xm_prefix *address, void *data)
{
	uint8_t frame[XM_GRATUITOUS_SIZE];
	struct announcer *a = data;
	size_t size;
	int err;

	if (a->count++ >= MAX_ADDRESSES)
		return 0;
	size = xm_gratuitous_write(frame, a->to->mac, address->family, address->bytes, a->router);
	err = xm_inject(a->program, a->to->host_ifindex, frame, size);
	a->sent += !err;
	a->err = err ? err : a->err;
	return 0;
}

/*
 * Called in the parent's namespace; nl is there too. An endpoint that is down sends nothing itself,
 * and is not announced.
 */
static void announce_addresses(struct xm_nl *nl, struct announcer *a)
{
	const struct watched_endpoint *e = a->to;
	struct xm_link link;

	if (xm_link_get(nl, e->peer_nsid, NULL, e->peer_ifindex, &link) ||
	    !(link.flags & XM_LINK_CARRIER) || !xm_mac_equal(link.mac, e->mac))
		return;
	a->router = link.router;
	xm_ipaddr_each(nl, e->peer_nsid, e->peer_ifindex, AF_INET, announce_address, a);
	xm_ipaddr_each(nl, e->peer_nsid, e->peer_ifindex, AF_INET6, announce_address, a);
}

static void log_announced(struct watched_endpoint *e, const struct announcer *a)
{
	/* -ENODEV: the device was deleted, which is logged elsewhere */
	if (a->err && a->err != -ENODEV)
		log_of(subject_endpoint(e), LOG_WARNING, "cannot announce addresses: %s",
		       strerror(-a->err));
	if (a->sent && a->sent == a->count)
		log_of(subject_endpoint(e), LOG_INFO, "announced %u address%s", a->sent,
		       a->sent == 1 ? "" : "es");
	else if (a->sent)
		log_of(subject_endpoint(e), LOG_WARNING, "announced %u of %u addresses", a->sent,
		       a->count);
}

static void announce_round(struct watched_endpoint *e, int program, struct xm_nl *nl)
{
	struct announcer a = { .program = program, .to = e };
	int64_t before = xm_now_ms(), pause;
	bool first = e->announce_rounds == XM_ANNOUNCE_ROUNDS;

	announce_addresses(nl, &a);
	e->announced_at = xm_now_ms();
	pause = (e->announced_at - before) * READ_SHARE;
	e->announce_at =
		e->announced_at + (pause > XM_ANNOUNCE_PAUSE_MS ? pause : XM_ANNOUNCE_PAUSE_MS);
	/* A carrier that has just come back may need a moment; the next round announces then */
	e->announce_rounds--;
	if (first)
		log_announced(e, &a);
}

static bool endpoint_is_due(const struct watched_endpoint *e)
{
	return e && e->announce_rounds && e->announce_at <= xm_now_ms();
}

static bool parent_is_due(const struct watched_parent *p)
{
	uint32_t i = 0;

	while (i < p->slots && !endpoint_is_due(p->by_slot[i]))
		i++;
	return i < p->slots;
}

/* Called in the parent's namespace. end: in xm_now_ms(). */
static void announce_endpoints(struct watched_parent *p, int program, int64_t end)
{
	struct xm_nl nl;
	int err = xm_nl_open(&nl);

	if (err) {
		log_of(subject_parent(p), LOG_WARNING, "cannot open rtnetlink: %s", strerror(-err));
		return;
	}
	for (uint32_t i = 0; i < p->slots && xm_now_ms() < end; i++)
		if (endpoint_is_due(p->by_slot[i]))
			announce_round(p->by_slot[i], program, &nl);
	xm_nl_close(&nl);
}

static void announce_parent(struct watcher *w, struct watched_parent *p, int program, int64_t end)
{
	struct xm_netns_scope scope;

	if (!parent_is_due(p) || netns_ref_enter(w, p->netns->ref, &scope))
		return;
	announce_endpoints(p, program, end);
	xm_netns_scope_leave(&scope);
}

/* The time of the next round of any endpoint, in xm_now_ms(); 0: none is due */
static int64_t next_round(const struct watcher *w)
{
	int64_t next = 0;

	for (const struct watched_netns *n = w->netns; n; n = n->next)
		for (const struct watched_parent *p = n->parents; p; p = p->next)
			for (uint32_t i = 0; i < p->slots; i++) {
				const struct watched_endpoint *e = p->by_slot[i];

				if (e && e->announce_rounds && (!next || e->announce_at < next))
					next = e->announce_at;
			}
	return next;
}

void announce_due(struct watcher *w)
{
	int64_t end = xm_now_ms() + TURN_MS;
	struct xm_err e = {};
	int program = xm_inject_open(&e);

	if (program < 0)
		log_of(subject_watcher(&w->lost_announcements), LOG_WARNING, "%s", e.text);
	for (struct watched_netns *n = w->netns; n && program >= 0; n = n->next)
		for (struct watched_parent *p = n->parents; p && xm_now_ms() < end; p = p->next)
			announce_parent(w, p, program, end);
	if (program >= 0)
		close(program);
	w->announce_at = next_round(w);
	if (w->announce_at && program < 0)
		w->announce_at = xm_now_ms() + XM_ANNOUNCE_PAUSE_MS;
}
