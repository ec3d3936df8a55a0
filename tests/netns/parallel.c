// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 64 commands at once, for one parent and for three. Some are killed at random times, one while it
 * holds the lock. The exit codes of the commands determine which endpoints may exist afterwards.
 * The seed is printed; XMT_SEED sets it, XMT_ROUNDS sets the number of rounds.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "background_jobs.h"
#include "leftovers.h"
#include "probe.h"
#include "prng.h"
#include "refusal.h"

#define NAMES	20
#define PARENTS 3
#define KILLS	8
#define SAMPLES 5 /* endpoints whose reception is checked in a round */

enum op { ADD, SET, DEL, SHOW, ATTACH, DETACH, OPS };

static const char *const modes[] = { "bridge", "private", "vepa", "source" };

struct task {
	enum op op;
	unsigned int name, mode;
};

/* The state of an endpoint after the last round */
struct endpoint {
	bool exists;
	unsigned int mode;
};

static struct nt_net net;
static struct xmt_prng prng;
static unsigned int parents, kills, holders, ended, refusals;
static struct endpoint endpoints[NAMES];
static struct task tasks[JOBS];
static struct job jobs[JOBS];
static int wire_tx[PARENTS];

static void parallel_make_net(unsigned int n)
{
	char wire[16], host[16];

	xmt_prng_seed(&prng, nt_seed());
	parents = n;
	nt_net(&net, 1, 0);
	for (unsigned int i = 0; i < n; i++) {
		snprintf(wire, sizeof(wire), "w%u", i);
		snprintf(host, sizeof(host), "p%u", i);
		if (i)
			xmt_veth(&net.wire, wire, NULL, &net.host, host, NULL);
		wire_tx[i] = probe_sender(&net.wire, wire);
	}
	/* p0 stays attached; the other parents are attached while they have endpoints */
	nt_xm_must(&net.host, "attach p0 xdp off");
}

static void plan_job(int i, enum op op)
{
	unsigned int x = xmt_rand(&prng, NAMES), mode = xmt_rand(&prng, 4);
	struct job *j = &jobs[i];
	unsigned int parent = op == ATTACH || op == DETACH ? xmt_rand(&prng, parents) : x % parents;

	tasks[i] = (struct task){ op, x, mode };
	*j = (struct job){ .not_as_holder = op == SHOW };
	if (op == ADD)
		snprintf(j->line, sizeof(j->line),
			 "add x%u link p%u netns %s address 02:00:00:00:01:%02x mode %s host %s", x,
			 parent, net.peer[0].name, x, modes[mode], x & 1 ? "on" : "off");
	else if (op == SET)
		snprintf(j->line, sizeof(j->line), "set x%u mode %s host %s", x, modes[mode],
			 mode & 1 ? "on" : "off");
	else if (op == DEL)
		snprintf(j->line, sizeof(j->line), "del x%u", x);
	else if (op == ATTACH)
		snprintf(j->line, sizeof(j->line), "attach p%u xdp %s", parent,
			 mode & 1 ? "skb" : "off");
	else if (op == DETACH)
		snprintf(j->line, sizeof(j->line), "detach p%u", parent);
	else
		snprintf(j->line, sizeof(j->line), "%s", mode & 1 ? "sync" : "-s show");
}

static enum op random_op(void)
{
	static const enum op ops[] = { ADD, ADD, ADD, ADD, ADD,	 SET,	 SET,
				       SET, DEL, DEL, DEL, SHOW, ATTACH, DETACH };

	return ops[xmt_rand(&prng, sizeof(ops) / sizeof(ops[0]))];
}

/* The output of the command without the line about waiting for the lock */
static const char *skip_wait(const char *text)
{
	const char *end = strchr(text, '\n');

	return strncmp(text, "xmacvlan: waiting for the lock", 30) ? text : end ? end + 1 : "";
}

/* Checks the exit code and message: the only refusals are those that another command can cause. */
static void check_code(const struct job *j, enum op op)
{
	static const char *const refusals_of[OPS] = { [ADD] = "exists already",
						      [SET] = "no such endpoint",
						      [DEL] = "no such endpoint",
						      [DETACH] = "not attached" };
	char buf[1024];
	ssize_t n = pread(j->messages, buf, sizeof(buf) - 1, 0);
	const char *text;

	close(j->messages);
	buf[n > 0 ? n : 0] = '\0';
	text = skip_wait(buf);
	buf[strlen(buf) - (n > 0 && *text && buf[n - 1] == '\n')] = '\0';
	if (j->killed || (!j->code && !text[0]))
		return;
	refusals++;
	if (j->code != 2 || !refusal_is_one_line(text) || !refusals_of[op] ||
	    (!strstr(text, refusals_of[op]) &&
	     !(op == DETACH && strstr(text, "delete them first"))))
		xmt_fail("'%s': code %d, %s", j->line, j->code, text);
}

/* The possible results of a round for an endpoint: number of them (0 or 1), set of modes */
struct outcome {
	int least, most;
	unsigned int modes;
	bool mode_set; /* a command that set the mode has succeeded */
};

static struct outcome expected_outcome(unsigned int name)
{
	const struct endpoint *was = &endpoints[name];
	struct outcome o = { .least = was->exists, .most = was->exists };

	for (int i = 0; i < JOBS; i++) {
		const struct task *t = &tasks[i];
		bool done = !jobs[i].killed && !jobs[i].code;

		if (t->name != name || (!done && !jobs[i].killed))
			continue;
		if (t->op == ADD)
			o.most++, o.least += done;
		if (t->op == DEL)
			o.least--, o.most -= done;
		if (t->op == ADD || t->op == SET)
			o.modes |= 1u << t->mode;
		o.mode_set |= done && (t->op == ADD || t->op == SET);
	}
	if (!o.mode_set)
		o.modes |= 1u << was->mode;
	return o;
}

