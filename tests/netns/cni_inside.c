// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* linkInContainer: the endpoint and its parent are in the container, where DEL and GC have to find them */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "leftovers.h"
#include "plugin.h"

#define INSIDE(network)                                                                            \
	"{'cniVersion':'1.1.0','name':'" network "','master':'q0','linkInContainer':true"
#define VALID(list) ",'cni.dev/valid-attachments':[" list "]}"

static struct nt_net net;

static void good(const char *what, int code)
{
	xmt_check(!code, "%s (exit code %d) %s", what, code, plugin_msg());
}

/* `peers` containers, each with a q0 as a master */
static void containers(unsigned int peers)
{
	plugin_net(&net, peers, 0);
	for (unsigned int i = 0; i < peers; i++)
		xmt_must(
			"ip -n %s link add q0 type veth peer name q1 && ip -n %s link set q0 up && "
			"ip -n %s link set q1 up",
			net.peer[i].name, net.peer[i].name, net.peer[i].name);
}

static void call(const char *command, unsigned int peer, const char *container, const char *conf)
{
	char netns[64], what[128];
	struct plugin_call c = { .command = command, .container = container, .netns = netns };

	snprintf(netns, sizeof(netns), "/run/netns/%s", net.peer[peer].name);
	snprintf(what, sizeof(what), "%s of %s", command, container);
	good(what, plugin_run(&c, "%s", conf));
}

static bool there(unsigned int peer)
{
	return nt_exists(&net.peer[peer], "eth0");
}

static void gc(void)
{
	containers(4);
	call("ADD", 0, "a", INSIDE("in") "}");
	call("ADD", 1, "b", INSIDE("in") "}");
	call("ADD", 2, "c", INSIDE("other") "}");
	call("ADD", 3, "d", INSIDE("in") "}");
	nt_xm_must(&net.peer[1], "add byhand link q0");
	good("GC", PLUGIN("GC", INSIDE("in") VALID("{'containerID':'b','ifname':'eth0'}")));
	xmt_check(
		!there(0) && there(1) && there(2) && !there(3),
		"GC: a and d are collected from their namespaces; b is valid, c another network's");
	xmt_check(nt_exists(&net.peer[1], "byhand"), "GC: one made by hand there is nobody's");
	good("GC", PLUGIN("GC", "{'cniVersion':'1.1.0','name':'in','master':'p0'" VALID("")));
	xmt_check(there(1), "GC of a network without linkInContainer looks into no container");
	good("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_check(!there(1) && there(2) && nt_exists(&net.peer[1], "byhand"),
		  "GC of an empty list: all of the network");
	nt_xm_must(&net.peer[1], "del byhand");
	call("DEL", 2, "c", INSIDE("other") "}");
	xmt_check(!leftovers_pins(), "nothing is left");
}

/* containerd's DEL has no namespace, and one may have been made anew under the old path */
static void del(void)
{
	struct plugin_call none = { .command = "DEL", .container = "a", .netns = "" };
	struct plugin_call gone = { .command = "DEL",
				    .container = "a",
				    .netns = "/run/netns/no-such" };

	containers(3);
	call("ADD", 1, "b", INSIDE("in") "}");
	call("ADD", 0, "a", INSIDE("in") "}");
	good("DEL without a namespace", plugin_run(&none, INSIDE("in") "}"));
	xmt_check(!there(0) && there(1),
		  "DEL without a namespace: it is gone, the other one is there");
	good("DEL again", plugin_run(&none, INSIDE("in") "}"));
	call("ADD", 0, "a", INSIDE("in") "}");
	good("DEL, the path leads nowhere", plugin_run(&gone, INSIDE("in") "}"));
	xmt_check(!there(0) && there(1), "DEL, the path leads nowhere: it is gone");
	call("ADD", 0, "a", INSIDE("in") "}");
	call("DEL", 2, "a", INSIDE("in") "}");
	xmt_check(!there(0) && there(1), "DEL, the path leads elsewhere: it is gone");
	call("DEL", 1, "b", INSIDE("in") "}");
	xmt_check(!leftovers_pins(), "nothing is left");
}

/* A runtime inside a container has networks of its own, perhaps of the same name */
static void nested(void)
{
	char config[128], netns[64];

	containers(2);
	snprintf(config, sizeof(config), "%s/nested", plugin_dir());
	snprintf(netns, sizeof(netns), "/run/netns/%s", net.peer[1].name);
	xmt_must("echo '{\"cniVersion\":\"1.1.0\",\"name\":\"in\",\"master\":\"q0\"}' >%s", config);
	xmt_must("CNI_COMMAND=ADD CNI_CONTAINERID=n CNI_NETNS=%s CNI_IFNAME=eth0 CNI_PATH=/none "
		 "nsenter --net=/run/netns/%s %s <%s",
		 netns, net.peer[0].name, plugin_bin(), config);
	good("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_check(there(1),
		  "GC: what a runtime in a container made for its own ones is not collected");
	xmt_must("CNI_COMMAND=DEL CNI_CONTAINERID=n CNI_IFNAME=eth0 CNI_PATH=/none nsenter "
		 "--net=/run/netns/%s %s <%s",
		 net.peer[0].name, plugin_bin(), config);
	xmt_check(!leftovers_pins(), "nothing is left");
}

/* By a process it is found, by an open file alone it is not: then it goes with its namespace */
static void nameless(void)
{
	struct plugin_call none = { .command = "DEL", .container = "a", .netns = "" };
	int pid;

	containers(2);
	call("ADD", 0, "a", INSIDE("in") "}");
	call("ADD", 1, "b", INSIDE("in") "}");
	xmt_must("nsenter --net=/run/netns/%s sleep 60 >/dev/null 2>&1 & echo $!",
		 net.peer[0].name);
	pid = atoi(xmt_output());
	xmt_must("while [ \"$(readlink /proc/%d/ns/net)\" = \"$(readlink /proc/self/ns/net)\" ]; "
		 "do sleep 0.01; done; "
		 "umount -l /run/netns/%s /run/netns/%s",
		 pid, net.peer[0].name, net.peer[1].name);
	good("GC", PLUGIN("GC", INSIDE("in") VALID("")));
	xmt_ns_enter(&net.peer[0]);
	xmt_check(access("/proc/self/net", F_OK) == 0 && xmt_run("ip link show eth0") != 0,
		  "a namespace that only a process leads to: collected");
	xmt_ns_enter(&net.peer[1]);
	xmt_check(!xmt_run("ip link show eth0"),
		  "one that only an open file holds: it is still there, and no error");
	xmt_ns_enter(NULL);
	none.container = "b";
	good("DEL of it", plugin_run(&none, INSIDE("in") "}"));
	xmt_run("kill %d", pid);
	close(net.peer[0].fd);
	close(net.peer[1].fd);
	net.peer[0].fd = net.peer[1].fd = -1;
	for (int i = 0; i < 100 && leftovers_pins(); i++) {
		usleep(50000);
		nt_xm(&net.host, "show");
	}
	xmt_check(!leftovers_pins(), "with its namespace it goes");
}

static const struct nt_case cases[] = {
	{ "gc", 60, gc },
	{ "del", 60, del },
	{ "nested", 60, nested },
	{ "nameless", 60, nameless },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
