// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * After a failover of the parent (NETDEV_NOTIFY_PEERS, of which a veth is not told) the switch has
 * to learn where the endpoints are; after a change of MAC the neighbours have to learn who has the
 * addresses. What a stack would send for each of its addresses is sent out of the parent.
 */
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <syslog.h>
#include <unistd.h>

#include "net/gratuitous.h"
#include "net/ipaddr.h"
#include "watcher/watcher.h"

struct announcer {
	int socket;
	uint32_t ifindex; /* of the parent */
	const uint8_t *mac; /* of the endpoint */
	unsigned int count;
};

static int announce_address(const struct xm_prefix *address, void *data)
{
	struct announcer *a = data;

	a->count +=
		!xm_gratuitous_send(a->socket, a->ifindex, a->mac, address->family, address->bytes);
	return 0;
}

static void announce_endpoint(const struct xm_endpoint_info *info, struct xm_nl *nl,
			      struct announcer *a)
{
	a->mac = info->mac;
	xm_ipaddr_each(nl, info->peer_nsid, info->peer_ifindex, AF_INET, announce_address, a);
	xm_ipaddr_each(nl, info->peer_nsid, info->peer_ifindex, AF_INET6, announce_address, a);
}

static void announce_endpoints(struct watched_parent *p, struct xm_parent *engine_parent,
			       struct xm_nl *nl, struct announcer *a)
{
	struct xm_endpoint *ep;

	for (size_t i = 0; (ep = xm_parent_endpoint(engine_parent, i)); i++) {
		struct xm_endpoint_info info;
		struct watched_endpoint *e;

		xm_endpoint_describe(ep, &info);
		e = watched_endpoint_by_slot(p, info.slot);
		if (p->announce == ANNOUNCE_ALL || (e && e->announce))
			announce_endpoint(&info, nl, a);
		if (e)
			e->announce = false;
	}
}

void neigh_announce(struct watched_parent *p, struct xm_parent *engine_parent, struct xm_nl *nl)
{
	const struct xm_link *link = xm_parent_link(engine_parent);
	struct announcer a = { .ifindex = link->ifindex };

	a.socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (a.socket < 0) {
		log_of(subject_parent(p), LOG_WARNING, "cannot announce addresses: %s",
		       strerror(errno));
		return;
	}
	announce_endpoints(p, engine_parent, nl, &a);
	close(a.socket);
	if (a.count)
		log_of(subject_parent(p), LOG_INFO, "announced %u address%s of endpoints", a.count,
		       a.count == 1 ? "" : "es");
}
