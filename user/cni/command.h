/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The commands of the specification */
#ifndef XM_CNI_COMMAND_H
#define XM_CNI_COMMAND_H

#include <stdbool.h>

#include "cni/request.h"

/* *ret: the document to print, or NULL */
typedef int cni_command_fn(const struct cni_request *r, json_t **ret, struct cni_error *e);

cni_command_fn cni_command_add, cni_command_del, cni_command_check, cni_command_gc,
	cni_command_status, cni_command_version;

/* del.c */

/*
 * Removes the endpoint of (container, interface) and, with has_lease, gives back the lease. A
 * failure of one does not stop the other, and *e gets the first. A missing endpoint is no error.
 */
int cni_attachment_remove(const struct cni_request *r, bool has_lease, struct cni_error *e);

#endif
