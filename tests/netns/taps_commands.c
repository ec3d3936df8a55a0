// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands about endpoints of type tap: many at once, killed, with pins removed by hand, by other
 * versions under traffic. The seed is printed; XMT_SEED sets it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "abi_fixture.h"
#include "background_jobs.h"
#include "leftovers.h"
#include "prng.h"
#include "reach_fixture.h"
#include "refusal.h"
#include "tap_fixture.h"

#define NAMES	 16
#define ROUNDS	 6
#define KILLS	 12
#define MAX_PINS 32

static void plan_job(struct job *j, struct xmt_prng *prng)
{
	unsigned int x = xmt_rand(prng, NAMES);

	*j = (struct job){};
	switch (xmt_rand(prng, 6)) {
	case 0:
	case 1:
		snprintf(j->line, sizeof(j->line),
			 "add t%u link p0 type tap address 02:00:00:00:01:%02x host %s", x, x,
			 x & 1 ? "on" : "off");
		return;
	case 2:
		snprintf(j->line, sizeof(j->line), "add t%u link p0 type veth", x);
		return;
	case 3:
		snprintf(j->line, sizeof(j->line), "set t%u mode %s", x, x & 1 ? "vepa" : "bridge");
		return;
	case 4:
		snprintf(j->line, sizeof(j->line), "sync");
		j->not_as_holder = true;
		return;
	default:
		snprintf(j->line, sizeof(j->line), "del t%u", x);
	}
}

static void check_message(const struct job *j)
{
	char text[1024];
	ssize_t n = pread(j->messages, text, sizeof(text) - 1, 0);

	close(j->messages);
	text[n > 0 ? n : 0] = '\0';
	if (!j->killed && j->code && !strstr(text, "exists already") &&
	    !strstr(text, "no such endpoint"))
		xmt_fail("'%s': code %d: %s", j->line, j->code, text);
}

/* Every endpoint that is shown has its device, and every device is shown */
static void check_whole(const struct xmt_ns *host, const char *what)
{
	json_t *doc, *o;
	unsigned int shown = 0;
	size_t i;

	nt_xm_must(host, "sync");
	doc = nt_xm_json(host, "show");
	json_array_foreach(doc, i, o) {
		const char *name = json_string_value(json_object_get(o, "name"));

		if (!json_object_get(o, "mode"))
			continue;
		shown++;
		if (!nt_exists(host, name) || !json_is_null(json_object_get(o, "stale")))
			xmt_fail("%s: %s is stale or has no device", what, name);
	}
	xmt_check(leftovers_host_ends(host) == shown, "%s: %u endpoints are shown, %u are there",
		  what, shown, leftovers_host_ends(host));
	json_decref(doc);
}

