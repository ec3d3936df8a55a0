// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Rows of command lines: the fields that each one sets, or its refusal */
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "cmdline_rows.h"
#include "summary.h"

#define MAX_WORDS  32
#define ROWS(rows) (sizeof(rows) / sizeof((rows)[0]))

/* A command line. Each word is on the heap, so that AddressSanitizer sees a read behind it. */
struct line {
	char *argv[MAX_WORDS + 1];
	int argc;
};

/* Words are separated by one space. '' is an empty word, '_' is a space within a word. */
static void split(struct line *l, const char *text)
{
	memset(l, 0, sizeof(*l));
	while (*text) {
		size_t len = strcspn(text, " ");
		bool empty = len == 2 && !strncmp(text, "''", 2);
		char *word = strndup(text, empty ? 0 : len);

		assert_true(word && l->argc < MAX_WORDS);
		for (char *c = word; *c; c++)
			*c = *c == '_' ? ' ' : *c;
		l->argv[l->argc++] = word;
		text += len + (text[len] == ' ');
	}
}

static void release(struct line *l)
{
	for (int i = 0; i < l->argc; i++)
		free(l->argv[i]);
}

/* A refusal is -EINVAL, exit code 1 and one line that contains `text`. */
static void check_refusal(const char *line, int ret, const struct xm_err *e, const char *text)
{
	if (ret != -EINVAL || e->exit_code != XM_EXIT_USAGE || !strstr(e->text, text) ||
	    strchr(e->text, '\n'))
		fail_msg("'%s': returned %d, exit code %d, \"%s\", expected \"%s\"", line, ret,
			 e->exit_code, e->text, text);
}

static void check_accepted(const char *line, int ret, const struct xm_err *e)
{
	if (ret || e->exit_code)
		fail_msg("'%s' was refused: %d, \"%s\"", line, ret, e->text);
}

static bool same_text(const char *a, const char *b)
{
	return a == b || (a && b && !strcmp(a, b));
}

/* Compares only the settings that are given (has_...). */
static bool same_settings(const struct xm_settings *a, const struct xm_settings *b)
{
	return a->has_mode == b->has_mode && a->has_address == b->has_address &&
	       a->has_promisc == b->has_promisc && a->has_nodst == b->has_nodst &&
	       a->has_host_access == b->has_host_access && a->has_spoofchk == b->has_spoofchk &&
	       a->has_trust == b->has_trust && (!a->has_trust || a->trust == b->trust) &&
	       a->has_bcqueuelen == b->has_bcqueuelen && a->has_bclim == b->has_bclim &&
	       (!a->has_mode || a->mode == b->mode) &&
	       (!a->has_address || !memcmp(a->address, b->address, sizeof(a->address))) &&
	       (!a->has_promisc || a->promisc == b->promisc) &&
	       (!a->has_nodst || a->nodst == b->nodst) &&
	       (!a->has_host_access || a->host_access == b->host_access) &&
	       (!a->has_spoofchk || a->spoofchk == b->spoofchk) &&
	       (!a->has_bcqueuelen || a->bcqueuelen == b->bcqueuelen) &&
	       (!a->has_bclim || a->bclim == b->bclim) && a->macaddr == b->macaddr &&
	       a->has_follow == b->has_follow && a->follow == b->follow &&
	       a->additional_mac_op == b->additional_mac_op &&
	       (!a->additional_mac_op || !memcmp(a->additional, b->additional, XM_MAC_LEN)) &&
	       a->mac_count == b->mac_count &&
	       (!a->mac_count || !memcmp(a->macs, b->macs, a->mac_count * XM_MAC_LEN));
}

