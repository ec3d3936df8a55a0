// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Endpoints of type tap: bad input, who may open them, and what their hypervisor and their
 * administrator do to the device.
 */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "reach_fixture.h"
#include "refusal.h"
#include "tap_fixture.h"

struct bad {
	const char *args;
	int code;
	const char *text;
};

static const struct bad bad_rows[] = {
	{ "add x link p0 type tap netns $C", 1, "netns is not for type tap" },
	{ "add x link p0 type tap ifname y", 1, "ifname is not for type tap" },
	{ "add x link p0 type tap ipv6 on", 1, "ipv6 is not for type tap" },
	{ "add x link p0 type tap accept_ra off", 1, "accept_ra is not for type tap" },
	{ "add x link p0 type tap trust off", 1, "trust" },
	{ "add x link p0 type tap addresses follow", 1, "follow" },
	{ "add x link p0 type tap user nosuch", 1, "no user 'nosuch'" },
	{ "add x link p0 type tap user ''", 1, "user" },
	{ "add x link p0 type tap user 4294967295", 1, "4294967295" },
	{ "add x link p0 type tap group -1", 1, "-1" },
	{ "add x link p0 type tap queues 0", 1, "queues 0" },
	{ "add x link p0 type tap queues 257", 1, "queues 257" },
	{ "add x link p0 type tap queues 300", 1, "queues 300" },
	{ "add x link p0 type tun", 1, "veth, tap, netkit or auto" },
	{ "add x link p0 type macvtap", 1, "type tap" },
	{ "add x link p0 type tap type tap", 1, "twice" },
	{ "add x link p0 type tap mtu 9000", 2, "9000" },
	{ "add x link p0 user root", 1, "type tap" },
	{ "add x link p0 queues 2", 1, "type tap" },
	{ "add p0 link p0 type tap", 2, "exists" },
	{ "add lo link p0 type tap", 2, "exists" },
	{ "add tt0 link p0 type tap", 2, "exists" },
	{ "add e0 link p0 type tap", 2, "exists" },
	{ "add xm2-3 link p0 type tap", 1, "host ends" },
	{ "add x link lo type tap", 2, "lo" },
	{ "add x link p0 type tap address 02:00:00:00:00:10", 2, "e0" },
	{ "set e0 type tap", 1, "for 'add'" },
	{ "set e0 type veth", 1, "for 'add'" },
	{ "set e0 queues 2", 1, "queues" },
	{ "set e0 user root", 1, "user" },
	{ "set t0 trust off", 1, "trust" },
	{ "set t0 addresses follow", 1, "follow" },
	{ "set t0 type tap", 1, "for 'add'" },
	{ "del t0 type tap", 1, "for 'add'" },
};

static void check_bad(const char *before, const struct bad *row)
{
	int code = xmt_run("export C=%s; %s timeout -k 2 20 %s -n %s %s 2>&1 >/dev/null'",
			   refusal_net.peer[0].name, before, nt_bin(), refusal_net.host.name,
			   row->args);

	refusal_check(row->args, code, row->code, row->text, NULL);
	refusal_check_unchanged(row->args);
}

static void bad_input(void)
{
	static const struct bad no_module = { "add x link p0 type tap", 2, "/dev/net/tun" };

	refusal_make_net();
	xmt_must("ip -n %s tuntap add mode tap tt0", refusal_net.host.name);
	nt_xm_must(&refusal_net.host, "add t0 link p0 type tap");
	xmt_must("until ip -n %s link show t0 | grep -q NO-CARRIER; do sleep 0.01; done",
		 refusal_net.host.name);
	refusal_save_state();
	for (unsigned int i = 0; i < sizeof(bad_rows) / sizeof(bad_rows[0]); i++)
		check_bad("sh -c '", &bad_rows[i]);
	check_bad("unshare -m sh -c 'mount -t tmpfs none /dev/net;", &no_module);
	check_bad("unshare -m sh -c 'mount --bind /dev/null /dev/net/tun;", &no_module);
	xmt_check(!leftovers_is_tap(&refusal_net.host, "x"), "no tap is left");
}

