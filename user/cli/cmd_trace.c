// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `trace`: a program of its own, for only it needs libpcap */
#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/command.h"

#define TRACE	"xmacvlan-trace"
#define OPTIONS 2

/* Writes the path of the program, which lies beside this one */
static int find_trace(char ret[PATH_MAX])
{
	ssize_t len = readlink("/proc/self/exe", ret, PATH_MAX - sizeof(TRACE));
	char *name;

	if (len < 0)
		return -errno;
	ret[len] = '\0';
	name = strrchr(ret, '/') + 1;
	strcpy(name, TRACE);
	return 0;
}

int xm_command_trace(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	char path[PATH_MAX], **words;
	int n = 0, err;

	if (ctx->batch)
		return xm_fail_usage(e, "trace: not in a batch");
	words = calloc(argc + OPTIONS + 2, sizeof(*words));
	if (!words)
		return xm_fail(e, ENOMEM, "out of memory");
	words[n++] = TRACE;
	if (ctx->json)
		words[n++] = "--json";
	if (ctx->pretty)
		words[n++] = "--pretty";
	memcpy(words + n, argv, argc * sizeof(*words));
	err = find_trace(path);
	if (!err) {
		execv(path, words);
		err = -errno;
	}
	free(words);
	return xm_fail(e, err, "cannot run %s: %s", path, strerror(-err));
}
