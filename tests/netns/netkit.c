// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Endpoints of type netkit: their life, the program of the peer end that others detach or precede,
 * and how they reach endpoints of other types. as_netkit.sh runs other tests with them. On a kernel
 * without netkit only the refusal is tested.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "leftovers.h"
#include "others_fixture.h"
#include "reach_fixture.h"
#include "refusal.h"

/* linux/bpf.h of Debian 12 is older than netkit */
#define NETKIT_PRIMARY 54
#define NETKIT_PEER    55

#define GROUP_MAC "01:00:5e:01:02:03"

static const char *host_end(const struct xmt_ns *host)
{
	static char name[16];

	snprintf(name, sizeof(name), "xm%x-1", xmt_ifindex(host, "p0"));
	return name;
}

/* One line, and nothing is left: no device, no pins, p0 as before */
static void refused_without(void)
{
	struct nt_net net;
	int code;

	if (xmt_has_netkit()) {
		xmt_skip("the kernel has netkit");
		return;
	}
	nt_net(&net, 1, 0);
	code = nt_xm(&net.host, "add e0 link p0 type netkit netns %s 2>&1", net.peer[0].name);
	refusal_check("no netkit", code, 2, "cannot create 'e0': the kernel has no netkit",
		      "CONFIG_NETKIT");
	xmt_check(!leftovers_on_parent(&net.host), "no netkit: nothing is left: %s",
		  leftovers_on_parent(&net.host));
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	xmt_check(nt_exists(&net.peer[0], "e0"), "no netkit: a veth is added afterwards");
}

static void check_text(struct nt_net *net, const char *what, const char *text)
{
	nt_xm_must(&net->host, "show e0");
	xmt_check(!!strstr(xmt_output(), text), "%s: show has '%s': %s", what, text, xmt_output());
}

static void check_address(struct nt_net *net, const char *what, const char *mac)
{
	xmt_must("ip -n %s link show dev e0", net->peer[0].name);
	xmt_check(!!strstr(xmt_output(), mac), "%s: e0 has %s: %s", what, mac, xmt_output());
}

static void life(void)
{
	struct nt_net net;
	json_t *doc;

	nt_need_netkit();
	nt_net(&net, 2, 0);
	nt_xm_must(&net.host, "add e0 link p0 type netkit netns %s address " M_E0 " mtu 1400",
		   net.peer[0].name);
	xmt_must("ip -n %s -d link show dev e0", net.peer[0].name);
	xmt_check(strstr(xmt_output(), "netkit") && strstr(xmt_output(), "mtu 1400"),
		  "life: the device: %s", xmt_output());
	check_address(&net, "life", M_E0);
	check_text(&net, "life", "type netkit");
	doc = nt_xm_json(&net.host, "show e0");
	xmt_check(doc && strstr(json_dumps(doc, 0) ?: "", "\"netkit\""), "life: JSON has the type");
	json_decref(doc);
	nt_xm_must(&net.host, "set e0 address " M_E1);
	check_address(&net, "life, set address", M_E1);
	xmt_must("ip -n %s link set e0 address " M_E0 " mtu 1300", net.peer[0].name);
	nt_xm_must(&net.host, "sync");
	check_text(&net, "life, changed inside", M_E0);
	check_text(&net, "life, changed inside", "1300");
	xmt_must("ip -n %s link set e0 netns %s", net.peer[0].name, net.peer[1].name);
	nt_xm_must(&net.host, "sync");
	check_text(&net, "life, moved", "type netkit");
	nt_xm_must(&net.host, "upgrade");
	nt_xm_must(&net.host, "del e0");
	xmt_check(!nt_exists(&net.peer[1], "e0") && !leftovers_on_parent(&net.host),
		  "life: nothing is left: %s", leftovers_on_parent(&net.host));
}

