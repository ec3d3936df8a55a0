// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * 64 commands at once, over one parent and over three; some are killed at random times, one while
 * it holds the lock. What there is in the end follows from the exit codes of those that ended. The
 * seed is printed; XMT_SEED sets it, XMT_ROUNDS the number of rounds.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "background_jobs.h"
#include "leftovers.h"
#include "mark.h"
#include "prng.h"
#include "refusal.h"

#define NAMES	20
#define PARENTS 3
#define KILLS	8
#define HEARD	5

enum op { ADD, SET, DEL, SHOW, ATTACH, DETACH, OPS };

static const char *const modes[] = { "bridge", "private", "vepa", "source" };

struct task {
	enum op op;
	unsigned int name, mode;
};

/* What is known of an endpoint */
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

static void make(unsigned int n)
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
		wire_tx[i] = mark_sender(&net.wire, wire);
	}
	/* One that stays, and others that come and go with their endpoints */
	nt_xm_must(&net.host, "attach p0 xdp off");
}

static void plan(int i, enum op op)
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
		snprintf(j->line, sizeof(j->line), "%s", mode & 1 ? "show" : "-s show");
}

static enum op random_op(void)
{
	static const enum op ops[] = { ADD, ADD, ADD, ADD, ADD,	 SET,	 SET,
				       SET, DEL, DEL, DEL, SHOW, ATTACH, DETACH };

	return ops[xmt_rand(&prng, sizeof(ops) / sizeof(ops[0]))];
}

/* Refusals that other commands explain; anything else is wrong */
static void check_code(const struct job *j, enum op op)
{
	static const char *const says[OPS] = { [ADD] = "exists already",
					       [SET] = "no such endpoint",
					       [DEL] = "no such endpoint",
					       [DETACH] = "not attached" };
	char text[1024];
	ssize_t n = pread(j->messages, text, sizeof(text) - 1, 0);

	close(j->messages);
	if (n > 0 && text[n - 1] == '\n')
		n--;
	text[n > 0 ? n : 0] = '\0';
	if (j->killed || (!j->code && !text[0]))
		return;
	refusals++;
	if (j->code != 2 || !refusal_is_one_line(text) || !says[op] ||
	    (!strstr(text, says[op]) && !(op == DETACH && strstr(text, "delete them first"))))
		xmt_fail("'%s': %d %s", j->line, j->code, text);
}

/* What the jobs made of an endpoint: existed or not; modes it may have */
struct outcome {
	int least, most;
	unsigned int modes, surely;
};

static struct outcome sum_up(unsigned int name)
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
		o.surely |= done && (t->op == ADD || t->op == SET);
	}
	if (!o.surely)
		o.modes |= 1u << was->mode;
	return o;
}

static const json_t *find(const json_t *doc, const char *name)
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

/* An endpoint as shown against what the exit codes say. Whether it is there. */
static bool check_endpoint(const json_t *doc, unsigned int x)
{
	struct outcome o = sum_up(x);
	const json_t *ep;
	const char *mode;
	char name[16];
	unsigned int m = 0;

	snprintf(name, sizeof(name), "x%u", x);
	ep = find(doc, name);
	mode = ep ? json_string_value(json_object_get(ep, "mode")) : modes[0];
	while (m < 3 && strcmp(mode, modes[m]))
		m++;
	if (!!ep < o.least || !!ep > o.most || o.least > 1 || o.most < 0)
		xmt_fail("%s is %sthere: by the exit codes %d to %d", name, ep ? "" : "not ",
			 o.least, o.most);
	if (ep && !(o.modes >> m & 1))
		xmt_fail("%s is in mode %s, which nobody asked for last", name, mode);
	if (!!ep != nt_exists(&net.peer[0], name))
		xmt_fail("%s is %sshown, its device is %sthere", name, ep ? "" : "not ",
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

static void check_hears(unsigned int x)
{
	char name[16], mac[18];
	int rx;

	if (!endpoints[x].exists || !strcmp(modes[endpoints[x].mode], "source"))
		return;
	snprintf(name, sizeof(name), "x%u", x);
	snprintf(mac, sizeof(mac), "02:00:00:00:01:%02x", x);
	xmt_must("ip -n %s link set %s up", net.peer[0].name, name);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], name), ETH_P_ALL);
	if (!mark_arrives(wire_tx[x % parents], rx, mac, NT_WIRE_MAC))
		xmt_fail("%s does not hear the wire", name);
	xmt_pkt_close(&rx, 1);
}

static unsigned int check_all(void)
{
	json_t *doc = nt_xm_json(&net.host, "show");
	unsigned int n = 0;

	for (int i = 0; i < JOBS; i++)
		check_code(&jobs[i], tasks[i].op);
	if (!json_is_array(doc))
		xmt_die("show does not work: %d %s", nt_xm(&net.host, "show"), xmt_output());
	for (unsigned int x = 0; x < NAMES; x++)
		n += check_endpoint(doc, x);
	json_decref(doc);
	if (leftovers_host_ends(&net.host) != n || filter_entries() != n)
		xmt_fail("%u endpoints, %u host ends, %u filter entries", n,
			 leftovers_host_ends(&net.host), filter_entries());
	for (int i = 0; i < HEARD; i++)
		check_hears(xmt_rand(&prng, NAMES));
	return n;
}

static void count(bool holder)
{
	holders += holder;
	for (int i = 0; i < JOBS; i++) {
		kills += jobs[i].killed;
		ended += !jobs[i].killed;
	}
}

static void check_gone(void)
{
	for (int i = 0; i < JOBS; i++) {
		plan(i, DEL);
		tasks[i].name = i % NAMES;
		snprintf(jobs[i].line, sizeof(jobs[i].line), "del x%u", i % NAMES);
	}
	background_jobs_run(jobs, &net.host, 0, &prng);
	xmt_check(!check_all(), "%d deletions at once: nothing is there any more", JOBS);
	for (unsigned int i = 0; i < parents; i++)
		nt_xm(&net.host, "detach p%u", i);
	xmt_check(!leftovers_on_parent(&net.host) && !filter_entries() &&
			  !(leftovers_flags(&net.host) & (IFF_ALLMULTI | IFF_PROMISC)),
		  "in the end %s is left", leftovers_on_parent(&net.host) ?: "nothing");
}

static void rounds(unsigned int n_parents)
{
	unsigned int n = atoi(getenv("XMT_ROUNDS") ?: "8"), bad = xmt_failures();
	uint64_t begin;

	make(n_parents);
	for (unsigned int i = 0; i < n; i++) {
		for (int j = 0; j < JOBS; j++)
			plan(j, random_op());
		begin = nt_now_ms();
		count(background_jobs_run(jobs, &net.host, KILLS, &prng));
		printf("     round %u: %llu ms, %u endpoints then\n", i,
		       (unsigned long long)(nt_now_ms() - begin), check_all());
	}
	xmt_check(bad == xmt_failures() && holders == n && kills >= n,
		  "%u rounds of %u commands on %u parent%s: %u ended (%u refusals that others "
		  "explain), %u killed, %u of them with the lock",
		  n, JOBS, n_parents, n_parents == 1 ? "" : "s", ended, refusals, kills, holders);
	check_gone();
}

static void one_parent(void)
{
	rounds(1);
}

static void three_parents(void)
{
	rounds(PARENTS);
}

static const struct nt_case cases[] = {
	{ "one parent", 300, one_parent },
	{ "three parents", 300, three_parents },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
