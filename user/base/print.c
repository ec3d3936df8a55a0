// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>

#include "base/err.h"
#include "base/print.h"

int xm_print_text(const char *text)
{
	if (fputs(text, stdout) != EOF && !fflush(stdout))
		return 0;
	fprintf(stderr, "%s: cannot write the output\n", program_invocation_short_name);
	return XM_EXIT_STATE;
}
