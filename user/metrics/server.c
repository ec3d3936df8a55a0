// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <grp.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "metrics/answers.h"
#include "metrics/clients.h"
#include "metrics/host.h"
#include "metrics/server.h"

#define NOBODY		65534 /* user and group */
#define CONNECTIONS_MAX 4096
#define SPARE_FILES	64 /* descriptors beside the connections */

struct server {
	struct xm_answers answers;
	struct xm_clients clients;
	struct MHD_Daemon *daemon;
	char hostname[256];
};

/* Prometheus asks for OpenMetrics first when it reads it */
static enum xm_format accepted_format(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");

	return accept && strstr(accept, "application/openmetrics-text") ? XM_FORMAT_OPENMETRICS
									: XM_FORMAT_TEXT;
}

static int connection_fd(struct MHD_Connection *c)
{
	return MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
}

static bool is_allowed_host(const struct server *s, struct MHD_Connection *c)
{
	const char *host = MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_HOST);

	return xm_host_is_allowed(host, s->hostname, connection_fd(c));
}

/* Everything of the request has come. Returns what the library's handler returns. */
static enum MHD_Result answer(struct server *s, struct xm_request *r, const char *url)
{
	const struct xm_page_file *file;

	if (!is_allowed_host(s, r->connection))
		return xm_answer_text(r->connection, MHD_HTTP_FORBIDDEN,
				      "the name in Host is none of this machine: use an address or "
				      "localhost\n");
	file = xm_page_file(url);
	if (file)
		return xm_answer_page(r->connection, file);
	if (!strcmp(url, "/state.json"))
		r->format = XM_FORMAT_STATE;
	else if (!strcmp(url, "/metrics"))
		r->format = accepted_format(r->connection);
	else
		return xm_answer_text(r->connection, MHD_HTTP_NOT_FOUND,
				      "the page is at /, the metrics are at /metrics\n");
	return xm_answer_request(&s->answers, r);
}

/*
 * The library calls it when the headers are there, for each part of a body, and when the request is
 * complete
 */
static enum MHD_Result handle(void *data, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **request)
{
	(void)version;
	(void)upload;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return xm_answer_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (!*request) {
		struct xm_request *r = calloc(1, sizeof(*r));

		if (r)
			r->connection = c;
		*request = r;
		return r ? MHD_YES : MHD_NO;
	}
	if (*upload_size) { /* a body means nothing */
		*upload_size = 0;
		return MHD_YES;
	}
	return answer(data, *request, url);
}

static void request_ended(void *data, struct MHD_Connection *c, void **request,
			  enum MHD_RequestTerminationCode code)
{
	struct server *s = data;

	(void)code;
	xm_request_end(*request);
	*request = NULL;
	xm_client_served(
		&s->clients,
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context);
}

static void connection_changed(void *data, struct MHD_Connection *c, void **context,
			       enum MHD_ConnectionNotificationCode code)
{
	struct server *s = data;

	if (code == MHD_CONNECTION_NOTIFY_STARTED)
		*context = xm_client_begin(&s->clients, connection_fd(c));
	else
		xm_client_end(*context);
}

/* A process that is not root keeps its user */
static int drop_privileges(struct xm_err *e)
{
	int err = 0;

	if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY)))
		err = -errno;
	if (!err)
		err = xm_caps_drop(0, 0);
	if (!err && chdir("/"))
		err = -errno;
	return err ? xm_fail(e, err, "cannot give up privileges: %s", strerror(-err)) : 0;
}

/* How many connections there can be, with the descriptors that are permitted */
static unsigned int connections_max(void)
{
	struct rlimit files = { CONNECTIONS_MAX + SPARE_FILES, CONNECTIONS_MAX + SPARE_FILES };

	if (!setrlimit(RLIMIT_NOFILE, &files))
		return CONNECTIONS_MAX;
	getrlimit(RLIMIT_NOFILE, &files);
	files.rlim_cur = files.rlim_max;
	setrlimit(RLIMIT_NOFILE, &files);
	return files.rlim_cur > 2 * SPARE_FILES ? files.rlim_cur - SPARE_FILES : SPARE_FILES;
}

static struct MHD_Daemon *start(struct server *s, int listener, unsigned int connections)
{
	return MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, handle, s,
				MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
				connections, MHD_OPTION_CONNECTION_TIMEOUT, XM_SERVER_IDLE_S,
				MHD_OPTION_NOTIFY_COMPLETED, request_ended, s,
				MHD_OPTION_NOTIFY_CONNECTION, connection_changed, s,
				MHD_OPTION_END);
}

/* -1: no limit */
static int shorter(int one, int other)
{
	return one < 0 || (other >= 0 && other < one) ? other : one;
}

static int wait_ms(struct server *s)
{
	int limits = shorter(xm_answers_limit(&s->answers),
			     xm_clients_limit(&s->clients, XM_SERVER_REQUEST_S * 1000));
	MHD_UNSIGNED_LONG_LONG library;

	if (MHD_get_timeout(s->daemon, &library) != MHD_YES)
		return limits;
	return shorter(limits, library > 1000 ? 1000 : library);
}

/* The loop: the library's events and the collector's answers, until the collector ends */
static int serve(struct server *s)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	struct pollfd ready[] = { { .fd = info->epoll_fd, .events = POLLIN },
				  { .fd = s->answers.question.collector, .events = POLLIN } };
	int err = 0;

	while (!err) {
		if (poll(ready, 2, wait_ms(s)) < 0 && errno != EINTR)
			return -errno;
		if (ready[1].revents)
			err = xm_answers_receive(&s->answers);
		MHD_run(s->daemon);
	}
	return err == -EPIPE ? 0 : err;
}

int xm_server_run(int listener, int collector, struct xm_err *e)
{
	struct server s = {};
	unsigned int connections = connections_max();
	int err = drop_privileges(e);

	if (err)
		return err;
	gethostname(s.hostname, sizeof(s.hostname) - 1);
	xm_answers_init(&s.answers, collector);
	xm_clients_init(&s.clients);
	s.daemon = start(&s, listener, connections);
	if (!s.daemon)
		return xm_fail(e, EIO, "cannot start the HTTP server");
	err = serve(&s);
	xm_answers_end(&s.answers);
	MHD_stop_daemon(s.daemon);
	return err ? xm_fail(e, err, "cannot serve: %s", strerror(-err)) : 0;
}
