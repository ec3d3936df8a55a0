// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "base/clock.h"
#include "pins/lock.h"

/*
 * A signal that comes before flock() does not interrupt it, so the timer repeats the signal after
 * this time
 */
#define LOCK_SIGNAL_AGAIN_US 10000

/*
 * A line of /proc/locks: "1: FLOCK ADVISORY WRITE 1234 00:1b:12345 0 EOF". Returns the id of the
 * process when it is a lock of the file, else 0.
 */
static int lock_line_pid(const char *line, const struct stat *file)
{
	unsigned int major, minor;
	unsigned long ino;
	int pid;

	if (sscanf(line, "%*d: FLOCK %*s %*s %d %x:%x:%lu", &pid, &major, &minor, &ino) != 4)
		return 0;
	return ino == file->st_ino && makedev(major, minor) == file->st_dev ? pid : 0;
}

/* The id of the process that has a lock on the file; 0: none, or it is unknown */
static int lock_holder_pid(const struct stat *file)
{
	FILE *f = fopen("/proc/locks", "re");
	char line[256];
	int pid = 0;

	while (f && !pid && fgets(line, sizeof(line), f))
		pid = lock_line_pid(line, file);
	if (f)
		fclose(f);
	return pid;
}

static void lock_holder(int fd, char *ret, size_t size)
{
	char path[64], comm[64] = "?";
	struct stat file;
	int pid = fstat(fd, &file) ? 0 : lock_holder_pid(&file);
	FILE *f;

	if (pid <= 0) {
		snprintf(ret, size, "another process");
		return;
	}
	snprintf(path, sizeof(path), "/proc/%d/comm", pid);
	f = fopen(path, "re");
	if (f && fgets(comm, sizeof(comm), f))
		comm[strcspn(comm, "\n")] = '\0';
	if (f)
		fclose(f);
	snprintf(ret, size, "process %d (%s)", pid, comm);
}

bool xm_lock_is_held(const char *path)
{
	struct stat file;

	return !stat(path, &file) && lock_holder_pid(&file) > 0;
}

static void lock_interrupt(int signal)
{
	(void)signal;
}

void xm_lock_limit_begin(struct xm_lock_limit *limit, unsigned int ms)
{
	const struct itimerval timer = { .it_interval.tv_usec = LOCK_SIGNAL_AGAIN_US,
					 .it_value = { ms / 1000, ms % 1000 * 1000 } };
	const struct sigaction interrupt = { .sa_handler = lock_interrupt };
	sigset_t alarm;

	sigemptyset(&alarm);
	sigaddset(&alarm, SIGALRM);
	sigaction(SIGALRM, &interrupt, &limit->action);
	sigprocmask(SIG_UNBLOCK, &alarm, &limit->signals);
	setitimer(ITIMER_REAL, &timer, &limit->timer);
}

void xm_lock_limit_end(const struct xm_lock_limit *limit)
{
	setitimer(ITIMER_REAL, &limit->timer, NULL);
	sigprocmask(SIG_SETMASK, &limit->signals, NULL);
	sigaction(SIGALRM, &limit->action, NULL);
}

/*
 * Waits in flock(), which serves processes in the order of their calls; with repeated attempts
 * instead, some of many processes could wait for long. Returns 0 or a negative errno; -ETIMEDOUT:
 * `ms` milliseconds have passed.
 */
static int lock_block(int fd, unsigned int ms)
{
	int64_t deadline = xm_now_ms() + ms;
	struct xm_lock_limit limit;
	int err;

	xm_lock_limit_begin(&limit, ms);
	do
		err = flock(fd, LOCK_EX) ? -errno : 0;
	while (err == -EINTR && xm_now_ms() < deadline);
	xm_lock_limit_end(&limit);
	return err == -EINTR ? -ETIMEDOUT : err;
}

static int lock_try(int fd)
{
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return 0;
	return errno == EWOULDBLOCK ? -ETIMEDOUT : -errno;
}

/*
 * Takes the lock or waits for it. Returns 0, -ETIMEDOUT or another negative errno; *e is not
 * filled.
 */
static int lock_wait(int fd, const char *path, const struct xm_lock_wait *wait)
{
	unsigned int quiet = wait->ms < XM_LOCK_QUIET_MS ? wait->ms : XM_LOCK_QUIET_MS;
	int err = lock_try(fd);
	char holder[128];

	if (err == -ETIMEDOUT && quiet)
		err = lock_block(fd, quiet);
	if (err != -ETIMEDOUT || wait->ms <= quiet)
		return err;
	lock_holder(fd, holder, sizeof(holder));
	if (wait->report)
		wait->report(path, holder);
	return lock_block(fd, wait->ms - quiet);
}

int xm_lock_take(int fd, const char *path, const struct xm_lock_wait *wait, struct xm_err *e)
{
	int err = lock_wait(fd, path, wait);
	char holder[128];

	if (!err)
		return 0;
	if (err != -ETIMEDOUT)
		return xm_fail(e, err, "cannot lock %s: %s", path, strerror(-err));
	lock_holder(fd, holder, sizeof(holder));
	return xm_fail(e, err, "cannot lock %s within %u.%03u s: %s has the lock", path,
		       wait->ms / 1000, wait->ms % 1000, holder);
}
