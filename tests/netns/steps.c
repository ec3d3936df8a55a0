// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands killed at every single step: before its 1st, 2nd, ... system call that changes anything,
 * so that no state in between is left to luck. After each kill one `show` repairs (see whole.h).
 * Scenarios that load programs each time are slow: of them every fifth step is tried, from a random
 * one on, or every one with XMT_FULL=1.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "left.h"
#include "pkt.h"
#include "whole.h"

#define MAX_STEPS 400
#define STRIDE	  5
#define MAX_BAD	  8 /* then the scenario ends */

struct scenario {
	const char *name;
	bool keep; /* with k0 beside */
	bool passthru;
	bool slow;
	const char *before[4]; /* make the state that the command finds */
	const char *command;
};

/* rtnetlink's GET requests are those whose type is 2 modulo 4 */
static bool is_look_up(pid_t pid, unsigned long message)
{
	struct nlmsghdr nh = {};
	struct iovec here = {&nh, sizeof(nh)}, there = {(void *)message, sizeof(nh)};

	return process_vm_readv(pid, &here, 1, &there, 1, 0) == sizeof(nh) &&
	       nh.nlmsg_type >= RTM_BASE && (nh.nlmsg_type & 3) == 2;
}

/* Calls that change nothing by themselves (look-ups, loading a program) are no steps */
static bool is_step(pid_t pid, const struct __ptrace_syscall_info *info)
{
	switch (info->entry.nr) {
	case SYS_bpf:
		switch (info->entry.args[0]) {
		case BPF_MAP_UPDATE_ELEM:
		case BPF_MAP_DELETE_ELEM:
		case BPF_OBJ_PIN:
		case BPF_LINK_CREATE:
		case BPF_LINK_UPDATE:
		case BPF_LINK_DETACH:
			return true;
		}
		return false;
	case SYS_sendto:
		return !is_look_up(pid, info->entry.args[1]);
	case SYS_sendmsg:
	case SYS_ioctl:
	case SYS_unlinkat:
	case SYS_renameat:
	case SYS_renameat2:
	case SYS_mkdirat:
#ifdef SYS_unlink
	case SYS_unlink:
	case SYS_rmdir:
	case SYS_rename:
	case SYS_mkdir:
#endif
		return true;
	}
	return false;
}

/* Runs to its end or is killed before step `stop`. Its exit code, or -1 when it was killed. */
static int trace(pid_t pid, unsigned int stop)
{
	struct __ptrace_syscall_info info;
	unsigned int steps = 0;
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFSTOPPED(status))
		xmt_die("the traced command did not stop");
	ptrace(PTRACE_SETOPTIONS, pid, NULL, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL);
	for (;;) {
		int sig = 0;

		if (WIFEXITED(status))
			return WEXITSTATUS(status);
		if (WIFSIGNALED(status))
			return -1;
		if (WSTOPSIG(status) == (SIGTRAP | 0x80) &&
		    ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) > 0 &&
		    info.op == PTRACE_SYSCALL_INFO_ENTRY && is_step(pid, &info) && ++steps == stop)
			kill(pid, SIGKILL);
		else if (WSTOPSIG(status) != SIGTRAP && WSTOPSIG(status) != (SIGTRAP | 0x80))
			sig = WSTOPSIG(status);
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
		waitpid(pid, &status, 0);
	}
}

static void fill_in(const struct whole *w, const char *line, char *ret, size_t size)
{
	snprintf(ret, size, "exec %s -n %s ", nt_bin(), w->net.host.name);
	for (size_t at = strlen(ret); *line && at < size - 50; line++) {
		if (*line == '$')
			at += snprintf(ret + at, size - at, "%s", w->net.peer[1].name);
		else
			ret[at++] = *line;
		ret[at] = '\0';
	}
}

