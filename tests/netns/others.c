// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * TC programs of others on the parent that return TC_ACT_OK or rewrite the mark: before and after
 * xmacvlan's, by tcx and by filters of clsact. Endpoints and host access work, and the others see
 * the frames of no endpoint. others_host_end.c: the same on host ends.
 */
#include <linux/if_ether.h>
#include <linux/pkt_cls.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "others_fixture.h"
#include "probe.h"

#define M_E0   "02:00:00:00:00:10"
#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77"

static void check_works(struct others_world *w, const char *what, const struct other *o)
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
	struct others_world w;

	others_make_world(&w);
	other_load(&in, TC_ACT_OK);
	other_load(&out, TC_ACT_OK);
	other_attach(&in, &w.net.host, "p0", TCX_INGRESS, 0);
	other_attach(&out, &w.net.host, "p0", TCX_EGRESS, 0);
	others_add_e0(&w);
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
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
	other_load(&in, TC_ACT_OK);
	other_load(&out, TC_ACT_OK);
	other_attach(&in, &w.net.host, "p0", TCX_INGRESS, TCX_BEFORE);
	other_attach(&out, &w.net.host, "p0", TCX_EGRESS, TCX_BEFORE);
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
	struct others_world w;
	bool answers = false;

	others_make_world(&w);
	others_add_e0(&w);
	daemon_start();
	other_load(&in, TC_ACT_OK);
	other_attach(&in, &w.net.host, "p0", TCX_INGRESS, TCX_BEFORE);
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
	struct others_world w;

	setenv("XMACVLAN_TC", "clsact", 1);
	others_make_world(&w);
	xmt_must("tc -n %s qdisc add dev p0 clsact", w.net.host.name);
	other_filter(&w.net.host, "ingress", 1);
	other_filter(&w.net.host, "egress", 1);
	others_add_e0(&w);
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
	struct others_world w;

	setenv("XMACVLAN_TC", "clsact", 1);
	others_make_world(&w);
	xmt_must("tc -n %s qdisc add dev p0 clsact", w.net.host.name);
	if (xmt_run("tc -n %s filter add dev p0 ingress pref 1 protocol 0x9999 u32 match u32 0 0",
		    w.net.host.name)) {
		xmt_skip("another kind first: no u32");
		return;
	}
	others_add_e0(&w);
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
		nt_wait_net(&net);
		probe_add(&set, i ? "e1" : "e0", &net.peer[i], name, ETH_P_ALL);
	}
	e0 = probe_sender(&net.peer[0], "e0");
	for (int i = 0; i < 3; i++) {
		nt_xm_must(&net.host, "set e0 mode %s", modes[i]);
		nt_xm_must(&net.host, "set e1 mode %s", modes[i]);
		other_attach(&in, &net.host, "p0", TCX_INGRESS, TCX_BEFORE);
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

static const struct nt_case cases[] = {
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
