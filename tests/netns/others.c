// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TC programs of others on the parent that return TC_ACT_OK or rewrite the mark: before and after
 * xmacvlan's, by tcx and by filters of clsact. Endpoints and host access work, and the others see
 * the frames of no endpoint. On host ends xmacvlan's programs come first again, or `show`
 * names what is in the way.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "probe.h"

#define TCX_INGRESS 46
#define TCX_EGRESS  47
#define TCX_BEFORE  (1u << 3)
#define M_E0	    "02:00:00:00:00:10"
#define M_E1	    "02:00:00:00:00:11"
#define M_ALL	    "ff:ff:ff:ff:ff:ff"
#define M_ELSE	    "02:00:00:00:00:77"

/* A program of others: it counts, rewrites the mark and returns `action` */
struct other {
	int counter; /* an array of one number */
	int prog;
	int link;
};

static void other_load(struct other *o, int action)
{
	int mark = offsetof(struct __sk_buff, mark);
	struct bpf_insn code[] = {
		{ .code = BPF_LD | BPF_DW | BPF_IMM,
		  .dst_reg = 2,
		  .src_reg = BPF_PSEUDO_MAP_VALUE },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 1 },
		{ .code = BPF_STX | BPF_DW | BPF_ATOMIC,
		  .dst_reg = 2,
		  .src_reg = 3,
		  .imm = BPF_ADD },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3, .imm = 0x1234 },
		{ .code = BPF_STX | BPF_W | BPF_MEM, .dst_reg = 1, .src_reg = 3, .off = mark },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = action },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	o->counter = bpf_map_create(BPF_MAP_TYPE_ARRAY, "other", 4, 8, 1, NULL);
	code[0].imm = o->counter;
	o->prog = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, "others_agent", "GPL", code,
				sizeof(code) / sizeof(*code), NULL);
	if (o->counter < 0 || o->prog < 0)
		xmt_die("cannot load a program: %s", strerror(errno));
}

static void other_attach_to(struct other *o, const struct xmt_ns *ns, const char *dev, int type,
			    unsigned int flags)
{
	LIBBPF_OPTS(bpf_link_create_opts, opts, .flags = flags);
	unsigned int ifindex = xmt_ifindex(ns, dev);

	xmt_ns_enter(ns);
	o->link = bpf_link_create(o->prog, ifindex, type, &opts);
	xmt_ns_enter(NULL);
	if (o->link == -EINVAL) {
		xmt_skip("a program of others: no tcx before Linux 6.6");
		exit(0);
	}
	if (o->link < 0)
		xmt_die("cannot attach a program: %s", strerror(-o->link));
}

static void other_attach(struct other *o, const struct xmt_ns *ns, int type, unsigned int flags)
{
	other_attach_to(o, ns, "p0", type, flags);
}

static unsigned long long other_count(const struct other *o)
{
	unsigned long long n = 0;
	unsigned int key = 0;

	bpf_map_lookup_elem(o->counter, &key, &n);
	return n;
}

struct world {
	struct nt_net net;
	struct nt_station wire, host, e0;
};

static void world_make(struct world *w)
{
	nt_one_cpu();
	nt_net(&w->net, 2, XMT_NS_IPV6);
	nt_stations(&w->net, &w->wire, &w->host);
}

static void world_add(struct world *w)
{
	nt_endpoint(&w->net, &w->e0, &w->net.peer[0], "e0", 16, "host on");
}

static void check_works(struct world *w, const char *what, const struct other *o)
{
	unsigned long long before;

	ip_check_ping(what, &w->wire, &w->e0);
	ip_check_ping(what, &w->host, &w->e0);
	before = other_count(o);
	ip_check_ping(what, &w->wire, &w->host);
	xmt_check(other_count(o) > before, "%s: the other sees what is for no endpoint", what);
}

static void attached_before(void)
{
	struct other in, out;
	struct world w;

	world_make(&w);
	other_load(&in, TC_ACT_OK);
	other_load(&out, TC_ACT_OK);
	other_attach(&in, &w.net.host, TCX_INGRESS, 0);
	other_attach(&out, &w.net.host, TCX_EGRESS, 0);
	world_add(&w);
	check_works(&w, "before us", &in);
	nt_xm_must(&w.net.host, "upgrade");
	check_works(&w, "before us, after upgrade", &in);
	nt_xm_must(&w.net.host, "del e0");
	xmt_check(!close(in.link) && !close(out.link), "before us: they detach");
}

