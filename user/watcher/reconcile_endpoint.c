// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The endpoints of one parent brought into line by the engine, with their entries of the multicast
 * filter. What changed is logged and remembered.
 */
#include <arpa/inet.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/text.h"
#include "engine/watcher_calls.h"
#include "mac.h"
#include "net/neigh.h"
#include "net/netns.h"
#include "watcher/watcher.h"

/* The namespace of the peer end. NULL: it cannot be found. */
static struct netns_ref *find_peer_netns(struct reconcile_round *r,
					 const struct watched_endpoint *e,
					 const struct xm_endpoint_info *now)
{
	struct netns_ref *ref;
	int fd;

	if (now->peer_nsid == XM_NSID_SELF)
		return r->netns->ref;
	/* An id comes to mean another namespace only after the death of the one that had it */
	if (e->ref && e->ref->nsid != NSID_NONE && e->host_ifindex == now->host_ifindex &&
	    e->peer_nsid == now->peer_nsid)
		return e->ref;
	fd = xm_netns_open_nsid(r->nl, now->peer_nsid);
	if (fd < 0)
		return NULL;
	ref = netns_ref_of(r->w, fd);
	close(fd);
	return ref;
}

static void note_new_mac(struct reconcile_round *r, struct watched_endpoint *e,
			 const struct xm_endpoint_info *now)
{
	char mac[XM_MAC_TEXT], text[INET6_ADDRSTRLEN];
	struct xm_prefix other;

	e->parent->mac_freed = e->mac_changed = true;
	log_of(subject_endpoint(e), LOG_INFO, "address %s", xm_mac_text(now->mac, mac));
	/* The address may be that of a gateway. Not looked up when the line would be omitted. */
	if (e->limit.lines < LOG_BURST &&
	    xm_neigh_find(r->nl, e->parent->ifindex, now->mac, &other) > 0 &&
	    inet_ntop(other.family, other.bytes, text, sizeof(text)))
		log_of(subject_endpoint(e), LOG_WARNING,
		       "address %s is also that of the parent's neighbour %s", mac, text);
}

/* The parent has got an address that an endpoint has: one of both does not receive its frames */
static void note_shared_mac(struct watched_endpoint *e, const struct xm_parent *engine_parent,
			    const struct xm_endpoint_info *now)
{
	const struct xm_link *parent = xm_parent_link(engine_parent);
	char mac[XM_MAC_TEXT];

	if (now->shares_mac && !e->shares_mac)
		log_of(subject_endpoint(e), LOG_WARNING, "address %s is also that of the parent %s",
		       xm_mac_text(parent->mac, mac), parent->name);
	e->shares_mac = now->shares_mac;
}

/*
 * Logs what has changed on an endpoint. ref: the namespace of its peer end. refused: what could not
 * be taken over; "": nothing.
 */
static void note_endpoint(struct reconcile_round *r, struct watched_endpoint *e,
			  const struct xm_endpoint_info *now, const struct netns_ref *ref,
			  const char *refused)
{
	snprintf(e->name, sizeof(e->name), "%s", now->name);
	if (strncmp(e->refused, refused, 150) && *refused)
		log_of(subject_endpoint(e), LOG_WARNING, "not followed: %s", refused);
	if (e->host_ifindex != now->host_ifindex) {
		if (e->parent->exact) /* at the start not every endpoint is a line */
			log_of(subject_endpoint(e), LOG_INFO, "is new");
		return;
	}
	if (!xm_mac_equal(e->mac, now->mac))
		note_new_mac(r, e, now);
	if (e->mtu != now->mtu)
		log_of(subject_endpoint(e), LOG_INFO, "mtu %u", now->mtu);
	if (e->peer_nsid != now->peer_nsid)
		log_of(subject_endpoint(e), LOG_INFO, "was moved to %s",
		       ref ? ref->label : "another namespace");
}

/*
 * A device that takes everything gets everything. What the guest behind a tap has joined is not
 * known here.
 */
