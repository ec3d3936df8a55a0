// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Host access: traffic between the host's stack and endpoints with host access, in every mode. */
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "ip.h"
#include "probe.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77"
#define M_E0   "02:00:00:00:00:10"
#define M_E1   "02:00:00:00:00:11"
#define M_E2   "02:00:00:00:00:12"

static void check_traffic(const char *what, const struct nt_station *host,
			  const struct nt_station *e)
{
	static const struct ip_flow flow = { .count = 1000, .size = 1200, .burst = 16 };

	ip_check_ping(what, host, e);
	xmt_check(!ip_tcp(host, e, AF_INET, 4 << 20), "%s: TCP IPv4 %s <-> %s", what, host->dev,
		  e->dev);
	xmt_check(!ip_tcp(e, host, AF_INET6, 4 << 20), "%s: TCP IPv6 %s <-> %s", what, host->dev,
		  e->dev);
	xmt_check(!ip_udp(host, e, AF_INET, &flow), "%s: UDP %s -> %s", what, host->dev, e->dev);
	xmt_check(!ip_udp(e, host, AF_INET, &flow), "%s: UDP %s -> %s", what, e->dev, host->dev);
	xmt_check(!ip_csum_errors(host->ns) && !ip_csum_errors(e->ns), "%s: no bad checksum", what);
}

/*
 * Several settings of the offloads of p0 and of the peer end. GSO packets with partial checksums
 * must take the path on which software splits them and fills in the checksums.
 */
