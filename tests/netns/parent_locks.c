// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The lock of one parent and the commands of others: a process that is stopped or killed with a
 * lock, batches over several parents, one name on several parents.
 */
#include <linux/bpf.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "abi_fixture.h"
#include "leftovers.h"
#include "plugin.h"
#include "prng.h"
#include "refusal.h"
#include "stopped_holder.h"
#include "tracer.h"

#define CROSSERS     6
#define CROSSER_ADDS 30 /* of a batch; every second name is deleted again */
#define PARENTS	     3
#define SAME_NAMES   40
#define PEACE_MS     150 /* of CPU time: enough for the verifier */

static struct nt_net net;

static void make_parents(unsigned int n)
{
	for (unsigned int i = 1; i < n; i++) {
		char wire[16], host[16];

		snprintf(wire, sizeof(wire), "w%u", i);
		snprintf(host, sizeof(host), "p%u", i);
		xmt_veth(&net.wire, wire, NULL, &net.host, host, NULL);
	}
}

/* The other parent's commands work at once, as do readers; this parent's wait */
static void check_other_parent(const char *what)
{
	printf("     %s\n", what);
	holder_check_at_once(&net.host, "add b link p1");
	holder_check_at_once(&net.host, "set b mode private host on");
	holder_check_at_once(&net.host, "show");
	holder_check_at_once(&net.host, "del b");
	holder_check_at_once(&net.host, "attach p1 xdp off");
	holder_check_at_once(&net.host, "sync p1");
	holder_check_at_once(&net.host, "detach p1");
	xmt_check(!PLUGIN("ADD", "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan',"
				 "'master':'p1'}"),
		  "ADD on p1: %s", plugin_msg());
	xmt_check(!PLUGIN("STATUS", "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan',"
				    "'master':'p0'}"),
		  "STATUS of p0: %s", plugin_msg());
	xmt_check(!PLUGIN("DEL", "{'cniVersion':'1.1.0','name':'n','type':'xmacvlan',"
				 "'master':'p1'}"),
		  "DEL on p1: %s", plugin_msg());
}

/* A holder that is stopped, in the middle of a batch, stops the commands of its own parent only */
static void other_parents(void)
{
	uint64_t ms;
	pid_t pid;
	int code;

	plugin_net(&net, 1, 0);
	make_parents(2);
	nt_xm_must(&net.host, "add keep link p1");
	nt_xm_must(&net.host, "del keep");
	pid = holder_stop(&net.host, "p0");
	check_other_parent("a batch on p0 is stopped");
	code = holder_timed_run(&net.host, "--timeout 0.5", "add p0-1 link p1", &ms);
	refusal_check("a name of the stopped batch", code, 2, "exists already, on p0", NULL);
	code = holder_timed_run(&net.host, "--timeout 0.5", "set p0-1 host on", &ms);
	xmt_check(code == 2 && strstr(xmt_output(), "has the lock"), "its own parent: %d %s", code,
		  xmt_output());
	kill(pid, SIGKILL);
	holder_check_at_once(&net.host, "add x link p0");
	xmt_check(!holder_timed_run(&net.host, "", "sync", &ms) &&
			  nt_xm(&net.host, "show p0-399") == 2,
		  "the killed batch is removed or complete");
}

/* Stops the command before its call number `stop` */
struct stopper {
	struct tracer tracer;
	unsigned int calls, stop, checks;
};

static bool changes_something(const struct tracer_call *call)
{
	if (call->nr == SYS_bpf)
		return call->args[0] == BPF_MAP_UPDATE_ELEM || call->args[0] == BPF_OBJ_PIN ||
		       call->args[0] == BPF_MAP_DELETE_ELEM || call->args[0] == BPF_LINK_CREATE;
	if (call->nr == SYS_sendmsg || call->nr == SYS_sendto)
		return !tracer_is_rtnl_get(call);
	return tracer_changes_files(call);
}

