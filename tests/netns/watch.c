// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland: each kind of change is followed within a second, without a command. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "daemon.h"
#include "ip.h"
#include "left.h"
#include "mark.h"
#include "prng.h"

#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_ELSE	"02:00:00:00:00:77"
#define M_E0	"02:00:00:00:00:10"
#define M_E1	"02:00:00:00:00:11"
#define M_NEW	"02:00:00:00:00:55"
#define GROUP	"239.1.2.3"
#define M_GROUP "01:00:5e:01:02:03"
#define M_OTHER "01:00:5e:01:02:04"

#define KILLED_MOVES 8

enum { E0, E1, COUNT };

static struct nt_net net;
static struct mark_set set;
static int wire;

static void restart(void)
{
	daemon_end(SIGKILL);
	daemon_start();
}

static void sentinels(void *arg, uint64_t id)
{
	(void)arg;
	mark_send(wire, M_ALL, M_ELSE, id);
}

static void listen_at(const char *name, const struct xmt_ns *ns)
{
	mark_add(&set, name, ns, name, ETH_P_ALL);
}

static void add(const char *dev, int peer, const char *options)
{
	nt_xm_must(&net.host, "add %s link p0 netns %s %s", dev, net.peer[peer].name, options);
	xmt_must("ip -n %s link set %s addrgenmode none up", net.peer[peer].name, dev);
}

static void make(unsigned int peers)
{
	memset(&set, 0, sizeof(set));
	nt_one_cpu();
	nt_net(&net, peers, 0);
	wire = mark_sender(&net.wire, "w0");
	set.sentinels = sentinels;
}

static void make_pair(void)
{
	make(3);
	add("e0", 0, "address " M_E0);
	add("e1", 1, "address " M_E1);
	nt_settle(&net.host);
	listen_at("e0", &net.peer[0]);
	listen_at("e1", &net.peer[1]);
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_said, "p0: watched"), "the parent is found");
}

struct reach {
	const char *dst;
	uint32_t to;
};

/* One frame from the wire; everybody is asked */
static uint32_t reached(const char *dst, uint32_t to)
{
	uint64_t id = mark_next();
	bool twice;

	mark_send(wire, dst, M_ELSE, id);
	return mark_collect(&set, id, to, &twice);
}

static bool reaches(const void *arg)
{
	const struct reach *r = arg;

	return reached(r->dst, r->to) == r->to;
}

static void check_reach(const char *what, const char *dst, uint32_t to)
{
	struct reach r = {dst, to};

	usleep(30000); /* a frame that does not come is waited for much longer */
	xmt_check(daemon_within_a_second(reaches, &r), "%s: %s reaches %s", what, dst, mark_text(&set, to));
}

struct device {
	const struct xmt_ns *ns;
	const char *name;
	long value;
};

static bool has_carrier(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_running(d->ns, d->name) == d->value;
}

static void check_carrier(const char *what, int peer, const char *dev, bool on)
{
	struct device d = {&net.peer[peer], dev, on};

	xmt_check(daemon_within_a_second(has_carrier, &d), "%s: %s %s a carrier", what, dev, on ? "has" : "has not");
}

static void carrier(void)
{
	make_pair();
	check_carrier("in the beginning", 0, "e0", true);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	check_carrier("wire unplugged", 0, "e0", false);
	check_carrier("wire unplugged", 1, "e1", false);
	add("e2", 2, "");
	check_carrier("made without a carrier", 2, "e2", false);
	xmt_must("ip -n %s link set w0 up", net.wire.name);
	for (int i = 0; i < 3; i++)
		check_carrier("plugged in again", i, i ? i > 1 ? "e2" : "e1" : "e0", true);
	check_reach("plugged in again", M_ALL, 1 << E0 | 1 << E1);
	xmt_must("ip -n %s link set p0 down", net.host.name);
	check_carrier("parent down", 0, "e0", false);
	daemon_end(SIGTERM);
	check_carrier("watcher ended", 0, "e0", true);
	daemon_start();
	check_carrier("watcher started", 0, "e0", false);
	daemon_end(SIGKILL);
	xmt_must("ip -n %s link set p0 up", net.host.name);
	nt_xm_must(&net.host, "show e1");
	check_carrier("watcher killed, parent up, a command", 0, "e0", true);
	check_reach("watcher killed, parent up, a command", M_E0, 1 << E0);
}

