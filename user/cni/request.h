/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What a runtime requests: environment, standard input, and the configuration that it holds */
#ifndef XM_CNI_REQUEST_H
#define XM_CNI_REQUEST_H

#include <stddef.h>

#include "cni/config.h"
#include "cni/env.h"
#include "cni/spec_version.h"

/* Standard input */
struct cni_input {
	const char *text; /* as it was read; an IPAM plugin gets the same */
	size_t len;
	json_t *document; /* NULL: VERSION without one */
	enum cni_version version;
	/* VERSION: a cniVersion that this plugin does not know; NULL: it knows the version */
	const char *unknown_version;
};

struct cni_request {
	enum cni_command command;
	struct cni_env env;
	struct cni_input input;
	struct cni_config config;
};

/*
 * Reads a request out of the environment and of `len` bytes of standard input, which a NUL follows;
 * both have to live as long as *ret. Needs no privilege. Sets cni_error_version. *ret is to be
 * freed also after an error.
 */
int cni_request_read(const struct cni_env *env, const char *text, size_t len,
		     struct cni_request *ret, struct cni_error *e);
void cni_request_free(struct cni_request *r);

#endif
