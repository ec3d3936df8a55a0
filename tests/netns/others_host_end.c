// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Programs of others on host ends: tcx, filters, XDP, a qdisc that was removed. xmacvlan's come
 * first again, or `show` names what is in the way.
 */
#include <errno.h>
#include <linux/pkt_cls.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "others_fixture.h"

/* The host end of e0, the first endpoint of p0 */
static const char *host_end(const struct others_world *w)
{
	static char name[16];

	snprintf(name, sizeof(name), "xm%x-1", xmt_ifindex(&w->net.host, "p0"));
	return name;
}

static bool shows(struct others_world *w, const char *text)
{
	nt_xm_must(&w->net.host, "show");
	return strstr(xmt_output(), text);
}

static void check_shows(struct others_world *w, const char *what, const char *text)
{
	xmt_check(shows(w, text), "%s: show has '%s': %s", what, text, xmt_output());
}

static void check_not_stale(struct others_world *w, const char *what)
{
	xmt_check(!shows(w, "stale"), "%s: show: %s", what, xmt_output());
}

static bool e0_is_cut_off(struct others_world *w)
{
	return !ip_ping(&w->e0, &w->wire, AF_INET, 300);
}

/* Its neighbour's entry may be one of before */
static bool e0_sends(struct others_world *w)
{
	xmt_run("ip -n %s neigh flush dev e0", w->net.peer[0].name);
	return ip_ping(&w->e0, &w->wire, AF_INET, 2000);
}

static void host_end_ingress(void)
{
	struct other in, again;
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
	other_load(&in, TC_ACT_OK);
	other_attach(&in, &w.net.host, host_end(&w), TCX_INGRESS, 0);
	xmt_check(e0_is_cut_off(&w), "host end: the other takes the frames of e0");
	check_shows(&w, "host end", "the ingress program 'others_agent' (id ");
	nt_xm_must(&w.net.host, "set e0 bclim 3");
	xmt_check(e0_sends(&w), "host end: after `set`");
	check_not_stale(&w, "host end, after `set`");
	nt_xm_must(&w.net.host, "upgrade");
	xmt_check(e0_sends(&w), "host end: after `upgrade`");
	other_load(&again, TC_ACT_OK);
	other_attach(&again, &w.net.host, host_end(&w), TCX_INGRESS, TCX_BEFORE);
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
	struct others_world w;
	bool sends = false;

	others_make_world(&w);
	others_add_e0(&w);
	daemon_start();
	other_load(&in, TC_ACT_OK);
	other_attach(&in, &w.net.host, host_end(&w), TCX_INGRESS, TCX_BEFORE);
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
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
	other_load(&out, TC_ACT_OK);
	other_attach(&out, &w.net.host, host_end(&w), TCX_EGRESS, 0);
	nt_xm_must(&w.net.host, "sync");
	check_shows(&w, "host end, egress", "the egress program 'others_agent' (id ");
	ip_check_ping("host end, egress", &w.wire, &w.e0);
	ip_check_ping("host end, egress", &w.host, &w.e0);
	close(out.link);
	check_not_stale(&w, "host end, egress");
}

static void host_end_xdp(void)
{
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
	check_not_stale(&w, "host end, XDP");
	xmt_undo("rm -f /tmp/drop.%d.o", getpid());
	xmt_must("printf '%%s\\n' '__attribute__((section(\"xdp\"), used)) int p(void *c) "
		 "{ return 1; }' | clang -O2 -target bpf -x c -c -o /tmp/drop.%d.o - && "
		 "ip -n %s link set dev %s xdpgeneric obj /tmp/drop.%d.o sec xdp",
		 getpid(), w.net.host.name, host_end(&w), getpid());
	check_shows(&w, "host end, XDP", "the XDP program '");
	xmt_must("ip -n %s link set dev %s xdpgeneric off", w.net.host.name, host_end(&w));
	check_not_stale(&w, "host end, XDP");
}

