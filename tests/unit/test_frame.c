// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parser on frames that are cut at every length. Each is in a block of exactly that length, so
 * AddressSanitizer finds every read behind the end. expect_udp() has the expected results.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "summary.h"

/* Checking */

static void header_check(const struct xm_frame *f, const __u8 *p)
{
	assert_memory_equal(f->dst.mac, p, 6);
	assert_memory_equal(f->src.mac, p + 6, 6);
	assert_int_equal(f->dst.pad, 0);
	assert_int_equal(f->src.pad, 0);
	assert_int_equal(f->proto, be16(p + 12));
}

/* The frame is skew bytes behind the start of the block: frames start at any even address */
static void cut_check(const struct sample *s, size_t len, size_t skew)
{
	__u8 *block = malloc(len + skew);
	__u8 *p = block + skew;
	struct xm_frame f;
	int ret;

	assert_true(block || !(len + skew));
	memset(&f, 0xa5, sizeof(f));
	if (len + skew)
		memset(block, 0xff, len + skew);
	if (len)
		memcpy(p, s->data, len);
	ret = xm_parse(p, p + len, &f);
	assert_int_equal(ret, len < 14 ? -1 : 0);
	if (!ret) {
		header_check(&f, s->data);
		if (xm_is_udp(p, p + len, f.proto) != expect_udp(s->data, len, f.proto))
			fail_msg("%s cut at %zu: %d, expected %d", s->name, len,
				 xm_is_udp(p, p + len, f.proto), expect_udp(s->data, len, f.proto));
	}
	free(block);
}

static void cuts_check_all(const struct sample *s)
{
	for (size_t len = 0; len <= s->len; len++) {
		cut_check(s, len, 0);
		cut_check(s, len, 2);
	}
}

static void sample_check_udp(const struct sample *s, int kind)
{
	assert_int_equal(expect_udp(s->data, s->len, be16(s->data + 12)), kind);
	cuts_check_all(s);
}

static void test_ethernet_only(void **state)
{
	static const unsigned int protos[] = { 0x88b5, 0x8808, 0x0806, 0x05dc,
					       0,      0xffff, 0x86dd, 0x0800 };
	struct sample s;

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		sample_begin(&s, "ethernet", protos[i]);
		sample_check_udp(&s, 0);
		sample_put_zero(&s, 46);
		sample_check_udp(&s, 0);
	}
	(void)state;
}

static void test_tags(void **state)
{
	static const unsigned int tpids[] = { 0x8100, 0x88a8 };
	struct sample s;

	for (int outer = 0; outer < 2; outer++)
		for (int twice = 0; twice < 2; twice++) {
			sample_begin(&s, "tagged", tpids[outer]);
			sample_put_be16(&s, 0x6064);
			if (twice) {
				sample_put_be16(&s, 0x8100);
				sample_put_be16(&s, 100);
			}
			sample_put_be16(&s, 0x0800);
			sample_put_ipv4(&s, 5, 0, 17);
			sample_put_udp(&s, 0);
			sample_check_udp(&s, 0);
		}
	(void)state;
}

static void test_udp(void **state)
{
	struct sample s;

	sample_begin(&s, "udp4", 0x0800);
	sample_put_ipv4(&s, 5, 0, 17);
	sample_put_udp(&s, 0x1234);
	sample_check_udp(&s, 1);
	sample_begin(&s, "udp6", 0x86dd);
	sample_put_ipv6(&s, 17);
	sample_put_udp(&s, 0x1234);
	sample_check_udp(&s, 1);
	(void)state;
}

static void test_ipv4_options(void **state)
{
	struct sample s, base;

	for (unsigned int ihl = 6; ihl <= 15; ihl++) {
		sample_begin(&base, "options", 0x0800);
		sample_put_ipv4(&base, ihl, 0, 17);
		s = base;
		sample_put_udp(&s, 0x1234);
		sample_check_udp(&s, 1);
		/* The header length includes options, but the frame ends before them */
		s = base;
		s.len = 34;
		sample_check_udp(&s, 1);
	}
	(void)state;
}

static void test_ipv4_bad(void **state)
{
	struct sample s;

	for (unsigned int ihl = 0; ihl < 5; ihl++) {
		sample_begin(&s, "bad ihl", 0x0800);
		sample_put_ipv4(&s, ihl, 0, 17);
		sample_put_udp(&s, 0);
		sample_check_udp(&s, 0);
	}
	for (unsigned int version = 0; version < 16; version++) {
		sample_begin(&s, "version", 0x0800);
		sample_put_ipv4(&s, 5, 0, 17);
		sample_put_udp(&s, 0);
		s.data[14] = version << 4 | 5;
		sample_check_udp(&s, version == 4 ? 1 : 0);
		sample_begin(&s, "version", 0x86dd);
		sample_put_ipv6(&s, 17);
		sample_put_udp(&s, 0);
		s.data[14] = version << 4;
		sample_check_udp(&s, version == 6 ? 1 : 0);
	}
	(void)state;
}

