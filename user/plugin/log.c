// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <unistd.h>

#include "base/text.h"
#include "plugin/log.h"

#define LINE_MAX_LEN 1024 /* below PIPE_BUF: a pipe that is ready takes it whole */

void plugin_log(const char *fmt, ...)
{
	struct pollfd err = { .fd = STDERR_FILENO, .events = POLLOUT };
	char line[LINE_MAX_LEN];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(line, sizeof(line), fmt, ap);
	va_end(ap);
	xm_sanitize(line);
	if (poll(&err, 1, 0) == 1 && err.revents == POLLOUT)
		dprintf(STDERR_FILENO, "%s: %s\n", program_invocation_short_name, line);
}
