// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <microhttpd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "docker/leases.h"
#include "docker/moves.h"
#include "docker/request.h"
#include "docker/server.h"

struct server {
	struct docker_driver *driver;
	docker_call_find_fn *find;
	struct MHD_Daemon *daemon;
};

static enum MHD_Result server_answer(struct MHD_Connection *c, unsigned int status, char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);
	enum MHD_Result ret;

	if (!r) {
		free(text);
		return MHD_NO;
	}
	MHD_add_response_header(r, MHD_HTTP_HEADER_CONTENT_TYPE,
				"application/vnd.docker.plugins.v1.1+json");
	ret = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ret;
}

static enum MHD_Result server_refuse(struct MHD_Connection *c, unsigned int status, const char *why)
{
	return server_answer(c, status, docker_request_error(why));
}

/* Everything but the body is there */
static enum MHD_Result server_begin(const struct server *s, struct MHD_Connection *c,
				    const char *url, const char *method, void **context)
{
	const char *length =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (strcmp(method, MHD_HTTP_METHOD_POST))
		return server_refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "requests are made by POST");
	if (length && strtoull(length, NULL, 10) > DOCKER_BODY_MAX)
		return server_refuse(c, 413 /* the library's names for it differ */,
				     "the request is longer than 1 MiB");
	*context = docker_request_new(url, s->find);
	return MHD_YES;
}

/* The library calls it when the headers are there, for each part of the body, and at its end */
static enum MHD_Result server_handle(void *data, struct MHD_Connection *c, const char *url,
				     const char *method, const char *version, const char *upload,
				     size_t *upload_size, void **context)
{
	const struct server *s = data;
	struct docker_request *r = *context;
	unsigned int status;
	char *text;

	(void)version;
	if (!r)
		return server_begin(data, c, url, method, context);
	if (*upload_size) {
		/* False: too much, or too slow. There is no answer before the end of a body. */
		bool taken = docker_request_append(r, upload, *upload_size);

		*upload_size = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	text = docker_request_run(r, s->driver, &status);
	return server_answer(c, status, text);
}

static void server_ended(void *data, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode code)
{
	(void)data;
	(void)c;
	(void)code;
	docker_request_free(*context);
	*context = NULL;
}

static bool server_start(struct server *s, int listener, unsigned int flags)
{
	s->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, server_handle, s, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, DOCKER_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		DOCKER_IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, server_ended, NULL, MHD_OPTION_END);
	return s->daemon;
}

/* Milliseconds until the time; at most a minute */
static int until(int64_t at)
{
	int64_t rest = at - xm_now_ms();

	return rest < 0 ? 0 : rest > 60000 ? 60000 : rest;
}

static int server_wait_ms(struct docker_driver *d, struct MHD_Daemon *daemon,
			  const struct docker_moves *m)
{
	int ms = until(d->unjoined.next_ms), moves = m->due_ms ? until(m->due_ms) : ms;
	MHD_UNSIGNED_LONG_LONG library;

	if (moves < ms)
		ms = moves;
	if (MHD_get_timeout(daemon, &library) == MHD_YES && library < (unsigned int)ms)
		ms = library;
	return ms;
}

static int server_loop(struct docker_driver *d, struct MHD_Daemon *daemon, struct docker_moves *m,
		       const volatile bool *stop)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd ready[] = { { .fd = info->epoll_fd, .events = POLLIN },
				  { .fd = m->fd, .events = POLLIN } };
	sigset_t none;

	sigemptyset(&none);
	while (!*stop) {
		int ms = server_wait_ms(d, daemon, m);
		struct timespec wait = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

		if (ppoll(ready, 2, &wait, &none) < 0 && errno != EINTR)
			return -errno;
		if (ready[1].revents)
			docker_moves_take(m);
		MHD_run(daemon);
		if (m->due_ms && xm_now_ms() >= m->due_ms)
			docker_moves_follow(m);
		if (xm_now_ms() >= d->unjoined.next_ms)
			docker_unjoined_sweep(d);
	}
	return 0;
}

/* The threads of the library handle no signals: these are blocked */
static int server_serve(struct server *network, struct server *ipam, int listener, int dhcp,
			struct docker_moves *m, const volatile bool *stop, struct xm_err *e)
{
	int err;

	if (!server_start(network, listener, MHD_USE_EPOLL) ||
	    (dhcp >= 0 && !server_start(ipam, dhcp,
					MHD_USE_INTERNAL_POLLING_THREAD |
						MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL)))
		return xm_fail(e, EIO, "cannot start the HTTP server");
	err = server_loop(network->driver, network->daemon, m, stop);
	return err ? xm_fail(e, err, "cannot serve: %s", strerror(-err)) : 0;
}

int docker_server_run(struct docker_driver *d, int listener, int dhcp, const volatile bool *stop,
		      struct xm_err *e)
{
	struct server network = { .driver = d, .find = docker_call_find };
	struct server ipam = { .driver = d, .find = docker_call_find_ipam };
	struct docker_moves moves;
	int err = docker_moves_open(&moves, e);

	if (!err)
		err = docker_leases_start(e);
	if (!err) {
		err = server_serve(&network, &ipam, listener, dhcp, &moves, stop, e);
		docker_leases_stop();
	}
	if (ipam.daemon)
		MHD_stop_daemon(ipam.daemon);
	if (network.daemon)
		MHD_stop_daemon(network.daemon);
	docker_moves_close(&moves);
	return err;
}
