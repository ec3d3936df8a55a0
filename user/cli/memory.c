// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "cli/memory.h"

static void *memory_get(size_t size)
{
	void *block = malloc(size ? size : 1);

	if (!block)
		xm_fatal("out of memory");
	return block;
}

/* Prints without allocating memory. The text is printable ASCII. */
static void print_fatal_json(const char *text)
{
	char line[1200] = "{\"error\":\"";
	size_t n = strlen(line);

	for (; *text && n < sizeof(line) - 40; text++) {
		if (*text == '"' || *text == '\\')
			line[n++] = '\\';
		line[n++] = *text;
	}
	n += snprintf(line + n, sizeof(line) - n, "\",\"exit_code\":%d}\n", XM_EXIT_STATE);
	if (write(STDOUT_FILENO, line, n) < 0)
		return; /* stdout cannot be written; the exit code reports the error */
}

void xm_memory_init(bool json)
{
	json_set_alloc_funcs(memory_get, free);
	if (json)
		xm_fatal_set_handler(print_fatal_json);
}
