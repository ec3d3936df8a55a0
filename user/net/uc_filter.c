// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/neighbour.h>
#include <netlink/attr.h>
#include <sys/socket.h>

#include "abi.h"
#include "net/uc_filter.h"

static int request_uc(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex,
		      const uint8_t *mac)
{
	struct ndmsg *ndm;

	ndm = xm_nl_begin(nl, type, flags, sizeof(*ndm));
	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	ndm->ndm_state = NUD_PERMANENT;
	ndm->ndm_flags = NTF_SELF;
	xm_nl_put(nl, NDA_LLADDR, mac, XM_MAC_LEN);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_uc_filter_add(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return request_uc(nl, RTM_NEWNEIGH, NLM_F_CREATE | NLM_F_EXCL, ifindex, mac);
}

int xm_uc_filter_del(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac)
{
	return request_uc(nl, RTM_DELNEIGH, 0, ifindex, mac);
}

struct uc_walk {
	uint32_t ifindex;
	int (*each)(const uint8_t *mac, void *data);
	void *data;
};

/* The filter is what belongs to the device itself; a bridge also lists where its MACs are */
static int take_uc(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[NDA_MAX + 1] = {
		[NDA_LLADDR] = { .minlen = XM_MAC_LEN },
	};
	const struct ndmsg *ndm = xm_nlmsg_header(nlh, sizeof(*ndm));
	struct uc_walk *walk = data;
	struct nlattr *tb[NDA_MAX + 1];
	const uint8_t *mac;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (!ndm || xm_nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX, policy))
		return -EBADMSG;
	if ((uint32_t)ndm->ndm_ifindex != walk->ifindex || !(ndm->ndm_flags & NTF_SELF) ||
	    !tb[NDA_LLADDR] || nla_len(tb[NDA_LLADDR]) != XM_MAC_LEN)
		return 0;
	mac = nla_data(tb[NDA_LLADDR]);
	return mac[0] & 1 ? 0 : walk->each(mac, walk->data);
}

int xm_uc_filter_each(struct xm_nl *nl, uint32_t ifindex,
		      int (*each)(const uint8_t *mac, void *data), void *data)
{
	struct uc_walk walk = { .ifindex = ifindex, .each = each, .data = data };
	struct ndmsg *ndm = xm_nl_begin(nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));

	ndm->ndm_family = PF_BRIDGE;
	ndm->ndm_ifindex = ifindex;
	return xm_nl_talk(nl, take_uc, &walk);
}
