// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xm_decide() against the oracle, for every combination of its inputs */
#include <string.h>

#include "oracle.h"
#include "summary.h"

#define MODES 8 /* xm_decide() looks up the sender's mode in a table of 8 */

static const struct {
	__u32 bit;
	const char *name;
} fact_names[] = {
	{ XM_FACT_GROUP, "group" },
	{ XM_FACT_PAUSE, "pause" },
	{ XM_FACT_SPOOFED, "spoofed" },
	{ XM_FACT_SPOOFCHK, "spoofchk" },
	{ XM_FACT_SENDER_HOST, "sender_host" },
	{ XM_FACT_DEST_HOST, "dest_host" },
	{ XM_FACT_DEST_PARENT, "dest_parent" },
	{ XM_FACT_PASSTHRU, "passthru" },
	{ XM_FACT_PARENT_DOWN, "parent_down" },
	{ XM_FACT_VLAN_OWNED, "vlan_owned" },
	{ XM_FACT_REFLECT, "reflect" },
};

/* clang-format off */
static const char *const mode_names[] = {
	"none",
#define X(id, text) text,
	XM_MODES(X)
#undef X
};
/* clang-format on */

static const char *const origin_names[] = { "wire", "endpoint", "host" };

static struct situation situation_of(const struct xm_facts *f)
{
	return (struct situation){
		.origin = f->origin,
		.sender = f->sender_mode,
		.dest = f->dest_mode,
		.group = f->bits & XM_FACT_GROUP,
		.pause = f->bits & XM_FACT_PAUSE,
		.spoofed = f->bits & XM_FACT_SPOOFED,
		.spoofchk = f->bits & XM_FACT_SPOOFCHK,
		.sender_host = f->bits & XM_FACT_SENDER_HOST,
		.dest_host = f->bits & XM_FACT_DEST_HOST,
		.dest_parent = f->bits & XM_FACT_DEST_PARENT,
		.passthru = f->bits & XM_FACT_PASSTHRU,
		.parent_down = f->bits & XM_FACT_PARENT_DOWN,
		.vlan_owned = f->bits & XM_FACT_VLAN_OWNED,
		.reflect = f->bits & XM_FACT_REFLECT,
	};
}

static void outcome_read_copies(__u32 verdict, struct outcome *o)
{
	__u32 modes = xm_verdict_modes(verdict);

	for (int mode = XM_MODE_PRIVATE; mode < XM_MODE_COUNT; mode++) {
		if (!(modes >> mode & 1))
			continue;
		o->bystander[mode][0] = !(verdict & XM_V_HOST_ONLY);
		o->bystander[mode][1] = true;
	}
	o->sender = verdict & XM_V_SENDER_TOO;
	o->listeners = verdict & XM_V_SOURCES;
	o->stack = verdict & XM_V_HOST_COPY;
	if (verdict & XM_V_COUNT) {
		o->counted = true;
		o->reason = xm_verdict_reason(verdict);
	}
}

static void outcome_read(const struct xm_facts *f, __u32 verdict, struct outcome *o);

/* The parent receives the frame again: the outcome is that of the same frame from the wire */
static void outcome_read_again(const struct xm_facts *f, struct outcome *o)
{
	struct xm_facts again = *f;

	again.origin = XM_FROM_WIRE;
	assert_int_not_equal(xm_decide(&again) & XM_V_ACTION, XM_TO_PARENT);
	outcome_read(&again, xm_decide(&again), o);
}

/* Translates a verdict into the outcome that the oracle would give */
static void outcome_read(const struct xm_facts *f, __u32 verdict, struct outcome *o)
{
	memset(o, 0, sizeof(*o));
	outcome_read_copies(verdict, o);
	switch (verdict & XM_V_ACTION) {
	case XM_PASS:
		if (f->origin == XM_FROM_HOST)
			o->wire = true;
		else
			o->stack = true;
		break;
	case XM_TO_DEST:
		o->dest = true;
		break;
	case XM_TO_SENDER:
		o->sender = true;
		break;
	case XM_TO_WIRE:
		o->wire = true;
		break;
	case XM_TO_HOST:
		o->stack = true;
		break;
	case XM_TO_PARENT:
		outcome_read_again(f, o);
		break;
	case XM_DROP:
		o->lost = o->counted = true;
		o->reason = xm_verdict_reason(verdict);
		break;
	default:
		fail_msg("unknown action: verdict 0x%x", verdict);
	}
}

