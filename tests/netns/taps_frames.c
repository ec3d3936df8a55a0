// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames to and from endpoints of type tap: spoof check, host access, drop reasons, counters, VLAN
 * tags, native XDP, upgrade under traffic.
 */
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "inject.h"
#include "leftovers.h"
#include "reach_fixture.h"
#include "tap_fixture.h"

static struct reach r;

static void check_number(const char *what, const char *name, const char *path, long long want)
{
	long long got = nt_number(&r.net.host, name, path);

	xmt_check(got == want, "%s: %s %s is %lld, expected %lld", what, name, path, got, want);
}

static void check_reach(const char *what, int from, const char *dst, const char *src, uint32_t to)
{
	bool twice;
	uint32_t got = reach_send(&r, from, dst, src, to, &twice);

	xmt_check(got == to && !twice, "%s: %s from %s reaches %s", what, dst, src,
		  probe_text(&r.set, got));
}

/* The taps E0 and E1 */
static void make_taps(const char *attach)
{
	reach_make(&r);
	nt_xm_must(&r.net.host, "attach p0 %s", attach);
	reach_add_tap(&r, E0, "t0", "address " M_E0);
	reach_add_tap(&r, E1, "t1", "address " M_E1);
}

static void spoof_check(void)
{
	make_taps("xdp off");
	check_reach("own address", E0, NT_WIRE_MAC, M_E0, BIT(WIRE));
	check_reach("the guest changed its address", E0, NT_WIRE_MAC, M_ELSE, 0);
	check_reach("the guest changed its address", E0, M_ALL, M_ELSE, 0);
	check_number("the guest changed its address", "t0", "drops.spoofed_source", 2);
	nt_xm_must(&r.net.host, "set t0 address add " M_ELSE);
	check_reach("an additional address", E0, M_E1, M_ELSE, BIT(E1));
	check_reach("an additional address", WIRE, M_ELSE, NT_WIRE_MAC, BIT(E0));
	nt_xm_must(&r.net.host, "set t0 address del " M_ELSE);
	nt_xm_must(&r.net.host, "set t0 address " M_ELSE);
	check_reach("set address", E0, NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	check_reach("set address", E0, NT_WIRE_MAC, M_E0, 0);
	check_reach("set address", WIRE, M_ELSE, NT_WIRE_MAC, BIT(E0));
	nt_xm_must(&r.net.host, "set t0 spoofchk off");
	check_reach("spoofchk off", E0, NT_WIRE_MAC, M_LIST, BIT(WIRE));
	check_number("spoofchk off", "t0", "drops.spoofed_source", 3);
}

static void passthru(void)
{
	reach_make(&r);
	reach_add_tap(&r, E0, "t0", "mode passthru");
	check_reach("passthru", E0, NT_WIRE_MAC, M_ELSE, BIT(WIRE));
	check_reach("passthru", WIRE, M_ELSE, NT_WIRE_MAC, BIT(E0));
	check_reach("passthru", WIRE, M_ALL, NT_WIRE_MAC, BIT(E0) | BIT(HOST));
	xmt_check(!xmt_run("ip -n %s link show p0 | grep -q " NT_HOST_MAC, r.net.host.name),
		  "passthru: the parent keeps its address");
	close(r.send[E0]);
	xmt_pkt_close(&r.set.rx[E0].fd, 1);
	r.set.rx[E0].off = true;
	tap_wait(&r.net.host, "t0", false);
	probe_send(r.send[WIRE], M_ELSE, NT_WIRE_MAC, probe_next());
	check_number("the hypervisor has gone", "t0", "drops.endpoint_down", 1);
}

static void host_access(void)
{
	make_taps("xdp off");
	check_reach("host off", HOST, M_E0, NT_HOST_MAC, BIT(WIRE));
	check_reach("host off", E0, NT_HOST_MAC, M_E0, BIT(WIRE));
	nt_xm_must(&r.net.host, "set t0 host on");
	check_reach("host on", HOST, M_E0, NT_HOST_MAC, BIT(E0));
	check_reach("host on", E0, NT_HOST_MAC, M_E0, BIT(HOST));
	check_reach("host on", HOST, M_ALL, NT_HOST_MAC, BIT(E0) | BIT(WIRE));
	check_reach("host on", E0, M_ALL, M_E0, BIT(HOST) | BIT(E1) | BIT(WIRE));
	nt_xm_must(&r.net.host, "set t0 host off");
	check_reach("host off again", HOST, M_E0, NT_HOST_MAC, BIT(WIRE));
	check_reach("host off again", E0, NT_HOST_MAC, M_E0, BIT(WIRE));
}

static void host_stack(void)
{
	uint8_t frame[100];
	int stack;

	make_taps("xdp off");
	stack = probe_sender(&r.net.host, "t0");
	for (int i = 0; i < 2; i++) {
		probe_frame(frame, sizeof(frame), i ? M_ALL : M_E0, NT_HOST_MAC, probe_next());
		xmt_pkt_send(stack, frame, sizeof(frame)); /* fails with ENOBUFS */
	}
	check_number("sent by the host on the tap", "t0", "drops.host_stack", 2);
	check_reach("only then", WIRE, M_E0, NT_WIRE_MAC, BIT(E0));
	check_number("sent by the host on the tap", "t0", "stats64.rx.packets", 2);
	xmt_must("ip -n %s addr add 10.9.0.77/24 dev t0 && "
		 "ip netns exec %s ping -c1 -W1 -I t0 10.9.0.78 || true",
		 r.net.host.name, r.net.host.name);
	xmt_check(nt_number(&r.net.host, "t0", "drops.host_stack") > 2 &&
			  !xmt_pkt_drain(r.set.rx[E0].fd),
		  "an address on the tap: the guest hears nothing of it");
	xmt_must("ip -n %s -6 addr show dev t0", r.net.host.name);
	xmt_check(!xmt_output()[0], "the tap has no IPv6 address");
}

static void full_ring(void)
{
	const unsigned int sent = 3000;
	unsigned int got;
	long long dropped;

	make_taps("xdp off");
	for (unsigned int i = 0; i < sent; i++)
		probe_send(r.send[WIRE], M_E0, NT_WIRE_MAC, probe_next());
	got = xmt_pkt_drain(r.set.rx[E0].fd);
	dropped = nt_number(&r.net.host, "t0", "drops.veth_dropped");
	xmt_check(got < sent && got + dropped == sent,
		  "the hypervisor does not read: of %u frames it got %u, %lld are counted", sent,
		  got, dropped);
	check_number("the hypervisor does not read", "t0", "stats64.rx.dropped", dropped);
	check_reach("it reads again", WIRE, M_E0, NT_WIRE_MAC, BIT(E0));
	for (unsigned int i = 0; i < sent; i++)
		probe_send(r.send[E1], M_ALL, M_E1, probe_next());
	got = xmt_pkt_drain(r.set.rx[E0].fd);
	dropped = nt_number(&r.net.host, "t0", "drops.veth_dropped") - dropped +
		  nt_number(&r.net.host, "t0", "drops.delivery_failed");
	xmt_check(got < sent && got + dropped == sent,
		  "broadcasts: of %u frames it got %u, %lld are counted", sent, got, dropped);
}

/* Frame `len` octets with a VLAN tag of VID 5 */
static void tagged_frame(uint8_t *buf, unsigned int len, const char *dst, const char *src)
{
	static const uint8_t tag[4] = { 0x81, 0, 0, 5 };

	probe_frame(buf + 4, len - 4, dst, src, probe_next());
	memmove(buf, buf + 4, 12);
	memcpy(buf + 12, tag, 4);
}

static void check_tagged(const char *what, int from, int to, const char *dst, const char *src)
{
	static struct xmt_pkt pkt;
	uint8_t buf[200];
	bool same = false;

	tagged_frame(buf, sizeof(buf), dst, src);
	xmt_pkt_send(r.send[from], buf, sizeof(buf));
	while (!same && xmt_pkt_recv(r.set.rx[to].fd, &pkt, 1000) > 0)
		same = pkt.len == sizeof(buf) && !memcmp(pkt.data, buf, sizeof(buf));
	xmt_check(same, "%s: a tagged frame arrives with its tag", what);
}

static void vlan_tags(void)
{
	make_taps("xdp off");
	check_tagged("wire -> tap", WIRE, E0, M_E0, NT_WIRE_MAC);
	check_tagged("wire -> taps, broadcast", WIRE, E1, M_ALL, NT_WIRE_MAC);
	check_tagged("tap -> wire", E0, WIRE, NT_WIRE_MAC, M_E0);
	check_tagged("tap -> sibling", E0, E1, M_E1, M_E0);
	check_tagged("tap -> sibling, broadcast", E1, E0, M_ALL, M_E1);
}

static unsigned int count_of(int fd, unsigned int len, unsigned int want)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	while (n < want && xmt_pkt_recv(fd, &pkt, 500) > 0)
		n += pkt.len == len;
	return n;
}