/* Filters of others in the block that all host ends share */
static void host_end_block(void)
{
	unsigned int block;
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
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
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
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

/* Frames that act_mirred has received on p0; -1: there is no such filter */
static long mirred_frames(struct others_world *w, unsigned int block)
{
	const char *sent;
	long frames;

	xmt_must("tc -n %s -s filter show block %u pref 22606", w->net.host.name, block);
	sent = strstr(xmt_output(), "Ingress Redirect to device p0");
	sent = sent ? strstr(sent, "Sent ") : NULL;
	return sent && sscanf(sent, "Sent %*u bytes %ld", &frames) == 1 ? frames : -1;
}

static void check_mirred(struct others_world *w, unsigned int block, bool expected,
			 const char *what)
{
	long before = mirred_frames(w, block);

	ip_check_ping(what, &w->e0, &w->host);
	xmt_check((mirred_frames(w, block) > before) == expected,
		  "%s: act_mirred receives what is for the host: %d", what, expected);
}

/* endpoint_rx leaves frames for the host to the filter behind it, while that is there */
static void host_end_mirred(void)
{
	unsigned int block;
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
	block = 0x40000000u | xmt_ifindex(&w.net.host, "p0");
	if (xmt_run("tc -n %s actions add action mirred ingress redirect dev p0 index 9",
		    w.net.host.name)) {
		xmt_skip("act_mirred: the kernel has none");
		return;
	}
	check_mirred(&w, block, true, "act_mirred");
	xmt_must("tc -n %s filter del block %u pref 22606", w.net.host.name, block);
	check_shows(&w, "act_mirred, deleted", "endpoint_rx is not attached");
	nt_xm_must(&w.net.host, "sync");
	check_not_stale(&w, "act_mirred, after `sync`");
	check_mirred(&w, block, true, "act_mirred, after `sync`");
	nt_xm_must(&w.net.host, "upgrade");
	check_mirred(&w, block, true, "act_mirred, after `upgrade`");
	xmt_must("tc -n %s filter add block %u pref 1 bpf da bytecode '1,6 0 0 0' flowid 1:",
		 w.net.host.name, block);
	nt_xm_must(&w.net.host, "sync");
	check_mirred(&w, block, false, "a filter of others before act_mirred");
}

static void send_by_source_route(const struct nt_station *from, uint32_t to)
{
	const uint8_t route[8] = { IPOPT_LSRR, 7, 4, to >> 24, to >> 16, to >> 8, to, IPOPT_END };
	struct sockaddr_in dest = { .sin_family = AF_INET,
				    .sin_port = htons(9999),
				    .sin_addr.s_addr = htonl(to) };
	int fd = ip_socket(from, SOCK_DGRAM, AF_INET, 9999);

	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_OPTIONS, route, sizeof(route)))
		xmt_die("source route: %s", strerror(errno));
	for (int i = 0; i < 10; i++) {
		if (sendto(fd, "x", 1, 0, (struct sockaddr *)&dest, sizeof(dest)) < 0)
			xmt_die("source route, send: %s", strerror(errno));
		usleep(20000);
	}
	close(fd);
}

/* In a tcx program tc_classid has what the source route has left there: bytes 77 and 120 */
static void host_end_source_route(void)
{
	struct others_world w;
	struct other in;
	int received;

	others_make_world(&w);
	others_add_e0(&w);
	xmt_must("ip -n %s addr add 10.9.77.120/32 dev p0", w.net.host.name);
	xmt_must("ip -n %s route add 10.9.77.120 dev e0", w.net.peer[0].name);
	other_load(&in, TC_ACT_OK);
	other_attach(&in, &w.net.host, host_end(&w), TCX_INGRESS, 0);
	nt_xm_must(&w.net.host, "sync");
	if (xmt_run("nsenter --net=/run/netns/%s iptables -t raw -A PREROUTING -i %s",
		    w.net.host.name, host_end(&w))) {
		xmt_skip("host end, source route: no iptables");
		return;
	}
	send_by_source_route(&w.e0, 0x0a094d78);
	xmt_must("nsenter --net=/run/netns/%s iptables -t raw -L PREROUTING -vnx | tail -1",
		 w.net.host.name);
	received = atoi(xmt_output());
	xmt_check(!received, "host end, source route: the host received %d frames on the host end",
		  received);
}

static void host_end_without_qdisc(void)
{
	struct others_world w;

	others_make_world(&w);
	others_add_e0(&w);
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
	{ "host end, act_mirred", 60, host_end_mirred },
	{ "host end, source route", 60, host_end_source_route },
	{ "host end, no clsact", 60, host_end_without_qdisc },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
