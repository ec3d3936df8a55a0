// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands with exactly the capabilities that xmacvlan(8) names, as user 0 and as another user, and
 * with one capability less; the effective capabilities while a command runs; modes and owners of
 * the pins; the functions of user/base/caps.h for a daemon.
 */
#include <bpf/bpf.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "../../user/base/caps.h"
#include "leftovers.h"
#include "refusal.h"
#include "effective_caps.h"

#define OTHER  65534 /* a user, not root */
#define FOLDER "/sys/fs/bpf/xmacvlan"
#define WORK   "+bpf,+net_admin,+perfmon"
#define ALL    WORK ",+sys_admin"

static char program[64]; /* a copy of the command that every user may run */

/*
 * Fills `ret` with a shell line that runs `line` in p0's namespace as a user with only these
 * capabilities.
 */
static void format_as_user(char *ret, size_t size, unsigned int user, const char *caps,
			   const char *line)
{
	char ambient[200] = "";

	if (user)
		snprintf(ambient, sizeof(ambient),
			 "--reuid=%u --regid=%u --clear-groups --ambient-caps=-all,%s", user, user,
			 caps);
	snprintf(ret, size,
		 "nsenter --net=/run/netns/%s setpriv --bounding-set=-all,%s --inh-caps=-all,%s %s "
		 "timeout -k 2 20 %s %s",
		 refusal_net.host.name, caps, user ? caps : "-all", ambient, program, line);
}

/* Runs `line` as that user. Returns the exit code; xmt_output() is the stderr. */
static int run_as(unsigned int user, const char *caps, const char *line)
{
	char text[1000];

	format_as_user(text, sizeof(text), user, caps, line);
	return xmt_run("{ %s\n} 2>&1 >/dev/null", text);
}

static void install_program(void)
{
	snprintf(program, sizeof(program), "/run/%sxmacvlan", xmt_prefix());
	xmt_undo("rm -f %s", program);
	xmt_must("install -m 755 %s %s", nt_bin(), program);
}

/* Commands that enter a namespace need ALL, others WORK; $ is the peer's namespace */
static const struct {
	const char *caps, *line;
} lines[] = {
	{ WORK, "attach p0 xdp off guard off" },
	{ WORK, "add a0 link p0 mode vepa" },
	{ WORK, "add s0 link p0 mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02" },
	{ WORK, "set a0 host on" },
	{ WORK, "set a0 address 02:00:00:00:01:01 mode bridge" },
	{ WORK, "set s0 macaddr set 02:99:00:00:00:03" },
	{ ALL, "add e0 link p0 netns $ host on" },
	{ WORK, "set e0 host off mode private" },
	{ ALL, "set e0 address 02:00:00:00:01:02" },
	{ WORK, "-s show" },
	{ WORK, "-j -s show e0" },
	{ WORK, "upgrade p0" },
	{ ALL, "-n $ show" },
	{ WORK, "del e0" },
	{ WORK, "-b - <<END\nadd b0 link p0\ndel b0\nadd b1 link p0\nEND" },
	{ WORK, "version" },
	{ WORK, "detach p0 force" },
	{ WORK, "add a0 link p0" },
	{ WORK, "del a0" },
};

#define LINES (sizeof(lines) / sizeof(lines[0]))

/* Replaces $ by the name of the namespace */
static const char *line_with_namespace(unsigned int i)
{
	const char *at = strchr(lines[i].line, '$');
	static char text[256];

	if (!at)
		return lines[i].line;
	snprintf(text, sizeof(text), "%.*s%s%s", (int)(at - lines[i].line), lines[i].line,
		 refusal_net.peer[0].name, at + 1);
	return text;
}

static void give_folder(unsigned int user)
{
	xmt_must("chmod 711 /sys/fs/bpf && rm -rf " FOLDER " && install -d -o %u -m 700 " FOLDER,
		 user);
}

static void check_documented_caps(unsigned int user)
{
	nt_net(&refusal_net, 1, 0);
	install_program();
	if (user)
		give_folder(user);
	for (unsigned int i = 0; i < LINES; i++) {
		int code = run_as(user, lines[i].caps, line_with_namespace(i));

		xmt_check(!code && !xmt_output()[0], "user %u, %s: %s: code %d, %s", user,
			  lines[i].caps, lines[i].line, code, xmt_output());
	}
	xmt_check(!leftovers_on_parent(&refusal_net.host), "user %u: left on p0: %s", user,
		  leftovers_on_parent(&refusal_net.host) ?: "nothing");
}

