// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands of which a system call fails: the 1st, 2nd, ... of those that a kernel may refuse, with
 * errors in turn; once alone, and once with all the like that follow it ("stuck"), so that taking
 * back fails too. A command that says it is done has done it; one that says it failed says why in
 * one line, and all is as before, or is made whole by the next command. Of each scenario some
 * points are tried, or all of them with XMT_FULL=1. The seed is printed; XMT_SEED sets it.
 * XMT_VERBOSE=1 tells of each point.
 */
#include <errno.h>
#include <linux/bpf.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "left.h"
#include "prng.h"
#include "refused.h"
#include "scenario.h"
#include "state.h"
#include "tracer.h"

#define SAMPLES		  5
#define MAX_HITS	  3000 /* then it hangs */
#define MAX_BAD		  8    /* then the scenario ends */
#define IOC_TYPE(request) ((request) >> 8 & 0xff)

/* EINTR comes last: a loop around an interrupted call may not end when it always is */
static const int errors[] = {ENOMEM, EBUSY, ENOSPC, EPERM, EINTR};

#define ERRORS 5

struct injector {
	struct tracer tracer;
	unsigned int stop, points, hits;
	bool stuck;
	int error;
	struct tracer_call first; /* that failed */
};

enum outcome {
	BACK,	  /* failed, all is as before */
	DONE,	  /* 0, all is as asked for */
	LATE,	  /* 0, the next command completed it */
	REPAIRED, /* failed, the next command took it back or completed it */
	PARTIAL,  /* failed, whole, in between: a batch, or what a second detach completes */
	ABORTED,  /* could not return to its namespace */
	OUTCOMES
};

static const char *const outcome_names[OUTCOMES] = {"as before",
						    "done",
						    "done by the next command",
						    "repaired by the next command",
						    "whole, in between",
						    "aborted"};

struct totals {
	unsigned int scenarios, points[2], outcomes[OUTCOMES];
};

static struct totals *totals; /* of all cases, which are processes */

struct run {
	const struct scenario *s;
	struct whole w;
	struct state before, after, shown; /* shown: after `show` */
	struct injector inj;
	bool set; /* the state is `before` */
	unsigned int outcomes[OUTCOMES], points[2];
	struct xmt_prng prng;
};

/* Calls that the kernel may refuse */
static bool is_point(const struct tracer_call *c)
{
	switch (c->nr) {
	case SYS_openat:
		return tracer_path_begins(c, 1, "/sys/fs/bpf");
	case SYS_ioctl:
		return IOC_TYPE(c->args[1]) == 0x89 || IOC_TYPE(c->args[1]) == 0xb7;
	case SYS_bpf:
	case SYS_sendto:
	case SYS_sendmsg:
	case SYS_setns:
	case SYS_socket:
	case SYS_flock:
	case SYS_clone:
	case SYS_clone3:
#ifdef SYS_fork
	case SYS_fork:
	case SYS_vfork:
#endif
		return true;
	}
	return tracer_is_of_folder(c);
}

static bool alike(const struct tracer_call *a, const struct tracer_call *b)
{
	return a->nr == b->nr && (a->nr != SYS_bpf || a->args[0] == b->args[0]);
}

static int inject(struct tracer *t, const struct tracer_call *call)
{
	struct injector *inj = (struct injector *)((char *)t - offsetof(struct injector, tracer));

	if (!is_point(call))
		return 0;
	if (++inj->points == inj->stop)
		inj->first = *call;
	else if (!inj->hits || !inj->stuck || !alike(call, &inj->first))
		return 0;
	return ++inj->hits > MAX_HITS ? TRACER_KILL : -inj->error;
}

static int run_with(struct run *r, unsigned int stop, bool stuck)
{
	char line[512];

	r->inj = (struct injector){.tracer.at = inject, .stop = stop, .stuck = stuck};
	r->inj.error = errors[xmt_rand(&r->prng, stuck ? ERRORS - 1 : ERRORS)];
	scenario_line(&r->w, r->s->command, line, sizeof(line));
	return tracer_run(&r->inj.tracer, line);
}

static void set_back(struct run *r)
{
	if (r->set)
		return;
	scenario_set_back(&r->w, r->s);
	nt_xm(&r->w.net.host, "show");
	state_take(&r->before, &r->w);
	r->set = true;
}

/* What the command does when nothing fails. The number of points. */
static unsigned int learn(struct run *r)
{
	int code;

	set_back(r);
	code = run_with(r, 0, false);
	r->set = false;
	state_take(&r->after, &r->w);
	nt_xm(&r->w.net.host, "show");
	state_take(&r->shown, &r->w);
	if (code)
		xmt_die("%s: ends with %d: %s", r->s->name, code, r->inj.tracer.said);
	return r->inj.points;
}

static bool is(const struct state *now, const struct run *r, bool back)
{
	if (back)
		return state_equal(&r->before, now, false);
	return state_equal(&r->after, now, false) || state_equal(&r->shown, now, false);
}

/*
 * A batch does what comes before the line that fails, a detach removes one endpoint after the
 * other.
 * TODO when taking it back fails too: of `xdp ... guard ...` one may have been done, `macaddr set`
 * may lose the list, and XDP may be recorded that is no more.
 */
static bool may_be_partial(const struct run *r)
{
	const char *name = r->s->name;

	if (r->inj.stuck && (strstr(name, "xdp") || !strcmp(name, "set macaddr")))
		return true;
	return !strncmp(name, "batch", 5) || !strcmp(name, "detach");
}

static void tell_difference(struct run *r, const struct state *now, int code)
{
	if (code)
		whole_wrong(&r->w, "neither as before: %s", state_difference(&r->before, now));
	whole_wrong(&r->w, "not as asked for: %s", state_difference(&r->shown, now));
}