static void parallel(void)
{
	static struct job jobs[JOBS];
	struct xmt_prng prng;
	struct nt_net net;

	xmt_prng_seed(&prng, nt_seed());
	nt_net(&net, 0, 0);
	for (int round = 0; round < ROUNDS; round++) {
		for (int i = 0; i < JOBS; i++)
			plan_job(&jobs[i], &prng);
		background_jobs_run(jobs, &net.host, round ? KILLS : 0, &prng);
		for (int i = 0; i < JOBS; i++)
			check_message(&jobs[i]);
		check_whole(&net.host, round ? "64 commands, some killed" : "64 commands");
	}
	nt_xm(&net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&net.host), "detached: left: %s",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static void make_parent(const struct nt_net *net)
{
	nt_xm_must(&net->host, "add t0 link p0 type tap host on address " M_E0);
	nt_xm_must(&net->host, "set t0 address add " M_ELSE);
	nt_xm_must(&net->host, "add e1 link p0 netns %s address " M_E1, net->peer[0].name);
	nt_xm_must(&net->host, "add t2 link p0 type tap mode source macaddr add " M_LIST
			       " address 02:00:00:00:00:12");
}

static void check_clean(const struct nt_net *net, const char *what)
{
	const char *left;

	xmt_check(!nt_xm(&net->host, "detach p0 force"), "%s: detach force: %s", what,
		  xmt_output());
	left = leftovers_on_parent(&net->host);
	xmt_check(!left && !leftovers_in_filter(&net->host, "02:00:00:00:00:"), "%s: left: %s",
		  what, left ?: "nothing");
}

static void pins_removed(void)
{
	static char pins[MAX_PINS][64];
	unsigned int n = 0;
	struct nt_net net;
	char list[2048], *save = NULL;

	nt_net(&net, 1, 0);
	make_parent(&net);
	xmt_must("ls /sys/fs/bpf/xmacvlan/n*");
	snprintf(list, sizeof(list), "%s", xmt_output());
	for (char *p = strtok_r(list, "\n", &save); p && n < MAX_PINS;
	     p = strtok_r(NULL, "\n", &save))
		snprintf(pins[n++], sizeof(pins[0]), "%.63s", p);
	check_clean(&net, "all pins");
	for (unsigned int i = 0; i < n; i++) {
		make_parent(&net);
		xmt_must("rm /sys/fs/bpf/xmacvlan/n*/%s", pins[i]);
		nt_xm(&net.host, "show");
		nt_xm(&net.host, "sync");
		check_clean(&net, pins[i]);
	}
}

/* Frames between two taps, the wire and the host until the process has ended. Returns the lost. */
static unsigned int exchange_until_exit(struct reach *r, pid_t pid, unsigned int *frames,
					int *status)
{
	unsigned int lost = 0;

	for (*frames = 0; !waitpid(pid, status, WNOHANG); *frames += 4) {
		lost += !probe_arrives(r->send[E0], r->set.rx[E1].fd, M_E1, M_E0);
		lost += !probe_arrives(r->send[WIRE], r->set.rx[E0].fd, M_E0, NT_WIRE_MAC);
		lost += !probe_arrives(r->send[E1], r->set.rx[WIRE].fd, NT_WIRE_MAC, M_E1);
		lost += !probe_arrives(r->send[HOST], r->set.rx[E0].fd, M_E0, NT_HOST_MAC);
	}
	return lost;
}

static int change_versions(struct reach *r, enum abi_version other, int changes)
{
	for (int i = 0; i < changes; i++) {
		abi_use(i % 2 ? V_THIS : other);
		if (nt_xm(&r->net.host, "upgrade p0")) {
			fprintf(stderr, "change %d: %s\n", i, xmt_output());
			return 1;
		}
	}
	return 0;
}

/* An odd number of changes ends with the other version */
static void check_versions(const char *what, enum abi_version other, int changes)
{
	unsigned int frames, lost;
	struct reach r;
	int status;
	pid_t pid;

	abi_use(V_THIS);
	reach_make(&r);
	reach_add_tap(&r, E0, "t0", "host on address " M_E0);
	reach_add_tap(&r, E1, "t1", "address " M_E1);
	fflush(NULL);
	pid = fork();
	if (!pid)
		_exit(change_versions(&r, other, changes));
	lost = exchange_until_exit(&r, pid, &frames, &status);
	xmt_check(!status && !lost, "%s, %d changes: lost %u of %u frames", what, changes, lost,
		  frames);
	abi_use(changes % 2 ? other : V_THIS);
	nt_xm_must(&r.net.host, "show");
	xmt_check(!strstr(xmt_output(), "stale") && nt_number(&r.net.host, "t0", "tap.queues") == 1,
		  "%s: the taps are not stale", what);
	check_clean(&r.net, what);
}

static void other_versions(void)
{
	check_versions(ABI_THIS " and " ABI_NEXT, V_NEXT, 12);
}

static void next_major_version(void)
{
	check_versions(ABI_THIS " to 2.0", V2_0, 1);
}

static const struct nt_case cases[] = {
	{ "parallel", 120, parallel },
	{ "pins removed", 120, pins_removed },
	{ "other versions", 120, other_versions },
	{ "next major version", 60, next_major_version },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
