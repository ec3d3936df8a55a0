// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * parent_xdp beside somebody else's XDP program, both in libxdp's dispatcher: each does its work, in either order of
 * attaching, and goes without the other. That parent_xdp ran is seen by where frames for an endpoint went: a tap on the
 * parent does not see what it has redirected.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "inject.h"
#include "probe.h"

#include "count.skel.h"

#define M_E0   "02:00:00:00:00:10"
#define FRAMES 20

struct world {
	struct nt_net net;
	const char *mode;
	bool redirects; /* parent_xdp takes what is for e0 */
	int inject, wire, tap, e0;
	unsigned int ifindex; /* of w0 */
	struct count *skel;
	struct xdp_program *count;
};

static enum xdp_attach_mode mode_of(const struct world *w)
{
	return strcmp(w->mode, "native") ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

/* In the host's namespace. libxdp's default priority, 50, is before ours, 90. */
static void attach_count(struct world *w)
{
	int err;

	w->skel = count__open();
	if (!w->skel)
		xmt_die("cannot open the counting program");
	w->count = xdp_program__from_bpf_obj(w->skel->obj, "xdp");
	if (libxdp_get_error(w->count))
		xmt_die("libxdp does not take the counting program: %ld", libxdp_get_error(w->count));
	xdp_program__set_chain_call_enabled(w->count, XDP_PASS, true);
	xmt_ns_enter(&w->net.host);
	err = xdp_program__attach(w->count, if_nametoindex("p0"), mode_of(w), 0);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("libxdp cannot attach the counting program: %s", strerror(-err));
}

static void detach_count(struct world *w)
{
	int err;

	xmt_ns_enter(&w->net.host);
	err = xdp_program__detach(w->count, if_nametoindex("p0"), mode_of(w), 0);
	xmt_ns_enter(NULL);
	xmt_check(!err, "%s: the other program can be detached: %s", w->mode, strerror(-err));
	xdp_program__close(w->count);
	count__destroy(w->skel);
	w->count = NULL;
}

static unsigned long long counted(const struct world *w)
{
	struct bpf_map *map = bpf_object__find_map_by_name(w->skel->obj, "count.bss");
	unsigned long long frames = 0;
	__u32 key = 0;

	if (!map || bpf_map_lookup_elem(bpf_map__fd(map), &key, &frames))
		xmt_die("cannot read the count");
	return frames;
}

static void attach_ours(struct world *w)
{
	int code = nt_xm(&w->net.host, "attach p0 xdp %s", w->mode);

	xmt_check(!code, "%s: xmacvlan attaches: %s", w->mode, xmt_output());
}

/* What `show` says of the dispatcher: 1 beside others, 0 alone, -1 no XDP */
static int in_dispatcher(const struct world *w)
{
	json_t *doc = nt_xm_json(&w->net.host, "show p0"), *xdp;
	int ret = -1;

	xdp = json_object_get(json_array_get(doc, 0), "xdp");
	if (xdp && strcmp(json_string_value(json_object_get(xdp, "mode")) ?: "off", "off"))
		ret = json_is_true(json_object_get(xdp, "dispatcher"));
	json_decref(doc);
	return ret;
}

static void make(struct world *w, const char *mode)
{
	memset(w, 0, sizeof(*w));
	libbpf_set_print(NULL); /* libxdp's dispatcher has a section that it warns of */
	w->mode = mode;
	nt_one_cpu();
	nt_net(&w->net, 1, 0);
	if (xmt_link_gro(&w->net.wire, "w0", 1) || xmt_link_gro(&w->net.host, "p0", 1))
		xmt_die("no GRO on a veth");
	w->inject = xmt_inject_open();
	if (w->inject < 0)
		xmt_die("cannot load the sending program: %s", strerror(-w->inject));
	w->ifindex = xmt_ifindex(&w->net.wire, "w0");
	nt_xm_must(&w->net.host, "add e0 link p0 address " M_E0 " netns %s", w->net.peer[0].name);
	nt_xm_must(&w->net.host, "attach p0 xdp off");
	xmt_must("ip -n %s link set e0 addrgenmode none up", w->net.peer[0].name);
	nt_wait_operstate(&w->net.host);
	w->wire = probe_sender(&w->net.wire, "w0");
	w->tap = xmt_pkt_open(&w->net.host, xmt_ifindex(&w->net.host, "p0"), ETH_P_ALL);
	w->e0 = xmt_pkt_open(&w->net.peer[0], xmt_ifindex(&w->net.peer[0], "e0"), ETH_P_ALL);
	if (w->tap < 0 || w->e0 < 0)
		xmt_die("cannot open packet sockets");
}

/* Frames of 200 octets until the broadcast of 100 that was sent behind them */
static unsigned int count_at(int fd)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	while (xmt_pkt_recv(fd, &pkt, 5000) > 0) {
		if (pkt.len == 100)
			return n;
		n += pkt.len == 200;
	}
	xmt_fail("the sentinel did not come");
	return n;
}

