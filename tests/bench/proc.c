// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A command as its user pays for it: from starting the process to its end. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

extern char **environ;

static int spawn(const char *const argv[], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(ret, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

double proc_run(const char *const argv[])
{
	double begin = cpu_clock(CLOCK_MONOTONIC), took;
	int err, status;
	pid_t pid;

	err = spawn(argv, &pid);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	took = cpu_clock(CLOCK_MONOTONIC) - begin;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? took : -EREMOTEIO;
}