static void inject(int prog, unsigned int n, const char *dst)
{
	unsigned int w0 = xmt_ifindex(&r.net.wire, "w0");
	uint8_t frame[300];
	int err = 0;

	for (unsigned int i = 0; i < n && !err; i++) {
		probe_frame(frame, sizeof(frame), dst, NT_WIRE_MAC, probe_next());
		err = xmt_inject(prog, &r.net.wire, w0, frame, sizeof(frame));
	}
	if (err)
		xmt_die("cannot inject: %s", strerror(-err));
}

/* XDP frames from the wire go straight into the tap; without a reader TC decides about them */
static void native_xdp(void)
{
	int prog = xmt_inject_open(), parent;
	unsigned int n, seen;

	reach_make(&r);
	xmt_link_gro(&r.net.host, "p0", 1);
	xmt_link_gro(&r.net.wire, "w0", 1);
	nt_xm_must(&r.net.host, "attach p0 xdp native");
	reach_add_tap(&r, E0, "t0", "address " M_E0);
	parent = xmt_pkt_open(&r.net.host, xmt_ifindex(&r.net.host, "p0"), ETH_P_ALL);
	inject(prog, 200, M_E0);
	n = count_of(r.set.rx[E0].fd, 300, 200);
	xmt_check(n == 200, "XDP frames: %u of 200 reached the tap", n);
	seen = count_of(parent, 300, 1);
	/* See xm_is_veth_skb(): on a veth the program needs struct veth_xdp_buff */
	xmt_check(seen == (xmt_kernel() < XMT_KERNEL(6, 3)), "XDP frames: %s took the TC path",
		  seen ? "some" : "none");
	check_number("XDP frames", "t0", "stats64.rx.packets", 200);
	close(r.send[E0]);
	xmt_pkt_close(&r.set.rx[E0].fd, 1);
	tap_wait(&r.net.host, "t0", false);
	inject(prog, 50, M_E0);
	n = count_of(r.set.rx[HOST].fd, 300, 50);
	xmt_check(n == 50, "no reader: %u of 50 reached the host's stack, as without XDP", n);
	r.send[E0] = tap_must_open(&r.net.host, "t0", IFF_VNET_HDR);
	inject(prog, 50, M_E0);
	n = count_of(r.send[E0], 310, 50);
	xmt_check(n == 50, "opened again with virtio-net headers: %u of 50 arrived", n);
	inject(prog, 50, M_ALL);
	n = count_of(r.send[E0], 310, 50);
	xmt_check(n == 50, "broadcasts: %u of 50 arrived", n);
	nt_xm_must(&r.net.host, "attach p0 xdp off");
	xmt_link_gro(&r.net.host, "p0", 1);
	inject(prog, 50, M_E0);
	n = count_of(r.send[E0], 310, 50);
	xmt_check(n == 50, "XDP off: %u of 50 arrived", n);
}

