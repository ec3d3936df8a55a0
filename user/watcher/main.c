// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland: one loop over events of the kernel. Without it everything forwards all the same. */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "base/notify.h"
#include "base/print.h"
#include "net/netns.h"
#include "pins/objects.h"
#include "pins/pin_root.h"
#include "watcher/watcher.h"

/* More than a command: to hear every namespace, and to open the namespace of any process */
#define WATCHER_CAPS (XM_CAPS_WORK | XM_CAP(CAP_NET_BROADCAST) | XM_CAPS_FIND)

#define EVENT_DELAY_MS 5 /* events that come together are handled together */
/* A flood of events costs a fifth of a CPU; an event waits REST_MAX_MS at most */
#define REST_SHARE  4
#define REST_MAX_MS 400
/*
 * The loop never waits for a lock. It tries again after LOCK_RETRY_MS, often enough to get the
 * lock between commands that follow each other. After LOCK_BUSY_MS one process probably has had it
 * all the time, and trying after LOCK_IDLE_MS is enough.
 */
#define LOCK_RETRY_MS 5
#define LOCK_BUSY_MS  2000
#define LOCK_IDLE_MS  100
#define BEAT_MS	      1000
#define ORDER_MS      2000
/*
 * interval of looking for joins that are not reported, where the kernel reports most of them (6.14)
 */
#define POLL_MS	    1000
#define POLL_ALL_MS 100 /* the same where the kernel reports no joins */
#define POLL_SHARE  20 /* polls take at most 1 / POLL_SHARE of the time */

static int log_failure(const struct xm_err *e)
{
	log_line(LOG_WARNING, "%s", e->text);
	log_close();
	return XM_EXIT_STATE;
}

/*
 * The bpffs was unmounted or is hidden by another mount: exit, and the service manager starts the
 * watcher again
 */
static void check_bpffs(struct watcher *w, int bpffs)
{
	struct stat mine, now;

	if (!fstat(bpffs, &mine) && !stat(XM_BPFFS, &now) && mine.st_dev == now.st_dev)
		return;
	log_line(LOG_WARNING, XM_BPFFS " was unmounted");
	w->bpffs_lost = w->stopping = true;
}

static int open_signals(struct watcher *w, struct xm_err *e)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	w->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	return w->signals < 0 ? xm_fail(e, errno, "cannot open a signalfd: %s", strerror(errno))
			      : 0;
}

/*
 * Gives up for good what is not needed. CAP_SYS_ADMIN stays permitted and is raised where it is
 * needed.
 */
static int drop_privileges(struct xm_err *e)
{
	int err = xm_caps_drop(WATCHER_CAPS, WATCHER_CAPS | XM_CAPS_ENTER | XM_CAPS_XDP);

	if (err)
		return xm_fail(e, err, "cannot drop privileges: %s", strerror(-err));
	umask(077); /* for pins */
	return xm_caps_need(XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAP(CAP_NET_BROADCAST), "xmacvland",
			    e);
}

static int open_sockets(struct watcher *w, struct xm_err *e)
{
	int err;

	xm_netns_leave_mounts();
	w->self = xm_netns_self();
	if (w->self < 0)
		return xm_fail(e, w->self, "cannot open the network namespace: %s",
			       strerror(-w->self));
	err = xm_nl_open(&w->nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	netns_refs_read_own_id(w);
	err = open_signals(w, e);
	return err ? err : events_open(w, e);
}

static void take_signals(struct watcher *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			log_line(LOG_INFO, "SIGHUP: reconciling everything");
			mark_all(w);
			command_mark();
		} else {
			w->stopping = true;
		}
	}
}

/* When something is due, in xm_now_ms() */
struct times {
	int64_t session, beat, poll, order; /* session 0: no session is pending */
	int64_t rest; /* no session before that */
	int64_t lock_busy; /* time since which a parent could not be locked; 0: all could */
	int64_t last_beat;
	int64_t announce; /* 0: no announcement is due */
	bool ready; /* a session was run */
	int bpffs; /* descriptor that holds the watcher's own lock */
};

static int wait_ms(const struct times *t)
{
	int64_t next = t->beat < t->poll ? t->beat : t->poll, now = xm_now_ms();
	const int64_t others[] = { t->session, t->announce, appear_due(), command_due() };

	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		if (others[i] && others[i] < next)
			next = others[i];
	return next > now ? next - now : 0;
}

static void poll_joins(struct watcher *w, struct times *t)
{
	int64_t before = xm_now_ms(), pause, interval = w->joins_heard ? POLL_MS : POLL_ALL_MS;

	mcast_poll(w);
	pause = (xm_now_ms() - before) * POLL_SHARE;
	t->poll = xm_now_ms() + (pause > interval ? pause : interval);
}

static void beat(struct watcher *w, struct times *t)
{
	/*
	 * After a pause the multicast filters have expired: read the joins of the meantime before
	 * they are valid again
	 */
	if (xm_now_ms() - t->last_beat > 2 * BEAT_MS)
		poll_joins(w, t);
	t->last_beat = xm_now_ms();
	mcast_beat(w, true);
	xm_notify_send("WATCHDOG=1");
}