/* All fragments of a datagram take the same path, with or without the UDP header */
static void test_ipv4_fragments(void **state)
{
	static const unsigned int frags[] = { 0x2000, 0x2001, 0x0001, 0x1fff, 0x3fff, 0x6000 };
	struct sample s, base;

	for (size_t i = 0; i < sizeof(frags) / sizeof(frags[0]); i++) {
		sample_begin(&base, "fragment", 0x0800);
		sample_put_ipv4(&base, 5, frags[i], 17);
		sample_check_udp(&base, 1);
	}
	/* "Don't fragment" and the reserved bit do not make a frame a fragment */
	for (unsigned int frag = 0x4000; frag <= 0xc000; frag += 0x4000) {
		sample_begin(&s, "no fragment", 0x0800);
		sample_put_ipv4(&s, 5, frag, 17);
		sample_put_udp(&s, 0x1234);
		sample_check_udp(&s, 1);
	}
	(void)state;
}

static void test_other_protocols(void **state)
{
	struct sample s;

	for (unsigned int proto = 0; proto < 256; proto++) {
		sample_begin(&s, "protocol", 0x0800);
		sample_put_ipv4(&s, 5, 0, proto);
		sample_put_udp(&s, 0);
		sample_check_udp(&s, proto == 17 ? 1 : 0);
		/* 0, 43, 44, 60: IPv6 extension headers. xm_is_udp() does not look behind them. */
		sample_begin(&s, "next header", 0x86dd);
		sample_put_ipv6(&s, proto);
		sample_put_udp(&s, 0);
		sample_check_udp(&s, proto == 17 ? 1 : 0);
	}
	(void)state;
}

/* Padding behind a datagram, or a jumbo frame's payload, does not change the result */
static void test_lengths(void **state)
{
	static const size_t paddings[] = { 1, 14, 60, 1472, 4000, 8900 };
	struct sample s;

	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		sample_begin(&s, "padded", 0x0800);
		sample_put_ipv4(&s, 5, 0, 17);
		sample_put_udp(&s, 0x1234);
		sample_put_zero(&s, paddings[i]);
		sample_check_udp(&s, 1);
	}
	(void)state;
}

static void test_random(void **state)
{
	static const unsigned int protos[] = { 0x0800, 0x86dd, 0x8100, 0x88b5 };
	unsigned int seed = 20240607;
	struct sample s;

	for (int i = 0; i < 200000; i++) {
		sample_begin(&s, "random", protos[i & 3]);
		for (int j = 0; j < 80; j++) {
			seed = seed * 1103515245 + 12345;
			sample_put8(&s, seed >> 16 & 0xff);
		}
		s.data[14] = (i & 4 ? 0x40 : 0x60) | (s.data[14] & 15);
		if (i & 8)
			s.data[i & 1 ? 20 : 23] = 17;
		if (i & 16) {
			s.data[20] &= 0x40;
			s.data[21] = 0;
		}
		seed = seed * 1103515245 + 12345;
		cut_check(&s, (seed >> 16) % (s.len + 1), i & 2);
		cut_check(&s, s.len, i & 2);
	}
	(void)state;
}

static void test_macs(void **state)
{
	__u8 a[8] __attribute__((aligned(2))) = { 2, 1, 2, 3, 4, 5, 0xaa, 0xaa },
		  b[8] __attribute__((aligned(2)));

	for (int bit = 0; bit < 48; bit++) {
		memcpy(b, a, sizeof(b));
		assert_true(xm_mac_equal(a, b));
		b[bit / 8] ^= 1 << bit % 8;
		assert_false(xm_mac_equal(a, b));
		assert_int_equal(!!xm_mac_is_group(b), bit == 0);
	}
	(void)state;
}

/* A key of the programs has the same bytes as a key that user space fills field by field */
static void test_keys(void **state)
{
	const struct xm_source_key want = { .mac = { 2, 1, 2, 3, 4, 5 }, .index = 0x0102 };
	struct xm_source_key source;
	struct xm_mac_key key;
	__u32 words[2];

	memset(&key, 0x55, sizeof(key));
	memset(&source, 0x55, sizeof(source));
	xm_mac_key_set(&key, want.mac);
	xm_source_key_set(&source, want.mac, want.index);
	assert_memory_equal(key.mac, want.mac, 6);
	assert_int_equal(key.pad, 0);
	assert_memory_equal(&source, &want, sizeof(want));
	memcpy(words, (__u8[]){ 2, 1, 2, 3, 4, 5, 0xaa, 0xbb }, sizeof(words));
	assert_int_equal(xm_mac_bits_of(words[0], words[1]), xm_mac_bits(want.mac));
	(void)state;
}

/* Every hint is an index of the map, and two MACs that differ in one bit have different hints */
static void test_hints(void **state)
{
	__u8 a[6] = { 2, 1, 2, 3, 4, 5 }, b[6];
	__u32 hint = xm_mac_hint(xm_mac_bits(a));

	for (int bit = 0; bit < 48; bit++) {
		memcpy(b, a, sizeof(b));
		b[bit / 8] ^= 1 << bit % 8;
		assert_true(xm_mac_hint(xm_mac_bits(b)) < 1u << XM_HINT_BITS);
		assert_int_not_equal(xm_mac_hint(xm_mac_bits(b)), hint);
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest frame[] = {
		cmocka_unit_test(test_macs),	       cmocka_unit_test(test_keys),
		cmocka_unit_test(test_hints),	       cmocka_unit_test(test_ethernet_only),
		cmocka_unit_test(test_tags),	       cmocka_unit_test(test_udp),
		cmocka_unit_test(test_ipv4_options),   cmocka_unit_test(test_ipv4_bad),
		cmocka_unit_test(test_ipv4_fragments), cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_lengths),	       cmocka_unit_test(test_random),
	};

	return SUMMARY_RUN(frame);
}