static int stopper_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct stopper *s = (struct stopper *)t;
	uint64_t ms;
	int code;

	if (!changes_something(call) || s->calls++ % s->stop)
		return 0;
	code = holder_timed_run(&net.host, "--timeout 1", "add b link p1", &ms);
	if (code || holder_timed_run(&net.host, "--timeout 1", "del b", &ms))
		xmt_fail("stopped before call %u: %d %s", s->calls, code, xmt_output());
	s->checks++;
	return 0;
}

/* Stopped before any of its calls that change something, a command holds up its parent only */
static void stopped_anywhere(void)
{
	static const char *const lines[] = {
		"add a link p0", "set a host on mode source", "sync p0", "del a",
		"attach p0",	 "detach p0 force",
	};
	char line[256];

	nt_net(&net, 1, 0);
	make_parents(2);
	nt_xm_must(&net.host, "attach p1 xdp off");
	for (unsigned int i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		struct stopper s = { .tracer.on_call = stopper_on_call, .stop = 3 };
		int code;

		snprintf(line, sizeof(line), "exec %s -n %s %s", nt_bin(), net.host.name, lines[i]);
		code = tracer_run(&s.tracer, line);
		xmt_check(!code, "'%s', stopped %u times: %d %s", lines[i], s.checks, code,
			  s.tracer.message);
	}
}

/* Batches over the same parents in opposite orders wait for each other, but not for ever */
static void crossed_batches(void)
{
	nt_net(&net, 0, 0);
	make_parents(2);
	xmt_must("for b in 0 1 2 3; do (for i in $(seq 30); do "
		 "echo add n$b-$i link p$(((i + b) %% 2)); echo del n$b-$i; done | "
		 "timeout 200 %s --timeout 180 -n %s -b - || echo batch $b: $?) & done; wait",
		 nt_bin(), net.host.name);
	printf("     %s\n", xmt_output());
	xmt_check(!strstr(xmt_output(), "batch"), "four batches over two parents end");
	nt_xm_must(&net.host, "sync");
	nt_xm_must(&net.host, "show");
	xmt_check(!strstr(xmt_output(), "@p") && !strstr(xmt_output(), "xmacvlan:"),
		  "four batches over two parents: %s", xmt_output());
}

/* A batch over all parents, one after the other; odd ones go the other way round */
struct crosser {
	pid_t pid;
	int status;
	bool ended;
	uint64_t peace_ms; /* it is not stopped before it has used so much CPU time */
};

static uint64_t crosser_cpu_ms(const struct crosser *c)
{
	struct timespec used = {};
	clockid_t clock;

	if (!clock_getcpuclockid(c->pid, &clock))
		clock_gettime(clock, &used);
	return used.tv_sec * 1000ull + used.tv_nsec / 1000000;
}

/*
 * Stops a batch for a while. After one of eight stops it has the time for a whole command: on a
 * busy machine, and when it is the last one, it would not get on otherwise.
 */
static void crosser_stop(struct crosser *c, struct xmt_prng *prng, bool long_stop)
{
	if (c->ended || crosser_cpu_ms(c) < c->peace_ms)
		return;
	kill(c->pid, SIGSTOP);
	usleep(1000 * (1 + xmt_rand(prng, long_stop ? 400 : 40)));
	kill(c->pid, SIGCONT);
	if (!xmt_rand(prng, 8))
		c->peace_ms = crosser_cpu_ms(c) + PEACE_MS;
}

