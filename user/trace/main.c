// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-trace, which `xmacvlan trace` runs: a program of its own, for only it needs libpcap. It
 * listens to the programs of one parent, which report each frame while config.uses has
 * XM_USES_TRACE: the engine sets the bit while there is a listener, and clears it afterwards.
 */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "engine/events.h"
#include "trace/merge.h"
#include "trace/sink.h"

#define NS_PER_S    1000000000ull
#define NS_PER_MS   1000000ull
#define RENEW_MS    1000
#define POLL_MS	    50
#define SETTLE_NS   (100 * NS_PER_MS) /* copies so old are not followed by their frame */
#define SYNCS	    5
#define RING_PAGES  256 /* of each CPU */
#define WAKEUP	    16
#define SNAP_TEXT   96 /* octets for a line */
#define SNAP_FILTER 256 /* for a filter, at least */

struct trace {
	struct xm_trace_request request;
	struct xm_trace_names names;
	struct xm_sink sink;
	struct xm_filter *filter;
	struct xm_merge *merge;
	struct xm_events *events;
	uint64_t clock_offset; /* from CLOCK_MONOTONIC to the time since 1970, in ns */
	int64_t start, renewed; /* xm_now_ms() */
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	stopped = signal;
}

static uint64_t realtime_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return now.tv_sec * NS_PER_S + now.tv_nsec;
}

static struct xm_trace_end trace_find(uint32_t slot, void *data)
{
	const struct trace *t = data;

	return xm_trace_names_find(&t->names, slot);
}

static void trace_frame(const struct xm_trace_frame *f, void *data)
{
	struct trace *t = data;

	xm_sink_take(&t->sink, f);
}

static void trace_report(const struct xm_report *r, void *data)
{
	struct trace *t = data;

	if (xm_merge_take(t->merge, r->cpu, r->event->time + t->clock_offset, r->event, r->frame))
		t->sink.lost++;
}

static void trace_more(uint32_t parent, uint32_t reason, uint64_t count, void *data)
{
	(void)parent;
	(void)reason;
	(void)count;
	(void)data;
}

static void trace_lost(uint64_t count, void *data)
{
	struct trace *t = data;

	t->sink.lost += count;
}

/* Has the engine see who listens: the programs report frames, or no longer do */
static int parent_sync(const char *parent, struct xm_err *e)
{
	struct xm_engine *engine;
	int err = xm_engine_open(NULL, &engine, e);

	if (err)
		return err;
	err = xm_engine_sync(engine, parent, e);
	xm_engine_close(engine);
	return err;
}

/*
 * The place must be valid when the engine looks. On a slow machine it is not: the first trace of a
 * parent loads its full programs. The second time they are there.
 */
static int trace_begin(struct trace *t, struct xm_err *e)
{
	int64_t before = xm_now_ms();
	int err = parent_sync(t->names.parent, e);

	for (int i = 0; !err && i < SYNCS && xm_now_ms() - before > RENEW_MS; i++) {
		xm_events_renew(t->events);
		before = xm_now_ms();
		err = parent_sync(t->names.parent, e);
	}
	return err;
}

static int trace_listen(struct trace *t, struct xm_err *e)
{
	const struct xm_trace_request *r = &t->request;
	struct xm_events_options options = { .netns_cookie = t->names.netns_cookie,
					     .what = XM_LISTEN_FRAMES,
					     .snap_len = r->snap_len,
					     .pages = RING_PAGES,
					     .wakeup = WAKEUP,
					     .report = trace_report,
					     .more = trace_more,
					     .lost = trace_lost,
					     .data = t };
	int err;

	if (r->filter[0] && options.snap_len < SNAP_FILTER)
		options.snap_len = SNAP_FILTER;
	err = xm_events_open(&options, &t->events, e);
	if (!err)
		err = xm_events_listen(t->events, t->names.parent_ifindex, t->names.parent,
				       t->names.slot, e);
	return err ? err : trace_begin(t, e);
}

/* Every second. -ENOENT: what is traced is gone. */
static int trace_renew(struct trace *t, struct xm_err *e)
{
	struct xm_err why = {};
	int err;

	if (xm_now_ms() - t->renewed < RENEW_MS)
		return 0;
	t->renewed = xm_now_ms();
	xm_events_renew(t->events);
	xm_sink_tell_lost(&t->sink, realtime_ns());
	err = xm_events_listen(t->events, t->names.parent_ifindex, t->names.parent, t->names.slot,
			       &why);
	if (err == -ENOENT)
		return xm_fail(e, ENOENT, "%s is no longer attached: the trace ends",
			       t->names.parent);
	return err ? xm_fail(e, err, "%s", why.text) : xm_trace_names_refresh(&t->names, e);
}

static bool trace_is_over(const struct trace *t)
{
	return stopped || t->sink.output.gone || xm_sink_is_done(&t->sink) ||
	       (t->request.duration_ms &&
		xm_now_ms() - t->start >= (int64_t)t->request.duration_ms);
}

