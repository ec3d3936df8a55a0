// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <netlink/attr.h>

#include "net/tc.h"

/* linux/bpf.h and linux/rtnetlink.h of Debian 12 are older than tcx */
#define XM_TCX_INGRESS 46
#define XM_TCX_EGRESS  47

/* Priority and handle of our filters. Scripts hardly choose this priority by chance. */
#define XM_TC_PRIORITY 0x584d
#define XM_TC_HANDLE   1

static struct tcmsg *tc_begin(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	struct tcmsg *tc = xm_nl_begin(nl, type, flags, sizeof(*tc));

	tc->tcm_ifindex = ifindex;
	return tc;
}

static int request_qdisc(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex,
			 const char *kind, uint32_t block)
{
	struct tcmsg *tc;

	tc = tc_begin(nl, type, flags, ifindex);
	tc->tcm_parent = TC_H_CLSACT; /* the same as TC_H_INGRESS */
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	xm_nl_put_text(nl, TCA_KIND, kind);
	if (block)
		xm_nl_put_u32(nl, TCA_INGRESS_BLOCK, block);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_tc_add_clsact(struct xm_nl *nl, uint32_t ifindex)
{
	return request_qdisc(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, "clsact", 0);
}

int xm_tc_del_clsact(struct xm_nl *nl, uint32_t ifindex)
{
	return request_qdisc(nl, RTM_DELQDISC, 0, ifindex, "clsact", 0);
}

int xm_tc_join_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block)
{
	return request_qdisc(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex, "ingress",
			     block);
}

static void put_bpf(struct xm_nl *nl, int prog_fd, const char *name)
{
	struct nlattr *options;

	xm_nl_put_text(nl, TCA_KIND, "bpf");
	options = xm_nl_nest(nl, TCA_OPTIONS);
	xm_nl_put_u32(nl, TCA_BPF_FD, prog_fd);
	xm_nl_put_text(nl, TCA_BPF_NAME, name);
	xm_nl_put_u32(nl, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	xm_nl_nest_end(nl, options);
}

static uint32_t filter_info(void)
{
	return TC_H_MAKE((uint32_t)XM_TC_PRIORITY << 16, htons(ETH_P_ALL));
}

int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name)
{
	struct tcmsg *tc;

	tc = tc_begin(nl, RTM_NEWTFILTER, NLM_F_CREATE, TCM_IFINDEX_MAGIC_BLOCK);
	tc->tcm_block_index = block;
	tc->tcm_handle = XM_TC_HANDLE;
	tc->tcm_info = filter_info();
	put_bpf(nl, prog_fd, name);
	return xm_nl_talk(nl, NULL, NULL);
}

static uint32_t hook(bool ingress)
{
	return TC_H_MAKE(TC_H_CLSACT, ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name)
{
	struct tcmsg *tc;

	tc = tc_begin(nl, RTM_NEWTFILTER, NLM_F_CREATE, ifindex);
	tc->tcm_parent = hook(ingress);
	tc->tcm_handle = XM_TC_HANDLE;
	tc->tcm_info = filter_info();
	put_bpf(nl, prog_fd, name);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress)
{
	struct tcmsg *tc;

	tc = tc_begin(nl, RTM_DELTFILTER, 0, ifindex);
	tc->tcm_parent = hook(ingress);
	tc->tcm_handle = XM_TC_HANDLE;
	tc->tcm_info = filter_info();
	xm_nl_put_text(nl, TCA_KIND, "bpf");
	return xm_nl_talk(nl, NULL, NULL);
}

static int count_filter(const struct nlmsghdr *nlh, void *data)
{
	if (nlh->nlmsg_type == RTM_NEWTFILTER)
		++*(int *)data;
	return 0;
}

/* where: a hook or, with TCM_IFINDEX_MAGIC_BLOCK, a block. Returns 1, 0 or a negative errno. */
static int has_filters(struct xm_nl *nl, uint32_t ifindex, uint32_t where)
{
	struct tcmsg *tc;
	int err, n = 0;

	tc = tc_begin(nl, RTM_GETTFILTER, NLM_F_DUMP, ifindex);
	tc->tcm_parent = where; /* shares its word with tcm_block_index */
	err = xm_nl_talk(nl, count_filter, &n);
	return err ? err : n > 0;
}

int xm_tc_has_any_filter(struct xm_nl *nl, uint32_t ifindex)
{
	int ret = has_filters(nl, ifindex, hook(false));

	return ret ? ret : has_filters(nl, ifindex, hook(true));
}

/* The same, 0 when the block or the qdisc does not exist */
static int may_have_filters(struct xm_nl *nl, uint32_t ifindex, uint32_t where)
{
	int ret = has_filters(nl, ifindex, where);

	return ret == -EINVAL || ret == -ENOENT ? 0 : ret;
}

int xm_tc_has_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress)
{
	return may_have_filters(nl, ifindex, hook(ingress));
}

struct block_search {
	uint32_t ifindex, block;
	bool found;
};

static int compare_block(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[TCA_MAX + 1] = {
		[TCA_INGRESS_BLOCK] = { .type = NLA_U32 },
	};
	const struct tcmsg *tc = xm_nlmsg_header(nlh, sizeof(*tc));
	struct nlattr *tb[TCA_MAX + 1];
	struct block_search *j = data;

	if (!tc || xm_nlmsg_parse(nlh, sizeof(*tc), tb, TCA_MAX, policy))
		return -EBADMSG;
	if ((uint32_t)tc->tcm_ifindex == j->ifindex && tb[TCA_INGRESS_BLOCK] &&
	    xm_attr_u32(tb[TCA_INGRESS_BLOCK]) == j->block)
		j->found = true;
	return 0;
}

int xm_tc_in_block(struct xm_nl *nl, uint32_t ifindex, uint32_t block)
{
	struct block_search j = { .ifindex = ifindex, .block = block };
	int err;

	tc_begin(nl, RTM_GETQDISC, NLM_F_DUMP, ifindex);
	err = xm_nl_talk(nl, compare_block, &j);
	if (err || !j.found)
		return err;
	return may_have_filters(nl, TCM_IFINDEX_MAGIC_BLOCK, block);
}

uint32_t xm_tcx_count(uint32_t ifindex)
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts);

	return bpf_prog_query_opts(ifindex, XM_TCX_INGRESS, &opts) ? 0 : opts.prog_cnt;
}

int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress)
{
	int fd = bpf_link_create(prog_fd, ifindex, ingress ? XM_TCX_INGRESS : XM_TCX_EGRESS, NULL);

	/* Older kernels have neither the attach type nor links on TC */
	if (fd == -EINVAL || fd == -ENOTSUP || fd == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	return fd;
}
