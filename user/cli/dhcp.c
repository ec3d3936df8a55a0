// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dhcp.h"

/* In the child: standard output of `apply` has its steps. Writes the error of exec to `error`. */
static void dhcp_exec(const struct xm_word_list *words, int error)
{
	int err;

	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(words->v[0], words->v);
	err = errno;
	if (write(error, &err, sizeof(err)) != sizeof(err))
		_exit(126);
	_exit(127);
}

static int dhcp_wait(pid_t pid, const char *name, struct xm_err *e)
{
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return xm_fail(e, errno, "cannot wait for %s: %s", name, strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return xm_fail(e, EIO, "inside, dhcp: %s ended with %s %d", name,
		       WIFEXITED(status) ? "code" : "signal",
		       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}

int xm_dhcp_run(const struct xm_word_list *words, struct xm_err *e)
{
	int ends[2], err, exec_err = 0;
	pid_t pid;

	if (pipe2(ends, O_CLOEXEC))
		return xm_fail(e, errno, "cannot make a pipe: %s", strerror(errno));
	pid = fork();
	err = errno;
	if (!pid)
		dhcp_exec(words, ends[1]);
	close(ends[1]);
	if (pid > 0 && read(ends[0], &exec_err, sizeof(exec_err)) != sizeof(exec_err))
		exec_err = 0;
	close(ends[0]);
	if (pid < 0)
		return xm_fail(e, err, "cannot start %s: %s", words->v[0], strerror(err));
	err = dhcp_wait(pid, words->v[0], exec_err ? NULL : e);
	return exec_err ? xm_fail(e, exec_err, "inside, dhcp: cannot run '%s': %s", words->v[0],
				  strerror(exec_err))
			: err;
}
