// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * One session does the same over and over: no descriptor, no memory of the process and no BPF
 * object may become more. The session reads its lines from a pipe; a command that is refused tells
 * on stderr that those before it are done, and then its process is looked at. XMT_FULL=1: 10,000
 * times.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "nt.h"

#define WARM_UP	  20
#define MAX_BYTES (128 * 1024) /* more than a process grows by itself: what malloc() keeps */

static struct nt_net net;

struct session {
	pid_t pid;
	int in;
	FILE *said;
};

struct sample {
	unsigned int fds;
	unsigned int maps, progs, links; /* of the whole system: other tests may run */
	long rss, heap; /* bytes */
};

static void start(struct session *s)
{
	int in[2], said[2];

	if (pipe2(in, O_CLOEXEC) || pipe2(said, O_CLOEXEC))
		xmt_die("no pipes");
	s->pid = fork();
	if (!s->pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		dup2(in[0], 0);
		dup2(said[1], 2);
		/* "-" would be read to its end first */
		execl(nt_bin(), nt_bin(), "-n", net.host.name, "-f", "-b", "/dev/stdin", NULL);
		_exit(127);
	}
	close(in[0]);
	close(said[1]);
	s->in = in[1];
	s->said = fdopen(said[0], "re");
}

static void say(struct session *s, const char *line)
{
	if (write(s->in, line, strlen(line)) != (ssize_t)strlen(line))
		xmt_die("the session does not listen");
}

/* Waits until all that was said is done. What else it complains about is a failure. */
static void sync_with(struct session *s)
{
	char line[600];

	say(s, "del sync\n");
	while (fgets(line, sizeof(line), s->said)) {
		if (strstr(line, "no such endpoint 'sync'"))
			return;
		xmt_fail("the session says: %s", line);
	}
	xmt_die("the session has ended");
}

static int end(struct session *s)
{
	int status;

	close(s->in);
	waitpid(s->pid, &status, 0);
	fclose(s->said);
	return status;
}

static unsigned int count(int (*next)(__u32, __u32 *))
{
	unsigned int n = 0;

	for (__u32 id = 0; !next(id, &id);)
		n++;
	return n;
}

/* A number of /proc/PID/smaps_rollup or status, in bytes */
static long number(pid_t pid, const char *file, const char *key)
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

static unsigned int descriptors(pid_t pid)
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

static struct sample look(const struct session *s)
{
	return (struct sample){
		.fds = descriptors(s->pid),
		.maps = count(bpf_map_get_next_id),
		.progs = count(bpf_prog_get_next_id),
		.links = count(bpf_link_get_next_id),
		.rss = number(s->pid, "status", "RssAnon:"),
		.heap = number(s->pid, "status", "VmData:"),
	};
}

static void repeat(struct session *s, const char *lines, unsigned int times)
{
	for (unsigned int i = 0; i < times; i++) {
		say(s, lines);
		if (i % 16 == 15) /* the pipe is not to be full */
			sync_with(s);
	}
	sync_with(s);
}

/* Fewer than one object more in four times: a leak is one each time */
static int few(const struct sample *a, const struct sample *b, unsigned int times)
{
	return b->maps < a->maps + times / 4 && b->progs < a->progs + times / 4 &&
	       b->links < a->links + times / 4;
}

/* The system is not ours alone, and objects go when a grace period has passed: what is lost stays
 */
static struct sample look_again(const struct session *s, const struct sample *a, unsigned int times)
{
	struct sample b = look(s);

	for (int i = 0; i < 20 && !few(a, &b, times); i++) {
		sleep(1);
		b = look(s);
	}
	return b;
}

static void check_growth(const char *what, const char *lines, unsigned int times)
{
	struct sample a, b;
	struct session s;

	start(&s);
	repeat(&s, lines, WARM_UP);
	a = look(&s);
	repeat(&s, lines, times);
	b = look_again(&s, &a, times);
	xmt_check(b.fds <= a.fds, "%s: %u descriptors, after %u times %u", what, a.fds, times,
		  b.fds);
	xmt_check(b.rss - a.rss < MAX_BYTES && b.heap - a.heap < MAX_BYTES,
		  "%s: %ld KB in memory, then %ld; data %ld, then %ld", what, a.rss / 1024,
		  b.rss / 1024, a.heap / 1024, b.heap / 1024);
	xmt_check(few(&a, &b, times), "%s: maps %u, then %u; programs %u, %u; links %u, %u", what,
		  a.maps, b.maps, a.progs, b.progs, a.links, b.links);
	/* every sync is a refusal, which the exit code tells */
	xmt_check(end(&s) == 2 << 8, "%s: the session ends as one with refusals", what);
}

static unsigned int times(unsigned int usual, unsigned int full)
{
	return getenv("XMT_FULL") ? full : usual;
}

static void endpoints(void)
{
	char lines[200];

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "attach p0");
	nt_xm_must(&net.host, "add other link p0");
	snprintf(lines, sizeof(lines),
		 "add e link p0 netns %s mode source macaddr add 02:00:00:00:01:01\ndel e\n",
		 net.peer[0].name);
	check_growth("add and del", lines, times(1000, 10000));
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "%s is left",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static void parents(void)
{
	nt_net(&net, 0, 0);
	check_growth("the first endpoint and the last", "add e link p0\ndel e\n", times(40, 1000));
	check_growth("attach and detach", "attach p0 xdp off\ndetach p0\n", times(40, 1000));
	xmt_check(!leftovers_on_parent(&net.host), "%s is left",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static void changes(void)
{
	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "add e link p0");
	check_growth("set",
		     "set e host on address 02:00:00:00:02:01 mode source macaddr add "
		     "02:00:00:00:01:01\n"
		     "set e host off address 02:00:00:00:02:02 macaddr flush\nset e mode private\n",
		     times(100, 2000));
	nt_xm_must(&net.host, "detach p0 force");
}

static void xdp(void)
{
	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "attach p0 xdp off");
	check_growth("xdp native and off", "attach p0 xdp native\nattach p0 xdp off\n",
		     times(40, 1000));
	nt_xm_must(&net.host, "detach p0 force");
}

static const struct nt_case cases[] = {
	{ "endpoints", 900, endpoints },
	{ "parents", 600, parents },
	{ "changes", 600, changes },
	{ "xdp", 300, xdp },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
