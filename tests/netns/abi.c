// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Later versions (tests/abi_versions/abi_next.h) take over endpoints of this one, and this one
 * takes them back, under traffic: each datagram of every flow arrives once, and counters stay.
 * XMT_FULL=1: a thousand rounds. abi_pins.c: what each version does with pins of another.
 * abi_kill.c kills upgrades at each step.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi_fixture.h"
#include "ip.h"
#include "leftovers.h"
#include "pkt.h"
#include "probe.h"

#define SHORT_RUN 16 /* rounds; an even number, so that the last one ends with 1.0 */
#define FULL_RUN  1000
static unsigned int round_count(void)
{
	return getenv("XMT_FULL") ? FULL_RUN : SHORT_RUN;
}

/* The programs' counters agree with those of the devices, frame for frame */
static void check_counters(const char *what)
{
	long long zero = abi_count_difference(&abi_net.host, abi_e0.ns, "e0");
	long long one = abi_count_difference(&abi_net.host, abi_e1.ns, "e1");

	xmt_check(!zero && !one, "%s: the counters have %lld and %lld frames less than e0 and e1",
		  what, zero, one);
}

/* --- upgrades during traffic --- */

static pid_t run_in_background(int (*fn)(unsigned int))
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned int i = 0; i < round_count(); i++)
		if (fn(i)) {
			fprintf(stderr, "round %u: %s\n", i, xmt_output());
			_exit(1);
		}
	_exit(0);
}

static void check_flows_during(const char *what, int (*fn)(unsigned int))
{
	const struct nt_station *const pairs[][2] = { { &abi_wire, &abi_e0 },
						      { &abi_e0, &abi_wire },
						      { &abi_e0, &abi_e1 },
						      { &abi_host, &abi_e0 },
						      { &abi_e0, &abi_host } };
	unsigned long datagrams = 0;
	pid_t pid = run_in_background(fn);
	int status = 0, bad = ip_udp_until_exit(what, pid, pairs, 5, &datagrams, &status);

	xmt_check(!status, "%s: %u rounds", what, round_count());
	xmt_check(!bad, "%s: none of %lu datagrams was lost", what, datagrams);
}

static int upgrade_or_downgrade(unsigned int round)
{
	abi_use(round % 2 ? V_THIS : V_NEXT);
	return nt_xm(&abi_net.host, "upgrade%s", round % 4 < 2 ? " p0" : "");
}

static void check_minor_rounds(const char *xdp)
{
	char what[32];

	snprintf(what, sizeof(what), ABI_THIS " and " ABI_NEXT ", xdp %s", xdp);
	abi_make_net(V_THIS, xdp);
	abi_check_version(&abi_net.host, what, ABI_THIS, ABI_THIS);
	check_flows_during(what, upgrade_or_downgrade);
	abi_use(V_THIS);
	abi_check_version(&abi_net.host, what, ABI_NEXT, ABI_THIS);
	check_counters(what);
	nt_xm_must(&abi_net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&abi_net.host), "%s: nothing is left", what);
}

static void minor_rounds(void)
{
	check_minor_rounds("off");
}

static void minor_rounds_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_minor_rounds("off");
}

static void minor_rounds_xdp(void)
{
	check_minor_rounds("native");
}

static int upgrade_to_2_0(unsigned int round)
{
	static const char *const lines[] = { "upgrade p0", "set e1 bclim 3", "upgrade",
					     "add o0 link p0" };

	abi_use(V2_0);
	return nt_xm(&abi_net.host, "%s", lines[round % 4]);
}

static unsigned int round_number;

static int upgrade_once(unsigned int round)
{
	return round ? 0 : upgrade_to_2_0(round_number);
}

/* 2.0 cannot be undone: each round begins with endpoints of this version */
static void major_round(const char *what)
{
	abi_use(V_THIS);
	nt_endpoint(&abi_net, &abi_e0, &abi_net.peer[0], "e0", 16, "host on");
	nt_endpoint(&abi_net, &abi_e1, &abi_net.peer[1], "e1", 17, "");
	check_flows_during(what, upgrade_once);
	abi_use(V2_0);
	if (strcmp(abi_parent_text(&abi_net.host, "programs"), "2.0") || abi_major() != 2)
		xmt_fail("%s: pins and programs do not have ABI 2.0", what);
	check_counters(what);
	nt_xm_must(&abi_net.host, "detach p0 force");
	if (leftovers_on_parent(&abi_net.host) || leftovers_pins())
		xmt_fail("%s: left: %s", what, leftovers_on_parent(&abi_net.host) ?: "pins");
}

static void major_rounds_of(const char *xdp)
{
	char what[40];

	abi_make_net(V_THIS, xdp);
	nt_xm_must(&abi_net.host, "detach p0 force");
	for (round_number = 0; round_number < round_count(); round_number++) {
		snprintf(what, sizeof(what), "round %u, " ABI_THIS " to 2.0, xdp %s", round_number,
			 xdp);
		abi_use(V_THIS);
		nt_xm_must(&abi_net.host, "attach p0 xdp %s", xdp);
		major_round(what);
	}
}

static void major_rounds(void)
{
	major_rounds_of("off");
}

static void major_rounds_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	major_rounds_of("off");
}

static void major_rounds_xdp(void)
{
	major_rounds_of("native");
}

/* --- pins of before endpoint_tx --- */

static int upgrade_this(unsigned int round)
{
	(void)round;
	abi_use(V_THIS);
	return nt_xm(&abi_net.host, "upgrade");
}

static void check_silence(const char *what, int tx, int rx, bool silent)
{
	bool is = abi_host_end_is_silent(&abi_net.host, "e0", "02:00:00:00:00:10", tx, rx);

	xmt_check(is == silent, "%s: frames of the host's stack %s e0", what,
		  silent ? "do not reach" : "reach");
}

/* endpoint_tx is put on host ends that a version without it has made, under traffic */
static void check_adopted(const char *what)
{
	char host_end[16];
	int tx, rx;

	abi_make_net(V_FIRST, "off");
	abi_forget_endpoint_tx(&abi_net.host);
	abi_host_end_name(&abi_net.host, 1, host_end);
	tx = probe_sender(&abi_net.host, host_end);
	rx = xmt_pkt_open(&abi_net.peer[0], xmt_ifindex(&abi_net.peer[0], "e0"), ETH_P_ALL);
	check_silence(what, tx, rx, false);
	check_flows_during(what, upgrade_this);
	abi_use(V_THIS);
	check_silence(what, tx, rx, true);
	xmt_must("tc -n %s qdisc show dev %s", abi_net.host.name, host_end);
	xmt_check(!!strstr(xmt_output(), "egress_block"), "%s: qdisc of the host end: %s", what,
		  xmt_output());
	nt_xm_must(&abi_net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&abi_net.host), "%s: nothing is left", what);
}

static void adopted(void)
{
	check_adopted("no endpoint_tx");
}

static void adopted_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	check_adopted("no endpoint_tx, clsact");
}

static const struct nt_case cases[] = {
	{ "no endpoint_tx", 60, adopted },
	{ "no endpoint_tx, clsact", 60, adopted_clsact },
	{ "major rounds", 3000, major_rounds },
	{ "major rounds, clsact", 3000, major_rounds_clsact },
	{ "major rounds, xdp", 3000, major_rounds_xdp },
	{ "minor rounds", 1200, minor_rounds },
	{ "minor rounds, clsact", 1200, minor_rounds_clsact },
	{ "minor rounds, xdp", 1200, minor_rounds_xdp },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
