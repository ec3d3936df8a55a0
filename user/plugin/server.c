// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <microhttpd.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/request.h"
#include "plugin/server.h"

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
	return server_answer(c, status, plugin_request_error(why));
}

/* Everything but the body is there */
static enum MHD_Result server_begin(const struct plugin_server *s, struct MHD_Connection *c,
				    const char *url, const char *method, void **context)
{
	const char *length =
		MHD_lookup_connection_value(c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_LENGTH);

	if (strcmp(method, MHD_HTTP_METHOD_POST))
		return server_refuse(c, MHD_HTTP_METHOD_NOT_ALLOWED, "requests are made by POST");
	if (length && strtoull(length, NULL, 10) > PLUGIN_BODY_MAX)
		return server_refuse(c, 413 /* the library's names for it differ */,
				     "the request is longer than 1 MiB");
	*context = plugin_request_new(url, s->find);
	return MHD_YES;
}

/* The library calls it when the headers are there, for each part of the body, and at its end */
static enum MHD_Result server_handle(void *data, struct MHD_Connection *c, const char *url,
				     const char *method, const char *version, const char *upload,
				     size_t *upload_size, void **context)
{
	const struct plugin_server *s = data;
	struct plugin_request *r = *context;
	unsigned int status;
	char *text;

	(void)version;
	if (!r)
		return server_begin(data, c, url, method, context);
	if (*upload_size) {
		/* False: too much, or too slow. There is no answer before the end of a body. */
		bool taken = plugin_request_append(r, upload, *upload_size);

		*upload_size = 0;
		return taken ? MHD_YES : MHD_NO;
	}
	text = plugin_request_run(r, s->data, &status);
	return server_answer(c, status, text);
}

static void server_ended(void *data, struct MHD_Connection *c, void **context,
			 enum MHD_RequestTerminationCode code)
{
	(void)data;
	(void)c;
	(void)code;
	plugin_request_free(*context);
	*context = NULL;
}

int plugin_server_start(struct plugin_server *s, int listener, bool threads, struct xm_err *e)
{
	unsigned int flags = threads ? MHD_USE_INTERNAL_POLLING_THREAD |
					       MHD_USE_THREAD_PER_CONNECTION | MHD_USE_POLL
				     : MHD_USE_EPOLL;

	s->daemon = MHD_start_daemon(
		flags, 0, NULL, NULL, server_handle, s, MHD_OPTION_LISTEN_SOCKET, listener,
		MHD_OPTION_CONNECTION_LIMIT, PLUGIN_CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		PLUGIN_IDLE_S, MHD_OPTION_NOTIFY_COMPLETED, server_ended, NULL, MHD_OPTION_END);
	return s->daemon ? 0 : xm_fail(e, EIO, "cannot start the HTTP server");
}

void plugin_server_stop(struct plugin_server *s)
{
	if (s->daemon)
		MHD_stop_daemon(s->daemon);
	s->daemon = NULL;
}

int plugin_server_fd(const struct plugin_server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
}

int plugin_server_wait_ms(const struct plugin_server *s, int ms)
{
	MHD_UNSIGNED_LONG_LONG library;

	if (MHD_get_timeout(s->daemon, &library) == MHD_YES && library < (unsigned int)ms)
		ms = library;
	return ms;
}

static bool server_is_full(const struct plugin_server *s)
{
	return MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_CURRENT_CONNECTIONS)
		       ->num_connections >= PLUGIN_CONNECTIONS;
}

/*
 * While there are as many connections as are allowed, the library does not wait for new ones. It
 * begins again in the call after the one that has closed a connection, and the file descriptor is
 * not readable before.
 */
void plugin_server_run(struct plugin_server *s)
{
	bool was_full;

	do {
		was_full = server_is_full(s);
		MHD_run(s->daemon);
	} while (was_full && !server_is_full(s));
}