static void udp_gso_with_offloads(void)
{
	static const struct ip_flow gso = { .count = 1000, .size = 1200, .burst = 16, .gso = true };
	static const char *const words[] = { "tx on", "tx off", "tx off gso off",
					     "tx on tso off gso on" };
	struct nt_station wire, host, e;
	struct nt_net net;

	nt_one_cpu();
	nt_net(&net, 1, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_endpoint(&net, &e, &net.peer[0], "e0", 16, "host on");
	for (int i = 0; i < 8; i++) {
		const struct nt_station *s = i % 2 ? &e : &host;
		const char *word = words[i / 2];

		xmt_run("nsenter --net=/run/netns/%s ethtool -K %s %s", s->ns->name, s->dev, word);
		xmt_check(!ip_udp(&host, &e, AF_INET, &gso), "%s %s: UDP GSO to e0: %s", s->dev,
			  word, ip_error());
		xmt_check(!ip_udp(&e, &host, AF_INET6, &gso), "%s %s: UDP GSO to the host: %s",
			  s->dev, word, ip_error());
		xmt_check(!ip_tcp(&host, &e, AF_INET6, 4 << 20), "%s %s: TCP: %s", s->dev, word,
			  ip_error());
		xmt_check(!ip_csum_errors(host.ns) && !ip_csum_errors(e.ns),
			  "%s %s: no bad checksum", s->dev, word);
	}
}

static void check_modes(const char *xdp)
{
	static const char *const names[] = { "bridge", "private", "vepa", "source" };
	struct nt_station wire, host, e0, e1;
	struct nt_net net;
	char what[64];

	nt_one_cpu();
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
	for (int i = 0; i < 4; i++) {
		nt_xm_must(&net.host, "set e0 mode %s", names[i]);
		nt_xm_must(&net.host, "set e1 mode %s", names[i]);
		snprintf(what, sizeof(what), "%s, xdp %s", names[i], xdp);
		check_traffic(what, &host, &e0);
		ip_check_ping(what, &host, &wire);
		/* a source endpoint receives no sentinel from a wire that it does not list */
		if (i == 3)
			break;
		ip_check_isolated(what, &net, &host, &e1, ETH_P_ALL);
		ip_check_isolated(what, &net, &e1, &host, ETH_P_IP);
	}
}

static void modes_tc(void)
{
	check_modes("off");
}

static void modes_native(void)
{
	check_modes("native");
}

/* The endpoint and the host have the same MAC */
static void passthru_traffic(void)
{
	struct nt_station wire, host, e0;
	struct nt_net net;

	nt_net(&net, 1, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "mode passthru host on");
	check_traffic("passthru", &host, &e0);
	ip_check_ping("passthru", &e0, &wire);
}

enum { WIRE, HOST, E0, E1, E2 }; /* e0 and e2 have host access, e1 does not */

static const struct row {
	const char *name;
	int from;
	const char *dst, *src;
	uint32_t to;
} rows[] = {
	{ "host to e0", HOST, M_E0, NT_HOST_MAC, 1 << E0 },
	{ "host to e1 (off)", HOST, M_E1, NT_HOST_MAC, 1 << WIRE },
	{ "host to the wire", HOST, NT_WIRE_MAC, NT_HOST_MAC, 1 << WIRE },
	{ "host to all", HOST, M_ALL, NT_HOST_MAC, 1 << WIRE | 1 << E0 | 1 << E2 },
	{ "host to a group", HOST, "33:33:00:00:00:01", NT_HOST_MAC,
	  1 << WIRE | 1 << E0 | 1 << E2 },
	{ "e0 to host", E0, NT_HOST_MAC, M_E0, 1 << HOST },
	{ "e1 (off) to host", E1, NT_HOST_MAC, M_E1, 1 << WIRE },
	{ "e0 to all", E0, M_ALL, M_E0, 1 << WIRE | 1 << HOST | 1 << E1 | 1 << E2 },
	{ "e1 (off) to all", E1, M_ALL, M_E1, 1 << WIRE | 1 << E0 | 1 << E2 },
	{ "e0 to e1", E0, M_E1, M_E0, 1 << E1 },
	{ "e0 to the wire", E0, NT_WIRE_MAC, M_E0, 1 << WIRE },
};

static int senders[5];

static void send_sentinels(void *arg, uint64_t id)
{
	(void)arg;
	probe_send(senders[WIRE], M_ALL, M_ELSE, id);
	probe_send(senders[HOST], M_ELSE, NT_HOST_MAC, id);
}

static void check_frames(const char *what, bool beside)
{
	static const char *const names[] = { "wire", "host", "e0", "e1", "e2" };
	struct probe_set set = { .sentinels = send_sentinels };
	const struct xmt_ns *at;
	struct nt_net net;
	bool twice;

	nt_one_cpu();
	nt_net(&net, 3, 0);
	senders[WIRE] = probe_sender(&net.wire, "w0");
	senders[HOST] = probe_sender(&net.host, "p0");
	probe_add(&set, "wire", &net.wire, "w0", ETH_P_ALL);
	probe_add(&set, "host", &net.host, "p0", ETH_P_IP);
	for (int i = E0; i <= E2; i++) {
		at = beside ? &net.host : &net.peer[i - E0];
		nt_xm_must(&net.host, "add %s link p0 address 02:00:00:00:00:%d netns %s host %s",
			   names[i], 10 + i - E0, at->name, i == E1 ? "off" : "on");
		xmt_must("ip -n %s link set %s addrgenmode none up", at->name, names[i]);
		nt_wait_net(&net);
		probe_add(&set, names[i], at, names[i], ETH_P_ALL);
		senders[i] = probe_sender(at, names[i]);
	}
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint64_t id = probe_next();
		uint32_t got;

		probe_send(senders[rows[i].from], rows[i].dst, rows[i].src, id);
		got = probe_collect(&set, id, rows[i].to, &twice);
		xmt_check(got == rows[i].to && !twice, "%s: %s -> %s%s%s", what, rows[i].name,
			  probe_text(&set, rows[i].to),
			  got == rows[i].to ? "" : ", but it reached ",
			  got == rows[i].to ? "" : probe_text(&set, got));
	}
}

static void frames_netns(void)
{
	check_frames("frames", false);
}

static void frames_beside(void)
{
	check_frames("frames, peer ends beside the parent", true);
}

/* Starts a process that switches e1's host access on and off until *stop; counts the rounds. */
static pid_t start_toggling(const struct nt_net *net, volatile int *stop, volatile int *rounds)
{
	pid_t pid = fork();

	if (pid < 0)
		xmt_die("fork failed");
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	while (!*stop) {
		if (nt_xm(&net->host, "set e1 host on") || nt_xm(&net->host, "set e1 host off"))
			_exit(1);
		(*rounds)++;
	}
	_exit(0);
}

/* One ping on each way of check_toggled(). Returns how many got no answer. */
static unsigned int ping_all(const struct nt_station s[4], int timeout_ms)
{
	const struct nt_station *wire = &s[0], *host = &s[1], *e0 = &s[2], *e1 = &s[3];

	return !ip_ping(wire, e0, AF_INET, timeout_ms) + !ip_ping(host, wire, AF_INET, timeout_ms) +
	       !ip_ping(wire, e1, AF_INET6, timeout_ms) + !ip_ping(e0, e1, AF_INET, timeout_ms);
}

