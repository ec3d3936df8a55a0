// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands with a failing system call: the 1st, 2nd, ... call that they make, in any thread, with
 * each of five errors. The call fails alone, or all similar calls after it fail too ("from then
 * on"), so that the undo fails as well. A command that exits with 0 has done its work. A command
 * that fails prints one line with the reason; the state is unchanged, or the next command restores
 * the invariants.
 *
 * A scenario is tried at some points, at all points with all errors (XMT_FULL=1), or at every tenth
 * point (XMT_FULL=10). The seed is printed; XMT_SEED sets it. XMT_VERBOSE=1 prints each point.
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

#define SAMPLES	     3
#define MAX_HITS     3000 /* more: the command hangs */
#define MAX_FAILURES 8 /* ends the scenario */

static const int errors[] = { ENOMEM, EBUSY, ENOSPC, EPERM, EINTR };

#define ERRORS 5

struct injector {
	struct tracer tracer;
	unsigned int stop, points, hits;
	bool stuck, ours, started, hung;
	int error;
	struct tracer_call last;
	struct tracer_call first; /* the first failed call */
};

enum outcome {
	UNCHANGED, /* failed, the state is that before the command */
	DONE, /* exit code 0, the state is that after the command */
	DONE_LATER, /* exit code 0, the next command completed it */
	REPAIRED, /* failed, the next command undid or completed it */
	BETWEEN, /* failed, the invariants hold: a batch, or a detach that a second one completes */
	HUNG, /* killed: it did not end */
	OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = { "unchanged",
						     "done",
						     "completed by the next command",
						     "repaired by the next command",
						     "between, invariants hold",
						     "hung and killed" };

struct totals {
	unsigned int scenarios, points[2], outcomes[OUTCOMES];
};

static struct totals *totals; /* of all cases; each case is a process */

struct run {
	const struct scenario *s;
	struct invariants inv;
	struct state before, after, shown; /* shown: after `show` */
	struct injector inj;
	bool ready; /* the state is `before` */
	unsigned int outcomes[OUTCOMES], points[2];
	struct xmt_prng prng;
};

/*
 * A point is a call that the kernel may refuse. Calls that only end something are no points, and of
 * consecutive reads of a file only the first is. Calls of the shell do not count, nor those of the
 * loader after our exec: it is done when it reads the limit of the stack. A write to stderr is no
 * point either: the test reads there what the command says of the refusal.
 */
static bool injector_counts_call(struct injector *inj, const struct tracer_call *c)
{
	struct tracer_call last = inj->last;

	inj->last = *c;
	if (c->nr == SYS_execve) {
		inj->ours = tracer_path_has_prefix(c, 0, nt_bin());
		inj->started = false;
	}
	inj->started |= inj->ours && c->nr == SYS_prlimit64;
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
	case SYS_write:
	case SYS_writev:
		return inj->started && c->args[0] != STDERR_FILENO;
	case SYS_read:
	case SYS_pread64:
		return inj->started && (last.nr != c->nr || last.args[0] != c->args[0]);
	}
	return inj->started;
}

static bool same_kind_of_call(const struct tracer_call *a, const struct tracer_call *b)
{
	return a->nr == b->nr && (a->nr != SYS_bpf || a->args[0] == b->args[0]);
}

static int injector_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct injector *inj = (struct injector *)((char *)t - offsetof(struct injector, tracer));

	if (!injector_counts_call(inj, call))
		return 0;
	if (++inj->points == inj->stop)
		inj->first = *call;
	else if (!inj->hits || !inj->stuck || !same_kind_of_call(call, &inj->first))
		return 0;
	inj->hung = ++inj->hits > MAX_HITS;
	return inj->hung ? TRACER_KILL : -inj->error;
}

static int run_injected(struct run *r, unsigned int stop, bool stuck, int error)
{
	char line[512];

	r->inj = (struct injector){
		.tracer.on_call = injector_on_call, .stop = stop, .stuck = stuck, .error = error
	};
	scenario_line(&r->inv, r->s->command, line, sizeof(line));
	return tracer_run(&r->inj.tracer, line);
}

static void reset_state(struct run *r)
{
	if (r->ready)
		return;
	scenario_reset(&r->inv, r->s);
	nt_xm(&r->inv.net.host, "sync");
	state_read(&r->before, &r->inv);
	r->ready = true;
}

/* Runs the command without an error, saves the states and returns the number of points. */
static unsigned int run_uninjected(struct run *r)
{
	int code;

	reset_state(r);
	code = run_injected(r, 0, false, 0);
	r->ready = false;
	state_read(&r->after, &r->inv);
	nt_xm(&r->inv.net.host, "sync");
	state_read(&r->shown, &r->inv);
	if (code)
		xmt_die("%s: code %d without an injected error: %s", r->s->name, code,
			r->inj.tracer.message);
	if (r->inj.points < 20)
		xmt_die("%s: the start of the command was not detected", r->s->name);
	return r->inj.points;
}

static bool state_is(const struct state *now, const struct run *r, bool back)
{
	if (back)
		return state_equal(&r->before, now, false);
	return state_equal(&r->after, now, false) || state_equal(&r->shown, now, false);
}

static bool is_batch(const struct run *r)
{
	return !strncmp(r->s->name, "batch", 5);
}

