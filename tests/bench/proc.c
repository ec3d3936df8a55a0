// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs a command and takes the time from starting the process to its end. */
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

static int spawn_command(const char *const argv[], const char *const env[], const char *input,
			 pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	int err;

	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_addopen(&actions, 0, input, O_RDONLY, 0);
	posix_spawn_file_actions_addopen(&actions, 1, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(ret, argv[0], &actions, NULL, (char *const *)argv, (char *const *)env);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

double proc_run_with(const char *const argv[], const char *const env[], const char *input)
{
	double begin = cpu_clock(CLOCK_MONOTONIC), took;
	int err, status;
	pid_t pid;

	err = spawn_command(argv, env, input, &pid);
	if (err)
		return err;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -errno;
	took = cpu_clock(CLOCK_MONOTONIC) - begin;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? took : -EREMOTEIO;
}

double proc_run(const char *const argv[])
{
	return proc_run_with(argv, (const char *const *)environ, "/dev/null");
}
