/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The IPAM plugin: a program in CNI_PATH. It gets this plugin's environment, with another
 * CNI_COMMAND, its standard input and its standard error. config.ipam_type is its name, not NULL.
 */
#ifndef XM_CNI_IPAM_H
#define XM_CNI_IPAM_H

#include "cni/request.h"

/* Checks that CNI_PATH has the plugin */
int cni_ipam_check(const struct cni_request *r, struct cni_error *e);
/*
 * Runs it, with no session open. *ret: the document that it printed, NULL: none. ret may be NULL:
 * its output does not matter then. When it fails, *e gets its own error.
 */
int cni_ipam_run(const struct cni_request *r, const char *command, json_t **ret,
		 struct cni_error *e);

#endif
