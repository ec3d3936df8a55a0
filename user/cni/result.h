/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Results. In memory each has the form of 1.1.0 with all its members: {interfaces, ips, routes,
 * dns}, each an array or object, perhaps an empty one.
 */
#ifndef XM_CNI_RESULT_H
#define XM_CNI_RESULT_H

#include "cni/error.h"
#include "cni/spec_version.h"

/* An empty result */
json_t *cni_result_new(void);
/*
 * Copies a result that has the form of its own cniVersion, or of `version` when it has none. what:
 * its name in messages. A type that Go's decoder refuses is CNI_E_DECODE.
 */
int cni_result_parse(const json_t *from, enum cni_version version, const char *what, json_t **ret,
		     struct cni_error *e);
/* A copy in the form of that version, with its cniVersion and without empty members but `dns` */
json_t *cni_result_form(const json_t *result, enum cni_version version);

#endif
