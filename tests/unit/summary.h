/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Runs a cmocka group. The last line on stdout is "N passed, N failed, N skipped". */
#ifndef XM_TESTS_SUMMARY_H
#define XM_TESTS_SUMMARY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <cmocka.h>

static size_t summary_skipped;

/* Ends the running test and counts it as skipped. why: what is missing. */
static inline void summary_skip(const char *why)
{
	print_message("skipped: %s\n", why);
	summary_skipped++;
	skip();
}

/* Runs count tests and prints the last line. Returns the exit status: 0, or 1 on a failure. */
static inline int summary_run(const char *group, const struct CMUnitTest *tests, size_t count)
{
	int ret = _cmocka_run_group_tests(group, tests, count, NULL, NULL);
	size_t failed = ret < 0 ? count : (size_t)ret;

	fflush(stderr);
	printf("%zu passed, %zu failed, %zu skipped\n", count - failed - summary_skipped, failed,
	       summary_skipped);
	return failed ? 1 : 0;
}

#define SUMMARY_RUN(tests) summary_run(#tests, tests, sizeof(tests) / sizeof((tests)[0]))

#endif
