// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What processes keep of their capabilities: commands while they run, the plugin, the watcher; the
 * functions of user/base/caps.h for a daemon; modes and owners of the pins
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "../../user/base/caps.h"
#include "caps_fixture.h"
#include "effective_caps.h"

static void check_effective(const char *line, unsigned int entries)
{
	char text[1000];
	struct effective_caps caps;
	int code;

	snprintf(text, sizeof(text), "exec nsenter --net=/run/netns/%s %s %s",
		 refusal_net.host.name, caps_program, line);
	code = effective_caps_run(&caps, caps_program, text);
	xmt_check(!code && caps.calls > 20 && !caps.excess && caps.entered == entries,
		  "%s: code %d, %u calls, %u of them setns, %u with excess capabilities%s %s", line,
		  code, caps.calls, caps.entered, caps.excess, caps.first, caps.tracer.message);
}

/* The commands run as root with all capabilities. */
static void effective_caps_of_commands(void)
{
	char line[100];

	nt_net(&refusal_net, 1, 0);
	caps_install_program();
	check_effective("add a0 link p0 host on", 0);
	snprintf(line, sizeof(line), "add e0 link p0 netns %s", refusal_net.peer[0].name);
	check_effective(line, 2);
	check_effective("set e0 address 02:00:00:00:01:02", 2);
	snprintf(line, sizeof(line), "-n /run/netns/%s -s show", refusal_net.host.name);
	check_effective(line, 1);
	check_effective("del e0", 0);
	check_effective("detach p0 force", 0);
}

static void check_pin_modes(const char *mask)
{
	xmt_check(!xmt_run("umask %s; nsenter --net=/run/netns/%s %s add a0 link p0 host on", mask,
			   refusal_net.host.name, caps_program),
		  "umask %s: add: %s", mask, xmt_output());
	xmt_must("find " CAPS_FOLDER
		 " -type d ! -perm 700 -o ! -type d ! -perm 600 | xargs -r ls -ld");
	xmt_check(!xmt_output()[0], "umask %s: folders have mode 0700, pins 0600: %s", mask,
		  xmt_output());
	xmt_must("find " CAPS_FOLDER " ! -type d | wc -l");
	xmt_check(atoi(xmt_output()) > 12, "umask %s: %s pins", mask, xmt_output());
	nt_xm_must(&refusal_net.host, "del a0");
}

/* Only the owner of the pin folder may use it. */
static void folder_owner(void)
{
	nt_net(&refusal_net, 1, 0);
	caps_install_program();
	check_pin_modes("0");
	check_pin_modes("0277");
	xmt_must("chmod 711 /sys/fs/bpf");
	refusal_check("root's folder", caps_run_as(CAPS_OTHER, CAPS_ALL, "show"), 2,
		      "belongs to user 0", CAPS_FOLDER);
	caps_give_folder(CAPS_OTHER);
	refusal_check("another's folder", caps_run_as(0, CAPS_ALL, "show"), 2,
		      "belongs to user 65534", CAPS_FOLDER);
	refusal_check("another's folder", nt_xm(&refusal_net.host, "show"), 2,
		      "belongs to user 65534", CAPS_FOLDER);
	xmt_must("chmod 777 " CAPS_FOLDER);
	refusal_check("another's open folder", caps_run_as(0, CAPS_ALL, "add a0 link p0"), 2,
		      "belongs to user 65534", CAPS_FOLDER);
	xmt_must("rmdir " CAPS_FOLDER);
	refusal_check("no folder", caps_run_as(CAPS_OTHER, CAPS_ALL, "sync"), 2, "no permission",
		      "give it to user 65534");
	xmt_must("chmod 700 /sys/fs/bpf");
	refusal_check("no permission for /sys/fs/bpf", caps_run_as(CAPS_OTHER, CAPS_ALL, "show"), 2,
		      "no permission", CAPS_FOLDER);
}

static unsigned long long own_status(const char *key)
{
	return effective_caps_status(getpid(), key);
}

