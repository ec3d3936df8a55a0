// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Broken parents, one cause each: the driver has no such XDP; the driver refuses a MAC; pins are
 * damaged while the watcher runs. `show` has the reason, other parents work, and the interrupted
 * change is reverted. netns_stuck tries all kills and refusals.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "change_call.h"
#include "daemon.h"
#include "leftovers.h"
#include "pkt.h"

#define MAX_CALLS 100

static struct nt_net net;

/* p0 of `net` and p9, whose endpoints are called y... */
static void make_net(void)
{
	nt_net(&net, 2, 0);
	xmt_must("ip -n %s link add p9 type veth peer name w9; ip -n %s link set p9 up; "
		 "ip -n %s link set w9 up",
		 net.host.name, net.host.name, net.host.name);
	nt_xm_must(&net.host, "add y0 link p9 netns %s", net.peer[1].name);
}

static void check_p9_works(const char *what)
{
	bool ok = !nt_xm(&net.host, "add y1 link p9") && !nt_xm(&net.host, "set y1 host on") &&
		  !nt_xm(&net.host, "show y1") && !nt_xm(&net.host, "del y1");

	xmt_check(ok, "%s: p9 works: %s", what, ok ? "" : xmt_output());
}

static bool shows(const char *text)
{
	return !nt_xm(&net.host, "show") && strstr(xmt_output(), text);
}

/* Kills at the change number `stop`, or at the first change of p0's MAC; then refuses those */
struct obstacle {
	struct tracer tracer;
	struct change_owner p0;
	unsigned int calls, stop;
	int mac; /* what a change of p0's MAC gets: TRACER_KILL or -errno; 0: nothing */
};

static bool sets_mac(const struct obstacle *o, const struct tracer_call *call,
		     const struct change_kind *kind)
{
	return (call->nr == SYS_sendto || call->nr == SYS_sendmsg) &&
	       (kind->what == RTM_NEWLINK || kind->what == RTM_SETLINK) &&
	       kind->detail & (1 << IFLA_ADDRESS) && change_call_is_of(call, &o->p0);
}

static int obstacle_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct obstacle *o = (struct obstacle *)((char *)t - offsetof(struct obstacle, tracer));
	struct change_kind kind;

	if (!change_call_read(call, &kind))
		return 0;
	if (++o->calls == o->stop)
		return TRACER_KILL;
	return o->mac && sets_mac(o, call, &kind) ? o->mac : 0;
}

static int run_obstructed(struct obstacle *o, const char *line)
{
	char text[600];

	o->tracer.on_call = obstacle_on_call;
	o->calls = 0;
	snprintf(text, sizeof(text), "exec %s -n %s %s", nt_bin(), net.host.name, line);
	return tracer_run(&o->tracer, text);
}

/* A bridge has no native XDP: the request of a killed `attach` is reverted */
static void killed_attach_on_bridge(void)
{
	struct obstacle o = {};
	int code = -1;

	make_net();
	xmt_must("ip -n %s link add br0 type bridge; ip -n %s link set br0 up", net.host.name,
		 net.host.name);
	nt_xm_must(&net.host, "add x0 link br0");
	for (o.stop = 1; code < 0 && o.stop < MAX_CALLS; o.stop++) {
		code = run_obstructed(&o, "attach br0 xdp native");
		if (nt_xm(&net.host, "add y1 link p9") || nt_xm(&net.host, "del y1") ||
		    nt_xm(&net.host, "set x0 host on") || nt_xm(&net.host, "set x0 host off") ||
		    shows("broken") || !shows("parent br0: tc tcx xdp off (auto"))
			xmt_fail("killed at change %u: %s", o.stop, xmt_output());
	}
	xmt_check(code == 2 && o.stop > 3, "attach br0 xdp native, killed at %u changes: code %d",
		  o.stop - 2, code);
	check_p9_works("br0");
	xmt_check(!nt_xm(&net.host, "attach br0 xdp off") && shows("xdp off (off"),
		  "attach br0 xdp off: %s", xmt_output());
	xmt_check(!nt_xm(&net.host, "detach br0 force") && !shows("br0"), "detach br0 force: %s",
		  xmt_output());
}

