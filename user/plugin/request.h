/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* One request: its body as it comes, and its answer */
#ifndef XM_PLUGIN_REQUEST_H
#define XM_PLUGIN_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "plugin/calls.h"

struct plugin_request;

/* path: "/NetworkDriver.Join"; of a request that Docker does not have, too */
struct plugin_request *plugin_request_new(const char *path, plugin_call_find_fn *find);
void plugin_request_free(struct plugin_request *r);
/*
 * Takes a part of the body. False: it is longer than PLUGIN_BODY_MAX, or did not come in
 * PLUGIN_REQUEST_S.
 */
bool plugin_request_append(struct plugin_request *r, const char *bytes, size_t size);
/*
 * Handles the request when all of it is there. Returns the answer, a text of JSON that the caller
 * frees, and its HTTP status. A refusal is logged to stderr.
 */
char *plugin_request_run(struct plugin_request *r, void *data, unsigned int *status);
/* The answer of a refusal; the caller frees it. Docker prints `why`. */
char *plugin_request_error(const char *why);

#endif
