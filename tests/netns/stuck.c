// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A command on p0 is killed before a system call that changes something, and from then on the
 * kernel refuses that call to every process. The refusals concern p0 only: commands and the CNI
 * plugin work on p9, another parent of the namespace; `show` prints p0; and `detach p0 force`
 * leaves nothing. When it is refused, it prints one line, and it succeeds when the refusal has
 * ended. In half of the runs it is tried only then, after a command has repaired p0.
 *
 * A scenario is tried at one or two calls, chosen at random; with XMT_FULL=1 at all, with
 * XMT_FULL=5 at every fifth. The seed is printed; XMT_SEED sets it. XMT_VERBOSE=1 prints each call.
 */
#include <errno.h>
#include <linux/rtnetlink.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change_call.h"
#include "leftovers.h"
#include "pkt.h"
#include "plugin.h"
#include "prng.h"
#include "refusal.h"
#include "scenario.h"

#define MAX_CALLS    400
#define MAX_FAILURES 8 /* ends the scenario */

/* The last one is left out for RTM_DELNEIGH: then the driver has no entries, and none is left */
static const int errors[] = { EBUSY, EPERM, ENOMEM, EOPNOTSUPP };

#define ERRORS 4

static struct {
	unsigned int points, forced, lifted, kept_mac;
} * totals; /* of all cases; each case is a process */

/* Kills at the call number `stop`, then refuses calls like it; never those of p9 */
struct obstacle {
	struct tracer tracer;
	const struct change_owner *spared;
	unsigned int calls, stop;
	bool refuse;
	struct change_kind kind;
	unsigned int refused;
	int error;
};

struct run {
	const struct scenario *s;
	struct invariants inv;
	struct change_owner p9;
	struct obstacle o;
	struct xmt_prng prng;
};

static int obstacle_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct obstacle *o = (struct obstacle *)((char *)t - offsetof(struct obstacle, tracer));
	struct change_kind kind;

	if (!change_call_read(call, &kind) || change_call_is_of(call, o->spared))
		return 0;
	if (o->refuse) {
		if (!change_kinds_equal(&kind, &o->kind))
			return 0;
		o->refused++;
		return -o->error;
	}
	if (++o->calls != o->stop)
		return 0;
	o->kind = kind;
	return TRACER_KILL;
}

/* Runs a shell line while the call is refused. Returns the exit code. */
static int run_line(struct run *r, const char *line)
{
	return tracer_run(&r->o.tracer, line);
}

static int run_command(struct run *r, const char *line)
{
	char text[600];

	scenario_line(&r->inv, line, text, sizeof(text));
	return run_line(r, text);
}

static void must_work(struct run *r, const char *line)
{
	int code = run_command(r, line);

	if (code)
		invariants_fail(&r->inv, "%s: code %d: %s", line, code, r->o.tracer.message);
}

static void plugin_must_work(struct run *r, const char *command)
{
	char line[1200];
	int code;

	snprintf(line, sizeof(line),
		 "exec env CNI_COMMAND=%s CNI_CONTAINERID=c9 CNI_NETNS=/run/netns/%s "
		 "CNI_IFNAME=y9 CNI_PATH=/nowhere nsenter --net=/run/netns/%s %s <<'END'\n"
		 "{\"cniVersion\":\"1.1.0\",\"name\":\"n9\",\"type\":\"xmacvlan\","
		 "\"master\":\"p9\",\"cni.dev/valid-attachments\":[]}\nEND",
		 command, r->inv.net.peer[0].name, r->inv.net.host.name, plugin_bin());
	code = run_line(r, line);
	if (code)
		invariants_fail(&r->inv, "CNI %s: code %d: %s", command, code, r->o.tracer.message);
}

static void check_p9_works(struct run *r)
{
	must_work(r, "add y1 link p9");
	must_work(r, "set y1 host on");
	must_work(r, "show");
	must_work(r, "-j -s show y1");
	must_work(r, "del y1");
	plugin_must_work(r, "ADD");
	plugin_must_work(r, "STATUS");
	plugin_must_work(r, "DEL");
	plugin_must_work(r, "GC");
}

/* What is left of p0 beside p9 and its endpoint y0; NULL: nothing */
static const char *left_of_p0(struct run *r)
{
	if (leftovers_pins() != 1)
		return "pins";
	if (leftovers_host_ends(&r->inv.net.host) != 1)
		return "a host end";
	if (invariants_filter_entries(&r->inv))
		return "an entry of the unicast filter";
	return leftovers_on_device(&r->inv.net.host);
}

static void restore_mac(struct run *r)
{
	totals->kept_mac++;
	xmt_must("ip -n %s link set p0 address " NT_HOST_MAC, r->inv.net.host.name);
}

static void check_nothing_left(struct run *r)
{
	const char *left = left_of_p0(r);
	uint8_t mac[6];

	xmt_link_mac(&r->inv.net.host, "p0", mac);
	if (!left && strcmp(xmt_mac_text(mac), NT_HOST_MAC))
		left = "the MAC of p0";
	if (left)
		invariants_fail(&r->inv, "after detach force, this is left: %s", left);
}

/*
 * Runs `detach p0 force`. Returns false when it failed with one line and has to be repeated without
 * the refusal.
 */
