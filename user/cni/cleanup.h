/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Removes every endpoint that a predicate selects. One that cannot be removed does not stop the
 * others; *e gets the first failure.
 */
#ifndef XM_CNI_CLEANUP_H
#define XM_CNI_CLEANUP_H

#include "cni/request.h"
#include "engine/snapshot.h"

/* Whether an endpoint, which has an owner, is to be removed for the request */
typedef bool cni_endpoint_match(const struct cni_request *r, const struct xm_endpoint_info *info);

/* In the current network namespace */
int cni_cleanup(const struct cni_request *r, cni_endpoint_match *match, struct cni_error *e);
/*
 * With linkInContainer: in all other network namespaces that a mount or a process leads to. Pins
 * tell which of them have endpoints.
 */
int cni_cleanup_containers(const struct cni_request *r, cni_endpoint_match *match,
			   struct cni_error *e);

#endif