static void crosser_start(struct crosser *c, unsigned int i)
{
	char path[256], *argv[] = { (char *)nt_bin(), "-n", net.host.name, "-b", path, NULL };
	FILE *f;

	snprintf(path, sizeof(path), "%s/batch-%u", plugin_dir(), i);
	f = fopen(path, "w");
	for (unsigned int j = 0; f && j < CROSSER_ADDS; j++) {
		unsigned int parent = i & 1 ? PARENTS - 1 - (i + j) % PARENTS : (i + j) % PARENTS;

		fprintf(f, "add n%u-%u link p%u\n", i, j, parent);
		if (j & 1)
			fprintf(f, "del n%u-%u\n", i, j);
	}
	if (!f || fclose(f))
		xmt_die("cannot write %s", path);
	*c = (struct crosser){ .pid = fork() };
	if (c->pid)
		return;
	snprintf(path + strlen(path), 16, ".out");
	if (!freopen(path, "w", stdout) || dup2(1, 2) < 0)
		_exit(126);
	path[strlen(path) - 4] = '\0';
	execv(argv[0], argv);
	_exit(127);
}

/* Stops one of them for a while, and kills two of them, until all have ended */
static unsigned int crossers_disturb(struct crosser all[CROSSERS])
{
	uint64_t begin = nt_now_ms(), limit = 240000ull * xmt_slow();
	unsigned int left = CROSSERS, round = 0;
	struct xmt_prng prng;

	xmt_prng_seed(&prng, nt_seed());
	while (left && nt_now_ms() < begin + limit) {
		crosser_stop(&all[xmt_rand(&prng, CROSSERS)], &prng, !(round % 8));
		usleep(1000);
		/* Each in the middle of its batch, stopped or not */
		if (round == 12 || round == 24)
			kill(all[round / 12].pid, SIGKILL);
		round++;
		for (unsigned int i = 0; i < CROSSERS; i++)
			if (!all[i].ended && waitpid(all[i].pid, &all[i].status, WNOHANG) > 0) {
				all[i].ended = true;
				left--;
			}
	}
	for (unsigned int i = 0; i < CROSSERS; i++)
		if (!all[i].ended)
			kill(all[i].pid, SIGKILL);
	printf("     %u rounds, %llu ms\n", round, (unsigned long long)(nt_now_ms() - begin));
	return left;
}

/* Of a batch that ended by itself every second endpoint is there, of a killed one any may be */
static unsigned int crosser_check(const struct crosser *c, unsigned int i)
{
	unsigned int there = 0, wrong = 0;

	for (unsigned int j = 0; j < CROSSER_ADDS; j++) {
		char name[32];
		bool exists;

		snprintf(name, sizeof(name), "n%u-%u", i, j);
		exists = nt_exists(&net.host, name);
		there += exists;
		wrong += !WIFSIGNALED(c->status) && exists == (j & 1);
	}
	xmt_run("head -3 %s/batch-%u.out", plugin_dir(), i);
	xmt_check(!wrong && (WIFSIGNALED(c->status) || !WEXITSTATUS(c->status)),
		  "batch %u, status %x: %u endpoints, %u of them wrong %s", i, c->status, there,
		  wrong, xmt_output());
	return there;
}

static void check_no_lock(void)
{
	xmt_must("for f in /sys/fs/bpf/xmacvlan/*; do grep \":$(stat -c %%i $f) \" /proc/locks; "
		 "done; "
		 "ls -d /sys/fs/bpf/xmacvlan/new-* 2>/dev/null; true");
	xmt_check(!xmt_output()[0], "no lock and no unfinished folder is left: %s", xmt_output());
}

static void disturbed_batches(void)
{
	struct crosser all[CROSSERS];
	unsigned int left, there = 0;

	plugin_net(&net, 0, 0);
	make_parents(PARENTS);
	for (unsigned int i = 0; i < CROSSERS; i++)
		crosser_start(&all[i], i);
	left = crossers_disturb(all);
	xmt_check(!left, "%u batches over %u parents in opposite orders: %u did not end", CROSSERS,
		  PARENTS, left);
	nt_xm_must(&net.host, "sync");
	check_no_lock();
	for (unsigned int i = 0; i < CROSSERS; i++)
		there += crosser_check(&all[i], i);
	nt_xm_must(&net.host, "show");
	xmt_check(!strstr(xmt_output(), "stale") && leftovers_host_ends(&net.host) == there,
		  "%u endpoints have %u host ends, and none is stale", there,
		  leftovers_host_ends(&net.host));
}

