// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The receivers of each frame. See reach_fixture.h. */
#include <linux/if_ether.h>
#include <string.h>

#include "reach_fixture.h"
#include "tap_fixture.h"

static void reach_send_sentinels(void *arg, uint64_t id)
{
	struct reach *r = arg;

	probe_send(r->send[WIRE], M_ALL, M_LIST, id);
	probe_send(r->send[HOST], M_ELSE, NT_HOST_MAC, id);
}

void reach_make(struct reach *r)
{
	memset(r, 0, sizeof(*r));
	nt_one_cpu();
	nt_net(&r->net, 2, 0);
	r->set.sentinels = reach_send_sentinels;
	r->set.arg = r;
	probe_add(&r->set, "wire", &r->net.wire, "w0", ETH_P_ALL);
	probe_add(&r->set, "host", &r->net.host, "p0", ETH_P_IP);
	r->send[WIRE] = probe_sender(&r->net.wire, "w0");
	r->send[HOST] = probe_sender(&r->net.host, "p0");
}

void reach_use(struct reach *r, int i, const char *dev, uint16_t proto)
{
	const struct xmt_ns *ns = &r->net.peer[i == E1];

	xmt_must("ip -n %s link set %s addrgenmode none up", ns->name, dev);
	nt_wait_net(&r->net);
	probe_add(&r->set, dev, ns, dev, proto);
	r->send[i] = probe_sender(ns, dev);
}

void reach_add_endpoint(struct reach *r, int i, const char *dev, const char *options)
{
	nt_xm_must(&r->net.host, "add %s link p0 netns %s %s", dev, r->net.peer[i - E0].name,
		   options);
	reach_use(r, i, dev, ETH_P_ALL);
}

int reach_add_tap(struct reach *r, int i, const char *dev, const char *options)
{
	nt_xm_must(&r->net.host, "add %s link p0 type tap %s", dev, options);
	r->send[i] = tap_must_open(&r->net.host, dev, 0);
	probe_add_tap(&r->set, dev, r->send[i]);
	return r->send[i];
}

uint32_t reach_send(struct reach *r, int from, const char *dst, const char *src, uint32_t expected,
		    bool *ret_twice)
{
	uint64_t id = probe_next();

	probe_send(r->send[from], dst, src, id);
	return probe_collect(&r->set, id, expected, ret_twice);
}
