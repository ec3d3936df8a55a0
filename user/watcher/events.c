// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What the kernel tells: rtnetlink of all namespaces that matter, and changes among the pins */
#include <errno.h>
#include <linux/if_addr.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pins/maps.h"
#include "pins/pin_names.h"
#include "watcher/watcher.h"

/* linux/rtnetlink.h of Debian 12 is older than these (6.14) */
#define GROUP_IPV4_MCADDR 37
#define GROUP_IPV6_MCADDR 38
#define MSG_NEWMULTICAST  56
#define MSG_DELMULTICAST  57

#define RECEIVE_BUFFER (8 << 20)

static int listen_to(int fd, int group)
{
	return setsockopt(fd, SOL_NETLINK, NETLINK_ADD_MEMBERSHIP, &group, sizeof(group)) ? -errno : 0;
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
	/* Unbound it would have the kernel's own number, and hear nothing */
	err = bind(fd, (struct sockaddr *)&any, sizeof(any)) ? -errno : 0;
	if (!err)
		err = setsockopt(fd, SOL_NETLINK, NETLINK_LISTEN_ALL_NSID, &on, sizeof(on)) ? -errno : 0;
	if (!err)
		err = listen_to(fd, RTNLGRP_LINK);
	if (!err)
		err = listen_to(fd, RTNLGRP_NSID);
	if (err)
		return xm_fail(e, err, "cannot listen to rtnetlink: %s", strerror(-err));
	w->joins_told = !listen_to(fd, GROUP_IPV4_MCADDR) && !listen_to(fd, GROUP_IPV6_MCADDR);
	return 0;
}

/* The folder itself comes and goes */
static void watch_pins(struct watcher *w)
{
	inotify_add_watch(w->changes, XM_PIN_ROOT, IN_CREATE | IN_DELETE | IN_MOVED_TO | IN_MOVED_FROM);
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

void want_all(struct watcher *w)
{
	w->scan = true;
	for (struct space *s = w->spaces; s; s = s->next)
		s->all = true;
}

void changes_take(struct watcher *w)
{
	char buf[4096] __attribute__((aligned(8)));

	while (read(w->changes, buf, sizeof(buf)) > 0)
		;
	watch_pins(w);
	w->scan = true;
}

/* What endpoints follow; the kernel tells much else of a device */
static bool differs(const struct xm_link *a, const struct xm_link *b)
{
	const uint32_t flags = IFF_UP | XM_LINK_CARRIER | IFF_PROMISC | IFF_ALLMULTI;

	return a->mtu != b->mtu || (a->flags & flags) != (b->flags & flags) || strcmp(a->name, b->name) ||
	       memcmp(a->mac, b->mac, XM_MAC_LEN);
}

static void take_parent(struct watcher *w, struct watched *p, uint16_t type, const struct xm_link *link)
{
	if (type == RTM_DELLINK) {
		/* Found at once, that namespace is heard when the parent goes on from there */
		parent_moved(p, link->moved_ifindex ? place_from(w, p->space->place, link->moved_nsid) : NULL,
			     link->moved_nsid, link->moved_ifindex);
		p->gone = !link->moved_ifindex;
		parent_want(p, XM_FOLLOW_ALL);
		return;
	}
	p->gone = false;
	if (link->event == IFLA_EVENT_NOTIFY_PEERS) {
		p->tell = TELL_ALL;
		parent_want(p, XM_FOLLOW_SOME);
	}
	if (differs(link, &p->link))
		parent_want(p, XM_FOLLOW_ALL);
}

static void take_host_end(struct space *s, const struct xm_link *link)
{
	uint32_t ifindex, slot;
	struct watched *p;
	struct endpoint *e;

	p = xm_host_end_parse(link->name, &ifindex, &slot) ? parent_by_ifindex(s, ifindex) : NULL;
	if (!p)
		return;
	e = endpoint_at(p, slot);
	if (e)
		e->wanted = true;
	/* A new one is wanted because it is not known yet */
	parent_want(p, XM_FOLLOW_SOME);
}

/* A parent goes on from where it was moved to, before it was followed; one that goes home is met there */
static void take_moved(struct watcher *w, struct place *place, const struct xm_link *link)
{
	struct watched *p = link->moved_ifindex ? parent_by_move(w, place, link->ifindex) : NULL;
	struct place *to = p ? place_from(w, place, link->moved_nsid) : NULL;

	if (to && to != p->space->place)
		parent_moved(p, to, NSID_NONE, link->moved_ifindex);
}

static void take_in_space(struct watcher *w, struct space *s, uint16_t type, const struct xm_link *link)
{
	struct watched *p = parent_by_ifindex(s, link->ifindex);

	if (p)
		take_parent(w, p, type, link);
	else if (!strcmp(link->kind, "veth"))
		take_host_end(s, link);
	p = link->vlan_proto ? parent_by_ifindex(s, link->lower) : NULL;
	if (p)
		parent_want(p, XM_FOLLOW_ALL);
}

static void take_link(struct watcher *w, struct place *place, const struct nlmsghdr *nlh)
{
	struct space *s = space_by_place(w, place);
	struct endpoint *e;
	struct xm_link link;

	/* A bridge tells of its ports by the same messages, and of their leaving by RTM_DELLINK */
	if (((const struct ifinfomsg *)mnl_nlmsg_get_payload(nlh))->ifi_family != AF_UNSPEC)
		return;
	xm_link_parse(nlh, &link);
	if (s)
		take_in_space(w, s, nlh->nlmsg_type, &link);
	if (nlh->nlmsg_type == RTM_DELLINK)
		take_moved(w, place, &link);
	e = endpoint_by_peer(w, place, link.ifindex);
	if (e)
		endpoint_want(e);
}

static void take_join(struct watcher *w, struct place *place, const struct nlmsghdr *nlh)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct endpoint *e = endpoint_by_peer(w, place, ifa->ifa_index);

	if (e)
		place->stale = true;
}

