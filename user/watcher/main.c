// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvland: one loop over what the kernel tells. Without it everything forwards all the same. */
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "engine/internal.h"
#include "watcher/watcher.h"

/* Beside the commands': every namespace is heard, any process's opened, and ARP and NA are sent from parents */
#define KEPT (XM_CAPS_WORK | XM_CAP(CAP_NET_BROADCAST) | XM_CAPS_FIND | XM_CAP(CAP_NET_RAW))

#define SETTLE_MS 5 /* what happens together is looked at together */
/* Whoever floods us with events gets a fifth of a CPU, but nobody waits longer than that */
#define REST_SHARE  4
#define REST_MAX_MS 400
/* The lock is tried so often, and waited for after so long */
#define LOCKED_OUT_MS 20
#define INSIST_MS     500
#define BEAT_MS	  1000
#define POLL_MS	  1000 /* for joins that nobody tells, where the kernel tells most */
#define POLL_ALL_MS 100 /* where it tells none (before 6.14) */
#define POLL_SHARE  20 /* a poll may take one part in so many of the time */

static int fail(const struct xm_err *e)
{
	log_warning("%s", e->text);
	return XM_EXIT_STATE;
}

/* One watcher for a bpffs: two would do everything twice */
static int lock_instance(struct xm_err *e)
{
	int fd = xm_bpffs_check(e);

	if (fd)
		return fd;
	fd = open(XM_BPFFS, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd < 0)
		return xm_fail(e, errno, "cannot open " XM_BPFFS ": %s", strerror(errno));
	if (!flock(fd, LOCK_EX | LOCK_NB))
		return fd;
	close(fd);
	return xm_fail(e, EBUSY, "another xmacvland is running");
}

/* Unmounted, or hidden by another one: whoever supervises us has us start again */
static void check_bpffs(struct watcher *w, int held)
{
	struct stat mine, now;

	if (!fstat(held, &mine) && !stat(XM_BPFFS, &now) && mine.st_dev == now.st_dev)
		return;
	log_warning(XM_BPFFS " was unmounted");
	w->lost = w->stopping = true;
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
	return w->signals < 0 ? xm_fail(e, errno, "cannot take signals: %s", strerror(errno)) : 0;
}

/* What it does not need goes for good; CAP_SYS_ADMIN is raised where it is needed */
static int drop(struct xm_err *e)
{
	int err = xm_caps_drop(KEPT, KEPT | XM_CAPS_ENTER | XM_CAPS_XDP);

	if (err)
		return xm_fail(e, err, "cannot drop privileges: %s", strerror(-err));
	umask(077); /* of pins */
	return xm_caps_need(XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAP(CAP_NET_BROADCAST), "xmacvland", e);
}

