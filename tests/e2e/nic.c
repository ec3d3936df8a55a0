// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A parent whose NIC has a VLAN filter: kernel.sh gives the guest two on one wire. VLAN devices in
 * containers receive their frames, as on macvlan, and everything is put back. Commands are killed
 * at the first request that changes something, and then at one in three, at random; with XMT_FULL=1
 * at all.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/ethtool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "change_call.h"
#include "leftovers.h"
#include "prng.h"

#define NIC_MAC	 "02:00:00:00:10:02" /* kernel.sh */
#define WIRE_MAC "02:00:00:00:10:01"
#define FAKE	 "/x/fake_features.so" /* initramfs.sh */

static struct xmt_ns wire, host, peer;

/* A NIC comes back from the namespace of the case before a moment after that has ended */
static bool find_nic(const char *mac, char *ret, size_t size)
{
	for (int i = 0; i < 100; i++, usleep(100000)) {
		if (!xmt_run("ip -br link | grep '%s' | sed 's/[ @].*//'", mac) && *xmt_output()) {
			snprintf(ret, size, "%s", xmt_output());
			return true;
		}
		if (access("/sys/bus/virtio", F_OK))
			break;
	}
	return false;
}

static void take_nic(const char *dev, const struct xmt_ns *ns, const char *name)
{
	xmt_must("ip link set %s netns %s name %s && ip -n %s link set %s addrgenmode none up", dev,
		 ns->name, name, ns->name, name);
}

/* p0 and, beyond the wire, w0 */
static bool make_net(void)
{
	char near[32], far[32];

	if (!find_nic(NIC_MAC, near, sizeof(near)) || !find_nic(WIRE_MAC, far, sizeof(far))) {
		xmt_skip("no NIC with a VLAN filter");
		return false;
	}
	xmt_ns_add(&wire, "wire", 0);
	xmt_ns_add(&host, "host", 0);
	xmt_ns_add(&peer, "peer", 0);
	take_nic(far, &wire, "w0");
	take_nic(near, &host, "p0");
	return true;
}

/* VLAN devices of the VIDs 5 and 7 on w0 */
static bool make_net_with_vlans(void)
{
	if (!make_net())
		return false;
	for (int vid = 5; vid <= 7; vid += 2)
		xmt_must("ip -n %s link add link w0 name v%d type vlan id %d && "
			 "ip -n %s addr add 10.%d.0.1/24 dev v%d && ip -n %s link set v%d up",
			 wire.name, vid, vid, wire.name, vid, vid, wire.name, vid);
	return true;
}

static void add_vlan(const struct xmt_ns *ns, const char *dev, int vid)
{
	xmt_must("ip -n %s link set %s up && ip -n %s link add link %s name v%d type vlan id %d && "
		 "ip -n %s addr add 10.%d.0.2/24 dev v%d && ip -n %s link set v%d up",
		 ns->name, dev, ns->name, dev, vid, vid, ns->name, vid, vid, ns->name, vid);
}

/* The first ping may be lost while carriers come */
static bool vlan_is_reached(const struct xmt_ns *ns, int vid)
{
	for (int i = 0; i < 5; i++)
		if (!xmt_run("nsenter --net=/run/netns/%s ping -c 1 -W 1 10.%d.0.1", ns->name, vid))
			return true;
	return false;
}

static bool is_promiscuous(const char *dev)
{
	xmt_must("ip -n %s -o link show dev %s", host.name, dev);
	return strstr(xmt_output(), "PROMISC") != NULL;
}

static bool filter_is_on(const char *dev)
{
	xmt_must("nsenter --net=/run/netns/%s ethtool -k %s", host.name, dev);
	return strstr(xmt_output(), "rx-vlan-filter: on") != NULL;
}

static void macvlan(void)
{
	if (!make_net_with_vlans())
		return;
	xmt_check(filter_is_on("p0"), "macvlan: p0 filters VLANs");
	xmt_must("ip -n %s link add e0 link p0 netns %s type macvlan mode bridge", host.name,
		 peer.name);
	add_vlan(&peer, "e0", 5);
	xmt_check(vlan_is_reached(&peer, 5), "macvlan: a VLAN device on it receives");
}

static void check_put_back(const char *what)
{
	xmt_check(!is_promiscuous("p0"), "%s: p0 is not promiscuous any more", what);
	xmt_check(!leftovers_on_parent(&host), "%s: nothing is left", what);
}

