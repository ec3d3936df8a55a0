// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `xmacvlan upgrade` during traffic: each datagram of every flow arrives once, unchanged and in
 * order, while all programs are replaced again and again. XMT_FULL=1: a thousand times.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "ip.h"
#include "leftovers.h"

#define SHORT_RUN 8
#define FULL_RUN  1000

static struct nt_net net;
static struct nt_station wire, host, e0, e1;

static unsigned int upgrade_count(void)
{
	return getenv("XMT_FULL") ? FULL_RUN : SHORT_RUN;
}

/* The path of a pin of the only parent */
static const char *pin_path(const char *name)
{
	static char path[512];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*");
	snprintf(path, sizeof(path), "%s/%s", xmt_output(), name);
	return path;
}

static uint32_t link_program(const char *name)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	int fd = bpf_obj_get(pin_path(name));

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return 0;
	close(fd);
	return info.prog_id;
}

/* Zero: there is no such pin */
static struct bpf_prog_info pinned_info(const char *name)
{
	struct bpf_prog_info info = {}, none = {};
	uint32_t len = sizeof(info);
	int fd = bpf_obj_get(pin_path(name));

	if (fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len))
		return none;
	close(fd);
	return info;
}

static uint32_t pinned_program(const char *name)
{
	return pinned_info(name).id;
}

static void upgrade_make_net(const char *xdp)
{
	nt_net(&net, 2, XMT_NS_IPV6);
	nt_stations(&net, &wire, &host);
	nt_xm_must(&net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&net, &e0, &net.peer[0], "e0", 16, "host on");
	nt_endpoint(&net, &e1, &net.peer[1], "e1", 17, "");
}

static pid_t upgrade_in_background(void)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	for (unsigned int i = 0; i < upgrade_count(); i++)
		if (nt_xm(&net.host, "upgrade%s", i % 2 ? " p0" : "")) {
			fprintf(stderr, "%s\n", xmt_output());
			_exit(1);
		}
	_exit(0);
}

static void check_flows_during_upgrades(const char *what)
{
	const struct nt_station *const pairs[][2] = {
		{ &wire, &e0 }, { &e0, &wire }, { &e0, &e1 }, { &host, &e0 }, { &e0, &host }
	};
	unsigned long datagrams = 0;
	pid_t pid = upgrade_in_background();
	int status = 0, bad = ip_udp_until_exit(what, pid, pairs, 5, &datagrams, &status);

	xmt_check(!status, "%s: %u upgrades", what, upgrade_count());
	xmt_check(!bad, "%s: none of %lu datagrams was lost during the upgrades", what, datagrams);
}

static void check_upgrades(const char *what)
{
	uint32_t endpoint = pinned_program("endpoint_rx"), again;

	check_flows_during_upgrades(what);
	again = pinned_program("endpoint_rx");
	xmt_check(endpoint && again && endpoint != again, "%s: endpoint_rx is another program",
		  what);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s: nothing is left", what);
}

static void upgrade_tcx(void)
{
	uint32_t rx, tx;

	upgrade_make_net("off");
	rx = link_program("parent_rx_link");
	tx = link_program("parent_tx_link");
	if (!rx) {
		xmt_skip("no tcx links on this kernel");
		return;
	}
	nt_xm_must(&net.host, "upgrade p0");
	xmt_check(link_program("parent_rx_link") && link_program("parent_rx_link") != rx,
		  "parent_rx is another program");
	xmt_check(link_program("parent_tx_link") && link_program("parent_tx_link") != tx,
		  "parent_tx is another program");
	check_upgrades("tcx");
}

/* The command during which the full programs take the place of the plain ones */
static pid_t full_in_background(const char *command)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	usleep(200000);
	if (nt_xm(&net.host, "%s", command)) {
		fprintf(stderr, "%s\n", xmt_output());
		_exit(1);
	}
	usleep(200000);
	_exit(0);
}

/* The maps that a pinned program uses: the plain ones use fewer */
static uint32_t pinned_maps(const char *name)
{
	return pinned_info(name).nr_map_ids;
}

static void check_full(const char *what, const char *command)
{
	const struct nt_station *const pairs[][2] = {
		{ &wire, &e0 }, { &e0, &wire }, { &e0, &e1 }, { &host, &e0 }, { &e0, &host }
	};
	uint32_t program = pinned_program("endpoint_rx"), maps = pinned_maps("endpoint_rx"), more;
	unsigned long datagrams = 0;
	int status = 0, bad;

	bad = ip_udp_until_exit(what, full_in_background(command), pairs, 5, &datagrams, &status);
	more = pinned_maps("endpoint_rx");
	xmt_check(!status && program != pinned_program("endpoint_rx") && maps && more > maps,
		  "%s: endpoint_rx uses %u maps, and then %u", what, maps, more);
	xmt_check(!bad, "%s: none of %lu datagrams was lost", what, datagrams);
	program = pinned_program("endpoint_rx");
	nt_xm_must(&net.host, "upgrade");
	xmt_check(program != pinned_program("endpoint_rx") && pinned_maps("endpoint_rx") == more,
		  "%s: `upgrade` keeps the full programs", what);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s: nothing is left", what);
}