/*
 * Whether a frame of this origin can have the action. The receivers may be right and the action
 * wrong: a frame from the wire must not go into the parent again.
 */
static bool action_possible(const struct xm_facts *f, __u32 action)
{
	switch (action) {
	case XM_PASS: /* a host end has no stack behind it */
		return f->origin != XM_FROM_ENDPOINT;
	case XM_TO_DEST:
	case XM_DROP:
		return true;
	case XM_TO_SENDER:
		return f->origin == XM_FROM_WIRE;
	case XM_TO_WIRE:
		return f->origin == XM_FROM_ENDPOINT;
	case XM_TO_HOST:
		return f->origin == XM_FROM_ENDPOINT && f->bits & XM_FACT_SENDER_HOST;
	case XM_TO_PARENT: /* only for a VLAN device */
		return f->origin == XM_FROM_ENDPOINT && f->bits & XM_FACT_VLAN_OWNED;
	default:
		return false;
	}
}

/* A program has to be able to carry out every verdict, also for inputs that cannot occur */
static int verdict_check_form(const struct xm_facts *f, __u32 verdict)
{
	__u32 action = verdict & XM_V_ACTION;

	if (verdict >> 24 || !action_possible(f, action))
		return -1;
	if ((verdict & XM_V_SENDER_TOO) && !(xm_verdict_modes(verdict) >> f->sender_mode & 1))
		return -1;
	if (xm_verdict_modes(verdict) &
	    ~(XM_M(PRIVATE) | XM_M(VEPA) | XM_M(BRIDGE) | XM_M(PASSTHRU) | XM_M(SOURCE)))
		return -1;
	if (xm_verdict_reason(verdict) && action != XM_DROP && !(verdict & XM_V_COUNT))
		return -1;
	if (f->origin == XM_FROM_HOST && (verdict & (XM_V_SOURCES | XM_V_HOST_COPY)))
		return -1;
	return xm_verdict_reason(verdict) < XM_REASON_COUNT ? 0 : -1;
}

static bool outcome_equal(const struct outcome *a, const struct outcome *b)
{
	return !memcmp(a->bystander, b->bystander, sizeof(a->bystander)) &&
	       a->sender == b->sender && a->dest == b->dest && a->stack == b->stack &&
	       a->wire == b->wire && a->listeners == b->listeners && a->lost == b->lost &&
	       a->counted == b->counted && (!a->counted || a->reason == b->reason);
}

static void outcome_print(const char *who, const struct outcome *o)
{
	print_error("  %-9s", who);
	for (int mode = XM_MODE_PRIVATE; mode < XM_MODE_COUNT; mode++)
		if (o->bystander[mode][1])
			print_error(" %s%s", mode_names[mode],
				    o->bystander[mode][0] ? "" : "(host on)");
	print_error("%s%s%s%s%s%s", o->sender ? " SENDER" : "", o->dest ? " DEST" : "",
		    o->stack ? " STACK" : "", o->wire ? " WIRE" : "",
		    o->listeners ? " LISTENERS" : "", o->lost ? " LOST" : "");
	if (o->counted)
		print_error(" reason %d", o->reason);
	print_error("\n");
}

static void facts_print(const struct xm_facts *f)
{
	print_error("from %s, sender %s, dest %s:", origin_names[f->origin],
		    mode_names[f->sender_mode], mode_names[f->dest_mode]);
	for (size_t i = 0; i < sizeof(fact_names) / sizeof(fact_names[0]); i++)
		if (f->bits & fact_names[i].bit)
			print_error(" %s", fact_names[i].name);
	print_error("\n");
}

struct tally {
	unsigned int checked;
	unsigned int excluded;
	unsigned int wrong;
	const char *reasons[16];
	unsigned int counts[16];
};

