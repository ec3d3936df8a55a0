// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The parser on frames cut at every length, each in a block of exactly that length, so that
 * AddressSanitizer sees any read behind the end. What it must find is worked out here byte by byte.
 */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "sample.h"
#include "summary.h"

/* Checking */

static void check_header(const struct xm_frame *f, const __u8 *p)
{
	assert_memory_equal(f->dst.mac, p, 6);
	assert_memory_equal(f->src.mac, p + 6, 6);
	assert_int_equal(f->dst.pad, 0);
	assert_int_equal(f->src.pad, 0);
	assert_int_equal(f->proto, be16(p + 12));
}

/* `skew` bytes lie between the block's start and the frame: frames start at any even address */
static void check_cut(const struct sample *s, size_t len, size_t skew)
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
		check_header(&f, s->data);
		if (xm_is_udp(p, p + len, f.proto) != expect_udp(s->data, len, f.proto))
			fail_msg("%s cut at %zu: %d, expected %d", s->name, len,
				 xm_is_udp(p, p + len, f.proto),
				 expect_udp(s->data, len, f.proto));
	}
	free(block);
}

static void check_all_cuts(const struct sample *s)
{
	for (size_t len = 0; len <= s->len; len++) {
		check_cut(s, len, 0);
		check_cut(s, len, 2);
	}
}

static void expect_kind(const struct sample *s, int kind)
{
	assert_int_equal(expect_udp(s->data, s->len, be16(s->data + 12)), kind);
	check_all_cuts(s);
}

static void test_ethernet_only(void **state)
{
	static const unsigned int protos[] = { 0x88b5, 0x8808, 0x0806, 0x05dc,
					       0,      0xffff, 0x86dd, 0x0800 };
	struct sample s;

	for (size_t i = 0; i < sizeof(protos) / sizeof(protos[0]); i++) {
		begin(&s, "ethernet", protos[i]);
		expect_kind(&s, 0);
		put_zero(&s, 46);
		expect_kind(&s, 0);
	}
	(void)state;
}

static void test_tags(void **state)
{
	static const unsigned int tpids[] = { 0x8100, 0x88a8 };
	struct sample s;

	for (int outer = 0; outer < 2; outer++)
		for (int twice = 0; twice < 2; twice++) {
			begin(&s, "tagged", tpids[outer]);
			put16(&s, 0x6064);
			if (twice) {
				put16(&s, 0x8100);
				put16(&s, 100);
			}
			put16(&s, 0x0800);
			put_ipv4(&s, 5, 0, 17);
			put_udp(&s, 0);
			expect_kind(&s, 0);
		}
	(void)state;
}

static void test_udp(void **state)
{
	struct sample s;

	begin(&s, "udp4", 0x0800);
	put_ipv4(&s, 5, 0, 17);
	put_udp(&s, 0x1234);
	expect_kind(&s, 1);
	begin(&s, "udp6", 0x86dd);
	put_ipv6(&s, 17);
	put_udp(&s, 0x1234);
	expect_kind(&s, 1);
	(void)state;
}

static void test_ipv4_options(void **state)
{
	struct sample s, base;

	for (unsigned int ihl = 6; ihl <= 15; ihl++) {
		begin(&base, "options", 0x0800);
		put_ipv4(&base, ihl, 0, 17);
		s = base;
		put_udp(&s, 0x1234);
		expect_kind(&s, 1);
		/* The header says it has options, the frame ends before them */
		s = base;
		s.len = 34;
		expect_kind(&s, 1);
	}
	(void)state;
}

static void test_ipv4_bad(void **state)
{
	struct sample s;

	for (unsigned int ihl = 0; ihl < 5; ihl++) {
		begin(&s, "bad ihl", 0x0800);
		put_ipv4(&s, ihl, 0, 17);
		put_udp(&s, 0);
		expect_kind(&s, 0);
	}
	for (unsigned int version = 0; version < 16; version++) {
		begin(&s, "version", 0x0800);
		put_ipv4(&s, 5, 0, 17);
		put_udp(&s, 0);
		s.data[14] = version << 4 | 5;
		expect_kind(&s, version == 4 ? 1 : 0);
		begin(&s, "version", 0x86dd);
		put_ipv6(&s, 17);
		put_udp(&s, 0);
		s.data[14] = version << 4;
		expect_kind(&s, version == 6 ? 1 : 0);
	}
	(void)state;
}

