// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What the verifier has to walk through for each program, against the figures in the tree: the way
 * of a program towards the limit of a million, and towards slow loading, is a reviewed change.
 * Arguments: [--write] [FILE]. --write puts today's figures into the file.
 */
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../unit/summary.h"
#include "objs.h"

#ifndef BUDGET_FILE
#define BUDGET_FILE "tests/budget.txt"
#endif

#define MARGIN_PERCENT	10

static struct budget {
	unsigned int now;
	unsigned int agreed; /* 0: the file has no line for it */
} budget[PROG_COUNT];

static int read_now(const struct objs *o)
{
	for (int i = 0; i < PROG_COUNT; i++) {
		struct bpf_prog_info info = { 0 };
		__u32 len = sizeof(info);

		if (bpf_obj_get_info_by_fd(o->prog[i], &info, &len)) {
			fprintf(stderr, "info of %s: %s\n", prog_names[i], strerror(errno));
			return -1;
		}
		budget[i].now = info.verified_insns;
	}
	return 0;
}

static int read_agreed(const char *path)
{
	char line[128], name[64];
	unsigned int insns;
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f))
		for (int i = 0; i < PROG_COUNT; i++)
			if (sscanf(line, "%63s %u", name, &insns) == 2 &&
			    !strcmp(name, prog_names[i]))
				budget[i].agreed = insns;
	return fclose(f);
}

static int write_agreed(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	fprintf(f,
		"# Instructions the verifier walks through (bpf_prog_info.verified_insns). More "
		"than %d %%\n"
		"# above fails prog_budget; `prog_budget --write` makes this file.\n",
		MARGIN_PERCENT);
	for (int i = 0; i < PROG_COUNT; i++)
		fprintf(f, "%s %u\n", prog_names[i], budget[i].now);
	return fclose(f) ? 1 : 0;
}

static void test_one(void **state)
{
	const struct budget *b = *state;
	const char *name = prog_names[b - budget];

	if (!b->now)
		summary_skip("this kernel does not tell verified_insns (5.16+)");
	if (!b->agreed)
		fail_msg("%s: no line in the file, now %u instructions", name, b->now);
	printf("%-12s %u agreed, %u now (%+.1f %%)\n", name, b->agreed, b->now,
	       100.0 * b->now / b->agreed - 100);
	if ((unsigned long long)b->now * 100 >
	    (unsigned long long)b->agreed * (100 + MARGIN_PERCENT))
		fail_msg("%s grew from %u to %u verified instructions, more than %d %%", name,
			 b->agreed, b->now, MARGIN_PERCENT);
}

static int check(void)
{
	struct CMUnitTest tests[PROG_COUNT];

	memset(tests, 0, sizeof(tests));
	for (int i = 0; i < PROG_COUNT; i++) {
		tests[i].name = prog_names[i];
		tests[i].test_func = test_one;
		tests[i].initial_state = &budget[i];
	}
	return SUMMARY_RUN(tests);
}

int main(int argc, char **argv)
{
	bool write = argc > 1 && !strcmp(argv[1], "--write");
	const char *path = argc > 1 + write ? argv[1 + write] : BUDGET_FILE;
	struct objs objs;

	if (geteuid()) {
		fprintf(stderr, "this test needs root\n");
		return 1;
	}
	if (objs_open(&objs) || read_now(&objs))
		return 1;
	if (write)
		return write_agreed(path);
	return read_agreed(path) ? 1 : check();
}
