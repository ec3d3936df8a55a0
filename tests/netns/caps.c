// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands with exactly the capabilities that xmacvlan(8) names, as user 0 and as another user, and
 * with one capability less
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "../../user/base/caps.h"
#include "caps_fixture.h"
#include "leftovers.h"

/* Commands that enter a namespace need CAPS_ALL, others CAPS_WORK; $ is the peer's namespace */
static const struct {
	const char *caps, *line;
} lines[] = {
	{ CAPS_WORK, "attach p0 xdp off guard off" },
	{ CAPS_WORK, "add a0 link p0 mode vepa" },
	{ CAPS_WORK, "add s0 link p0 mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02" },
	{ CAPS_WORK, "set a0 host on" },
	{ CAPS_WORK, "set a0 address 02:00:00:00:01:01 mode bridge" },
	{ CAPS_WORK, "set s0 macaddr set 02:99:00:00:00:03" },
	{ CAPS_ALL, "add e0 link p0 netns $ host on" },
	{ CAPS_WORK, "set e0 host off mode private" },
	{ CAPS_ALL, "set e0 address 02:00:00:00:01:02" },
	{ CAPS_WORK, "-s show" },
	{ CAPS_WORK, "-j -s show e0" },
	{ CAPS_WORK, "upgrade p0" },
	{ CAPS_ALL, "-n $ show" },
	{ CAPS_WORK, "del e0" },
	{ CAPS_WORK, "-b - <<END\nadd b0 link p0\ndel b0\nadd b1 link p0\nEND" },
	{ CAPS_WORK, "version" },
	{ CAPS_WORK, "detach p0 force" },
	{ CAPS_WORK, "add a0 link p0" },
	{ CAPS_WORK, "del a0" },
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

static void check_documented_caps(unsigned int user)
{
	nt_net(&refusal_net, 1, 0);
	caps_install_program();
	if (user)
		caps_give_folder(user);
	for (unsigned int i = 0; i < LINES; i++) {
		int code = caps_run_as(user, lines[i].caps, line_with_namespace(i));

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
	check_documented_caps(CAPS_OTHER);
}

/* XDP needs CAP_SYS_ADMIN in addition: libxdp opens programs by their ids */
static void xdp_needs_sys_admin(void)
{
	int code;

	refusal_make_net();
	caps_install_program();
	refusal_save_state();
	refusal_check("xdp: attach", caps_run_as(0, CAPS_WORK, "attach p0 xdp native guard on"), 2,
		      "needs CAP_SYS_ADMIN", "XDP");
	refusal_check_unchanged("xdp: attach");
	xmt_check(!caps_run_as(0, CAPS_ALL, "attach p0 xdp native guard on"), "xdp: attach: %s",
		  xmt_output());
	refusal_save_state();
	refusal_check("xdp: off", caps_run_as(0, CAPS_WORK, "attach p0 xdp off guard off"), 2,
		      "needs CAP_SYS_ADMIN", "XDP");
	refusal_check_unchanged("xdp: off");
	xmt_check(!caps_run_as(0, CAPS_WORK, "show"), "xdp: show: %s", xmt_output());
	refusal_check_unchanged("xdp: show");
	/* The program is the device's only one: netlink detaches it, which takes CAP_NET_ADMIN */
	code = caps_run_as(0, CAPS_WORK, "detach p0 force");
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

/*
 * An incomplete XDP makes its parent broken for processes without the capability, and no other
 * parent
 */
static void xdp_completed_later(void)
{
	nt_net(&refusal_net, 1, 0);
	caps_install_program();
	xmt_must("ip -n %s link add p9 type veth peer name w9", refusal_net.host.name);
	nt_xm_must(&refusal_net.host, "attach p0 xdp off");
	nt_xm_must(&refusal_net.host, "add a0 link p0");
	nt_edit_record(&refusal_net.host, request_skb);
	xmt_check(!caps_run_as(0, CAPS_WORK, "add b0 link p9") &&
			  !caps_run_as(0, CAPS_WORK, "del b0"),
		  "xdp completed later: p9 works: %s", xmt_output());
	xmt_check(!caps_run_as(0, CAPS_WORK, "show"), "xdp completed later: show: %s",
		  xmt_output());
	refusal_check("xdp completed later: add", caps_run_as(0, CAPS_WORK, "add a1 link p0"), 2,
		      "p0 is broken", "needs CAP_SYS_ADMIN");
	xmt_check(!caps_run_as(0, CAPS_WORK, "set a0 host on"), "xdp completed later: set: %s",
		  xmt_output());
	xmt_check(!caps_run_as(0, CAPS_ALL, "set a0 host off") &&
			  !nt_xm(&refusal_net.host, "show") &&
			  strstr(xmt_output(), "xdp skb (skb") && !strstr(xmt_output(), "broken"),
		  "xdp completed later: completed: %s", xmt_output());
	nt_edit_record(&refusal_net.host, request_skb);
	xmt_check(!caps_run_as(0, CAPS_ALL, "detach p0 force") &&
			  !leftovers_on_parent(&refusal_net.host),
		  "xdp completed later: detach force: %s", xmt_output());
}

/* The last endpoint is deleted without the permission to remove XDP: a later command removes it. */
static void xdp_removed_later(void)
{
	nt_net(&refusal_net, 1, 0);
	caps_install_program();
	nt_xm_must(&refusal_net.host, "attach p0 xdp native");
	nt_xm_must(&refusal_net.host, "add a0 link p0");
	nt_edit_record(&refusal_net.host, clear_explicit);
	xmt_check(!caps_run_as(0, CAPS_WORK, "del a0") && leftovers_pins() == 1,
		  "xdp removed later: del: %s", xmt_output());
	xmt_check(!caps_run_as(0, CAPS_WORK, "-j show p0") && leftovers_pins() == 1,
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
	caps_install_program();
	refusal_save_state();
	for (int i = 0; i < 8; i++) {
		for (int k = 0; k < 7; k++) {
			unsigned int user = i % 2 ? CAPS_OTHER : 0;
			int code = caps_run_as(user, less[i / 2][0], all[k]);

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
		refusal_check("user namespace", xmt_run("unshare -U -r %s show 2>&1", caps_program),
			      2, "outside of a user namespace", NULL);
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
	caps_install_program();
	refusal_save_state();
	snprintf(line, sizeof(line), "add x link p0 netns %s", refusal_net.peer[0].name);
	refusal_check(line, caps_run_as(0, CAPS_WORK, line), 2, "needs CAP_SYS_ADMIN",
		      refusal_net.peer[0].name);
	refusal_check_unchanged("namespace: add");
	refusal_check("set", caps_run_as(0, CAPS_WORK, "set e0 address 02:00:00:00:01:09"), 2,
		      "needs CAP_SYS_ADMIN", "e0");
	refusal_check_unchanged("namespace: set address");
	snprintf(line, sizeof(line), "-n %s show", refusal_net.peer[0].name);
	refusal_check(line, caps_run_as(0, CAPS_WORK, line), 2, "needs CAP_SYS_ADMIN", "-n");
	snprintf(line, sizeof(line), "add x link p0 netns %d", getpid());
	refusal_check(line, caps_run_as(0, CAPS_ALL, line), 2, "needs CAP_SYS_PTRACE", NULL);
	refusal_check_unchanged("namespace of a process");
	snprintf(line, sizeof(line), "add x link p0 netns %s", refusal_net.host.name);
	xmt_check(!caps_run_as(0, CAPS_WORK, line),
		  "the command's own namespace is not entered: %s", xmt_output());
	snprintf(line, sizeof(line), "add y link p0 netns %d", start_unprivileged_process());
	xmt_check(!caps_run_as(0, CAPS_ALL, line), "the namespace of an unprivileged process: %s",
		  xmt_output());
}

/* Capabilities by `setcap`: a batch file that the user may not read stays unread */
static void batch_file_of_others(void)
{
	char path[64];
	int code;

	refusal_make_net();
	caps_install_program();
	snprintf(path, sizeof(path), "/run/%ssecret", xmt_prefix());
	xmt_undo("rm -f %s", path);
	xmt_must("echo secretword > %s && chmod 600 %s", path, path);
	code = caps_run_as(0, CAPS_ALL ",+dac_read_search", "-b /dev/null");
	xmt_check(!code, "a batch file: %s", xmt_output());
	if (xmt_run("setcap cap_bpf,cap_net_admin,cap_perfmon,cap_dac_read_search+p %s",
		    caps_program)) {
		xmt_skip("setcap: %s", xmt_output());
		return;
	}
	code = xmt_run(
		"nsenter --net=/run/netns/%s setpriv --reuid=%u --regid=%u --clear-groups %s -f "
		"-b %s 2>&1",
		refusal_net.host.name, CAPS_OTHER, CAPS_OTHER, caps_program, path);
	xmt_check(code == 1 && strstr(xmt_output(), "cannot open") &&
			  !strstr(xmt_output(), "secretword"),
		  "setcap: a batch file of root: code %d, %s", code, xmt_output());
}

static const struct nt_case cases[] = {
	{ "documented, root", 120, documented_caps_as_root },
	{ "documented, other user", 120, documented_caps_as_other_user },
	{ "xdp", 60, xdp_needs_sys_admin },
	{ "xdp removed later", 60, xdp_removed_later },
	{ "xdp completed later", 30, xdp_completed_later },
	{ "missing capability", 120, missing_caps },
	{ "namespace entry", 60, namespace_entry },
	{ "batch file of others", 40, batch_file_of_others },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
