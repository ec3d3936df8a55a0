// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Compares the number of instructions that the verifier walks through for each program with the
 * number in FILE (tests/budget.txt). The verifier refuses a program at one million, and a program
 * with a larger number loads more slowly, so growth is a reviewed change.
 * Arguments: [--write] [FILE]. --write writes the present numbers to FILE.
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

#define MARGIN_PERCENT 10
/* The figures are of clang 14. Other versions produce other code (clang 19: 13 % more). */
#define BUDGET_CLANG	    14
#define OTHER_CLANG_PERCENT 25

/* And the plain ones of parent_rx and endpoint_rx */
#define COUNT (PROG_COUNT + 2)

static const char *const names[COUNT] = { "parent_rx",	      "parent_tx",   "endpoint_rx",
					  "parent_xdp",	      "endpoint_tx", "parent_rx_plain",
					  "endpoint_rx_plain" };

static struct budget {
	unsigned int now;
	unsigned int agreed; /* 0: the file has no line for it */
} budget[COUNT];

static int budget_read_program(const struct objs *o, enum prog n, struct budget *b)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);

	if (bpf_obj_get_info_by_fd(o->prog[n], &info, &len)) {
		fprintf(stderr, "info of %s: %s\n", prog_names[n], strerror(errno));
		return -1;
	}
	b->now = info.verified_insns;
	return 0;
}

static int budget_read_kernel(void)
{
	struct objs o;
	int err = objs_open(&o);

	for (int i = 0; i < PROG_COUNT && !err; i++)
		err = budget_read_program(&o, i, &budget[i]);
	if (err)
		return err;
	objs_close(&o);
	objs_plain = true;
	err = objs_open(&o);
	if (!err)
		err = budget_read_program(&o, PARENT_RX, &budget[PROG_COUNT]);
	if (!err)
		err = budget_read_program(&o, ENDPOINT_RX, &budget[PROG_COUNT + 1]);
	objs_close(&o);
	return err;
}

static int budget_read_file(const char *path)
{
	char line[128], name[64];
	unsigned int insns;
	FILE *f = fopen(path, "r");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -1;
	}
	while (fgets(line, sizeof(line), f))
		for (int i = 0; i < COUNT; i++)
			if (sscanf(line, "%63s %u", name, &insns) == 2 && !strcmp(name, names[i]))
				budget[i].agreed = insns;
	return fclose(f);
}

static int budget_write_file(const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return 1;
	}
	fprintf(f,
		"# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause\n"
		"# Instructions that the verifier walks through (bpf_prog_info.verified_insns).\n"
		"# prog_budget fails above %d %% more; `prog_budget --write` writes this file.\n",
		MARGIN_PERCENT);
	for (int i = 0; i < COUNT; i++)
		fprintf(f, "%s %u\n", names[i], budget[i].now);
	return fclose(f) ? 1 : 0;
}

static void test_budget(void **state)
{
	const struct budget *b = *state;
	const char *name = names[b - budget];
	int margin = BPF_CLANG == BUDGET_CLANG ? MARGIN_PERCENT : OTHER_CLANG_PERCENT;

	if (!b->now)
		summary_skip("verified_insns is not reported: it needs Linux 5.16");
	if (!b->agreed)
		fail_msg("%s: the file has no line for it; it has %u instructions", name, b->now);
	printf("%-17s %u agreed, %u now (%+.1f %%)\n", name, b->agreed, b->now,
	       100.0 * b->now / b->agreed - 100);
	if ((unsigned long long)b->now * 100 > (unsigned long long)b->agreed * (100 + margin))
		fail_msg("%s grew from %u to %u verified instructions, more than %d %%", name,
			 b->agreed, b->now, margin);
}

static int budget_check(void)
{
	struct CMUnitTest tests[COUNT];

	memset(tests, 0, sizeof(tests));
	for (int i = 0; i < COUNT; i++) {
		tests[i].name = names[i];
		tests[i].test_func = test_budget;
		tests[i].initial_state = &budget[i];
	}
	return SUMMARY_RUN(tests);
}

int main(int argc, char **argv)
{
	bool write = argc > 1 && !strcmp(argv[1], "--write");
	const char *path = argc > 1 + write ? argv[1 + write] : BUDGET_FILE;

	if (geteuid()) {
		fprintf(stderr, "this test needs root\n");
		return 1;
	}
	if (budget_read_kernel())
		return 1;
	if (write)
		return budget_write_file(path);
	return budget_read_file(path) ? 1 : budget_check();
}