/* Sends frames one by one until the process has ended. Returns how many were lost. */
static unsigned int exchange_until_exit(pid_t pid, unsigned int *frames)
{
	unsigned int lost = 0;

	for (*frames = 0; !waitpid(pid, NULL, WNOHANG); *frames += 4) {
		lost += !probe_arrives(r.send[E0], r.set.rx[E1].fd, M_E1, M_E0);
		lost += !probe_arrives(r.send[WIRE], r.set.rx[E0].fd, M_E0, NT_WIRE_MAC);
		lost += !probe_arrives(r.send[E1], r.set.rx[WIRE].fd, NT_WIRE_MAC, M_E1);
		lost += !probe_arrives(r.send[E1], r.set.rx[E0].fd, M_ALL, M_E1);
	}
	return lost;
}

static void check_upgrade(const char *attach)
{
	unsigned int frames, lost;
	pid_t pid;

	make_taps(attach);
	for (int i = 0; i < 3; i++) {
		fflush(NULL);
		pid = fork();
		if (!pid) {
			nt_xm_must(&r.net.host, i < 2 ? "upgrade p0" : "sync");
			_exit(0);
		}
		lost = exchange_until_exit(pid, &frames);
		xmt_check(!lost, "%s, %s: lost %u of %u frames", attach, i < 2 ? "upgrade" : "sync",
			  lost, frames);
	}
}

static void upgrade(void)
{
	check_upgrade("xdp off");
}

static void upgrade_native(void)
{
	check_upgrade("xdp native");
}

static void upgrade_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_upgrade("xdp off");
}

static void thousand(void)
{
	uint64_t start;
	struct nt_net net;
	json_t *doc;

	nt_net(&net, 0, 0);
	start = nt_now_ms();
	xmt_must("for i in $(seq 1000); do echo add t$i link p0 type tap; done | %s -n %s -b -",
		 nt_bin(), net.host.name);
	printf("     1000 taps added in %llu ms\n", (unsigned long long)(nt_now_ms() - start));
	doc = nt_xm_json(&net.host, "show link p0");
	xmt_check(json_array_size(doc) >= 1000 && leftovers_host_ends(&net.host) == 1000,
		  "1000 taps are shown and there");
	json_decref(doc);
	start = nt_now_ms();
	xmt_must("for i in $(seq 1000); do echo del t$i; done | %s -n %s -b -", nt_bin(),
		 net.host.name);
	printf("     1000 taps deleted in %llu ms\n", (unsigned long long)(nt_now_ms() - start));
	xmt_check(!leftovers_on_parent(&net.host), "nothing is left: %s",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static const struct nt_case cases[] = {
	{ "spoof check", 40, spoof_check },	{ "passthru", 40, passthru },
	{ "host access", 40, host_access },	{ "host stack", 40, host_stack },
	{ "full ring", 40, full_ring },		{ "vlan tags", 40, vlan_tags },
	{ "native xdp", 40, native_xdp },	{ "upgrade", 60, upgrade },
	{ "upgrade, xdp", 60, upgrade_native }, { "upgrade, clsact", 60, upgrade_clsact },
	{ "a thousand taps", 120, thousand },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
