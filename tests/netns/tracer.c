// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A command stopped at each system call. See tracer.h. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "tracer.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)

static bool peek(const struct tracer_call *call, unsigned long address, void *ret, size_t size)
{
	struct iovec here = { ret, size }, there = { (void *)address, size };

	return process_vm_readv(call->pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* rtnetlink's GET requests are those whose type is 2 modulo 4 */
bool tracer_is_look_up(const struct tracer_call *call)
{
	struct nlmsghdr nh;

	return peek(call, call->args[1], &nh, sizeof(nh)) && nh.nlmsg_type >= RTM_BASE &&
	       (nh.nlmsg_type & 3) == 2;
}

bool tracer_is_of_folder(const struct tracer_call *call)
{
	switch (call->nr) {
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

bool tracer_path_begins(const struct tracer_call *call, int arg, const char *text)
{
	size_t len = strlen(text);
	char path[64];

	return len <= sizeof(path) && peek(call, call->args[arg], path, len) &&
	       !memcmp(path, text, len);
}

#ifdef __x86_64__
bool tracer_can_fail(void)
{
	return true;
}

static void set_number(pid_t pid, long nr)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.orig_rax = nr;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void set_result(pid_t pid, long result)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.rax = result;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}
#else
bool tracer_can_fail(void)
{
	return false;
}

static void set_number(pid_t pid, long nr)
{
	xmt_die("process %d: cannot set system call %ld on this machine", pid, nr);
}

static void set_result(pid_t pid, long result)
{
	xmt_die("process %d: cannot set result %ld on this machine", pid, result);
}
#endif

/* Makes no call instead of the one it stands before, then gives it the error */
static void fail_call(pid_t pid, int err)
{
	int status;

	set_number(pid, -1);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SYSCALL_STOP)
		xmt_die("a system call that was to fail did not return");
	set_result(pid, err);
}

static void ask(struct tracer *t, pid_t pid)
{
	struct __ptrace_syscall_info info;
	struct tracer_call call = { .pid = pid };
	int what;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	call.nr = info.entry.nr;
	memcpy(call.args, info.entry.args, sizeof(call.args));
	what = t->at(t, &call);
	if (what == TRACER_KILL)
		kill(pid, SIGKILL);
	else if (what)
		fail_call(pid, what);
}

/* The command's threads are traced as it is. SIGSTOP is what a new one begins with. */
static int trace(struct tracer *t, pid_t leader)
{
	int status, sig;
	pid_t pid;

	if (waitpid(leader, &status, 0) != leader || !WIFSTOPPED(status))
		xmt_die("the traced command did not stop");
	ptrace(PTRACE_SETOPTIONS, leader, NULL,
	       PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL | PTRACE_O_TRACECLONE);
	ptrace(PTRACE_SYSCALL, leader, NULL, NULL);
	while ((pid = waitpid(-1, &status, __WALL)) > 0) {
		if (pid == leader && WIFEXITED(status))
			return WEXITSTATUS(status);
		if (pid == leader && WIFSIGNALED(status))
			return WTERMSIG(status) == SIGKILL ? -1 : -WTERMSIG(status);
		if (!WIFSTOPPED(status))
			continue;
		sig = WSTOPSIG(status);
		if (sig == SYSCALL_STOP)
			ask(t, pid);
		if (sig == SYSCALL_STOP || sig == SIGTRAP || sig == SIGSTOP)
			sig = 0;
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
	}
	xmt_die("the traced command is lost");
}

static void take_said(struct tracer *t, int fd)
{
	ssize_t n = pread(fd, t->said, sizeof(t->said) - 1, 0);

	if (n > 0 && t->said[n - 1] == '\n')
		n--;
	t->said[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* `sh -c exec`: calls are told from the command's own exec on too, but the shell changes nothing */
int tracer_run(struct tracer *t, const char *line)
{
	int said = memfd_create("said", MFD_CLOEXEC), ret;
	pid_t pid;

	fflush(NULL);
	pid = said < 0 ? -1 : fork();
	if (pid < 0)
		xmt_die("fork: %s", strerror(errno));
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout) || dup2(said, 2) < 0)
			_exit(126);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	ret = trace(t, pid);
	take_said(t, said);
	return ret;
}