/* x0 in mode passthru has given p0 another MAC. */
static void make_passthru(struct obstacle *o)
{
	make_net();
	nt_xm_must(&net.host, "add x0 link p0 netns %s mode passthru", net.peer[0].name);
	nt_xm_must(&net.host, "set x0 address 02:00:00:00:01:05");
	*o = (struct obstacle){ .p0 = { .host = &net.host,
					.peer = &net.host,
					.endpoints = "no endpoint",
					.name = "p0",
					.ifindex = xmt_ifindex(&net.host, "p0") },
				.mac = -EBUSY };
}

static bool p0_has_mac(const char *text)
{
	uint8_t mac[6];

	xmt_link_mac(&net.host, "p0", mac);
	return !strcmp(xmt_mac_text(mac), text);
}

/* The driver does not take a MAC while the device is up: the MAC of p0 stays, p0 is broken. */
static void mac_is_not_restored(void)
{
	struct obstacle o;

	make_passthru(&o);
	xmt_check(!run_obstructed(&o, "del x0"), "del x0: %s", o.tracer.message);
	xmt_check(!run_obstructed(&o, "add y1 link p9") && !run_obstructed(&o, "del y1"),
		  "p9 works: %s", o.tracer.message);
	xmt_check(run_obstructed(&o, "add x1 link p0") == 2 &&
			  strstr(o.tracer.message, "p0 is broken: cannot restore the MAC"),
		  "add x1 link p0: %s", o.tracer.message);
	xmt_check(!run_obstructed(&o, "show"), "show: %s", o.tracer.message);
	xmt_check(!run_obstructed(&o, "attach p0 guard off"), "attach p0: %s", o.tracer.message);
	check_p9_works("MAC"); /* and repairs p0: nothing is refused here */
	xmt_check(p0_has_mac(NT_HOST_MAC) && !shows("broken"), "p0 has its MAC again: %s",
		  xmt_output());
	xmt_check(!nt_xm(&net.host, "add x1 link p0"), "add x1 link p0: %s", xmt_output());
}

/* Reads the pinned record of a parent; `write`: writes it. */
static void access_record(const char *parent, struct xm_parent_record *rec, bool write)
{
	uint32_t key = 0;
	char path[300];
	int fd;

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*-%u/parent", xmt_ifindex(&net.host, parent));
	snprintf(path, sizeof(path), "%s", xmt_output());
	fd = bpf_obj_get(path);
	if (fd < 0 || (write ? bpf_map_update_elem(fd, &key, rec, BPF_ANY)
			     : bpf_map_lookup_elem(fd, &key, rec)))
		xmt_die("cannot access %s", path);
	close(fd);
}

/* The reason is in the record, for readers, which repair nothing. The repair clears it. */
static void reason_is_recorded(void)
{
	struct xm_parent_record rec;
	struct obstacle o;

	make_passthru(&o);
	nt_xm_must(&net.host, "attach p0 guard off"); /* p0 stays when it is repaired */
	run_obstructed(&o, "del x0");
	run_obstructed(&o, "add y1 link p9");
	access_record("p0", &rec, false);
	xmt_check(strstr(rec.broken, "cannot restore the MAC") != NULL, "the record says: %s",
		  rec.broken);
	nt_xm_must(&net.host, "del y1");
	access_record("p0", &rec, false);
	xmt_check(!rec.broken[0], "after the repair it says: %s", rec.broken);
}

