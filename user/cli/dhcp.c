// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dhcp.h"

/* In the child: standard output of `apply` has its steps */
static void dhcp_exec(const struct xm_word_list *words)
{
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(words->v[0], words->v);
	fprintf(stderr, "xmacvlan: cannot run %s: %s\n", words->v[0], strerror(errno));
	_exit(127);
}

int xm_dhcp_run(const struct xm_word_list *words, struct xm_err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return xm_fail(e, errno, "cannot start %s: %s", words->v[0], strerror(errno));
	if (!pid)
		dhcp_exec(words);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return xm_fail(e, errno, "cannot wait for %s: %s", words->v[0],
				       strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	return xm_fail(e, EIO, "inside, dhcp: %s ended with %s %d", words->v[0],
		       WIFEXITED(status) ? "code" : "signal",
		       WIFEXITED(status) ? WEXITSTATUS(status) : WTERMSIG(status));
}