/* Fragments of a datagram take one path, whether or not its UDP header is in them */
static void test_ipv4_fragments(void **state)
{
	static const unsigned int frags[] = { 0x2000, 0x2001, 0x0001, 0x1fff, 0x3fff, 0x6000 };
	struct sample s, base;

	for (size_t i = 0; i < sizeof(frags) / sizeof(frags[0]); i++) {
		begin(&base, "fragment", 0x0800);
		put_ipv4(&base, 5, frags[i], 17);
		expect_kind(&base, 1);
	}
	/* "Don't fragment" and the reserved bit make no fragment */
	for (unsigned int frag = 0x4000; frag <= 0xc000; frag += 0x4000) {
		begin(&s, "no fragment", 0x0800);
		put_ipv4(&s, 5, frag, 17);
		put_udp(&s, 0x1234);
		expect_kind(&s, 1);
	}
	(void)state;
}

static void test_other_protocols(void **state)
{
	struct sample s;

	for (unsigned int proto = 0; proto < 256; proto++) {
		begin(&s, "protocol", 0x0800);
		put_ipv4(&s, 5, 0, proto);
		put_udp(&s, 0);
		expect_kind(&s, proto == 17 ? 1 : 0);
		/* 0, 43, 44, 60: IPv6 extension headers, behind which nobody looks */
		begin(&s, "next header", 0x86dd);
		put_ipv6(&s, proto);
		put_udp(&s, 0);
		expect_kind(&s, proto == 17 ? 1 : 0);
	}
	(void)state;
}

/* Padding behind a short datagram and a jumbo frame's payload are not looked at */
static void test_lengths(void **state)
{
	static const size_t paddings[] = { 1, 14, 60, 1472, 4000, 8900 };
	struct sample s;

	for (size_t i = 0; i < sizeof(paddings) / sizeof(paddings[0]); i++) {
		begin(&s, "padded", 0x0800);
		put_ipv4(&s, 5, 0, 17);
		put_udp(&s, 0x1234);
		put_zero(&s, paddings[i]);
		expect_kind(&s, 1);
	}
	(void)state;
}

static void test_random(void **state)
{
	static const unsigned int protos[] = { 0x0800, 0x86dd, 0x8100, 0x88b5 };
	unsigned int seed = 20240607;
	struct sample s;

	for (int i = 0; i < 200000; i++) {
		begin(&s, "random", protos[i & 3]);
		for (int j = 0; j < 80; j++) {
			seed = seed * 1103515245 + 12345;
			put8(&s, seed >> 16 & 0xff);
		}
		s.data[14] = (i & 4 ? 0x40 : 0x60) | (s.data[14] & 15);
		if (i & 8)
			s.data[i & 1 ? 20 : 23] = 17;
		if (i & 16) {
			s.data[20] &= 0x40;
			s.data[21] = 0;
		}
		seed = seed * 1103515245 + 12345;
		check_cut(&s, (seed >> 16) % (s.len + 1), i & 2);
		check_cut(&s, s.len, i & 2);
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
		assert_int_equal(!!xm_mac_group(b), bit == 0);
	}
	(void)state;
}

/* Keys that the programs make and those that user space fills field by field are the same octets */
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

/* Every hint lies in the map, and MACs that differ in any one bit have hints of their own */
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
		cmocka_unit_test(test_macs),
		cmocka_unit_test(test_keys),
		cmocka_unit_test(test_hints),
		cmocka_unit_test(test_ethernet_only),
		cmocka_unit_test(test_tags),
		cmocka_unit_test(test_udp),
		cmocka_unit_test(test_ipv4_options),
		cmocka_unit_test(test_ipv4_bad),
		cmocka_unit_test(test_ipv4_fragments),
		cmocka_unit_test(test_other_protocols),
		cmocka_unit_test(test_lengths),
		cmocka_unit_test(test_random),
	};

	return SUMMARY_RUN(frame);
}
