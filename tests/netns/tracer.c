// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A command that is stopped at each of its system calls. See tracer.h. */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/ptrace.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "test.h"
#include "tracer.h"

#define SYSCALL_STOP (SIGTRAP | 0x80)

bool tracer_read_memory(const struct tracer_call *call, unsigned long address, void *ret,
			size_t size)
{
	struct iovec here = { ret, size }, there = { (void *)address, size };

	return process_vm_readv(call->pid, &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* The address of the first octets that sendto() or sendmsg() sends */
static bool tracer_sent_data(const struct tracer_call *call, unsigned long *ret)
{
	struct msghdr msg;
	struct iovec iov;

	*ret = call->args[1];
	if (call->nr != SYS_sendmsg)
		return true;
	if (!tracer_read_memory(call, call->args[1], &msg, sizeof(msg)) ||
	    !tracer_read_memory(call, (unsigned long)msg.msg_iov, &iov, sizeof(iov)))
		return false;
	*ret = (unsigned long)iov.iov_base;
	return true;
}

/* rtnetlink's GET requests are those whose type is 2 modulo 4 */
bool tracer_is_rtnl_get(const struct tracer_call *call)
{
	struct nlmsghdr nh;
	unsigned long data;

	return tracer_sent_data(call, &data) && tracer_read_memory(call, data, &nh, sizeof(nh)) &&
	       nh.nlmsg_type >= RTM_BASE && (nh.nlmsg_type & 3) == 2;
}

bool tracer_changes_files(const struct tracer_call *call)
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

bool tracer_path_has_prefix(const struct tracer_call *call, int arg, const char *text)
{
	size_t len = strlen(text);
	char path[64];

	return len <= sizeof(path) && tracer_read_memory(call, call->args[arg], path, len) &&
	       !memcmp(path, text, len);
}

#ifdef __x86_64__
bool tracer_can_fail(void)
{
	return true;
}

static void tracer_set_number(pid_t pid, long nr)
{
	struct user_regs_struct regs;

	ptrace(PTRACE_GETREGS, pid, NULL, &regs);
	regs.orig_rax = nr;
	ptrace(PTRACE_SETREGS, pid, NULL, &regs);
}

static void tracer_set_result(pid_t pid, long result)
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

static void tracer_set_number(pid_t pid, long nr)
{
	xmt_die("process %d: cannot set system call %ld on this architecture", pid, nr);
}

static void tracer_set_result(pid_t pid, long result)
{
	xmt_die("process %d: cannot set result %ld on this architecture", pid, result);
}
#endif

/* Replaces the call that the process is about to enter by none, and returns the error from it. */
static void tracer_fail_call(pid_t pid, int err)
{
	int status;

	tracer_set_number(pid, -1);
	ptrace(PTRACE_SYSCALL, pid, NULL, NULL);
	if (waitpid(pid, &status, __WALL) != pid || !WIFSTOPPED(status) ||
	    WSTOPSIG(status) != SYSCALL_STOP)
		xmt_die("a system call that the tracer fails did not return");
	tracer_set_result(pid, err);
}

static void tracer_enter_call(struct tracer *t, pid_t pid)
{
	struct __ptrace_syscall_info info;
	struct tracer_call call = { .pid = pid };
	int what;

	if (ptrace(PTRACE_GET_SYSCALL_INFO, pid, sizeof(info), &info) <= 0 ||
	    info.op != PTRACE_SYSCALL_INFO_ENTRY)
		return;
	call.nr = info.entry.nr;
	memcpy(call.args, info.entry.args, sizeof(call.args));
	what = t->on_call(t, &call);
	if (what == TRACER_KILL)
		kill(pid, SIGKILL);
	else if (what)
		tracer_fail_call(pid, what);
}

/* Threads of the command are traced like it. A new thread starts with a SIGSTOP. */
static int tracer_loop(struct tracer *t, pid_t leader)
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
			tracer_enter_call(t, pid);
		if (sig == SYSCALL_STOP || sig == SIGTRAP || sig == SIGSTOP)
			sig = 0;
		ptrace(PTRACE_SYSCALL, pid, NULL, (void *)(long)sig);
	}
	xmt_die("the traced command has ended without a status");
}

static void tracer_read_message(struct tracer *t, int fd)
{
	ssize_t n = pread(fd, t->message, sizeof(t->message) - 1, 0);

	if (n > 0 && t->message[n - 1] == '\n')
		n--;
	t->message[n > 0 ? n : 0] = '\0';
	close(fd);
}

/* The calls of the shell, up to the exec of the command, are passed to `on_call`, too */
int tracer_run(struct tracer *t, const char *line)
{
	int fd = memfd_create("stderr", MFD_CLOEXEC), ret;
	pid_t pid;

	fflush(NULL);
	pid = fd < 0 ? -1 : fork();
	if (pid < 0)
		xmt_die("fork: %s", strerror(errno));
	if (!pid) {
		if (!freopen("/dev/null", "w", stdout) || dup2(fd, 2) < 0)
			_exit(126);
		ptrace(PTRACE_TRACEME, 0, NULL, NULL);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	ret = tracer_loop(t, pid);
	tracer_read_message(t, fd);
	return ret;
}
