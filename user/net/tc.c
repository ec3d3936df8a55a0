// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <netlink/attr.h>
#include <string.h>

#include "net/tc.h"

/* linux/bpf.h and linux/rtnetlink.h of Debian 12 are older than tcx */
#define XM_TCX_INGRESS 46
#define XM_TCX_EGRESS  47
/* BPF_F_BEFORE: before the given program; without one, before all */
#define XM_TCX_BEFORE (1u << 3)

/* Priority of the filter in a block of host ends, which has no other filter */
#define XM_BLOCK_PRIORITY 0x584d
#define XM_BLOCK_HANDLE	  1

/*
 * Priorities of xmacvlan's filters on a parent. The BPF filters of one priority are in one list,
 * and a new one is put first (cls_bpf_change()); so a move needs a second handle. The second
 * priority is for parents whose first priority has filters of another kind. Scripts are unlikely to
 * use these numbers.
 */
#define XM_TC_FIRST	   1
#define XM_TC_LATER	   0x584d
#define XM_TC_HANDLE	   0x584d
#define XM_TC_OTHER_HANDLE 0x584e

static struct tcmsg *tc_begin(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	struct tcmsg *tc = xm_nl_begin(nl, type, flags, sizeof(*tc));

	tc->tcm_ifindex = ifindex;
	return tc;
}

static int request_clsact(struct xm_nl *nl, uint16_t type, uint16_t flags, uint32_t ifindex)
{
	struct tcmsg *tc = tc_begin(nl, type, flags, ifindex);

	tc->tcm_parent = TC_H_CLSACT;
	tc->tcm_handle = TC_H_MAKE(TC_H_CLSACT, 0);
	xm_nl_put_text(nl, TCA_KIND, "clsact");
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_tc_add_clsact(struct xm_nl *nl, uint32_t ifindex)
{
	return request_clsact(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_EXCL, ifindex);
}

int xm_tc_del_clsact(struct xm_nl *nl, uint32_t ifindex)
{
	return request_clsact(nl, RTM_DELQDISC, 0, ifindex);
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

static uint32_t filter_info(uint32_t priority)
{
	return TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
}

int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name)
{
	struct tcmsg *tc;

	tc = tc_begin(nl, RTM_NEWTFILTER, NLM_F_CREATE, TCM_IFINDEX_MAGIC_BLOCK);
	tc->tcm_block_index = block;
	tc->tcm_handle = XM_BLOCK_HANDLE;
	tc->tcm_info = filter_info(XM_BLOCK_PRIORITY);
	put_bpf(nl, prog_fd, name);
	return xm_nl_talk(nl, NULL, NULL);
}

static uint32_t hook(bool ingress)
{
	return TC_H_MAKE(TC_H_CLSACT, ingress ? TC_H_MIN_INGRESS : TC_H_MIN_EGRESS);
}

static const struct nla_policy filter_policy[TCA_MAX + 1] = {
	[TCA_KIND] = { .type = NLA_STRING },
	[TCA_OPTIONS] = { .type = NLA_NESTED },
	[TCA_CHAIN] = { .type = NLA_U32 },
};

static const struct nla_policy bpf_policy[TCA_BPF_MAX + 1] = {
	[TCA_BPF_NAME] = { .type = NLA_STRING },
	[TCA_BPF_ID] = { .type = NLA_U32 },
};

struct filter_list {
	struct xm_tc_filter *list;
	int count, room;
};

static int parse_filter(struct nlattr *const tb[], struct xm_tc_filter *f)
{
	struct nlattr *bpf[TCA_BPF_MAX + 1];

	xm_attr_text(tb[TCA_KIND], f->kind, sizeof(f->kind));
	if (strcmp(f->kind, "bpf"))
		return 0;
	if (xm_attr_parse(tb[TCA_OPTIONS], bpf, TCA_BPF_MAX, bpf_policy))
		return -EBADMSG;
	xm_attr_text(bpf[TCA_BPF_NAME], f->name, sizeof(f->name));
	f->prog_id = xm_attr_u32(bpf[TCA_BPF_ID]);
	return 0;
}

/* The kernel also lists each priority, with the handle 0 */
static int take_filter(const struct nlmsghdr *nlh, void *data)
{
	const struct tcmsg *tc = xm_nlmsg_header(nlh, sizeof(*tc));
	struct nlattr *tb[TCA_MAX + 1];
	struct filter_list *l = data;
	struct xm_tc_filter *f;
	int err;

	if (nlh->nlmsg_type != RTM_NEWTFILTER || l->count == l->room)
		return 0;
	if (!tc || xm_nlmsg_parse(nlh, sizeof(*tc), tb, TCA_MAX, filter_policy))
		return -EBADMSG;
	if (!tc->tcm_handle || xm_attr_u32(tb[TCA_CHAIN]))
		return 0;
	f = &l->list[l->count++];
	*f = (struct xm_tc_filter){ .priority = TC_H_MAJ(tc->tcm_info) >> 16,
				    .handle = tc->tcm_handle };
	err = parse_filter(tb, f);
	f->bars = f->priority == XM_TC_FIRST &&
		  (strcmp(f->kind, "bpf") || TC_H_MIN(tc->tcm_info) != htons(ETH_P_ALL));
	return err;
}

int xm_tc_filters(struct xm_nl *nl, uint32_t ifindex, bool ingress, struct xm_tc_filter *ret,
		  int room)
{
	struct filter_list l = { .list = ret, .room = room };
	struct tcmsg *tc = tc_begin(nl, RTM_GETTFILTER, NLM_F_DUMP, ifindex);
	int err;

	tc->tcm_parent = hook(ingress);
	err = xm_nl_talk(nl, take_filter, &l);
	if (err == -EINVAL || err == -ENOENT)
		return 0;
	return err ? err : l.count;
}

bool xm_tc_filter_is_ours(const struct xm_tc_filter *filter, const char *name)
{
	return (filter->handle == XM_TC_HANDLE || filter->handle == XM_TC_OTHER_HANDLE) &&
	       !strcmp(filter->name, name);
}

/* Finds xmacvlan's filter. Returns 1 and fills *ret, 0 when there is none, or a negative errno. */
static int find_ours(struct xm_nl *nl, uint32_t ifindex, bool ingress, const char *name,
		     struct xm_tc_filter *ret)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	int n = xm_tc_filters(nl, ifindex, ingress, all, XM_TC_FILTERS_MAX);

	for (int i = 0; i < n; i++) {
		*ret = all[i];
		if (xm_tc_filter_is_ours(ret, name))
			return 1;
	}
	return n < 0 ? n : 0;
}

