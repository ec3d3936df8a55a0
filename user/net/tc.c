// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <linux/pkt_sched.h>
#include <linux/tc_act/tc_mirred.h>
#include <netlink/attr.h>
#include <string.h>

#include "abi.h"
#include "net/tc.h"

/* Priority of xmacvlan's filter in a block of host ends; other programs are unlikely to use it */
#define XM_BLOCK_PRIORITY 0x584d
#define XM_BLOCK_HANDLE	  1
/* The filter behind it: xm_tc_add_block_mirred() */
#define XM_MIRRED_PRIORITY (XM_BLOCK_PRIORITY + 1)
#define XM_MIRRED_NAME	   "xmacvlan_to_host"

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

int xm_tc_set_noqueue(struct xm_nl *nl, uint32_t ifindex)
{
	struct tcmsg *tc = xm_nl_begin(nl, RTM_NEWQDISC, NLM_F_CREATE | NLM_F_REPLACE, sizeof(*tc));

	tc->tcm_ifindex = ifindex;
	tc->tcm_parent = TC_H_ROOT;
	xm_nl_put_text(nl, TCA_KIND, "noqueue");
	return xm_nl_talk(nl, NULL, NULL);
}

static void put_bpf(struct xm_nl *nl, int prog_fd, const char *name, uint32_t class_id)
{
	struct nlattr *options;

	xm_nl_put_text(nl, TCA_KIND, "bpf");
	options = xm_nl_nest(nl, TCA_OPTIONS);
	xm_nl_put_u32(nl, TCA_BPF_FD, prog_fd);
	xm_nl_put_text(nl, TCA_BPF_NAME, name);
	xm_nl_put_u32(nl, TCA_BPF_FLAGS, TCA_BPF_FLAG_ACT_DIRECT);
	if (class_id)
		xm_nl_put_u32(nl, TCA_BPF_CLASSID, class_id);
	xm_nl_nest_end(nl, options);
}

/* An action in the list of actions, the only one */
static void put_mirred(struct xm_nl *nl, uint32_t ifindex)
{
	const struct tc_mirred mirred = { .action = TC_ACT_STOLEN,
					  .eaction = TCA_INGRESS_REDIR,
					  .ifindex = ifindex };
	struct nlattr *list = xm_nl_nest(nl, TCA_BPF_ACT), *action, *options;

	action = xm_nl_nest(nl, 1);
	xm_nl_put_text(nl, TCA_ACT_KIND, "mirred");
	options = xm_nl_nest(nl, TCA_ACT_OPTIONS);
	xm_nl_put(nl, TCA_MIRRED_PARMS, &mirred, sizeof(mirred));
	xm_nl_nest_end(nl, options);
	xm_nl_nest_end(nl, action);
	xm_nl_nest_end(nl, list);
}

static uint32_t filter_info(uint32_t priority)
{
	return TC_H_MAKE(priority << 16, htons(ETH_P_ALL));
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
	[TCA_BPF_CLASSID] = { .type = NLA_U32 },
	[TCA_BPF_ACT] = { .type = NLA_NESTED },
};

static const struct nla_policy list_policy[2] = { [1] = { .type = NLA_NESTED } };

static const struct nla_policy act_policy[TCA_ACT_MAX + 1] = {
	[TCA_ACT_KIND] = { .type = NLA_STRING },
	[TCA_ACT_OPTIONS] = { .type = NLA_NESTED },
};

static const struct nla_policy mirred_policy[TCA_MIRRED_MAX + 1] = {
	[TCA_MIRRED_PARMS] = { .minlen = sizeof(struct tc_mirred) },
};

struct filter_list {
	struct xm_tc_filter *list;
	int count, room;
};

/* The device of a filter's first action; 0: the action is of another kind, or the device is gone */
static uint32_t parse_mirred(const struct nlattr *actions)
{
	struct nlattr *list[2], *act[TCA_ACT_MAX + 1], *mirred[TCA_MIRRED_MAX + 1];
	struct tc_mirred redirect;
	char kind[16] = "";

	if (!actions || xm_attr_parse(actions, list, 1, list_policy) || !list[1] ||
	    xm_attr_parse(list[1], act, TCA_ACT_MAX, act_policy))
		return 0;
	xm_attr_text(act[TCA_ACT_KIND], kind, sizeof(kind));
	if (strcmp(kind, "mirred") || !act[TCA_ACT_OPTIONS] ||
	    xm_attr_parse(act[TCA_ACT_OPTIONS], mirred, TCA_MIRRED_MAX, mirred_policy) ||
	    !mirred[TCA_MIRRED_PARMS])
		return 0;
	memcpy(&redirect, nla_data(mirred[TCA_MIRRED_PARMS]), sizeof(redirect));
	return redirect.ifindex;
}

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
	f->class_id = xm_attr_u32(bpf[TCA_BPF_CLASSID]);
	f->mirred = parse_mirred(bpf[TCA_BPF_ACT]);
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

