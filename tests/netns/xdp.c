// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Frames without an skb, as a NIC's driver passes them to native XDP: an XDP program on w0 sends
 * them (BPF_F_TEST_XDP_LIVE_FRAMES). A tap on the parent receives only frames that took the TC
 * path.
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "probe.h"

#define M_E0  "02:00:00:00:00:10"
#define M_E1  "02:00:00:00:00:11"
#define M_ALL "ff:ff:ff:ff:ff:ff"

struct world {
	struct nt_net net;
	int prog, wire, tap, e0, e1, host;
	unsigned int ifindex; /* of w0 */
};

/* r0 = verdict; exit */
static int load_program(int verdict)
{
	struct bpf_insn insns[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = verdict },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "nt_const", "GPL", insns, 2, NULL);

	if (fd < 0)
		xmt_die("cannot load an XDP program: %s", strerror(-fd));
	return fd;
}

static void world_make(struct world *w)
{
	memset(w, 0, sizeof(*w));
	nt_one_cpu();
	nt_net(&w->net, 2, 0);
	/* p0 accepts XDP frames even while it has no XDP program */
	xmt_must("nsenter --net=/run/netns/%s ethtool -K p0 gro on", w->net.host.name);
	nt_xm_must(&w->net.host, "attach p0 xdp native");
	nt_xm_must(&w->net.host, "add e0 link p0 address " M_E0 " netns %s", w->net.peer[0].name);
	nt_xm_must(&w->net.host, "add e1 link p0 address " M_E1 " netns %s", w->net.peer[1].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up && ip -n %s link set e1 addrgenmode "
		 "none up",
		 w->net.peer[0].name, w->net.peer[1].name);
	nt_wait_net(&w->net);
	w->prog = load_program(XDP_TX);
	w->ifindex = xmt_ifindex(&w->net.wire, "w0");
	w->wire = probe_sender(&w->net.wire, "w0");
	w->tap = xmt_pkt_open(&w->net.host, xmt_ifindex(&w->net.host, "p0"), ETH_P_ALL);
	w->host = xmt_pkt_open(&w->net.host, xmt_ifindex(&w->net.host, "p0"), ETH_P_IP);
	w->e0 = xmt_pkt_open(&w->net.peer[0], xmt_ifindex(&w->net.peer[0], "e0"), ETH_P_ALL);
	w->e1 = xmt_pkt_open(&w->net.peer[1], xmt_ifindex(&w->net.peer[1], "e1"), ETH_P_ALL);
}

/* Sends `n` copies on w0. Frame, headroom and skb_shared_info must fit into a page. */
static void inject_frame(struct world *w, const void *frame, unsigned int len, unsigned int n)
{
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = w->ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = n, .flags = BPF_F_TEST_XDP_LIVE_FRAMES,
		    .batch_size = n < 64 ? n : 64);
	int err;

	xmt_ns_enter(&w->net.wire);
	err = bpf_prog_test_run_opts(w->prog, &opts);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("cannot inject XDP frames: %s", strerror(-err));
}

static void inject_to(struct world *w, const char *dst, unsigned int len, unsigned int n)
{
	uint8_t frame[1514];

	probe_frame(frame, len, dst, NT_WIRE_MAC, probe_next());
	inject_frame(w, frame, len, n);
}

/* Counts received frames of length `len`; waits for up to `want` of them. */
static unsigned int count_frames(int fd, unsigned int len, unsigned int want)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	while (n < want && xmt_pkt_recv(fd, &pkt, 1500) > 0)
		n += pkt.len == len;
	return n;
}

/* Counts up to a sentinel, an ordinary frame of another length that arrives after all others. */
static unsigned int count_to_sentinel(struct world *w, int fd, const char *dst, unsigned int len)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	probe_send(w->wire, dst, NT_WIRE_MAC, probe_next());
	while (xmt_pkt_recv(fd, &pkt, 1500) > 0) {
		if (pkt.len == 100)
			return n;
		n += pkt.len == len;
	}
	xmt_fail("no sentinel to %s", dst);
	return n;
}

