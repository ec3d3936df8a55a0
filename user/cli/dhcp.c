// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cli/dhcp.h"

#define UNIT_TEXT 300

/* In the child: standard output of `apply` has its steps */
static void child_run(const struct xm_word_list *words)
{
	dup2(STDERR_FILENO, STDOUT_FILENO);
	execvp(words->v[0], words->v);
	fprintf(stderr, "xmacvlan: cannot run %s: %s\n", words->v[0], strerror(errno));
	_exit(127);
}

static int words_run(const struct xm_word_list *words, struct xm_err *e)
{
	pid_t pid = fork();
	int status;

	if (pid < 0)
		return xm_fail(e, errno, "cannot start %s: %s", words->v[0], strerror(errno));
	if (!pid)
		child_run(words);
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

static void words_add(struct xm_word_list *to, const char *const *words)
{
	for (; *words; words++)
		xm_word_list_add(to, *words);
}

/* A `$` begins a variable in a unit; two are one */
static void words_add_escaped(struct xm_word_list *to, const char *word)
{
	char *text = xm_need(malloc(2 * strlen(word) + 1)), *p = text;

	for (; *word; word++) {
		*p++ = *word;
		if (*word == '$')
			*p++ = '$';
	}
	*p = '\0';
	xm_word_list_add(to, text);
	free(text);
}

/* The client of a deleted endpoint of that name; there may be none */
static void unit_stop(const char *unit)
{
	const char *const stop[] = { "systemctl", "--quiet", "stop", unit, NULL };
	struct xm_word_list words = {};
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDERR_FILENO);
		words_add(&words, stop);
		child_run(&words);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* systemd opens the path of the namespace before the command runs, while this thread waits */
static int unit_start(const struct xm_word_list *words, const char *endpoint, const char *unit,
		      struct xm_err *e)
{
	char netns[64], description[UNIT_TEXT], name[UNIT_TEXT + 10];
	const char *const run[] = {
		"systemd-run", "--quiet", "--collect", "--service-type=forking", name, description,
		netns,	       "--",	  NULL
	};
	struct xm_word_list all = {};
	int err;

	snprintf(name, sizeof(name), "--unit=%s", unit);
	snprintf(description, sizeof(description), "--description=DHCP client of %s", endpoint);
	snprintf(netns, sizeof(netns), "--property=NetworkNamespacePath=/proc/%d/ns/net", gettid());
	words_add(&all, run);
	for (int i = 0; i < words->count; i++)
		words_add_escaped(&all, words->v[i]);
	err = words_run(&all, e);
	xm_word_list_free(&all);
	return err;
}

/* As systemd-escape(1): a name may have a `*`, which systemctl would take for a pattern */
static void unit_name(const char *endpoint, char ret[UNIT_TEXT])
{
	size_t n = snprintf(ret, UNIT_TEXT, "xmacvlan-dhcp-");

	for (; *endpoint && n < UNIT_TEXT - sizeof("\\x00.service"); endpoint++) {
		bool plain = isalnum((unsigned char)*endpoint) || strchr(":-_.", *endpoint);

		n += snprintf(ret + n, UNIT_TEXT - n, plain ? "%c" : "\\x%02x",
			      (unsigned char)*endpoint);
	}
	snprintf(ret + n, UNIT_TEXT - n, ".service");
}

int xm_dhcp_start(const struct xm_word_list *words, const char *endpoint, struct xm_err *e)
{
	char unit[UNIT_TEXT];

	if (!endpoint)
		return words_run(words, e);
	unit_name(endpoint, unit);
	unit_stop(unit);
	return unit_start(words, endpoint, unit, e);
}
