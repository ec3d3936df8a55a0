// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland: multicast reaches endpoints that have joined, and all endpoints without a watcher. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/in.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "pkt.h"
#include "watcher_fixture.h"

static void watcher_restart(void)
{
	daemon_end(SIGKILL);
	daemon_start();
}

/* Returns a socket that has joined the group on the device; its close leaves the group. */
static int join_group(const struct xmt_ns *ns, const char *dev)
{
	struct ip_mreqn mreq = { .imr_ifindex = xmt_ifindex(ns, dev) };
	int fd;

	xmt_ns_enter(ns);
	fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	xmt_ns_enter(NULL);
	inet_pton(AF_INET, GROUP, &mreq.imr_multiaddr);
	if (fd < 0 || setsockopt(fd, IPPROTO_IP, IP_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		xmt_die("cannot join " GROUP " on %s: %s", dev, strerror(errno));
	return fd;
}

static int make_promiscuous(const struct xmt_ns *ns, const char *dev)
{
	struct packet_mreq mreq = { .mr_ifindex = xmt_ifindex(ns, dev),
				    .mr_type = PACKET_MR_PROMISC };
	int fd = xmt_pkt_open(ns, mreq.mr_ifindex, 0);

	if (setsockopt(fd, SOL_PACKET, PACKET_ADD_MEMBERSHIP, &mreq, sizeof(mreq)))
		xmt_die("promiscuous: %s", strerror(errno));
	return fd;
}

static void joined_groups(void)
{
	const uint32_t both = 1 << E0 | 1 << E1;
	int e0, e1;

	watcher_make_pair();
	watcher_check_reach("no endpoint has joined", M_GROUP, 0);
	watcher_check_reach("no endpoint has joined", M_ALL, both);
	e0 = join_group(&watcher.net.peer[0], "e0");
	watcher_check_reach("e0 has joined", M_GROUP, 1 << E0);
	xmt_check(!watcher_send_frame(M_OTHER, 0),
		  "e0 has joined: frames of another group reach no endpoint");
	e1 = join_group(&watcher.net.peer[1], "e1");
	watcher_check_reach("e1 has joined, too", M_GROUP, both);
	close(e0);
	watcher_check_reach("e0 has left", M_GROUP, 1 << E1);
	xmt_must("ip -n %s maddr add " M_OTHER " dev e0", watcher.net.peer[0].name);
	watcher_check_reach("ip maddr add", M_OTHER, 1 << E0);
	xmt_must("ip -n %s maddr del " M_OTHER " dev e0", watcher.net.peer[0].name);
	watcher_check_reach("ip maddr del", M_OTHER, 0);
	e0 = make_promiscuous(&watcher.net.peer[0], "e0");
	watcher_check_reach("e0 is promiscuous", M_OTHER, 1 << E0);
	close(e0);
	watcher_check_reach("e0 is neither promiscuous nor allmulticast", M_OTHER, 0);
	xmt_must("ip -n %s link set e0 allmulticast on", watcher.net.peer[0].name);
	watcher_check_reach("e0 is allmulticast", M_OTHER, 1 << E0);
	xmt_must("ip -n %s link set e0 allmulticast off", watcher.net.peer[0].name);
	watcher_check_reach("e0 is neither promiscuous nor allmulticast", M_OTHER, 0);
	close(e1);
}

static void groups_without(void)
{
	const uint32_t both = 1 << E0 | 1 << E1;
	int e1;

	watcher_make_pair();
	e1 = join_group(&watcher.net.peer[1], "e1");
	watcher_check_reach("e1 has joined", M_GROUP, 1 << E1);
	daemon_signal(SIGSTOP);
	xmt_check(watcher_send_frame(M_GROUP, 1 << E1) == 1 << E1,
		  "the watcher is stopped: the filter works at first");
	sleep(3);
	watcher_check_reach("the watcher is stopped for 3 s: flooded", M_GROUP, both);
	close(e1);
	daemon_signal(SIGCONT);
	watcher_check_reach("the watcher runs again: no endpoint has joined", M_GROUP, 0);
	daemon_end(SIGTERM);
	watcher_check_reach("the watcher has ended: flooded", M_GROUP, both);
	daemon_start();
	watcher_check_reach("the watcher has started", M_GROUP, 0);
	watcher_restart();
	watcher_check_reach("the watcher was killed and started again", M_GROUP, 0);
	nt_xm_must(&watcher.net.host, "del e0");
	watcher_add_endpoint("e0", 0, "address " M_E0);
	nt_wait_net(&watcher.net);
	close(watcher.set.rx[E0].fd);
	watcher.set.rx[E0].fd = xmt_pkt_open(&watcher.net.peer[0],
					     xmt_ifindex(&watcher.net.peer[0], "e0"), ETH_P_ALL);
	watcher.set.rx[E0].ifindex = xmt_ifindex(&watcher.net.peer[0], "e0");
	watcher_check_reach("a new endpoint in the slot", M_GROUP, 0);
	e1 = join_group(&watcher.net.peer[0], "e0");
	watcher_check_reach("the new endpoint has joined", M_GROUP, 1 << E0);
	close(e1);
}

/* Another process holds the lock; a batch deletes all endpoints and adds them again. */
static void groups_and_commands(void)
{
	int fd, e0;

	watcher_make_pair();
	watcher_check_reach("no endpoint has joined", M_GROUP, 0);
	xmt_must("echo /sys/fs/bpf/xmacvlan/n[0-9]*");
	fd = open(xmt_output(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	xmt_check(fd >= 0 && !flock(fd, LOCK_EX), "the lock is taken");
	e0 = join_group(&watcher.net.peer[0], "e0");
	usleep(200000);
	xmt_check(watcher_send_frame(M_GROUP, 1 << E0) == 1 << E0,
		  "a join is followed while another process holds the lock");
	close(fd);
	close(e0);
	xmt_must("printf 'del e0\ndel e1\nadd e0 link p0 netns %s address " M_E0
		 "\nadd e1 link p0 netns %s address " M_E1 "\n' | %s -n %s -batch -",
		 watcher.net.peer[0].name, watcher.net.peer[1].name, nt_bin(),
		 watcher.net.host.name);
	for (int i = 0; i < 2; i++)
		xmt_must("ip -n %s link set e%d addrgenmode none up", watcher.net.peer[i].name, i);
	nt_wait_net(&watcher.net);
	probe_close(&watcher.set);
	watcher.set.n = 0;
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_add_receiver("e1", &watcher.net.peer[1]);
	watcher_check_reach("endpoints deleted and added by one batch", M_GROUP, 0);
	e0 = join_group(&watcher.net.peer[0], "e0");
	watcher_check_reach("endpoints deleted and added by one batch, e0 has joined", M_GROUP,
			    1 << E0);
	close(e0);
}

/* CLOCK_MONOTONIC of the watcher differs from that of the BPF programs. */
static void groups_time_namespace(void)
{
	const uint32_t both = 1 << E0 | 1 << E1;
	static const int ahead[] = { 1000, -1000 };

	if (access("/proc/self/timens_offsets", W_OK)) {
		xmt_skip("the kernel has no time namespaces");
		return;
	}
	watcher_make_pair();
	for (int i = 0; i < 2; i++) {
		daemon_end(SIGTERM);
		daemon_start_with_clock(ahead[i]);
		watcher_check_reach("the watcher has another clock: no endpoint has joined",
				    M_GROUP, 0);
		daemon_end(SIGKILL);
		sleep(3);
		watcher_check_reach("the watcher had another clock and was killed 3 s ago: flooded",
				    M_GROUP, both);
		daemon_start();
	}
}

static const struct nt_case cases[] = {
	{ "groups", 40, joined_groups },
	{ "groups-without-watcher", 60, groups_without },
	{ "groups-and-commands", 40, groups_and_commands },
	{ "groups-time-namespace", 40, groups_time_namespace },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