/* Adds `same` on every parent at once. Returns whether one succeeds and the others say why not. */
static bool same_name_once(void)
{
	xmt_run("D=%s; for p in 0 1 2; do %s -n %s add same link p$p ifname s$p >$D/$p 2>&1 & "
		"eval pid$p=$!; done; w=0; for p in 0 1 2; do eval wait \\$pid$p && w=$((w+1)); "
		"done; "
		"echo $w $(grep -c '^xmacvlan: endpoint .same. exists already, on p[0-2]$' "
		"$D/[0-2] | cut -d: -f2 | sort | tr -d '\\n') $(cat $D/[0-2])",
		plugin_dir(), nt_bin(), net.host.name);
	return !strncmp(xmt_output(), "1 011 ", 6);
}

/* A command that is stopped again and again while the verifier works on its programs succeeds */
static void check_stopped(char *const argv[])
{
	unsigned int stops = 0;
	uint64_t begin;
	int status;
	pid_t pid = fork();

	if (!pid) {
		execv(argv[0], argv);
		_exit(127);
	}
	for (begin = nt_now_ms(); nt_now_ms() < begin + 500; stops++) {
		kill(pid, SIGSTOP);
		usleep(200);
		kill(pid, SIGCONT);
		usleep(1000);
	}
	if (waitpid(pid, &status, 0) != pid)
		xmt_die("the command has no status");
	xmt_check(!status, "%s, stopped %u times: status %x", argv[3], stops, status);
}

static void stopped_while_loading(void)
{
	char *add[] = { (char *)nt_bin(), "-n", net.host.name, "add", "x", "link", "p0", NULL };

	nt_net(&net, 0, 0);
	check_stopped(add);
	xmt_check(!nt_xm(&net.host, "del x"), "it added the endpoint");
}

/* libxdp loads parent_xdp */
static void stopped_while_loading_xdp(void)
{
	char *attach[] = {
		(char *)nt_bin(), "-n", net.host.name, "attach", "p0", "xdp", "skb", NULL
	};

	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "attach p0 xdp off");
	check_stopped(attach);
	nt_xm_must(&net.host, "show p0");
	xmt_check(!!strstr(xmt_output(), "xdp skb"), "it attached the program: %s", xmt_output());
}

/* Three commands add one name on different parents: one of them succeeds, two say why not */
static void same_name(void)
{
	unsigned int wrong = 0;

	plugin_net(&net, 0, 0);
	make_parents(PARENTS);
	for (unsigned int i = 0; i < SAME_NAMES; i++) {
		/* then parents that stay attached */
		for (unsigned int p = 0; i == SAME_NAMES / 2 && p < PARENTS; p++)
			nt_xm_must(&net.host, "attach p%u xdp off", p);
		if (!same_name_once()) {
			printf("     round %u: %s\n", i, xmt_output());
			wrong++;
		}
		nt_xm(&net.host, "del same");
		if (leftovers_host_ends(&net.host) || nt_xm(&net.host, "del same") != 2)
			xmt_fail("round %u: it was there twice", i);
	}
	xmt_check(!wrong, "%u times one of %u succeeds, and the others say why not: %u times not",
		  SAME_NAMES, PARENTS, wrong);
}

/* Stops an upgrade before the folders of both versions change places */
struct upgrader {
	struct tracer tracer;
	unsigned int exchanges;
};