/* The other program is first: no frame reaches e0 until a command puts xmacvlan's first again */
static void attached_later(void)
{
	struct other in, out;
	struct world w;

	world_make(&w);
	world_add(&w);
	other_load(&in, TC_ACT_OK);
	other_load(&out, TC_ACT_OK);
	other_attach(&in, &w.net.host, TCX_INGRESS, TCX_BEFORE);
	other_attach(&out, &w.net.host, TCX_EGRESS, TCX_BEFORE);
	xmt_check(!ip_ping(&w.wire, &w.e0, AF_INET, 300), "later: it takes the frames of e0");
	nt_xm_must(&w.net.host, "show p0");
	xmt_check(strstr(xmt_output(), "before parent_rx: others_agent id ") &&
			  strstr(xmt_output(), "before parent_tx: others_agent id "),
		  "later: show p0 names both: %s", xmt_output());
	nt_xm_must(&w.net.host, "set e0 spoofchk on");
	check_works(&w, "later, after a command", &in);
	nt_xm_must(&w.net.host, "-s show p0");
	xmt_check(!strstr(xmt_output(), "others_agent"), "later: show p0 names nobody: %s",
		  xmt_output());
	nt_xm_must(&w.net.host, "del e0");
	xmt_must("nsenter --net=/run/netns/%s bpftool net show", w.net.host.name);
	xmt_check(!strstr(xmt_output(), "parent_") && !strstr(xmt_output(), "xmacvlan"),
		  "later: nothing of ours is left: %s", xmt_output());
}

static void watched(void)
{
	struct other in;
	struct world w;
	bool answers = false;

	world_make(&w);
	world_add(&w);
	daemon_start();
	other_load(&in, TC_ACT_OK);
	other_attach(&in, &w.net.host, TCX_INGRESS, TCX_BEFORE);
	for (uint64_t end = nt_now_ms() + 6000; !answers && nt_now_ms() < end;)
		answers = ip_ping(&w.wire, &w.e0, AF_INET, 200);
	xmt_check(answers, "watcher: e0 is reachable again");
	check_works(&w, "watcher", &in);
	xmt_check(daemon_has_logged("others_agent"), "watcher: the log names the program");
	daemon_end(SIGTERM);
}

static void other_filter(const struct xmt_ns *ns, const char *hook, int pref)
{
	xmt_must("tc -n %s filter add dev p0 %s pref %d bpf da bytecode '1,6 0 0 0' flowid 1:",
		 ns->name, hook, pref);
}

static void filters(void)
{
	struct world w;

	setenv("XMACVLAN_TC", "clsact", 1);
	world_make(&w);
	xmt_must("tc -n %s qdisc add dev p0 clsact", w.net.host.name);
	other_filter(&w.net.host, "ingress", 1);
	other_filter(&w.net.host, "egress", 1);
	world_add(&w);
	ip_check_ping("filters before us", &w.wire, &w.e0);
	ip_check_ping("filters before us", &w.host, &w.e0);
	other_filter(&w.net.host, "ingress", 1);
	other_filter(&w.net.host, "egress", 1);
	nt_xm_must(&w.net.host, "set e0 spoofchk on");
	ip_check_ping("filters later, after a command", &w.wire, &w.e0);
	ip_check_ping("filters later, after a command", &w.host, &w.e0);
	ip_check_ping("filters later, after a command", &w.wire, &w.host);
	nt_xm_must(&w.net.host, "upgrade");
	ip_check_ping("filters, after upgrade", &w.wire, &w.e0);
	nt_xm_must(&w.net.host, "del e0");
	xmt_must("tc -n %s filter show dev p0 ingress; tc -n %s filter show dev p0 egress",
		 w.net.host.name, w.net.host.name);
	xmt_check(!strstr(xmt_output(), "parent_"), "filters: ours are removed");
}

/*
 * The first priority has filters of another kind: xmacvlan's cannot be put before them, and `show`
 * reports it
 */
