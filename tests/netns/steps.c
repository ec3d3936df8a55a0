// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands killed at every single step: before its 1st, 2nd, ... system call that changes anything,
 * so that no state in between is left to luck. After each kill one `show` repairs (see whole.h).
 * Scenarios that load programs each time are slow: of them every fifth step is tried, from a random
 * one on, or every one with XMT_FULL=1.
 */
#include <linux/bpf.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "left.h"
#include "pkt.h"
#include "scenario.h"
#include "tracer.h"

#define MAX_STEPS 400
#define STRIDE	  5
#define MAX_BAD	  8 /* then the scenario ends */

struct killer {
	struct tracer tracer;
	unsigned int steps, stop;
};

/* Calls that change nothing by themselves (look-ups, loading a program) are no steps */
static bool is_step(const struct tracer_call *call)
{
	switch (call->nr) {
	case SYS_bpf:
		switch (call->args[0]) {
		case BPF_MAP_UPDATE_ELEM:
		case BPF_MAP_DELETE_ELEM:
		case BPF_OBJ_PIN:
		case BPF_LINK_CREATE:
		case BPF_LINK_UPDATE:
		case BPF_LINK_DETACH:
			return true;
		}
		return false;
	case SYS_sendto:
		return !tracer_is_look_up(call);
	case SYS_sendmsg:
	case SYS_ioctl:
		return true;
	}
	return tracer_is_of_folder(call);
}

static int kill_at_stop(struct tracer *t, const struct tracer_call *call)
{
	struct killer *k = (struct killer *)((char *)t - offsetof(struct killer, tracer));

	return is_step(call) && ++k->steps == k->stop ? TRACER_KILL : 0;
}

/* Runs to its end or is killed before step `stop`. Its exit code, or -1 when it was killed. */
static int run_until(const struct whole *w, const char *line, unsigned int stop)
{
	struct killer k = {.tracer.at = kill_at_stop, .stop = stop};
	char text[512];

	scenario_line(w, line, text, sizeof(text));
	return tracer_run(&k.tracer, text);
}

static void kill_at_each_step(const struct scenario *s)
{
	unsigned int stride = s->slow && !getenv("XMT_FULL") ? STRIDE : 1;
	unsigned int step, kills = 0, first = 1 + getpid() % stride;
	struct whole w = {};
	uint8_t mac[6];
	int code = -1;

	scenario_make(&w, s);
	for (step = first; code < 0 && step < MAX_STEPS && w.bad < MAX_BAD; step += stride) {
		scenario_set_back(&w, s);
		code = run_until(&w, s->command, step);
		kills += code < 0;
		snprintf(w.last, sizeof(w.last), "step %u of '%s'", step, s->command);
		whole_check(&w);
		if (s->passthru && !left_host_ends(&w.net.host)) {
			xmt_link_mac(&w.net.host, "p0", mac);
			if (strcmp(xmt_mac_text(mac), NT_HOST_MAC))
				whole_wrong(&w, "p0 has not got its MAC back");
		}
	}
	xmt_check(!w.bad && !code, "%s: whole after %u kills, from step %u every %u", s->name,
		  kills, first, stride);
	nt_xm(&w.net.host, "detach p0 force");
	xmt_check(!left_on_parent(&w.net.host) && !whole_filter_entries(&w),
		  "%s: in the end %s is left", s->name, left_on_parent(&w.net.host) ?: "nothing");
}

static void run_scenario(void)
{
	kill_at_each_step(&scenarios[nt_index()]);
}

int main(int argc, char **argv)
{
	struct nt_case cases[SCENARIOS_MAX];

	nt_main(argc, argv, cases, scenario_cases(cases, 300, run_scenario));
}
