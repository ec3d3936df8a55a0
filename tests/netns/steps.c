// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands that are killed at every single step: before the 1st, 2nd, ... system call that changes
 * something. One `sync` after each kill repairs the state (see invariants.h): the command is done
 * completely or not at all. k0, if the scenario has it, loses no frame between the start of the
 * command and the end of the repair.
 *
 * A scenario is tried at some steps, the first of them at random, or at all steps with XMT_FULL=1.
 * The seed is printed; XMT_SEED sets it.
 */
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"
#include "prng.h"
#include "scenario.h"
#include "state.h"
#include "k0_traffic.h"
#include "tracer.h"

#define MAX_STEPS    400
#define SAMPLES	     6
#define MAX_FAILURES 8 /* ends the scenario */

static struct {
	unsigned int kills;
	unsigned long long frames;
} * totals; /* of all cases; each case is a process */

struct killer {
	struct tracer tracer;
	unsigned int steps, stop;
};

/* A step is a call that changes something, so not a look-up and not the load of a program. */
static bool is_step(const struct tracer_call *call)
{
	switch (call->nr) {
	case SYS_bpf:
		switch (call->args[0]) {
		case BPF_MAP_UPDATE_ELEM:
		case BPF_MAP_DELETE_ELEM:
		case BPF_OBJ_PIN:
		case BPF_PROG_ATTACH:
		case BPF_PROG_DETACH:
		case BPF_LINK_CREATE:
		case BPF_LINK_UPDATE:
		case BPF_LINK_DETACH:
			return true;
		}
		return false;
	case SYS_sendto:
		return !tracer_is_rtnl_get(call);
	case SYS_sendmsg:
	case SYS_ioctl:
		return true;
	}
	return tracer_changes_files(call);
}

static int killer_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct killer *k = (struct killer *)((char *)t - offsetof(struct killer, tracer));

	return is_step(call) && ++k->steps == k->stop ? TRACER_KILL : 0;
}

/*
 * Runs the command; kills it before step `stop` (0: never). Returns the exit code, -1 if it was
 * killed.
 */
static int run_until(const struct invariants *inv, const char *line, unsigned int stop,
		     unsigned int *ret_steps)
{
	struct killer k = { .tracer.on_call = killer_on_call, .stop = stop };
	char text[512];
	int code;

	scenario_line(inv, line, text, sizeof(text));
	code = tracer_run(&k.tracer, text);
	*ret_steps = k.steps;
	return code;
}

/* p0 has its own MAC again when there is no endpoint. */
static void check_parent_mac(struct invariants *inv)
{
	uint8_t mac[6];

	xmt_link_mac(&inv->net.host, "p0", mac);
	if (!leftovers_host_ends(&inv->net.host) && strcmp(xmt_mac_text(mac), NT_HOST_MAC))
		invariants_fail(inv, "p0 does not have its own MAC again");
}

struct run {
	const struct scenario *s;
	struct invariants inv;
	struct k0_traffic stream;
	struct state before, after; /* the command, each read after a `sync` */
};

/* Runs the command to its end, saves both states and returns the number of steps. */
static unsigned int run_unharmed(struct run *r)
{
	unsigned int steps;

	scenario_reset(&r->inv, r->s);
	nt_xm(&r->inv.net.host, "sync");
	state_read(&r->before, &r->inv);
	if (run_until(&r->inv, r->s->command, 0, &steps))
		xmt_die("%s: the command fails without a kill", r->s->name);
	nt_xm(&r->inv.net.host, "sync");
	state_read(&r->after, &r->inv);
	return steps;
}

/* The command is done completely or not at all. */
static void check_state(struct run *r)
{
	struct state now;

	state_read(&now, &r->inv);
	if (r->s->several || state_equal(&r->before, &now, false) ||
	    state_equal(&r->after, &now, false))
		return;
	invariants_fail(&r->inv, "the state is not that before the command: %s",
			state_difference(&r->before, &now));
	invariants_fail(&r->inv, "the state is not that after the command: %s",
			state_difference(&r->after, &now));
}

/* Kills the command at the step and checks. Returns as run_until(). */
static int kill_at_step(struct run *r, unsigned int step)
{
	const char *wrong = NULL;
	unsigned int steps;
	int code;

	scenario_reset(&r->inv, r->s);
	if (r->s->with_k0)
		k0_traffic_begin(&r->stream);
	code = run_until(&r->inv, r->s->command, step, &steps);
	snprintf(r->inv.what, sizeof(r->inv.what), "step %u of '%s'", step, r->s->command);
	invariants_check(&r->inv);
	if (r->s->with_k0)
		wrong = k0_traffic_end(&r->stream);
	if (wrong)
		invariants_fail(&r->inv, "%s", wrong);
	check_state(r);
	if (r->s->passthru)
		check_parent_mac(&r->inv);
	return code;
}

static void kill_at_steps(const struct scenario *s)
{
	unsigned int step, stride, steps, first, kills = 0;
	struct xmt_prng prng;
	static struct run r;
	int code = -1;

	xmt_prng_seed(&prng, nt_seed());
	r.s = s;
	scenario_make_net(&r.inv, s);
	if (s->with_k0)
		k0_traffic_open(&r.stream, &r.inv);
	steps = run_unharmed(&r);
	stride = getenv("XMT_FULL") ? 1 : steps / SAMPLES + 1;
	first = 1 + xmt_rand(&prng, stride);
	for (step = first; code < 0 && step < MAX_STEPS && r.inv.failures < MAX_FAILURES;
	     step += stride) {
		code = kill_at_step(&r, step);
		kills += code < 0;
	}
	xmt_check(!r.inv.failures && !code,
		  "%s: %u steps, killed at %u of them, from step %u every %u: the invariants hold; "
		  "k0 "
		  "lost none of %llu frames each way",
		  s->name, steps, kills, first, stride, r.stream.total);
	totals->kills += kills;
	totals->frames += K0_TRAFFIC_WAYS * r.stream.total;
	scenario_end(&r.inv, s);
}

static void run_scenario(void)
{
	kill_at_steps(&scenarios[nt_index()]);
}

static void print_totals(void)
{
	printf("     %u scenarios, killed at %u steps; %llu frames of k0\n", scenario_count,
	       totals->kills, totals->frames);
}

int main(int argc, char **argv)
{
	totals = scenario_totals(sizeof(*totals));
	scenario_main(argc, argv, 600, run_scenario, print_totals);
}