static bool has_mtu(const void *arg)
{
	const struct device *d = arg;

	return xmt_link_attr(d->ns, d->name, "mtu") == d->value;
}

static void mtu(void)
{
	struct device d = {&net.peer[0], "e0", 1300};

	make_pair();
	xmt_must("ip -n %s link set p0 mtu 1300", net.host.name);
	xmt_check(daemon_within_a_second(has_mtu, &d), "the parent's MTU shrinks: e0's too");
	xmt_must("ip -n %s link set p0 mtu 1500", net.host.name);
	xmt_must("ip -n %s link set e1 mtu 1400", net.peer[1].name);
	xmt_check(daemon_within_a_second(daemon_said, "e1: mtu 1400"), "e1's own MTU is followed");
	xmt_check(has_mtu(&d), "the parent's MTU grows: e0's does not");
}

static bool in_filter(const void *mac)
{
	return left_in_filter(&net.host, mac);
}

static bool not_in_filter(const void *mac)
{
	return !left_in_filter(&net.host, mac);
}

static void own_mac(void)
{
	make_pair();
	xmt_must("ip -n %s link set e0 address " M_NEW, net.peer[0].name);
	check_reach("own change", M_NEW, 1 << E0);
	check_reach("own change", M_E0, 0);
	xmt_check(daemon_within_a_second(in_filter, M_NEW), "own change: the unicast filter follows");
	xmt_check(daemon_within_a_second(not_in_filter, M_E0), "own change: and forgets");
	xmt_must("ip -n %s link set e0 address " NT_HOST_MAC, net.peer[0].name);
	xmt_check(daemon_within_a_second(daemon_said, "e0: not followed: address " NT_HOST_MAC " is that of the parent p0"),
		  "the parent's address is refused and logged");
	check_reach("refused", M_NEW, 1 << E0);
	xmt_must("ip -n %s link set e0 address " M_E1, net.peer[0].name);
	xmt_check(daemon_within_a_second(daemon_said, "e0: not followed: address " M_E1 " is that of the endpoint e1"),
		  "a sibling's too");
	check_reach("refused", M_E1, 1 << E1);
	xmt_must("ip -n %s link set e0 address " M_E0, net.peer[0].name);
	check_reach("own change back", M_E0, 1 << E0);
}

static bool has_mac(const void *arg)
{
	const struct device *d = arg;
	uint8_t is[6] = {}, want[6];

	xmt_mac_parse(M_NEW, want);
	want[5] = d->value;
	xmt_link_mac(d->ns, d->name, is);
	return !memcmp(is, want, 6);
}

static void passthru(void)
{
	struct device parent = {&net.host, "p0", 0x56}, endpoint = {&net.peer[0], "e0", 0x57};

	make(1);
	add("e0", 0, "mode passthru");
	daemon_start();
	xmt_check(daemon_within_a_second(daemon_said, "p0: watched"), "the parent is found");
	xmt_must("ip -n %s link set e0 address 02:00:00:00:00:56", net.peer[0].name);
	xmt_check(daemon_within_a_second(has_mac, &parent), "the parent gets the endpoint's address");
	xmt_must("ip -n %s link set p0 address 02:00:00:00:00:57", net.host.name);
	xmt_check(daemon_within_a_second(has_mac, &endpoint), "the endpoint gets the parent's address");
	nt_xm_must(&net.host, "del e0");
	xmt_check(!left_on_parent(&net.host), "nothing is left on the parent");
}

static bool no_pins(const void *unused)
{
	(void)unused;
	return !left_pins();
}

static bool not_shown(const void *name)
{
	return nt_xm(&net.host, "show %s", (const char *)name) != 0;
}