static void unicast_redirected(void)
{
	struct world w;
	unsigned int n;

	world_make(&w);
	inject_to(&w, M_E0, 200, 1000);
	n = count_frames(w.e0, 200, 1000);
	xmt_check(n == 1000, "XDP frames: %u of 1000 reached e0", n);
	n = count_to_sentinel(&w, w.tap, "02:00:00:00:00:02", 200);
	xmt_check(!n, "XDP frames: a tap on the parent received %u: XDP redirects the others", n);
	xmt_check(!count_to_sentinel(&w, w.e1, M_E1, 200), "XDP frames: e1 received none of them");
	xmt_check(nt_number(&w.net.host, "e0", "stats64.rx.packets") == 1000 &&
			  nt_number(&w.net.host, "e0", "stats64.rx.bytes") == 200000,
		  "XDP frames: packets and bytes are counted exactly");
}

static void group_frames_flooded(void)
{
	struct world w;
	unsigned int a, b, c;

	world_make(&w);
	inject_to(&w, M_ALL, 200, 100);
	a = count_frames(w.e0, 200, 100);
	b = count_frames(w.e1, 200, 100);
	c = count_frames(w.host, 200, 100);
	xmt_check(a == 100 && b == 100 && c == 100,
		  "XDP frames: of 100 broadcasts e0 received %u, e1 %u, the host %u", a, b, c);
	inject_to(&w, NT_HOST_MAC, 200, 100);
	xmt_check(count_frames(w.host, 200, 100) == 100,
		  "XDP frames: the host receives frames to its MAC");
	inject_to(&w, "02:00:00:00:00:77", 200, 100);
	xmt_check(count_frames(w.host, 200, 100) == 100,
		  "XDP frames: the host's stack receives unknown destinations");
	xmt_check(nt_number(&w.net.host, "p0", "drops.unknown_destination") == 100,
		  "XDP frames: unknown destinations are counted");
}

#define M_NONE "02:00:00:00:00:77"

/*
 * Sends 100 frames to an unknown MAC: `seen` reach the tap on p0, `counted` is the total counter.
 */
static void check_unknown(struct world *w, const char *what, unsigned int seen, long long counted)
{
	unsigned int n;

	xmt_pkt_drain(w->tap);
	inject_to(w, M_NONE, 200, 100);
	n = count_to_sentinel(w, w->tap, NT_HOST_MAC, 200);
	xmt_check(n == seen,
		  "%s: %u of 100 unknown destinations reached the parent's tap, expected %u", what,
		  n, seen);
	xmt_check(nt_number(&w->net.host, "p0", "drops.unknown_destination") == counted,
		  "%s: %lld unknown destinations are counted", what, counted);
}

static void check_refused(struct world *w, const char *line, const char *why)
{
	xmt_check(nt_xm(&w->net.host, "%s", line) == 2 && strstr(xmt_output(), why),
		  "%s: refused: %s", line, xmt_output());
}

/* guard: XDP drops unicast to unknown MACs; all other frames reach their receivers as before */
static void guard_drops_unknown(void)
{
	struct world w;

	world_make(&w);
	check_unknown(&w, "without guard", 100, 100);
	nt_xm_must(&w.net.host, "attach p0 guard on");
	check_unknown(&w, "guard on", 0, 200);
	inject_to(&w, M_E0, 200, 100);
	xmt_check(count_frames(w.e0, 200, 100) == 100, "guard on: e0 receives frames to its MAC");
	xmt_pkt_drain(w.host);
	inject_to(&w, NT_HOST_MAC, 200, 100);
	xmt_check(count_frames(w.host, 200, 100) == 100,
		  "guard on: the host receives frames to its MAC");
	inject_to(&w, M_ALL, 200, 100);
	xmt_check(count_frames(w.e1, 200, 100) == 100 && count_frames(w.host, 200, 100) == 100,
		  "guard on: broadcasts reach all");
	xmt_must("ip -n %s link set p0 address 02:00:00:00:00:99", w.net.host.name);
	xmt_pkt_drain(w.host);
	inject_to(&w, "02:00:00:00:00:99", 200, 100);
	xmt_check(count_frames(w.host, 200, 100) == 100,
		  "guard on: the host receives frames to its new MAC");
	xmt_must("ip -n %s link set p0 address " NT_HOST_MAC, w.net.host.name);
	check_refused(&w, "attach p0 xdp off", "guard requires XDP");
	check_unknown(&w, "xdp off is refused", 0, 400);
	nt_xm_must(&w.net.host, "add s0 link p0 mode source");
	check_unknown(&w, "with a source endpoint", 100, 500);
	nt_xm_must(&w.net.host, "del s0");
	check_unknown(&w, "without the source endpoint", 0, 600);
	nt_xm_must(&w.net.host, "attach p0 guard off xdp off");
	check_unknown(&w, "guard off", 100, 700);
	check_refused(&w, "attach p0 guard on", "guard requires XDP");
	check_refused(&w, "attach p0 xdp auto guard on", "guard requires XDP");
	check_unknown(&w, "guard on is refused without XDP", 100, 800);
	nt_xm_must(&w.net.host, "attach p0 xdp skb guard on");
	check_unknown(&w, "guard on, generic XDP", 0, 900);
}