static void documented_caps_as_root(void)
{
	check_documented_caps(0);
}

static void documented_caps_as_other_user(void)
{
	check_documented_caps(OTHER);
}

/* XDP needs CAP_SYS_ADMIN in addition: libxdp opens programs by their ids */
static void xdp_needs_sys_admin(void)
{
	int code;

	refusal_make_net();
	install_program();
	refusal_save_state();
	refusal_check("xdp: attach", run_as(0, WORK, "attach p0 xdp native guard on"), 2,
		      "needs CAP_SYS_ADMIN", "XDP");
	refusal_check_unchanged("xdp: attach");
	xmt_check(!run_as(0, ALL, "attach p0 xdp native guard on"), "xdp: attach: %s",
		  xmt_output());
	refusal_save_state();
	refusal_check("xdp: off", run_as(0, WORK, "attach p0 xdp off guard off"), 2,
		      "needs CAP_SYS_ADMIN", "XDP");
	refusal_check_unchanged("xdp: off");
	xmt_check(!run_as(0, WORK, "show"), "xdp: show: %s", xmt_output());
	refusal_check_unchanged("xdp: show");
	/* The program is the device's only one: netlink detaches it, which takes CAP_NET_ADMIN */
	code = run_as(0, WORK, "detach p0 force");
	xmt_check(!code, "xdp: detach force: %s", xmt_output());
	xmt_check(!leftovers_on_parent(&refusal_net.host), "xdp: nothing is left");
}

/* As if an add had attached p0: on a veth, `auto` chooses no XDP. */
static void clear_explicit(struct xm_parent_record *rec)
{
	rec->state &= ~XM_PARENT_EXPLICIT;
}

/* As if `attach p0 xdp skb` had been killed while it attached the program. */
static void request_skb(struct xm_parent_record *rec)
{
	rec->xdp_requested = rec->xdp = XM_XDP_SKB;
	rec->xdp_prog_id = 0;
}

/* XDP that is to be completed breaks its parent for those who may not, and no other parent. */
static void xdp_completed_later(void)
{
	nt_net(&refusal_net, 1, 0);
	install_program();
	xmt_must("ip -n %s link add p9 type veth peer name w9", refusal_net.host.name);
	nt_xm_must(&refusal_net.host, "attach p0 xdp off");
	nt_xm_must(&refusal_net.host, "add a0 link p0");
	nt_edit_record(&refusal_net.host, request_skb);
	xmt_check(!run_as(0, WORK, "add b0 link p9") && !run_as(0, WORK, "del b0"),
		  "xdp completed later: p9 works: %s", xmt_output());
	xmt_check(!run_as(0, WORK, "show"), "xdp completed later: show: %s", xmt_output());
	refusal_check("xdp completed later: add", run_as(0, WORK, "add a1 link p0"), 2,
		      "p0 is broken", "needs CAP_SYS_ADMIN");
	xmt_check(!run_as(0, WORK, "set a0 host on"), "xdp completed later: set: %s", xmt_output());
	xmt_check(!run_as(0, ALL, "set a0 host off") && !nt_xm(&refusal_net.host, "show") &&
			  strstr(xmt_output(), "xdp skb (skb") && !strstr(xmt_output(), "broken"),
		  "xdp completed later: completed: %s", xmt_output());
	nt_edit_record(&refusal_net.host, request_skb);
	xmt_check(!run_as(0, ALL, "detach p0 force") && !leftovers_on_parent(&refusal_net.host),
		  "xdp completed later: detach force: %s", xmt_output());
}

/* The last endpoint is deleted without the permission to remove XDP: a later command removes it. */
static void xdp_removed_later(void)
{
	nt_net(&refusal_net, 1, 0);
	install_program();
	nt_xm_must(&refusal_net.host, "attach p0 xdp native");
	nt_xm_must(&refusal_net.host, "add a0 link p0");
	nt_edit_record(&refusal_net.host, clear_explicit);
	xmt_check(!run_as(0, WORK, "del a0") && leftovers_pins() == 1, "xdp removed later: del: %s",
		  xmt_output());
	xmt_check(!run_as(0, WORK, "-j show p0") && leftovers_pins() == 1,
		  "xdp removed later: show: %s", xmt_output());
	nt_xm(&refusal_net.host, "sync");
	xmt_check(!leftovers_on_parent(&refusal_net.host), "xdp removed later: nothing is left");
}