static void fixed_filter(void)
{
	if (!make_net_with_vlans())
		return;
	add_vlan(&host, "p0", 7);
	nt_xm_must(&host, "add e0 link p0 netns %s", peer.name);
	add_vlan(&peer, "e0", 5);
	xmt_check(vlan_is_reached(&peer, 5), "a VLAN device on an endpoint receives");
	xmt_check(vlan_is_reached(&host, 7), "a VLAN device on the parent receives");
	xmt_check(is_promiscuous("p0"), "p0 is promiscuous");
	nt_xm_must(&host, "add e1 link p0");
	nt_xm_must(&host, "del e0");
	xmt_check(is_promiscuous("p0"), "p0 is promiscuous while there is one endpoint");
	nt_xm_must(&host, "del e1");
	check_put_back("del");
	nt_xm_must(&host, "add e0 link p0");
	nt_xm_must(&host, "detach p0 force");
	check_put_back("detach force");
	nt_xm_must(&host, "add e0 link p0 mode passthru nopromisc");
	xmt_check(!is_promiscuous("p0"), "passthru nopromisc: p0 is not promiscuous");
	nt_xm_must(&host, "del e0");
	xmt_must("ip -n %s link set p0 promisc on", host.name);
	nt_xm_must(&host, "add e0 link p0");
	nt_xm_must(&host, "del e0");
	xmt_check(is_promiscuous("p0"), "promiscuous before: p0 stays it");
	xmt_must("ip -n %s link set p0 promisc off", host.name);
	xmt_check(vlan_is_reached(&host, 7), "afterwards the VLAN device on the parent receives");
}

/* A bond that stops filtering takes the VIDs of its VLAN devices out of the filters of its ports */
static void bond(void)
{
	if (!make_net_with_vlans())
		return;
	xmt_must("ip -n %s link add bo0 type bond mode active-backup miimon 100 && "
		 "ip -n %s link set p0 down && ip -n %s link set p0 master bo0 && "
		 "ip -n %s link set bo0 up",
		 host.name, host.name, host.name, host.name);
	add_vlan(&host, "bo0", 7);
	xmt_check(vlan_is_reached(&host, 7), "bond: before, its VLAN device receives");
	nt_xm_must(&host, "add e0 link bo0 netns %s", peer.name);
	add_vlan(&peer, "e0", 5);
	xmt_check(vlan_is_reached(&peer, 5), "bond: a VLAN device on an endpoint receives");
	xmt_check(vlan_is_reached(&host, 7), "bond: a VLAN device on the bond receives");
	xmt_check(filter_is_on("bo0"), "bond: its feature rx-vlan-filter stays on");
	nt_xm_must(&host, "del e0");
	xmt_check(!is_promiscuous("bo0") && !leftovers_on_device(&host),
		  "bond: neither it nor its port is promiscuous any more");
}

/* The filter of fake_features.c, which can be changed */
struct fake {
	char path[64];
	char run[200]; /* a shell line begins with it */
};

static bool fake_make(struct fake *f)
{
	if (access(FAKE, F_OK)) {
		xmt_skip("no " FAKE);
		return false;
	}
	if (!make_net())
		return false;
	xmt_must("mktemp /tmp/xm-features-XXXXXX");
	snprintf(f->path, sizeof(f->path), "%s", xmt_output());
	xmt_undo("rm %s", f->path);
	snprintf(f->run, sizeof(f->run),
		 "exec env LD_PRELOAD=" FAKE " XM_FAKE_FEATURES=%s %s -n %s ", f->path, nt_bin(),
		 host.name);
	return true;
}

static void fake_set(const struct fake *f, bool on)
{
	int fd = open(f->path, O_WRONLY | O_TRUNC);
	uint8_t state = on;

	if (fd < 0 || write(fd, &state, 1) != 1 || close(fd))
		xmt_die("cannot write %s: %s", f->path, strerror(errno));
}

static bool fake_is_on(const struct fake *f)
{
	int fd = open(f->path, O_RDONLY);
	uint8_t state;

	if (fd < 0 || read(fd, &state, 1) != 1 || close(fd))
		xmt_die("cannot read %s: %s", f->path, strerror(errno));
	return state;
}

static void fake_must(const struct fake *f, const char *command)
{
	xmt_must("%s%s", f->run, command);
}

static void check_fake(const struct fake *f, const char *what, bool on, bool promiscuous)
{
	xmt_check(fake_is_on(f) == on && is_promiscuous("p0") == promiscuous,
		  "%s: the filter is %s, p0 is %spromiscuous", what, on ? "on" : "off",
		  promiscuous ? "" : "not ");
}

static void changeable_filter(void)
{
	struct fake f;

	if (!fake_make(&f))
		return;
	fake_set(&f, true);
	fake_must(&f, "add e0 link p0");
	fake_must(&f, "add e1 link p0");
	check_fake(&f, "two endpoints", false, false);
	fake_must(&f, "del e0");
	check_fake(&f, "one endpoint", false, false);
	fake_set(&f, true);
	fake_must(&f, "sync");
	check_fake(&f, "turned on by somebody, sync", false, false);
	fake_must(&f, "upgrade p0");
	check_fake(&f, "upgrade", false, false);
	fake_must(&f, "del e1");
	check_fake(&f, "del", true, false);
	fake_must(&f, "attach p0");
	check_fake(&f, "attach", true, false);
	fake_must(&f, "add e0 link p0");
	fake_must(&f, "detach p0 force");
	check_fake(&f, "detach force", true, false);
	fake_set(&f, false);
	fake_must(&f, "add e0 link p0");
	fake_must(&f, "del e0");
	check_fake(&f, "what was off stays off", false, false);
	check_put_back("changeable");
}

