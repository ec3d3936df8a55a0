// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/neighbour.h>
#include <netlink/attr.h>
#include <string.h>
#include <sys/socket.h>

#include "abi.h"
#include "net/neigh.h"

struct neigh_search {
	uint32_t ifindex;
	const uint8_t *mac;
	struct xm_prefix *ret;
	bool found;
};

static int compare_neigh(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[NDA_MAX + 1] = {};
	const struct ndmsg *ndm = xm_nlmsg_header(nlh, sizeof(*ndm));
	struct nlattr *tb[NDA_MAX + 1];
	struct neigh_search *s = data;
	size_t len;

	if (nlh->nlmsg_type != RTM_NEWNEIGH)
		return 0;
	if (!ndm || xm_nlmsg_parse(nlh, sizeof(*ndm), tb, NDA_MAX, policy))
		return -EBADMSG;
	len = ndm->ndm_family == AF_INET ? 4 : 16;
	if ((uint32_t)ndm->ndm_ifindex != s->ifindex || ndm->ndm_state & NUD_FAILED ||
	    !tb[NDA_DST] || (size_t)nla_len(tb[NDA_DST]) != len || !tb[NDA_LLADDR] ||
	    nla_len(tb[NDA_LLADDR]) != XM_MAC_LEN ||
	    memcmp(nla_data(tb[NDA_LLADDR]), s->mac, XM_MAC_LEN))
		return 0;
	*s->ret = (struct xm_prefix){ .family = ndm->ndm_family, .len = len };
	nla_memcpy(s->ret->bytes, tb[NDA_DST], len);
	s->found = true;
	return 0;
}

int xm_neigh_find(struct xm_nl *nl, uint32_t ifindex, const uint8_t *mac, struct xm_prefix *ret)
{
	struct neigh_search s = { .ifindex = ifindex, .mac = mac, .ret = ret };
	struct ndmsg *ndm;
	int err;

	ndm = xm_nl_begin(nl, RTM_GETNEIGH, NLM_F_DUMP, sizeof(*ndm));
	ndm->ndm_family = AF_UNSPEC;
	xm_nl_put_u32(nl, NDA_IFINDEX, ifindex);
	err = xm_nl_talk(nl, compare_neigh, &s);
	return err ? err : s.found;
}
