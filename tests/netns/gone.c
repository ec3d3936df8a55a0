// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A device that is deleted while a command works on it: before each system call of the command that
 * changes something. The command does its work, or prints one line that names the device and says
 * that it has gone. Then one `sync` leaves nothing of it.
 *
 * A row is tried at some calls, the first of them at random, or at all with XMT_FULL=1. The seed is
 * printed; XMT_SEED sets it. XMT_VERBOSE=1 prints each call.
 */
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "change_call.h"
#include "leftovers.h"
#include "prng.h"
#include "refusal.h"

#define CALLS_MAX 200
#define SAMPLES	  8

static const struct row {
	const char *name;
	const char *setup; /* a command, or NULL */
	const char *command; /* $: the namespace of the peer end */
	bool endpoint; /* x0 is deleted, else p0 */
} rows[] = {
	{ "first add", NULL, "add x0 link p0 netns $ host on", false },
	{ "add", "attach p0", "add x0 link p0 netns $ host on", false },
	{ "add, x0", "attach p0", "add x0 link p0 netns $ host on", true },
	{ "set address", "add x0 link p0 netns $", "set x0 address 02:00:00:00:01:07", false },
	{ "set address, x0", "add x0 link p0 netns $", "set x0 address 02:00:00:00:01:07", true },
	{ "address add", "add x0 link p0 netns $", "set x0 address add 02:00:00:00:01:07", false },
	{ "set host", "add x0 link p0 netns $", "set x0 mode vepa host on", false },
	{ "set host, x0", "add x0 link p0 netns $", "set x0 mode vepa host on", true },
	{ "attach", NULL, "attach p0 xdp native", false },
	{ "xdp", "add x0 link p0 netns $", "attach p0 xdp skb", false },
	{ "upgrade", "add x0 link p0 netns $ host on", "upgrade p0", false },
	{ "sync", "add x0 link p0 netns $", "sync p0", false },
	{ "del", "add x0 link p0 netns $", "del x0", false },
	{ "detach force", "add x0 link p0 netns $ host on", "detach p0 force", false },
};

static struct nt_net net;

struct remover {
	struct tracer tracer;
	bool endpoint, gone;
	unsigned int calls, stop;
};

/* Deletes the device; x0 may not exist yet, or any more */
static bool device_delete(bool endpoint)
{
	return endpoint ? !xmt_run("ip -n %s link del x0", net.peer[0].name)
			: !xmt_run("ip -n %s link del p0", net.host.name);
}

static int remover_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct remover *r = (struct remover *)((char *)t - offsetof(struct remover, tracer));
	struct change_kind kind;

	if (change_call_read(call, &kind) && ++r->calls == r->stop)
		r->gone = device_delete(r->endpoint);
	return 0;
}

/* "exec xmacvlan -n HOST COMMAND" */
static void format_line(const char *command, char *ret, size_t size)
{
	size_t at = snprintf(ret, size, "exec %s -n %s ", nt_bin(), net.host.name);

	for (; *command && at < size - 50; command++) {
		if (*command == '$')
			at += snprintf(ret + at, size - at, "%s", net.peer[0].name);
		else
			ret[at++] = *command;
		ret[at] = '\0';
	}
}

static void reset(const struct row *row)
{
	char line[512];

	if (!nt_exists(&net.host, "p0"))
		xmt_veth(&net.wire, "w0", NT_WIRE_MAC, &net.host, "p0", NT_HOST_MAC);
	nt_xm(&net.host, "detach p0 force");
	if (!row->setup)
		return;
	format_line(row->setup, line, sizeof(line));
	xmt_must("%s", line);
}

/* Deleted before the command has looked, it is unknown: "no such endpoint 'x0'" */
static bool says_gone(const struct row *row, const char *message)
{
	const char *name = row->endpoint ? "x0" : "p0";

	return refusal_is_one_line(message) && strstr(message, name) &&
	       (strstr(message, " has gone: ") || strstr(message, "no such "));
}

static void check_nothing_left(const struct row *row, unsigned int stop)
{
	nt_xm(&net.host, "sync");
	xmt_check(row->endpoint ? nt_xm(&net.host, "show x0") == 2 : !leftovers_pins(),
		  "%s: before change %u: one sync leaves nothing", row->name, stop);
}

/* Returns false when the command makes fewer calls. */
static bool try_call(const struct row *row, unsigned int stop)
{
	struct remover r = { .tracer.on_call = remover_on_call,
			     .endpoint = row->endpoint,
			     .stop = stop };
	char line[512];
	int code;

	reset(row);
	format_line(row->command, line, sizeof(line));
	code = tracer_run(&r.tracer, line);
	if (r.calls < stop)
		return false;
	if (!r.gone)
		return true;
	if (getenv("XMT_VERBOSE"))
		printf("     %s, change %u: %d, %s\n", row->name, stop, code, r.tracer.message);
	xmt_check(!code || (code == 2 && says_gone(row, r.tracer.message)),
		  "%s: before change %u: code %d, %s", row->name, stop, code, r.tracer.message);
	check_nothing_left(row, stop);
	return true;
}

static unsigned int count_calls(const struct row *row)
{
	struct remover r = { .tracer.on_call = remover_on_call };
	char line[512];

	reset(row);
	format_line(row->command, line, sizeof(line));
	if (tracer_run(&r.tracer, line))
		xmt_die("%s: %s", row->name, r.tracer.message);
	return r.calls;
}

static void run_row(void)
{
	const struct row *row = &rows[nt_index()];
	unsigned int stop, stride;
	struct xmt_prng prng;

	xmt_prng_seed(&prng, nt_seed());
	nt_net(&net, 1, 0);
	stride = getenv("XMT_FULL") ? 1 : count_calls(row) / SAMPLES + 1;
	stop = 1 + xmt_rand(&prng, stride);
	while (stop < CALLS_MAX && try_call(row, stop))
		stop += stride;
}

#define ROWS (sizeof(rows) / sizeof(rows[0]))

int main(int argc, char **argv)
{
	static struct nt_case cases[ROWS];

	for (size_t i = 0; i < ROWS; i++)
		cases[i] = (struct nt_case){ rows[i].name, 300, run_row };
	nt_main(argc, argv, cases, ROWS);
}
