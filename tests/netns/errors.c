// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands of which a system call fails: the 1st, 2nd, ... that they make, in any of their threads,
 * with each of five errors; once alone, and once with all the like that follow it ("stuck"), so
 * that taking back fails too. A command that says it is done has done it; one that says it failed
 * says why in one line, and all is as before, or is made whole by the next command. Of each
 * scenario some points are tried, or all of them, with all errors, with XMT_FULL=1; every tenth, as
 * an example, with XMT_FULL=10. The seed is printed; XMT_SEED sets it. XMT_VERBOSE=1 tells of each
 * point.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "leftovers.h"
#include "prng.h"
#include "refusal.h"
#include "scenario.h"
#include "state.h"
#include "tracer.h"

#define SAMPLES	 3
#define MAX_HITS 3000 /* then it hangs */
#define MAX_BAD	 8 /* then the scenario ends */

static const int errors[] = { ENOMEM, EBUSY, ENOSPC, EPERM, EINTR };

#define ERRORS 5

struct injector {
	struct tracer tracer;
	unsigned int stop, points, hits;
	bool stuck, ours, begun, hung;
	int error;
	struct tracer_call last;
	struct tracer_call first; /* that failed */
};

enum outcome {
	BACK, /* failed, all is as before */
	DONE, /* 0, all is as asked for */
	LATE, /* 0, the next command completed it */
	REPAIRED, /* failed, the next command took it back or completed it */
	PARTIAL, /* failed, whole, in between: a batch, or what a second detach completes */
	HUNG, /* killed: it went on for ever */
	OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = { "as before",
						     "done",
						     "done by the next command",
						     "repaired by the next command",
						     "whole, in between",
						     "killed as they hung" };

struct totals {
	unsigned int scenarios, points[2], outcomes[OUTCOMES];
};

static struct totals *totals; /* of all cases, which are processes */

struct run {
	const struct scenario *s;
	struct invariants inv;
	struct state before, after, shown; /* shown: after `show` */
	struct injector inj;
	bool set; /* the state is `before` */
	unsigned int outcomes[OUTCOMES], points[2];
	struct xmt_prng prng;
};

/*
 * Calls that the kernel may refuse. Not those that only end something, and of a file that is read
 * in pieces the first two. Nor the shell's; and after our exec the loader is at work, until it
 * asks for the limit of the stack.
 */
static bool is_point(struct injector *inj, const struct tracer_call *c)
{
	struct tracer_call last = inj->last;

	inj->last = *c;
	if (c->nr == SYS_execve) {
		inj->ours = tracer_path_has_prefix(c, 0, nt_bin());
		inj->begun = false;
	}
	inj->begun |= inj->ours && c->nr == SYS_prlimit64;
	switch (c->nr) {
	case SYS_prlimit64:
	case SYS_brk: /* returns no errors */
	case SYS_close:
	case SYS_munmap:
	case SYS_futex:
	case SYS_rt_sigprocmask:
	case SYS_rseq:
	case SYS_set_robust_list:
	case SYS_madvise:
	case SYS_exit:
	case SYS_exit_group:
		return false;
	case SYS_read:
	case SYS_pread64:
		return inj->begun && (last.nr != c->nr || last.args[0] != c->args[0]);
	}
	return inj->begun;
}

static bool alike(const struct tracer_call *a, const struct tracer_call *b)
{
	return a->nr == b->nr && (a->nr != SYS_bpf || a->args[0] == b->args[0]);
}

static int inject(struct tracer *t, const struct tracer_call *call)
{
	struct injector *inj = (struct injector *)((char *)t - offsetof(struct injector, tracer));

	if (!is_point(inj, call))
		return 0;
	if (++inj->points == inj->stop)
		inj->first = *call;
	else if (!inj->hits || !inj->stuck || !alike(call, &inj->first))
		return 0;
	inj->hung = ++inj->hits > MAX_HITS;
	return inj->hung ? TRACER_KILL : -inj->error;
}

static int run_with(struct run *r, unsigned int stop, bool stuck, int error)
{
	char line[512];

	r->inj = (struct injector){
		.tracer.on_call = inject, .stop = stop, .stuck = stuck, .error = error
	};
	scenario_line(&r->inv, r->s->command, line, sizeof(line));
	return tracer_run(&r->inj.tracer, line);
}

static void set_back(struct run *r)
{
	if (r->set)
		return;
	scenario_reset(&r->inv, r->s);
	nt_xm(&r->inv.net.host, "show");
	state_read(&r->before, &r->inv);
	r->set = true;
}

/* What the command does when nothing fails. The number of points. */
static unsigned int learn(struct run *r)
{
	int code;

	set_back(r);
	code = run_with(r, 0, false, 0);
	r->set = false;
	state_read(&r->after, &r->inv);
	nt_xm(&r->inv.net.host, "show");
	state_read(&r->shown, &r->inv);
	if (code)
		xmt_die("%s: ends with %d: %s", r->s->name, code, r->inj.tracer.message);
	if (r->inj.points < 20)
		xmt_die("%s: when it begins is not seen", r->s->name);
	return r->inj.points;
}

static bool is(const struct state *now, const struct run *r, bool back)
{
	if (back)
		return state_equal(&r->before, now, false);
	return state_equal(&r->after, now, false) || state_equal(&r->shown, now, false);
}

static bool is_batch(const struct run *r)
{
	return !strncmp(r->s->name, "batch", 5);
}

static void tell_difference(struct run *r, const struct state *now, int code)
{
	if (code)
		invariants_fail(&r->inv, "neither as before: %s",
				state_difference(&r->before, now));
	invariants_fail(&r->inv, "not as asked for: %s", state_difference(&r->shown, now));
}

/* After the next command. `show` has been run by invariants_check(). */
static enum outcome judge_next(struct run *r, int code)
{
	unsigned int bad = r->inv.failures;
	struct state now;

