// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_addr.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/err.h"
#include "cli/apply_inside.h"
#include "cli/dhcp.h"
#include "net/link.h"
#include "net/netns.h"
#include "net/sysctl.h"

#define STEP_TEXT 200

/* The device, and what is done with it. The thread is in its namespace while `is_there`. */
struct inside_work {
	const struct xm_inside *inside;
	const struct xm_inside_target *to;
	bool is_there;
	xm_inside_report *report;
	void *data;
	struct xm_nl nl;
	struct xm_link link;
	struct xm_err *e;
};

static int fail(struct inside_work *w, int err, const char *step)
{
	return xm_fail(w->e, err, "inside, %s: %s", step, xm_nl_why(&w->nl, err));
}

static const char *prefix_text(const struct xm_prefix *p, char ret[INET6_ADDRSTRLEN + 4])
{
	char address[INET6_ADDRSTRLEN];

	inet_ntop(p->family, p->bytes, address, sizeof(address));
	snprintf(ret, INET6_ADDRSTRLEN + 4, "%s/%u", address, p->bits);
	return ret;
}

static int apply_sysctl(struct inside_work *w, const struct xm_inside_sysctl *s)
{
	char step[STEP_TEXT], now[24] = "";
	int err;

	if (!w->is_there && s->by_add)
		return 0;
	snprintf(step, sizeof(step), "sysctl %s.%s %s", s->family, s->key, s->value);
	err = w->is_there ? xm_sysctl_get(s->family, w->to->ifname, s->key, now, sizeof(now)) : 0;
	/* A kernel without IPv6 has none of those of `add` */
	if ((!err && !strcmp(now, s->value)) || (err == -ENOENT && s->by_add))
		return 0;
	w->report(step, w->data);
	if (!err && !w->to->dry)
		err = xm_sysctl_set(s->family, w->to->ifname, s->key, s->value);
	return err ? xm_fail(w->e, err, "inside, %s: %s", step,
			     err == -ENOENT ? "there is no such sysctl" : strerror(-err))
		   : 0;
}

static int apply_up(struct inside_work *w)
{
	int err;

	if (w->inside->down || (w->is_there && w->link.flags & IFF_UP))
		return 0;
	w->report("up", w->data);
	if (w->to->dry)
		return 0;
	err = xm_link_set_flags(&w->nl, w->link.ifindex, IFF_UP, IFF_UP);
	return err ? fail(w, err, "up") : 0;
}

static int apply_address(struct inside_work *w, const struct xm_prefix *a)
{
	char step[STEP_TEXT], text[INET6_ADDRSTRLEN + 4];
	uint32_t flags = 0;
	int err = w->is_there ? xm_ipaddr_has(&w->nl, w->link.ifindex, a, &flags) : 0;

	snprintf(step, sizeof(step), "address %s", prefix_text(a, text));
	if (err > 0 && flags & IFA_F_PERMANENT)
		return 0;
	if (err < 0)
		return fail(w, err, step);
	w->report(step, w->data);
	err = w->to->dry ? 0 : xm_ipaddr_add(&w->nl, w->link.ifindex, a);
	return err ? fail(w, err, step) : 0;
}

struct route_search {
	const struct xm_route *route;
	uint32_t ifindex;
	bool found;
	bool differs; /* `other` is the route with another MTU */
	struct xm_hop other;
};

static int find_route(const struct xm_hop *hop, void *data)
{
	struct route_search *s = data;
	const struct xm_route *r = s->route;

	if (hop->ifindex != s->ifindex || !xm_prefix_same_network(&hop->dst, &r->dst) ||
	    hop->gw.len != r->gw.len || !xm_prefix_same_address(&hop->gw, &r->gw) ||
	    hop->table != (r->table ?: RT_TABLE_MAIN) ||
	    (r->priority && hop->priority != r->priority))
		return 0;
	if (!r->mtu || hop->mtu == r->mtu) {
		s->found = true;
	} else {
		s->differs = true;
		s->other = *hop;
	}
	return 0;
}

