// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <grp.h>
#include <microhttpd.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "metrics/collector.h"
#include "metrics/server.h"

#define NOBODY		65534 /* user and group */
#define CONNECTIONS_MAX 4096
#define SPARE_FILES	64 /* descriptors beside the connections */
#define FRESH_MS	250 /* scrapers that come together get the same answer */

/* The newest answer of a format; more requests may still be sending it */
struct cached {
	struct MHD_Response *response;
	int64_t at; /* xm_now_ms() */
};

struct server {
	int collector;
	struct cached cached[2]; /* by enum xm_format */
};

/* Prometheus asks for OpenMetrics first when it reads it */
static enum xm_format accepted_format(struct MHD_Connection *c)
{
	const char *accept = MHD_lookup_connection_value(c, MHD_HEADER_KIND, "Accept");

	return accept && strstr(accept, "application/openmetrics-text") ? XM_FORMAT_OPENMETRICS
									: XM_FORMAT_TEXT;
}

static void add_headers(struct MHD_Response *r, const char *type)
{
	MHD_add_response_header(r, "Content-Type", type);
	MHD_add_response_header(r, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(r, "Cache-Control", "no-store");
}

static enum MHD_Result send_text(struct MHD_Connection *c, unsigned int status, const char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	add_headers(r, "text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(r, "Allow", "GET, HEAD");
	ret = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ret;
}

/* Returns false when the collector could not answer */
static bool cached_refresh(struct server *s, enum xm_format format)
{
	struct cached *c = &s->cached[format];
	char *text;
	size_t size;

	if (c->response && xm_now_ms() - c->at < FRESH_MS)
		return true;
	if (c->response)
		MHD_destroy_response(c->response);
	c->response = NULL;
	if (xm_collector_ask(s->collector, format, &text, &size))
		return false;
	c->response = MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE);
	if (!c->response) {
		free(text);
		return false;
	}
	add_headers(c->response,
		    format == XM_FORMAT_TEXT ? XM_CONTENT_TYPE_TEXT : XM_CONTENT_TYPE_OPENMETRICS);
	c->at = xm_now_ms();
	return true;
}

static enum MHD_Result handle(void *data, struct MHD_Connection *c, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_size, void **request)
{
	enum xm_format format = accepted_format(c);
	struct server *s = data;

	(void)version;
	(void)upload;
	(void)upload_size;
	(void)request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) && strcmp(method, MHD_HTTP_METHOD_HEAD))
		return send_text(c, MHD_HTTP_METHOD_NOT_ALLOWED, "only GET and HEAD\n");
	if (strcmp(url, "/metrics"))
		return send_text(c, MHD_HTTP_NOT_FOUND, "the metrics are at /metrics\n");
	if (!cached_refresh(s, format))
		return send_text(c, MHD_HTTP_SERVICE_UNAVAILABLE, "the state cannot be read\n");
	return MHD_queue_response(c, MHD_HTTP_OK, s->cached[format].response);
}

/* A process that is not root keeps its user */
static int drop_privileges(struct xm_err *e)
{
	struct rlimit files = { CONNECTIONS_MAX + SPARE_FILES, CONNECTIONS_MAX + SPARE_FILES };
	int err = 0;

	setrlimit(RLIMIT_NOFILE, &files);
	if (!geteuid() && (setgroups(0, NULL) || setresgid(NOBODY, NOBODY, NOBODY) ||
			   setresuid(NOBODY, NOBODY, NOBODY)))
		err = -errno;
	if (!err)
		err = xm_caps_drop(0, 0);
	if (!err && chdir("/"))
		err = -errno;
	return err ? xm_fail(e, err, "cannot give up privileges: %s", strerror(-err)) : 0;
}

int xm_server_run(int listener, int collector, struct xm_err *e)
{
	struct server s = { .collector = collector };
	struct pollfd end = { .fd = collector, .events = POLLRDHUP };
	struct MHD_Daemon *daemon;
	int err = drop_privileges(e);

	if (err)
		return err;
	daemon = MHD_start_daemon(MHD_USE_AUTO | MHD_USE_INTERNAL_POLLING_THREAD, 0, NULL, NULL,
				  handle, &s, MHD_OPTION_LISTEN_SOCKET, listener,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				  MHD_OPTION_CONNECTION_TIMEOUT, XM_SERVER_IDLE_S, MHD_OPTION_END);
	if (!daemon)
		return xm_fail(e, EIO, "cannot start the HTTP server");
	/* The answers of the collector are the polling thread's: only its end is waited for */
	while (poll(&end, 1, -1) < 0 && errno == EINTR)
		;
	MHD_stop_daemon(daemon);
	return 0;
}
