// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CNI plugin without root: requests, results in every version, names and MACs of endpoints */
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "../../user/base/text.h"
#include "../../user/cni/ip_config.h"
#include "../../user/cni/naming.h"
#include "../../user/cni/request.h"
#include "../../user/cni/result.h"
#include "../../user/net/prefix.h"
#include "cni_rows.h"
#include "summary.h"

#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* Splits text into six words, each on the heap, so that AddressSanitizer sees a read behind it. */
static void split(const char *text, char *words[6])
{
	for (int i = 0; i < 6; i++) {
		size_t len = strcspn(text, " ");

		words[i] = strndup(text, strncmp(text, "''", 2) ? len : 0);
		text += len + (text[len] == ' ');
	}
}

static void append(char *to, size_t size, const char *fmt, ...)
{
	size_t len = strlen(to);
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(to + len, size - len, fmt, ap);
	va_end(ap);
}

#define MAC_ARGS(m) (m)[0], (m)[1], (m)[2], (m)[3], (m)[4], (m)[5]
#define MAC_TEXT    "%02x:%02x:%02x:%02x:%02x:%02x"

static void summarize(const struct cni_request *r, char *to, size_t size)
{
	const struct cni_config *c = &r->config;
	const struct xm_settings *s = &c->settings;
	const char *mode = xm_mode_name(s->mode), *version = cni_version_names[r->input.version];

	if (r->input.unknown_version)
		version = r->input.unknown_version;
	snprintf(to, size, "%s %s", r->env.command, version);
	if (r->command == CNI_VERSION)
		return;
	append(to, size, " %s master=%s mode=%s mtu=%u bcqueuelen=%u", c->network,
	       c->master ? c->master : "-", mode ? mode : "-", c->mtu, s->bcqueuelen);
	if (s->has_address)
		append(to, size, " mac=" MAC_TEXT, MAC_ARGS(s->address));
	for (size_t i = 0; i < s->mac_count; i++)
		append(to, size, " macaddr=" MAC_TEXT, MAC_ARGS(s->macs[i]));
	if (s->has_host_access)
		append(to, size, " host=%d", s->host_access);
	if (s->has_spoofchk)
		append(to, size, " spoofchk=%d", s->spoofchk);
	if (s->has_trust)
		append(to, size, " trust=%d", s->trust);
	if (s->has_follow)
		append(to, size, " follow=%d", s->follow);
	if (c->has_ipv6)
		append(to, size, " ipv6=%d", c->ipv6);
	if (c->has_accept_ra)
		append(to, size, " acceptRA=%d", c->accept_ra);
	if (c->ipam_type)
		append(to, size, " ipam=%s", c->ipam_type);
	append(to, size, "%s%s%s", c->link_in_container ? " inside" : "", c->dns ? " dns" : "",
	       c->prev_result ? " prev" : "");
	if (c->valid_attachments)
		append(to, size, " valid=%zu", json_array_size(c->valid_attachments));
	if (c->valid_is_old)
		append(to, size, " old");
	if (r->command == CNI_GC && !c->has_valid)
		append(to, size, " no list");
}

static void check_row(const struct row *row)
{
	struct cni_error e = {};
	struct cni_request r;
	char *words[6], *text = strdup(row->text), found[512] = "";
	int err;

	split(row->env, words);
	err = cni_request_read(
		&(struct cni_env){ words[0], words[1], words[2], words[3], words[4], words[5] },
		text, strlen(text), &r, &e);
	if (!err)
		summarize(&r, found, sizeof(found));
	if (err != row->code || e.code != err ||
	    (err ? !strstr(e.msg, row->want) : strcmp(found, row->want)))
		fail_msg("%s: code %d, \"%s%s\", expected %d, \"%s\"", row->name, err, e.msg, found,
			 row->code, row->want);
	cni_request_free(&r);
	for (int i = 0; i < 6; i++)
		free(words[i]);
	free(text);
}

static void requests(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(rows); i++)
		check_row(&rows[i]);
}

