// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The frame parser and xm_decide(). The input is the facts (origin, two modes, bits) and a frame.
 * The frame is in a heap block of exactly its length. This file derives the parser's results from
 * its octets. The verdict must have a form that a program can act on, and agree with
 * tests/unit/oracle.c for each receiver.
 */
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "fuzz.h"
#include "oracle.h"

static unsigned int be16(const uint8_t *p)
{
	return p[0] << 8 | p[1];
}

/* A copy of expect_udp() of tests/unit/sample.c, which needs cmocka */
static int udp_in(const uint8_t *p, size_t len)
{
	if (be16(p + 12) == 0x0800)
		return len >= 34 && p[14] >> 4 == 4 && (p[14] & 15) >= 5 && p[23] == 17;
	if (be16(p + 12) == 0x86dd)
		return len >= 54 && p[14] >> 4 == 6 && p[20] == 17;
	return 0;
}

static void check_keys(const uint8_t *p, const struct xm_frame *f)
{
	struct xm_source_key key;
	uint64_t bits = xm_mac_bits(p);

	fz_check(!memcmp(f->dst.mac, p, 6) && !memcmp(f->src.mac, p + 6, 6), "addresses");
	fz_check(!f->dst.pad && !f->src.pad, "the padding of a key is not 0");
	fz_check(f->proto == be16(p + 12), "proto 0x%x of 0x%x", f->proto, be16(p + 12));
	xm_source_key_set(&key, p, be16(p + 6));
	fz_check(!memcmp(key.mac, p, 6) && key.index == be16(p + 6), "source key");
	fz_check(xm_mac_hint(bits) < 1u << XM_HINT_BITS, "hint %u", xm_mac_hint(bits));
	fz_check(xm_mac_equal(p, p + 6) == !memcmp(p, p + 6, 6), "xm_mac_equal");
	fz_check(!!xm_mac_is_group(p) == (p[0] & 1), "xm_mac_is_group");
}

static void check_frame(struct fz_in *in)
{
	size_t len = in->len, skew = len & 2;
	uint8_t *block = malloc(len + skew), *p = block + skew;
	struct xm_frame f;
	int ret;

	fz_bytes(in, p, len);
	ret = xm_parse(p, p + len, &f);
	fz_check(ret == (len < 14 ? -1 : 0), "xm_parse() is %d of %zu octets", ret, len);
	if (!ret) {
		check_keys(p, &f);
		fz_check(xm_is_udp(p, p + len, f.proto) == udp_in(p, len), "xm_is_udp() is %d",
			 xm_is_udp(p, p + len, f.proto));
	}
	free(block);
}

static bool bystander_gets(const struct outcome *o, enum xm_mode mode, bool host)
{
	return mode > XM_MODE_NONE && mode < XM_MODE_COUNT && o->bystander[mode][host];
}

/* Compares what each receiver gets by the verdict with the oracle. */
static void check_receivers(const struct xm_facts *f, uint32_t v, const struct outcome *o)
{
	uint32_t action = v & XM_V_ACTION;
	bool from_host = f->origin == XM_FROM_HOST;

	for (int mode = XM_MODE_PRIVATE; mode < XM_MODE_COUNT; mode++) {
		bool copy = xm_verdict_modes(v) >> mode & 1;

		fz_check(bystander_gets(o, mode, true) == copy, "verdict 0x%x, mode %d", v, mode);
		fz_check(bystander_gets(o, mode, false) == (copy && !(v & XM_V_HOST_ONLY)),
			 "verdict 0x%x, mode %d without host access", v, mode);
	}
	fz_check(o->dest == (action == XM_TO_DEST), "verdict 0x%x, destination", v);
	fz_check(o->sender == (action == XM_TO_SENDER || (v & XM_V_SENDER_TOO)),
		 "verdict 0x%x, sender", v);
	fz_check(o->wire == (action == XM_TO_WIRE || (action == XM_PASS && from_host)),
		 "verdict 0x%x, wire", v);
	fz_check(o->stack == ((v & XM_V_HOST_COPY) || action == XM_TO_HOST ||
			      (action == XM_PASS && !from_host)),
		 "verdict 0x%x, stack", v);
	fz_check(o->listeners == !!(v & XM_V_SOURCES), "verdict 0x%x, listeners", v);
	fz_check(o->lost == (action == XM_DROP), "verdict 0x%x, lost", v);
	fz_check(o->counted == (action == XM_DROP || (v & XM_V_COUNT)), "verdict 0x%x, counted", v);
	fz_check(!o->counted || xm_verdict_reason(v) == o->reason, "verdict 0x%x, reason %d", v,
		 o->reason);
}

static struct situation situation_of(const struct xm_facts *f)
{
	uint32_t b = f->bits;

	return (struct situation){
		.origin = f->origin,
		.sender = f->sender_mode,
		.dest = f->dest_mode,
		.group = b & XM_FACT_GROUP,
		.pause = b & XM_FACT_PAUSE,
		.spoofed = b & XM_FACT_SPOOFED,
		.spoofchk = b & XM_FACT_SPOOFCHK,
		.sender_host = b & XM_FACT_SENDER_HOST,
		.dest_host = b & XM_FACT_DEST_HOST,
		.dest_parent = b & XM_FACT_DEST_PARENT,
		.passthru = b & XM_FACT_PASSTHRU,
		.parent_down = b & XM_FACT_PARENT_DOWN,
		.vlan_owned = b & XM_FACT_VLAN_OWNED,
		.reflect = b & XM_FACT_REFLECT,
	};
}

static void check_verdict(struct xm_facts f)
{
	struct situation s = situation_of(&f);
	uint32_t v = xm_decide(&f);
	struct outcome o;

	fz_check(!(v >> 24) && (v & XM_V_ACTION) <= XM_DROP, "verdict 0x%x", v);
	fz_check(xm_verdict_reason(v) < XM_REASON_COUNT, "verdict 0x%x, reason", v);
	fz_check(!(xm_verdict_modes(v) & ~0x3eu), "verdict 0x%x, modes", v);
	if (f.sender_mode >= XM_MODE_COUNT || f.dest_mode >= XM_MODE_COUNT ||
	    situation_excluded(&s))
		return;
	if ((v & XM_V_ACTION) == XM_TO_PARENT) {
		fz_check(s.vlan_owned && v == XM_TO_PARENT,
			 "verdict 0x%x: to the parent without a VLAN device", v);
		return;
	}
	oracle(&s, &o);
	check_receivers(&f, v, &o);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_in in = { data, size };
	struct xm_facts f = {};

	/* Modes of a valid or damaged port: the programs read 3 bits */
	f.origin = fz_u8(&in) % XM_ORIGIN_COUNT;
	f.sender_mode = fz_u8(&in) & 7;
	f.dest_mode = fz_u8(&in) & 7;
	f.bits = fz_u16(&in);
	check_verdict(f);
	check_frame(&in);
	return 0;
}