/* A hook of a device, or a block */
struct filter_place {
	uint32_t ifindex, parent;
};

static struct filter_place place_hook(uint32_t ifindex, bool ingress)
{
	return (struct filter_place){ .ifindex = ifindex, .parent = hook(ingress) };
}

/* tcm_block_index shares its word with tcm_parent */
static struct filter_place place_block(uint32_t block)
{
	return (struct filter_place){ .ifindex = TCM_IFINDEX_MAGIC_BLOCK, .parent = block };
}

static int list_filters(struct xm_nl *nl, struct filter_place at, struct xm_tc_filter *ret,
			int room)
{
	struct filter_list l = { .list = ret, .room = room };
	struct tcmsg *tc = tc_begin(nl, RTM_GETTFILTER, NLM_F_DUMP, at.ifindex);
	int err;

	tc->tcm_parent = at.parent;
	err = xm_nl_talk(nl, take_filter, &l);
	if (err == -EINVAL || err == -ENOENT)
		return 0;
	return err ? err : l.count;
}

int xm_tc_filters(struct xm_nl *nl, uint32_t ifindex, bool ingress, struct xm_tc_filter *ret,
		  int room)
{
	return list_filters(nl, place_hook(ifindex, ingress), ret, room);
}

bool xm_tc_filter_is_ours(const struct xm_tc_filter *filter, const char *name)
{
	return (filter->handle == XM_TC_HANDLE || filter->handle == XM_TC_OTHER_HANDLE) &&
	       !strcmp(filter->name, name);
}

static bool block_filter_is_ours(const struct xm_tc_filter *filter, const char *name)
{
	return (filter->priority == XM_BLOCK_PRIORITY && filter->handle == XM_BLOCK_HANDLE &&
		!strcmp(filter->name, name)) ||
	       xm_tc_filter_is_ours(filter, name);
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

static void begin_filter(struct xm_nl *nl, uint16_t type, struct filter_place at,
			 const struct xm_tc_filter *f)
{
	struct tcmsg *tc =
		tc_begin(nl, type, type == RTM_NEWTFILTER ? NLM_F_CREATE : 0, at.ifindex);

	tc->tcm_parent = at.parent;
	tc->tcm_handle = f->handle;
	tc->tcm_info = filter_info(f->priority);
}

static int put_filter(struct xm_nl *nl, struct filter_place at, int prog_fd, const char *name,
		      const struct xm_tc_filter *f)
{
	begin_filter(nl, RTM_NEWTFILTER, at, f);
	put_bpf(nl, prog_fd, name, f->class_id);
	return xm_nl_talk(nl, NULL, NULL);
}

static int del_filter(struct xm_nl *nl, struct filter_place at, const struct xm_tc_filter *f)
{
	begin_filter(nl, RTM_DELTFILTER, at, f);
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
	err = put_filter(nl, place_hook(ifindex, ingress), prog_fd, name, &f);
	if (err != -EINVAL || f.priority != XM_TC_FIRST)
		return err;
	f.priority = XM_TC_LATER;
	return put_filter(nl, place_hook(ifindex, ingress), prog_fd, name, &f);
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
	err = put_filter(nl, place_hook(ifindex, ingress), prog_fd, name, &f);
	return err ? err : del_filter(nl, place_hook(ifindex, ingress), &old);
}

/* Deletes both filters that a kill in xm_tc_move_filter_first() leaves */
int xm_tc_del_filter(struct xm_nl *nl, uint32_t ifindex, bool ingress, const char *name)
{
	struct xm_tc_filter f;
	int found, err = -ENOENT;

	while ((found = find_ours(nl, ifindex, ingress, name, &f)) > 0) {
		err = del_filter(nl, place_hook(ifindex, ingress), &f);
		if (err)
			return err;
	}
	return found ? found : err;
}

/*
 * Finds xmacvlan's first filter. *earlier: the number of filters of others before it. *barred: it
 * must not be moved, because filters of other kinds before it are limits that the administrator has
 * set (docs/storms.md).
 */
static bool block_find_ours(const struct xm_tc_filter *all, int n, const char *name,
			    struct xm_tc_filter *ret, int *earlier, bool *barred)
{
	*barred = false;
	for (*earlier = 0; *earlier < n; ++*earlier) {
		*ret = all[*earlier];
		if (block_filter_is_ours(ret, name))
			return true;
		*barred |= !!strcmp(ret->kind, "bpf");
	}
	return false;
}

/*
 * once: for endpoint_tx, which must not run twice, because its first run resets the mark that the
 * second one looks for
 */
static int block_move_first(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name,
			    bool once, const struct xm_tc_filter *old)
{
	struct xm_tc_filter f = { .priority = XM_TC_FIRST, .handle = XM_TC_HANDLE };
	struct filter_place at = place_block(block);
	int err;

	if (old->priority == XM_TC_FIRST && old->handle == XM_TC_HANDLE)
		f.handle = XM_TC_OTHER_HANDLE;
	err = once ? del_filter(nl, at, old) : 0;
	if (!err)
		err = put_filter(nl, at, prog_fd, name, &f);
	return err || once ? err : del_filter(nl, at, old);
}

int xm_tc_set_block(struct xm_nl *nl, uint32_t block, int prog_fd, const char *name,
		    unsigned int flags)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	struct xm_tc_filter f = {};
	int earlier, n = list_filters(nl, place_block(block), all, XM_TC_FILTERS_MAX);
	bool barred;

	if (n < 0)
		return n;
	if (!block_find_ours(all, n, name, &f, &earlier, &barred)) {
		f = (struct xm_tc_filter){ .priority = XM_BLOCK_PRIORITY,
					   .handle = XM_BLOCK_HANDLE };
		earlier = 0; /* the next xm_tc_set_block() moves it */
	}
	f.class_id =
		flags & XM_BLOCK_MIRRED && f.priority == XM_BLOCK_PRIORITY ? XM_CLASSID_MIRRED : 0;
	return earlier && !barred
		       ? block_move_first(nl, block, prog_fd, name, flags & XM_BLOCK_ONCE, &f)
		       : put_filter(nl, place_block(block), prog_fd, name, &f);
}

