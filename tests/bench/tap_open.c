// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Makes and opens taps of the three drivers, as a hypervisor opens them. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "link.h"
#include "pkt.h"
#include "run.h"
#include "tap.h"

#define OFFLOADS    (TUN_F_CSUM | TUN_F_TSO4 | TUN_F_TSO6)
#define OTHER_FILES 256 /* of the bench */
#define CLOSERS	    64 /* threads */

static int open_device(unsigned int major, unsigned int minor)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "/tmp/bench-tap-%d-%u", getpid(), minor);
	if (mknod(path, S_IFCHR | 0600, makedev(major, minor)))
		xmt_die("cannot make %s: %s", path, strerror(errno));
	fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
	unlink(path);
	return fd;
}

/* The character device of a macvtap has a number of its own (tap.c, tap_get_minor()) */
static int open_macvtap(const struct side *s, const char *dev)
{
	unsigned int major, minor;

	xmt_must("ip netns exec %s sh -c 'cat /sys/class/net/%s/tap*/dev'", s->node[HOST].name,
		 dev);
	if (sscanf(xmt_output(), "%u:%u", &major, &minor) != 2)
		xmt_die("%s has no character device", dev);
	return open_device(major, minor);
}

static int open_tap(const char *dev)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI | IFF_VNET_HDR };
	int fd = open("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	if (fd >= 0 && ioctl(fd, TUNSETIFF, &ifr)) {
		close(fd);
		return -1;
	}
	return fd;
}

static void make_tap(struct side *s, enum node node, bool host_access)
{
	const char *host = s->node[HOST].name, *dev = node_dev(s, node);
	const char *mac = xmt_mac_text(node_mac(node));
	int no_limit = INT_MAX; /* as QEMU sets it: what a sibling has not read does not count */

	switch (s->kind) {
	case KERNEL_MACVLAN:
		xmt_must("ip -n %s link add %s link p0 address %s type macvtap mode bridge && "
			 "ip -n %s link set %s addrgenmode none up",
			 host, dev, mac, host, dev);
		break;
	case XMACVLAN:
		xmt_must("timeout 30 %s -n %s add %s link p0 address %s type tap %s",
			 bench_options.xmacvlan, host, dev, mac, host_access ? "host on" : "");
		break;
	default:
		xmt_must("ip -n %s tuntap add %s mode tap && "
			 "ip -n %s link set %s master br0 addrgenmode none up && "
			 "bridge -n %s fdb add %s dev %s master static",
			 host, dev, host, dev, host, mac, dev);
	}
	xmt_ns_enter(&s->node[HOST]);
	s->tap[node] = s->kind == KERNEL_MACVLAN ? open_macvtap(s, dev) : open_tap(dev);
	xmt_ns_enter(NULL);
	if (s->tap[node] < 0 || ioctl(s->tap[node], TUNSETOFFLOAD, OFFLOADS) ||
	    ioctl(s->tap[node], TUNSETSNDBUF, &no_limit))
		xmt_die("cannot open %s of %s: %s", dev, s->name, strerror(errno));
}

void taps_make(struct side *s, bool host_access)
{
	make_tap(s, E0, host_access);
	make_tap(s, E1, host_access);
	s->endpoints = 2;
}

void taps_close(struct side *s)
{
	close(s->tap[E0]);
	close(s->tap[E1]);
}

static void crowd_open_macvtaps(struct side *s, unsigned int n)
{
	unsigned int first = s->endpoints - n, major, minor, i;
	char *line, *rest;

	xmt_must("ip netns exec %s sh -c 'for i in $(seq %u %u); do "
		 "cat /sys/class/net/e$i/tap*/dev; done'",
		 s->node[HOST].name, first, first + n - 1);
	rest = (char *)xmt_output();
	for (i = first; i < first + n; i++) {
		line = strsep(&rest, "\n");
		if (!line || sscanf(line, "%u:%u", &major, &minor) != 2)
			xmt_die("macvtap e%u of %s has no character device", i, s->name);
		s->crowd[i] = open_device(major, minor);
	}
}

static void crowd_open_taps(struct side *s, unsigned int n)
{
	unsigned int i;
	char name[16];

	xmt_ns_enter(&s->node[HOST]);
	for (i = s->endpoints - n; i < s->endpoints; i++) {
		snprintf(name, sizeof(name), "e%u", i);
		s->crowd[i] = open_tap(name);
	}
	xmt_ns_enter(NULL);
}

/* Returns whether the process may have that many open files */
static bool raise_file_limit(unsigned int files)
{
	struct rlimit limit = {};

	if (getrlimit(RLIMIT_NOFILE, &limit) || limit.rlim_cur >= files)
		return limit.rlim_cur >= files;
	limit.rlim_cur = files;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	return !setrlimit(RLIMIT_NOFILE, &limit);
}

void crowd_open(struct side *s, unsigned int n)
{
	unsigned int i;

	s->crowd = reallocarray(s->crowd, s->endpoints, sizeof(*s->crowd));
	if (!s->crowd || !raise_file_limit(s->endpoints + OTHER_FILES))
		xmt_die("cannot open %u files: %s", s->endpoints, strerror(errno));
	if (s->kind == KERNEL_MACVLAN)
		crowd_open_macvtaps(s, n);
	else
		crowd_open_taps(s, n);
	for (i = s->endpoints - n; i < s->endpoints; i++)
		if (s->crowd[i] < 0)
			xmt_die("cannot open tap e%u of %s: %s", i, s->name, strerror(errno));
}

struct closer {
	pthread_t thread;
	const struct side *side;
	unsigned int first;
};

static void *close_some(void *data)
{
	const struct closer *c = data;
	unsigned int i;

	for (i = c->first; i < c->side->endpoints; i += CLOSERS)
		close(c->side->crowd[i]);
	return NULL;
}

/* Each close() of a macvtap waits for RCU. Threads wait for the same grace periods. */
void crowd_close(struct side *s)
{
	struct closer c[CLOSERS];
	unsigned int i;

	if (!s->crowd)
		return;
	for (i = 0; i < CLOSERS; i++) {
		c[i] = (struct closer){ .side = s, .first = i };
		if (pthread_create(&c[i].thread, NULL, close_some, &c[i]))
			xmt_die("cannot start a thread");
	}
	for (i = 0; i < CLOSERS; i++)
		pthread_join(c[i].thread, NULL);
	free(s->crowd);
	s->crowd = NULL;
}
