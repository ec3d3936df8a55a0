// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The messages of the DHCP client (runtime/dhcp_message.c): what anybody on the LAN may send */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/runtime/dhcp_message.h"
#include "summary.h"

#define OP	   42 /* offsets in a frame without IP options */
#define XID	   46
#define YOUR_ADDR  58
#define SNAME	   86
#define BOOT_FILE  150
#define OPTIONS	   282
#define UDP_LENGTH 38
#define DEST_PORT  36

static const uint8_t mac[XM_MAC_LEN] = { 2, 0, 0, 0, 13, 1 };

/* Copies into memory of exactly this size: AddressSanitizer sees each octet too many */
static bool parse(const uint8_t *frame, size_t size, struct xm_dhcp_reply *ret)
{
	uint8_t *copy = malloc(size ? size : 1);
	bool ok;

	memcpy(copy, frame, size);
	ok = xm_dhcp_message_parse(copy, size, 0x12345678, mac, ret);
	free(copy);
	return ok;
}

static size_t make_offer(uint8_t frame[DHCP_FRAME_MAX])
{
	static const uint8_t options[] = { 53,	1,  DHCP_OFFER, 0, 1,	4, 255, 255, 255, 0, 3,	 8,
					   192, 0,  2,		1, 192, 0, 2,	9,   51,  4, 0,	 0,
					   14,	16, 54,		4, 192, 0, 2,	3,   12,  0, 255 };
	const struct xm_dhcp_request request = { .type = DHCP_DISCOVER,
						 .xid = 0x12345678,
						 .mac = { 2, 0, 0, 0, 13, 1 } };
	size_t size = xm_dhcp_message_build(&request, frame);

	frame[OP] = 2;
	memcpy(frame + YOUR_ADDR, (const uint8_t[]){ 192, 0, 2, 50 }, 4);
	memcpy(frame + OPTIONS, options, sizeof(options));
	frame[DEST_PORT + 1] = DHCP_CLIENT_PORT;
	return size;
}

static void test_offer(void **state)
{
	uint8_t frame[DHCP_FRAME_MAX];
	size_t size = make_offer(frame);
	struct xm_dhcp_reply r;

	(void)state;
	assert_true(parse(frame, size, &r));
	assert_int_equal(r.type, DHCP_OFFER);
	assert_int_equal(r.address, inet_addr("192.0.2.50"));
	assert_int_equal(r.mask, inet_addr("255.255.255.0"));
	assert_int_equal(r.router, inet_addr("192.0.2.1"));
	assert_int_equal(r.server, inet_addr("192.0.2.3"));
	assert_int_equal(r.lease_s, 3600);
	assert_memory_equal(r.source, mac, XM_MAC_LEN);
}

/* options: a list with its end (255), of an offer without others. Returns what parse() does. */
static bool parse_options(const uint8_t *options, size_t size, struct xm_dhcp_reply *ret)
{
	uint8_t frame[DHCP_FRAME_MAX];
	size_t len = make_offer(frame);

	memset(frame + OPTIONS, 0, len - OPTIONS);
	memcpy(frame + OPTIONS, (const uint8_t[]){ 53, 1, DHCP_OFFER }, 3);
	memcpy(frame + OPTIONS + 3, options, size);
	if (len < OPTIONS + 3 + size) {
		len = OPTIONS + 3 + size;
		frame[UDP_LENGTH] = (len - 34) >> 8;
		frame[UDP_LENGTH + 1] = len - 34;
	}
	return parse(frame, len, ret);
}

#define PARSE_OPTIONS(r, ...)                                                                      \
	parse_options((const uint8_t[]){ __VA_ARGS__ }, sizeof((const uint8_t[]){ __VA_ARGS__ }), r)

