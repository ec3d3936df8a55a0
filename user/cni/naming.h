/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_NAMING_H
#define XM_CNI_NAMING_H

#include "cni/request.h"
#include "runtime/naming.h"

/* Its texts are those of the request */
struct xm_attachment cni_attachment(const struct cni_request *r);
/* "c" and 14 hexadecimal digits */
void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN]);
void cni_owner(const struct cni_request *r, struct xm_owner *ret);

#endif