/* After the next command. `show` has been run by whole_check(). */
static enum outcome judge_next(struct run *r, int code)
{
	unsigned int bad = r->w.bad;
	struct state now;

	whole_check(&r->w);
	state_take(&now, &r->w);
	if (r->w.bad != bad)
		return PARTIAL;
	if (is(&now, r, false))
		return code ? REPAIRED : LATE;
	if (code && is(&now, r, true))
		return REPAIRED;
	if (!code || !may_be_partial(r))
		tell_difference(r, &now, code);
	if (!strcmp(r->s->name, "detach") && run_with(r, 0, false))
		whole_wrong(&r->w, "a second detach: %s", r->inj.tracer.said);
	return PARTIAL;
}

static void check_said(struct run *r, int code)
{
	const char *said = r->inj.tracer.said;

	if (code == 0 && said[0])
		whole_wrong(&r->w, "it is done but says: %s", said);
	/* TODO a batch may add what it could not complete */
	if ((code == 1 || code == 2) && !refused_one_line(said) &&
	    !(r->inj.stuck && !strncmp(r->s->name, "batch", 5) && said[0]))
		whole_wrong(&r->w, "code %d, not one line: %s", code, said);
	if (code != 0 && code != 1 && code != 2 &&
	    !(code == -SIGABRT && r->inj.first.nr == SYS_setns))
		whole_wrong(&r->w, "code %d: %s", code, said);
}

static bool kept_communicates(const struct whole *w)
{
	return w->kept_rx < 0 || (whole_passes(w->wire_tx, w->kept_rx, WHOLE_KEPT, NT_WIRE_MAC) &&
				  whole_passes(w->kept_tx, w->wire_rx, NT_WIRE_MAC, WHOLE_KEPT));
}

static enum outcome judge(struct run *r, int code)
{
	enum outcome outcome;
	struct state now;

	check_said(r, code);
	if (!kept_communicates(&r->w))
		whole_wrong(&r->w, "k0 does not communicate");
	state_take(&now, &r->w);
	if (code && state_equal(&r->before, &now, true))
		return BACK;
	r->set = false;
	if (!code && is(&now, r, false))
		return DONE;
	if (getenv("XMT_VERBOSE"))
		printf("     at once: %s\n", state_difference(code ? &r->before : &r->after, &now));
	outcome = judge_next(r, code);
	return code < 0 ? ABORTED : outcome;
}

static void tell(const struct run *r, int code, enum outcome o)
{
	if (getenv("XMT_VERBOSE"))
		printf("     %s: %d, %s: %s\n", r->w.last, code, outcome_names[o],
		       r->inj.tracer.said);
}

/* false: the command makes fewer calls */
static bool try_point(struct run *r, unsigned int stop, bool stuck)
{
	enum outcome outcome;
	struct injector inj;
	int code;

	set_back(r);
	code = run_with(r, stop, stuck);
	inj = r->inj;
	if (!inj.hits) {
		r->set = false;
		if (code)
			whole_wrong(&r->w, "nothing failed but: %d %s", code, inj.tracer.said);
		return false;
	}
	snprintf(r->w.last, sizeof(r->w.last), "%s%s at call %u (%ld, %ld) of '%s'",
		 strerrorname_np(inj.error), stuck ? " from then on" : "", stop, (long)inj.first.nr,
		 (long)inj.first.args[0], r->s->command);
	outcome = judge(r, code);
	r->inj = inj;
	tell(r, code, outcome);
	r->outcomes[outcome]++;
	r->points[stuck]++;
	return true;
}

static void try_points(struct run *r, unsigned int points, bool stuck)
{
	unsigned int samples = stuck ? SAMPLES / 2 : SAMPLES;
	unsigned int stride = getenv("XMT_FULL") ? 1 : points / samples + 1;
	unsigned int stop = 1 + xmt_rand(&r->prng, stride);

	while (r->w.bad < (getenv("XMT_FULL") ? 100 : MAX_BAD) && try_point(r, stop, stuck))
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
	xmt_check(!r->w.bad, "%s: of %u calls %u failed once, %u from then on%s", r->s->name,
		  points, r->points[0], r->points[1], text);
}

static void run_scenario(void)
{
	static struct run r;
	const char *seed = getenv("XMT_SEED");
	uint64_t number = seed ? strtoull(seed, NULL, 0) : (uint64_t)getpid() * 1000003;
	unsigned int points;

	printf("     seed %llu\n", (unsigned long long)number);
	xmt_prng_seed(&r.prng, number);
	r.s = &scenarios[nt_index()];
	scenario_make(&r.w, r.s);
	points = learn(&r);
	try_points(&r, points, false);
	/* TODO an endpoint that could neither be added nor removed is brought up at the batch's end
	 */
	if (strcmp(r.s->name, "batch add"))
		try_points(&r, points, true);
	report(&r, points);
	nt_xm(&r.w.net.host, "detach p0 force");
	xmt_check(!left_on_parent(&r.w.net.host) && !whole_filter_entries(&r.w),
		  "%s: in the end %s is left", r.s->name,
		  left_on_parent(&r.w.net.host) ?: "nothing");
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
	struct nt_case cases[SCENARIOS_MAX + 1];
	unsigned int n = scenario_cases(cases, getenv("XMT_FULL") ? 1200 : 120, run_scenario);

	totals = mmap(NULL, sizeof(*totals), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1,
		      0);
	if (totals == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	cases[n++] = (struct nt_case){"sum", 5, sum};
	nt_main(argc, argv, cases, n);
}
