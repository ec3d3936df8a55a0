// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland under test. See daemon.h. */
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "daemon.h"

#define WITHIN_MS 2000

static pid_t daemon_pid;
static int log_fd; /* stderr of the watcher */

bool daemon_within_a_second(bool (*holds)(const void *), const void *arg)
{
	uint64_t begin = nt_now_ms(), end;

	while (nt_now_ms() < begin + WITHIN_MS * xmt_slow()) {
		if (holds(arg))
			return true;
		usleep(5000);
	}
	end = begin + nt_busy_limit_ms(WITHIN_MS);
	while (!holds(arg)) {
		if (nt_now_ms() >= end)
			return false;
		usleep(5000);
	}
	return true;
}

const char *daemon_bin(void)
{
	static char path[4100];

	snprintf(path, sizeof(path), "%sd", nt_bin());
	return path;
}

static char *read_log(void)
{
	static char log[65536];
	ssize_t n = pread(log_fd, log, sizeof(log) - 1, 0);

	log[n > 0 ? n : 0] = '\0';
	return log;
}

bool daemon_has_logged(const void *text)
{
	return strstr(read_log(), text);
}

unsigned int daemon_count_lines(const char *text)
{
	unsigned int n = 0;

	for (char *line = strtok(read_log(), "\n"); line; line = strtok(NULL, "\n"))
		n += strstr(line, text) != NULL;
	return n;
}

static bool daemon_has_ended(const void *unused)
{
	(void)unused;
	return waitpid(daemon_pid, NULL, WNOHANG) == daemon_pid;
}

static void enter_time_namespace(int seconds)
{
	int ns, fd;

	if (unshare(CLONE_NEWTIME))
		_exit(126);
	fd = open("/proc/self/timens_offsets", O_WRONLY | O_CLOEXEC);
	ns = open("/proc/self/ns/time_for_children", O_RDONLY | O_CLOEXEC);
	if (dprintf(fd, "monotonic %d 0\n", seconds) < 0 || setns(ns, CLONE_NEWTIME))
		_exit(126);
}

void daemon_start(void)
{
	daemon_start_with_clock(0);
}

/* stderr_fd -1: standard error is closed */
static void daemon_run(int stderr_fd, int seconds)
{
	daemon_pid = fork();
	if (daemon_pid)
		return;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	unsetenv("JOURNAL_STREAM");
	if (stderr_fd >= 0)
		dup2(stderr_fd, 2);
	else
		close(2);
	if (seconds)
		enter_time_namespace(seconds);
	execl(daemon_bin(), daemon_bin(), NULL);
	_exit(127);
}

void daemon_start_with_clock(int seconds)
{
	if (log_fd)
		close(log_fd);
	log_fd = memfd_create("log", MFD_CLOEXEC);
	daemon_run(log_fd, seconds);
	xmt_check(daemon_within_a_second(daemon_has_logged, "has started"), "xmacvland starts");
}

void daemon_start_with_stderr(int fd)
{
	daemon_run(fd, 0);
}

void daemon_signal(int signal)
{
	kill(daemon_pid, signal);
}

void daemon_end(int signal)
{
	kill(daemon_pid, signal);
	/* on a busy machine a killed process may stay in the kernel for a while */
	xmt_check(daemon_within_a_second(daemon_has_ended, NULL) ||
			  daemon_within_a_second(daemon_has_ended, NULL),
		  "xmacvland ends on signal %d", signal);
}
