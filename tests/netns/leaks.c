// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One session repeats the same commands: its numbers of descriptors and of BPF objects, and its
 * memory, must not grow with the repetitions. A command reads a batch to its end before the first
 * line and prints at the end. It is sampled while its last output does not fit into the pipe: then
 * it has closed everything that belongs to the session, and what is still open was leaked.
 * XMT_FULL=1: 10,000 repetitions.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "nt.h"

#define WARM_UP	   20
#define MAX_BYTES  (320 * 1024) /* the process may grow by that; more than malloc() keeps */
#define PIPE_BYTES 4096
#define LAST_HELPS 8 /* lines `help`, which print more than the pipe holds */

static struct nt_net net;

struct session {
	pid_t pid;
	int out; /* its stdout and stderr: a pipe of PIPE_BYTES */
};

struct sample {
	unsigned int fds;
	unsigned int maps, progs, links; /* of the system: other tests may run */
	long rss, heap; /* bytes */
};

static void session_start(struct session *s, int batch)
{
	int out[2];

	if (pipe2(out, O_CLOEXEC) || fcntl(out[1], F_SETPIPE_SZ, PIPE_BYTES) != PIPE_BYTES)
		xmt_die("no pipe");
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		/* Or the data grow by a stack when more threads than before ran at once */
		setenv("GLIBC_TUNABLES", "glibc.pthread.stack_cache_size=0", 1);
		dup2(batch, 0);
		dup2(out[1], 1);
		dup2(out[1], 2);
		execl(nt_bin(), nt_bin(), "-n", net.host.name, "-b", "-", NULL);
		_exit(127);
	}
	close(out[1]);
	s->out = out[0];
}

/* Waits until the session has closed the engine and its output fills the pipe */
static void session_wait_for_output(const struct session *s)
{
	siginfo_t info = {};
	int bytes = 0;

	while (bytes < PIPE_BYTES) {
		if (ioctl(s->out, FIONREAD, &bytes))
			xmt_die("FIONREAD");
		if (waitid(P_PID, s->pid, &info, WEXITED | WNOHANG | WNOWAIT) || info.si_pid)
			xmt_die("the session has ended");
		usleep(2000);
	}
}

/* Runs the lines that many times, up to the last output */
static void session_run(struct session *s, const char *lines, unsigned int times)
{
	int fd = memfd_create("batch", MFD_CLOEXEC);
	FILE *f = fd < 0 ? NULL : fdopen(dup(fd), "w");

	if (!f)
		xmt_die("no batch");
	for (unsigned int i = 0; i < times; i++)
		fputs(lines, f);
	for (int i = 0; i < LAST_HELPS; i++)
		fputs("help\n", f);
	if (fclose(f) || lseek(fd, 0, SEEK_SET))
		xmt_die("cannot write the batch");
	session_start(s, fd);
	close(fd);
	session_wait_for_output(s);
}

static int session_end(struct session *s)
{
	char text[PIPE_BYTES];
	int status;

	while (read(s->out, text, sizeof(text)) > 0)
		;
	close(s->out);
	waitpid(s->pid, &status, 0);
	return status;
}

static unsigned int count_bpf_ids(int (*next)(__u32, __u32 *))
{
	unsigned int n = 0;

	for (__u32 id = 0; !next(id, &id);)
		n++;
	return n;
}

/* The number with this key in /proc/PID/<file>, in bytes */
static long proc_number(pid_t pid, const char *file, const char *key)
{
	char path[64], line[200];
	long kb = -1;
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	f = fopen(path, "re");
	while (f && kb < 0 && fgets(line, sizeof(line), f))
		if (!strncmp(line, key, strlen(key)))
			kb = strtol(line + strlen(key), NULL, 10);
	if (f)
		fclose(f);
	if (kb < 0)
		xmt_die("no %s in %s", key, path);
	return kb * 1024;
}

static unsigned int count_descriptors(pid_t pid)
{
	unsigned int n = 0;
	char path[64];
	DIR *d;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)pid);
	d = opendir(path);
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