/*
 * Kills the command at its request number `stop` about features, or at the call behind that; or
 * refuses every change of features
 */
struct stopper {
	struct tracer tracer;
	unsigned int requests, stop;
	bool behind, refuse;
};

/* ETHTOOL_GFEATURES or ETHTOOL_SFEATURES, else 0 */
static uint32_t request_of(const struct tracer_call *call)
{
	struct change_kind kind = {};

	if (call->nr == SYS_ioctl)
		change_call_read(call, &kind);
	return kind.what == ETHTOOL_GFEATURES || kind.what == ETHTOOL_SFEATURES ? kind.what : 0;
}

static int stopper_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct stopper *s = (struct stopper *)t;
	uint32_t request = request_of(call);

	if (s->refuse)
		return request == ETHTOOL_SFEATURES ? -EBUSY : 0;
	if (s->behind && s->requests == s->stop)
		return TRACER_KILL;
	s->requests += request != 0;
	return request && !s->behind && s->requests == s->stop ? TRACER_KILL : 0;
}

static int fake_run_until(const struct fake *f, const char *command, unsigned int stop, bool behind)
{
	struct stopper s = { .tracer.on_call = stopper_on_call, .stop = stop, .behind = behind };
	char line[400];

	snprintf(line, sizeof(line), "%s%s", f->run, command);
	return tracer_run(&s.tracer, line);
}

/* After a kill at any place the next command completes or undoes it */
static void check_kill(const struct fake *f, const char *command, unsigned int stop, bool behind)
{
	bool is_there, held;

	fake_must(f, "sync");
	is_there = nt_exists(&host, "e0");
	held = !is_there || !fake_is_on(f);
	fake_must(f, is_there ? "del e0" : "sync");
	xmt_check(held && fake_is_on(f) && !is_promiscuous("p0") && !leftovers_on_parent(&host),
		  "'%s' killed %s request %u: e0 is %s, and then nothing is left", command,
		  behind ? "behind" : "at", stop, is_there ? "there" : "not there");
}

static void kill_at_requests(const struct fake *f, const char *setup, const char *command)
{
	unsigned int longest = getenv("XMT_FULL") ? 1 : 5, stop, killed = 0;
	struct xmt_prng prng;
	int code = -1;

	xmt_prng_seed(&prng, nt_seed());
	for (stop = 1; code; stop += 1 + xmt_rand(&prng, longest)) {
		for (int behind = 0; behind < 2 && code; behind++) {
			fake_set(f, true);
			if (setup)
				fake_must(f, setup);
			code = fake_run_until(f, command, stop, behind);
			killed += code == -1;
			check_kill(f, command, stop, behind);
		}
	}
	xmt_check(killed, "'%s' killed at %u places", command, killed);
}

static void killed_commands(void)
{
	struct fake f;

	if (!fake_make(&f))
		return;
	kill_at_requests(&f, NULL, "add e0 link p0");
	kill_at_requests(&f, "add e0 link p0", "del e0");
	kill_at_requests(&f, "add e0 link p0", "detach p0 force");
}

static int fake_run_refused(const struct fake *f, const char *command)
{
	struct stopper s = { .tracer.on_call = stopper_on_call, .refuse = true };
	char line[400];

	snprintf(line, sizeof(line), "%s%s", f->run, command);
	return tracer_run(&s.tracer, line);
}

static void refused_changes(void)
{
	struct fake f;

	if (!tracer_can_fail()) {
		xmt_skip("no system call can be refused on this architecture");
		return;
	}
	if (!fake_make(&f))
		return;
	fake_set(&f, true);
	xmt_check(!fake_run_refused(&f, "add e0 link p0"), "refused to turn off: add succeeds");
	check_fake(&f, "refused to turn off", true, true);
	fake_must(&f, "sync");
	check_fake(&f, "not refused any more, sync", false, false);
	xmt_check(!fake_run_refused(&f, "del e0"), "refused to turn on: del succeeds");
	nt_xm_must(&host, "show");
	xmt_check(!!strstr(xmt_output(), "cannot turn"), "and show says that p0 is broken: %s",
		  xmt_output());
	fake_must(&f, "sync");
	check_fake(&f, "not refused any more, sync", true, false);
	check_put_back("refused");
}

static const struct nt_case cases[] = {
	{ "macvlan", 60, macvlan },
	{ "fixed-filter", 90, fixed_filter },
	{ "bond", 90, bond },
	{ "changeable-filter", 60, changeable_filter },
	{ "killed", 240, killed_commands },
	{ "refused", 60, refused_changes },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
