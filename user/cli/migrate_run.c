// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/migrate_plan.h"

/*
 * Starts the program. to: what is its standard output; -1: ours. ends: whether SIGINT, SIGTERM and
 * SIGHUP end it; else it ignores what this process ignores. *ret: its process.
 */
static int run_start(const struct xm_word_list *words, int to, bool ends, pid_t *ret,
		     struct xm_err *e)
{
	*ret = fork();
	if (*ret < 0)
		return xm_fail(e, errno, "cannot start %s: %s", words->v[0], strerror(errno));
	if (*ret)
		return 0;
	if (to >= 0)
		dup2(to, STDOUT_FILENO);
	if (ends) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
	}
	execvp(words->v[0], words->v);
	fprintf(stderr, "%s: %s\n", words->v[0], strerror(errno));
	_exit(127);
}

static int run_await(const struct xm_word_list *words, pid_t pid, struct xm_err *e)
{
	const char *second = words->count > 1 ? words->v[1] : "";
	const char *third = words->count > 2 ? words->v[2] : "";
	int status;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return xm_fail(e, errno, "%s: %s", words->v[0], strerror(errno));
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return 0;
	if (WIFSIGNALED(status))
		return xm_fail(e, ECHILD, "%s %s %s was killed by signal %d", words->v[0], second,
			       third, WTERMSIG(status));
	return xm_fail(e, ECHILD, "%s %s %s failed, exit code %d", words->v[0], second, third,
		       WEXITSTATUS(status));
}

int xm_migrate_run(const struct xm_word_list *words, bool ends, struct xm_err *e)
{
	pid_t pid;
	int err = run_start(words, -1, ends, &pid, e);

	return err ? err : run_await(words, pid, e);
}

/* Appends the values that follow one another to the list */
static int run_read_values(const struct xm_word_list *words, FILE *from, json_t *list,
			   struct xm_err *e)
{
	json_error_t why;
	json_t *value;
	int c;

	for (;;) {
		do
			c = fgetc(from);
		while (c == ' ' || c == '\n' || c == '\r' || c == '\t');
		if (c == EOF)
			return 0;
		ungetc(c, from);
		value = json_loadf(from, JSON_DISABLE_EOF_CHECK | JSON_DECODE_ANY, &why);
		if (!value)
			return xm_fail(e, EPROTO, "%s %s prints no JSON: %s", words->v[0],
				       words->count > 1 ? words->v[1] : "", why.text);
		json_array_append_new(list, value);
	}
}

int xm_migrate_read(const struct xm_word_list *words, json_t **ret, struct xm_err *e)
{
	struct xm_err unread = {};
	int pipes[2], err, bad = 0;
	FILE *from;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return xm_fail(e, errno, "cannot make a pipe: %s", strerror(errno));
	err = run_start(words, pipes[1], true, &pid, e);
	close(pipes[1]);
	from = xm_need(fdopen(pipes[0], "r"));
	*ret = xm_need(json_array());
	if (!err)
		bad = run_read_values(words, from, *ret, &unread);
	fclose(from);
	if (!err)
		err = run_await(words, pid, e);
	if (!err && bad)
		err = xm_fail(e, bad, "%s", unread.text);
	if (err) {
		json_decref(*ret);
		*ret = NULL;
	}
	return err;
}