static void check_toggled(const char *xdp, const char *tc)
{
	struct nt_station s[4], *wire = &s[0], *host = &s[1], *e0 = &s[2], *e1 = &s[3];
	struct nt_net net;
	volatile int *shared =
		mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	unsigned int sent = 0, lost = 0;
	uint64_t end;
	int status;
	pid_t pid;

	if (tc)
		setenv("XMACVLAN_TC", tc, 1);
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, wire, host);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&net, e0, &net.peer[0], "e0", 16, "");
	nt_endpoint(&net, e1, &net.peer[1], "e1", 17, "");
	/* The neighbours: a stack that is not ready is asked again after one second */
	xmt_check(!ping_all(s, 2500), "toggled, xdp %s: everybody answers before", xdp);
	pid = start_toggling(&net, &shared[0], &shared[1]);
	end = nt_now_ms() + 3000;
	while (nt_now_ms() < end) {
		lost += ping_all(s, 1000);
		sent += 4;
	}
	xmt_check(!ip_tcp(wire, e0, AF_INET, 64 << 20), "toggled, xdp %s: TCP wire <-> e0", xdp);
	shared[0] = 1;
	waitpid(pid, &status, 0);
	xmt_check(!status && shared[1] > 1, "toggled, xdp %s: host on and off %d times", xdp,
		  shared[1]);
	xmt_check(!lost && sent > 100, "toggled, xdp %s: %u of %u pings lost", xdp, lost, sent);
}

static void toggled_tcx(void)
{
	check_toggled("off", NULL);
}

static void toggled_clsact(void)
{
	check_toggled("off", "clsact");
}

static void host_end_name(const struct nt_net *net, char ret[16])
{
	xmt_must("ip -n %s -o link show", net->host.name);
	if (!strstr(xmt_output(), ": xm") ||
	    sscanf(strstr(xmt_output(), ": xm"), ": %15[^@:]", ret) != 1)
		xmt_die("no host end: %s", xmt_output());
}

/*
 * Frames that the host's own stack sends on a host end, by IP and by packet sockets, do not reach
 * the container. Frames of others to the endpoint do, by every path.
 */
static void host_end_is_silent(void)
{
	struct nt_station wire, host, e0, e1;
	struct nt_net net;
	char host_end[16];
	long long before;
	int tx, rx;

	nt_one_cpu();
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "");
	host_end_name(&net, host_end);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	tx = probe_sender(&net.host, host_end);
	before = nt_number(&net.host, "e0", "drops.host_stack");
	xmt_check(!probe_arrives(tx, rx, M_ALL, NT_HOST_MAC), "host end: a packet socket, to all");
	xmt_check(!probe_arrives(tx, rx, M_E0, NT_HOST_MAC), "host end: a packet socket, to e0");
	xmt_run("ip -n %s addr add 169.254.7.7/16 dev %s && "
		"nsenter --net=/run/netns/%s ping -n -c 1 -W 1 -I %s 169.254.7.8",
		net.host.name, host_end, net.host.name, host_end);
	xmt_check(nt_number(&net.host, "e0", "drops.host_stack") >= before + 3,
		  "host end: frames are counted as host_stack: %lld",
		  nt_number(&net.host, "e0", "drops.host_stack"));
	nt_xm_must(&net.host, "set e0 host on");
	nt_endpoint(&net, &e1, &net.host, "e1", 17, "host on");
	xmt_check(!probe_arrives(tx, rx, M_E0, NT_HOST_MAC), "host on: a packet socket, to e0");
	before = nt_number(&net.host, "e0", "drops.host_stack");
	ip_check_ping("host on", &host, &e0);
	ip_check_ping("host on", &wire, &e0);
	xmt_check(nt_number(&net.host, "e0", "drops.host_stack") == before &&
			  !nt_number(&net.host, "e1", "drops.host_stack"),
		  "host on: no frame of others is counted");
}

static const struct nt_case cases[] = {
	{ "modes", 60, modes_tc },
	{ "modes, xdp native", 60, modes_native },
	{ "offloads", 60, udp_gso_with_offloads },
	{ "passthru", 30, passthru_traffic },
	{ "silent host end", 60, host_end_is_silent },
	{ "frames", 30, frames_netns },
	{ "frames beside the parent", 30, frames_beside },
	{ "toggled", 60, toggled_tcx },
	{ "toggled, clsact", 60, toggled_clsact },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