static void fail_with_difference(struct run *r, const struct state *now, int code)
{
	if (code)
		invariants_fail(&r->inv, "the state is not that before the command: %s",
				state_difference(&r->before, now));
	invariants_fail(&r->inv, "the state is not that after the command: %s",
			state_difference(&r->shown, now));
}

/* After the next command. `sync` has been run by invariants_check(). */
static enum outcome judge_after_sync(struct run *r, int code)
{
	unsigned int bad = r->inv.failures;
	struct state now;

	invariants_check(&r->inv);
	state_read(&now, &r->inv);
	if (r->inv.failures != bad)
		return BETWEEN;
	if (state_is(&now, r, false))
		return code ? REPAIRED : DONE_LATER;
	if (code && state_is(&now, r, true))
		return REPAIRED;
	if (!code || !r->s->several)
		fail_with_difference(r, &now, code);
	if (!strcmp(r->s->name, "detach") && run_injected(r, 0, false, 0))
		invariants_fail(&r->inv, "a second detach failed: %s", r->inj.tracer.message);
	return BETWEEN;
}

/* A line of a batch and the end of the batch may both fail */
static bool is_lines_of_xmacvlan(const char *message)
{
	const char *at = message;

	while (at && !strncmp(at, "xmacvlan: ", 10))
		at = strchr(at, '\n') ? strchr(at, '\n') + 1 : NULL;
	return message[0] && !at;
}

static void check_message(struct run *r, int code)
{
	const char *message = r->inj.tracer.message;

	if (code == 0 && message[0])
		invariants_fail(&r->inv, "exit code 0, but stderr has: %s", message);
	if ((code == 1 || code == 2) && !refusal_is_one_line(message) &&
	    !(is_batch(r) && is_lines_of_xmacvlan(message)))
		invariants_fail(&r->inv, "code %d, stderr is not one line: %s", code, message);
	/* The command repeats a call that is always interrupted */
	if (code != 0 && code != 1 && code != 2 && !(r->inj.hung && r->inj.error == EINTR))
		invariants_fail(&r->inv, "code %d: %s", code, message);
}

static enum outcome judge_run(struct run *r, int code)
{
	enum outcome outcome;
	struct state now;

	check_message(r, code);
	if (!invariants_k0_communicates(&r->inv))
		invariants_fail(&r->inv, "k0 does not communicate");
	state_read(&now, &r->inv);
	if (code && state_equal(&r->before, &now, true))
		return UNCHANGED;
	r->ready = false;
	if (!code && state_is(&now, r, false))
		return DONE;
	if (getenv("XMT_VERBOSE"))
		printf("     before the next command: %s\n",
		       state_difference(code ? &r->before : &r->after, &now));
	outcome = judge_after_sync(r, code);
	return code < 0 ? HUNG : outcome;
}

static void print_verbose(const struct run *r, int code, enum outcome o)
{
	if (getenv("XMT_VERBOSE"))
		printf("     %s: %d, %s: %s\n", r->inv.what, code, outcome_names[o],
		       r->inj.tracer.message);
}

/* Returns false if the command makes fewer calls. */
static bool try_point(struct run *r, unsigned int stop, bool stuck, int error)
{
	enum outcome outcome;
	struct injector inj;
	int code;

	reset_state(r);
	code = run_injected(r, stop, stuck, error);
	inj = r->inj;
	if (!inj.hits) {
		r->ready = false;
		if (code)
			invariants_fail(&r->inv, "no call failed, but: code %d, %s", code,
					inj.tracer.message);
		return false;
	}
	snprintf(r->inv.what, sizeof(r->inv.what), "%s%s at call %u (%ld, %ld) of '%s'",
		 strerrorname_np(inj.error), stuck ? " from then on" : "", stop, (long)inj.first.nr,
		 (long)inj.first.args[0], r->s->command);
	outcome = judge_run(r, code);
	r->inj = inj;
	print_verbose(r, code, outcome);
	r->outcomes[outcome]++;
	r->points[stuck]++;
	return true;
}

/* Tries one of the errors, or all in turn. Returns false if the command makes fewer calls. */
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

	while (r->inv.failures < (full ? 100 : MAX_FAILURES) && try_errors(r, stop, stuck, full))
		stop += stride;
}

static void report_scenario(struct run *r, unsigned int points)
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
	xmt_check(!r->inv.failures, "%s: %u calls; %u failed once, %u from then on%s", r->s->name,
		  points, r->points[0], r->points[1], text);
}

static void run_scenario(void)
{
	static struct run r;
	unsigned int points;

	xmt_prng_seed(&r.prng, nt_seed());
	r.s = &scenarios[nt_index()];
	scenario_make_net(&r.inv, r.s);
	points = run_uninjected(&r);
	try_points(&r, points, false);
	try_points(&r, points, true);
	report_scenario(&r, points);
	scenario_end(&r.inv, r.s);
}

static void print_totals(void)
{
	printf("     %u scenarios, %u errors injected once and %u from then on:", totals->scenarios,
	       totals->points[0], totals->points[1]);
	for (int i = 0; i < OUTCOMES; i++)
		printf(" %u %s%s", totals->outcomes[i], outcome_names[i],
		       i < OUTCOMES - 1 ? "," : "\n");
}

int main(int argc, char **argv)
{
	totals = scenario_totals(sizeof(*totals));
	scenario_main(argc, argv, getenv("XMT_FULL") ? 7200 : 120, run_scenario, print_totals);
}
