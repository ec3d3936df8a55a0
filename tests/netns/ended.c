// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A container is restarted with the same MAC. Its former namespace has ended, and the kernel
 * deletes the devices some time later; commands must not wait for that. An endpoint whose namespace
 * has not ended is not removed, and the error names it.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "nt.h"

#define ROUNDS	20
#define M_FIXED "02:00:00:00:00:10"

static struct nt_net net;
static char container[60]; /* a namespace that no descriptor of the test holds */

static void container_restart(void)
{
	xmt_run("ip netns del %s", container);
	xmt_must("ip netns add %s", container);
}

static void make_net(unsigned int peers)
{
	nt_net(&net, peers, 0);
	snprintf(container, sizeof(container), "%sgone", xmt_prefix());
	container_restart();
}

/* Restarts the container and adds `name` again, ROUNDS times */
static void check_restarts(const char *what, bool same_name, const char *options)
{
	unsigned int refused = 0;
	char message[300] = "";

	for (int i = 0; i < ROUNDS; i++) {
		container_restart();
		if (!nt_xm(&net.host, "add e%d link p0 netns %s ifname eth0 %s", same_name ? 0 : i,
			   container, options))
			continue;
		refused++;
		snprintf(message, sizeof(message), "%s", xmt_output());
		usleep(300000);
	}
	/* another program of the machine may have the namespace open just then */
	xmt_check(refused <= 1, "%s: %u of %d restarts are refused %s", what, refused, ROUNDS,
		  message);
	container_restart();
	usleep(300000);
}

static void restarted(void)
{
	make_net(1);
	nt_xm_must(&net.host, "attach p0");
	check_restarts("same name, same MAC", true, "address " M_FIXED);
	check_restarts("another name, same MAC", false, "address " M_FIXED);
	check_restarts("passthru", false, "mode passthru");
	nt_xm_must(&net.host, "detach p0 force");
	check_restarts("the only endpoint of its parent", true, "address " M_FIXED);
	container_restart();
	usleep(300000);
	nt_xm_must(&net.host, "sync");
	xmt_check(!leftovers_on_parent(&net.host) && !leftovers_pins(), "nothing is left");
}

/* The name belongs to an endpoint of another parent; the MAC is needed by `set` */
static void restarted_elsewhere(void)
{
	unsigned int refused = 0, parents = 0;

	make_net(1);
	xmt_veth(&net.wire, "w1", NULL, &net.host, "p1", NULL);
	nt_xm_must(&net.host, "add keep link p0 netns %s", net.peer[0].name);
	for (int i = 0; i < ROUNDS; i++) {
		nt_xm_must(&net.host, "add e0 link p1 netns %s address " M_FIXED, container);
		container_restart();
		refused += nt_xm(&net.host, "add e0 link p0 netns %s", container) != 0;
		parents += nt_xm(&net.host, "show p1") == 0;
		nt_xm(&net.host, "del e0");
		nt_xm_must(&net.host, "add e1 link p0 netns %s address " M_FIXED, container);
		container_restart();
		refused += nt_xm(&net.host, "set keep address " M_FIXED) != 0;
		nt_xm_must(&net.host, "set keep address 02:00:00:00:00:11");
		nt_xm(&net.host, "del e1");
	}
	xmt_check(refused <= 1, "%u of %d are refused", refused, 2 * ROUNDS);
	xmt_check(parents <= 1, "a parent without endpoints is detached: %u are not", parents);
}

/* The namespace still exists, but has no name */
static void living(void)
{
	make_net(1);
	nt_xm_must(&net.host, "add e0 link p0 netns %s address " M_FIXED, net.peer[0].name);
	xmt_check(nt_xm(&net.host, "add e0 link p0 netns %s", container) == 2 &&
			  strstr(xmt_output(), "'e0' exists already, on p0"),
		  "a living endpoint of the name is named: %s", xmt_output());
	xmt_check(nt_xm(&net.host, "add e1 link p0 netns %s address " M_FIXED, container) == 2 &&
			  strstr(xmt_output(), "is that of the endpoint e0"),
		  "a living endpoint with the MAC is named: %s", xmt_output());
	xmt_must("umount -l /run/netns/%s && rm /run/netns/%s", net.peer[0].name, net.peer[0].name);
	xmt_check(nt_xm(&net.host, "add e1 link p0 netns %s address " M_FIXED, container) == 2,
		  "a namespace without a name lives: %s", xmt_output());
	xmt_check(nt_exists(&net.peer[0], "e0"), "the living endpoint has its device");
}

/* An endpoint whose namespace only a descriptor keeps: no path leads to it */
static void add_without_path(int i)
{
	char path[80];
	int fd;

	nt_xm_must(&net.host, "add e%d link p0 netns %s", i, container);
	snprintf(path, sizeof(path), "/run/netns/%s", container);
	fd = open(path, O_RDONLY | O_CLOEXEC); /* it ends with the process */
	xmt_check(fd >= 0, "a namespace stays open");
	container_restart();
}

/* Files that `sync` opens and looks at after the parent's MTU has become smaller */
static long count_looks(int mtu)
{
	xmt_must("ip -n %s link set p0 mtu %d", net.host.name, mtu);
	xmt_must("strace -f -c -e trace=newfstatat,openat -o /dev/fd/3 %s -n %s sync "
		 "3>&1 >/dev/null 2>&1 | awk '/total/ {print $4}'",
		 nt_bin(), net.host.name);
	return atol(xmt_output());
}

/* Without a limit all mounts and processes would be read for each of them */
static void unreachable(void)
{
	long one, many;

	if (xmt_run("type strace")) {
		xmt_skip("no strace");
		return;
	}
	make_net(1);
	for (int i = 0; i < 50; i++)
		xmt_run("sleep 30 >/dev/null 2>&1 &");
	add_without_path(0);
	one = count_looks(1400);
	for (int i = 1; i < 20; i++)
		add_without_path(i);
	many = count_looks(1300);
	xmt_check(one > 50 && many < 3 * one,
		  "a namespace that no path leads to is searched for: %ld looks; 20: %ld", one,
		  many);
}

static const struct nt_case cases[] = {
	{ "restarted", 120, restarted },
	{ "elsewhere", 120, restarted_elsewhere },
	{ "living", 30, living },
	{ "unreachable", 60, unreachable },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