/* Option 6 */
static void test_dns(void **state)
{
	struct xm_dhcp_reply r;

	(void)state;
	assert_true(PARSE_OPTIONS(&r, 255));
	assert_int_equal(r.dns_count, 0);
	assert_true(PARSE_OPTIONS(&r, 6, 8, 192, 0, 2, 53, 192, 0, 2, 54, 255));
	assert_int_equal(r.dns_count, 2);
	assert_int_equal(r.dns[0], inet_addr("192.0.2.53"));
	assert_int_equal(r.dns[1], inet_addr("192.0.2.54"));
	/* More than resolv.conf(5) has, and a part of an address */
	assert_true(PARSE_OPTIONS(&r, 6, 18, 1, 0, 0, 1, 1, 0, 0, 2, 1, 0, 0, 3, 1, 0, 0, 4, 1, 0,
				  255));
	assert_int_equal(r.dns_count, DHCP_DNS_MAX);
	assert_int_equal(r.dns[2], inet_addr("1.0.0.3"));
	assert_true(PARSE_OPTIONS(&r, 6, 3, 192, 0, 2, 255));
	assert_int_equal(r.dns_count, 0);
	assert_false(PARSE_OPTIONS(&r, 6, 255, 192, 0, 2, 53));
}

/* Option 15 */
static void test_domain(void **state)
{
	uint8_t longest[2 + 255 + 1] = { 15, 255 };
	struct xm_dhcp_reply r;

	(void)state;
	assert_true(PARSE_OPTIONS(&r, 15, 5, 'a', '.', 'b', '-', 'C', 255));
	assert_string_equal(r.domain, "a.b-C");
	assert_true(PARSE_OPTIONS(&r, 15, 4, 'l', 'a', 'n', 0, 255));
	assert_string_equal(r.domain, "lan");
	assert_true(PARSE_OPTIONS(&r, 15, 0, 255));
	assert_string_equal(r.domain, "");
	/* It would be a line of its own in resolv.conf(5) */
	assert_true(PARSE_OPTIONS(&r, 15, 5, 'a', '\n', 'b', ' ', 'c', 255));
	assert_string_equal(r.domain, "");
	assert_true(PARSE_OPTIONS(&r, 15, 4, 'a', 0, 'b', 'c', 255));
	assert_string_equal(r.domain, "");
	memset(longest + 2, 'x', 255);
	longest[sizeof(longest) - 1] = 255;
	assert_true(parse_options(longest, sizeof(longest), &r));
	assert_int_equal(strlen(r.domain), 255);
}

/* Option 52: more options are in `file` (1), `sname` (2) or both (RFC 2131, 4.1) */
static void test_overload(void **state)
{
	static const uint8_t mask[] = { 1, 4, 255, 255, 255, 0, 255 };
	static const uint8_t router[] = { 0, 3, 4, 192, 0, 2, 1 };
	uint8_t frame[DHCP_FRAME_MAX];
	struct xm_dhcp_reply r;
	size_t size = make_offer(frame);

	(void)state;
	memcpy(frame + SNAME, router, sizeof(router));
	memcpy(frame + BOOT_FILE, mask, sizeof(mask));
	for (uint8_t overload = 0; overload < 4; overload++) {
		memset(frame + OPTIONS, 0, size - OPTIONS);
		memcpy(frame + OPTIONS,
		       (const uint8_t[]){ 53, 1, DHCP_OFFER, 52, 1, overload, 255 }, 7);
		assert_true(parse(frame, size, &r));
		assert_int_equal(r.mask, overload & 1 ? inet_addr("255.255.255.0") : 0);
		assert_int_equal(r.router, overload & 2 ? inet_addr("192.0.2.1") : 0);
	}
	/* An option that is longer than its field; option 52 in `file` is none */
	memset(frame + SNAME, 0, 64);
	memcpy(frame + SNAME + 60, (const uint8_t[]){ 3, 4, 192, 0 }, 4);
	assert_false(parse(frame, size, &r));
	memcpy(frame + BOOT_FILE, (const uint8_t[]){ 52, 1, 2, 255 }, 4);
	frame[OPTIONS + 5] = 1;
	assert_true(parse(frame, size, &r));
}

