// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `xmacvlan trace` under test. See trace_fixture.h. */
#include <jansson.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_fixture.h"

#define FIRST_LEN 300 /* of the first row's frame: each row has a length of its own */
#define ROWS_MAX  32

struct trace_fixture trace;

static const char *const names[] = { "e0", "e1", "e2", "e3", "wire", "host" };

void trace_make_net(unsigned int endpoints)
{
	nt_net(&trace.net, endpoints, 0);
	trace.endpoints = endpoints;
	trace.senders[TRACE_WIRE] = probe_sender(&trace.net.wire, "w0");
	trace.senders[TRACE_HOST] = probe_sender(&trace.net.host, "p0");
	snprintf(trace.dir, sizeof(trace.dir), "/tmp/xm-trace-XXXXXX");
	if (!mkdtemp(trace.dir))
		xmt_die("cannot make %s", trace.dir);
}

void trace_add(unsigned int i, const char *options)
{
	const struct xmt_ns *ns = &trace.net.peer[i];

	nt_xm_must(&trace.net.host, "add e%u link p0 netns %s %s", i, ns->name, options);
	xmt_must("ip -n %s link set e%u addrgenmode none up", ns->name, i);
	if (i + 1 < trace.endpoints)
		return;
	nt_wait_net(&trace.net);
	for (i = 0; i < trace.endpoints; i++)
		trace.senders[i] = probe_sender(&trace.net.peer[i], names[i]);
}

void trace_end_net(void)
{
	xmt_must("rm -r %s", trace.dir);
}

bool trace_is_on(void)
{
	xmt_must("f=$(ls -d /sys/fs/bpf/xmacvlan/*/config | head -n 1); bpftool -j map dump pinned "
		 "$f | grep -o '\"uses\":[0-9]*' | cut -d: -f2");
	return strtoul(xmt_output(), NULL, 10) & XM_USES_TRACE;
}

void trace_start(const char *name, const char *options, const char *words)
{
	const char *dir = trace.dir;

	xmt_must("%s %s -n %s trace %s >%s/%s 2>%s/%s.err & echo $! >%s/%s.pid", nt_bin(), options,
		 trace.net.host.name, words, dir, name, dir, name, dir, name);
	for (unsigned int i = 0; i < 100 * xmt_slow() && !trace_is_on(); i++)
		usleep(50000);
	usleep(500000);
}

const char *trace_end(const char *name, const char *signal)
{
	const char *dir = trace.dir;

	xmt_must("p=$(cat %s/%s.pid); kill -%s $p 2>/dev/null; for i in $(seq 100); do "
		 "[ -e /proc/$p ] || break; sleep 0.1; done; [ ! -e /proc/$p ]; cat %s/%s.err",
		 dir, name, signal, dir, name);
	return xmt_output();
}

void trace_check_ended(const char *name, const char *line)
{
	const char *dir = trace.dir;
	int code;

	code = xmt_run("p=$(cat %s/%s.pid); for i in $(seq 100); do [ -e /proc/$p ] || break; "
		       "sleep 0.1; done; cat %s/%s.err; [ ! -e /proc/$p ]",
		       dir, name, dir, name);
	xmt_check(!code && !strcmp(xmt_output(), line), "%s: ends and prints \"%s\"", name,
		  xmt_output());
}

json_t *trace_lines(const char *name)
{
	json_t *ret = json_array(), *line;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", trace.dir, name);
	f = fopen(path, "r");
	while (f && (line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)))
		json_array_append_new(ret, line);
	if (f)
		fclose(f);
	return ret;
}

static uint32_t bit_of(const char *name)
{
	for (unsigned int i = 0; name && i < TRACE_STATIONS; i++)
		if (!strcmp(name, names[i]))
			return 1u << i;
	return 0;
}

/* Who got the frame, as trace has it */
static uint32_t traced_receivers(json_t *frame)
{
	const char *verdict = json_string_value(json_object_get(frame, "verdict"));
	uint32_t ret = bit_of(verdict);
	json_t *copy;
	size_t i;

	if (!strcmp(verdict, "endpoint") || !strcmp(verdict, "sender"))
		ret |= bit_of(json_string_value(json_object_get(frame, "to")));
	if (json_is_true(json_object_get(frame, "host_copy")))
		ret |= 1u << TRACE_HOST;
	json_array_foreach(json_object_get(frame, "copies"), i, copy)
		ret |= bit_of(json_string_value(copy));
	return ret;
}

static bool is_row(json_t *frame, const struct trace_row *row, size_t len)
{
	const char *from = json_string_value(json_object_get(frame, "from"));
	const char *src = json_string_value(json_object_get(frame, "src"));
	const char *origin = json_string_value(json_object_get(frame, "origin"));

	return (size_t)json_integer_value(json_object_get(frame, "length")) == len && src &&
	       !strcmp(src, row->src) && !strcmp(from ? from : origin, names[row->from]);
}

static void check_row(const struct trace_row *row, size_t len, json_t *lines, uint32_t got)
{
	const char *reason = NULL;
	unsigned int seen = 0;
	uint32_t traced = 0;
	json_t *frame;
	size_t n;

	json_array_foreach(lines, n, frame)
		if (is_row(frame, row, len)) {
			seen++;
			traced = traced_receivers(frame);
			reason = json_string_value(json_object_get(frame, "reason"));
		}
	xmt_check(seen == 1 && traced == got &&
			  (row->reason ? reason && !strcmp(reason, row->reason) : !reason),
		  "%s: traced once (%u), to whom it went: 0x%x, 0x%x, reason %s", row->what, seen,
		  traced, got, reason ? reason : "none");
}

static uint32_t row_send(struct probe_set *set, const struct trace_row *row, size_t len)
{
	uint8_t frame[FIRST_LEN + ROWS_MAX];
	uint64_t id = probe_next();
	bool twice;

	probe_frame(frame, len, row->dst, row->src, id);
	xmt_pkt_send(trace.senders[row->from], frame, len);
	return probe_collect(set, id, 0, &twice);
}

static void set_open(struct probe_set *set, uint32_t off)
{
	for (unsigned int i = 0; i < TRACE_WIRE; i++) {
		unsigned int at = i < trace.endpoints ? i : 0;

		probe_add(set, names[i], &trace.net.peer[at], names[at], ETH_P_ALL);
		set->rx[i].off = i >= trace.endpoints;
	}
	probe_add(set, "wire", &trace.net.wire, "w0", ETH_P_ALL);
	probe_add(set, "host", &trace.net.host, "p0", ETH_P_IP);
	for (unsigned int i = 0; i < TRACE_STATIONS; i++)
		set->rx[i].off |= off >> i & 1;
}

void trace_check_rows(const struct trace_row *rows, size_t count,
		      void (*sentinels)(void *arg, uint64_t id), uint32_t off)
{
	struct probe_set set = { .sentinels = sentinels };
	uint32_t got[ROWS_MAX];
	json_t *lines;

	set_open(&set, off);
	trace_start("rows", "-j", "p0");
	for (size_t i = 0; i < count && i < ROWS_MAX; i++)
		got[i] = row_send(&set, &rows[i], FIRST_LEN + i);
	xmt_check(!*trace_end("rows", "TERM"), "SIGTERM: it ends without a line");
	lines = trace_lines("rows");
	for (size_t i = 0; i < count && i < ROWS_MAX; i++)
		check_row(&rows[i], FIRST_LEN + i, lines, got[i]);
	json_decref(lines);
	probe_close(&set);
}
