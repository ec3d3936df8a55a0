// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Events of the kernel: rtnetlink of all watched namespaces, and changes among the pins */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "base/host_end_name.h"
#include "net/link_parse.h"
#include "net/netns.h"
#include "pins/pin_root.h"
#include "watcher/watcher.h"

/* linux/rtnetlink.h of Debian 12 is older than these (6.14) */
#define GROUP_IPV4_MCADDR 37
#define GROUP_IPV6_MCADDR 38
#define MSG_NEWMULTICAST  56
#define MSG_DELMULTICAST  57

#define RECEIVE_BUFFER (8 << 20)

static int listen_to(int fd, int nl_group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &nl_group, sizeof(nl_group))
		       ? -errno
		       : 0;
}

static int open_events(struct watcher *w, struct xm_err *e)
{
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	int on = 1, size = RECEIVE_BUFFER, err;

	if (fd < 0)
		return xm_fail(e, errno, "cannot open rtnetlink: %s", strerror(errno));
	w->events = fd;
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	/* An unbound socket has port 0, which is the kernel's, and hears nothing */
	err = bind(fd, (struct sockaddr *)&any, sizeof(any)) ? -errno : 0;
	if (!err)
		err = setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) ? -errno
											    : 0;
	if (!err)
		err = listen_to(fd, RTNLGRP_LINK);
	if (!err)
		err = listen_to(fd, RTNLGRP_NSID);
	if (err)
		return xm_fail(e, err, "cannot listen to rtnetlink: %s", strerror(-err));
	w->joins_heard = !listen_to(fd, GROUP_IPV4_MCADDR) && !listen_to(fd, GROUP_IPV6_MCADDR);
	return 0;
}

/* The folder itself is created and removed with the first and the last parent */
static void watch_pins(struct watcher *w)
{
	inotify_add_watch(w->changes, XM_PIN_ROOT,
			  IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM | IN_DONT_FOLLOW);
}

int events_open(struct watcher *w, struct xm_err *e)
{
	int err = open_events(w, e);

	if (err)
		return err;
	w->changes = inotify_init1(IN_CLOEXEC | IN_NONBLOCK);
	if (w->changes < 0 || inotify_add_watch(w->changes, XM_BPFFS, IN_CREATE | IN_MOVED_TO) < 0)
		return xm_fail(e, errno, "cannot watch " XM_BPFFS ": %s", strerror(errno));
	watch_pins(w);
	w->scan = true;
	return 0;
}

void mark_all(struct watcher *w)
{
	w->scan = true;
	for (struct watched_netns *s = w->netns; s; s = s->next)
		s->marked = true;
}

void changes_take(struct watcher *w)
{
	char buf[4096] __attribute__((aligned(8)));

	while (read(w->changes, buf, sizeof(buf)) > 0)
		;
	watch_pins(w);
	w->scan = true;
}

/* Whether something has changed that endpoints follow; most events are about other things */
static bool link_differs(const struct xm_link *a, const struct xm_link *b)
{
	const uint32_t flags = IFF_UP | XM_LINK_CARRIER | IFF_PROMISC | IFF_ALLMULTI;

	return a->mtu != b->mtu || (a->flags & flags) != (b->flags & flags) ||
	       !a->xdp_prog_id != !b->xdp_prog_id || strcmp(a->name, b->name) ||
	       memcmp(a->mac, b->mac, XM_MAC_LEN);
}

static void take_parent_link(struct watcher *w, struct watched_parent *p, uint16_t type,
			     const struct xm_link *link)
{
	if (type == RTM_DELLINK) {
		/*
		 * Its new namespace is found now, so that it is heard if the parent moves on from
		 * there
		 */
		watched_parent_set_target(
			p,
			link->moved_ifindex ? netns_ref_from(w, p->netns->ref, link->moved_nsid)
					    : NULL,
			link->moved_nsid, link->moved_ifindex);
		p->deleted = !link->moved_ifindex;
		watched_parent_mark(p, RECONCILE_ALL);
		return;
	}
	p->deleted = false;
	if (link->event == IFLA_EVENT_NOTIFY_PEERS) {
		p->notify_peers = true;
		watched_parent_mark(p, RECONCILE_SOME);
	}
	if (link_differs(link, &p->link))
		watched_parent_mark(p, RECONCILE_ALL);
}

static void take_host_end_link(struct watched_netns *s, const struct xm_link *link)
{
	uint32_t ifindex, slot;
	struct watched_parent *p;
	struct watched_endpoint *e;

	p = xm_host_end_parse(link->name, &ifindex, &slot) ? watched_parent_by_ifindex(s, ifindex)
							   : NULL;
	if (!p)
		return;
	e = watched_endpoint_by_slot(p, slot);
	if (e)
		e->marked = true;
	/*
	 * A host end without an entry is that of a new endpoint, which is reconciled without a mark
	 */
	watched_parent_mark(p, RECONCILE_SOME);
}

/* The name of a tap does not tell its parent: a new one may be an endpoint of any */
static void take_tap_link(struct watched_netns *s, const struct xm_link *link)
{
	if (link->group - XM_LINK_GROUP_BASE >= XM_MAX_SLOTS)
		return;
	for (struct watched_parent *p = s->parents; p; p = p->next)
		watched_parent_mark(p, RECONCILE_SOME);
}

/*
 * A parent moves on from where it was moved to, before it was followed. One that moves back is
 * found at home.
 */