/*
 * Frames for e0 as from a NIC. e0 gets all; `other` says whether the other program saw them, `ours` whether
 * parent_xdp is to have taken them.
 */
static void check(struct world *w, const char *what, bool other, bool ours)
{
	unsigned long long before = other ? counted(w) : 0, seen = 0;
	unsigned int tap, e0;
	uint8_t frame[200];

	for (int i = 0; i < FRAMES; i++) {
		probe_frame(frame, sizeof(frame), M_E0, NT_WIRE_MAC, probe_next());
		if (xmt_inject(w->inject, &w->net.wire, w->ifindex, frame, sizeof(frame)))
			xmt_die("cannot send XDP frames");
	}
	probe_frame(frame, 100, "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, probe_next());
	xmt_inject(w->inject, &w->net.wire, w->ifindex, frame, 100);
	e0 = count_at(w->e0);
	tap = count_at(w->tap);
	xmt_check(e0 == FRAMES, "%s, %s: e0 gets %u of %u frames", w->mode, what, e0, FRAMES);
	if (other)
		seen = counted(w) - before;
	if (other)
		xmt_check(seen == FRAMES + 1, "%s, %s: the other program counts %llu of %u", w->mode, what, seen,
			  FRAMES + 1);
	ours &= w->redirects;
	xmt_check(tap == (ours ? 0 : FRAMES), "%s, %s: the tap sees %u: parent_xdp %s them", w->mode, what, tap,
		  ours ? "takes" : "passes");
}

/* Native XDP redirects on a veth where `show` does not say that it cannot */
static void learn(struct world *w)
{
	nt_xm_must(&w->net.host, "show p0");
	w->redirects = !strstr(xmt_output(), "without redirects");
	printf("     %s\n", xmt_output());
}

static void beside(const char *mode)
{
	struct world w;

	make(&w, mode);
	attach_ours(&w);
	learn(&w);
	xmt_check(in_dispatcher(&w) == 1, "%s: show: in libxdp's dispatcher", mode);
	check(&w, "alone", false, true);
	attach_count(&w);
	check(&w, "the other one attached later", true, true);
	xmt_check(in_dispatcher(&w) == 1, "%s: show: in libxdp's dispatcher beside the other one", mode);
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	check(&w, "ours is off", true, false);
	xmt_check(in_dispatcher(&w) == -1, "%s: show: no XDP", mode);
	attach_ours(&w);
	check(&w, "the other one attached before", true, true);
	detach_count(&w);
	check(&w, "the other one is off", false, true);
	attach_count(&w);
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(counted(&w) < ~0ull && !xmt_run("nsenter --net=/run/netns/%s ip -d link show p0 | grep -q xdp",
						 w.net.host.name),
		  "%s, detached: the other one stays", mode);
	detach_count(&w);
}

static void native(void)
{
	beside("native");
}

static void skb(void)
{
	beside("skb");
}

static const struct nt_case cases[] = {
	{"native", 120, native},
	{"skb", 120, skb},
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
