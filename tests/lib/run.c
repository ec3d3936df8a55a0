// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Shell commands and their output. See run.h. */
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "run.h"

static char output[65536];
static char line[4096];

const char *xmt_output(void)
{
	return output;
}

static void output_read(int fd)
{
	size_t len = 0;
	char waste[4096];
	ssize_t n;

	for (;;) {
		if (len < sizeof(output) - 1)
			n = read(fd, output + len, sizeof(output) - 1 - len);
		else
			n = read(fd, waste, sizeof(waste));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		if (len < sizeof(output) - 1)
			len += n;
	}
	while (len && output[len - 1] == '\n')
		len--;
	output[len] = '\0';
}

static int line_run(void)
{
	int fds[2], status;
	pid_t pid;

	output[0] = '\0';
	fflush(stdout);
	if (pipe2(fds, O_CLOEXEC))
		return -errno;
	pid = fork();
	if (pid < 0) {
		close(fds[0]);
		close(fds[1]);
		return -errno;
	}
	if (!pid) {
		dup2(fds[1], 1);
		dup2(fds[1], 2);
		execl("/bin/sh", "sh", "-c", line, NULL);
		_exit(127);
	}
	close(fds[1]);
	output_read(fds[0]);
	close(fds[0]);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	return WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
}

static int line_format(const char *fmt, va_list ap)
{
	return vsnprintf(line, sizeof(line), fmt, ap) < (int)sizeof(line) ? 0 : -E2BIG;
}

int xmt_run(const char *fmt, ...)
{
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = line_format(fmt, ap);
	va_end(ap);
	return err ?: line_run();
}

void xmt_must(const char *fmt, ...)
{
	va_list ap;
	int code;

	va_start(ap, fmt);
	code = line_format(fmt, ap);
	va_end(ap);
	if (!code)
		code = line_run();
	if (code)
		xmt_die("`%s` returned %d: %s", line, code, output);
}