static void check_reach(struct reach *w, const char *what, int from, const char *dst,
			const char *src, uint32_t to)
{
	bool twice;
	uint32_t got = reach_send(w, from, dst, src, to, &twice);

	xmt_check(got == to && !twice, "%s: %s from %s reaches %s%s", what, dst, src,
		  probe_text(&w->set, got), twice ? ", one twice" : "");
}

static void check_number(struct reach *w, const char *what, const char *path, long long want)
{
	long long got = nt_number(&w->net.host, "e0", path);

	xmt_check(got == want, "%s: e0 %s is %lld, expected %lld", what, path, got, want);
}

/* Frames between a netkit and an endpoint of another type, in both directions, and the counters */
static void check_mixture(const char *what, const char *other)
{
	struct reach w;

	reach_make(&w);
	reach_add_endpoint(&w, E0, "e0", "type netkit host on address " M_E0);
	if (strstr(other, "tap"))
		reach_add_tap(&w, E1, "e1", "host on address " M_E1);
	else
		reach_add_endpoint(&w, E1, "e1", other);
	check_reach(&w, what, E0, M_E1, M_E0, BIT(E1));
	check_reach(&w, what, E1, M_E0, M_E1, BIT(E0));
	check_reach(&w, what, E0, NT_WIRE_MAC, M_E0, BIT(WIRE));
	check_reach(&w, what, WIRE, M_E0, NT_WIRE_MAC, BIT(E0));
	check_reach(&w, what, E0, NT_HOST_MAC, M_E0, BIT(HOST));
	check_reach(&w, what, HOST, M_E0, NT_HOST_MAC, BIT(E0));
	check_reach(&w, what, E0, M_ALL, M_E0, BIT(WIRE) | BIT(HOST) | BIT(E1));
	check_reach(&w, what, E1, GROUP_MAC, M_E1, BIT(WIRE) | BIT(HOST) | BIT(E0));
	check_reach(&w, what, HOST, M_ALL, NT_HOST_MAC, BIT(WIRE) | BIT(E0) | BIT(E1));
	check_reach(&w, what, WIRE, M_ALL, NT_WIRE_MAC, BIT(HOST) | BIT(E0) | BIT(E1));
	check_reach(&w, what, E0, NT_WIRE_MAC, M_ELSE, 0);
	check_number(&w, what, "drops.spoofed_source", 1);
	check_number(&w, what, "drops.tx_refused", 0);
	check_number(&w, what, "drops.veth_dropped", 0);
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&w.net.host), "%s: detach force leaves nothing: %s", what,
		  leftovers_on_parent(&w.net.host));
}

static void two_netkits(void)
{
	nt_need_netkit();
	check_mixture("netkit and netkit", "type netkit host on address " M_E1);
}

static void mixture_with_veth(void)
{
	nt_need_netkit();
	check_mixture("netkit and veth", "host on address " M_E1);
}

static void mixture_with_tap(void)
{
	nt_need_netkit();
	check_mixture("netkit and tap", "tap");
}

static void check_streams(const char *what, const struct nt_station *a, const struct nt_station *b)
{
	xmt_check(!ip_tcp(a, b, AF_INET, 4 << 20), "%s: TCP %s <-> %s: %s", what, a->dev, b->dev,
		  ip_error());
	xmt_check(!ip_tcp(b, a, AF_INET6, 4 << 20), "%s: TCP IPv6 %s <-> %s: %s", what, b->dev,
		  a->dev, ip_error());
	xmt_check(!ip_csum_errors(a->ns) && !ip_csum_errors(b->ns), "%s: no bad checksum", what);
}

