// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many commands at once. See background_jobs.h. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "background_jobs.h"
#include "prng.h"

#define KILL_MS	 500
#define LIMIT_MS 60000
#define MAX_ARGS 20

static void start(struct job *j, const struct xmt_ns *ns)
{
	char copy[160], *argv[MAX_ARGS] = { (char *)nt_bin(), "-n", (char *)ns->name };
	char *rest = copy, *word;
	int n = 3;

	snprintf(copy, sizeof(copy), "%s", j->line);
	while (n < MAX_ARGS - 1 && (word = strsep(&rest, " ")))
		argv[n++] = word;
	j->ended = j->killed = false;
	j->said = memfd_create("said", MFD_CLOEXEC);
	fflush(NULL);
	j->pid = fork();
	if (j->pid < 0 || j->said < 0)
		xmt_die("cannot start '%s'", j->line);
	if (j->pid)
		return;
	if (!freopen("/dev/null", "w", stdout) || dup2(j->said, 2) < 0)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

/* The process that has the lock, 0: none. "1: FLOCK  ADVISORY  WRITE 123 00:29:456 0 EOF" */
static pid_t lock_holder(void)
{
	unsigned long inode;
	char line[256];
	pid_t pid, found = 0;
	struct stat st;
	FILE *f;

	if (stat("/sys/fs/bpf/xmacvlan", &st))
		return 0;
	f = fopen("/proc/locks", "r");
	while (f && !found && fgets(line, sizeof(line), f))
		if (sscanf(line, "%*u: FLOCK ADVISORY WRITE %d %*x:%*x:%lu", &pid, &inode) == 2 &&
		    inode == st.st_ino)
			found = pid;
	if (f)
		fclose(f);
	return found;
}

/* Kills one of the round's commands while it has the lock: stopped, it cannot give it back first */
static bool kill_holder(const struct job *jobs)
{
	pid_t pid = lock_holder();
	siginfo_t info;
	bool holds;

	for (int i = 0; i < JOBS; i++) {
		if (!pid || jobs[i].pid != pid || jobs[i].ended || jobs[i].to_be_kept)
			continue;
		kill(pid, SIGSTOP);
		waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT);
		holds = lock_holder() == pid;
		kill(pid, holds ? SIGKILL : SIGCONT);
		return holds;
	}
	return false;
}

static bool reap(struct job *j)
{
	int status;

	if (j->ended || waitpid(j->pid, &status, WNOHANG) != j->pid)
		return false;
	j->ended = true;
	j->killed = WIFSIGNALED(status);
	j->code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return true;
}

static void give_up(const struct job *jobs)
{
	for (int i = 0; i < JOBS; i++)
		if (!jobs[i].ended) {
			xmt_fail("no end after %u ms: %s", LIMIT_MS, jobs[i].line);
			kill(jobs[i].pid, SIGKILL);
			waitpid(jobs[i].pid, NULL, 0);
		}
	xmt_die("a deadlock");
}

bool background_jobs_run(struct job jobs[JOBS], const struct xmt_ns *ns, unsigned int kills,
			 struct xmt_prng *prng)
{
	uint64_t begin = nt_now_ms();
	unsigned int left = JOBS;
	bool holder = false;

	for (unsigned int i = 0; i < JOBS; i++) {
		jobs[i].kill_at = i < kills ? begin + xmt_rand(prng, KILL_MS) : 0;
		start(&jobs[i], ns);
	}
	while (left) {
		holder = holder || (kills && kill_holder(jobs));
		for (int i = 0; i < JOBS; i++) {
			left -= reap(&jobs[i]);
			if (!jobs[i].ended && jobs[i].kill_at && nt_now_ms() > jobs[i].kill_at)
				kill(jobs[i].pid, SIGKILL);
		}
		if (nt_now_ms() > begin + LIMIT_MS)
			give_up(jobs);
		usleep(500);
	}
	return holder;
}