static void test_add(void **state)
{
	for (size_t i = 0; i < ROWS(add_rows); i++) {
		const struct xm_add *want = &add_rows[i].want;
		struct xm_err e = { 0 };
		struct xm_add got;
		struct line l;

		split(&l, add_rows[i].line);
		check_accepted(add_rows[i].line, xm_parse_add(l.argc, l.argv, &got, &e), &e);
		if (!same_text(got.name, want->name) || !same_text(got.link, want->link) ||
		    !same_text(got.netns, want->netns) || !same_text(got.ifname, want->ifname) ||
		    got.kind != want->kind || got.auto_kind != want->auto_kind ||
		    got.has_user != want->has_user || got.user != want->user ||
		    got.has_group != want->has_group || got.group != want->group ||
		    got.queues != want->queues || got.mtu != want->mtu ||
		    got.has_ipv6 != want->has_ipv6 || got.ipv6 != want->ipv6 ||
		    got.has_accept_ra != want->has_accept_ra ||
		    !same_settings(&got.settings, &want->settings))
			fail_msg("'%s' was read wrongly", add_rows[i].line);
		xm_settings_free(&got.settings);
		release(&l);
	}
	(void)state;
}

static void test_add_refused(void **state)
{
	for (size_t i = 0; i < ROWS(add_refused); i++) {
		struct xm_err e = { 0 };
		struct xm_add got;
		struct line l;

		split(&l, add_refused[i].line);
		check_refusal(add_refused[i].line, xm_parse_add(l.argc, l.argv, &got, &e), &e,
			      add_refused[i].text);
		xm_settings_free(&got.settings);
		release(&l);
	}
	(void)state;
}

/* A control character in a name must not reach the refusal. */
static void test_one_line(void **state)
{
	static const char *const words[] = { "a\nb", "a\tb", "\x1b[31m" };

	for (size_t i = 0; i < ROWS(words); i++) {
		struct xm_err e = { 0 };

		check_refusal("name with a control character",
			      xm_check_ifname("name", words[i], &e), &e, "is not a name");
		for (const char *c = e.text; *c; c++)
			if ((unsigned char)*c < ' ')
				fail_msg("control character 0x%02x in a refusal", *c);
	}
	(void)state;
}

static void test_set(void **state)
{
	for (size_t i = 0; i < ROWS(set_rows); i++) {
		const char *name = NULL, *line = set_rows[i].line;
		struct xm_settings got;
		struct xm_err e = { 0 };
		struct line l;
		int ret;

		split(&l, line);
		memset(&got, 0, sizeof(got));
		ret = xm_parse_set(l.argc, l.argv, &name, &got, &e);
		if (set_rows[i].refused) {
			check_refusal(line, ret, &e, set_rows[i].refused);
		} else {
			check_accepted(line, ret, &e);
			if (!same_text(name, set_rows[i].name) ||
			    !same_settings(&got, &set_rows[i].want))
				fail_msg("'%s' was read wrongly", line);
		}
		xm_settings_free(&got);
		release(&l);
	}
	(void)state;
}

/* The other commands, whose lines give at most two results */

static int parse_short(const char *command, struct line *l, const char **first, const char **second,
		       struct xm_err *e)
{
	struct xm_attach attach = {};
	bool force = false;
	int ret;

	if (!strcmp(command, "show"))
		return xm_parse_show(l->argc, l->argv, first, second, e);
	if (!strcmp(command, "del"))
		return xm_parse_del(l->argc, l->argv, first, e);
	if (!strcmp(command, "attach")) {
		ret = xm_parse_attach(l->argc, l->argv, &attach, e);
		*first = attach.parent;
		*second = attach.has_guard    ? (attach.guard ? "guarded" : "unguarded")
			  : attach.has_neigh  ? (attach.neigh_direct ? "direct" : "flood")
			  : attach.has_fanout ? (attach.fanout ? "fanned" : "looped")
			  : attach.has_xdp    ? xm_xdp_name(attach.xdp)
					      : NULL;
		return ret;
	}
	ret = xm_parse_detach(l->argc, l->argv, first, &force, e);
	*second = force ? "force" : NULL;
	return ret;
}

