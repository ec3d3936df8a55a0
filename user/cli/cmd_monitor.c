// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `monitor`: waits for notifications of the kernel and reports of the programs. A change that sends
 * no notification is found once a second by the records alone. It rests after each snapshot four
 * times as long as the snapshot took.
 */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "cli/command.h"
#include "cli/monitor.h"
#include "net/link_events.h"

#define TICK_MS	     1000
#define SETTLE_MS    20 /* from the first notification to the snapshot */
#define UNSETTLED_MS 200 /* from a snapshot with a half added endpoint to the next one */
#define WHOLE_MS     10000 /* a snapshot after so long at the latest */
#define SNAP_LEN     64
#define RING_PAGES   8

struct monitor {
	struct xm_monitor_request request;
	struct xm_monitor_filter filter;
	struct xm_monitor_out out;
	struct xm_monitor_state state;
	struct xm_events *events; /* NULL: no drops */
	json_t *refused; /* parents whose programs it cannot listen to: told once */
	int links; /* xm_link_events_open(): of all namespaces, to look again */
	int own_links; /* of this namespace, for what comes and goes between two looks */
	struct xm_monitor_links brief;
	uint64_t fingerprint;
	/* xm_now_ms() of the next snapshot, of the earliest one, of the next tick, of the end */
	int64_t look_at, rest_until, tick_at, end;
};

static volatile sig_atomic_t stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = 1;
}

/* --- looking --- */

static const struct xm_snapshot_request everything = { .fingerprint = true };

static bool records_differ(const struct monitor *m)
{
	const struct xm_engine_options options = { .reader = true };
	struct xm_engine *engine;
	uint64_t now = 0;
	int err = xm_engine_open(&options, &engine, NULL);

	if (err)
		return false;
	err = xm_engine_fingerprint(engine, &now, NULL);
	xm_engine_close(engine);
	return !err && now != m->fingerprint;
}

/* The slot of the endpoint that the filter names. Returns false: not at this parent. */
static bool filter_slot(const struct xm_monitor_filter *f, const struct xm_parent_info *p,
			uint32_t *slot)
{
	*slot = 0;
	if (!f->name)
		return true;
	if (f->is_parent)
		return !strcmp(f->name, p->link.name);
	for (size_t i = 0; i < p->count; i++)
		if (!strcmp(f->name, p->endpoints[i].name))
			*slot = p->endpoints[i].slot;
	return *slot;
}

/* Tells once why the drops of a parent are missing */
static void listen_refused(struct monitor *m, const struct xm_parent_info *p, int err,
			   const struct xm_err *why)
{
	char key[32];

	snprintf(key, sizeof(key), "%u:%d", p->link.ifindex, err);
	if (json_object_get(m->refused, key))
		return;
	json_object_set_new(m->refused, key, json_true());
	fprintf(stderr, "xmacvlan: %s\n", why->text);
}

/* first: the command has begun; when all places are taken it ends */
static int listen_all(struct monitor *m, const struct xm_snapshot *snapshot, bool first,
		      struct xm_err *e)
{
	for (size_t i = 0; m->events && i < snapshot->count; i++) {
		const struct xm_parent_info *p = &snapshot->parents[i];
		struct xm_err why = {};
		uint32_t slot;
		int err;

		if (!p->is_loaded || !filter_slot(&m->filter, p, &slot))
			continue;
		err = xm_events_listen(m->events, p->link.ifindex, p->link.name, slot, &why);
		if (err && first && err != -EOPNOTSUPP && err != -ENOENT)
			return xm_fail(e, err, "%s", why.text);
		if (err && err != -ENOENT)
			listen_refused(m, p, err, &why);
	}
	return 0;
}

static void look(struct monitor *m)
{
	int64_t begin = xm_now_ms(), end;
	struct xm_snapshot snapshot;
	bool unsettled = false;

	/* An error passes: somebody has all memory or descriptors */
	if (!xm_snapshot_take(&everything, &snapshot, NULL)) {
		m->fingerprint = snapshot.fingerprint;
		xm_monitor_links_tell(&m->brief, &m->state, &m->filter,
				      m->request.changes ? &m->out : NULL);
		unsettled = xm_monitor_take(&m->state, &snapshot, &m->filter,
					    m->request.changes ? &m->out : NULL);
		listen_all(m, &snapshot, false, NULL);
	}
	xm_snapshot_free(&snapshot);
	end = xm_now_ms();
	m->rest_until = end + 4 * (end - begin);
	m->look_at = end + (unsettled ? UNSETTLED_MS : WHOLE_MS);
}

static void look_soon(struct monitor *m, int64_t ms)
{
	int64_t at = xm_now_ms() + ms;

	if (at < m->look_at)
		m->look_at = at;
	if (m->look_at < m->rest_until)
		m->look_at = m->rest_until;
}

/* --- reports of the programs --- */

static void take_report(const struct xm_report *r, void *data)
{
	struct monitor *m = data;

	if (r->event->what == XM_EVENT_DROP)
		xm_monitor_write(&m->out, xm_monitor_drop(&m->state, r));
}

static void take_more(uint32_t parent_ifindex, uint32_t reason, uint64_t count, void *data)
{
	struct monitor *m = data;

	xm_monitor_write(&m->out, xm_monitor_more(&m->state, parent_ifindex, reason, count));
}

static void take_lost(uint64_t count, void *data)
{
	struct monitor *m = data;
	json_t *event = xm_monitor_event("lost", 0);

	json_object_set_new(event, "drops", json_integer(count));
	xm_monitor_write(&m->out, event);
}

