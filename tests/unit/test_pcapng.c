// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The pcapng writer: what it writes is read back by a parser that follows
 * draft-ietf-opsawg-pcapng, of random interfaces, packets and comments.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "../../tests/lib/prng.h"
#include "../../user/trace/pcapng.h"
#include "summary.h"

#define ROUNDS	    300
#define PACKETS	    20
#define DATA_MAX    2000
#define COMMENT_MAX 65535 /* the length of an option has 16 bits */

static struct xmt_prng prng;

/* --- the parser --- */

struct reader {
	const uint8_t *data;
	size_t at, end; /* of the file, then of a block's body */
};

struct block {
	uint32_t type;
	struct reader body;
};

static uint16_t read_u16(struct reader *r)
{
	uint16_t value;

	assert_true(r->at + sizeof(value) <= r->end);
	memcpy(&value, r->data + r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static uint32_t read_u32(struct reader *r)
{
	uint32_t value;

	assert_true(r->at + sizeof(value) <= r->end);
	memcpy(&value, r->data + r->at, sizeof(value));
	r->at += sizeof(value);
	return value;
}

static uint64_t read_time(struct reader *r)
{
	uint64_t high = read_u32(r), low = read_u32(r);

	return high << 32 | low;
}

/* Octets and what fills them up to 32 bits, which has to be zero */
static const uint8_t *read_padded(struct reader *r, size_t len)
{
	const uint8_t *ret = r->data + r->at;
	size_t padded = (len + 3) & ~(size_t)3;

	assert_true(padded >= len && r->at + padded <= r->end);
	for (size_t i = len; i < padded; i++)
		assert_int_equal(ret[i], 0);
	r->at += padded;
	return ret;
}

/* Its length is at both ends, and a multiple of four */
static struct block read_block(struct reader *file)
{
	struct reader whole = *file, tail = *file;
	struct block b = { .type = read_u32(&whole) };
	uint32_t len = read_u32(&whole);

	assert_true(len >= 12 && len % 4 == 0 && len <= file->end - file->at);
	tail.at += len - sizeof(len);
	assert_int_equal(read_u32(&tail), len);
	b.body = whole;
	b.body.end = file->at + len - sizeof(len);
	file->at += len;
	return b;
}

struct option {
	uint16_t code, len;
	const uint8_t *value;
};

/* The next option. The last one has code 0, and nothing comes behind it. */
static struct option read_option(struct reader *r)
{
	struct option o;

	o.code = read_u16(r);
	o.len = read_u16(r);
	o.value = read_padded(r, o.len);
	if (!o.code) {
		assert_int_equal(o.len, 0);
		assert_int_equal(r->at, r->end);
	}
	return o;
}

static void expect_text(struct reader *r, uint16_t code, const char *text, size_t len)
{
	struct option o;

	if (!len)
		return;
	o = read_option(r);
	assert_int_equal(o.code, code);
	assert_int_equal(o.len, len);
	assert_memory_equal(o.value, text, len);
}

static void expect_u64(struct reader *r, uint16_t code, uint64_t want)
{
	struct option o = read_option(r);

	assert_int_equal(o.code, code);
	assert_int_equal(o.len, sizeof(want));
	assert_memory_equal(o.value, &want, sizeof(want));
}

static void expect_end(struct reader *r)
{
	assert_int_equal(read_option(r).code, 0);
}

/* --- what is written, and what has to be read --- */

static char *random_text(size_t max)
{
	size_t len = xmt_rand(&prng, max + 1);
	char *ret = malloc(len + 1);

	for (size_t i = 0; i < len; i++)
		ret[i] = xmt_rand_range(&prng, 1, 255);
	ret[len] = '\0';
	return ret;
}

static void expect_section(struct reader *file, const char *program)
{
	struct block b = read_block(file);

	assert_int_equal(b.type, 0x0a0d0d0a);
	assert_int_equal(read_u32(&b.body), 0x1a2b3c4d);
	assert_int_equal(read_u16(&b.body), 1);
	assert_int_equal(read_u16(&b.body), 0);
	assert_true(read_time(&b.body) == UINT64_MAX); /* a length that is not known */
	expect_text(&b.body, 4, program, strlen(program));
	expect_end(&b.body);
}

static void expect_interface(struct reader *file, const char *name, const char *text, uint32_t snap)
{
	struct block b = read_block(file);
	struct option o;

	assert_int_equal(b.type, 1);
	assert_int_equal(read_u16(&b.body), 1); /* LINKTYPE_ETHERNET */
	assert_int_equal(read_u16(&b.body), 0);
	assert_int_equal(read_u32(&b.body), snap);
	expect_text(&b.body, 2, name, strlen(name));
	expect_text(&b.body, 3, text, strlen(text));
	o = read_option(&b.body);
	assert_int_equal(o.code, 9);
	assert_int_equal(o.len, 1);
	assert_int_equal(*o.value, 9); /* nanoseconds */
	expect_end(&b.body);
}

static void expect_packet(struct reader *file, const struct xm_pcapng_packet *p)
{
	size_t comment = strlen(p->comment);
	struct block b = read_block(file);
	struct option o;
	uint32_t flags;

	assert_int_equal(b.type, 6);
	assert_int_equal(read_u32(&b.body), p->interface);
	assert_true(read_time(&b.body) == p->time);
	assert_int_equal(read_u32(&b.body), p->captured);
	assert_int_equal(read_u32(&b.body), p->len);
	assert_memory_equal(read_padded(&b.body, p->captured), p->data, p->captured);
	expect_text(&b.body, 1, p->comment, comment < COMMENT_MAX ? comment : COMMENT_MAX);
	o = read_option(&b.body);
	assert_int_equal(o.code, 2);
	assert_int_equal(o.len, sizeof(flags));
	memcpy(&flags, o.value, sizeof(flags));
	assert_int_equal(flags, p->direction == XM_PCAPNG_INBOUND ? 1 : 2);
	expect_end(&b.body);
}

static void expect_statistics(struct reader *file, uint64_t time, uint64_t seen, uint64_t lost)
{
	struct block b = read_block(file);

	assert_int_equal(b.type, 5);
	assert_int_equal(read_u32(&b.body), 0);
	assert_true(read_time(&b.body) == time);
	expect_u64(&b.body, 4, seen + lost);
	expect_u64(&b.body, 7, lost);
	expect_end(&b.body);
}

/* Of exactly the octets that are captured: a look beyond them is one beyond the block */
static struct xm_pcapng_packet random_packet(size_t comment_max)
{
	uint32_t captured = xmt_rand(&prng, DATA_MAX + 1);
	uint8_t *data = malloc(captured ? captured : 1);

	for (uint32_t i = 0; i < captured; i++)
		data[i] = xmt_rand(&prng, 256);
	return (struct xm_pcapng_packet){
		.interface = xmt_rand(&prng, 3),
		.direction = xmt_rand_range(&prng, XM_PCAPNG_INBOUND, XM_PCAPNG_OUTBOUND),
		.time = xmt_rand64(&prng),
		.data = data,
		.captured = captured,
		.len = captured + xmt_rand(&prng, 70000),
		.comment = random_text(comment_max),
	};
}

static void packet_free(struct xm_pcapng_packet *p)
{
	free((void *)p->data);
	free((void *)p->comment);
}

static void check_file(size_t comment_max)
{
	char *program = random_text(40), *name = random_text(16), *text = random_text(100);
	uint32_t snap = xmt_rand(&prng, 65536), count = xmt_rand(&prng, PACKETS);
	uint64_t time = xmt_rand64(&prng), seen = xmt_rand(&prng, 1000), lost = xmt_rand64(&prng);
	struct xm_pcapng_packet packets[PACKETS];
	struct xm_bytes b = {};
	struct reader file;

	xm_pcapng_section(&b, program);
	xm_pcapng_interface(&b, name, text, snap);
	for (uint32_t i = 0; i < count; i++) {
		packets[i] = random_packet(comment_max);
		xm_pcapng_packet(&b, &packets[i]);
	}
	xm_pcapng_statistics(&b, 0, time, seen, lost);
	assert_false(b.failed);
	file = (struct reader){ b.data, 0, b.len };
	expect_section(&file, program);
	expect_interface(&file, name, text, snap);
	for (uint32_t i = 0; i < count; i++) {
		expect_packet(&file, &packets[i]);
		packet_free(&packets[i]);
	}
	expect_statistics(&file, time, seen, lost);
	assert_int_equal(file.at, file.end);
	xm_bytes_free(&b);
	free(program);
	free(name);
	free(text);
}

static void short_comments(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS; i++)
		check_file(xmt_rand_chance(&prng, 20) ? 0 : 300);
}

static void long_comments(void **state)
{
	(void)state;
	for (int i = 0; i < ROUNDS / 30; i++)
		check_file(2 * COMMENT_MAX);
}

/* A row of octets that takes its blocks off its begin goes on as one that does not */
static void taken_in_parts(void **state)
{
	struct xm_pcapng_packet p = random_packet(300);
	struct xm_bytes all = {}, parts = {}, got = {};

	(void)state;
	for (int i = 0; i < ROUNDS; i++) {
		size_t part;

		xm_pcapng_packet(&all, &p);
		xm_pcapng_packet(&parts, &p);
		part = xmt_rand(&prng, parts.len + 1);
		xm_bytes_append(&got, parts.data, part);
		xm_bytes_take(&parts, part);
	}
	xm_bytes_append(&got, parts.data, parts.len);
	assert_int_equal(got.len, all.len);
	assert_memory_equal(got.data, all.data, all.len);
	xm_bytes_free(&all);
	xm_bytes_free(&parts);
	xm_bytes_free(&got);
	packet_free(&p);
}

int main(void)
{
	const struct CMUnitTest pcapng[] = {
		cmocka_unit_test(short_comments),
		cmocka_unit_test(long_comments),
		cmocka_unit_test(taken_in_parts),
	};
	const char *given = getenv("XM_SEED");
	uint64_t seed = given ? strtoull(given, NULL, 0) : (uint64_t)time(NULL);

	printf("seed %llu\n", (unsigned long long)seed);
	xmt_prng_seed(&prng, seed);
	return SUMMARY_RUN(pcapng);
}
