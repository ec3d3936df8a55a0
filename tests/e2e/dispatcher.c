// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * parent_xdp and another XDP program in libxdp's dispatcher. Both work, attached in either order,
 * and each can be detached without the other. A tap on the parent does not see the frames that
 * parent_xdp has redirected to an endpoint: that shows whether parent_xdp ran.
 */
#include <errno.h>
#include <linux/if_ether.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "../../include/abi.h"
#include "inject.h"
#include "probe.h"

#include "count.skel.h"

#define M_E0   "02:00:00:00:00:10"
#define FRAMES 20

struct world {
	struct nt_net net;
	const char *mode;
	bool redirects; /* parent_xdp can redirect frames for e0 */
	int inject, wire, tap, e0;
	unsigned int ifindex; /* of w0 */
	struct count *skel;
	struct xdp_program *count;
};

static enum xdp_attach_mode xdp_mode(const struct world *w)
{
	return strcmp(w->mode, "native") ? XDP_MODE_SKB : XDP_MODE_NATIVE;
}

/* libxdp's default priority, 50, runs before parent_xdp's, 90. */
static void attach_other(struct world *w)
{
	int err;

	w->skel = count__open();
	if (!w->skel)
		xmt_die("cannot open the counting program");
	w->count = xdp_program__from_bpf_obj(w->skel->obj, "xdp");
	if (libxdp_get_error(w->count))
		xmt_die("libxdp refuses the counting program: %ld", libxdp_get_error(w->count));
	xdp_program__set_chain_call_enabled(w->count, XDP_PASS, true);
	xmt_ns_enter(&w->net.host);
	err = xdp_program__attach(w->count, if_nametoindex("p0"), xdp_mode(w), 0);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("libxdp cannot attach the counting program: %s", strerror(-err));
}

static void detach_other(struct world *w)
{
	int err;

	xmt_ns_enter(&w->net.host);
	err = xdp_program__detach(w->count, if_nametoindex("p0"), xdp_mode(w), 0);
	xmt_ns_enter(NULL);
	xmt_check(!err, "%s: the other program can be detached: %s", w->mode, strerror(-err));
	xdp_program__close(w->count);
	count__destroy(w->skel);
	w->count = NULL;
}

static unsigned long long other_frames(const struct world *w)
{
	struct bpf_map *map = bpf_object__find_map_by_name(w->skel->obj, "count.bss");
	unsigned long long frames = 0;
	__u32 key = 0;

	if (!map || bpf_map_lookup_elem(bpf_map__fd(map), &key, &frames))
		xmt_die("cannot read the counter of the other program");
	return frames;
}

static void attach_parent_xdp(struct world *w)
{
	int code = nt_xm(&w->net.host, "attach p0 xdp %s", w->mode);

	xmt_check(!code, "%s: xmacvlan attaches: %s", w->mode, xmt_output());
}

/* The dispatcher in `show`: 1 in libxdp's dispatcher, 0 without it, -1 no XDP */
static int shown_dispatcher(const struct world *w)
{
	json_t *doc = nt_xm_json(&w->net.host, "show p0"), *xdp;
	int ret = -1;

	xdp = json_object_get(json_array_get(doc, 0), "xdp");
	if (xdp && strcmp(json_string_value(json_object_get(xdp, "mode")) ?: "off", "off"))
		ret = json_is_true(json_object_get(xdp, "dispatcher"));
	json_decref(doc);
	return ret;
}

static void make_world(struct world *w, const char *mode)
{
	memset(w, 0, sizeof(*w));
	libbpf_set_print(NULL); /* libbpf warns of a section in libxdp's dispatcher */
	w->mode = mode;
	nt_one_cpu();
	nt_net(&w->net, 1, 0);
	if (xmt_link_gro(&w->net.wire, "w0", 1) || xmt_link_gro(&w->net.host, "p0", 1))
		xmt_die("cannot switch GRO on for a veth");
	w->inject = xmt_inject_open();
	if (w->inject < 0)
		xmt_die("cannot load the sending program: %s", strerror(-w->inject));
	w->ifindex = xmt_ifindex(&w->net.wire, "w0");
	nt_xm_must(&w->net.host, "add e0 link p0 address " M_E0 " netns %s", w->net.peer[0].name);
	nt_xm_must(&w->net.host, "attach p0 xdp off");
	xmt_must("ip -n %s link set e0 addrgenmode none up", w->net.peer[0].name);
	nt_wait_net(&w->net);
	w->wire = probe_sender(&w->net.wire, "w0");
	w->tap = xmt_pkt_open(&w->net.host, xmt_ifindex(&w->net.host, "p0"), ETH_P_ALL);
	w->e0 = xmt_pkt_open(&w->net.peer[0], xmt_ifindex(&w->net.peer[0], "e0"), ETH_P_ALL);
	if (w->tap < 0 || w->e0 < 0)
		xmt_die("cannot open packet sockets");
}