static struct sample sample_take(const struct session *s)
{
	return (struct sample){
		.fds = count_descriptors(s->pid),
		.maps = count_bpf_ids(bpf_map_get_next_id),
		.progs = count_bpf_ids(bpf_prog_get_next_id),
		.links = count_bpf_ids(bpf_link_get_next_id),
		.rss = proc_number(s->pid, "status", "RssAnon:"),
		.heap = proc_number(s->pid, "status", "VmData:"),
	};
}

/* Fewer than one more object in four repetitions; a leak is one each time */
static int no_more_objects(const struct sample *a, const struct sample *b, unsigned int times)
{
	return b->maps < a->maps + times / 4 && b->progs < a->progs + times / 4 &&
	       b->links < a->links + times / 4;
}

/*
 * Samples again while there are more objects: other programs run, and objects are freed after a
 * grace period. A leak stays.
 */
static struct sample sample_take_late(const struct session *s, const struct sample *a,
				      unsigned int times)
{
	struct sample b = sample_take(s);

	for (int i = 0; i < 20 && !no_more_objects(a, &b, times); i++) {
		sleep(1);
		b = sample_take(s);
	}
	return b;
}

static void check_growth(const char *what, const char *lines, unsigned int times)
{
	struct sample a, b;
	struct session s;

	session_run(&s, lines, WARM_UP);
	a = sample_take(&s);
	xmt_check(!session_end(&s), "%s: %u repetitions", what, WARM_UP);
	session_run(&s, lines, times);
	b = sample_take_late(&s, &a, times);
	xmt_check(b.fds <= a.fds, "%s: %u descriptors, after %u repetitions %u", what, a.fds, times,
		  b.fds);
	xmt_check(b.rss - a.rss < MAX_BYTES && b.heap - a.heap < MAX_BYTES,
		  "%s: resident %ld KB, then %ld; data %ld KB, then %ld", what, a.rss / 1024,
		  b.rss / 1024, a.heap / 1024, b.heap / 1024);
	xmt_check(no_more_objects(&a, &b, times),
		  "%s: maps %u, then %u; programs %u, %u; links %u, %u", what, a.maps, b.maps,
		  a.progs, b.progs, a.links, b.links);
	xmt_check(!session_end(&s), "%s: %u repetitions", what, times);
}

static unsigned int repetitions(unsigned int usual, unsigned int full)
{
	return getenv("XMT_FULL") ? full : usual;
}

static void leaks_of_endpoints(void)
{
	char lines[200];

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0");
	nt_xm_must(&net.host, "add other link p0");
	snprintf(lines, sizeof(lines),
		 "add e link p0 netns %s mode source macaddr add 02:00:00:00:01:01\ndel e\n",
		 net.peer[0].name);
	check_growth("add and del", lines, repetitions(1000, 10000));
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s is left",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static void leaks_of_parents(void)
{
	nt_net(&net, 0, 0);
	check_growth("add and del of the only endpoint", "add e link p0\ndel e\n",
		     repetitions(100, 1000));
	check_growth("attach and detach", "attach p0 xdp off\ndetach p0\n", repetitions(100, 1000));
	xmt_check(!leftovers_on_parent(&net.host), "%s is left",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static void leaks_of_set(void)
{
	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "add e link p0");
	check_growth("set",
		     "set e host on address 02:00:00:00:02:01 mode source macaddr add "
		     "02:00:00:00:01:01\n"
		     "set e host off address 02:00:00:00:02:02 macaddr flush\nset e mode private\n",
		     repetitions(300, 2000));
	nt_xm_must(&net.host, "detach p0 force");
}

static void leaks_of_xdp(void)
{
	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "attach p0 xdp off");
	check_growth("xdp native and off", "attach p0 xdp native\nattach p0 xdp off\n",
		     repetitions(100, 1000));
	nt_xm_must(&net.host, "detach p0 force");
}

static const struct nt_case cases[] = {
	{ "endpoints", 900, leaks_of_endpoints },
	{ "parents", 600, leaks_of_parents },
	{ "set", 600, leaks_of_set },
	{ "xdp", 300, leaks_of_xdp },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
