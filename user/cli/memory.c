// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/err.h"
#include "base/json_memory.h"
#include "cli/memory.h"

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
	xm_json_need_memory();
	if (json)
		xm_fatal_set_handler(print_fatal_json);
}