/* Waits for reports, and for the reader of what is not written yet */
static void trace_wait(const struct trace *t)
{
	const struct xm_output *o = &t->sink.output;
	struct pollfd ready[] = { { .fd = xm_events_fd(t->events), .events = POLLIN },
				  { .fd = o->pending.len ? o->fd : -1, .events = POLLOUT } };

	poll(ready, 2, POLL_MS);
}

static int trace_step(struct trace *t, struct xm_err *e)
{
	int err = 0;

	/* While the reader takes nothing the rings fill, and further frames are counted as lost */
	if (xm_output_is_full(&t->sink.output)) {
		xm_output_wait(&t->sink.output, POLL_MS);
	} else {
		trace_wait(t);
		t->clock_offset = realtime_ns() - xm_now_ns();
		err = xm_events_consume(t->events, e);
		xm_merge_flush(t->merge, realtime_ns() - SETTLE_NS);
	}
	if (!err)
		err = xm_output_flush(&t->sink.output, e);
	return err ? err : trace_renew(t, e);
}

/* What is in the rings and in the output, once more */
static int trace_end(struct trace *t, struct xm_err *e)
{
	int err = xm_output_is_full(&t->sink.output) ? 0 : xm_events_consume(t->events, e);

	xm_merge_flush(t->merge, UINT64_MAX);
	xm_sink_tell_lost(&t->sink, realtime_ns());
	if (!err)
		err = xm_output_flush(&t->sink.output, e);
	for (int i = 0; i < 20 && !err && t->sink.output.pending.len && !t->sink.output.gone; i++) {
		xm_output_wait(&t->sink.output, POLL_MS);
		err = xm_output_flush(&t->sink.output, e);
	}
	return err;
}

static int trace_run(struct trace *t, struct xm_err *e)
{
	int err = 0;

	t->start = t->renewed = xm_now_ms();
	while (!err && !trace_is_over(t))
		err = trace_step(t, e);
	/* What came before the end is printed too; the first error is kept */
	if (trace_end(t, e) && !err)
		err = -EIO;
	return err;
}

static void set_snap_len(struct xm_trace_request *r)
{
	if (!r->snap_len)
		r->snap_len = r->file ? XM_SNAP_MAX : SNAP_TEXT;
}

static int trace_open(struct trace *t, struct xm_err *e)
{
	struct xm_merge_options merge = { .cpus = sysconf(_SC_NPROCESSORS_CONF),
					  .find = trace_find,
					  .frame = trace_frame,
					  .data = t };
	int err = 0;

	set_snap_len(&t->request);
	if (t->request.filter[0])
		err = xm_filter_compile(t->request.filter, &t->filter, e);
	if (!err)
		err = xm_trace_names_open(&t->names, t->request.name, e);
	if (err)
		return err;
	t->merge = xm_merge_new(&merge);
	if (!t->merge)
		return xm_fail(e, ENOMEM, "out of memory");
	t->sink.request = &t->request;
	t->sink.names = &t->names;
	t->sink.filter = t->filter;
	err = xm_sink_open(&t->sink, e);
	return err ? err : trace_listen(t, e);
}

static void trace_close(struct trace *t, struct xm_err *e)
{
	bool listened = t->events;
	struct xm_err why = {};

	xm_events_close(t->events);
	/* What fails here is done by the next command */
	if (listened)
		parent_sync(t->names.parent, &why);
	xm_sink_close(&t->sink, e);
	xm_merge_free(t->merge);
	xm_trace_names_free(&t->names);
	xm_filter_free(t->filter);
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int print_error(const struct xm_err *e)
{
	fprintf(stderr, "xmacvlan: %s\n", e->text);
	return e->exit_code;
}

/* The options that the command puts before the words */
static void take_options(int *argc, char ***argv, struct xm_trace_request *r)
{
	for (; *argc; (*argc)--, (*argv)++) {
		if (!strcmp(**argv, "--json"))
			r->json = true;
		else if (!strcmp(**argv, "--pretty"))
			r->pretty = true;
		else
			return;
	}
}

int main(int argc, char **argv)
{
	struct xm_trace_request options = {};
	struct trace t = {};
	struct xm_err e = {};
	int err;

	argc--;
	argv++;
	umask(077); /* for pins, and for the file */
	take_options(&argc, &argv, &options);
	err = xm_caps_keep(XM_CAPS_WORK);
	if (err)
		xm_fail(&e, err, "cannot lower the capabilities: %s", strerror(-err));
	if (err || xm_trace_parse(argc, argv, &t.request, &e))
		return print_error(&e);
	t.request.json = options.json;
	t.request.pretty = options.pretty;
	if (t.request.json && t.request.file) {
		xm_fail_usage(&e, "trace: a pcap file has no JSON form");
		return print_error(&e);
	}
	handle_signals();
	t.sink.output.fd = -1;
	if (!trace_open(&t, &e))
		trace_run(&t, &e);
	trace_close(&t, &e);
	return e.exit_code ? print_error(&e) : 0;
}
