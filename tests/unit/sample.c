// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See sample.h */
#include <string.h>

#include "sample.h"
#include "summary.h"

/* Building */

static void sample_put(struct sample *s, const void *bytes, size_t len)
{
	assert_true(s->len + len <= sizeof(s->data));
	memcpy(s->data + s->len, bytes, len);
	s->len += len;
}

void sample_put8(struct sample *s, unsigned int value)
{
	sample_put(s, &(__u8){ value }, 1);
}

void sample_put_be16(struct sample *s, unsigned int value)
{
	sample_put8(s, value >> 8 & 0xff);
	sample_put8(s, value & 0xff);
}

void sample_put_zero(struct sample *s, size_t len)
{
	while (len--)
		sample_put8(s, 0);
}

void sample_begin(struct sample *s, const char *name, unsigned int proto)
{
	static const __u8 macs[12] = { 2, 0, 0, 0, 0, 0x0a, 0x02, 0xfe, 0xdc, 0xba, 0x98, 0x76 };

	memset(s, 0, sizeof(*s));
	s->name = name;
	sample_put(s, macs, sizeof(macs));
	sample_put_be16(s, proto);
}

void sample_put_ipv4(struct sample *s, unsigned int ihl, unsigned int frag, unsigned int proto)
{
	static const __u8 addresses[8] = { 192, 0, 2, 1, 198, 51, 100, 254 };

	sample_put8(s, 0x40 | ihl);
	sample_put8(s, 0);
	sample_put_be16(s, 20 + 8 + 4);
	sample_put_be16(s, 1);
	sample_put_be16(s, frag);
	sample_put8(s, 64);
	sample_put8(s, proto);
	sample_put_be16(s, 0);
	sample_put(s, addresses, sizeof(addresses));
	for (unsigned int i = 5; i < ihl; i++) {
		sample_put_be16(s, 0x0101);
		sample_put_be16(s, 0x0101);
	}
}

void sample_put_ipv6(struct sample *s, unsigned int next)
{
	sample_put_be16(s, 0x6000);
	sample_put_be16(s, 0);
	sample_put_be16(s, 12);
	sample_put8(s, next);
	sample_put8(s, 64);
	for (int i = 0; i < 32; i++)
		sample_put8(s, 0xf0 ^ i * 7);
}

void sample_put_udp(struct sample *s, unsigned int check)
{
	sample_put_be16(s, 1234);
	sample_put_be16(s, 4321);
	sample_put_be16(s, 12);
	sample_put_be16(s, check);
	sample_put(s, "data", 4);
}

/* The oracle */

unsigned int be16(const __u8 *p)
{
	return p[0] << 8 | p[1];
}

int expect_udp(const __u8 *p, size_t len, unsigned int proto)
{
	if (proto == 0x0800)
		return len >= 34 && p[14] >> 4 == 4 && (p[14] & 15) >= 5 && p[23] == 17;
	if (proto == 0x86dd)
		return len >= 54 && p[14] >> 4 == 6 && p[20] == 17;
	return 0;
}