static const json_t *find_endpoint(const json_t *doc, const char *name)
{
	size_t i;
	json_t *o;

	json_array_foreach((json_t *)doc, i, o) {
		const char *is = json_string_value(json_object_get(o, "name"));

		if (json_object_get(o, "mode") && is && !strcmp(is, name))
			return o;
	}
	return NULL;
}

/* Checks an endpoint of `show` against the exit codes. Returns whether it exists. */
static bool check_endpoint(const json_t *doc, unsigned int x)
{
	struct outcome o = expected_outcome(x);
	const json_t *ep;
	const char *mode;
	char name[16];
	unsigned int m = 0;

	snprintf(name, sizeof(name), "x%u", x);
	ep = find_endpoint(doc, name);
	mode = ep ? json_string_value(json_object_get(ep, "mode")) : modes[0];
	while (m < 3 && strcmp(mode, modes[m]))
		m++;
	if (!!ep < o.least || !!ep > o.most || o.least > 1 || o.most < 0)
		xmt_fail("%s is %sshown, but by the exit codes there are %d to %d", name,
			 ep ? "" : "not ", o.least, o.most);
	if (ep && !(o.modes >> m & 1))
		xmt_fail("%s has mode %s, which no command can have set last", name, mode);
	if (!!ep != nt_exists(&net.peer[0], name))
		xmt_fail("%s is %sshown, but its device does %sexist", name, ep ? "" : "not ",
			 ep ? "not " : "");
	endpoints[x] = (struct endpoint){ .exists = ep, .mode = m };
	return ep;
}

static unsigned int filter_entries(void)
{
	unsigned int n = 0;

	xmt_must("bridge -n %s fdb show", net.host.name);
	for (const char *at = xmt_output(); (at = strstr(at, "02:00:00:00:01:")); at++)
		n++;
	return n;
}

static void check_receives(unsigned int x)
{
	char name[16], mac[18];
	int rx;

	if (!endpoints[x].exists || !strcmp(modes[endpoints[x].mode], "source"))
		return;
	snprintf(name, sizeof(name), "x%u", x);
	snprintf(mac, sizeof(mac), "02:00:00:00:01:%02x", x);
	xmt_must("ip -n %s link set %s up", net.peer[0].name, name);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], name), ETH_P_ALL);
	if (!probe_arrives(wire_tx[x % parents], rx, mac, NT_WIRE_MAC))
		xmt_fail("%s does not receive from the wire", name);
	xmt_pkt_close(&rx, 1);
}

static unsigned int check_round(void)
{
	unsigned int n = 0;
	json_t *doc;

	nt_xm(&net.host, "sync"); /* completes what was killed */
	doc = nt_xm_json(&net.host, "show");

	for (int i = 0; i < JOBS; i++)
		check_code(&jobs[i], tasks[i].op);
	if (!json_is_array(doc))
		xmt_die("show fails: code %d, %s", nt_xm(&net.host, "show"), xmt_output());
	for (unsigned int x = 0; x < NAMES; x++)
		n += check_endpoint(doc, x);
	json_decref(doc);
	if (leftovers_host_ends(&net.host) != n || filter_entries() != n)
		xmt_fail("%u endpoints, but %u host ends and %u filter entries", n,
			 leftovers_host_ends(&net.host), filter_entries());
	for (int i = 0; i < SAMPLES; i++)
		check_receives(xmt_rand(&prng, NAMES));
	return n;
}

static void count_jobs(bool holder)
{
	holders += holder;
	for (int i = 0; i < JOBS; i++) {
		kills += jobs[i].killed;
		ended += !jobs[i].killed;
	}
}

static void delete_and_check(void)
{
	for (int i = 0; i < JOBS; i++) {
		plan_job(i, DEL);
		tasks[i].name = i % NAMES;
		snprintf(jobs[i].line, sizeof(jobs[i].line), "del x%d", i % NAMES);
	}
	background_jobs_run(jobs, &net.host, 0, &prng);
	xmt_check(!check_round(), "%d deletions at once: no endpoint is left", JOBS);
	for (unsigned int i = 0; i < parents; i++)
		nt_xm(&net.host, "detach p%u", i);
	xmt_check(!leftovers_on_parent(&net.host) && !filter_entries() &&
			  !(leftovers_flags(&net.host) & (IFF_ALLMULTI | IFF_PROMISC)),
		  "after detach, left on p0: %s", leftovers_on_parent(&net.host) ?: "nothing");
}

static void run_rounds(unsigned int n_parents)
{
	unsigned int n = atoi(getenv("XMT_ROUNDS") ?: "8"), bad = xmt_failures();
	uint64_t begin;

	parallel_make_net(n_parents);
	for (unsigned int i = 0; i < n; i++) {
		for (int j = 0; j < JOBS; j++)
			plan_job(j, random_op());
		begin = nt_now_ms();
		count_jobs(background_jobs_run(jobs, &net.host, KILLS, &prng));
		printf("     round %u: %llu ms, then %u endpoints\n", i,
		       (unsigned long long)(nt_now_ms() - begin), check_round());
	}
	xmt_check(bad == xmt_failures() && holders == n && kills >= n,
		  "%u rounds of %u commands on %u parent%s: %u ended (%u refused because of "
		  "others), %u killed, %u of them with the lock",
		  n, JOBS, n_parents, n_parents == 1 ? "" : "s", ended, refusals, kills, holders);
	delete_and_check();
}

static void one_parent(void)
{
	run_rounds(1);
}

static void three_parents(void)
{
	run_rounds(PARENTS);
}

static const struct nt_case cases[] = {
	{ "one parent", 300, one_parent },
	{ "three parents", 300, three_parents },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
