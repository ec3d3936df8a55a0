// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The netavark plugin: one command from the command line, one JSON document from stdin, at most one
 * to stdout. An error is {"error": TEXT} there, and exit code 1.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"
#include "base/caps.h"
#include "base/text.h"
#include "netavark/commands.h"

#define INPUT_LIMIT (4 * 1024 * 1024)
#define API_VERSION "1.0.0"

/* Whether all of it was printed */
static bool main_print(const json_t *doc)
{
	char *text = xm_need(json_dumps(doc, JSON_COMPACT));
	bool printed = puts(text) != EOF && !fflush(stdout);

	free(text);
	return printed;
}

static int main_print_error(const char *text)
{
	json_t *doc = json_pack("{s:s}", "error", text);

	if (doc)
		main_print(doc);
	json_decref(doc);
	return 1;
}

/* For xm_fatal(), which ends the process: podman shows what is printed to stdout */
static void main_print_fatal(const char *text)
{
	main_print_error(text);
}

/* xm_fatal() would allocate memory to print JSON */
static void *main_allocate(size_t size)
{
	void *block = malloc(size ? size : 1);

	if (block)
		return block;
	puts("{\"error\":\"out of memory\"}");
	fflush(stdout);
	_exit(1);
}

/* Reads stdin to the end. *ret: a new reference. */
static int main_read(json_t **ret, struct xm_err *e)
{
	char *text = main_allocate(INPUT_LIMIT + 1);
	size_t len = fread(text, 1, INPUT_LIMIT + 1, stdin);
	json_error_t why;
	int err = 0;

	if (ferror(stdin))
		err = xm_fail(e, errno, "cannot read stdin: %s", strerror(errno));
	else if (len > INPUT_LIMIT)
		err = xm_fail(e, E2BIG, "stdin has more than %d bytes", INPUT_LIMIT);
	if (!err) {
		*ret = json_loadb(text, len, JSON_REJECT_DUPLICATES, &why);
		if (!*ret)
			err = xm_fail(e, EINVAL, "stdin is not JSON: line %d: %s", why.line,
				      why.text);
	}
	free(text);
	return err;
}

static int main_run(const char *command, const char *netns, const json_t *document, json_t **ret,
		    struct xm_err *e)
{
	if (!json_is_object(document))
		return xm_fail(e, EINVAL, "stdin is not a JSON object");
	if (!strcmp(command, "create"))
		return netavark_create(document, ret, e);
	if (!strcmp(command, "setup"))
		return netavark_setup(document, netns, ret, e);
	return netavark_teardown(document, netns, e);
}

static int main_serve(const char *command, const char *netns)
{
	json_t *document = NULL, *answer = NULL;
	struct xm_err e = {};
	int err = main_read(&document, &e);

	if (!err)
		err = main_run(command, netns, document, &answer, &e);
	if (err)
		main_print_error(e.text);
	if (!err && answer && !main_print(answer)) {
		err = -EIO;
		/* netavark did not get the status, so it may call no teardown */
		if (!strcmp(command, "setup"))
			netavark_teardown(document, netns, &e);
	}
	json_decref(answer);
	json_decref(document);
	return err ? 1 : 0;
}

static int main_info(void)
{
	json_t *doc = json_pack("{s:s, s:s, s:s}", "version", XM_VERSION, "api_version",
				API_VERSION, "abi", XM_ABI_TEXT);
	bool printed = main_print(doc);

	json_decref(doc);
	return !printed;
}

static int main_usage(const char *problem, const char *word)
{
	char text[256], sanitized[XM_SANITIZED_LEN];

	snprintf(text, sizeof(text),
		 "%s '%.40s'; the commands are create, setup NETNS, teardown NETNS, info", problem,
		 xm_sanitized(word, sanitized));
	return main_print_error(text);
}

int main(int argc, char **argv)
{
	const char *command = argc > 1 ? argv[1] : "info";
	bool creates = !strcmp(command, "create");
	bool inside = !strcmp(command, "setup") || !strcmp(command, "teardown");
	int err;

	umask(077); /* of pins */
	signal(SIGPIPE, SIG_IGN);
	xm_fatal_set_handler(main_print_fatal);
	json_set_alloc_funcs(main_allocate, free);
	if (!strcmp(command, "info"))
		return main_info();
	if (!creates && !inside)
		return main_usage("unknown command", command);
	if (argc != (inside ? 3 : 2))
		return main_usage(inside ? "no path of a network namespace, or more words:"
					 : "unknown word",
				  argv[argc - 1]);
	err = xm_caps_keep(XM_CAPS_WORK);
	if (err)
		return main_print_error("cannot lower the capabilities");
	return main_serve(command, inside ? argv[2] : NULL);
}
