// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The CNI plugin: one command from the environment, one configuration from stdin, at most one JSON document
 * to stdout.
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
#include "cni/alloc.h"
#include "cni/cni.h"

#ifndef INPUT_LIMIT /* the fuzzer has a smaller one */
#define INPUT_LIMIT (4 * 1024 * 1024)
#endif

static const char *variable(const char *name)
{
	const char *value = getenv(name);

	return value ? value : "";
}

/* All of stdin, malloc'ed, with a NUL behind it */
static int read_input(char **ret, size_t *ret_len, struct cni_error *e)
{
	char *text = cni_malloc(INPUT_LIMIT + 1);
	size_t len = fread(text, 1, INPUT_LIMIT + 1, stdin);

	*ret = text;
	*ret_len = len;
	if (ferror(stdin))
		return cni_fail(e, CNI_E_IO, "cannot read the configuration from stdin: %s", strerror(errno));
	if (len > INPUT_LIMIT)
		return cni_fail(e, CNI_E_DECODE, "the configuration is longer than %d bytes", INPUT_LIMIT);
	text[len] = '\0';
	return 0;
}

static int run(const struct cni_request *r, json_t **ret, struct cni_error *e)
{
	static int (*const commands[CNI_COMMANDS])(const struct cni_request *, json_t **, struct cni_error *) = {
		[CNI_ADD] = cni_add, [CNI_DEL] = cni_del,	[CNI_CHECK] = cni_check,
		[CNI_GC] = cni_gc,   [CNI_STATUS] = cni_status, [CNI_VERSION] = cni_version,
	};

	return commands[r->command](r, ret, e);
}

/* Whether all of it has been printed */
static bool print(const json_t *doc)
{
	char *text = json_dumps(doc, JSON_INDENT(4));
	bool done = puts(text) != EOF && !fflush(stdout);

	free(text);
	return done;
}

static void tell(const struct cni_request *r, const struct cni_error *e)
{
	json_t *doc = cni_error_json(e, cni_version_names[r->version]);

	print(doc);
	json_decref(doc);
}

static int serve(const struct cni_env *env)
{
	struct cni_request r = { .version = CNI_110 };
	struct cni_error e = {};
	json_t *result = NULL;
	char *text = NULL;
	size_t len = 0;
	int err;

	cni_alloc_init();
	err = read_input(&text, &len, &e);
	if (!err)
		err = cni_request_read(env, text, len, &r, &e);
	if (!err)
		err = run(&r, &result, &e);
	if (!err && result && !print(result)) {
		err = CNI_E_IO;
		if (r.command == CNI_ADD)
			/* Nobody knows of it, so nobody would delete it */
			cni_del_parts(&r, r.ipam, &(struct cni_error){});
	}
	if (e.code)
		tell(&r, &e);
	json_decref(result);
	cni_request_free(&r);
	free(text);
	return err ? 1 : 0;
}

int main(void)
{
	struct cni_env env = {
		.command = variable("CNI_COMMAND"),
		.container = variable("CNI_CONTAINERID"),
		.netns = variable("CNI_NETNS"),
		.ifname = variable("CNI_IFNAME"),
		.args = variable("CNI_ARGS"),
		.path = variable("CNI_PATH"),
	};

	if (!env.command[0]) {
		/* dist/kubernetes/install.sh reads the ABI out of it */
		fprintf(stderr, "CNI plugin xmacvlan " XM_VERSION " (ABI %u): macvlan sub-interfaces built from eBPF\n"
				"CNI protocol versions supported: 0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0\n",
			XM_ABI_VERSION);
		return 0;
	}
	umask(077); /* of pins */
	signal(SIGPIPE, SIG_IGN);
	xm_caps_keep(XM_CAPS_WORK);
	return serve(&env);
}
