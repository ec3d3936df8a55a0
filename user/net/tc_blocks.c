// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <linux/pkt_sched.h>
#include <netlink/attr.h>
#include <stdlib.h>

#include "net/tc.h"
#include "net/tc_blocks.h"

struct blocks_list {
	struct xm_tc_blocks *list; /* the array doubles */
	size_t count;
};

static int blocks_push(struct blocks_list *l, const struct xm_tc_blocks *one)
{
	struct xm_tc_blocks *more = l->list;

	if (!(l->count & (l->count - 1)))
		more = realloc(l->list, (l->count ? 2 * l->count : 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	l->list = more;
	l->list[l->count++] = *one;
	return 0;
}

static int blocks_take(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[TCA_MAX + 1] = {
		[TCA_INGRESS_BLOCK] = { .type = NLA_U32 },
		[TCA_EGRESS_BLOCK] = { .type = NLA_U32 },
	};
	const struct tcmsg *tc = xm_nlmsg_header(nlh, sizeof(*tc));
	struct nlattr *tb[TCA_MAX + 1];

	if (!tc || xm_nlmsg_parse(nlh, sizeof(*tc), tb, TCA_MAX, policy))
		return -EBADMSG;
	if (tc->tcm_parent != TC_H_CLSACT)
		return 0;
	return blocks_push(data,
			   &(struct xm_tc_blocks){ .ifindex = tc->tcm_ifindex,
						   .ingress = xm_attr_u32(tb[TCA_INGRESS_BLOCK]),
						   .egress = xm_attr_u32(tb[TCA_EGRESS_BLOCK]) });
}

static int blocks_compare(const void *a, const void *b)
{
	const struct xm_tc_blocks *one = a, *other = b;

	return (one->ifindex > other->ifindex) - (one->ifindex < other->ifindex);
}

const struct xm_tc_blocks *xm_tc_blocks_find(const struct xm_tc_blocks *list, size_t count,
					     uint32_t ifindex)
{
	const struct xm_tc_blocks key = { .ifindex = ifindex };

	return count ? bsearch(&key, list, count, sizeof(*list), blocks_compare) : NULL;
}

int xm_tc_list_blocks(struct xm_nl *nl, struct xm_tc_blocks **ret, size_t *count)
{
	struct blocks_list l = {};
	int err;

	xm_nl_begin(nl, RTM_GETQDISC, NLM_F_DUMP, sizeof(struct tcmsg));
	err = xm_nl_talk(nl, blocks_take, &l);
	if (err) {
		free(l.list);
		l = (struct blocks_list){};
	}
	if (l.count)
		qsort(l.list, l.count, sizeof(*l.list), blocks_compare);
	*ret = l.list;
	*count = l.count;
	return err;
}

static int blocks_take_one(const struct nlmsghdr *nlh, void *data)
{
	struct blocks_list l = {};
	int err = blocks_take(nlh, &l);

	if (!err && l.count)
		*(struct xm_tc_blocks *)data = l.list[0];
	free(l.list);
	return err;
}

/*
 * Asks for one qdisc: a dump would have those of all devices. Kernels before 6.8 answer only with
 * NLM_F_ECHO.
 */
int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block)
{
	struct tcmsg *tc = xm_nl_begin(nl, RTM_GETQDISC, NLM_F_ECHO, sizeof(*tc));
	struct xm_tc_blocks has = {};
	int err;

	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_CLSACT;
	err = xm_nl_talk(nl, blocks_take_one, &has);
	if (err)
		return err == -ENOENT ? 0 : err;
	return has.ingress == block ? xm_tc_block_has_filter(nl, block) : 0;
}

static void clsact_put(struct xm_nl *nl, struct tcmsg *tc, uint32_t ifindex, uint32_t ingress,
		       uint32_t egress)
{
	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_CLSACT;
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	xm_nl_put_text(nl, TCA_KIND, "clsact");
	xm_nl_put_u32(nl, TCA_INGRESS_BLOCK, ingress);
	xm_nl_put_u32(nl, TCA_EGRESS_BLOCK, egress);
}

int xm_tc_join_blocks(struct xm_nl *nl, uint32_t ifindex, uint32_t ingress, uint32_t egress)
{
	struct tcmsg *tc = xm_nl_begin(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(*tc));

	clsact_put(nl, tc, ifindex, ingress, egress);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_tc_rejoin_blocks(struct xm_nl *nl, uint32_t ifindex, uint32_t ingress, uint32_t egress)
{
	struct tcmsg *tc = xm_nl_begin(nl, RTM_DELQDISC, 0, sizeof(*tc));

	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_CLSACT; /* an ingress qdisc's too */
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	tc = xm_nl_begin_second(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, sizeof(*tc));
	clsact_put(nl, tc, ifindex, ingress, egress);
	return xm_nl_talk(nl, NULL, NULL);
}