static void filter_of_another_kind(void)
{
	struct world w;

	setenv("XMACVLAN_TC", "clsact", 1);
	world_make(&w);
	xmt_must("tc -n %s qdisc add dev p0 clsact", w.net.host.name);
	if (xmt_run("tc -n %s filter add dev p0 ingress pref 1 protocol 0x9999 u32 match u32 0 0",
		    w.net.host.name)) {
		xmt_skip("another kind first: no u32");
		return;
	}
	world_add(&w);
	ip_check_ping("another kind first", &w.wire, &w.e0);
	nt_xm_must(&w.net.host, "show p0");
	xmt_check(!!strstr(xmt_output(), "before parent_rx: u32"),
		  "another kind first: show p0: %s", xmt_output());
	nt_xm_must(&w.net.host, "del e0");
	xmt_must("tc -n %s filter show dev p0 ingress", w.net.host.name);
	xmt_check(!strstr(xmt_output(), "parent_"), "another kind first: ours is removed");
}

static int senders[2];

static void send_sentinels(void *arg, uint64_t id)
{
	(void)arg;
	probe_send(senders[0], M_ALL, M_ELSE, id);
	probe_send(senders[1], M_ELSE, NT_HOST_MAC, id);
}

/*
 * The parent receives the host's copy of a group frame again. When a program passes it on with
 * another mark, it must not be taken for a frame from the wire.
 */
static void rewritten_marks(void)
{
	static const char *const modes[] = { "bridge", "vepa", "private" };
	struct probe_set set = { .sentinels = send_sentinels };
	uint32_t all = 0;
	struct nt_net net;
	struct other in;
	int e0;

	nt_one_cpu();
	nt_net(&net, 2, 0);
	other_load(&in, TC_ACT_UNSPEC);
	senders[0] = probe_sender(&net.wire, "w0");
	senders[1] = probe_sender(&net.host, "p0");
	probe_add(&set, "wire", &net.wire, "w0", ETH_P_ALL);
	probe_add(&set, "host", &net.host, "p0", ETH_P_IP);
	for (int i = 0; i < 2; i++) {
		char name[8] = { 'e', '0' + i };

		nt_xm_must(&net.host, "add %s link p0 address 02:00:00:00:00:1%d netns %s host on",
			   name, i, net.peer[i].name);
		xmt_must("ip -n %s link set %s addrgenmode none up", net.peer[i].name, name);
		nt_wait_operstate(&net.host);
		probe_add(&set, i ? "e1" : "e0", &net.peer[i], name, ETH_P_ALL);
	}
	e0 = probe_sender(&net.peer[0], "e0");
	for (int i = 0; i < 3; i++) {
		nt_xm_must(&net.host, "set e0 mode %s", modes[i]);
		nt_xm_must(&net.host, "set e1 mode %s", modes[i]);
		other_attach(&in, &net.host, TCX_INGRESS, TCX_BEFORE);
		for (int group = 0; group < 2; group++) {
			uint64_t id = probe_next();
			uint32_t got, want = 1 << 1 | (group ? 1 << 0 | (i ? 0 : 1 << 3) : 0);
			bool twice;

			probe_send(e0, group ? M_ALL : NT_HOST_MAC, M_E0, id);
			got = probe_collect(&set, id, want, &twice);
			all |= got;
			xmt_check(got == want && !twice, "marks: %s: e0 to %s reaches %s%s",
				  modes[i], group ? "all" : "the host", probe_text(&set, got),
				  twice ? ", one twice" : "");
		}
		close(in.link);
	}
}

/* --- host ends --- */

/* The host end of e0, the first endpoint of p0 */
static const char *host_end(const struct world *w)
{
	static char name[16];

	snprintf(name, sizeof(name), "xm%x-1", xmt_ifindex(&w->net.host, "p0"));
	return name;
}

static bool shows(struct world *w, const char *text)
{
	nt_xm_must(&w->net.host, "show");
	return strstr(xmt_output(), text);
}

static void check_shows(struct world *w, const char *what, const char *text)
{
	xmt_check(shows(w, text), "%s: show has '%s': %s", what, text, xmt_output());
}

static void check_not_stale(struct world *w, const char *what)
{
	xmt_check(!shows(w, "stale"), "%s: show: %s", what, xmt_output());
}

static bool e0_is_cut_off(struct world *w)
{
	return !ip_ping(&w->e0, &w->wire, AF_INET, 300);
}

/* Its neighbour's entry may be one of before */
static bool e0_sends(struct world *w)
{
	xmt_run("ip -n %s neigh flush dev e0", w->net.peer[0].name);
	return ip_ping(&w->e0, &w->wire, AF_INET, 2000);
}

