// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>

#include "base/clock.h"
#include "docker/calls.h"
#include "docker/moves.h"
#include "docker/serve.h"
#include "plugin/server.h"

/* Milliseconds until the time; at most a minute */
static int until(int64_t at)
{
	int64_t rest = at - xm_now_ms();

	return rest < 0 ? 0 : rest > 60000 ? 60000 : rest;
}

static int serve_wait_ms(const struct docker_driver *d, const struct plugin_server *s,
			 const struct docker_moves *m)
{
	int ms = until(d->unjoined.next_ms), moves = m->due_ms ? until(m->due_ms) : ms;

	return plugin_server_wait_ms(s, moves < ms ? moves : ms);
}

static int serve_loop(struct docker_driver *d, struct plugin_server *s, struct docker_moves *m,
		      const volatile bool *stop, struct xm_err *e)
{
	struct pollfd ready[] = { { .fd = plugin_server_fd(s), .events = POLLIN },
				  { .fd = m->fd, .events = POLLIN } };
	sigset_t none;

	sigemptyset(&none);
	while (!*stop) {
		int ms = serve_wait_ms(d, s, m);
		struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

		if (ppoll(ready, 2, &wait, &none) < 0 && errno != EINTR)
			return xm_fail(e, errno, "cannot serve: %s", strerror(errno));
		if (ready[1].revents)
			docker_moves_take(m);
		plugin_server_run(s);
		if (m->due_ms && xm_now_ms() >= m->due_ms)
			docker_moves_follow(m);
		if (xm_now_ms() >= d->unjoined.next_ms)
			docker_unjoined_sweep(d);
	}
	return 0;
}

int docker_serve(struct docker_driver *d, int listener, const volatile bool *stop, struct xm_err *e)
{
	struct plugin_server server = { .find = docker_call_find, .data = d };
	struct docker_moves moves;
	int err = docker_moves_open(&moves, e);

	if (!err)
		err = plugin_server_start(&server, listener, false, e);
	if (!err)
		err = serve_loop(d, &server, &moves, stop, e);
	plugin_server_stop(&server);
	docker_moves_close(&moves);
	return err;
}