static void check_result(const struct result_row *row)
{
	json_t *from = json_loads(row->from, 0, NULL), *held = NULL, *want, *got;
	struct cni_error e = {};
	int err;

	assert_non_null(from);
	err = cni_result_parse(from, CNI_100, "it", &held, &e);
	if (err != row->code || (err && !strstr(e.msg, row->want)))
		fail_msg("%s: code %d, \"%s\", expected %d", row->name, err, e.msg, row->code);
	if (!err) {
		want = json_loads(row->want, 0, NULL);
		got = cni_result_form(held, row->to);
		if (!json_equal(want, got))
			fail_msg("%s: %s, expected %s", row->name, json_dumps(got, JSON_COMPACT),
				 row->want);
		json_decref(want);
		json_decref(got);
	}
	json_decref(held);
	json_decref(from);
}

static void results(void **state)
{
	(void)state;
	for (size_t i = 0; i < ROWS(result_rows); i++)
		check_result(&result_rows[i]);
}

static void errors(void **state)
{
	struct cni_error e = {};
	json_t *doc;

	(void)state;
	assert_int_equal(cni_fail(&e, 7, "one \xff\n%s", "two"), 7);
	assert_int_equal(cni_fail(&e, 8, "later"), 7);
	cni_error_version = "0.4.0";
	doc = cni_error_json(&e);
	assert_string_equal(json_string_value(json_object_get(doc, "msg")), "one ??two");
	assert_string_equal(json_string_value(json_object_get(doc, "cniVersion")), "0.4.0");
	assert_int_equal(json_integer_value(json_object_get(doc, "code")), 7);
	assert_null(json_object_get(doc, "details"));
	json_decref(doc);
}

static struct cni_request attachment(const char *network, const char *container, const char *ifname)
{
	return (struct cni_request){ .config = { .network = network },
				     .env = { .container = container, .ifname = ifname } };
}

#define MACHINE "0123456789abcdef0123456789abcdef"

/*
 * Another program computed the expected values. If they changed, an upgrade would give containers
 * other MACs.
 */
static void identity(void **state)
{
	struct cni_request a = attachment("net", "c1", "eth0"), b = attachment("net", "c1e", "th0");
	char name[XM_NAME_LEN], other[XM_NAME_LEN];
	static const struct {
		struct xm_attachment_host host;
		unsigned int attempt;
		uint8_t want[XM_MAC_LEN];
	} macs[] = {
		{ { { 2, 0, 0, 0, 0, 2 }, MACHINE }, 0, { 0xba, 0xc3, 0x67, 0x0d, 0xb9, 0xe9 } },
		{ { { 2, 0, 0, 0, 0, 2 }, MACHINE }, 1, { 0x86, 0x41, 0xd4, 0x33, 0x3c, 0xff } },
		{ { { 2, 0, 0, 0, 0, 2 }, "" }, 0, { 0x1e, 0x11, 0x35, 0x5b, 0x7d, 0x88 } },
		{ { { 2, 0, 0, 0, 0, 3 }, MACHINE }, 0, { 0x2a, 0xfe, 0x9b, 0xa4, 0x5c, 0xa8 } },
	};
	const struct xm_attachment attached = cni_attachment(&a);
	uint8_t mac[XM_MAC_LEN];

	(void)state;
	cni_endpoint_name(&a, name);
	assert_string_equal(name, "cd70aef4ffcc959");
	for (size_t i = 0; i < ROWS(macs); i++) {
		xm_attachment_mac(&attached, &macs[i].host, macs[i].attempt, mac);
		assert_memory_equal(mac, macs[i].want, sizeof(mac));
		assert_int_equal(mac[0] & 3, 2);
	}
	cni_endpoint_name(&b, other);
	assert_string_not_equal(name, other);
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, XM_NAME_LEN);
}

/* A hundred thousand containers have different names */
static void no_twins(void **state)
{
	const size_t n = 100000;
	char(*names)[XM_NAME_LEN] = calloc(n, sizeof(*names)), container[16];

	(void)state;
	for (size_t i = 0; i < n; i++) {
		struct cni_request r = attachment("net", container, i % 2 ? "eth0" : "eth1");

		snprintf(container, sizeof(container), "c%zu", i / 2);
		cni_endpoint_name(&r, names[i]);
		assert_int_equal(strlen(names[i]), 15);
	}
	qsort(names, n, sizeof(*names), compare);
	for (size_t i = 1; i < n; i++)
		assert_string_not_equal(names[i - 1], names[i]);
	free(names);
}