static void check_arrival(struct world *w, const char *what)
{
	unsigned int n;

	xmt_pkt_drain(w->e0);
	inject_to(w, M_E0, 200, 100);
	n = count_frames(w->e0, 200, 100);
	xmt_check(n == 100, "%s: %u of 100 XDP frames reached e0", what, n);
	probe_send(w->wire, M_E0, NT_WIRE_MAC, probe_next());
	xmt_check(count_frames(w->e0, 100, 1) == 1, "%s: an skb reached e0", what);
}

static void run_in_peer(struct world *w, const char *fmt, const char *word)
{
	char line[128];

	snprintf(line, sizeof(line), fmt, word);
	xmt_must("nsenter --net=/run/netns/%s %s", w->net.peer[0].name, line);
}

/* The endpoint's user owns the peer end; no change there may stop the delivery of frames */
static void peer_gro_off(void)
{
	struct world w;

	world_make(&w);
	check_arrival(&w, "gro on");
	run_in_peer(&w, "ethtool -K e0 gro %s", "off");
	check_arrival(&w, "the user switches gro off");
	nt_xm_must(&w.net.host, "sync");
	check_arrival(&w, "the user switches gro off, after sync");
	run_in_peer(&w, "ethtool -K e0 gro %s", "on");
	nt_xm_must(&w.net.host, "sync");
	check_arrival(&w, "gro on again");
}

static void attach_program_to_peer(struct world *w, const char *mode, int prog)
{
	static const char path[] = "/sys/fs/bpf/nt_peer";

	unlink(path);
	if (bpf_obj_pin(prog, path))
		xmt_die("cannot pin: %s", strerror(errno));
	/* not `ip -n`, which hides the bpffs */
	xmt_must("nsenter --net=/run/netns/%s ip link set e0 %s pinned %s", w->net.peer[0].name,
		 mode, path);
}

static void program_on_peer(void)
{
	struct world w;
	int drop, pass;

	world_make(&w);
	pass = load_program(XDP_PASS);
	drop = load_program(XDP_DROP);
	attach_program_to_peer(&w, "xdpdrv", pass);
	check_arrival(&w, "native program on the peer end");
	nt_xm_must(&w.net.host, "sync");
	check_arrival(&w, "native program on the peer end, after sync");
	run_in_peer(&w, "ip link set e0 %s off", "xdpdrv");
	attach_program_to_peer(&w, "xdpdrv", drop);
	nt_xm_must(&w.net.host, "sync");
	xmt_pkt_drain(w.e0);
	inject_to(&w, M_E0, 200, 100);
	probe_send(w.wire, M_E0, NT_WIRE_MAC, probe_next());
	run_in_peer(&w, "ip link set e0 %s off", "xdpdrv");
	xmt_check(!count_to_sentinel(&w, w.e0, M_E0, 200),
		  "a native program on the peer end drops all frames");
	nt_xm_must(&w.net.host, "sync");
	check_arrival(&w, "program off again");
}

