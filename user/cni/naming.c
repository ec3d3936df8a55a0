// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cni/naming.h"

/* FNV-1a, of the NUL too: ("ab", "c") differs from ("a", "bc") */
static uint64_t naming_add_text(uint64_t hash, const char *text)
{
	do
		hash = (hash ^ (uint8_t)*text) * 0x100000001b3u;
	while (*text++);
	return hash;
}

/* Finalizer of splitmix64: every bit of the hash changes every bit of the result */
static uint64_t naming_spread(uint64_t z)
{
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

static uint64_t naming_hash(const struct cni_request *r)
{
	uint64_t hash = naming_add_text(0xcbf29ce484222325u, r->config.network);

	return naming_add_text(naming_add_text(hash, r->env.container), r->env.ifname);
}

void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN])
{
	snprintf(ret, XM_NAME_LEN, "c%014llx",
		 (unsigned long long)naming_spread(naming_hash(r)) >> 8);
}

void cni_default_mac(const struct cni_request *r, unsigned int attempt, uint8_t ret[XM_MAC_LEN])
{
	uint64_t bits = naming_spread(naming_hash(r) + (attempt + 1) * 0x9e3779b97f4a7c15u);

	for (int i = 0; i < XM_MAC_LEN; i++)
		ret[i] = bits >> (8 * i);
	ret[0] = (ret[0] & 0xfc) | 0x02;
}

void cni_owner(const struct cni_request *r, struct xm_owner *ret)
{
	memset(ret, 0, sizeof(*ret));
	snprintf(ret->network, sizeof(ret->network), "%s", r->config.network);
	snprintf(ret->container, sizeof(ret->container), "%s", r->env.container);
}