static void vanished(void)
{
	make_pair();
	add("e2", 2, "");
	xmt_check(daemon_within_a_second(daemon_said, "e2: is new"), "an endpoint made meanwhile");
	xmt_must("ip -n %s link del e2", net.peer[2].name);
	xmt_check(daemon_within_a_second(daemon_said, "e2: is gone"), "a veth deleted by hand");
	xmt_must("ip -n %s link set p0 down && ip -n %s link set p0 name p9 up", net.host.name, net.host.name);
	xmt_check(daemon_within_a_second(daemon_said, "p0: is called p9 now"), "the parent is renamed");
	check_reach("renamed", M_E0, 1 << E0);
	for (int i = 0; i < 2; i++)
		close(set.rx[i].fd);
	close(net.peer[0].fd);
	xmt_must("ip netns del %s", net.peer[0].name);
	/* the kernel takes its time with dead namespaces */
	for (int i = 0; i < 10 && !daemon_said("e0: is gone"); i++)
		usleep(500000);
	xmt_check(daemon_within_a_second(daemon_said, "e0: is gone"), "its namespace died");
	xmt_check(not_shown("e0"), "its namespace died: no command knows it");
	xmt_check(left_host_ends(&net.host) == 1, "its namespace died: its host end went");
	xmt_must("ip -n %s link del p9", net.host.name);
	xmt_check(daemon_within_a_second(no_pins, NULL), "the parent is deleted: its pins go");
	xmt_check(daemon_within_a_second(daemon_said, "p9: is watched no more"), "the parent is deleted: it is told");
	xmt_check(!left_host_ends(&net.host), "the parent is deleted: no host end is left");
}

static void moved(void)
{
	make_pair();
	close(set.rx[E0].fd);
	set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", net.peer[0].name, net.peer[2].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[2].name);
	nt_settle(&net.host);
	listen_at("e0", &net.peer[2]);
	check_reach("moved to another namespace", M_E0, 1);
	check_reach("moved to another namespace", M_ALL, 1);
	close(set.rx[E0].fd);
	set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", net.peer[2].name, net.host.name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.host.name);
	nt_settle(&net.host);
	listen_at("e0", &net.host);
	check_reach("moved beside the parent", M_E0, 1);
	close(set.rx[E0].fd);
	set.n = 0;
	xmt_must("ip -n %s link set e0 netns %s", net.host.name, net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_settle(&net.host);
	listen_at("e0", &net.peer[0]);
	check_reach("and back", M_E0, 1);
}

static bool shown_there(const void *ns)
{
	return !nt_xm(ns, "show e0");
}

/* Everything works on where the parent has gone to, with another index there */
static void check_there(const char *what, const struct xmt_ns *ns)
{
	check_reach(what, M_E0, 1 << E0);
	check_reach(what, M_E1, 1 << E1);
	check_reach(what, M_ALL, 1 << E0 | 1 << E1);
	check_reach(what, M_GROUP, 0);
	xmt_check(!nt_xm(ns, "add e9 link p0"), "%s: one more: %s", what, xmt_output());
	nt_xm_must(ns, "del e9");
}

static void parent_moved(void)
{
	make_pair();
	xmt_must("ip -n %s link add x0 type veth peer name x1", net.peer[2].name);
	xmt_must("ip -n %s link set p0 netns %s", net.host.name, net.peer[2].name);
	xmt_must("ip -n %s link set p0 up", net.peer[2].name);
	xmt_check(daemon_within_a_second(shown_there, &net.peer[2]), "moved: its new namespace has the endpoints");
	xmt_check(nt_xm(&net.host, "show e0") == 2, "moved: the old one has not");
	xmt_check(!left_host_ends(&net.host), "moved: no host end stayed behind");
	nt_settle(&net.peer[2]);
	check_there("moved", &net.peer[2]);
	check_carrier("moved", 0, "e0", true);
	xmt_must("ip -n %s link set w0 down", net.wire.name);
	check_carrier("moved, wire unplugged", 0, "e0", false);
	xmt_must("ip -n %s link set w0 up", net.wire.name);
	check_carrier("moved, plugged in again", 0, "e0", true);
	xmt_must("ip -n %s link set p0 netns %s && ip -n %s link set p0 up", net.peer[2].name, net.host.name,
		 net.host.name);
	xmt_check(daemon_within_a_second(shown_there, &net.host), "moved back: the endpoints are there");
	nt_settle(&net.host);
	check_there("moved back", &net.host);
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!left_on_parent(&net.host), "moved back and detached: nothing is left: %s", left_on_parent(&net.host) ?: "");
	xmt_check(!left_host_ends(&net.peer[2]), "no host end is left on the way");
}

