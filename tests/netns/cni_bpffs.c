// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The plugin without a mounted bpffs. HOST runs a shell script in a new mount and PID namespace:
 * process 1 there has the same mounts, as on a host. RUNTIME runs it in a new mount namespace only:
 * the host's process 1 has other mounts.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin.h"

#define CONF	"{'cniVersion':'1.1.0','name':'net','master':'p0'}"
#define GC	"{'cniVersion':'1.1.0','name':'net','master':'p0','cni.dev/valid-attachments':[]}"
#define BARE	"while umount /sys/fs/bpf 2>/dev/null; do :; done; "
#define HOST	"unshare -m -p -f --kill-child --mount-proc sh -c '" BARE
#define RUNTIME "unshare -m sh -c '" BARE
#define ONE	"[ $(grep -c \" /sys/fs/bpf \" /proc/self/mountinfo) = 1 ] || exit 71; "

static struct nt_net net;

static int call_plugin(const char *command, const char *before, const char *conf)
{
	struct plugin_call c = { .command = command, .before = before };

	return plugin_run(&c, "%s", conf);
}

static void mount_if_missing(void)
{
	int code;

	plugin_net(&net, 1, 0);
	code = call_plugin("ADD",
			   HOST
			   "\"$@\" && "
			   "[ $(stat -f -c %t /sys/fs/bpf) = cafe4a11 ] || exit 70; " ONE
			   "[ $(stat -c %a /sys/fs/bpf) = 1700 ] && [ -d /sys/fs/bpf/xmacvlan ] || "
			   "exit 72' --",
			   CONF);
	xmt_check(!code, "ADD mounts a bpffs where there is none (exit code %d) %s", code,
		  plugin_msg());
	xmt_check(!strcmp(plugin_text("interfaces.0.name"), "eth0"), "... and adds the endpoint");
	/* The endpoint's programs are unloaded with the bpffs; the devices still exist */
	xmt_run("ip -n %s link del eth0", net.peer[0].name);
	code = call_plugin(
		"STATUS",
		HOST "\"$@\" && [ $(stat -f -c %t /sys/fs/bpf) != cafe4a11 ] || exit 70' --", CONF);
	xmt_check(!code, "STATUS mounts none: it only looks (exit code %d) %s", code, plugin_msg());
	code = call_plugin(
		"DEL", HOST "\"$@\" && [ $(stat -f -c %t /sys/fs/bpf) != cafe4a11 ] || exit 70' --",
		CONF);
	xmt_check(!code, "DEL mounts none: there is nothing to delete (exit code %d) %s", code,
		  plugin_msg());
	code = call_plugin(
		"GC", HOST "\"$@\" && [ $(stat -f -c %t /sys/fs/bpf) != cafe4a11 ] || exit 70' --",
		GC);
	xmt_check(!code, "GC mounts none (exit code %d) %s", code, plugin_msg());
}

/*
 * 32 ADDs at once on a new host: a second mount would hide the pins in the first. The script holds
 * the lock until all ADDs wait for it.
 */
static void mount_once(void)
{
	char line[1024], conf[64];
	int code;

	plugin_net(&net, 1, 0);
	snprintf(conf, sizeof(conf), "%s/together", plugin_dir());
	snprintf(line, sizeof(line),
		 HOST "exec 9</sys/fs/bpf; flock 9; for i in $(seq 32); do { CNI_CONTAINERID=t$i "
		      "CNI_IFNAME=e$i \"$@\" <%s || echo failed >>%s.bad; } "
		      ">/dev/null & done; sleep 0.5; [ $(stat -f -c %%t /sys/fs/bpf) != cafe4a11 ] "
		      "|| exit 74; flock -u 9; "
		      "wait; [ ! -e %s.bad ] || exit 69; " ONE
		      "[ $(%s -j show | grep -o ifindex | wc -l) = 32 ] "
		      "|| exit 73' --",
		 conf, conf, conf, nt_bin());
	xmt_must("echo '{\"cniVersion\":\"1.1.0\",\"name\":\"net\",\"master\":\"p0\"}' >%s", conf);
	for (int round = 0; round < 3; round++) {
		struct plugin_call c = { .command = "ADD", .before = line, .output = "/dev/null" };

		code = plugin_run(&c, CONF);
		xmt_check(!code, "32 ADDs at once: one bpffs with all endpoints (exit code %d)",
			  code);
		xmt_must("for i in $(seq 32); do ip -n %s link del e$i; done", net.peer[0].name);
	}
}

static void mount_refused(void)
{
	plugin_net(&net, 1, 0);
	call_plugin("ADD", RUNTIME "exec \"$@\"' --", CONF);
	plugin_check_error("a runtime with other mounts than the host", 100, "bpffs",
			   "other mounts than the host");
	call_plugin("STATUS", RUNTIME "exec \"$@\"' --", CONF);
	plugin_check_error("STATUS with other mounts", 50, "bpffs", "other mounts than the host");
	call_plugin("DEL", RUNTIME "exec \"$@\"' --", CONF);
	plugin_check_error("DEL with other mounts: the host may have a bpffs", 100, "bpffs", "");
	call_plugin("ADD",
		    HOST "exec setpriv --bounding-set -sys_admin --inh-caps -sys_admin \"$@\"' --",
		    CONF);
	xmt_check(plugin_code() == 100, "no permission to mount: code %d, %s", plugin_code(),
		  plugin_msg());
	call_plugin("ADD", HOST "mount -t tmpfs none /sys/fs; exec \"$@\"' --", CONF);
	plugin_check_error("a kernel without BPF", 100, "cannot open /sys/fs/bpf", "");
	call_plugin("ADD",
		    HOST "mount -t tmpfs none /sys/fs; mkdir /sys/fs/bpf; \"$@\"; s=$?; "
			 "[ $(stat -f -c %t /sys/fs/bpf) = cafe4a11 ] || exit 70; exit $s' --",
		    CONF);
	xmt_check(!plugin_code(), "a mount over /sys/fs is no obstacle: %s", plugin_msg());
}

static const struct nt_case cases[] = {
	{ "mount if missing", 60, mount_if_missing },
	{ "mount once", 120, mount_once },
	{ "refused", 60, mount_refused },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