/* Count frames of 200 octets until the sentinel, a broadcast of 100 octets sent after them. */
static unsigned int count_received(int fd)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	while (xmt_pkt_recv(fd, &pkt, 5000) > 0) {
		if (pkt.len == 100)
			return n;
		n += pkt.len == 200;
	}
	xmt_fail("the sentinel did not arrive");
	return n;
}

/*
 * Send frames for e0 as XDP frames, as from a NIC: e0 gets all of them. `other`: the other program
 * is attached and must count them. `ours`: parent_xdp is attached and must redirect them if it can.
 */
static void check_frames(struct world *w, const char *what, bool other, bool ours)
{
	unsigned long long before = other ? other_frames(w) : 0, seen = 0;
	unsigned int tap, e0;
	uint8_t frame[200];

	for (int i = 0; i < FRAMES; i++) {
		probe_frame(frame, sizeof(frame), M_E0, NT_WIRE_MAC, probe_next());
		if (xmt_inject(w->inject, &w->net.wire, w->ifindex, frame, sizeof(frame)))
			xmt_die("cannot send XDP frames");
	}
	probe_frame(frame, 100, "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, probe_next());
	xmt_inject(w->inject, &w->net.wire, w->ifindex, frame, 100);
	e0 = count_received(w->e0);
	tap = count_received(w->tap);
	xmt_check(e0 == FRAMES, "%s, %s: e0 gets %u of %u frames", w->mode, what, e0, FRAMES);
	if (other)
		seen = other_frames(w) - before;
	if (other)
		xmt_check(seen == FRAMES + 1, "%s, %s: the other program counts %llu of %u",
			  w->mode, what, seen, FRAMES + 1);
	ours &= w->redirects;
	xmt_check(tap == (ours ? 0 : FRAMES), "%s, %s: the tap sees %u, parent_xdp %s them",
		  w->mode, what, tap, ours ? "redirects" : "passes");
}

/* Native XDP can redirect on a veth unless `show` prints that it cannot. */
static void read_redirects(struct world *w)
{
	nt_xm_must(&w->net.host, "show p0");
	w->redirects = !strstr(xmt_output(), "without redirects");
	printf("     %s\n", xmt_output());
}

static bool has_xdp(const struct world *w)
{
	return !xmt_run("nsenter --net=/run/netns/%s ip -d link show p0 | grep -q xdp",
			w->net.host.name);
}

static void test_beside_other(const char *mode)
{
	struct world w;

	make_world(&w, mode);
	attach_parent_xdp(&w);
	read_redirects(&w);
	xmt_check(shown_dispatcher(&w) == 1, "%s: show: in libxdp's dispatcher", mode);
	check_frames(&w, "alone", false, true);
	attach_other(&w);
	check_frames(&w, "the other program attached after parent_xdp", true, true);
	xmt_check(shown_dispatcher(&w) == 1,
		  "%s: show: in libxdp's dispatcher beside the other program", mode);
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	check_frames(&w, "parent_xdp detached", true, false);
	xmt_check(shown_dispatcher(&w) == -1, "%s: show: no XDP", mode);
	attach_parent_xdp(&w);
	check_frames(&w, "the other program attached before parent_xdp", true, true);
	detach_other(&w);
	check_frames(&w, "the other program detached", false, true);
	attach_other(&w);
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(other_frames(&w) < ~0ull && has_xdp(&w),
		  "%s, p0 detached from xmacvlan: the other program stays", mode);
	detach_other(&w);
}

static void forget_xdp(struct xm_parent_record *rec)
{
	rec->xdp = rec->xdp_requested = XM_XDP_OFF;
	rec->xdp_prog_id = 0;
}

static void forget_id(struct xm_parent_record *rec)
{
	rec->xdp_prog_id = 0;
}

/* The number of xmacvlan's programs that the dispatcher runs */
static unsigned int count_ours(const struct world *w)
{
	struct xdp_program *prog = NULL;
	struct xdp_multiprog *mp;
	unsigned int n = 0;

	xmt_ns_enter(&w->net.host);
	mp = xdp_multiprog__get_from_ifindex(if_nametoindex("p0"));
	xmt_ns_enter(NULL);
	if (libxdp_get_error(mp))
		return 0;
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		n += !strcmp(xdp_program__name(prog), "parent_xdp");
	xdp_multiprog__close(mp);
	return n;
}

/*
 * A killed upgrade, or one that could not detach the former program, leaves two programs of
 * xmacvlan
 */
static void test_two_of_ours(void)
{
	struct world w;

	make_world(&w, "native");
	attach_parent_xdp(&w);
	nt_edit_record(&w.net.host, forget_xdp);
	attach_parent_xdp(&w);
	xmt_check(count_ours(&w) == 2, "two programs of ours");
	nt_edit_record(&w.net.host, forget_id);
	nt_xm_must(&w.net.host, "set e0 host on");
	xmt_check(count_ours(&w) == 1, "the next command leaves %u of them", count_ours(&w));
	nt_edit_record(&w.net.host, forget_xdp);
	attach_parent_xdp(&w);
	nt_edit_record(&w.net.host, forget_id);
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(!count_ours(&w), "detach force leaves %u", count_ours(&w));
}

/* A refused call of libxdp leaves its dispatcher without pins, which libxdp does not know again */
static void test_pins_lost(void)
{
	struct world w;

	make_world(&w, "native");
	attach_parent_xdp(&w);
	xmt_must("rm -r /sys/fs/bpf/xdp/dispatch-*");
	nt_xm_must(&w.net.host, "attach p0 xdp skb");
	xmt_check(count_ours(&w) == 1, "pins lost: replaced, %u of ours", count_ours(&w));
	xmt_must("rm -r /sys/fs/bpf/xdp/dispatch-*");
	nt_xm_must(&w.net.host, "attach p0 xdp off");
	xmt_check(!has_xdp(&w), "pins lost: detached: %s", xmt_output());
	attach_parent_xdp(&w);
	xmt_must("rm -r /sys/fs/bpf/xdp/dispatch-*");
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(!has_xdp(&w), "pins lost: detach force: %s", xmt_output());
}

/* ... or pins without a dispatcher. Those of other programs stay. */
static void test_pins_left(void)
{
	struct world w;
	int ifindex;

	make_world(&w, "native");
	ifindex = xmt_ifindex(&w.net.host, "p0");
	attach_parent_xdp(&w);
	xmt_must("cd /sys/fs/bpf/xdp && mkdir dispatch-%d-999998 dispatch-%d-999999 && "
		 "bpftool prog pin pinned $(ls dispatch-%d-*/prog0-prog) "
		 "$PWD/dispatch-%d-999999/prog0-prog",
		 ifindex, ifindex, ifindex, ifindex);
	attach_other(&w);
	xmt_must("mkdir /sys/fs/bpf/xdp/dispatch-%d-999997 && bpftool prog pin id %u "
		 "/sys/fs/bpf/xdp/dispatch-%d-999997/prog0-prog",
		 ifindex, xdp_program__id(w.count), ifindex);
	xmt_must("bpftool prog pin id %u /sys/fs/bpf/xdp/prog-test-link-1-999996",
		 xdp_program__id(w.count));
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(xmt_run("ls /sys/fs/bpf/xdp | grep -q '99999[689]'"), "pins left: removed");
	xmt_check(!xmt_run("test -e /sys/fs/bpf/xdp/dispatch-%d-999997/prog0-prog", ifindex),
		  "pins left: those of the other program stay");
	xmt_check(has_xdp(&w), "pins left: the other program stays attached");
	xmt_must("rm -r /sys/fs/bpf/xdp/dispatch-%d-999997", ifindex);
	detach_other(&w);
}

/* `detach force`, when the program is gone and the parent's own pins are damaged */
static void test_pins_damaged(void)
{
	int ifindex;
	struct world w;

	make_world(&w, "native");
	ifindex = xmt_ifindex(&w.net.host, "p0");
	attach_parent_xdp(&w);
	xmt_must("ip -n %s link set dev p0 xdp off && rm /sys/fs/bpf/xmacvlan/*-%d/hints",
		 w.net.host.name, ifindex);
	xmt_check(!xmt_run("ls -d /sys/fs/bpf/xdp/dispatch-%d-*", ifindex),
		  "pins damaged: the dispatcher's pins are left");
	nt_xm_must(&w.net.host, "detach p0 force");
	xmt_check(xmt_run("ls -d /sys/fs/bpf/xdp/dispatch-%d-*", ifindex),
		  "pins damaged: removed by 'detach force'");
}

static void test_native(void)
{
	test_beside_other("native");
}

static void test_skb(void)
{
	test_beside_other("skb");
}

static const struct nt_case cases[] = {
	{ "native", 120, test_native },		  { "skb", 120, test_skb },
	{ "two of ours", 120, test_two_of_ours }, { "pins lost", 120, test_pins_lost },
	{ "pins left", 120, test_pins_left },	  { "pins damaged", 120, test_pins_damaged },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