/* Killed on the way: the next commands complete the move or remove all of it */
static void parent_moved_killed(void)
{
	const struct xmt_ns *from = &net.host, *to;
	unsigned int followed = 0, lost = 0;
	struct xmt_prng prng;
	const char *given = getenv("XMT_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : nt_now_ms();

	printf("     seed %llu\n", (unsigned long long)seed);
	xmt_prng_seed(&prng, seed);
	make(3);
	to = &net.peer[2];
	for (int i = 0; i < KILLED_MOVES; i++) {
		bool there;

		if (nt_xm(from, "show e0"))
			nt_xm_must(from, "add e0 link p0 netns %s address " M_E0, net.peer[0].name);
		xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
		daemon_start();
		xmt_check(daemon_within_a_second(daemon_said, "p0: watched"), "the parent is found");
		xmt_must("ip -n %s link set p0 netns %s", from->name, to->name);
		usleep(xmt_rand(&prng, 120000));
		daemon_end(SIGKILL);
		xmt_must("ip -n %s link set p0 up", to->name);
		nt_xm_must(from, "show");
		there = !nt_xm(to, "show e0");
		xmt_check(!left_host_ends(from) && left_host_ends(to) == there && left_pins() == there,
			  "killed on the way: all followed, or nothing is left (%u + %u host ends, %u pins, %s)",
			  left_host_ends(from), left_host_ends(to), left_pins(), xmt_output());
		followed += there;
		lost += !there;
		if (there) {
			set.n = 0;
			nt_settle(to);
			listen_at("e0", &net.peer[0]);
			check_reach("killed on the way, followed", M_E0, 1);
			mark_close(&set);
		}
		to = from;
		from = from == &net.host ? &net.peer[2] : &net.host;
	}
	xmt_check(followed + lost == KILLED_MOVES, "killed on the way: %u followed, %u removed", followed, lost);
}

/* A socket that has joined the group on the device; closing it leaves */
static int join(const struct xmt_ns *ns, const char *dev)
{
	struct ip_mreqn mreq = {.imr_ifindex = xmt_ifindex(ns, dev)};
	int fd;

	xmt_ns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	xmt_ns_enter(NULL);
	inet_pton(AF_INET, GROUP, &mreq.imr_multiaddr);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		xmt_die("cannot join " GROUP " on %s: %s", dev, strerror(errno));
	return fd;
}

static int promiscuous(const struct xmt_ns *ns, const char *dev)
{
	struct packet_mreq mreq = {.mr_ifindex = xmt_ifindex(ns, dev), .mr_type = PACKET_MR_PROMISC};
	int fd = xmt_pkt_open(ns, mreq.mr_ifindex, 0);

	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		xmt_die("promiscuous: %s", strerror(errno));
	return fd;
}

static void groups(void)
{
	const uint32_t both = 1 << E0 | 1 << E1;
	int e0, e1;

	make_pair();
	check_reach("nobody has joined", M_GROUP, 0);
	check_reach("nobody has joined", M_ALL, both);
	e0 = join(&net.peer[0], "e0");
	check_reach("e0 has joined", M_GROUP, 1 << E0);
	xmt_check(!reached(M_OTHER, 0), "e0 has joined: another group reaches nobody");
	e1 = join(&net.peer[1], "e1");
	check_reach("e1 too", M_GROUP, both);
	close(e0);
	check_reach("e0 has left", M_GROUP, 1 << E1);
	xmt_must("ip -n %s maddr add " M_OTHER " dev e0", net.peer[0].name);
	check_reach("ip maddr add", M_OTHER, 1 << E0);
	xmt_must("ip -n %s maddr del " M_OTHER " dev e0", net.peer[0].name);
	check_reach("ip maddr del", M_OTHER, 0);
	e0 = promiscuous(&net.peer[0], "e0");
	check_reach("e0 is promiscuous", M_OTHER, 1 << E0);
	close(e0);
	check_reach("e0 is not any more", M_OTHER, 0);
	xmt_must("ip -n %s link set e0 allmulticast on", net.peer[0].name);
	check_reach("e0 is allmulticast", M_OTHER, 1 << E0);
	xmt_must("ip -n %s link set e0 allmulticast off", net.peer[0].name);
	check_reach("e0 is not any more", M_OTHER, 0);
	close(e1);
}

static void groups_without(void)
{
	const uint32_t both = 1 << E0 | 1 << E1;
	int e1;

	make_pair();
	e1 = join(&net.peer[1], "e1");
	check_reach("e1 has joined", M_GROUP, 1 << E1);
	daemon_signal( SIGSTOP);
	xmt_check(reached(M_GROUP, 1 << E1) == 1 << E1, "the watcher hangs: the filter holds at first");
	sleep(3);
	check_reach("the watcher hangs for 3 s: flooded", M_GROUP, both);
	close(e1);
	daemon_signal( SIGCONT);
	check_reach("the watcher goes on: nobody has joined", M_GROUP, 0);
	daemon_end(SIGTERM);
	check_reach("the watcher has ended: flooded", M_GROUP, both);
	daemon_start();
	check_reach("the watcher has started", M_GROUP, 0);
	restart();
	check_reach("the watcher was killed and started", M_GROUP, 0);
	nt_xm_must(&net.host, "del e0");
	add("e0", 0, "address " M_E0);
	nt_settle(&net.host);
	close(set.rx[E0].fd);
	set.rx[E0].fd = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], "e0"), ETH_P_ALL);
	set.rx[E0].ifindex = xmt_ifindex(&net.peer[0], "e0");
	check_reach("an endpoint made anew in the slot", M_GROUP, 0);
	e1 = join(&net.peer[0], "e0");
	check_reach("it joins", M_GROUP, 1 << E0);
	close(e1);
}