int xm_tc_add_block_mirred(struct xm_nl *nl, uint32_t block, int prog_fd, uint32_t ifindex)
{
	const struct xm_tc_filter f = { .priority = XM_MIRRED_PRIORITY, .handle = XM_BLOCK_HANDLE };
	struct nlattr *options;

	begin_filter(nl, RTM_NEWTFILTER, place_block(block), &f);
	xm_nl_put_text(nl, TCA_KIND, "bpf");
	options = xm_nl_nest(nl, TCA_OPTIONS);
	xm_nl_put_u32(nl, TCA_BPF_FD, prog_fd);
	xm_nl_put_text(nl, TCA_BPF_NAME, XM_MIRRED_NAME);
	put_mirred(nl, ifindex);
	xm_nl_nest_end(nl, options);
	return xm_nl_talk(nl, NULL, NULL);
}

/* The device to which the filter behind xmacvlan's leads; 0: there is none */
static uint32_t block_mirred(const struct xm_tc_filter *all, int n)
{
	for (int i = 0; i < n; i++)
		if (all[i].priority == XM_MIRRED_PRIORITY && !strcmp(all[i].name, XM_MIRRED_NAME))
			return all[i].mirred;
	return 0;
}

int xm_tc_block_has_mirred(struct xm_nl *nl, uint32_t block, uint32_t ifindex)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	int n = list_filters(nl, place_block(block), all, XM_TC_FILTERS_MAX);

	return n < 0 ? n : block_mirred(all, n) == ifindex;
}

int xm_tc_block_earlier(struct xm_nl *nl, uint32_t block, const char *name,
			struct xm_tc_filter *ret, bool *barred)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX], ours;
	int earlier, n = list_filters(nl, place_block(block), all, XM_TC_FILTERS_MAX);

	if (n < 0)
		return n;
	if (!block_find_ours(all, n, name, &ours, &earlier, barred) ||
	    (ours.class_id && !block_mirred(all, n)))
		return -ENOENT;
	for (int i = 0; i < earlier; i++) {
		*ret = all[i];
		if (!strcmp(ret->kind, "bpf"))
			return 1;
	}
	return 0;
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