static void host_end_ingress(void)
{
	struct other in, again;
	struct world w;

	world_make(&w);
	world_add(&w);
	other_load(&in, TC_ACT_OK);
	other_attach_to(&in, &w.net.host, host_end(&w), TCX_INGRESS, 0);
	xmt_check(e0_is_cut_off(&w), "host end: the other takes the frames of e0");
	check_shows(&w, "host end", "the ingress program 'others_agent' (id ");
	nt_xm_must(&w.net.host, "set e0 bclim 3");
	xmt_check(e0_sends(&w), "host end: after `set`");
	check_not_stale(&w, "host end, after `set`");
	nt_xm_must(&w.net.host, "upgrade");
	xmt_check(e0_sends(&w), "host end: after `upgrade`");
	other_load(&again, TC_ACT_OK);
	other_attach_to(&again, &w.net.host, host_end(&w), TCX_INGRESS, TCX_BEFORE);
	xmt_check(e0_is_cut_off(&w), "host end: another one is first again");
	nt_xm_must(&w.net.host, "sync");
	xmt_check(e0_sends(&w), "host end: after `sync`");
	ip_check_ping("host end", &w.host, &w.e0);
	close(in.link);
	close(again.link);
	nt_xm_must(&w.net.host, "sync");
	xmt_must("nsenter --net=/run/netns/%s bpftool net show dev %s", w.net.host.name,
		 host_end(&w));
	xmt_check(!strstr(xmt_output(), "tcx"), "host end: they have gone, ours too: %s",
		  xmt_output());
	xmt_check(e0_sends(&w), "host end: they have gone");
}

static void host_end_watched(void)
{
	struct other in;
	struct world w;
	bool sends = false;

	world_make(&w);
	world_add(&w);
	daemon_start();
	other_load(&in, TC_ACT_OK);
	other_attach_to(&in, &w.net.host, host_end(&w), TCX_INGRESS, TCX_BEFORE);
	for (uint64_t end = nt_now_ms() + 6000; !sends && nt_now_ms() < end;)
		sends = e0_sends(&w);
	xmt_check(sends, "host end: the watcher puts ours first");
	xmt_check(daemon_within_a_second(daemon_has_logged, "others_agent"),
		  "host end: the log names the program");
	daemon_end(SIGTERM);
}

/* endpoint_tx would have to run twice, so it stays where it is */
static void host_end_egress(void)
{
	struct other out;
	struct world w;

	world_make(&w);
	world_add(&w);
	other_load(&out, TC_ACT_OK);
	other_attach_to(&out, &w.net.host, host_end(&w), TCX_EGRESS, 0);
	nt_xm_must(&w.net.host, "sync");
	check_shows(&w, "host end, egress", "the egress program 'others_agent' (id ");
	ip_check_ping("host end, egress", &w.wire, &w.e0);
	ip_check_ping("host end, egress", &w.host, &w.e0);
	close(out.link);
	check_not_stale(&w, "host end, egress");
}

static void host_end_xdp(void)
{
	struct world w;

	world_make(&w);
	world_add(&w);
	check_not_stale(&w, "host end, XDP");
	xmt_must("printf '%%s\\n' 'int p(void *c){return 1;}' | clang -O2 -target bpf -x c -c -o "
		 "/tmp/drop.%d.o - && ip -n %s link set dev %s xdpgeneric obj /tmp/drop.%d.o sec "
		 ".text; rm -f /tmp/drop.%d.o",
		 getpid(), w.net.host.name, host_end(&w), getpid(), getpid());
	check_shows(&w, "host end, XDP", "the XDP program '");
	xmt_must("ip -n %s link set dev %s xdpgeneric off", w.net.host.name, host_end(&w));
	check_not_stale(&w, "host end, XDP");
}