static void missing_caps(void)
{
	static const char *const less[][2] = { { "+net_admin,+perfmon,+sys_admin", "CAP_BPF" },
					       { "+bpf,+perfmon,+sys_admin", "CAP_NET_ADMIN" },
					       { "+bpf,+net_admin,+sys_admin", "CAP_PERFMON" },
					       { "-all", "CAP_BPF, CAP_NET_ADMIN, CAP_PERFMON" } };
	static const char *const all[] = { "show",
					   "add x link p0",
					   "set e0 host on",
					   "del e0",
					   "attach p0 xdp skb",
					   "detach p0 force",
					   "-b - <<END\ndel e0\nEND" };
	char what[200], expected[80];

	refusal_make_net();
	install_program();
	refusal_save_state();
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 7; k++) {
			unsigned int user = i % 2 ? OTHER : 0;
			int code = run_as(user, less[i / 2][0], all[k]);

			snprintf(expected, sizeof(expected), "needs %s:", less[i / 2][1]);
			snprintf(what, sizeof(what), "user %u, %s: %s", user, less[i / 2][0],
				 all[k]);
			refusal_check(what, code, 2, expected, "PRIVILEGES");
		}
		refusal_check_unchanged(what);
	}
	/* The kernel creates no user namespace for a process in a chroot */
	if (xmt_run("unshare -U -r true"))
		xmt_skip("user namespace: %s", xmt_output());
	else
		refusal_check("user namespace", xmt_run("unshare -U -r %s show 2>&1", program), 2,
			      "outside of a user namespace", NULL);
}

/* Starts a process without capabilities in the peer's namespace; it ends with the case. */
static pid_t start_unprivileged_process(void)
{
	int ready[2];
	char byte;
	pid_t pid;

	if (pipe(ready))
		xmt_die("pipe");
	pid = fork();
	if (pid < 0)
		xmt_die("fork");
	if (!pid) {
		xmt_ns_enter(&refusal_net.peer[0]);
		byte = xm_caps_drop(0, 0);
		if (write(ready[1], &byte, 1) == 1)
			pause();
		_exit(1);
	}
	if (read(ready[0], &byte, 1) != 1 || byte)
		xmt_die("no process without capabilities");
	return pid;
}

/*
 * A command needs CAP_SYS_ADMIN to enter a namespace, and CAP_SYS_PTRACE to open the namespace of a
 * process with more capabilities.
 */
static void namespace_entry(void)
{
	char line[200];

	refusal_make_net();
	install_program();
	refusal_save_state();
	snprintf(line, sizeof(line), "add x link p0 netns %s", refusal_net.peer[0].name);
	refusal_check(line, run_as(0, WORK, line), 2, "needs CAP_SYS_ADMIN",
		      refusal_net.peer[0].name);
	refusal_check_unchanged("namespace: add");
	refusal_check("set", run_as(0, WORK, "set e0 address 02:00:00:00:01:09"), 2,
		      "needs CAP_SYS_ADMIN", "e0");
	refusal_check_unchanged("namespace: set address");
	snprintf(line, sizeof(line), "-n %s show", refusal_net.peer[0].name);
	refusal_check(line, run_as(0, WORK, line), 2, "needs CAP_SYS_ADMIN", "-n");
	snprintf(line, sizeof(line), "add x link p0 netns %d", getpid());
	refusal_check(line, run_as(0, ALL, line), 2, "needs CAP_SYS_PTRACE", NULL);
	refusal_check_unchanged("namespace of a process");
	snprintf(line, sizeof(line), "add x link p0 netns %s", refusal_net.host.name);
	xmt_check(!run_as(0, WORK, line), "the command's own namespace is not entered: %s",
		  xmt_output());
	snprintf(line, sizeof(line), "add y link p0 netns %d", start_unprivileged_process());
	xmt_check(!run_as(0, ALL, line), "the namespace of an unprivileged process: %s",
		  xmt_output());
}

