// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * linkInContainer: the endpoint and its parent are in the container; DEL and GC must find them
 * there.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "leftovers.h"
#include "plugin.h"

#define INSIDE(network)                                                                            \
	"{'cniVersion':'1.1.0','name':'" network "','master':'q0','linkInContainer':true"
#define VALID(list) ",'cni.dev/valid-attachments':[" list "]}"

static struct nt_net net;

/* Makes `peers` containers, each with q0 as its master. */
static void make_containers(unsigned int peers)
{
	plugin_net(&net, peers, 0);
	for (unsigned int i = 0; i < peers; i++)
		xmt_must(
			"ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && "
			"ip -n %s link set q1 up",
			net.peer[i].name, net.peer[i].name, net.peer[i].name);
}

static void call_plugin(const char *command, unsigned int peer, const char *container,
			const char *conf)
{
	char netns[64], what[128];
	struct plugin_call c = { .command = command, .container = container, .netns = netns };

	snprintf(netns, sizeof(netns), "/run/netns/%s", net.peer[peer].name);
	snprintf(what, sizeof(what), "%s of %s", command, container);
	plugin_check_success(what, plugin_run(&c, "%s", conf));
}

static bool has_eth0(unsigned int peer)
{
	return nt_exists(&net.peer[peer], "eth0");
}

static void link_in_container(void)
{
	const char *conf =
		"{'cniVersion':'1.0.0','name':'net','master':'q0','linkInContainer':true}";
	struct plugin_call no_netns = { .command = "DEL", .netns = "" };

	plugin_net(&net, 1, 0);
	xmt_must("ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && ip -n "
		 "%s link set q1 up",
		 net.peer[0].name, net.peer[0].name, net.peer[0].name);
	plugin_check_success("linkInContainer: ADD", PLUGIN("ADD", "%s", conf));
	xmt_check(nt_exists(&net.peer[0], "eth0") && !nt_exists(&net.host, "eth0"),
		  "linkInContainer: the endpoint is in the container");
	plugin_check_success("linkInContainer: DEL", PLUGIN("DEL", "%s", conf));
	xmt_check(!nt_exists(&net.peer[0], "eth0") && !leftovers_pins(),
		  "linkInContainer: nothing is left");
	PLUGIN("ADD", "%s", conf);
	xmt_ns_del(&net.peer[0]);
	plugin_check_success("linkInContainer: DEL, namespace deleted",
			     plugin_run(&no_netns, "%s", conf));
	/* The kernel destroys the namespace some time later */
	for (int i = 0; i < 100 && leftovers_pins(); i++) {
		usleep(50000);
		nt_xm(&net.host, "sync");
	}
	xmt_check(!leftovers_pins(),
		  "linkInContainer: the next command removes the pins of the destroyed namespace");
}

static void gc_in_containers(void)
{
	make_containers(4);
	call_plugin("ADD", 0, "a", INSIDE("in") "}");
	call_plugin("ADD", 1, "b", INSIDE("in") "}");
	call_plugin("ADD", 2, "c", INSIDE("other") "}");
	call_plugin("ADD", 3, "d", INSIDE("in") "}");
	nt_xm_must(&net.peer[1], "add byhand link q0");
	plugin_check_success(
		"GC", PLUGIN("GC", INSIDE("in") VALID("{'containerID':'b','ifname':'eth0'}")));
	xmt_check(
		!has_eth0(0) && has_eth0(1) && has_eth0(2) && !has_eth0(3),
		"GC: a and d are deleted in their namespaces; b is valid, c is of another network");
	xmt_check(nt_exists(&net.peer[1], "byhand"),
		  "GC: an endpoint that a command made is not deleted");
	plugin_check_success(
		"GC", PLUGIN("GC", "{'cniVersion':'1.1.0','name':'in','master':'p0'" VALID("")));
	xmt_check(has_eth0(1),
		  "GC of a network without linkInContainer deletes nothing in containers");
	plugin_check_success("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_check(!has_eth0(1) && has_eth0(2) && nt_exists(&net.peer[1], "byhand"),
		  "GC with an empty list: all endpoints of the network are deleted");
	nt_xm_must(&net.peer[1], "del byhand");
	call_plugin("DEL", 2, "c", INSIDE("other") "}");
	xmt_check(!leftovers_pins(), "nothing is left");
}

/* DEL by containerd has no namespace. Another namespace may have the path of the old one. */
static void del_without_namespace(void)
{
	struct plugin_call no_netns = { .command = "DEL", .container = "a", .netns = "" };
	struct plugin_call no_path = { .command = "DEL",
				       .container = "a",
				       .netns = "/run/netns/no-such" };

	make_containers(3);
	call_plugin("ADD", 1, "b", INSIDE("in") "}");
	call_plugin("ADD", 0, "a", INSIDE("in") "}");
	plugin_check_success("DEL without a namespace", plugin_run(&no_netns, INSIDE("in") "}"));
	xmt_check(!has_eth0(0) && has_eth0(1),
		  "DEL without a namespace: the endpoint is deleted, the other stays");
	plugin_check_success("DEL again", plugin_run(&no_netns, INSIDE("in") "}"));
	call_plugin("ADD", 0, "a", INSIDE("in") "}");
	plugin_check_success("DEL, the path does not exist",
			     plugin_run(&no_path, INSIDE("in") "}"));
	xmt_check(!has_eth0(0) && has_eth0(1),
		  "DEL, the path does not exist: the endpoint is deleted");
	call_plugin("ADD", 0, "a", INSIDE("in") "}");
	call_plugin("DEL", 2, "a", INSIDE("in") "}");
	xmt_check(!has_eth0(0) && has_eth0(1),
		  "DEL, the path is another namespace: the endpoint is deleted");
	call_plugin("DEL", 1, "b", INSIDE("in") "}");
	xmt_check(!leftovers_pins(), "nothing is left");
}

