// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Results, and the first process, which supervises the test. See test.h. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/utsname.h>
#include <sys/vfs.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <linux/magic.h>

#include "run.h"
#include "test.h"

#define UNDO_MAX 256
#define UNDO_LEN 256

/* Memory shared by the first process and the child: results outlive the child. */
struct shared {
	unsigned int passed, failed, skipped;
	char undo[UNDO_MAX][UNDO_LEN]; /* "" is a free entry */
	unsigned int seq[UNDO_MAX], next_seq;
};

static struct shared *shared;
static char prefix[24];

unsigned int xmt_slow(void)
{
	const char *text = getenv("XM_SLOW");
	int n = text ? atoi(text) : 1;

	return n > 1 ? n : 1;
}

unsigned int xmt_kernel(void)
{
	unsigned int major, minor;
	struct utsname name;

	if (uname(&name) || sscanf(name.release, "%u.%u", &major, &minor) != 2)
		xmt_die("cannot read the version of the kernel");
	return XMT_KERNEL(major, minor);
}

const char *xmt_prefix(void)
{
	return prefix;
}

static void result_count(unsigned int *counter, const char *word, const char *fmt, va_list ap)
{
	if (shared)
		(*counter)++;
	if (!fmt)
		return;
	printf("%s ", word);
	vprintf(fmt, ap);
	printf("\n");
	fflush(stdout);
}

void xmt_pass(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_count(&shared->passed, "ok  ", fmt, ap);
	va_end(ap);
}

void xmt_fail(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_count(&shared->failed, "FAIL", fmt, ap);
	va_end(ap);
}

void xmt_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_count(&shared->skipped, "skip", fmt, ap);
	va_end(ap);
}

int xmt_check(int ok, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_count(ok ? &shared->passed : &shared->failed, ok ? "ok  " : "FAIL", fmt, ap);
	va_end(ap);
	return !!ok;
}

unsigned int xmt_failures(void)
{
	return shared->failed;
}

void xmt_die(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	result_count(&shared->failed, "FAIL", fmt, ap);
	va_end(ap);
	exit(1);
}

void xmt_done(void)
{
	exit(shared->failed ? 1 : 0);
}

int xmt_undo(const char *fmt, ...)
{
	char line[UNDO_LEN];
	va_list ap;
	int i, len;

	va_start(ap, fmt);
	len = vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	if (len >= UNDO_LEN)
		return -E2BIG;
	for (i = 0; i < UNDO_MAX; i++) {
		if (shared->undo[i][0])
			continue;
		shared->seq[i] = ++shared->next_seq;
		memcpy(shared->undo[i], line, len + 1);
		return i;
	}
	return -ENOSPC;
}

void xmt_undone(int id)
{
	if (id >= 0 && id < UNDO_MAX)
		shared->undo[id][0] = '\0';
}

static void undo_run_all(void)
{
	int i, newest;

	for (;;) {
		newest = -1;
		for (i = 0; i < UNDO_MAX; i++)
			if (shared->undo[i][0] &&
			    (newest < 0 || shared->seq[i] > shared->seq[newest]))
				newest = i;
		if (newest < 0)
			return;
		xmt_run("timeout 20 %s", shared->undo[newest]);
		shared->undo[newest][0] = '\0';
	}
}

/* Deletes this run's namespaces (`own`), or those of runs whose process no longer exists. */
static void delete_namespaces(bool own)
{
	struct dirent *entry;
	char *end;
	long pid;
	DIR *dir;

	dir = opendir("/run/netns");
	if (!dir)
		return;
	while ((entry = readdir(dir))) {
		if (strncmp(entry->d_name, "xmt", 3))
			continue;
		pid = strtol(entry->d_name + 3, &end, 10);
		if (*end != '-' || pid <= 0)
			continue;
		if (own ? !strncmp(entry->d_name, prefix, strlen(prefix))
			: kill(pid, 0) && errno == ESRCH)
			xmt_run("ip netns del '%s'", entry->d_name);
	}
	closedir(dir);
}

/* Waits for the child. Returns 0 if it ended by itself, else the signal for which it was killed. */
static int child_wait(pid_t child, const sigset_t *set, unsigned int timeout_s, int *ret_status)
{
	struct timespec now, end, left;
	int sig;

	clock_gettime(CLOCK_MONOTONIC, &end);
	end.tv_sec += timeout_s;
	for (;;) {
		if (waitpid(child, ret_status, WNOHANG) == child)
			return 0;
		clock_gettime(CLOCK_MONOTONIC, &now);
		left = (struct timespec){ .tv_sec = end.tv_sec - now.tv_sec };
		if (timeout_s && left.tv_sec <= 0)
			sig = SIGALRM;
		else
			sig = sigtimedwait(set, NULL, timeout_s ? &left : NULL);
		if (sig < 0 || sig == SIGCHLD)
			continue;
		kill(-child, SIGKILL);
		waitpid(child, ret_status, 0);
		return sig;
	}
}

static void child_supervise(pid_t child, const sigset_t *set, unsigned int timeout_s)
	__attribute__((noreturn));

static void child_supervise(pid_t child, const sigset_t *set, unsigned int timeout_s)
{
	int status = 0, sig;

	setpgid(child, child);
	sig = child_wait(child, set, timeout_s, &status);
	kill(-child, SIGKILL);
	if (sig == SIGALRM)
		xmt_fail("not finished after %u s", timeout_s);
	else if (sig)
		xmt_fail("stopped by signal %d", sig);
	else if (WIFSIGNALED(status))
		xmt_fail("the test was killed by signal %d (%s)", WTERMSIG(status),
			 strsignal(WTERMSIG(status)));
	else if (WEXITSTATUS(status) && !shared->failed)
		xmt_fail("the test exited with code %d", WEXITSTATUS(status));
	undo_run_all();
	delete_namespaces(true);
	printf("%u passed, %u failed, %u skipped\n", shared->passed, shared->failed,
	       shared->skipped);
	exit(shared->failed ? 1 : 0);
}

void xmt_init(unsigned int timeout_s)
{
	sigset_t set, old;
	pid_t child;

	timeout_s *= xmt_slow();
	setvbuf(stdout, NULL, _IOLBF, 0);
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (shared == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	if (geteuid()) {
		printf("skip this test needs root\n0 passed, 0 failed, 1 skipped\n");
		exit(0);
	}
	snprintf(prefix, sizeof(prefix), "xmt%d-", (int)getpid());
	delete_namespaces(false);
	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigaddset(&set, SIGALRM);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, &old);
	fflush(NULL);
	child = fork();
	if (child < 0)
		xmt_die("fork: %s", strerror(errno));
	if (child)
		child_supervise(child, &set, timeout_s);
	setpgid(0, 0);
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	sigprocmask(SIG_SETMASK, &old, NULL);
}

int xmt_bpffs(void)
{
	struct statfs fs;

	if (!statfs("/sys/fs/bpf", &fs) && (unsigned int)fs.f_type == BPF_FS_MAGIC)
		return 0;
	return mount("bpf", "/sys/fs/bpf", "bpf", 0, "mode=0700") ? -errno : 0;
}
