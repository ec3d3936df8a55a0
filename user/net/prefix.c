// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "net/prefix.h"

bool xm_address_parse(const char *text, struct xm_prefix *ret)
{
	bool is_ipv6 = text && strchr(text, ':');

	*ret = (struct xm_prefix){
		.family = is_ipv6 ? AF_INET6 : AF_INET,
		.len = is_ipv6 ? 16 : 4,
		.bits = is_ipv6 ? 128 : 32,
	};
	return text && inet_pton(ret->family, text, ret->bytes) == 1;
}

/* Decimal digits alone: strtoul() would take a sign and white space */
static bool prefix_parse_length(const char *text, uint8_t max, uint8_t *ret)
{
	unsigned long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return false;
	number = strtoul(text, &end, 10);
	*ret = number;
	return !*end && number <= max;
}

bool xm_prefix_parse(const char *text, struct xm_prefix *ret)
{
	const char *slash = text ? strchr(text, '/') : NULL;
	char address[INET6_ADDRSTRLEN];

	if (!slash || slash - text >= (long)sizeof(address))
		return false;
	snprintf(address, sizeof(address), "%.*s", (int)(slash - text), text);
	return xm_address_parse(address, ret) &&
	       prefix_parse_length(slash + 1, ret->bits, &ret->bits);
}

void xm_prefix_mask(struct xm_prefix *p)
{
	for (unsigned int i = p->bits; i < p->len * 8u; i++)
		p->bytes[i / 8] &= ~(0x80 >> i % 8);
}