/* What happened while nobody watched is found */
static void late(void)
{
	struct device d = {&net.peer[1], "e1", 1280};

	make_pair();
	daemon_end(SIGKILL);
	xmt_must("ip -n %s link set e0 address " M_NEW, net.peer[0].name);
	xmt_must("ip -n %s link set p0 mtu 1280", net.host.name);
	daemon_start();
	check_reach("found late", M_NEW, 1 << E0);
	xmt_check(daemon_within_a_second(has_mtu, &d), "found late: the MTU");
	xmt_must("%s; test $? = 2", daemon_bin());
	xmt_check(strstr(xmt_output(), "another xmacvland is running") != NULL, "a second one is refused");
	daemon_signal( SIGHUP);
	xmt_check(daemon_within_a_second(daemon_said, "everything is looked at again"), "SIGHUP");
	check_reach("after SIGHUP", M_NEW, 1 << E0);
}

/* Two namespaces with two parents each, one of them made while the watcher runs */
static void several(void)
{
	struct nt_net other;
	uint64_t before;

	make_pair();
	xmt_ns_add(&other.wire, "wire2", 0);
	xmt_ns_add(&other.host, "host2", 0);
	xmt_veth(&other.wire, "w0", NULL, &other.host, "p0", NULL);
	xmt_veth(&other.wire, "w1", NULL, &net.host, "p1", NULL);
	nt_xm_must(&other.host, "add x0 link p0 netns %s", net.peer[2].name);
	nt_xm_must(&net.host, "add x1 link p1 netns %s", net.peer[2].name);
	xmt_must("ip -n %s link set x0 up && ip -n %s link set x1 up", net.peer[2].name, net.peer[2].name);
	xmt_must("ip -n %s link set w0 down && ip -n %s link set w1 down", other.wire.name, other.wire.name);
	check_carrier("a namespace that came later", 2, "x0", false);
	check_carrier("a parent that came later", 2, "x1", false);
	check_carrier("another parent", 0, "e0", true);
	before = nt_now_ms();
	close(other.host.fd);
	xmt_must("ip netns del %s", other.host.name);
	other.host.fd = -1;
	while (xmt_ifindex(&net.peer[2], "x0") && nt_now_ms() - before < 10000)
		usleep(10000);
	xmt_check(!xmt_ifindex(&net.peer[2], "x0"), "the watcher does not hold a namespace: it dies");
	xmt_must("ip -n %s link set w1 up", other.wire.name);
	check_carrier("the others are watched", 2, "x1", true);
}

static const struct nt_case cases[] = {
	{"carrier", 40, carrier},
	{"mtu", 20, mtu},
	{"own-mac", 30, own_mac},
	{"passthru", 20, passthru},
	{"vanished", 40, vanished},
	{"moved", 30, moved},
	{"parent-moved", 40, parent_moved},
	{"parent-moved-killed", 90, parent_moved_killed},
	{"groups", 40, groups},
	{"groups-without-watcher", 60, groups_without},
	{"late", 30, late},
	{"several", 40, several},
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
