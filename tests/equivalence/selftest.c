// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Tests the equivalence test itself. Both sides are the kernel's macvlan. */
#include <stdio.h>
#include <string.h>

#include "eq.h"

#define KINDS	  11 /* topologies 0 to 10 are one of each kind */
#define WITH_TAPS 8 /* from this one on they have taps */

static int rule_excuses(const char *kind, const char *recv, const char *mode, const char *left)
{
	struct facts f;
	unsigned int k;

	for (k = 0; k < KEYS; k++)
		f.word[k] = "-";
	f.word[K_KIND] = kind;
	f.word[K_RECV] = recv;
	f.word[K_MODE] = mode;
	f.word[K_LEFT] = left;
	return rules_excuse(&f) != NULL;
}

static void test_rules(void)
{
	static const char *const bad[] = {
		"",
		"kind=type",
		"recv=wire",
		"kind=types recv=wire",
		"kind=type recv=wire colour=red",
		"kind=type recv=",
		"kind=type recv=wire recv=tap",
		"kind=type recv=wire;mode=source",
		"kind=type recv=wire,",
		"kind type recv=wire",
		"kin=type recv=wire",
	};
	unsigned int i, refused = 0;

	for (i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		rules_clear();
		refused += rules_add("bad", bad[i]) < 0;
	}
	xmt_check(refused == i, "%u of %u malformed rules are refused", refused, i);
	rules_clear();
	rules_add("never", "-");
	xmt_check(!rule_excuses("type", "endpoint", "source", "host"),
		  "the rule - excuses nothing");
	rules_add("one",
		  "`kind=type recv=endpoint mode=source,vepa left=host; kind=extra recv=tap`");
	xmt_check(rule_excuses("type", "endpoint", "source", "host") &&
			  rule_excuses("type", "endpoint", "vepa", "host") &&
			  rule_excuses("extra", "tap", "-", "none"),
		  "a rule excuses what it matches");
	xmt_check(!rule_excuses("type", "endpoint", "bridge", "host") &&
			  !rule_excuses("type", "endpoint", "source", "none") &&
			  !rule_excuses("missing", "endpoint", "source", "host") &&
			  !rule_excuses("extra", "wire", "-", "none") &&
			  !rule_excuses("type", "endpoint", "-", "host"),
		  "a rule excuses nothing else");
	rules_clear();
}

/* Whether the comparison found the planted differences, in the number that each kind makes */
static bool plant_found(const struct result *res)
{
	if (opt.plant >= PLANT_LOSE && opt.plant < PLANT_ORDER)
		return res->diffs == res->planted;
	if (opt.plant == PLANT_ORDER)
		return res->diffs >= res->planted;
	return res->diffs > 0;
}

static void test_plant(unsigned int first, unsigned int topologies, unsigned int frames)
{
	unsigned int i, with = 0, ok = 0;

	opt.topologies = topologies;
	opt.frames = topologies * frames;
	for (i = first; i < first + topologies; i++) {
		struct result res = {};

		if (run_topology(i, &res)) {
			xmt_fail("planted %s: topology %u was not completed", plant_text(opt.plant),
				 i);
			return;
		}
		if (!res.planted)
			continue;
		with++;
		ok += plant_found(&res);
		if (!plant_found(&res))
			printf("  %s in topology %u: %lu planted, %lu found\n",
			       plant_text(opt.plant), i, res.planted, res.diffs);
	}
	xmt_check(with && ok == with, "planted %s: found in %u of %u topologies%s",
		  plant_text(opt.plant), ok, with, first ? " with taps" : "");
}

void self_test(void)
{
	opt.driver[LEFT] = opt.driver[RIGHT] = MACVLAN;
	opt.no_changes = true;
	test_rules();
	/* A different set-up shows in some frames only; a changed view shows in every batch. */
	for (opt.plant = PLANT_MODE; opt.plant < PLANT_LOSE; opt.plant++)
		test_plant(0, KINDS, 500);
	for (; opt.plant < PLANTS; opt.plant++) {
		test_plant(0, 3, 300);
		test_plant(WITH_TAPS, KINDS - WITH_TAPS, 300);
	}
}