/* Filters of others in the block that all host ends share */
static void host_end_block(void)
{
	unsigned int block;
	struct world w;

	world_make(&w);
	world_add(&w);
	block = 0x40000000u | xmt_ifindex(&w.net.host, "p0");
	for (int tx = 0; tx < 2; tx++) {
		unsigned int number = tx ? block ^ 0x60000000u : block;

		for (int i = 0; i < 2; i++) {
			xmt_must("tc -n %s filter add block %u pref 1 bpf da bytecode '1,6 0 0 0' "
				 "flowid 1:",
				 w.net.host.name, number);
			xmt_check(tx || e0_is_cut_off(&w), "block: the other takes the frames");
			check_shows(&w, "block", "the filter '");
			nt_xm_must(&w.net.host, "set e0 spoofchk on");
			check_not_stale(&w, "block, after a command");
			ip_check_ping("block, after a command", &w.wire, &w.e0);
			ip_check_ping("block, after a command", &w.host, &w.e0);
			xmt_check(e0_sends(&w), "block: after a command");
		}
	}
	nt_xm_must(&w.net.host, "upgrade");
	ip_check_ping("block, after upgrade", &w.wire, &w.e0);
	nt_xm_must(&w.net.host, "add e1 link p0");
	nt_xm_must(&w.net.host, "del e1");
	ip_check_ping("block, after add and del", &w.wire, &w.e0);
	xmt_must("tc -n %s filter del block %u", w.net.host.name, block);
	check_shows(&w, "block", "endpoint_rx is not attached");
	nt_xm_must(&w.net.host, "set e0 spoofchk off");
	check_not_stale(&w, "block, emptied");
	xmt_check(e0_sends(&w), "block, emptied: after a command");
}

/* Filters that limit rates (docs/storms.md) stay before ours, and are no fault */
static void host_end_block_of_another_kind(void)
{
	unsigned int block;
	struct world w;

	world_make(&w);
	world_add(&w);
	block = 0x40000000u | xmt_ifindex(&w.net.host, "p0");
	if (xmt_run("tc -n %s filter add block %u pref 1 protocol all u32 match u32 0 0",
		    w.net.host.name, block)) {
		xmt_skip("block, another kind: no u32");
		return;
	}
	nt_xm_must(&w.net.host, "sync");
	check_not_stale(&w, "block, another kind");
	xmt_check(e0_sends(&w), "block, another kind: e0 sends");
	xmt_must("tc -n %s filter add block %u pref 2 bpf da bytecode '1,6 0 0 0' flowid 1:",
		 w.net.host.name, block);
	nt_xm_must(&w.net.host, "sync");
	check_shows(&w, "block, another kind", "the filter 'bpf' (id 0) runs before endpoint_rx");
	xmt_must("tc -n %s filter show block %u", w.net.host.name, block);
	xmt_check(!!strstr(xmt_output(), "pref 22605 bpf"), "block, another kind: ours stays");
}

static void host_end_without_qdisc(void)
{
	struct world w;

	world_make(&w);
	world_add(&w);
	nt_xm_must(&w.net.host, "add e1 link p0");
	xmt_must("tc -n %s qdisc del dev %s clsact", w.net.host.name, host_end(&w));
	xmt_check(e0_is_cut_off(&w), "no clsact: e0 sends nothing");
	check_shows(&w, "no clsact", "endpoint_rx is not attached to xm");
	nt_xm_must(&w.net.host, "sync");
	check_not_stale(&w, "no clsact, after `sync`");
	xmt_check(e0_sends(&w), "no clsact: after `sync`");
	xmt_must("tc -n %s qdisc del dev %s clsact && tc -n %s qdisc add dev %s clsact",
		 w.net.host.name, host_end(&w), w.net.host.name, host_end(&w));
	check_shows(&w, "another clsact", "endpoint_rx is not attached to xm");
	nt_xm_must(&w.net.host, "show e0");
	xmt_check(!!strstr(xmt_output(), "endpoint_rx is not attached to xm"),
		  "another clsact: show e0: %s", xmt_output());
	nt_xm_must(&w.net.host, "sync");
	xmt_check(e0_sends(&w), "another clsact: after `sync`");
}

static const struct nt_case cases[] = {
	{ "host end, ingress", 60, host_end_ingress },
	{ "host end, watched", 60, host_end_watched },
	{ "host end, egress", 60, host_end_egress },
	{ "host end, XDP", 60, host_end_xdp },
	{ "host end, block", 60, host_end_block },
	{ "host end, block of another kind", 60, host_end_block_of_another_kind },
	{ "host end, no clsact", 60, host_end_without_qdisc },
	{ "before", 60, attached_before },
	{ "later", 60, attached_later },
	{ "watched", 60, watched },
	{ "filters", 60, filters },
	{ "filter of another kind", 60, filter_of_another_kind },
	{ "marks", 60, rewritten_marks },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
