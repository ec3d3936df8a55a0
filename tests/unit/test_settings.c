// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The rules of the modes: every combination of the settings that they look at, for a new endpoint
 * and for one in each mode, against rules that are written down here a second time, as a table. And
 * the command line's keywords: the modes that the table of keywords names are those in which the
 * rules admit a keyword.
 */
#include <errno.h>
#include <string.h>

#include "../../user/base/text.h"
#include "../../user/cli/keywords.h"
#include "../../user/engine/settings.h"
#include "summary.h"

/* One combination. Each member counts from 0; 0: not given. */
struct combination {
	int mode; /* enum xm_mode */
	int promisc; /* 1: nopromisc, 2: promisc */
	int nodst; /* 1: dst, 2: nodst */
	int macaddr; /* enum xm_macaddr_op */
	int address;
};

static struct xm_settings settings_of(const struct combination *c)
{
	return (struct xm_settings){
		.has_mode = c->mode,
		.mode = c->mode,
		.has_promisc = c->promisc,
		.promisc = c->promisc == 2,
		.has_nodst = c->nodst,
		.nodst = c->nodst == 2,
		.macaddr = c->macaddr,
		.has_address = c->address,
	};
}

/* Calls check() for every combination */
static void each_combination(void (*check)(const struct combination *c))
{
	struct combination c;

	for (c.mode = 0; c.mode < XM_MODE_COUNT; c.mode++)
		for (c.promisc = 0; c.promisc < 3; c.promisc++)
			for (c.nodst = 0; c.nodst < 3; c.nodst++)
				for (c.macaddr = 0; c.macaddr <= XM_MACADDR_FLUSH; c.macaddr++)
					for (c.address = 0; c.address < 2; c.address++)
						check(&c);
}

/* The modes in which a new endpoint takes the combination, as a set of 1 << mode */
static unsigned int add_modes(const struct combination *c)
{
	unsigned int modes = ~0u;

	if (c->promisc)
		modes &= c->promisc == 1 ? 1u << XM_MODE_PASSTHRU : 0;
	if (c->nodst == 1)
		modes = 0;
	if (c->macaddr)
		modes &= c->macaddr == XM_MACADDR_ADD || c->macaddr == XM_MACADDR_SET
				 ? 1u << XM_MODE_SOURCE
				 : 0;
	if (c->address)
		modes &= ~(1u << XM_MODE_PASSTHRU);
	return modes;
}

static void check_add(const struct combination *c)
{
	struct xm_settings s = settings_of(c);
	struct xm_err e = {};
	int mode = c->mode ? c->mode : XM_MODE_BRIDGE, ret = xm_settings_check_add(&s, &e);
	bool admitted = add_modes(c) >> mode & 1;

	if (ret != (admitted ? 0 : -EINVAL) || !e.exit_code != admitted)
		fail_msg("add mode %d promisc %d nodst %d macaddr %d address %d: %d, \"%s\"",
			 c->mode, c->promisc, c->nodst, c->macaddr, c->address, ret, e.text);
	assert_int_equal(xm_settings_mode(&s), mode);
}

static void test_add(void **state)
{
	each_combination(check_add);
	(void)state;
}

/* The modes that an endpoint in mode `now` may have afterwards */
static unsigned int set_modes(const struct combination *c, int now)
{
	unsigned int passthru = 1u << XM_MODE_PASSTHRU;
	unsigned int modes = now == XM_MODE_PASSTHRU ? passthru : ~passthru;

	if (c->promisc)
		modes &= passthru;
	if (c->macaddr)
		modes &= 1u << XM_MODE_SOURCE;
	return modes;
}

static void check_set(const struct combination *c)
{
	struct xm_settings s = settings_of(c);

	for (int now = XM_MODE_NONE + 1; now < XM_MODE_COUNT; now++) {
		struct xm_err e = {};
		int ret = xm_settings_check_set(&s, "web", now, &e);
		bool admitted = set_modes(c, now) >> (c->mode ? c->mode : now) & 1;

		if (ret != (admitted ? 0 : -EINVAL) || !e.exit_code != admitted)
			fail_msg("set of mode %d: mode %d promisc %d nodst %d macaddr %d address "
				 "%d: %d, \"%s\"",
				 now, c->mode, c->promisc, c->nodst, c->macaddr, c->address, ret,
				 e.text);
	}
}

static void test_set(void **state)
{
	each_combination(check_set);
	(void)state;
}

static void check_empty(const struct combination *c)
{
	struct xm_settings s = settings_of(c);

	assert_int_equal(xm_settings_empty(&s),
			 !c->mode && !c->promisc && !c->nodst && !c->macaddr && !c->address);
}

static void test_empty(void **state)
{
	static const struct xm_settings others[] = {
		{ .has_host_access = true }, { .has_spoofchk = true },
		{ .has_trust = true },	     { .additional_mac_op = XM_ADDITIONAL_MAC_ADD },
		{ .has_bcqueuelen = true },  { .has_bclim = true }
	};

	each_combination(check_empty);
	for (size_t i = 0; i < sizeof(others) / sizeof(*others); i++)
		assert_false(xm_settings_empty(&others[i]));
	(void)state;
}

/* Whether `add` takes the keyword, with a value that is right for it, in that mode */
static bool add_takes(const struct xm_keyword *k, int mode)
{
	struct combination c = { .mode = mode };
	struct xm_settings s;

	c.promisc = k->id == XM_KW_PROMISC;
	c.nodst = k->id == XM_KW_NODST ? 2 : 0;
	c.macaddr = k->id == XM_KW_MACADDR ? XM_MACADDR_ADD : 0;
	c.address = k->id == XM_KW_ADDRESS;
	s = settings_of(&c);
	return !xm_settings_check_add(&s, NULL);
}

static void test_keyword_modes(void **state)
{
	for (size_t i = 0; i < xm_keyword_count; i++) {
		const struct xm_keyword *k = &xm_keywords[i];

		for (int mode = XM_MODE_NONE + 1; mode < XM_MODE_COUNT && k->commands & XM_CMD_ADD;
		     mode++)
			if (add_takes(k, mode) != (!k->modes || k->modes >> mode & 1))
				fail_msg("'%s' in mode %s: the table of keywords and the rules "
					 "differ",
					 k->word, xm_mode_name(mode));
	}
	(void)state;
}

/* Each word once in a command; each has help; words with one id take the same modes */
static void test_keyword_table(void **state)
{
	for (size_t i = 0; i < xm_keyword_count; i++) {
		const struct xm_keyword *k = &xm_keywords[i];

		assert_true(k->word && k->help && k->read && k->commands);
		for (size_t j = 0; j < i; j++) {
			const struct xm_keyword *other = &xm_keywords[j];

			assert_false(!strcmp(k->word, other->word));
			assert_true(k->id != other->id || k->modes == other->modes);
		}
	}
	(void)state;
}

int main(void)
{
	const struct CMUnitTest settings[] = {
		cmocka_unit_test(test_add),	      cmocka_unit_test(test_set),
		cmocka_unit_test(test_empty),	      cmocka_unit_test(test_keyword_modes),
		cmocka_unit_test(test_keyword_table),
	};

	return SUMMARY_RUN(settings);
}
