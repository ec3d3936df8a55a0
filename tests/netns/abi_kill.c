// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Upgrades to another version of the ABI, and downgrades, that are killed before each call that
 * changes something. Whichever version runs the next command, either everything is as before or
 * everything is taken over. k0 loses no frame, and counters stay. Tries some steps, the first at
 * random; XMT_FULL=1: all steps, from step $XMT_FIRST on.
 */
#include <errno.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "abi_fixture.h"
#include "change_call.h"
#include "invariants.h"
#include "k0_traffic.h"
#include "leftovers.h"
#include "pkt.h"
#include "prng.h"
#include "probe.h"
#include "tracer.h"

#define MAX_STEPS 400
#define SAMPLES	  6

static struct upgrade {
	const char *name, *xdp;
	enum abi_version made, killed, next;
} upgrades[] = {
	{ ABI_THIS " to " ABI_NEXT ", then " ABI_NEXT, "off", V_THIS, V_NEXT, V_NEXT },
	{ ABI_THIS " to " ABI_NEXT ", then " ABI_THIS, "off", V_THIS, V_NEXT, V_THIS },
	{ ABI_NEXT " to " ABI_THIS ", then " ABI_NEXT, "native", V_NEXT, V_THIS, V_NEXT },
	{ ABI_THIS " to 2.0, then 2.0", "off", V_THIS, V2_0, V2_0 },
	{ ABI_THIS " to 2.0, then " ABI_THIS, "off", V_THIS, V2_0, V_THIS },
	{ ABI_NEXT " to 2.0, then 2.0, xdp", "native", V_NEXT, V2_0, V2_0 },
	{ ABI_NEXT " to 2.0, then " ABI_NEXT ", xdp", "native", V_NEXT, V2_0, V_NEXT },
	{ ABI_THIS " to 2.0, then " ABI_THIS ", xdp skb", "skb", V_THIS, V2_0, V_THIS },
	{ "no endpoint_tx to " ABI_THIS ", then " ABI_THIS, "off", V_FIRST, V_THIS, V_THIS },
	{ "no endpoint_tx to 2.0, then 2.0", "off", V_FIRST, V2_0, V2_0 },
};

#define UPGRADES (sizeof(upgrades) / sizeof(*upgrades))

struct run {
	const struct upgrade *u;
	struct invariants inv;
	struct k0_traffic stream;
};

struct killer {
	struct tracer tracer;
	unsigned int steps, stop;
};

static int killer_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct killer *k = (struct killer *)((char *)t - offsetof(struct killer, tracer));
	struct change_kind kind;

	return change_call_read(call, &kind) && ++k->steps == k->stop ? TRACER_KILL : 0;
}

/* Makes endpoints of the older version. k0's counters are not zero. */
static void run_reset(struct run *r)
{
	const struct xmt_ns *host = &r->inv.net.host;

	abi_use(V2_0);
	nt_xm(host, "detach p0 force");
	abi_use(r->u->made);
	nt_xm_must(host, "attach p0 xdp %s", r->u->xdp);
	invariants_add_k0(&r->inv);
	nt_xm_must(host, "add x0 link p0 netns %s address 02:00:00:00:01:01 host on",
		   r->inv.net.peer[1].name);
	nt_wait_operstate(host);
	if (r->u->made == V_FIRST)
		abi_forget_endpoint_tx(host);
}

/* Runs the next command and checks. Returns the version that pins and programs must have. */
static enum abi_version run_next(struct run *r)
{
	const struct xmt_ns *host = &r->inv.net.host;
	bool newer = abi_major() > (r->u->next == V2_0 ? 2u : 1u);

	abi_use(r->u->next);
	if (!newer) {
		if (nt_xm(host, "set x0 bclim 7"))
			invariants_fail(&r->inv, "set: %s", xmt_output());
		return r->u->next;
	}
	if (nt_xm(host, "set x0 bclim 7") != 2 || !strstr(xmt_output(), "a newer xmacvlan"))
		invariants_fail(&r->inv, "1.x is not refused: %s", xmt_output());
	abi_use(V2_0);
	if (nt_xm(host, "set x0 bclim 7"))
		invariants_fail(&r->inv, "set: %s", xmt_output());
	return V2_0;
}

/* Pins that had no endpoint_tx: the upgrade is repeated, without losing a frame */
static void complete_upgrade(struct run *r)
{
	if (r->u->made == V_FIRST && nt_xm(&r->inv.net.host, "upgrade"))
		invariants_fail(&r->inv, "upgrade: %s", xmt_output());
}