static int upgrader_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct upgrader *u = (struct upgrader *)((char *)t - offsetof(struct upgrader, tracer));

	/* RENAME_EXCHANGE */
	if (call->nr != SYS_renameat2 || call->args[4] != 2)
		return 0;
	u->exchanges++;
	xmt_run("(%s -n %s add x link p0; echo $?) >%s/add 2>&1 & sleep 0.5; cat %s/add", nt_bin(),
		net.host.name, plugin_dir(), plugin_dir());
	xmt_check(!xmt_output()[0], "add waits for the upgrade: %s", xmt_output());
	xmt_run("(%s -n %s -b /dev/null; %s -n %s --timeout 0.2 sync) >/dev/null 2>&1; ls -d "
		"/sys/fs/bpf/xmacvlan/new-*-next-0",
		nt_bin(), net.host.name, nt_bin(), net.host.name);
	xmt_check(strstr(xmt_output(), "next-0") != NULL, "nobody sweeps its second folder: %s",
		  xmt_output());
	return 0;
}

/* Who waits for the lock of a folder that is exchanged goes on with the new one */
static void upgrade_is_waited_for(void)
{
	struct upgrader u = { .tracer.on_call = upgrader_on_call };
	char line[600];
	int code;

	plugin_net(&net, 0, 0);
	abi_use(V_THIS);
	nt_xm_must(&net.host, "add keep link p0");
	abi_use(V2_0);
	snprintf(line, sizeof(line), "exec %s -n %s upgrade p0", nt_bin(), net.host.name);
	code = tracer_run(&u.tracer, line);
	xmt_check(!code && u.exchanges == 1,
		  "upgrade to the next major version: %d, %u exchange %s", code, u.exchanges,
		  u.tracer.message);
	xmt_must("i=0; until grep -q . %s/add || [ $i = 500 ]; do i=$((i+1)); sleep 0.01; done; "
		 "cat %s/add",
		 plugin_dir(), plugin_dir());
	xmt_check(!strcmp(xmt_output(), "0"), "add that waited: %s", xmt_output());
	abi_check_version(&net.host, "afterwards", "2.0", "2.0");
	nt_xm_must(&net.host, "show x");
	nt_xm_must(&net.host, "del x");
	nt_xm_must(&net.host, "show keep");
	xmt_check(leftovers_host_ends(&net.host) == 1, "both endpoints are in the new folder");
	check_no_lock();
}

/* libxdp has a lock of its own, which it would wait for without an end */
static void libxdp_lock(void)
{
	uint64_t ms;
	int code;

	nt_net(&net, 0, 0);
	nt_xm_must(&net.host, "attach p0 xdp off");
	xmt_must("d=/sys/fs/bpf/xdp; mkdir -p $d; flock $d sleep 50 >/dev/null 2>&1 & "
		 "until ! flock -n /sys/fs/bpf/xdp true; do sleep 0.01; done; echo $!");
	xmt_undo("kill %d", atoi(xmt_output()));
	code = holder_timed_run(&net.host, "--timeout 0.5", "attach p0 xdp skb", &ms);
	refusal_check("XDP while another process has libxdp's lock", code, 2,
		      "cannot lock /sys/fs/bpf/xdp within 0.500 s", "has the lock");
	xmt_check(ms < holder_at_once_ms(), "it ends after %llu ms", (unsigned long long)ms);
	holder_check_at_once(&net.host, "add x link p0");
	nt_xm_must(&net.host, "show p0");
	xmt_check(!!strstr(xmt_output(), "xdp off"), "as before: %s", xmt_output());
}

static const struct nt_case cases[] = {
	/* Ends for a machine with a load of many times its CPUs: they take seconds otherwise */
	{ "other parents", 240, other_parents },
	{ "stopped anywhere", 400, stopped_anywhere },
	{ "crossed batches", 300, crossed_batches },
	{ "disturbed batches", 300, disturbed_batches },
	{ "stopped while loading", 60, stopped_while_loading },
	{ "stopped while loading xdp", 60, stopped_while_loading_xdp },
	{ "same name", 400, same_name },
	{ "upgrade", 120, upgrade_is_waited_for },
	{ "libxdp", 120, libxdp_lock },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