static void take_moved_again(struct watcher *w, struct netns_ref *ref, const struct xm_link *link)
{
	struct watched_parent *p =
		link->moved_ifindex ? watched_parent_by_target(w, ref, link->ifindex) : NULL;
	struct netns_ref *to = p ? netns_ref_from(w, ref, link->moved_nsid) : NULL;

	if (to && to != p->netns->ref)
		watched_parent_set_target(p, to, NSID_NONE, link->moved_ifindex);
}

static void take_netns_link(struct watcher *w, struct watched_netns *s, uint16_t type,
			    const struct xm_link *link)
{
	struct watched_parent *p = watched_parent_by_ifindex(s, link->ifindex);

	if (p)
		take_parent_link(w, p, type, link);
	else if (xm_link_is_pair(link))
		take_host_end_link(s, link);
	else if (!strcmp(link->kind, "tun") && !watched_endpoint_by_peer(w, s->ref, link->ifindex))
		take_tap_link(s, link);
	p = link->vlan_proto || xm_link_is_macvlan(link) ? watched_parent_by_ifindex(s, link->lower)
							 : NULL;
	if (p)
		watched_parent_mark(p, RECONCILE_ALL);
}

static void take_link(struct watcher *w, struct netns_ref *ref, const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = xm_nlmsg_header(nlh, sizeof(*ifi));
	struct watched_netns *s = watched_netns_by_ref(w, ref);
	struct watched_endpoint *e;
	struct xm_link link;

	/* A bridge sends the same messages about its ports, and RTM_DELLINK when one leaves it */
	if (!ifi || ifi->ifi_family != AF_UNSPEC)
		return;
	xm_link_parse(nlh, &link);
	if (s)
		take_netns_link(w, s, nlh->nlmsg_type, &link);
	if (nlh->nlmsg_type == RTM_DELLINK)
		take_moved_again(w, ref, &link);
	e = watched_endpoint_by_peer(w, ref, link.ifindex);
	if (e)
		watched_endpoint_mark(e);
	/*
	 * A macvlan on top of a peer end: its MAC was added to the list of the peer end, or removed
	 */
	e = xm_link_is_macvlan(&link) ? watched_endpoint_by_peer(w, ref, link.lower) : NULL;
	if (e && e->follows)
		watched_endpoint_mark(e);
}

static void take_join(struct watcher *w, struct netns_ref *ref, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = xm_nlmsg_header(nlh, sizeof(*ifa));
	struct watched_endpoint *e = ifa ? watched_endpoint_by_peer(w, ref, ifa->ifa_index) : NULL;

	if (e)
		ref->groups_changed = true;
}

/* A namespace has ended, and its devices with it */
static void take_netns_death(struct watcher *w, const struct nlmsghdr *nlh)
{
	int32_t nsid = xm_netns_id_of(nlh);
	struct netns_ref *ref = nsid >= 0 ? netns_ref_by_nsid(w, nsid) : NULL;

	if (!ref)
		return;
	ref->nsid = NSID_NONE;
	w->scan = true;
}

/* A device of the watcher's own namespace, whether parents are there or not */
static void take_own_link(const struct nlmsghdr *nlh)
{
	const struct ifinfomsg *ifi = xm_nlmsg_header(nlh, sizeof(*ifi));
	bool is_link = nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK;
	struct xm_link link;

	if (!is_link || command_fd() < 0 || !ifi || ifi->ifi_family != AF_UNSPEC)
		return;
	xm_link_parse(nlh, &link);
	appear_take_link(nlh, &link);
}

static void take_message(struct watcher *w, int32_t nsid, const struct nlmsghdr *nlh)
{
	struct netns_ref *ref;

	if (nsid == w->own_nsid)
		nsid = XM_NSID_SELF;
	if (nsid == XM_NSID_SELF)
		take_own_link(nlh);
	ref = netns_ref_by_nsid(w, nsid);
	if (nlh->nlmsg_type == RTM_NEWNSID && nsid == XM_NSID_SELF)
		netns_refs_read_own_id(w);
	if (nlh->nlmsg_type == RTM_DELNSID && nsid == XM_NSID_SELF)
		take_netns_death(w, nlh);
	if (!ref)
		return;
	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
		take_link(w, ref, nlh);
	else if (nlh->nlmsg_type == MSG_NEWMULTICAST || nlh->nlmsg_type == MSG_DELMULTICAST)
		take_join(w, ref, nlh);
}

/* The id of the namespace that the message is about; XM_NSID_SELF: the watcher's own */
static int32_t message_nsid(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			return *(const int32_t *)CMSG_DATA(c);
	return XM_NSID_SELF;
}

static void lost_events(struct watcher *w)
{
	log_of(subject_watcher(&w->lost_events), LOG_WARNING,
	       "events were lost: reconciling everything");
	mark_all(w);
	command_mark();
}

void events_take(struct watcher *w)
{
	static char buf[64 * 1024] __attribute__((aligned(8)));
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };

	for (;;) {
		struct sockaddr_nl from = {};
		struct msghdr msg = { .msg_name = &from,
				      .msg_namelen = sizeof(from),
				      .msg_iov = &iov,
				      .msg_iovlen = 1,
				      .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(w->events, &msg, 0);
		const struct nlmsghdr *nlh = (const void *)buf;
		int32_t nsid;
		int len = n;

		if (n < 0 && errno == ENOBUFS) {
			lost_events(w);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		if (from.nl_pid) /* not sent by the kernel: see nl.c */
			continue;
		/* the message was longer than 64 KiB, and its content is lost */
		if (msg.msg_flags & MSG_TRUNC) {
			lost_events(w);
			continue;
		}
		nsid = message_nsid(&msg);
		for (; xm_nlmsg_ok(nlh, len); nlh = xm_nlmsg_next(nlh, &len))
			take_message(w, nsid, nlh);
	}
}