/* `sh -c exec`: the steps are counted from the command's own exec on; the shell makes none */
static int run_until(const struct whole *w, const char *line, unsigned int stop)
{
	char text[512];
	pid_t pid;

	fill_in(w, line, text, sizeof(text));
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		xmt_die("fork: %s", strerror(errno));
	if (pid)
		return trace(pid, stop);
	if (!freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
		_exit(126);
	ptrace(PTRACE_TRACEME, 0, NULL, NULL);
	execl("/bin/sh", "sh", "-c", text, NULL);
	_exit(127);
}

static void set_back(struct whole *w, const struct scenario *s)
{
	nt_xm(&w->net.host, "del x0");
	nt_xm(&w->net.host, "del x1");
	if (!s->keep)
		nt_xm(&w->net.host, "detach p0 force");
	for (int i = 0; i < 4 && s->before[i]; i++)
		if (run_until(w, s->before[i], 0))
			whole_wrong(w, "'%s', which prepares the next step, failed", s->before[i]);
}

static void kill_at_each_step(const struct scenario *s)
{
	unsigned int stride = s->slow && !getenv("XMT_FULL") ? STRIDE : 1;
	unsigned int step, kills = 0, first = 1 + getpid() % stride;
	struct whole w = {.passthru = s->passthru};
	uint8_t mac[6];
	int code = -1;

	whole_make(&w);
	if (s->keep)
		whole_keep(&w);
	for (step = first; code < 0 && step < MAX_STEPS && w.bad < MAX_BAD; step += stride) {
		set_back(&w, s);
		code = run_until(&w, s->command, step);
		kills += code < 0;
		snprintf(w.last, sizeof(w.last), "step %u of '%s'", step, s->command);
		whole_check(&w);
		if (s->passthru && !left_host_ends(&w.net.host)) {
			xmt_link_mac(&w.net.host, "p0", mac);
			if (strcmp(xmt_mac_text(mac), NT_HOST_MAC))
				whole_wrong(&w, "p0 has not got its MAC back");
		}
	}
	xmt_check(!w.bad && !code, "%s: whole after %u kills, from step %u every %u", s->name,
		  kills, first, stride);
	nt_xm(&w.net.host, "detach p0 force");
	xmt_check(!left_on_parent(&w.net.host) && !whole_filter_entries(&w),
		  "%s: in the end %s is left", s->name, left_on_parent(&w.net.host) ?: "nothing");
}

#define ADD_X0 "add x0 link p0 netns $ address 02:00:00:00:01:01 "

#define ADD_X1 "add x1 link p0 netns $ address 02:00:00:00:01:02 "

static const struct scenario scenarios[] = {
	{.name = "add", .keep = true, .command = ADD_X0 "host on"},
	{.name = "add source",
	 .keep = true,
	 .command = ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	{.name = "del", .keep = true, .before = {ADD_X0 "host on"}, .command = "del x0"},
	{.name = "del source",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "del x0"},
	{.name = "set address",
	 .keep = true,
	 .before = {ADD_X0},
	 .command = "set x0 address 02:00:00:00:01:02"},
	{.name = "set macaddr",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "set x0 macaddr set 02:99:00:00:00:02 02:99:00:00:00:03"},
	{.name = "leave source",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "set x0 mode private"},
	{.name = "host on", .keep = true, .before = {ADD_X0}, .command = "set x0 host on"},
	{.name = "host off",
	 .keep = true,
	 .before = {ADD_X0 "host on"},
	 .command = "set x0 host off"},
	{.name = "first add", .slow = true, .command = ADD_X0 "host on"},
	{.name = "last del", .slow = true, .before = {ADD_X0 "host on"}, .command = "del x0"},
	{.name = "attach", .slow = true, .command = "attach p0 xdp native"},
	{.name = "xdp on",
	 .before = {"attach p0 xdp off", ADD_X0},
	 .command = "attach p0 xdp native"},
	{.name = "xdp other",
	 .before = {"attach p0 xdp skb", ADD_X0},
	 .command = "attach p0 xdp native"},
	{.name = "xdp off",
	 .before = {"attach p0 xdp native", ADD_X0},
	 .command = "attach p0 xdp off"},
	{.name = "detach",
	 .slow = true,
	 .before = {"attach p0 xdp native", ADD_X0 "host on"},
	 .command = "detach p0 force"},
	{.name = "batch add",
	 .slow = true,
	 .before = {"attach p0 xdp off"},
	 .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND"},
	{.name = "batch more",
	 .keep = true,
	 .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND"},
	{.name = "batch del",
	 .keep = true,
	 .before = {ADD_X0, ADD_X1},
	 .command = "-b - <<END\ndel x0\ndel x1\n" ADD_X0 "\nEND"},
	{.name = "add passthru",
	 .slow = true,
	 .passthru = true,
	 .command = "add x0 link p0 netns $ mode passthru"},
	{.name = "del passthru",
	 .slow = true,
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru", "set x0 address 02:00:00:00:01:05"},
	 .command = "del x0"},
	{.name = "passthru address",
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru"},
	 .command = "set x0 address 02:00:00:00:01:05"},
	{.name = "nopromisc",
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru"},
	 .command = "set x0 nopromisc"},
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static void run_scenario(void)
{
	kill_at_each_step(&scenarios[nt_index()]);
}

int main(int argc, char **argv)
{
	struct nt_case cases[SCENARIOS];

	for (size_t i = 0; i < SCENARIOS; i++)
		cases[i] = (struct nt_case){scenarios[i].name, 300, run_scenario};
	nt_main(argc, argv, cases, SCENARIOS);
}