/* A namespace has died, and its devices with it */
static void take_death(struct watcher *w, const struct nlmsghdr *nlh)
{
	int32_t nsid = xm_netns_id_of(nlh);
	struct place *place = nsid >= 0 ? place_by_nsid(w, nsid) : NULL;

	if (!place)
		return;
	place->nsid = NSID_NONE;
	w->scan = true;
}

static void take(struct watcher *w, int32_t nsid, const struct nlmsghdr *nlh)
{
	struct place *place;

	if (nsid == w->own_nsid)
		nsid = XM_NSID_SELF;
	place = place_by_nsid(w, nsid);
	if (nlh->nlmsg_type == RTM_NEWNSID && nsid == XM_NSID_SELF)
		places_own_id(w);
	if (nlh->nlmsg_type == RTM_DELNSID && nsid == XM_NSID_SELF)
		take_death(w, nlh);
	if (!place)
		return;
	if (nlh->nlmsg_type == RTM_NEWLINK || nlh->nlmsg_type == RTM_DELLINK)
		take_link(w, place, nlh);
	else if (nlh->nlmsg_type == MSG_NEWMULTICAST || nlh->nlmsg_type == MSG_DELMULTICAST)
		take_join(w, place, nlh);
}

/* Where the message comes from: an id, or nothing when it is our own namespace */
static int32_t origin(struct msghdr *msg)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c))
		if (c->cmsg_level == SOL_NETLINK && c->cmsg_type == NETLINK_LISTEN_ALL_NSID)
			return *(const int32_t *)CMSG_DATA(c);
	return XM_NSID_SELF;
}

void events_take(struct watcher *w)
{
	static char buf[64 * 1024] __attribute__((aligned(8)));
	char control[CMSG_SPACE(sizeof(int))] __attribute__((aligned(8)));
	struct iovec iov = { .iov_base = buf, .iov_len = sizeof(buf) };

	for (;;) {
		struct sockaddr_nl from = {};
		struct msghdr msg = { .msg_name = &from, .msg_namelen = sizeof(from), .msg_iov = &iov,
				      .msg_iovlen = 1, .msg_control = control,
				      .msg_controllen = sizeof(control) };
		ssize_t n = recvmsg(w->events, &msg, 0);
		const struct nlmsghdr *nlh = (const void *)buf;
		int32_t nsid;
		int len = n;

		if (n < 0 && errno == ENOBUFS) {
			log_warning("events were lost: everything is looked at");
			want_all(w);
			continue;
		}
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return;
		if (from.nl_pid) /* not the kernel: see receive() in nl.c */
			continue;
		nsid = origin(&msg);
		for (; xm_nl_message_ok(nlh, len); nlh = mnl_nlmsg_next(nlh, &len))
			take(w, nsid, nlh);
	}
}
