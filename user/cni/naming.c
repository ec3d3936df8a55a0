// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cni/naming.h"

struct xm_attachment cni_attachment(const struct cni_request *r)
{
	return (struct xm_attachment){ .network = r->config.network,
				       .container = r->env.container,
				       .ifname = r->env.ifname };
}

void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN])
{
	const struct xm_attachment a = cni_attachment(r);

	xm_attachment_name(&a, 'c', ret);
}

void cni_owner(const struct cni_request *r, struct xm_owner *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->network, sizeof(ret->network), "%s", r->config.network);
	snprintf(ret->container, sizeof(ret->container), "%s", r->env.container);
}