/* Milliseconds until the next session may begin. before: xm_now_ms() when this one began. */
static int64_t rest_ms(struct watcher *w, struct times *t, int64_t before)
{
	int64_t now = xm_now_ms(), rest = (now - before) * REST_SHARE, retry;

	if (!w->lock_busy) {
		t->lock_busy = 0;
		return rest;
	}
	if (!t->lock_busy)
		t->lock_busy = now;
	retry = now - t->lock_busy < LOCK_BUSY_MS ? LOCK_RETRY_MS : LOCK_IDLE_MS;
	return rest > retry ? rest : retry;
}

static void run_session(struct watcher *w, struct times *t)
{
	int64_t before = xm_now_ms(), rest;

	t->session = 0;
	mcast_refresh(w);
	reconcile(w);
	rest = rest_ms(w, t, before);
	t->rest = xm_now_ms() + (rest < REST_MAX_MS ? rest : REST_MAX_MS);
	beat(w, t);
	if (!t->ready)
		xm_notify_send("READY=1");
	t->ready = true;
}

static void run_due(struct watcher *w, struct times *t)
{
	int64_t now = xm_now_ms();

	if (now >= t->poll)
		poll_joins(w, t);
	if (now >= t->beat) {
		check_bpffs(w, t->bpffs);
		reconcile_mark_failed(w);
		peer_macs_poll(w);
		log_all_omitted(w);
		t->beat = now + BEAT_MS;
		beat(w, t);
	}
	if (now >= t->order) {
		order_check(w);
		t->order = xm_now_ms() + ORDER_MS;
	}
	if (t->session && now >= t->session)
		run_session(w, t);
	if (w->announce_at && now >= w->announce_at)
		announce_due(w);
	t->announce = w->announce_at;
	appear_run_due();
	command_run_due();
	if (!t->session && work_is_pending(w)) {
		t->session = xm_now_ms() + EVENT_DELAY_MS;
		if (t->session < t->rest && !joins_are_pending(w))
			t->session = t->rest;
	}
}

static void run_loop(struct watcher *w, int bpffs)
{
	struct pollfd fds[] = { { w->events, POLLIN, 0 },
				{ w->changes, POLLIN, 0 },
				{ w->signals, POLLIN, 0 },
				{ appear_fd(), POLLPRI, 0 },
				{ command_fd(), POLLIN, 0 } };
	struct times t = { .bpffs = bpffs,
			   .session = xm_now_ms(),
			   .beat = xm_now_ms() + BEAT_MS,
			   .poll = xm_now_ms() + POLL_MS,
			   .order = xm_now_ms() + ORDER_MS };

	while (!w->stopping) {
		fds[4].fd = command_fd();
		poll(fds, 5, wait_ms(&t));
		if (fds[2].revents)
			take_signals(w);
		if (fds[1].revents)
			changes_take(w);
		if (fds[0].revents)
			events_take(w);
		if (fds[3].revents)
			appear_take_mounts();
		if (fds[4].revents && !w->stopping)
			command_take();
		if (!w->stopping)
			run_due(w, &t);
	}
}

static const char usage[] =
	"Usage: xmacvland [-V|-h] [COMMAND [ARGUMENT...]]\n"
	"Keeps xmacvlan's endpoints in line with what happens to devices; see xmacvland(8).\n"
	"Runs COMMAND when devices or network namespaces have appeared.\n"
	"Stays in the foreground. SIGHUP: reconcile everything. SIGTERM: exit; everything "
	"goes on forwarding.\n";

int main(int argc, char **argv)
{
	static const struct option table[] = { { "help", no_argument, NULL, 'h' },
					       { "version", no_argument, NULL, 'V' },
					       {} };
	static struct watcher w;
	struct xm_err e = {};
	int bpffs, c;

	opterr = 0;
	c = getopt_long(argc, argv, "+hV", table, NULL);
	if (c == 'V')
		return xm_print_text("xmacvland " XM_VERSION ", ABI " XM_ABI_TEXT "\n");
	if (c == 'h')
		return xm_print_text(usage);
	if (c != -1) {
		fprintf(stderr, "xmacvland: unknown option '%s': see xmacvland --help\n", argv[1]);
		return XM_EXIT_USAGE;
	}
	xm_fatal_set_handler(log_fatal);
	if (optind < argc && command_open(argv + optind, &e))
		return log_failure(&e);
	/* The log's thread starts with the privileges that the process has then: drop them first */
	if (drop_privileges(&e) || log_open(&e) ||
	    (bpffs = xm_daemon_lock(XM_DAEMON_WATCHER, 0, &e)) < 0 || open_sockets(&w, &e) ||
	    (optind < argc && appear_open(&w.nl, &e)))
		return log_failure(&e);
	xm_notify_open();
	log_line(LOG_INFO, "version %s has started", XM_VERSION);
	run_loop(&w, bpffs);
	xm_notify_send("STOPPING=1");
	reconcile_stop(&w);
	log_line(LOG_INFO, "stopped; endpoints go on forwarding");
	log_close();
	return w.bpffs_lost ? XM_EXIT_STATE : 0;
}
