/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_DNS_H
#define XM_CNI_DNS_H

#include "cni/error.h"

/*
 * Copies the keys of the specification out of a member `dns` (NULL: an empty one) into a new object
 * *ret, without empty values. A value of a wrong type is an error of `code`; prefix: what its
 * message begins with.
 */
int cni_dns_read(const json_t *from, const char *prefix, int code, json_t **ret,
		 struct cni_error *e);

#endif