static void route_text(const struct xm_route *r, char *ret, size_t size)
{
	char to[INET6_ADDRSTRLEN + 4], via[INET6_ADDRSTRLEN];
	int n = snprintf(ret, size, "route %s", r->dst.bits ? prefix_text(&r->dst, to) : "default");

	if (r->gw.len)
		n += snprintf(ret + n, size - n, " via %s",
			      inet_ntop(r->gw.family, r->gw.bytes, via, sizeof(via)));
	if (r->onlink)
		n += snprintf(ret + n, size - n, " onlink");
	if (r->priority)
		n += snprintf(ret + n, size - n, " metric %u", r->priority);
	if (r->table)
		n += snprintf(ret + n, size - n, " table %u", r->table);
	if (r->mtu)
		snprintf(ret + n, size - n, " mtu %u", r->mtu);
}

static int apply_route(struct inside_work *w, const struct xm_route *r)
{
	struct route_search s = { .route = r, .ifindex = w->link.ifindex };
	char step[STEP_TEXT];
	int err = w->is_there ? xm_route_each(&w->nl, r->dst.family, find_route, &s) : 0;

	route_text(r, step, sizeof(step));
	if (err)
		return fail(w, err, step);
	if (s.found)
		return 0;
	w->report(step, w->data);
	if (w->to->dry)
		return 0;
	/* IPv6 takes no second route that differs in its MTU alone */
	err = s.differs ? xm_route_del_hop(&w->nl, &s.other) : 0;
	if (!err || err == -ESRCH)
		err = xm_route_add(&w->nl, w->link.ifindex, r);
	return err ? fail(w, err, step) : 0;
}

/* The command's words, with the device's name for {ifname} */
static struct xm_word_list dhcp_words(const struct inside_work *w)
{
	struct xm_word_list words = {};

	for (int i = 0; i < w->inside->dhcp.count; i++) {
		const char *word = w->inside->dhcp.v[i];

		xm_word_list_add(&words, strcmp(word, "{ifname}") ? word : w->to->ifname);
	}
	return words;
}

static int apply_dhcp(struct inside_work *w)
{
	struct xm_word_list words = dhcp_words(w);
	char step[STEP_TEXT], *text = xm_word_list_text(&words);
	int err;

	snprintf(step, sizeof(step), "dhcp %.150s", text);
	free(text);
	w->report(step, w->data);
	err = w->to->dry	 ? 0
	      : w->to->dhcp_unit ? xm_dhcp_unit_start(&words, w->to->dhcp_unit, w->to->ifname, w->e)
				 : xm_dhcp_run(&words, w->e);
	xm_word_list_free(&words);
	return err;
}

/* Sysctls first: what the kernel does when the device is set up depends on them */
static int apply_all(struct inside_work *w)
{
	const struct xm_inside *inside = w->inside;
	int err = 0;

	for (size_t i = 0; i < inside->sysctl_count && !err; i++)
		err = apply_sysctl(w, &inside->sysctls[i]);
	if (!err)
		err = apply_up(w);
	for (size_t i = 0; i < inside->address_count && !err; i++)
		err = apply_address(w, &inside->addresses[i]);
	for (size_t i = 0; i < inside->route_count && !err; i++)
		err = apply_route(w, &inside->routes[i]);
	return !err && w->to->starts_dhcp && inside->dhcp.count ? apply_dhcp(w) : err;
}

static int apply_there(struct inside_work *w)
{
	int err = xm_nl_open(&w->nl);

	if (err)
		return xm_fail(w->e, err, "cannot open rtnetlink: %s", strerror(-err));
	err = xm_link_get(&w->nl, XM_NSID_SELF, w->to->ifname, 0, &w->link);
	err = err ? xm_fail(w->e, err, "inside, %s: %s", w->to->ifname, xm_nl_why(&w->nl, err))
		  : apply_all(w);
	xm_nl_close(&w->nl);
	return err;
}

int xm_inside_apply(const struct xm_inside *inside, const struct xm_inside_target *to,
		    xm_inside_report *report, void *data, struct xm_err *e)
{
	struct inside_work w = { .inside = inside,
				 .to = to,
				 .is_there = to->fd >= 0,
				 .report = report,
				 .data = data,
				 .e = e };
	struct xm_netns_scope scope;
	int err;

	if (!w.is_there)
		return apply_all(&w);
	err = xm_netns_scope_enter(&scope, to->fd);
	if (err)
		return xm_fail(e, err, "cannot enter the namespace of %s: %s", to->ifname,
			       xm_netns_why(err));
	err = apply_there(&w);
	xm_netns_scope_leave(&scope);
	return err;
}
