// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/libbpf.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "../bpf/abi.h"
#include "command.h"

#ifndef XM_VERSION
#error "XM_VERSION comes from the Makefile"
#endif

static void print_json(const struct xm_context *ctx, const struct utsname *kernel)
{
	json_t *doc = json_pack("{s:s, s:i, s:s, s:s}", "version", XM_VERSION, "abi", XM_ABI_VERSION, "libbpf",
				libbpf_version_string(), "kernel", kernel->release);

	json_dumpf(doc, stdout, ctx->pretty ? JSON_INDENT(4) : JSON_COMPACT);
	putchar('\n');
	json_decref(doc);
}

int xm_command_version(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	bool verbose = argc == 1 && (!strcmp(argv[0], "-v") || !strcmp(argv[0], "-V"));
	struct utsname kernel;

	if (argc && !verbose)
		return xm_usage(e, "version: unknown keyword '%s'", argv[0]);
	uname(&kernel);
	if (ctx->json) {
		print_json(ctx, &kernel);
		return 0;
	}
	printf("xmacvlan %s, ABI %u\n", XM_VERSION, XM_ABI_VERSION);
	if (verbose)
		printf("libbpf %s, Linux %s\n", libbpf_version_string(), kernel.release);
	return 0;
}