static void check_effective(const char *line, unsigned int entries)
{
	char text[1000];
	struct effective_caps caps;
	int code;

	snprintf(text, sizeof(text), "exec nsenter --net=/run/netns/%s %s %s",
		 refusal_net.host.name, program, line);
	code = effective_caps_run(&caps, program, text);
	xmt_check(!code && caps.calls > 20 && !caps.excess && caps.entered == entries,
		  "%s: code %d, %u calls, %u of them setns, %u with excess capabilities%s %s", line,
		  code, caps.calls, caps.entered, caps.excess, caps.first, caps.tracer.message);
}

/* The commands run as root with all capabilities. */
static void effective_caps_of_commands(void)
{
	char line[100];

	nt_net(&refusal_net, 1, 0);
	install_program();
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
			   refusal_net.host.name, program),
		  "umask %s: add: %s", mask, xmt_output());
	xmt_must("find " FOLDER " -type d ! -perm 700 -o ! -type d ! -perm 600 | xargs -r ls -ld");
	xmt_check(!xmt_output()[0], "umask %s: folders have mode 0700, pins 0600: %s", mask,
		  xmt_output());
	xmt_must("find " FOLDER " ! -type d | wc -l");
	xmt_check(atoi(xmt_output()) > 12, "umask %s: %s pins", mask, xmt_output());
	nt_xm_must(&refusal_net.host, "del a0");
}

/* Only the owner of the pin folder may use it. */
static void folder_owner(void)
{
	nt_net(&refusal_net, 1, 0);
	install_program();
	check_pin_modes("0");
	check_pin_modes("0277");
	xmt_must("chmod 711 /sys/fs/bpf");
	refusal_check("root's folder", run_as(OTHER, ALL, "show"), 2, "belongs to user 0", FOLDER);
	give_folder(OTHER);
	refusal_check("another's folder", run_as(0, ALL, "show"), 2, "belongs to user 65534",
		      FOLDER);
	refusal_check("another's folder", nt_xm(&refusal_net.host, "show"), 2,
		      "belongs to user 65534", FOLDER);
	xmt_must("chmod 777 " FOLDER);
	refusal_check("another's open folder", run_as(0, ALL, "add a0 link p0"), 2,
		      "belongs to user 65534", FOLDER);
	xmt_must("rmdir " FOLDER);
	refusal_check("no folder", run_as(OTHER, ALL, "sync"), 2, "no permission",
		      "give it to user 65534");
	xmt_must("chmod 700 /sys/fs/bpf");
	refusal_check("no permission for /sys/fs/bpf", run_as(OTHER, ALL, "show"), 2,
		      "no permission", FOLDER);
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

/* Capabilities by `setcap`: a batch file that the user may not read stays unread */
static void batch_file_of_others(void)
{
	char path[64];
	int code;

	refusal_make_net();
	install_program();
	snprintf(path, sizeof(path), "/run/%ssecret", xmt_prefix());
	xmt_undo("rm -f %s", path);
	xmt_must("echo secretword > %s && chmod 600 %s", path, path);
	code = run_as(0, ALL ",+dac_read_search", "-b /dev/null");
	xmt_check(!code, "a batch file: %s", xmt_output());
	if (xmt_run("setcap cap_bpf,cap_net_admin,cap_perfmon,cap_dac_read_search+p %s", program)) {
		xmt_skip("setcap: %s", xmt_output());
		return;
	}
	code = xmt_run(
		"nsenter --net=/run/netns/%s setpriv --reuid=%u --regid=%u --clear-groups %s -f "
		"-b %s 2>&1",
		refusal_net.host.name, OTHER, OTHER, program, path);
	xmt_check(code == 1 && strstr(xmt_output(), "cannot open") &&
			  !strstr(xmt_output(), "secretword"),
		  "setcap: a batch file of root: code %d, %s", code, xmt_output());
}

static const struct nt_case cases[] = {
	{ "not lowered", 30, caps_not_lowered },
	{ "documented, root", 120, documented_caps_as_root },
	{ "documented, other user", 120, documented_caps_as_other_user },
	{ "xdp", 60, xdp_needs_sys_admin },
	{ "xdp removed later", 60, xdp_removed_later },
	{ "xdp completed later", 30, xdp_completed_later },
	{ "missing capability", 120, missing_caps },
	{ "namespace entry", 60, namespace_entry },
	{ "effective", 120, effective_caps_of_commands },
	{ "folder owner", 60, folder_owner },
	{ "drop", 20, caps_drop },
	{ "watcher", 30, watcher_caps },
	{ "batch file of others", 40, batch_file_of_others },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