/* A server without a router may send an empty list. A lease of 0 s is one; 0 is "none". */
static void test_short(void **state)
{
	struct xm_dhcp_reply r;

	(void)state;
	assert_true(PARSE_OPTIONS(&r, 3, 0, 1, 4, 255, 255, 255, 0, 255));
	assert_int_equal(r.router, 0);
	assert_int_equal(r.mask, inet_addr("255.255.255.0"));
	assert_false(PARSE_OPTIONS(&r, 1, 3, 255, 255, 255, 255));
	assert_false(PARSE_OPTIONS(&r, 51, 2, 1, 0, 255));
	assert_true(PARSE_OPTIONS(&r, 51, 4, 0, 0, 0, 0, 255));
	assert_int_equal(r.lease_s, 1);
	assert_true(PARSE_OPTIONS(&r, 255));
	assert_int_equal(r.lease_s, 0);
}

static bool is_usable(const char *address, const char *mask)
{
	const struct xm_dhcp_reply r = { .address = inet_addr(address), .mask = inet_addr(mask) };

	return xm_dhcp_reply_is_usable(&r);
}

static void test_usable(void **state)
{
	(void)state;
	assert_true(is_usable("192.0.2.1", "255.255.255.0"));
	assert_true(is_usable("192.0.2.255", "255.255.254.0"));
	assert_true(is_usable("192.0.2.0", "255.255.255.254"));
	assert_true(is_usable("192.0.2.255", "255.255.255.255"));
	assert_true(is_usable("192.0.2.255", "0.0.0.0")); /* no mask */
	assert_false(is_usable("192.0.2.0", "255.255.255.0"));
	assert_false(is_usable("192.0.2.255", "255.255.255.0"));
	assert_false(is_usable("0.0.0.0", "0.0.0.0"));
	assert_false(is_usable("0.0.0.9", "255.255.255.0"));
	assert_false(is_usable("127.0.0.5", "255.0.0.0"));
	assert_false(is_usable("224.0.0.5", "255.255.255.0"));
	assert_false(is_usable("255.255.255.255", "255.255.255.255"));
}

/* A lease cannot be given back to such a MAC */
static void test_source(void **state)
{
	uint8_t frame[DHCP_FRAME_MAX];
	struct xm_dhcp_reply r;
	size_t size = make_offer(frame);

	(void)state;
	frame[6] |= 1;
	assert_false(parse(frame, size, &r));
	memset(frame + 6, 0, 6);
	assert_false(parse(frame, size, &r));
}

/* Option 12: of the client. A name of another length is left out. */
static void test_hostname(void **state)
{
	char name[DHCP_NAME_LEN + 1];
	struct xm_dhcp_request request = { .type = DHCP_REQUEST, .hostname = name };
	uint8_t frame[DHCP_FRAME_MAX];

	(void)state;
	strcpy(name, "web");
	xm_dhcp_message_build(&request, frame);
	assert_memory_equal(frame + OPTIONS,
			    ((const uint8_t[]){ 53, 1, 3, 12, 3, 'w', 'e', 'b', 55 }), 9);
	request.type = DHCP_RELEASE;
	xm_dhcp_message_build(&request, frame);
	assert_memory_equal(frame + OPTIONS, ((const uint8_t[]){ 53, 1, 7, 255 }), 4);
	request.type = DHCP_REQUEST;
	name[0] = '\0';
	xm_dhcp_message_build(&request, frame);
	assert_memory_equal(frame + OPTIONS, ((const uint8_t[]){ 53, 1, 3, 55 }), 4);
	memset(name, 'x', DHCP_NAME_LEN);
	name[DHCP_NAME_LEN] = '\0';
	xm_dhcp_message_build(&request, frame);
	assert_memory_equal(frame + OPTIONS, ((const uint8_t[]){ 53, 1, 3, 55 }), 4);
	name[DHCP_NAME_LEN - 1] = '\0';
	xm_dhcp_message_build(&request, frame);
	assert_memory_equal(frame + OPTIONS, ((const uint8_t[]){ 53, 1, 3, 12, 63, 'x' }), 6);
}