/* The calls of the watcher */
static void caps_drop(void)
{
	xm_caps raised;

	prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_RAISE, CAP_NET_ADMIN, 0, 0);
	xmt_check(!xm_caps_drop(XM_CAPS_WORK, XM_CAPS_WORK | XM_CAPS_ENTER), "xm_caps_drop");
	xmt_check(own_status("CapEff") == XM_CAPS_WORK, "effective: %llx", own_status("CapEff"));
	xmt_check(own_status("CapPrm") == (XM_CAPS_WORK | XM_CAPS_ENTER), "permitted: %llx",
		  own_status("CapPrm"));
	xmt_check(own_status("CapBnd") == (XM_CAPS_WORK | XM_CAPS_ENTER), "bounding: %llx",
		  own_status("CapBnd"));
	xmt_check(!own_status("CapInh") && !own_status("CapAmb") && own_status("NoNewPrivs") == 1,
		  "nothing to inherit, no new privileges");
	raised = xm_caps_raise(XM_CAPS_ENTER | XM_CAPS_FIND);
	xmt_check(raised == XM_CAPS_ENTER && own_status("CapEff") == (XM_CAPS_WORK | XM_CAPS_ENTER),
		  "permitted capabilities are raised");
	xm_caps_lower(raised);
	xmt_check(own_status("CapEff") == XM_CAPS_WORK, "xm_caps_lower lowers them");
	xmt_check(xm_caps_may(XM_CAPS_ENTER) && !xm_caps_may(XM_CAPS_FIND), "xm_caps_may");
	xmt_check(!xm_caps_drop(0, XM_CAP(CAP_BPF)) && !own_status("CapEff") &&
			  own_status("CapPrm") == XM_CAP(CAP_BPF),
		  "another drop removes more");
	xmt_check(xm_caps_drop(XM_CAPS_WORK, XM_CAPS_WORK) == 0 &&
			  own_status("CapEff") == XM_CAP(CAP_BPF),
		  "a dropped capability is not restored");
}

#define DAEMON (XM_CAPS_WORK | XM_CAPS_FIND | XM_CAP(CAP_NET_BROADCAST))

/* The watcher logs "has started" after all work that needs more privileges. */
static void watcher_caps(void)
{
	char path[4200], line[200] = "";
	pid_t pid;
	FILE *f;

	snprintf(path, sizeof(path), "exec %sd 2>&1", nt_bin());
	f = popen(path, "r");
	xmt_check(f && fgets(line, sizeof(line), f) && strstr(line, "has started"), "xmacvland: %s",
		  line);
	xmt_must("pgrep -n -x -P %d xmacvland", getpid());
	pid = atoi(xmt_output());
	xmt_check(effective_caps_status(pid, "CapEff") == DAEMON, "xmacvland: effective %llx",
		  effective_caps_status(pid, "CapEff"));
	xmt_check(effective_caps_status(pid, "CapPrm") == (DAEMON | XM_CAPS_ENTER) &&
			  effective_caps_status(pid, "CapBnd") == (DAEMON | XM_CAPS_ENTER),
		  "xmacvland: permitted and bounding %llx", effective_caps_status(pid, "CapPrm"));
	xmt_check(effective_caps_status(pid, "NoNewPrivs") == 1, "xmacvland: no new privileges");
	kill(pid, SIGTERM);
	pclose(f);
	xmt_must("setpriv --bounding-set=-all,+bpf,+net_admin,+perfmon,+sys_admin timeout 5 %sd "
		 "2>&1; true",
		 nt_bin());
	xmt_check(strstr(xmt_output(), "needs CAP_NET_BROADCAST") != NULL, "xmacvland: %s",
		  xmt_output());
}

/* Least privilege that the kernel refuses (seccomp) is reported, not left out. */
static void caps_not_lowered(void)
{
	static const char inject[] =
		"strace -f -qq -o /dev/null -e inject=capset:error=EPERM:when=1";
	char cni[4200];

	if (xmt_run("strace -V"))
		return xmt_skip("capabilities not lowered: no strace");
	snprintf(cni, sizeof(cni), "%s", nt_bin());
	*strrchr(cni, '/') = '\0';
	refusal_check("capset refused", xmt_run("%s %s show 2>&1", inject, nt_bin()), 2,
		      "cannot lower the capabilities", NULL);
	xmt_check(xmt_run("echo '{\"cniVersion\":\"1.0.0\",\"name\":\"n\"}' | CNI_COMMAND=DEL "
			  "CNI_CONTAINERID=c CNI_IFNAME=e %s %s/cni/xmacvlan",
			  inject, cni) == 1 &&
			  strstr(xmt_output(), "cannot lower the capabilities"),
		  "the plugin, capset refused: %s", xmt_output());
}

static const struct nt_case cases[] = {
	{ "not lowered", 30, caps_not_lowered }, { "effective", 120, effective_caps_of_commands },
	{ "folder owner", 60, folder_owner },	 { "drop", 20, caps_drop },
	{ "watcher", 30, watcher_caps },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