static void tally_exclude(struct tally *t, const char *why)
{
	size_t i = 0;

	while (t->reasons[i] && t->reasons[i] != why)
		i++;
	assert_true(i < 16);
	t->reasons[i] = why;
	t->counts[i]++;
	t->excluded++;
}

static void facts_check(const struct xm_facts *f, struct tally *t)
{
	struct situation s = situation_of(f);
	const char *why = situation_excluded(&s);
	__u32 verdict = xm_decide(f);
	struct outcome got, want;

	if (verdict_check_form(f, verdict)) {
		facts_print(f);
		fail_msg("malformed verdict 0x%x", verdict);
	}
	if (why) {
		tally_exclude(t, why);
		return;
	}
	oracle(&s, &want);
	outcome_read(f, verdict, &got);
	t->checked++;
	if (outcome_equal(&got, &want))
		return;
	if (++t->wrong > 10)
		return;
	facts_print(f);
	outcome_print("expected", &want);
	outcome_print("decided", &got);
}

static void test_every_combination(void **state)
{
	struct tally t = { 0 };
	struct xm_facts f = { 0 };

	for (f.origin = 0; f.origin < XM_ORIGIN_COUNT; f.origin++)
		for (f.sender_mode = 0; f.sender_mode < XM_MODE_COUNT; f.sender_mode++)
			for (f.dest_mode = 0; f.dest_mode < XM_MODE_COUNT; f.dest_mode++)
				for (f.bits = 0; f.bits < 1u << XM_FACT_BITS; f.bits++)
					facts_check(&f, &t);
	printf("%u combinations: %u checked against the oracle, %u excluded:\n",
	       t.checked + t.excluded, t.checked, t.excluded);
	for (int i = 0; i < 16 && t.reasons[i]; i++)
		printf("  %6u %s\n", t.counts[i], t.reasons[i]);
	if (t.wrong)
		fail_msg("%u of %u verdicts differ from the oracle's", t.wrong, t.checked);
	(void)state;
}

/* fact_names has every fact: a fact without a name would not be tested */
static void test_every_fact_is_known(void **state)
{
	__u32 all = 0;

	for (size_t i = 0; i < sizeof(fact_names) / sizeof(fact_names[0]); i++)
		all |= fact_names[i].bit;
	assert_int_equal(all, (1u << XM_FACT_BITS) - 1);
	(void)state;
}

/* An unknown mode (a map of a later version) does not make xm_decide() read outside its table */
static void test_unknown_modes(void **state)
{
	struct xm_facts f = { 0 };

	for (f.origin = 0; f.origin < XM_ORIGIN_COUNT; f.origin++)
		for (f.sender_mode = XM_MODE_COUNT; f.sender_mode < MODES; f.sender_mode++)
			for (f.bits = 0; f.bits < 1u << XM_FACT_BITS; f.bits++)
				assert_int_equal(verdict_check_form(&f, xm_decide(&f)), 0);
	(void)state;
}

/* The parts of a verdict do not overlap */
static void test_packing(void **state)
{
	for (__u32 reason = 0; reason < XM_REASON_COUNT; reason++) {
		__u32 verdict = xm_verdict_drop(reason);

		assert_int_equal(verdict & XM_V_ACTION, XM_DROP);
		assert_int_equal(xm_verdict_reason(verdict), reason);
		assert_int_equal(xm_verdict_modes(verdict), 0);
		assert_int_equal(verdict & (XM_V_SOURCES | XM_V_HOST_COPY | XM_V_HOST_ONLY |
					    XM_V_COUNT | XM_V_SENDER_TOO),
				 0);
	}
	assert_true(XM_MODE_COUNT <= MODES);
	(void)state;
}

int main(void)
{
	const struct CMUnitTest verdict[] = {
		cmocka_unit_test(test_every_combination),
		cmocka_unit_test(test_every_fact_is_known),
		cmocka_unit_test(test_unknown_modes),
		cmocka_unit_test(test_packing),
	};

	return SUMMARY_RUN(verdict);
}
