// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin: one command from the environment, one configuration from stdin, at most one JSON
 * document to stdout
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "abi.h"
#include "base/caps.h"
#include "cni/alloc.h"
#include "cni/command.h"
#include "cni/json.h"

#ifndef INPUT_LIMIT /* the fuzzer has a smaller one */
#define INPUT_LIMIT (4 * 1024 * 1024)
#endif

static const char *main_variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* Reads stdin to the end. text: room for INPUT_LIMIT + 1 bytes; a NUL follows the last one. */
static int main_read_input(char *text, size_t *ret_len, struct cni_error *e)
{
	size_t len = fread(text, 1, INPUT_LIMIT + 1, stdin);

	if (ferror(stdin))
		return cni_fail(e, CNI_E_IO, "cannot read the configuration from stdin: %s",
				strerror(errno));
	if (len > INPUT_LIMIT)
		return cni_fail(e, CNI_E_DECODE, "the configuration is longer than %d bytes",
				INPUT_LIMIT);
	text[len] = '\0';
	*ret_len = len;
	return 0;
}

static int main_run_command(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	static cni_command_fn *const commands[CNI_COMMANDS] = {
		[CNI_ADD] = cni_command_add,	   [CNI_DEL] = cni_command_del,
		[CNI_CHECK] = cni_command_check,   [CNI_GC] = cni_command_gc,
		[CNI_STATUS] = cni_command_status, [CNI_VERSION] = cni_command_version,
	};

	return commands[r->command](r, ret, e);
}

/* Whether all of it was printed */
static bool main_print(const json_t *doc)
{
	char *text = cni_json_dump(doc, JSON_INDENT(4));
	bool printed = puts(text) != EOF && !fflush(stdout);

	free(text);
	return printed;
}

static void main_print_error(const struct cni_error *e)
{
	json_t *doc = cni_error_json(e);

	main_print(doc);
	json_decref(doc);
}

/* For xm_fatal(), which ends the process: a runtime reads no stderr */
static void main_print_fatal(const char *text)
{
	struct cni_error e = {};

	cni_fail(&e, CNI_E_REFUSED, "%s", text);
	main_print_error(&e);
}

static bool main_lower_caps(void)
{
	int err = xm_caps_keep(XM_CAPS_WORK);
	struct cni_error e = {};

	if (!err)
		return true;
	cni_fail(&e, CNI_E_REFUSED, "cannot lower the capabilities: %s", strerror(-err));
	main_print_error(&e);
	return false;
}

static int main_serve(const struct cni_env *env)
{
	struct cni_request r = {};
	char *text = cni_malloc(INPUT_LIMIT + 1);
	struct cni_error e = {};
	json_t *result = NULL;
	size_t len = 0;
	int err;

	err = main_read_input(text, &len, &e);
	if (!err)
		err = cni_request_read(env, text, len, &r, &e);
	if (!err)
		err = main_run_command(&r, &result, &e);
	if (err)
		main_print_error(&e);
	if (!err && result && !main_print(result)) {
		err = CNI_E_IO;
		/* The runtime did not get the result, so it may call no DEL */
		if (r.command == CNI_ADD)
			cni_attachment_remove(&r, r.config.ipam_type, &e);
	}
	json_decref(result);
	cni_request_free(&r);
	free(text);
	return err ? 1 : 0;
}

int main(void)
{
	struct cni_env env = {
		.command = main_variable("CNI_COMMAND"),
		.container = main_variable("CNI_CONTAINERID"),
		.netns = main_variable("CNI_NETNS"),
		.ifname = main_variable("CNI_IFNAME"),
		.args = main_variable("CNI_ARGS"),
		.path = main_variable("CNI_PATH"),
	};

	if (!env.command[0]) {
		/* dist/kubernetes/install.sh reads the ABI out of it */
		fprintf(stderr, "CNI plugin xmacvlan " XM_VERSION " (ABI " XM_ABI_TEXT
				"): macvlan sub-interfaces built from eBPF\n"
				"CNI protocol versions supported: " CNI_VERSION_LIST "\n");
		return 0;
	}
	umask(077); /* of pins */
	signal(SIGPIPE, SIG_IGN);
	cni_alloc_init();
	xm_fatal_set_handler(main_print_fatal);
	return main_lower_caps() ? main_serve(&env) : 1;
}
