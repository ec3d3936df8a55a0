/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A request of Docker's protocol for plugins: a path and a JSON object, answered by another one */
#ifndef XM_PLUGIN_CALLS_H
#define XM_PLUGIN_CALLS_H

#include <jansson.h>
#include <stdbool.h>

#include "base/err.h"

/* One request, while it is handled */
struct plugin_job {
	void *data; /* of the server */
	const json_t *request; /* an object */
	json_t *answer; /* an empty object, to be filled */
	struct xm_err *e;
};

/* Returns 0 or a negative errno and fills *job->e */
typedef int plugin_call_fn(const struct plugin_job *job);

struct plugin_call {
	const char *path; /* "/NetworkDriver.Join" */
	plugin_call_fn *run;
	bool no_body; /* the request may have none */
};

/* Finds a request of a protocol. NULL: there is no such request. */
typedef const struct plugin_call *plugin_call_find_fn(const char *path);

#endif