static void force_without_mac(void)
{
	struct obstacle o;

	make_passthru(&o);
	xmt_check(run_obstructed(&o, "detach p0 force") == 2 &&
			  strstr(o.tracer.message, "p0 is detached, but its MAC"),
		  "detach p0 force: %s", o.tracer.message);
	nt_xm(&net.host, "detach p9 force");
	xmt_check(!leftovers_on_parent(&net.host), "left on p0: %s",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

/* A killed change of a passthru endpoint's MAC that the driver refuses is rolled back. */
static void mac_is_rolled_back(void)
{
	struct obstacle o;

	make_passthru(&o);
	o.mac = TRACER_KILL;
	xmt_check(run_obstructed(&o, "set x0 address 02:00:00:00:01:06") == -1, "set is killed");
	o.mac = -EBUSY;
	xmt_check(!run_obstructed(&o, "add y1 link p9"), "add y1 link p9: %s", o.tracer.message);
	xmt_check(!run_obstructed(&o, "set y1 host on"), "set y1 host on: %s", o.tracer.message);
	xmt_check(shows("02:00:00:00:01:05") && !strstr(xmt_output(), "broken"),
		  "x0 has its former MAC: %s", xmt_output());
	xmt_check(p0_has_mac("02:00:00:00:01:05"), "so has p0");
}

static bool y0_follows(const void *mac)
{
	return shows(mac);
}

/* The watcher follows p9 while the pins of p0 are damaged, and p0 again afterwards. */
static void watcher_goes_on(void)
{
	static const char *const macs[] = { "02:00:00:00:09:01", "02:00:00:00:09:02",
					    "02:00:00:00:09:03" };

	make_net();
	nt_xm_must(&net.host, "add x0 link p0 netns %s address 02:00:00:00:01:01",
		   net.peer[0].name);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "p9: watched"), "p9 is watched");
	xmt_must("bpftool map create $(echo /sys/fs/bpf/xmacvlan/n*-%u)/stranger type array key 4 "
		 "value 4 entries 1 name stranger",
		 xmt_ifindex(&net.host, "p0"));
	for (int i = 0; i < 3; i++) {
		xmt_must("ip -n %s link set y0 address %s", net.peer[1].name, macs[i]);
		xmt_check(daemon_within_a_second(daemon_has_logged, macs[i]),
			  "the watcher follows y0 to %s", macs[i]);
	}
	xmt_check(daemon_count_lines("broken: ") == 1, "the reason is logged once");
	xmt_must("rm /sys/fs/bpf/xmacvlan/n*-%u/stranger; ip -n %s link set p0 mtu 1400",
		 xmt_ifindex(&net.host, "p0"), net.host.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "no longer broken"),
		  "an event of p0 ends its pause");
	xmt_must("ip -n %s link set x0 address 02:00:00:00:01:09", net.peer[0].name);
	xmt_check(daemon_within_a_second(y0_follows, "02:00:00:00:01:09"),
		  "the watcher follows x0 again");
	daemon_end(SIGTERM);
}

#define PAUSES_MS 8000

/* Counts the writes of the reason into the record: each attempt to repair br0 makes one */
static unsigned int count_attempts(void)
{
	uint64_t end = nt_now_ms() + PAUSES_MS;
	struct xm_parent_record rec;
	unsigned int n = 0;

	for (int i = 0; nt_now_ms() < end; i++) {
		access_record("br0", &rec, false);
		if (strcmp(rec.broken, "seen")) {
			n++;
			snprintf(rec.broken, sizeof(rec.broken), "seen");
			access_record("br0", &rec, true);
		}
		/* p9 keeps the watcher busy */
		xmt_must("ip -n %s link set y0 address 02:00:00:00:09:%02x", net.peer[1].name,
			 i % 100);
		usleep(100000);
	}
	return n;
}

static bool br0_is_tried(const void *unused)
{
	struct xm_parent_record rec;

	(void)unused;
	access_record("br0", &rec, false);
	return strcmp(rec.broken, "seen");
}

/* The watcher tries again after 1, 2 and 4 seconds, each of which loads a program. */
static void watcher_pauses(void)
{
	struct xm_parent_record rec;
	unsigned int attempts;

	make_net();
	xmt_must("ip -n %s link add br0 type bridge; ip -n %s link set br0 up", net.host.name,
		 net.host.name);
	nt_xm_must(&net.host, "add x0 link br0");
	access_record("br0", &rec, false);
	rec.xdp_requested = rec.xdp = XM_XDP_NATIVE; /* without a former request */
	access_record("br0", &rec, true);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_has_logged, "broken: cannot attach XDP (native)"),
		  "the watcher logs the reason");
	attempts = count_attempts();
	xmt_check(attempts >= 2 && attempts <= 5, "%u attempts in %u ms", attempts, PAUSES_MS);
	xmt_must("ip -n %s link set br0 mtu 1400", net.host.name);
	xmt_check(daemon_within_a_second(br0_is_tried, NULL), "an event of br0 is an attempt");
	daemon_end(SIGTERM);
}

static const struct nt_case cases[] = {
	{ "killed attach on a bridge", 60, killed_attach_on_bridge },
	{ "MAC not restored", 30, mac_is_not_restored },
	{ "reason recorded", 30, reason_is_recorded },
	{ "force without MAC", 30, force_without_mac },
	{ "MAC rolled back", 30, mac_is_rolled_back },
	{ "watcher goes on", 60, watcher_goes_on },
	{ "watcher pauses", 60, watcher_pauses },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