/* A runtime inside a container has its own networks, perhaps with the same name. */
static void nested_runtime(void)
{
	char config[128], netns[64];

	make_containers(2);
	snprintf(config, sizeof(config), "%s/nested", plugin_dir());
	snprintf(netns, sizeof(netns), "/run/netns/%s", net.peer[1].name);
	xmt_must("echo '{\"cniVersion\":\"1.1.0\",\"name\":\"in\",\"master\":\"q0\"}' >%s", config);
	xmt_must("CNI_COMMAND=ADD CNI_CONTAINERID=n CNI_NETNS=%s CNI_IFNAME=eth0 CNI_PATH=/none "
		 "nsenter --net=/run/netns/%s %s <%s",
		 netns, net.peer[0].name, plugin_bin(), config);
	plugin_check_success("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_check(has_eth0(1),
		  "GC: an endpoint that a runtime inside the container made is not deleted");
	xmt_must("CNI_COMMAND=DEL CNI_CONTAINERID=n CNI_IFNAME=eth0 CNI_PATH=/none nsenter "
		 "--net=/run/netns/%s %s <%s",
		 net.peer[0].name, plugin_bin(), config);
	xmt_check(!leftovers_pins(), "nothing is left");
}

/*
 * The namespace of a process is found. A namespace that only an open file holds is not found; its
 * endpoint is removed with the namespace.
 */
static void unnamed_namespaces(void)
{
	struct plugin_call no_netns = { .command = "DEL", .container = "a", .netns = "" };
	int pid;

	make_containers(2);
	call_plugin("ADD", 0, "a", INSIDE("in") "}");
	call_plugin("ADD", 1, "b", INSIDE("in") "}");
	xmt_must("nsenter --net=/run/netns/%s sleep 60 >/dev/null 2>&1 & echo $!",
		 net.peer[0].name);
	pid = atoi(xmt_output());
	xmt_must("while [ \"$(readlink /proc/%d/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ]; "
		 "do sleep 0.01; done; "
		 "umount -l /run/netns/%s /run/netns/%s",
		 pid, net.peer[0].name, net.peer[1].name);
	plugin_check_success("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_ns_enter(&net.peer[0]);
	xmt_check(access("/proc/self/net", F_OK) == 0 && xmt_run("ip link show eth0") != 0,
		  "a namespace with a process, but without a path: its endpoint is deleted");
	xmt_ns_enter(&net.peer[1]);
	xmt_check(!xmt_run("ip link show eth0"),
		  "a namespace that only an open file holds: its endpoint stays, without an error");
	xmt_ns_enter(NULL);
	no_netns.container = "b";
	plugin_check_success("DEL of that endpoint", plugin_run(&no_netns, INSIDE("in") "}"));
	xmt_run("kill %d", pid);
	close(net.peer[0].fd);
	close(net.peer[1].fd);
	net.peer[0].fd = net.peer[1].fd = -1;
	for (int i = 0; i < 100 && leftovers_pins(); i++) {
		usleep(50000);
		nt_xm(&net.host, "sync");
	}
	xmt_check(!leftovers_pins(), "the endpoint is removed with its namespace");
}

#define UMOUNTS 15

/*
 * Asks the kernel for 100 ms whether the mount is busy: umount2() with MNT_EXPIRE says EBUSY or,
 * the first time after an access, EAGAIN
 */
static void sample_mount(const char *path, unsigned int *samples, unsigned int *busy)
{
	uint64_t end = nt_now_ms() + 100;
	struct stat st;

	for (; nt_now_ms() < end; (*samples)++) {
		*busy += umount2(path, MNT_EXPIRE) && errno == EBUSY;
		stat(path, &st);
	}
}

/* A runtime may unmount CNI_NETNS while the watcher looks into the namespace. */
static void umount_beside_watcher(void)
{
	unsigned int samples = 0, busy = 0, refused = 0;
	char name[32], netns[64];

	plugin_net(&net, 1, 0);
	daemon_start();
	for (unsigned int i = 0; i < UMOUNTS; i++) {
		int undo;

		/* Not xmt_ns_add(), which holds the mount itself */
		snprintf(name, sizeof(name), "%su%u", xmt_prefix(), i);
		snprintf(netns, sizeof(netns), "/run/netns/%s", name);
		undo = xmt_undo("ip netns del %s", name);
		xmt_must("ip netns add %s; ip -n %s link add q0 type veth peer name q1 && "
			 "ip -n %s link set q0 up",
			 name, name, name);
		plugin_run(&(struct plugin_call){ .command = "ADD", .netns = netns },
			   INSIDE("in") "}");
		sample_mount(netns, &samples, &busy);
		refused += umount2(netns, 0) != 0;
		xmt_must("ip netns del %s", name);
		xmt_undone(undo);
	}
	/* Linux opens a namespace by a mount at least once, before setns() */
	xmt_check(busy * 12000ull <= samples, "the mount was busy in %u of %u samples", busy,
		  samples);
	xmt_check(!refused, "%u of %u umounts were refused", refused, UMOUNTS);
	daemon_end(SIGTERM);
}

static const struct nt_case cases[] = {
	{ "umount", 120, umount_beside_watcher }, { "life", 60, link_in_container },
	{ "gc", 60, gc_in_containers },		  { "del", 60, del_without_namespace },
	{ "nested", 60, nested_runtime },	  { "unnamed", 60, unnamed_namespaces },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