static void streams(void)
{
	struct nt_station wire, host, e0, e1, e2;
	struct nt_net net;

	nt_need_netkit();
	nt_one_cpu();
	nt_net(&net, 3, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "type netkit host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "type netkit");
	nt_endpoint(&net, &e2, &net.peer[2], "e2", 18, "");
	check_streams("netkit and the wire", &e0, &wire);
	check_streams("netkit and the host", &e0, &host);
	check_streams("netkit and netkit", &e0, &e1);
	check_streams("netkit and veth", &e0, &e2);
	nt_xm_must(&net.host, "attach p0 xdp native");
	check_streams("native XDP, netkit and the wire", &e0, &wire);
	xmt_check(!ip_udp(&wire, &e0, AF_INET,
			  &(struct ip_flow){ .count = 200, .size = 1200, .burst = 8 }),
		  "native XDP: UDP from the wire to the netkit: %s", ip_error());
}

/* Detaches the first program at the hook */
static void detach_first(const struct xmt_ns *host, int hook)
{
	uint32_t ids[64] = {};
	LIBBPF_OPTS(bpf_prog_query_opts, opts, .prog_ids = ids, .prog_cnt = 64);
	unsigned int ifindex = xmt_ifindex(host, host_end(host));
	int fd;

	xmt_ns_enter(host);
	if (bpf_prog_query_opts(ifindex, hook, &opts) || !opts.prog_cnt)
		xmt_die("no program at the netkit: %s", strerror(errno));
	fd = bpf_prog_get_fd_by_id(ids[0]);
	if (fd < 0 || bpf_prog_detach2(fd, ifindex, hook))
		xmt_die("cannot detach the program: %s", strerror(errno));
	close(fd);
	xmt_ns_enter(NULL);
}

static void make_one(struct others_world *w)
{
	nt_need_netkit();
	others_make_world(w);
	nt_endpoint(&w->net, &w->e0, &w->net.peer[0], "e0", 16, "type netkit host on");
	ip_check_ping("before", &w->wire, &w->e0);
}

/* Whether e0 and the wire reach each other; the neighbours' entries may be those of before */
static bool works(struct others_world *w)
{
	xmt_run("ip -n %s neigh flush dev e0", w->net.peer[0].name);
	return ip_ping(&w->e0, &w->wire, AF_INET, 1000 * xmt_slow());
}

static void check_cut_off(struct others_world *w, const char *what)
{
	xmt_run("ip -n %s neigh flush dev e0", w->net.peer[0].name);
	xmt_check(!ip_ping(&w->e0, &w->wire, AF_INET, 300), "%s: e0 sends nothing", what);
}

static void check_works(struct others_world *w, const char *what)
{
	xmt_check(works(w), "%s: e0 sends", what);
	nt_xm_must(&w->net.host, "show");
	xmt_check(!strstr(xmt_output(), "stale"), "%s: show: %s", what, xmt_output());
}

/* The pair drops what e0 sends; `show` says so; a command repairs it */
static void program_detached(void)
{
	struct others_world w;

	make_one(&w);
	detach_first(&w.net.host, NETKIT_PEER);
	check_cut_off(&w, "detached");
	xmt_check(nt_number(&w.net.host, "e0", "drops.tx_refused") > 0,
		  "detached: tx_refused counts what the pair drops");
	check_text(&w.net, "detached", "endpoint_rx is not attached to the peer of xm");
	nt_xm_must(&w.net.host, "sync");
	check_works(&w, "after `sync`");
	detach_first(&w.net.host, NETKIT_PEER);
	nt_xm_must(&w.net.host, "upgrade");
	check_works(&w, "after `upgrade`");
	detach_first(&w.net.host, NETKIT_PEER);
	nt_xm_must(&w.net.host, "set e0 bclim 3");
	check_works(&w, "after `set`");
}

static void program_detached_watched(void)
{
	struct others_world w;
	bool again = false;

	make_one(&w);
	daemon_start();
	detach_first(&w.net.host, NETKIT_PEER);
	for (uint64_t end = nt_now_ms() + 6000 * xmt_slow(); !again && nt_now_ms() < end;)
		again = works(&w);
	xmt_check(again, "the watcher attaches endpoint_rx again");
	xmt_check(daemon_within_a_second(daemon_has_logged, "endpoint_rx"), "and logs it");
	daemon_end(SIGTERM);
}

/* A program of others that comes first: `show` names it, and a command puts ours first */
static void program_of_others(void)
{
	struct other in, out;
	struct others_world w;

	make_one(&w);
	other_load(&in, TC_ACT_SHOT);
	other_attach(&in, &w.net.host, host_end(&w.net.host), NETKIT_PEER, TCX_BEFORE);
	check_cut_off(&w, "another is first");
	check_text(&w.net, "another is first", "the netkit program 'others_agent' (id ");
	nt_xm_must(&w.net.host, "sync");
	check_works(&w, "ours is first");
	close(in.link);
	other_load(&out, TC_ACT_UNSPEC);
	other_attach(&out, &w.net.host, host_end(&w.net.host), NETKIT_PRIMARY, 0);
	check_text(&w.net, "another before e0", "the netkit program 'others_agent' (id ");
	xmt_check(works(&w), "another before e0: e0 works");
}

static bool is_there(struct others_world *w)
{
	return !nt_xm(&w->net.peer[1], "show e0 | grep -q 'type netkit'");
}

/* The parent moves to another namespace and takes its netkit with it */
static void parent_moves(void)
{
	struct others_world w;

	make_one(&w);
	daemon_start();
	xmt_must("ip -n %s link set p0 netns %s", w.net.host.name, w.net.peer[1].name);
	xmt_must("ip -n %s link set p0 up", w.net.peer[1].name);
	for (int i = 0; i < 60 && !is_there(&w); i++)
		usleep(100000);
	xmt_check(is_there(&w), "the parent has moved: %s", xmt_output());
	xmt_check(works(&w), "the parent has moved: e0 works");
	daemon_end(SIGTERM);
}

static void check_auto(struct nt_net *net, const char *mode, const char *type, const char *why)
{
	char text[128];
	json_t *doc;
	char *dump;

	snprintf(text, sizeof(text), "type %s (auto: %s)", type, why);
	nt_xm_must(&net->host, "add e0 link p0 netns %s type auto mode %s", net->peer[0].name,
		   mode);
	nt_xm_must(&net->host, "-d show e0");
	xmt_check(!!strstr(xmt_output(), text), "auto, %s: '%s': %s", mode, text, xmt_output());
	doc = nt_xm_json(&net->host, "show e0");
	dump = json_dumps(doc, JSON_COMPACT);
	snprintf(text, sizeof(text), "\"type_auto\":\"%s\"", why);
	xmt_check(dump && strstr(dump, text), "auto, %s: JSON has %s", mode, text);
	free(dump);
	json_decref(doc);
	nt_xm_must(&net->host, "del e0");
}

static void type_auto(void)
{
	bool has = xmt_has_netkit();
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0 xdp off");
	check_auto(&net, "bridge", "veth", "frames of siblings are faster");
	check_auto(&net, "source", "veth", "copies are faster with NAPI");
	check_auto(&net, "private", has ? "netkit" : "veth",
		   has ? "its mode sends to the wire only" : "the kernel has no netkit");
	check_auto(&net, "passthru", has ? "netkit" : "veth",
		   has ? "its mode sends to the wire only" : "the kernel has no netkit");
	nt_xm_must(&net.host, "attach p0 xdp skb");
	check_auto(&net, "vepa", "veth", "its parent has XDP");
}

static const struct nt_case cases[] = {
	{ "refused without netkit", 60, refused_without },
	{ "life", 60, life },
	{ "two netkits", 60, two_netkits },
	{ "mixture with a veth", 60, mixture_with_veth },
	{ "mixture with a tap", 60, mixture_with_tap },
	{ "streams", 60, streams },
	{ "program detached", 60, program_detached },
	{ "program detached, watched", 60, program_detached_watched },
	{ "program of others", 60, program_of_others },
	{ "parent moves", 60, parent_moves },
	{ "type auto", 60, type_auto },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