static void full_sources(void)
{
	upgrade_make_net("off");
	check_full("mode source", "add s0 link p0 mode source");
}

static void full_neigh(void)
{
	upgrade_make_net("auto");
	nt_xm_must(&net.host, "upgrade");
	check_full("neigh direct", "attach p0 neigh direct");
}

static void full_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	upgrade_make_net("off");
	check_full("clsact", "add s0 link p0 mode source");
}

static void upgrade_clsact(void)
{
	setenv("XMACVLAN_TC", "clsact", 1);
	upgrade_make_net("off");
	check_upgrades("clsact");
}

static uint32_t xdp_program(void)
{
	unsigned int id = 0;

	xmt_must("ip -n %s -d link show p0 2>/dev/null | grep -o 'prog/xdp.* id [0-9]*' | grep -o "
		 "'[0-9]*$'",
		 net.host.name);
	sscanf(xmt_output(), "%u", &id);
	return id;
}

static void check_upgrade_xdp(const char *mode)
{
	uint32_t id;
	char what[32];

	upgrade_make_net(mode);
	id = xdp_program();
	nt_xm_must(&net.host, "upgrade");
	xmt_check(id && xdp_program() && xdp_program() != id, "XDP (%s): another program", mode);
	snprintf(what, sizeof(what), "XDP (%s)", mode);
	check_upgrades(what);
}

static void upgrade_xdp_native(void)
{
	check_upgrade_xdp("native");
}

static void upgrade_xdp_skb(void)
{
	check_upgrade_xdp("skb");
}

static void upgrade_refused(void)
{
	upgrade_make_net("off");
	xmt_check(nt_xm(&net.host, "upgrade w9") == 2, "no such parent: %s", xmt_output());
	xmt_check(nt_xm(&net.host, "upgrade p0 p1") == 1, "two parents: %s", xmt_output());
	xmt_must("ip -n %s link add a0 type veth peer name b0", net.host.name);
	xmt_check(nt_xm(&net.host, "upgrade a0") == 2, "not attached: %s", xmt_output());
}

static void parent_set_major(uint16_t major)
{
	struct xm_parent_record rec;
	uint32_t key = 0;
	int fd = bpf_obj_get(pin_path("parent"));

	if (fd < 0 || bpf_map_lookup_elem(fd, &key, &rec))
		xmt_die("parent: %s", strerror(errno));
	rec.abi_major = major;
	bpf_map_update_elem(fd, &key, &rec, BPF_ANY);
	close(fd);
}

/*
 * Pins of an older or newer ABI are refused; the message names the remedy, and frames still flow.
 */
static void upgrade_other_abi(void)
{
	static const struct ip_flow flow = { .count = 1000, .size = 400, .burst = 32 };
	uint32_t before;

	upgrade_make_net("off");
	before = pinned_program("endpoint_rx");
	for (uint32_t abi = XM_ABI_MAJOR - 1; abi <= XM_ABI_MAJOR + 1; abi += 2) {
		parent_set_major(abi);
		for (int named = 0; named < 2; named++)
			xmt_check(nt_xm(&net.host, "upgrade%s", named ? " p0" : "") == 2 &&
					  strstr(xmt_output(), abi > XM_ABI_MAJOR
								       ? "a newer xmacvlan"
								       : "detach PARENT force"),
				  "ABI %u: %s", abi, xmt_output());
		xmt_check(pinned_program("endpoint_rx") == before, "ABI %u: the programs stay",
			  abi);
		xmt_check(!ip_udp(&wire, &e0, AF_INET, &flow), "ABI %u: frames flow", abi);
	}
	parent_set_major(XM_ABI_MAJOR);
	nt_xm_must(&net.host, "upgrade p0");
}

/* A pin that a killed upgrade left is no obstacle. */
static void upgrade_after_leftover_pin(void)
{
	uint32_t before;
	char from[512];

	upgrade_make_net("off");
	snprintf(from, sizeof(from), "%s", pin_path("endpoint_rx"));
	before = pinned_program("endpoint_rx");
	xmt_must("bpftool prog pin pinned %s %s", from, pin_path("endpoint_rx_fresh"));
	nt_xm_must(&net.host, "sync");
	nt_xm_must(&net.host, "upgrade");
	xmt_check(access(pin_path("endpoint_rx_fresh"), F_OK) && errno == ENOENT,
		  "the leftover pin is removed");
	xmt_check(pinned_program("endpoint_rx") != before, "endpoint_rx is another program");
}

static const struct nt_case cases[] = {
	{ "tcx", 600, upgrade_tcx },
	{ "clsact", 600, upgrade_clsact },
	{ "full sources", 60, full_sources },
	{ "full neigh", 60, full_neigh },
	{ "full clsact", 60, full_clsact },
	{ "native", 600, upgrade_xdp_native },
	{ "skb", 600, upgrade_xdp_skb },
	{ "refused", 20, upgrade_refused },
	{ "leftover pin", 20, upgrade_after_leftover_pin },
	{ "other ABI", 30, upgrade_other_abi },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