static int start(struct watcher *w, struct xm_err *e)
{
	int err;

	w->self = xm_netns_self();
	if (w->self < 0)
		return xm_fail(e, w->self, "cannot open the network namespace: %s", strerror(-w->self));
	err = xm_nl_open(&w->nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	places_own_id(w);
	xm_libbpf_keep_messages();
	err = open_signals(w, e);
	return err ? err : events_open(w, e);
}

static void take_signals(struct watcher *w)
{
	struct signalfd_siginfo info;

	while (read(w->signals, &info, sizeof(info)) == sizeof(info)) {
		if (info.ssi_signo == SIGHUP) {
			log_info("everything is looked at again");
			want_all(w);
		} else {
			w->stopping = true;
		}
	}
}

/* When what is due */
struct times {
	int64_t settle, beat, poll; /* settle 0: nothing waits */
	int64_t rest; /* no session before */
	int64_t locked_out; /* since then; 0: not */
	int64_t beaten; /* the last beat */
	int held; /* the bpffs */
};

static int wait_ms(const struct times *t)
{
	int64_t next = t->beat < t->poll ? t->beat : t->poll, now = xm_now_ms();

	if (t->settle && t->settle < next)
		next = t->settle;
	return next > now ? next - now : 0;
}

static void poll_joins(struct watcher *w, struct times *t)
{
	int64_t before = xm_now_ms(), took, every = w->joins_told ? POLL_MS : POLL_ALL_MS;

	joined_poll(w);
	took = (xm_now_ms() - before) * POLL_SHARE;
	t->poll = xm_now_ms() + (took > every ? took : every);
}

static void beat(struct watcher *w, struct times *t)
{
	/* After a pause the filter has expired: who has joined meanwhile comes first */
	if (xm_now_ms() - t->beaten > 2 * BEAT_MS)
		poll_joins(w, t);
	t->beaten = xm_now_ms();
	joined_beat(w, true);
}

static void look(struct watcher *w, struct times *t)
{
	int64_t before = xm_now_ms(), took;

	t->settle = 0;
	joined_refresh(w);
	/* Others come first, but not for ever */
	w->insist = t->locked_out && before - t->locked_out > INSIST_MS;
	follow(w);
	took = w->locked_out ? LOCKED_OUT_MS : (xm_now_ms() - before) * REST_SHARE;
	t->rest = xm_now_ms() + (took < REST_MAX_MS ? took : REST_MAX_MS);
	if (!w->locked_out)
		t->locked_out = 0;
	else if (!t->locked_out)
		t->locked_out = before;
	beat(w, t);
}

static void work(struct watcher *w, struct times *t)
{
	int64_t now = xm_now_ms();

	if (now >= t->poll)
		poll_joins(w, t);
	if (now >= t->beat) {
		check_bpffs(w, t->held);
		follow_again(w);
		t->beat = now + BEAT_MS;
		beat(w, t);
	}
	if (t->settle && now >= t->settle)
		look(w, t);
	if (!t->settle && work_waits(w)) {
		t->settle = xm_now_ms() + SETTLE_MS;
		if (t->settle < t->rest && !joins_wait(w))
			t->settle = t->rest;
	}
}

static void run(struct watcher *w, int held)
{
	struct pollfd fds[] = { { w->events, POLLIN, 0 }, { w->changes, POLLIN, 0 }, { w->signals, POLLIN, 0 } };
	struct times t = { .held = held, .settle = xm_now_ms(), .beat = xm_now_ms() + BEAT_MS, .poll = xm_now_ms() + POLL_MS };

	while (!w->stopping) {
		poll(fds, 3, wait_ms(&t));
		if (fds[2].revents)
			take_signals(w);
		if (fds[1].revents)
			changes_take(w);
		if (fds[0].revents)
			events_take(w);
		if (!w->stopping)
			work(w, &t);
	}
}

static void usage(FILE *to)
{
	fputs("Usage: xmacvland [-V]\n"
	      "Keeps xmacvlan's endpoints true to what happens to devices; see xmacvland(8).\n"
	      "Stays in the foreground. SIGHUP: look at everything again. SIGTERM: end; all goes on forwarding.\n",
	      to);
}

int main(int argc, char **argv)
{
	static const struct option table[] = { { "help", no_argument, NULL, 'h' },
					       { "version", no_argument, NULL, 'V' },
					       {} };
	static struct watcher w;
	struct xm_err e = {};
	int held, c = getopt_long(argc, argv, "hV", table, NULL);

	if (c == 'V')
		printf("xmacvland %s, ABI %u\n", XM_VERSION, XM_ABI_VERSION);
	else if (c == 'h')
		usage(stdout);
	if (c == 'V' || c == 'h')
		return 0;
	if (c != -1 || optind != argc) {
		usage(stderr);
		return XM_EXIT_USAGE;
	}
	if (drop(&e) || (held = lock_instance(&e)) < 0 || start(&w, &e))
		return fail(&e);
	log_info("xmacvland %s has started", XM_VERSION);
	run(&w, held);
	unfollow(&w);
	log_info("ended; endpoints go on forwarding");
	return w.lost ? XM_EXIT_STATE : 0;
}
