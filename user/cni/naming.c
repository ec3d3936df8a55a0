// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * An endpoint of a container has no name of its own. Its name and its MAC follow from what the runtime calls
 * it, so that a second ADD meets the first one, and a container that is made again keeps its MAC.
 */
#include <stdio.h>
#include <string.h>

#include "cni/cni.h"

/* FNV-1a; the NUL counts, so that "ab", "c" is not "a", "bc" */
static uint64_t mix_in(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	while (*text++);
	return hash;
}

/* Finalizer of splitmix64: every bit of the hash decides about every bit of the result */
static uint64_t spread(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t identity(const struct cni_request *r)
{
	return mix_in(mix_in(mix_in(0xcbf29ce484222325u, r->name), r->env.container), r->env.ifname);
}

void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, "c%014llx", (unsigned long long)spread(identity(r)) >> 8);
}

void cni_default_mac(const struct cni_request *r, unsigned int try, uint8_t ret[XM_MAC_LEN])
{
	uint64_t bits = spread(identity(r) + (try + 1) * 0x9e3779b97f4a7c15u);

	for (int i = 0; i < XM_MAC_LEN; i++)
		ret[i] = bits >> (8 * i);
	ret[0] = (ret[0] & 0xfc) | 0x02;
}

void cni_owner(const struct cni_request *r, struct xm_owner *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->network, sizeof(ret->network), "%s", r->name);
	snprintf(ret->container, sizeof(ret->container), "%s", r->env.container);
}