static bool takes_all_groups(const struct xm_endpoint_info *now)
{
	const struct xm_link *peer = &now->device;

	return now->kind == XM_KIND_TAP || peer->promiscuity || peer->allmulti ||
	       peer->flags & (IFF_PROMISC | IFF_ALLMULTI);
}

static void remember_endpoint(struct watcher *w, struct watched_endpoint *e,
			      const struct xm_endpoint_info *now, struct netns_ref *ref,
			      const char *refused)
{
	snprintf(e->refused, sizeof(e->refused), "%.150s", refused);
	watched_endpoint_set_peer(w, e, ref, now->peer_ifindex);
	memcpy(e->mac, now->mac, XM_MAC_LEN);
	e->mtu = now->mtu;
	e->host_ifindex = now->host_ifindex;
	e->kind = now->kind;
	e->peer_nsid = now->peer_nsid;
	e->marked = false;
	e->seen = true;
}

static int reconcile_endpoint(struct reconcile_round *r, struct watched_parent *p,
			      struct xm_parent *engine_parent, struct xm_endpoint *ep,
			      struct xm_err *e)
{
	struct watched_endpoint *watched;
	struct xm_endpoint_info now;
	struct xm_err refused = {};
	struct netns_ref *ref;

	xm_engine_sync_endpoint(engine_parent, ep, &now, &refused);
	watched = watched_endpoint_by_slot(p, now.slot);
	if (!watched)
		watched = watched_endpoint_add(p, now.slot);
	if (!watched)
		return xm_endpoint_set_mcast_filtered(engine_parent, ep, false, e);
	ref = find_peer_netns(r, watched, &now);
	note_endpoint(r, watched, &now, ref, refused.text);
	peer_macs_note(watched, &now);
	note_shared_mac(watched, engine_parent, &now);
	remember_endpoint(r->w, watched, &now, ref, refused.text);
	watched->known = watched->ref && !mcast_read(r->w, watched->ref) && !mcast_update(watched);
	return xm_endpoint_set_mcast_filtered(engine_parent, ep,
					      watched->known && !takes_all_groups(&now), e);
}

/*
 * Whether the endpoint needs no work in this round. It is marked as seen, so that it is not taken
 * for a removed one.
 */
static bool skip_endpoint(struct watched_parent *p, const struct xm_endpoint *ep)
{
	struct xm_endpoint_info info;
	struct watched_endpoint *e;

	xm_endpoint_describe(ep, &info);
	e = watched_endpoint_by_slot(p, info.slot);
	if (!e || e->marked || e->host_ifindex != info.host_ifindex)
		return false;
	e->seen = true;
	return true;
}

int reconcile_endpoints(struct reconcile_round *r, struct watched_parent *p,
			struct xm_parent *engine_parent, bool all, struct xm_err *e)
{
	struct xm_endpoint *ep;
	int err = 0;

	for (size_t i = 0; !err && (ep = xm_parent_endpoint(engine_parent, i)); i++)
		if (all || !skip_endpoint(p, ep))
			err = reconcile_endpoint(r, p, engine_parent, ep, e);
	return err;
}

static void forget_unseen_endpoints(struct watcher *w, struct watched_parent *p)
{
	for (uint32_t i = 0; i < p->slots; i++) {
		struct watched_endpoint *e = p->by_slot[i];

		if (!e || e->seen)
			continue;
		p->mac_freed = true;
		/* without a name: entries of an endpoint that an earlier watcher has left */
		if (e->name[0]) {
			log_omitted(subject_endpoint(e));
			log_of(subject_endpoint(e), LOG_INFO, "was removed");
		}
		watched_endpoint_remove(w, e);
	}
}

/* A MAC that was refused because another endpoint had it may be free now */
static void retry_refused(struct watched_parent *p)
{
	for (uint32_t i = 0; i < p->slots && p->mac_freed; i++)
		if (p->by_slot[i] && p->by_slot[i]->refused[0])
			watched_endpoint_mark(p->by_slot[i]);
	p->mac_freed = false;
}

void reconcile_removed(struct watcher *w, struct watched_parent *p)
{
	forget_unseen_endpoints(w, p);
	retry_refused(p);
}