/* Attaches to the tap in a child with these ids. Returns 0 or an errno. */
static int open_as(const struct xmt_ns *ns, const char *name, int flags, unsigned int uid,
		   unsigned int gid)
{
	int status, fd = tap_file(ns); /* here only root may open it */
	pid_t pid;

	fflush(NULL);
	pid = fork();
	if (!pid) {
		if (setgid(gid) || setuid(uid))
			_exit(99);
		_exit(-tap_attach(fd, name, flags));
	}
	waitpid(pid, &status, 0);
	close(fd);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 98;
}

static void check_open(const struct nt_net *net, const char *name, unsigned int uid,
		       unsigned int gid, bool may)
{
	int err = open_as(&net->host, name, 0, uid, gid);

	xmt_check(err == (may ? 0 : EPERM), "%s: opened by user %u, group %u: %s", name, uid, gid,
		  strerror(err));
}

static void who_may_open(void)
{
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add none link p0 type tap");
	nt_xm_must(&net.host, "add u link p0 type tap user 1001");
	nt_xm_must(&net.host, "add g link p0 type tap group 2001");
	nt_xm_must(&net.host, "add ug link p0 type tap user 1001 group 2001");
	check_open(&net, "none", 1001, 1001, false);
	check_open(&net, "none", 65534, 65534, false);
	check_open(&net, "none", 0, 0, true);
	check_open(&net, "u", 1001, 1001, true);
	check_open(&net, "u", 1002, 1002, false);
	check_open(&net, "u", 0, 0, true);
	check_open(&net, "g", 1002, 2001, true);
	check_open(&net, "g", 1001, 1001, false);
	check_open(&net, "ug", 1001, 2001, true);
	check_open(&net, "ug", 1001, 1001, false);
	check_open(&net, "ug", 1002, 2001, false);
	check_open(&net, "ug", 1002, 1002, false);
	check_open(&net, "nosuch", 1001, 1001, false);
	xmt_check(nt_number(&net.host, "ug", "tap.user") == 1001 &&
			  nt_number(&net.host, "ug", "tap.group") == 2001 &&
			  nt_number(&net.host, "none", "tap.user") == 0 &&
			  nt_number(&net.host, "g", "tap.user") == -1,
		  "show -j has the ids");
}

static void queues(void)
{
	struct nt_net net;
	int fd[5], other, n = 0;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add m link p0 type tap queues 4");
	nt_xm_must(&net.host, "add s link p0 type tap");
	for (int i = 0; i < 4; i++) {
		fd[i] = tap_open(&net.host, "m", IFF_VNET_HDR | IFF_MULTI_QUEUE);
		n += fd[i] >= 0;
	}
	xmt_check(n == 4, "queues 4: opened %d times", n);
	fd[4] = tap_open(&net.host, "m", IFF_VNET_HDR);
	xmt_check(fd[4] == -EINVAL, "queues 4: IFF_MULTI_QUEUE is needed: %s", strerror(-fd[4]));
	fd[0] = tap_open(&net.host, "s", IFF_VNET_HDR);
	other = tap_open(&net.host, "s", IFF_VNET_HDR);
	xmt_check(fd[0] >= 0 && other == -EBUSY, "one queue: a second open: %s", strerror(-other));
	other = tap_open(&net.host, "s", IFF_VNET_HDR | IFF_MULTI_QUEUE);
	xmt_check(other == -EINVAL, "one queue: IFF_MULTI_QUEUE: %s", strerror(-other));
	nt_xm_must(&net.host, "-d show m");
	xmt_check(strstr(xmt_output(), "queues=4") && strstr(xmt_output(), "mq=on,vectors=10"),
		  "show -d: options of QEMU for 4 queues");
}

