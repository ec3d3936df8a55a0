// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * After a failover of the parent (NETDEV_NOTIFY_PEERS, which a veth cannot be told of) the switch has to learn
 * where the endpoints are, and after a change of MAC the neighbours who has the addresses. What stacks would send for
 * each of their addresses goes out of the parent.
 */
#include <errno.h>
#include <linux/if_addr.h>
#include <string.h>
#include <unistd.h>

#include "net/gratuitous.h"
#include "watcher/watcher.h"

struct speaker {
	int socket;
	uint32_t ifindex; /* parent */
	const uint8_t *mac; /* of the endpoint */
	unsigned int count;
	/* of the address that is told */
	const void *address;
	uint32_t flags;
};

static int address_attr(const struct nlattr *attr, void *data)
{
	struct speaker *s = data;
	uint16_t type = mnl_attr_get_type(attr);

	/* IFA_LOCAL is the own one where IFA_ADDRESS is the other end's */
	if (type == IFA_LOCAL || (type == IFA_ADDRESS && !s->address))
		s->address = mnl_attr_get_payload(attr);
	if (type == IFA_FLAGS)
		s->flags = mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

struct of {
	struct speaker *speaker;
	uint32_t ifindex; /* of the peer end */
};

static int address_message(const struct nlmsghdr *nlh, void *data)
{
	const struct ifaddrmsg *ifa = mnl_nlmsg_get_payload(nlh);
	struct of *of = data;
	struct speaker *s = of->speaker;

	if (nlh->nlmsg_type != RTM_NEWADDR || ifa->ifa_index != of->ifindex)
		return MNL_CB_OK;
	s->address = NULL;
	s->flags = ifa->ifa_flags;
	mnl_attr_parse(nlh, sizeof(*ifa), address_attr, s);
	if (!s->address || s->flags & (IFA_F_TENTATIVE | IFA_F_DADFAILED))
		return MNL_CB_OK;
	if (ifa->ifa_family == AF_INET || ifa->ifa_family == AF_INET6)
		s->count += !xm_gratuitous_send(s->socket, s->ifindex, s->mac, ifa->ifa_family, s->address);
	return MNL_CB_OK;
}

static void announce_endpoint(struct xm_parent *p, const struct xm_endpoint *ep, struct speaker *s)
{
	struct of of = { s, ep->rec.peer_ifindex };

	s->mac = ep->rec.port.mac;
	for (int i = 0; i < 2; i++) {
		struct ifaddrmsg *ifa;
		struct xm_req req;

		ifa = xm_nl_begin(&req, RTM_GETADDR, NLM_F_DUMP, sizeof(*ifa));
		ifa->ifa_family = i ? AF_INET6 : AF_INET;
		ifa->ifa_index = ep->rec.peer_ifindex;
		if (ep->rec.peer_nsid != XM_NSID_SELF)
			mnl_attr_put_u32(req.nlh, IFA_TARGET_NETNSID, ep->rec.peer_nsid);
		xm_nl_talk(&p->engine->nl, &req, address_message, &of);
	}
}

void announce(struct watched *p, struct xm_parent *xp)
{
	struct speaker s = { .ifindex = xp->meta.parent_ifindex };

	s.socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (s.socket < 0) {
		log_warning("%s: cannot tell the neighbours: %s", xp->link.name, strerror(errno));
		return;
	}
	for (size_t i = 0; i < xp->count; i++) {
		struct endpoint *e = endpoint_at(p, xp->slots[i].slot);

		if (p->tell == TELL_ALL || (e && e->tell))
			announce_endpoint(xp, &xp->slots[i], &s);
		if (e)
			e->tell = false;
	}
	close(s.socket);
	log_info("%s: %u addresses told to the neighbours", xp->link.name, s.count);
}
