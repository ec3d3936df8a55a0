// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "plugin/program.h"

#define SECONDS_MAX 86400

static void *need_memory(size_t size)
{
	return xm_need(malloc(size));
}

void plugin_program_prepare(void)
{
	umask(077);
	json_set_alloc_funcs(need_memory, free);
}

bool plugin_read_seconds(const char *text, unsigned int *ret)
{
	char *end;
	unsigned long seconds = strtoul(text, &end, 10);

	*ret = seconds;
	return text[0] >= '0' && text[0] <= '9' && !*end && seconds && seconds <= SECONDS_MAX;
}

int plugin_usage_error(const char *what, const char *word)
{
	fprintf(stderr, "%s: %s '%s': see %s --help\n", program_invocation_short_name, what, word,
		program_invocation_short_name);
	return XM_EXIT_USAGE;
}

int plugin_print_error(const struct xm_err *e)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, e->text);
	return e->exit_code;
}