/* The wire and the tap E0 reach each other, or do not */
static void check_both_ways(struct reach *r, const char *what, bool up)
{
	bool got = probe_arrives(r->send[WIRE], r->send[E0], M_E0, NT_WIRE_MAC);
	bool sent = probe_arrives(r->send[E0], r->set.rx[WIRE].fd, NT_WIRE_MAC, M_E0);

	xmt_check(got == up && sent == up, "%s: the guest %s, %s", what,
		  got ? "receives" : "receives nothing", sent ? "sends" : "sends nothing");
}

static void check_not_stale(struct reach *r, const char *what)
{
	nt_xm_must(&r->net.host, "show");
	xmt_check(!strstr(xmt_output(), "stale"), "%s: show says nothing of stale%s%s", what,
		  strstr(xmt_output(), "stale") ? ": " : "", strstr(xmt_output(), "stale") ?: "");
}

static void close_tap(struct reach *r, int i)
{
	close(r->set.rx[i].fd);
	close(r->send[i]);
	tap_wait(&r->net.host, r->set.rx[i].name, false);
}

static void hypervisor_comes_and_goes(void)
{
	struct reach r;
	bool twice;
	uint32_t got;

	reach_make(&r);
	reach_add_tap(&r, E0, "t0", "address " M_E0);
	reach_add_endpoint(&r, E1, "e1", "address " M_E1);
	check_both_ways(&r, "opened", true);
	for (int i = 0; i < 5; i++) {
		close_tap(&r, E0);
		check_not_stale(&r, "closed");
		xmt_check(probe_arrives(r.send[WIRE], r.set.rx[HOST].fd, M_E0, NT_WIRE_MAC),
			  "closed: unicast from the wire goes to the host, as with macvlan");
		got = probe_arrives(r.send[E1], r.set.rx[WIRE].fd, M_E0, M_E1);
		xmt_check(got, "closed: unicast from a sibling goes to the wire");
		r.set.rx[E0].fd = r.send[E0] = tap_must_open(&r.net.host, "t0", i & 1);
		r.set.rx[E0].fd = dup(r.send[E0]);
		check_both_ways(&r, "opened again", true);
	}
	xmt_pkt_drain(r.set.rx[E0].fd);
	got = reach_send(&r, E1, M_ALL, M_E1, BIT(E0) | BIT(WIRE), &twice);
	xmt_check(got == (BIT(E0) | BIT(WIRE)) && !twice, "opened again: broadcast by a veth");
	got = reach_send(&r, E0, M_ALL, M_E0, BIT(E1) | BIT(WIRE), &twice);
	xmt_check(got == (BIT(E1) | BIT(WIRE)) && !twice, "opened again: broadcast by the tap");
}

static void administrator_changes_device(void)
{
	const char *host;
	struct reach r;

	reach_make(&r);
	host = r.net.host.name;
	reach_add_tap(&r, E0, "t0", "address " M_E0);
	reach_add_endpoint(&r, E1, "e1", "address " M_E1);
	tap_rename(&r.net.host, "t0", "vm9");
	check_not_stale(&r, "renamed");
	check_both_ways(&r, "renamed", true);
	nt_xm_must(&r.net.host, "set t0 mode vepa address " M_ELSE);
	nt_xm_must(&r.net.host, "set t0 mode bridge address " M_E0);
	nt_xm_must(&r.net.host, "sync");
	check_both_ways(&r, "renamed, set", true);
	nt_xm_must(&r.net.host, "-d show t0");
	xmt_check(strstr(xmt_output(), "ifname=vm9,") != NULL,
		  "renamed: QEMU is told the new name");
	tap_rename(&r.net.host, "vm9", "t0");
	xmt_must("ip -n %s link set t0 mtu 1300", host);
	nt_xm_must(&r.net.host, "sync");
	check_not_stale(&r, "mtu 1300");
	check_both_ways(&r, "mtu 1300", true);
	xmt_must("ip -n %s link set t0 mtu 9000", host);
	nt_xm_must(&r.net.host, "sync");
	check_not_stale(&r, "mtu 9000");
	xmt_check(xmt_link_attr(&r.net.host, "t0", "mtu") == 1500, "mtu 9000: reduced to 1500");
	xmt_must("ip -n %s link set t0 address " M_ELSE, host);
	check_not_stale(&r, "the tap's own MAC changed");
	check_both_ways(&r, "the tap's own MAC changed", true);
	xmt_must("ip -n %s link set t0 down", host);
	check_not_stale(&r, "down");
	check_both_ways(&r, "down", false);
	nt_xm_must(&r.net.host, "sync");
	check_both_ways(&r, "down, sync", false);
	xmt_must("ip -n %s link set t0 up", host);
	tap_wait(&r.net.host, "t0", true);
	check_both_ways(&r, "up again", true);
	check_not_stale(&r, "up again");
}

