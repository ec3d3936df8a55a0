// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/err.h"
#include "base/text.h"
#include "docker/tool.h"

#define OUTPUT_MAX (256u << 20) /* nft's list of all ports of the host, by IPv4 and IPv6 */

/* Files in memory, in place of pipes: neither process waits for the other one */
enum { TOOL_IN, TOOL_OUT, TOOL_ERR, TOOL_FILES };

void docker_tool_prepare(void)
{
	const char *path = getenv("PATH");
	char *all;

	if (asprintf(&all, "%s%s/usr/local/sbin:/usr/sbin:/sbin", path ?: "", path ? ":" : "") < 0)
		return;
	setenv("PATH", all, 1);
	setenv("LC_ALL", "C", 1);
	free(all);
}

static void tool_close(const int files[TOOL_FILES])
{
	for (int i = 0; i < TOOL_FILES; i++)
		if (files[i] >= 0)
			close(files[i]);
}

static int tool_open(const char *input, int files[TOOL_FILES])
{
	size_t size = input ? strlen(input) : 0;
	bool opened = true;

	for (int i = 0; i < TOOL_FILES; i++) {
		files[i] = memfd_create("tool", MFD_CLOEXEC);
		opened = opened && files[i] >= 0;
	}
	if (opened && pwrite(files[TOOL_IN], input, size, 0) == (ssize_t)size)
		return 0;
	tool_close(files);
	return -ENOMEM;
}

/* Signals that the driver blocks or ignores have their default effect on the tool */
static int tool_start(const char *const argv[], const int files[TOOL_FILES], pid_t *ret)
{
	posix_spawn_file_actions_t actions;
	posix_spawnattr_t attributes;
	sigset_t none, all;
	int err;

	sigemptyset(&none);
	sigfillset(&all);
	posix_spawn_file_actions_init(&actions);
	for (int i = 0; i < TOOL_FILES; i++)
		posix_spawn_file_actions_adddup2(&actions, files[i], i);
	posix_spawnattr_init(&attributes);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setsigdefault(&attributes, &all);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
	err = posix_spawnp(ret, argv[0], &actions, &attributes, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	posix_spawnattr_destroy(&attributes);
	return -err;
}

/* Returns the exit code, -1 after a signal, or -ETIMEDOUT */
static int tool_wait(pid_t pid)
{
	struct pollfd ended = { .fd = syscall(SYS_pidfd_open, pid, 0), .events = POLLIN };
	int status, ready = poll(&ended, 1, TOOL_MS);

	if (ready <= 0)
		kill(pid, SIGKILL);
	if (ended.fd >= 0)
		close(ended.fd);
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	if (ready <= 0)
		return -ETIMEDOUT;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *tool_read(int fd)
{
	struct stat st;
	char *text;

	if (fstat(fd, &st) || !st.st_size || st.st_size > OUTPUT_MAX)
		return NULL;
	text = xm_need(calloc(1, st.st_size + 1));
	if (pread(fd, text, st.st_size, 0) == st.st_size)
		return text;
	free(text);
	return NULL;
}

static void tool_take_why(int fd, char ret[256])
{
	char *text = tool_read(fd);

	snprintf(ret, 256, "%.*s", text ? (int)strcspn(text, "\n") : 0, text ?: "");
	xm_sanitize(ret);
	free(text);
}

int docker_tool_run(const char *const argv[], const char *input, struct docker_tool_result *ret)
{
	int files[TOOL_FILES], err = tool_open(input, files);
	pid_t pid;

	*ret = (struct docker_tool_result){ .code = -1 };
	if (err)
		return err;
	err = tool_start(argv, files, &pid);
	if (!err) {
		ret->code = tool_wait(pid);
		err = ret->code == -ETIMEDOUT ? -ETIMEDOUT : 0;
	}
	if (!err) {
		ret->output = tool_read(files[TOOL_OUT]);
		tool_take_why(files[TOOL_ERR], ret->why);
	}
	tool_close(files);
	return err;
}