static void test_short(void **state)
{
	for (size_t i = 0; i < ROWS(short_rows); i++) {
		const struct short_row *r = &short_rows[i];
		const char *first = NULL, *second = NULL;
		struct xm_err e = { 0 };
		struct line l;
		int ret;

		split(&l, r->line);
		ret = parse_short(r->command, &l, &first, &second, &e);
		if (r->refused) {
			check_refusal(r->line, ret, &e, r->refused);
		} else {
			check_accepted(r->line, ret, &e);
			if (!same_text(first, r->first) || !same_text(second, r->second))
				fail_msg("%s '%s' was read wrongly", r->command, r->line);
		}
		release(&l);
	}
	(void)state;
}

static void test_mac(void **state)
{
	static const char *const bad[] = {
		"",
		"0",
		"02",
		"02:",
		"02:00:00:00:00:011",
		"02:00:00:00:00:01:",
		"2:0:0:0:1",
		"2::0:0:0:1",
		":2:0:0:0:0:1",
		"002:0:0:0:0:1",
		"02.00.00.00.00.01",
		"020000000001",
		"02:00-00:00:00:01",
		"g2:00:00:00:00:01",
		" 02:00:00:00:00:01",
		"02:00:00:00:00:0x",
		"0x:00:00:00:00:01",
	};
	const uint8_t want[XM_MAC_LEN] = { 0x02, 0xab, 0xcd, 0xef, 0x09, 0x90 };
	uint8_t mac[XM_MAC_LEN];

	for (size_t i = 0; i < ROWS(bad); i++) {
		char *copy = strdup(bad[i]); /* on the heap, for AddressSanitizer */

		memset(mac, 0x77, sizeof(mac));
		if (xm_parse_mac(copy, mac) != -EINVAL || mac[0] != 0x77 || mac[5] != 0x77)
			fail_msg("'%s' was taken, or changed the result", bad[i]);
		free(copy);
	}
	assert_int_equal(xm_parse_mac("02:ab:CD:ef:09:90", mac), 0);
	assert_memory_equal(mac, want, sizeof(want));
	assert_int_equal(xm_parse_mac("02-AB-cd-EF-09-90", mac), 0);
	assert_memory_equal(mac, want, sizeof(want));
	assert_int_equal(xm_parse_mac("2:ab:cd:ef:9:90", mac), 0);
	assert_memory_equal(mac, want, sizeof(want));
	assert_int_equal(xm_parse_mac("2-AB-cd-ef-9-90", mac), 0);
	assert_memory_equal(mac, want, sizeof(want));
	(void)state;
}

/*
 * Every line, truncated after each word and with a junk word in place of each word: the parser
 * accepts or refuses it and does not crash.
 */
static void test_mangled(void **state)
{
	for (size_t i = 0; i < ROWS(add_rows); i++)
		for (int at = 0; at < 2 * MAX_WORDS; at++) {
			struct xm_err e = { 0 };
			struct xm_add got;
			struct line l;
			char *old = NULL;
			int ret;

			split(&l, add_rows[i].line);
			if (at / 2 < l.argc && at & 1) {
				old = l.argv[at / 2];
				l.argv[at / 2] = (char *)"\xff%n%s";
			}
			ret = xm_parse_add(at & 1 || at / 2 > l.argc ? l.argc : at / 2, l.argv,
					   &got, &e);
			assert_true(ret == 0 || ret == -EINVAL);
			assert_int_equal(!!e.exit_code, !!ret);
			xm_settings_free(&got.settings);
			if (old)
				l.argv[at / 2] = old;
			release(&l);
		}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest cmdline[] = {
		cmocka_unit_test(test_mac),	    cmocka_unit_test(test_add),
		cmocka_unit_test(test_add_refused), cmocka_unit_test(test_one_line),
		cmocka_unit_test(test_set),	    cmocka_unit_test(test_short),
		cmocka_unit_test(test_mangled),
	};

	return SUMMARY_RUN(cmdline);
}
