// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `metrics`: a program of its own, for only it needs the library of the HTTP server */
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

#define METRICS "xmacvlan-metrics"

/* Writes the path of the program, which lies beside this one */
static int find_program(char ret[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - sizeof(METRICS));
	char *name;

	if (len < 0)
		return -errno;
	ret[len] = '\0';
	name = strrchr(ret, '/') + 1;
	strcpy(name, METRICS);
	return 0;
}

int xm_command_metrics(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	char path[PATH_MAX], **words;
	int err;

	if (ctx->batch)
		return xm_fail_usage(e, "metrics: not in a batch");
	if (ctx->json)
		return xm_fail_usage(e, "metrics: there is no JSON form: 'show -s -j' has it");
	words = calloc(argc + 2, sizeof(*words));
	if (!words)
		return xm_fail(e, ENOMEM, "out of memory");
	words[0] = METRICS;
	memcpy(words + 1, argv, argc * sizeof(*words));
	err = find_program(path);
	if (!err) {
		execv(path, words);
		err = -errno;
	}
	free(words);
	return xm_fail(e, err, "cannot run %s: %s", path, strerror(-err));
}