	invariants_check(&r->inv);
	state_read(&now, &r->inv);
	if (r->inv.failures != bad)
		return PARTIAL;
	if (is(&now, r, false))
		return code ? REPAIRED : LATE;
	if (code && is(&now, r, true))
		return REPAIRED;
	if (!code || !r->s->several)
		tell_difference(r, &now, code);
	if (!strcmp(r->s->name, "detach") && run_with(r, 0, false, 0))
		invariants_fail(&r->inv, "a second detach: %s", r->inj.tracer.message);
	return PARTIAL;
}

/* A line of a batch and its end may both fail */
static bool lines_of_ours(const char *said)
{
	const char *at = said;

	while (at && !strncmp(at, "xmacvlan: ", 10))
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	return said[0] && !at;
}

static void check_said(struct run *r, int code)
{
	const char *said = r->inj.tracer.message;

	if (code == 0 && said[0])
		invariants_fail(&r->inv, "it is done but says: %s", said);
	if ((code == 1 || code == 2) && !refusal_is_one_line(said) &&
	    !(is_batch(r) && lines_of_ours(said)))
		invariants_fail(&r->inv, "code %d, not one line: %s", code, said);
	/* A call that is interrupted for ever is made for ever */
	if (code != 0 && code != 1 && code != 2 && !(r->inj.hung && r->inj.error == EINTR))
		invariants_fail(&r->inv, "code %d: %s", code, said);
}

static enum outcome judge(struct run *r, int code)
{
	enum outcome outcome;
	struct state now;