static struct tcmsg *begin_filter(struct xm_nl *nl, uint16_t type, uint32_t ifindex, bool ingress,
				  const struct xm_tc_filter *f)
{
	struct tcmsg *tc = tc_begin(nl, type, type == RTM_NEWTFILTER ? NLM_F_CREATE : 0, ifindex);

	tc->tcm_parent = hook(ingress);
	tc->tcm_handle = f->handle;
	tc->tcm_info = filter_info(f->priority);
	return tc;
}

static int put_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		      const char *name, const struct xm_tc_filter *f)
{
	begin_filter(nl, RTM_NEWTFILTER, ifindex, ingress, f);
	put_bpf(nl, prog_fd, name);
	return xm_nl_talk(nl, NULL, NULL);
}

static int del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress,
		      const struct xm_tc_filter *f)
{
	begin_filter(nl, RTM_DELTFILTER, ifindex, ingress, f);
	xm_nl_put_text(nl, TCA_KIND, "bpf");
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_tc_set_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
		     const char *name)
{
	struct xm_tc_filter f;
	int err = find_ours(nl, ifindex, ingress, name, &f);

	if (err < 0)
		return err;
	if (!err)
		f = (struct xm_tc_filter){ .priority = XM_TC_FIRST, .handle = XM_TC_HANDLE };
	err = put_filter(nl, ifindex, ingress, prog_fd, name, &f);
	if (err != -EINVAL || f.priority != XM_TC_FIRST)
		return err;
	f.priority = XM_TC_LATER;
	return put_filter(nl, ifindex, ingress, prog_fd, name, &f);
}

int xm_tc_move_filter_first(struct xm_nl *nl, uint32_t ifindex, bool ingress, int prog_fd,
			    const char *name)
{
	struct xm_tc_filter old, f = { .priority = XM_TC_FIRST, .handle = XM_TC_HANDLE };
	int err = find_ours(nl, ifindex, ingress, name, &old);

	if (err <= 0)
		return err ? err : -ENOENT;
	if (old.priority == XM_TC_FIRST && old.handle == XM_TC_HANDLE)
		f.handle = XM_TC_OTHER_HANDLE;
	err = put_filter(nl, ifindex, ingress, prog_fd, name, &f);
	return err ? err : del_filter(nl, ifindex, ingress, &old);
}

/* Deletes both filters that a kill in xm_tc_move_filter_first() leaves */
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, const char *name)
{
	struct xm_tc_filter f;
	int found, err = -ENOENT;

	while ((found = find_ours(nl, ifindex, ingress, name, &f)) > 0) {
		err = del_filter(nl, ifindex, ingress, &f);
		if (err)
			return err;
	}
	return found ? found : err;
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

int xm_tc_block_has_filter(struct xm_nl *nl, uint32_t block)
{
	return may_have_filters(nl, TCM_IFINDEX_MAGIC_BLOCK, block);
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
	return xm_tc_block_has_filter(nl, block);
}

int xm_tcx_list(uint32_t ifindex, bool ingress, uint32_t ret[XM_TCX_MAX])
{
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ret, .prog_cnt = XM_TCX_MAX);

	return bpf_prog_query_opts(ifindex, ingress ? XM_TCX_INGRESS : XM_TCX_EGRESS, &opts)
		       ? 0
		       : (int)opts.prog_cnt;
}

int xm_tcx_attach(int prog_fd, uint32_t ifindex, bool ingress)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = XM_TCX_BEFORE);
	int fd = bpf_link_create(prog_fd, ifindex, ingress ? XM_TCX_INGRESS : XM_TCX_EGRESS, &opts);

	/* Older kernels have neither the attach type nor links on TC */
	if (fd == -EINVAL || fd == -ENOTSUP || fd == -EOPNOTSUPP)
		return -EOPNOTSUPP;
	return fd;
}
