// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The command that is run when devices or namespaces have appeared. Another process runs it, which
 * was forked before the watcher gave up its privileges: the loop waits neither for the command nor
 * for a lock that the command waits for, and a DHCP client that the command starts may need more
 * than the watcher. That process ends when the watcher has ended.
 */
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "watcher/watcher.h"

#define DELAY_MS 20 /* devices that appear together are handled together */
/* The command takes a fifth of a CPU at most */
#define REST_SHARE   4
#define REST_MAX_MS  2000
#define RETRY_MIN_MS 1000
#define RETRY_MAX_MS 60000

/* Exit codes, as those of a shell */
#define NOT_STARTED 126
#define NOT_FOUND   127
#define BY_SIGNAL   128

static struct {
	int fd; /* to the process that runs it */
	const char *name;
	bool marked; /* it is to be run */
	int64_t due; /* when, xm_now_ms() */
	int64_t rest; /* not before that */
	int64_t started; /* 0: it does not run */
	int64_t retry_ms;
} command = { .fd = -1 };

/* Runs the command and returns its exit code */
static uint8_t runner_run(char **words)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		execvp(words[0], words);
		_exit(NOT_FOUND);
	}
	while (pid < 0 || waitpid(pid, &status, 0) < 0)
		if (pid < 0 || errno != EINTR)
			return NOT_STARTED;
	return WIFEXITED(status) ? WEXITSTATUS(status) : BY_SIGNAL + WTERMSIG(status);
}

/* An octet asks for a run, and is answered with the exit code */
static void __attribute__((noreturn)) runner_main(int fd, char **words)
{
	uint8_t code;

	unsetenv("NOTIFY_SOCKET");
	while (read(fd, &code, 1) == 1) {
		code = runner_run(words);
		if (write(fd, &code, 1) != 1)
			break;
	}
	_exit(0);
}

int command_open(char **words, struct xm_err *e)
{
	int pair[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair))
		return xm_fail(e, errno, "cannot open a socket: %s", strerror(errno));
	pid = fork();
	if (!pid) {
		close(pair[0]);
		runner_main(pair[1], words);
	}
	close(pair[1]);
	if (pid < 0)
		return xm_fail(e, errno, "cannot start a process: %s", strerror(errno));
	command.fd = pair[0];
	command.name = words[0];
	command_mark();
	return 0;
}

int command_fd(void)
{
	return command.fd;
}

void command_mark(void)
{
	if (command.fd < 0 || command.marked)
		return;
	command.marked = true;
	command.due = xm_now_ms() + DELAY_MS;
	if (command.due < command.rest)
		command.due = command.rest;
	command.retry_ms = 0;
}

int64_t command_due(void)
{
	return command.marked && !command.started ? command.due : 0;
}

static void command_lost(void)
{
	log_line(LOG_WARNING, "the process that runs %s has ended: it is not run again",
		 command.name);
	close(command.fd);
	command.fd = -1;
	command.marked = false;
}

void command_run_due(void)
{
	int64_t now = xm_now_ms(), due = command_due();

	if (!due || now < due)
		return;
	command.marked = false;
	command.started = now;
	if (send(command.fd, "", 1, MSG_NOSIGNAL) != 1)
		command_lost();
}

/* What the kernel refused is tried again. With a wrong file (1) or command that would not help. */
static void command_failed(uint8_t code)
{
	bool again = code != XM_EXIT_USAGE && code != NOT_FOUND;

	log_line(LOG_WARNING, "%s ended with %s %u%s", command.name,
		 code > BY_SIGNAL ? "signal" : "code", code > BY_SIGNAL ? code - BY_SIGNAL : code,
		 again ? ": it is run again" : "");
	if (!again || command.marked)
		return;
	command.retry_ms = command.retry_ms ? command.retry_ms * 2 : RETRY_MIN_MS;
	if (command.retry_ms > RETRY_MAX_MS)
		command.retry_ms = RETRY_MAX_MS;
	command.marked = true;
	command.due = xm_now_ms() + command.retry_ms;
}

void command_take(void)
{
	uint8_t code;
	ssize_t n = recv(command.fd, &code, 1, MSG_DONTWAIT);
	int64_t now = xm_now_ms(), rest = (now - command.started) * REST_SHARE;

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	command.rest = now + (rest < REST_MAX_MS ? rest : REST_MAX_MS);
	command.started = 0;
	if (n != 1)
		command_lost();
	else if (code)
		command_failed(code);
	else
		command.retry_ms = 0;
	if (command.marked && command.due < command.rest)
		command.due = command.rest;
}