static void check_host_end(struct run *r)
{
	const struct xmt_ns *host = &r->inv.net.host;
	char host_end[16];
	int tx;

	abi_host_end_name(host, 1, host_end);
	tx = probe_sender(host, host_end);
	if (!abi_host_end_is_silent(host, "k0", K0_MAC, tx, r->inv.k0_rx))
		invariants_fail(&r->inv, "frames of the host's stack reach k0");
	xmt_pkt_close(&tx, 1);
}

static void check_all(struct run *r, enum abi_version now)
{
	const struct xmt_ns *host = &r->inv.net.host;
	const char *programs = abi_parent_text(host, "programs");
	long long difference = abi_count_difference(host, &r->inv.net.peer[0], "k0");

	invariants_check(&r->inv);
	if (now == V2_0 && strcmp(programs, "2.0"))
		invariants_fail(&r->inv, "programs have ABI %s, not 2.0", programs);
	if (now != V2_0 && programs[0] != '1')
		invariants_fail(&r->inv, "programs have ABI %s, not 1", programs);
	if (r->u->made == V_FIRST)
		check_host_end(r);
	if (difference)
		invariants_fail(&r->inv, "the counters have %lld frames less than k0", difference);
	if (nt_xm(host, "del x0"))
		invariants_fail(&r->inv, "del: %s", xmt_output());
}

/* Kills the upgrade at the step and checks. Returns the exit code, -1 if it was killed. */
static int kill_at_step(struct run *r, unsigned int step, unsigned int *steps)
{
	struct killer k = { .tracer.on_call = killer_on_call, .stop = step };
	enum abi_version now;
	const char *wrong;
	char line[600];
	int code;

	run_reset(r);
	k0_traffic_open(&r->stream, &r->inv);
	k0_traffic_begin(&r->stream);
	abi_use(r->u->killed);
	snprintf(line, sizeof(line), "exec %s -n %s upgrade p0", nt_bin(), r->inv.net.host.name);
	code = tracer_run(&k.tracer, line);
	*steps = k.steps;
	snprintf(r->inv.what, sizeof(r->inv.what), "step %u of '%s'", step, r->u->name);
	now = run_next(r);
	complete_upgrade(r);
	wrong = k0_traffic_end(&r->stream);
	if (wrong)
		invariants_fail(&r->inv, "%s", wrong);
	check_all(r, now);
	xmt_pkt_close(r->stream.tx, K0_TRAFFIC_WAYS);
	xmt_pkt_close(r->stream.rx, K0_TRAFFIC_WAYS);
	xmt_pkt_close(&r->inv.k0_rx, 1);
	xmt_pkt_close(&r->inv.k0_tx, 1);
	return code;
}

static void kill_upgrade(void)
{
	unsigned int steps, stride, first, step, kills = 0;
	static struct run r;
	struct xmt_prng prng;
	int code;

	xmt_prng_seed(&prng, nt_seed());
	r.u = &upgrades[nt_index()];
	invariants_make_net(&r.inv);
	code = kill_at_step(&r, 0, &steps);
	xmt_check(!code && !r.inv.failures, "%s: without a kill, %u steps", r.u->name, steps);
	stride = getenv("XMT_FULL") ? 1 : steps / SAMPLES + 1;
	first = getenv("XMT_FIRST") ? (unsigned int)atoi(getenv("XMT_FIRST"))
				    : 1 + xmt_rand(&prng, stride);
	for (step = first, code = -1; code < 0 && step < MAX_STEPS && r.inv.failures < 8;
	     step += stride) {
		code = kill_at_step(&r, step, &steps);
		kills += code < 0;
	}
	xmt_check(!r.inv.failures && !code, "%s: killed at %u steps, from step %u every %u",
		  r.u->name, kills, first, stride);
	abi_use(V2_0);
	nt_xm(&r.inv.net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&r.inv.net.host) && !leftovers_pins(), "%s: nothing is left",
		  r.u->name);
}

int main(int argc, char **argv)
{
	static struct nt_case cases[UPGRADES];

	for (unsigned int i = 0; i < UPGRADES; i++)
		cases[i] = (struct nt_case){ upgrades[i].name, 1200, kill_upgrade };
	nt_main(argc, argv, cases, UPGRADES);
}
