// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* GC and STATUS of CNI 1.1 */
#include <stdio.h>

#include "leftovers.h"
#include "plugin.h"

#define HEAD110 "{'cniVersion':'1.1.0','name':'%s','type':'xmacvlan','master':'p0'"

static struct nt_net net;

/* The reference plugin has no GC: a FIXME in its source */
static void gc_of_attachments(void)
{
	static const char *const containers[] = { "a1", "a2", "b1" };
	char netns[2][64];

	plugin_net(&net, 3, 0);
	for (unsigned int i = 0; i < 3; i++) {
		snprintf(netns[0], sizeof(netns[0]), "/run/netns/%s", net.peer[i].name);
		plugin_check_success("ADD for GC",
				     plugin_run(&(struct plugin_call){ .command = "ADD",
								       .container = containers[i],
								       .netns = netns[0] },
						HEAD110 "}", i < 2 ? "one" : "other"));
	}
	nt_xm_must(&net.host, "add byhand link p0");
	plugin_check_success(
		"GC",
		PLUGIN("GC",
		       HEAD110 ",'cni.dev/valid-attachments':[{'containerID':'a2','ifname':'eth0'},"
			       "{'containerID':'a1','ifname':'eth9'}]}",
		       "one"));
	xmt_check(!plugin_doc() && !nt_exists(&net.peer[0], "eth0") &&
			  nt_exists(&net.peer[1], "eth0") && nt_exists(&net.peer[2], "eth0") &&
			  nt_exists(&net.host, "byhand"),
		  "GC: a1 is deleted; a2, that of another network and that of a command are not");
	plugin_check_success("GC", PLUGIN("GC", HEAD110 ",'cni.dev/valid-attachments':[]}", "one"));
	xmt_check(!nt_exists(&net.peer[1], "eth0") && nt_exists(&net.peer[2], "eth0"),
		  "GC with an empty list: all endpoints of the network are deleted");
	/* An endpoint without an owner in the slot of a former attachment is no attachment */
	nt_xm_must(&net.host, "add later link p0");
	PLUGIN("GC", HEAD110 ",'cni.dev/valid-attachments':[]}", "one");
	xmt_check(nt_exists(&net.host, "later"), "GC: the owner was deleted with its endpoint");
	nt_xm_must(&net.host, "del later");
	plugin_script("ipam110",
		      "cat >$0.conf; echo $CNI_COMMAND >>$0.log; [ $CNI_COMMAND != GC ] || "
		      "{ echo '{\"code\":123,\"msg\":\"no gc today\"}'; exit 1; }");
	PLUGIN("GC", HEAD110 ",'ipam':{'type':'ipam110'},'cni.dev/valid-attachments':null}",
	       "other");
	plugin_check_error("GC continues after an error, and reports it", 123, "no gc today",
			   "ipam110");
	xmt_check(!nt_exists(&net.peer[2], "eth0") && nt_exists(&net.host, "byhand"),
		  "... and has deleted");
	nt_xm_must(&net.host, "del byhand");
	plugin_check_clean("GC");
}

static void status_errors(void)
{
	struct plugin_call no_bpffs = { .command = "STATUS",
					.before = "unshare -m sh -c 'while umount /sys/fs/bpf "
						  "2>/dev/null; do :; done; exec \"$@\"' --" };

	plugin_net(&net, 1, 0);
	plugin_check_success("STATUS", PLUGIN("STATUS", HEAD110 "}", "net"));
	xmt_check(!plugin_doc(), "STATUS prints nothing on success");
	PLUGIN("STATUS", "{'cniVersion':'1.1.0','name':'net','master':'no'}");
	plugin_check_error("STATUS, no such master", 50, "master", "no");
	PLUGIN("STATUS", "{'cniVersion':'1.1.0','name':'net','master':'lo'}");
	plugin_check_error("STATUS, a master that is refused", 50, "lo", "loopback");
	xmt_must("ip -n %s link add br0 type bridge && ip -n %s link set p0 master br0",
		 net.host.name, net.host.name);
	PLUGIN("STATUS", HEAD110 "}", "net");
	plugin_check_error("STATUS, the port of a bridge", 50, "p0", "br0");
	xmt_must("ip -n %s link del br0", net.host.name);
	plugin_run(&no_bpffs, HEAD110 "}", "net");
	plugin_check_error("STATUS, no bpffs", 50, "bpffs", "");
	PLUGIN("STATUS", HEAD110 ",'ipam':{'type':'none-such'}}", "net");
	plugin_check_error("STATUS, no IPAM plugin", 50, "ipam.type", "none-such");
	plugin_script("ipam110",
		      "cat >/dev/null; echo '{\"code\":51,\"msg\":\"limping\"}'; exit 1");
	PLUGIN("STATUS", HEAD110 ",'ipam':{'type':'ipam110'}}", "net");
	plugin_check_error("STATUS calls the IPAM plugin", 51, "limping", "ipam110");
	plugin_script(
		"ipam110",
		"cat >/dev/null; echo '{\"code\":4,\"msg\":\"unknown CNI_COMMAND\"}'; exit 1");
	PLUGIN("STATUS", HEAD110 ",'ipam':{'type':'ipam110'}}", "net");
	plugin_check_error("STATUS, an IPAM plugin without STATUS", 50, "unknown CNI_COMMAND",
			   "ipam110");
	PLUGIN("STATUS", HEAD110 PLUGIN_LOCAL "}", "net", plugin_dir());
	plugin_check_error("STATUS, Debian's host-local", 50, "IPAM plugin host-local", "");
	xmt_must("chmod -x %s/bin/ipam110", plugin_dir());
	PLUGIN("STATUS", HEAD110 ",'ipam':{'type':'ipam110'}}", "net");
	plugin_check_error("STATUS, an IPAM plugin that is not executable", 50, "ipam110",
			   "Permission denied");
	plugin_check_clean("STATUS");
}

static const struct nt_case cases[] = {
	{ "gc", 60, gc_of_attachments },
	{ "status", 60, status_errors },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