static void test_others(void **state)
{
	static const size_t at[] = { 12, 14, 20, 23, DEST_PORT + 1, OP, XID, 70, OPTIONS - 4 };
	uint8_t frame[DHCP_FRAME_MAX];
	size_t size = make_offer(frame);
	struct xm_dhcp_reply r;

	(void)state;
	/* Another protocol, version, fragment, port, operation, transaction, client, cookie */
	for (size_t i = 0; i < sizeof(at) / sizeof(*at); i++) {
		frame[at[i]] ^= 0x21;
		assert_false(parse(frame, size, &r));
		frame[at[i]] ^= 0x21;
	}
	assert_true(parse(frame, size, &r));
}

static void test_lengths(void **state)
{
	uint8_t frame[DHCP_FRAME_MAX];
	size_t size = make_offer(frame);
	struct xm_dhcp_reply r;

	(void)state;
	for (size_t i = 0; i < size; i++)
		assert_false(parse(frame, i, &r));
	for (unsigned int len = 0; len < 65536; len++) {
		frame[UDP_LENGTH] = len >> 8;
		frame[UDP_LENGTH + 1] = len;
		parse(frame, size, &r);
	}
}

static void test_random(void **state)
{
	uint8_t frame[DHCP_FRAME_MAX];
	struct xm_dhcp_reply r;
	size_t size;

	(void)state;
	srand(1);
	for (int i = 0; i < 100000; i++) {
		size = make_offer(frame);
		for (int n = rand() % 8; n >= 0; n--)
			frame[OPTIONS + rand() % (size - OPTIONS)] = rand();
		frame[14 + rand() % 28] = rand();
		parse(frame, size, &r);
	}
}

/* A server that is no relay sees who wants what */
static void test_requests(void **state)
{
	const struct xm_dhcp_request release = { .type = DHCP_RELEASE,
						 .mac = { 2, 0, 0, 0, 13, 1 },
						 .server = inet_addr("192.0.2.3"),
						 .client = inet_addr("192.0.2.50"),
						 .server_mac = { 2, 0, 0, 0, 13, 3 } };
	uint8_t frame[DHCP_FRAME_MAX];
	uint32_t sum = 0;

	(void)state;
	assert_int_equal(xm_dhcp_message_build(&release, frame), 14 + 20 + 8 + 300);
	assert_memory_equal(frame, release.server_mac, XM_MAC_LEN);
	assert_memory_equal(frame + 6, mac, XM_MAC_LEN);
	assert_memory_equal(frame + 26, &release.client, 4);
	assert_memory_equal(frame + 30, &release.server, 4);
	for (int i = 14; i < 34; i += 2)
		sum += frame[i] << 8 | frame[i + 1];
	assert_int_equal((sum & 0xffff) + (sum >> 16), 0xffff);
	assert_memory_equal(frame + OPTIONS,
			    ((const uint8_t[]){ 53, 1, 7, 54, 4, 192, 0, 2, 3, 255 }), 10);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_offer),	 cmocka_unit_test(test_others),
		cmocka_unit_test(test_lengths),	 cmocka_unit_test(test_random),
		cmocka_unit_test(test_requests), cmocka_unit_test(test_dns),
		cmocka_unit_test(test_domain),	 cmocka_unit_test(test_hostname),
		cmocka_unit_test(test_overload), cmocka_unit_test(test_short),
		cmocka_unit_test(test_source),	 cmocka_unit_test(test_usable),
	};

	return SUMMARY_RUN(tests);
}