static int events_open(struct monitor *m, uint64_t cookie, struct xm_err *e)
{
	const struct xm_events_options options = {
		.netns_cookie = cookie,
		.what = XM_LISTEN_DROPS,
		.snap_len = SNAP_LEN,
		.pages = RING_PAGES,
		.wakeup = 1,
		.report = take_report,
		.more = take_more,
		.lost = take_lost,
		.data = m,
	};

	return m->request.drops ? xm_events_open(&options, &m->events, e) : 0;
}

/* --- the command --- */

static int find_name(struct monitor *m, const struct xm_snapshot *s, struct xm_err *e)
{
	m->filter.name = m->request.name;
	for (size_t i = 0; m->filter.name && i < s->count; i++) {
		for (size_t j = 0; j < s->parents[i].count; j++)
			if (!strcmp(m->filter.name, s->parents[i].endpoints[j].name))
				return 0;
		m->filter.is_parent |= !strcmp(m->filter.name, s->parents[i].link.name);
	}
	return !m->filter.name || m->filter.is_parent
		       ? 0
		       : xm_fail(e, ENOENT, "no such endpoint or parent '%s'", m->filter.name);
}

/* The notifications are heard before the first snapshot, so nothing is missed in between */
static int monitor_open(struct monitor *m, struct xm_err *e)
{
	struct xm_snapshot snapshot;
	int err;

	m->refused = json_object();
	m->links = xm_link_events_open(true);
	m->own_links = m->links < 0 ? m->links : xm_link_events_open(false);
	if (m->own_links < 0)
		return xm_fail(e, m->own_links, "cannot listen to rtnetlink: %s",
			       strerror(-m->own_links));
	err = xm_snapshot_take(&everything, &snapshot, e);
	m->fingerprint = snapshot.fingerprint;
	if (!err)
		err = find_name(m, &snapshot, e);
	if (!err)
		err = events_open(m, snapshot.netns_cookie, e);
	if (!err)
		err = listen_all(m, &snapshot, true, e);
	if (!err)
		xm_monitor_take(&m->state, &snapshot, &m->filter, NULL);
	xm_snapshot_free(&snapshot);
	m->look_at = xm_now_ms() + WHOLE_MS;
	m->tick_at = xm_now_ms() + TICK_MS;
	m->end = m->request.for_ms ? xm_now_ms() + m->request.for_ms : INT64_MAX;
	return err;
}

static void monitor_close(struct monitor *m)
{
	xm_events_close(m->events);
	if (m->links >= 0)
		close(m->links);
	if (m->own_links >= 0)
		close(m->own_links);
	free(m->brief.list);
	xm_monitor_state_free(&m->state);
	json_decref(m->refused);
}

static void tick(struct monitor *m)
{
	if (m->events) {
		xm_events_renew(m->events);
		xm_events_tell_more(m->events);
	}
	xm_monitor_write_unread(&m->out);
	if (records_differ(m))
		look_soon(m, 0);
	m->tick_at = xm_now_ms() + TICK_MS;
}

static int64_t earliest(const struct monitor *m)
{
	int64_t at = m->look_at < m->tick_at ? m->look_at : m->tick_at;

	return at < m->end ? at : m->end;
}

static int run_once(struct monitor *m, const sigset_t *signals, struct xm_err *e)
{
	struct pollfd fds[] = { { .fd = m->links, .events = POLLIN },
				{ .fd = m->events ? xm_events_fd(m->events) : -1,
				  .events = POLLIN },
				{ .fd = STDOUT_FILENO } };
	int64_t ms = earliest(m) - xm_now_ms(), now;
	struct timespec wait = {};
	int err = 0;

	if (ms > 0)
		wait = (struct timespec){ ms / 1000, ms % 1000 * 1000000 };
	if (ppoll(fds, 3, &wait, signals) < 0 && errno != EINTR)
		return xm_fail(e, errno, "cannot wait for events: %s", strerror(errno));
	if (fds[2].revents & POLLERR)
		m->out.ended = true; /* the reader has gone */
	xm_link_events_take(m->own_links, xm_monitor_links_take, &m->brief);
	if (xm_link_events_take(m->links, NULL, NULL))
		look_soon(m, SETTLE_MS);
	if (m->events)
		err = xm_events_consume(m->events, e);
	now = xm_now_ms();
	if (now >= m->tick_at)
		tick(m);
	if (now >= m->look_at)
		look(m);
	return err;
}

static int run(struct monitor *m, struct xm_err *e)
{
	const struct sigaction on_stop = { .sa_handler = stop };
	const struct sigaction ignore = { .sa_handler = SIG_IGN };
	sigset_t stops, before;
	int err = 0;

	sigemptyset(&stops);
	sigaddset(&stops, SIGINT);
	sigaddset(&stops, SIGTERM);
	sigaction(SIGPIPE, &ignore, NULL);
	sigaction(SIGINT, &on_stop, NULL);
	sigaction(SIGTERM, &on_stop, NULL);
	sigprocmask(SIG_BLOCK, &stops, &before);
	while (!err && !stopped && !m->out.ended && xm_now_ms() < m->end)
		err = run_once(m, &before, e);
	if (!err && m->events && !m->out.ended) {
		err = xm_events_consume(m->events, e);
		xm_events_tell_more(m->events);
	}
	return err;
}

int xm_command_monitor(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct monitor m = { .links = -1,
			     .own_links = -1,
			     .out = { .json = ctx->json, .timestamp = ctx->timestamp } };
	int err = xm_monitor_parse(argc, argv, &m.request, e);

	if (ctx->batch)
		return xm_fail_usage(e, "monitor: not in a batch");
	if (err)
		return err;
	m.out.left = m.request.count;
	err = monitor_open(&m, e);
	if (!err)
		err = run(&m, e);
	monitor_close(&m);
	return err;
}