/*
 * The user of e0 makes its MTU smaller: frames that do not fit take the path of TC, as those of
 * other protocols. The veth would refuse them together with the frames behind them.
 */
static void peer_with_small_mtu(void)
{
	struct world w;
	unsigned int n;

	world_make(&w);
	xmt_must("ip -n %s link set e0 mtu 100", w.net.peer[0].name);
	inject_to(&w, M_E0, 200, 100);
	n = count_frames(w.e0, 200, 100);
	xmt_check(n == 100 && nt_number(&w.net.host, "e0", "stats64.rx.packets") == 100,
		  "XDP frames above the MTU of the endpoint: %u of 100 arrive", n);
	xmt_pkt_drain(w.tap);
	inject_to(&w, M_E0, 64, 100);
	xmt_check(count_frames(w.e0, 64, 100) == 100 &&
			  !count_to_sentinel(&w, w.tap, "02:00:00:00:00:02", 64),
		  "XDP redirects those that fit");
}

static void mtu_and_down(void)
{
	struct world w;

	world_make(&w);
	xmt_must("ip -n %s link set e0 mtu 1400", w.net.peer[0].name);
	nt_xm_must(&w.net.host, "sync");
	inject_to(&w, M_E0, 1414, 10);
	xmt_check(count_frames(w.e0, 1414, 10) == 10,
		  "frames as large as the endpoint's smaller MTU arrive");
	xmt_must("ip -n %s link set e0 down", w.net.peer[0].name);
	xmt_pkt_drain(w.host);
	inject_to(&w, M_E0, 200, 10);
	xmt_check(count_frames(w.host, 200, 10) == 10,
		  "the host's stack receives the frames for an endpoint that is down");
	xmt_must("ip -n %s link set e0 up", w.net.peer[0].name);
	check_arrival(&w, "up again");
	xmt_must("ip -n %s link set e0 netns %s && ip -n %s link set e0 up", w.net.peer[0].name,
		 w.net.peer[1].name, w.net.peer[1].name);
	xmt_pkt_close(&w.e0, 1);
	w.e0 = xmt_pkt_open(&w.net.peer[1], xmt_ifindex(&w.net.peer[1], "e0"), ETH_P_ALL);
	check_arrival(&w, "moved to another namespace");
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	check_arrival(&w, "xdp off");
	nt_xm_must(&w.net.host, "attach p0 xdp native");
	check_arrival(&w, "xdp native again");
}

/*
 * With another native program on the parent, `attach xdp native` is refused and the program stays
 */
static void other_program(void)
{
	struct nt_net net;
	int pass;

	nt_net(&net, 1, 0);
	pass = load_program(XDP_PASS);
	if (bpf_obj_pin(pass, "/sys/fs/bpf/nt_other"))
		xmt_die("cannot pin: %s", strerror(errno));
	xmt_must("nsenter --net=/run/netns/%s ip link set p0 xdpdrv pinned /sys/fs/bpf/nt_other",
		 net.host.name);
	xmt_check(nt_xm(&net.host, "attach p0 xdp native") == 2, "another XDP program: refused: %s",
		  xmt_output());
	xmt_check(nt_xm(&net.host, "add e0 link p0") == 0, "another XDP program: add works: %s",
		  xmt_output());
	nt_xm_must(&net.host, "detach p0 force");
	xmt_must("nsenter --net=/run/netns/%s bpftool net show", net.host.name);
	xmt_check(strstr(xmt_output(), "nt_const") || strstr(xmt_output(), "driver id"),
		  "another XDP program: it stays attached");
}

static const struct nt_case cases[] = {
	{ "unicast redirected", 60, unicast_redirected },
	{ "group frames", 60, group_frames_flooded },
	{ "gro off", 60, peer_gro_off },
	{ "program on the peer", 60, program_on_peer },
	{ "peer with a small MTU", 60, peer_with_small_mtu },
	{ "mtu and down", 60, mtu_and_down },
	{ "other program on the parent", 60, other_program },
	{ "guard", 60, guard_drops_unknown },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
