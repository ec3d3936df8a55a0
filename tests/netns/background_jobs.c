// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many commands at once. See background_jobs.h. */
#include <glob.h>
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

static void job_start(struct job *j, const struct xmt_ns *ns)
{
	char copy[160], *argv[MAX_ARGS] = { (char *)nt_bin(), "-n", (char *)ns->name };
	char *rest = copy, *word;
	int n = 3;

	snprintf(copy, sizeof(copy), "%s", j->line);
	while (n < MAX_ARGS - 1 && (word = strsep(&rest, " ")))
		argv[n++] = word;
	j->ended = j->killed = false;
	j->messages = memfd_create("stderr", MFD_CLOEXEC);
	fflush(NULL);
	j->pid = fork();
	if (j->pid < 0 || j->messages < 0)
		xmt_die("cannot start '%s'", j->line);
	if (j->pid)
		return;
	if (!freopen("/dev/null", "w", stdout) || dup2(j->messages, 2) < 0)
		_exit(126);
	execv(argv[0], argv);
	_exit(127);
}

/*
 * The process that holds the lock of a folder of pins, or 0. A line of /proc/locks:
 * "1: FLOCK  ADVISORY  WRITE 123 00:29:456 0 EOF"
 */
static pid_t folder_lock_holder(const char *folder)
{
	unsigned long inode;
	char line[256];
	pid_t pid, found = 0;
	struct stat st;
	FILE *f;

	if (stat(folder, &st))
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

static pid_t lock_holder(void)
{
	pid_t found = 0;
	glob_t folders;

	if (glob("/sys/fs/bpf/xmacvlan/n*", 0, NULL, &folders))
		return 0;
	for (size_t i = 0; i < folders.gl_pathc && !found; i++)
		found = folder_lock_holder(folders.gl_pathv[i]);
	globfree(&folders);
	return found;
}

/* Kills a job that holds the lock. The job is stopped first, so that it cannot release the lock. */
static bool job_kill_lock_holder(const struct job *jobs)
{
	pid_t pid = lock_holder();
	siginfo_t info;
	bool holds;

	for (int i = 0; i < JOBS; i++) {
		if (!pid || jobs[i].pid != pid || jobs[i].ended || jobs[i].not_as_holder)
			continue;
		kill(pid, SIGSTOP);
		waitid(P_PID, pid, &info, WSTOPPED | WEXITED | WNOWAIT);
		holds = lock_holder() == pid;
		kill(pid, holds ? SIGKILL : SIGCONT);
		return holds;
	}
	return false;
}

static bool job_reap(struct job *j)
{
	int status;

	if (j->ended || waitpid(j->pid, &status, WNOHANG) != j->pid)
		return false;
	j->ended = true;
	j->killed = WIFSIGNALED(status);
	j->code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
	return true;
}

static void jobs_kill_all(const struct job *jobs)
{
	for (int i = 0; i < JOBS; i++)
		if (!jobs[i].ended) {
			xmt_fail("not finished after %u ms: %s", LIMIT_MS, jobs[i].line);
			kill(jobs[i].pid, SIGKILL);
			waitpid(jobs[i].pid, NULL, 0);
		}
	xmt_die("commands are deadlocked");
}

bool background_jobs_run(struct job jobs[JOBS], const struct xmt_ns *ns, unsigned int kills,
			 struct xmt_prng *prng)
{
	uint64_t begin = nt_now_ms();
	unsigned int left = JOBS;
	bool holder = false;

	for (unsigned int i = 0; i < JOBS; i++) {
		jobs[i].kill_at = i < kills ? begin + xmt_rand(prng, KILL_MS) : 0;
		job_start(&jobs[i], ns);
	}
	while (left) {
		holder = holder || (kills && job_kill_lock_holder(jobs));
		for (int i = 0; i < JOBS; i++) {
			left -= job_reap(&jobs[i]);
			if (!jobs[i].ended && jobs[i].kill_at && nt_now_ms() > jobs[i].kill_at)
				kill(jobs[i].pid, SIGKILL);
		}
		if (nt_now_ms() > begin + LIMIT_MS)
			jobs_kill_all(jobs);
		usleep(500);
	}
	return holder;
}