/* Rows: text, whether it must have a prefix length, family (0: refused), bits */
static void prefixes(void **state)
{
	static const struct {
		const char *text;
		bool with_bits;
		int family, bits;
	} all[] = {
		{ "10.0.0.1/24", true, AF_INET, 24 }, { "fd00::1/64", true, AF_INET6, 64 },
		{ "10.0.0.1", false, AF_INET, 32 },   { "::", false, AF_INET6, 128 },
		{ "0.0.0.0/0", true, AF_INET, 0 },    { "10.0.0.1", true, 0, 0 },
		{ "10.0.0.1/24", false, 0, 0 },	      { "10.0.0.1/33", true, 0, 0 },
		{ "fd00::1/129", true, 0, 0 },	      { "10.0.0.1/", true, 0, 0 },
		{ "10.0.0.1/-1", true, 0, 0 },	      { "10.0.0.1/2x", true, 0, 0 },
		{ "10.0.0/24", true, 0, 0 },	      { "", false, 0, 0 },
		{ "fd00::1::2/64", true, 0, 0 },
	};
	struct xm_prefix p;

	(void)state;
	for (size_t i = 0; i < ROWS(all); i++) {
		bool ok = all[i].with_bits ? xm_prefix_parse(all[i].text, &p)
					   : xm_address_parse(all[i].text, &p);

		if (ok != !!all[i].family ||
		    (ok && (p.family != all[i].family || p.bits != all[i].bits)))
			fail_msg("'%s': %d, family %d, /%u", all[i].text, ok, p.family, p.bits);
	}
	assert_false(xm_prefix_parse(NULL, &p));
	assert_false(xm_address_parse(NULL, &p));
}

/*
 * A route without a gateway uses the gateway of the first address of its family, if there is one. A
 * route with scope link (253) has none.
 */
static void ip_configs(void **state)
{
	json_t *result =
		json_loads("{\"ips\":[{\"address\":\"10.0.0.2/24\",\"gateway\":\"10.0.0.1\"},"
			   "{\"address\":\"10.1.0.2/24\",\"gateway\":\"10.1.0.1\"}],\"routes\":["
			   "{\"dst\":\"0.0.0.0/0\"},{\"dst\":\"::/0\"},{\"dst\":\"10.5.0.0/"
			   "16\",\"gw\":\"10.0.0.9\"},"
			   "{\"dst\":\"10.6.0.0/16\",\"scope\":253}]}",
			   0, NULL);
	json_t *bad = json_loads("{\"ips\":[{\"address\":\"10.0.0.2\"}]}", 0, NULL);
	struct cni_error e = {};
	struct cni_ip_config c;

	(void)state;
	assert_int_equal(cni_ip_config_read(result, "it", &c, &e), 0);
	assert_int_equal(c.address_count, 2);
	assert_int_equal(c.route_count, 4);
	assert_memory_equal(c.routes[0].gw.bytes, "\x0a\0\0\x01", 4);
	assert_int_equal(c.routes[1].gw.len, 0);
	assert_memory_equal(c.routes[2].gw.bytes, "\x0a\0\0\x09", 4);
	assert_int_equal(c.routes[3].gw.len, 0);
	cni_ip_config_free(&c);
	assert_int_equal(cni_ip_config_read(bad, "it", &c, &e), CNI_E_DECODE);
	assert_non_null(strstr(e.msg, "10.0.0.2"));
	cni_ip_config_free(&c);
	json_decref(result);
	json_decref(bad);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests),   cmocka_unit_test(results),
		cmocka_unit_test(errors),     cmocka_unit_test(identity),
		cmocka_unit_test(no_twins),   cmocka_unit_test(prefixes),
		cmocka_unit_test(ip_configs),
	};

	return SUMMARY_RUN(tests);
}