static void check_removed(struct reach *r, const char *what)
{
	nt_xm_must(&r->net.host, "show");
	xmt_check(strstr(xmt_output(), "the device has gone") != NULL, "%s: show says so", what);
	nt_xm_must(&r->net.host, "sync");
	xmt_check(nt_xm(&r->net.host, "show t0") == 2 && !leftovers_in_filter(&r->net.host, M_E0),
		  "%s: the next command removes the endpoint", what);
	xmt_check(probe_arrives(r->send[E1], r->set.rx[WIRE].fd, NT_WIRE_MAC, M_E1),
		  "%s: its sibling works", what);
}

static void device_deleted(void)
{
	struct reach r;
	int fd;

	reach_make(&r);
	reach_add_endpoint(&r, E1, "e1", "address " M_E1);
	nt_xm_must(&r.net.host, "add t0 link p0 type tap address " M_E0);
	fd = tap_must_open(&r.net.host, "t0", 0);
	xmt_must("ip -n %s link del t0", r.net.host.name);
	check_removed(&r, "deleted while open");
	xmt_check(write(fd, "x", 1) < 0 && errno == EBADFD, "the descriptor of a deleted tap: %s",
		  strerror(errno));
	close(fd);
	nt_xm_must(&r.net.host, "add t0 link p0 type tap address " M_E0);
	fd = tap_must_open(&r.net.host, "t0", 0);
	xmt_check(!ioctl(fd, TUNSETPERSIST, 0), "the hypervisor makes it not persistent");
	check_not_stale(&r, "not persistent, open");
	close(fd);
	while (nt_exists(&r.net.host, "t0"))
		usleep(1000);
	check_removed(&r, "not persistent, closed");
	nt_xm_must(&r.net.host, "add t0 link p0 type tap address " M_E0);
	xmt_must("ip -n %s link del t0", r.net.host.name);
	nt_xm_must(&r.net.host, "add t0 link p0 type tap address " M_E0);
	xmt_pass("deleted, and added again at once");
	fd = tap_must_open(&r.net.host, "t0", 0);
	nt_xm_must(&r.net.host, "del t0");
	xmt_check(!nt_exists(&r.net.host, "t0") && write(fd, "x", 1) < 0,
		  "del while a hypervisor has it open");
	close(fd);
	nt_xm_must(&r.net.host, "add t0 link p0 type tap");
	fd = tap_must_open(&r.net.host, "t0", 0);
	nt_xm_must(&r.net.host, "del e1");
	xmt_must("ip -n %s link del t0", r.net.host.name);
	nt_xm_must(&r.net.host, "show");
	xmt_check(strstr(xmt_output(), "the device has gone") &&
			  !strstr(xmt_output(), "not attached"),
		  "the only tap was deleted: show says that alone: %s", xmt_output());
	close(fd);
	nt_xm_must(&r.net.host, "add t0 link p0 type tap");
	fd = tap_must_open(&r.net.host, "t0", 0);
	nt_xm_must(&r.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&r.net.host), "detach force while it is open: left: %s",
		  leftovers_on_parent(&r.net.host) ?: "nothing");
}

static const struct nt_case cases[] = {
	{ "bad input", 60, bad_input },
	{ "who may open", 30, who_may_open },
	{ "queues", 30, queues },
	{ "the hypervisor comes and goes", 60, hypervisor_comes_and_goes },
	{ "the administrator changes the device", 60, administrator_changes_device },
	{ "the device is deleted", 60, device_deleted },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