	check_said(r, code);
	if (!invariants_k0_communicates(&r->inv))
		invariants_fail(&r->inv, "k0 does not communicate");
	state_read(&now, &r->inv);
	if (code && state_equal(&r->before, &now, true))
		return BACK;
	r->set = false;
	if (!code && is(&now, r, false))
		return DONE;
	if (getenv("XMT_VERBOSE"))
		printf("     at once: %s\n", state_difference(code ? &r->before : &r->after, &now));
	outcome = judge_next(r, code);
	return code < 0 ? HUNG : outcome;
}

static void tell(const struct run *r, int code, enum outcome o)
{
	if (getenv("XMT_VERBOSE"))
		printf("     %s: %d, %s: %s\n", r->inv.what, code, outcome_names[o],
		       r->inj.tracer.message);
}

/* false: the command makes fewer calls */
static bool try_point(struct run *r, unsigned int stop, bool stuck, int error)
{
	enum outcome outcome;
	struct injector inj;
	int code;

	set_back(r);
	code = run_with(r, stop, stuck, error);
	inj = r->inj;
	if (!inj.hits) {
		r->set = false;
		if (code)
			invariants_fail(&r->inv, "nothing failed but: %d %s", code,
					inj.tracer.message);
		return false;
	}
	snprintf(r->inv.what, sizeof(r->inv.what), "%s%s at call %u (%ld, %ld) of '%s'",
		 strerrorname_np(inj.error), stuck ? " from then on" : "", stop, (long)inj.first.nr,
		 (long)inj.first.args[0], r->s->command);
	outcome = judge(r, code);
	r->inj = inj;
	tell(r, code, outcome);
	r->outcomes[outcome]++;
	r->points[stuck]++;
	return true;
}

/* With one of the errors or all of them in turn. false: the command makes fewer calls. */
static bool try_errors(struct run *r, unsigned int stop, bool stuck, bool all)
{
	unsigned int e = all ? 0 : xmt_rand(&r->prng, ERRORS);
	bool more;

	do
		more = try_point(r, stop, stuck, errors[e]);
	while (more && all && ++e < ERRORS);
	return more;
}

static void try_points(struct run *r, unsigned int points, bool stuck)
{
	const char *full = getenv("XMT_FULL");
	unsigned int samples = stuck ? SAMPLES / 2 : SAMPLES;
	unsigned int stride = full ? strtoul(full, NULL, 0) : points / samples + 1;
	unsigned int stop = 1 + xmt_rand(&r->prng, stride);

	while (r->inv.failures < (full ? 100 : MAX_BAD) && try_errors(r, stop, stuck, full))
		stop += stride;
}

static void report(struct run *r, unsigned int points)
{
	char text[300] = "";
	size_t at = 0;

	for (int i = 0; i < OUTCOMES; i++) {
		totals->outcomes[i] += r->outcomes[i];
		if (r->outcomes[i])
			at += snprintf(text + at, sizeof(text) - at, ", %u %s", r->outcomes[i],
				       outcome_names[i]);
	}
	totals->points[0] += r->points[0];
	totals->points[1] += r->points[1];
	totals->scenarios++;
	xmt_check(!r->inv.failures, "%s: of %u calls %u failed once, %u from then on%s", r->s->name,
		  points, r->points[0], r->points[1], text);
}

static void run_scenario(void)
{
	static struct run r;
	unsigned int points;

	xmt_prng_seed(&r.prng, nt_seed());
	r.s = &scenarios[nt_index()];
	scenario_make_net(&r.inv, r.s);
	points = learn(&r);
	try_points(&r, points, false);
	try_points(&r, points, true);
	report(&r, points);
	scenario_end(&r.inv, r.s);
}

static void sum(void)
{
	printf("     %u scenarios, %u points injected once and %u from then on:", totals->scenarios,
	       totals->points[0], totals->points[1]);
	for (int i = 0; i < OUTCOMES; i++)
		printf(" %u %s%s", totals->outcomes[i], outcome_names[i],
		       i < OUTCOMES - 1 ? "," : "\n");
}

int main(int argc, char **argv)
{
	totals = scenario_totals(sizeof(*totals));
	scenario_main(argc, argv, getenv("XMT_FULL") ? 7200 : 120, run_scenario, sum);
}