static bool force_under_refusal(struct run *r)
{
	int code = run_command(r, "detach p0 force");
	const char *message = r->o.tracer.message;

	totals->forced++;
	if (code && (code != 2 || !refusal_is_one_line(message)))
		invariants_fail(&r->inv, "detach force: code %d: %s", code, message);
	if (code && !strstr(message, "p0 is detached, but"))
		return false;
	if (code)
		restore_mac(r);
	check_nothing_left(r);
	return true;
}

/* The refusal has ended: a command repairs p0, or finds it in order */
static void check_repaired(struct run *r)
{
	xmt_check(!nt_xm(&r->inv.net.host, "set y0 host off"), NULL);
	if (nt_xm(&r->inv.net.host, "show") || strstr(xmt_output(), "broken"))
		invariants_fail(&r->inv, "after the refusal: %s", xmt_output());
}

static void force_lifted(struct run *r)
{
	int code = nt_xm(&r->inv.net.host, "detach p0 force");

	totals->lifted++;
	if (code && !strstr(xmt_output(), "not attached"))
		invariants_fail(&r->inv, "detach force without a refusal: code %d: %s", code,
				xmt_output());
	check_nothing_left(r);
}

static void reset(struct run *r)
{
	if (r->s->with_k0)
		nt_xm_must(&r->inv.net.host, "add k0 link p0 netns %s address " K0_MAC,
			   r->inv.net.peer[0].name);
	scenario_reset(&r->inv, r->s);
}

/* Returns false when the command makes fewer calls. */
static bool try_call(struct run *r, unsigned int stop)
{
	int code;

	reset(r);
	r->o = (struct obstacle){ .tracer.on_call = obstacle_on_call,
				  .spared = &r->p9,
				  .stop = stop };
	code = run_command(r, r->s->command);
	r->o.error = errors[xmt_rand(&r->prng, ERRORS - (r->o.kind.what == RTM_DELNEIGH))];
	r->o.refuse = true;
	if (code >= 0) {
		force_lifted(r);
		return false;
	}
	snprintf(r->inv.what, sizeof(r->inv.what), "%s for good at change %u (%s) of '%s'",
		 strerrorname_np(r->o.error), stop, change_kind_text(&r->o.kind), r->s->command);
	check_p9_works(r);
	if (xmt_rand(&r->prng, 2)) {
		if (!force_under_refusal(r))
			force_lifted(r);
	} else {
		check_repaired(r);
		force_lifted(r);
	}
	if (getenv("XMT_VERBOSE"))
		printf("     %s: refused %u times\n", r->inv.what, r->o.refused);
	totals->points++;
	return true;
}

/* Runs the command to its end and returns the number of calls. */
static unsigned int count_calls(struct run *r)
{
	reset(r);
	r->o = (struct obstacle){ .tracer.on_call = obstacle_on_call, .spared = &r->p9 };
	if (run_command(r, r->s->command))
		xmt_die("%s: the command fails without a refusal: %s", r->s->name,
			r->o.tracer.message);
	force_lifted(r);
	return r->o.calls;
}

static void make_other_parent(struct run *r)
{
	const struct xmt_ns *host = &r->inv.net.host;

	xmt_must("ip -n %s link add p9 type veth peer name w9; ip -n %s link set p9 up", host->name,
		 host->name);
	nt_xm_must(host, "add y0 link p9 netns %s", r->inv.net.peer[0].name);
	r->p9 = (struct change_owner){ .host = host,
				       .peer = &r->inv.net.peer[0],
				       .endpoints = "y",
				       .name = "p9",
				       .ifindex = xmt_ifindex(host, "p9") };
	change_owner_read_maps(&r->p9);
}

static void run_scenario(void)
{
	const char *full = getenv("XMT_FULL");
	unsigned int calls, tries, stride, stop;
	static struct run r;

	xmt_prng_seed(&r.prng, nt_seed());
	r.s = &scenarios[nt_index()];
	r.inv.passthru = r.s->passthru;
	if (r.s->netkit)
		nt_need_netkit();
	invariants_make_net(&r.inv);
	make_other_parent(&r);
	calls = count_calls(&r);
	tries = 1 + xmt_rand(&r.prng, 2);
	stride = full ? strtoul(full, NULL, 0) : calls / tries + 1;
	stop = 1 + xmt_rand(&r.prng, stride < calls ? stride : calls);
	while (stop <= calls && r.inv.failures < MAX_FAILURES && try_call(&r, stop))
		stop += stride;
	xmt_check(!r.inv.failures, "%s: %u changes, every %u refused", r.s->name, calls, stride);
	nt_xm(&r.inv.net.host, "detach p9 force");
}

static void print_totals(void)
{
	printf("     %u scenarios, %u changes refused for good; p0 detached %u times under the "
	       "refusal, %u after it; the MAC of p0 stayed %u times\n",
	       scenario_count, totals->points, totals->forced, totals->lifted, totals->kept_mac);
}

int main(int argc, char **argv)
{
	totals = scenario_totals(sizeof(*totals));
	scenario_main(argc, argv, getenv("XMT_FULL") ? 7200 : 300, run_scenario, print_totals);
}
