// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/text.h"
#include "plugin/log.h"
#include "plugin/request.h"
#include "plugin/server.h"

struct plugin_request {
	const struct plugin_call *call; /* NULL: there is no such request */
	int64_t since_ms;
	char *body;
	size_t size;
};

struct plugin_request *plugin_request_new(const char *path, plugin_call_find_fn *find)
{
	struct plugin_request *r = xm_need(calloc(1, sizeof(*r)));

	r->call = find(path);
	r->since_ms = xm_now_ms();
	return r;
}

void plugin_request_free(struct plugin_request *r)
{
	if (r)
		free(r->body);
	free(r);
}

bool plugin_request_append(struct plugin_request *r, const char *bytes, size_t size)
{
	if (size > PLUGIN_BODY_MAX - r->size || xm_now_ms() - r->since_ms > PLUGIN_REQUEST_S * 1000)
		return false;
	r->body = xm_need(realloc(r->body, r->size + size));
	memcpy(r->body + r->size, bytes, size);
	r->size += size;
	return true;
}

/* "Err" is the key of the network driver's protocol, "Error" that of the address driver's */
char *plugin_request_error(const char *why)
{
	char text[600];
	json_t *answer;
	char *ret;

	snprintf(text, sizeof(text), "xmacvlan: %s", why);
	xm_sanitize(text);
	answer = xm_need(json_pack("{s:s, s:s}", "Err", text, "Error", text));
	ret = xm_need(json_dumps(answer, JSON_COMPACT));
	json_decref(answer);
	return ret;
}

static char *request_refuse(const struct plugin_request *r, const char *why)
{
	plugin_log("%s: %s", strchr(r->call->path, '.') + 1, why);
	return plugin_request_error(why);
}

/* NULL: it is no object, and *e is filled */
static json_t *request_parse(const struct plugin_request *r, struct xm_err *e)
{
	json_error_t why;
	json_t *request;

	if (!r->size && r->call->no_body)
		return json_object();
	if (!r->size) {
		/* Docker repeats a request without its body, when a driver ends during it */
		xm_fail(e, EINVAL, "the request has no body");
		return NULL;
	}
	request = json_loadb(r->body, r->size, 0, &why);
	if (!request)
		xm_fail(e, EINVAL, "the request is no JSON: line %d, column %d: %s", why.line,
			why.column, why.text);
	else if (!json_is_object(request))
		xm_fail(e, EINVAL, "the request is no JSON object");
	if (json_is_object(request))
		return request;
	json_decref(request);
	return NULL;
}

char *plugin_request_run(struct plugin_request *r, void *data, unsigned int *status)
{
	struct xm_err e = {};
	json_t *request, *answer;
	struct plugin_job job;
	char *text;

	*status = 404;
	if (!r->call)
		return plugin_request_error("unknown request");
	request = request_parse(r, &e);
	answer = json_object();
	*status = request ? 200 : 400;
	job = (struct plugin_job){ .data = data, .request = request, .answer = answer, .e = &e };
	if (request && r->call->run(&job))
		text = request_refuse(r, e.text);
	else if (request)
		text = xm_need(json_dumps(answer, JSON_COMPACT));
	else
		text = request_refuse(r, e.text);
	json_decref(request);
	json_decref(answer);
	return text;
}
