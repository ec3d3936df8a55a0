// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/libbpf.h>
#include <jansson.h>
#include <stdio.h>
#include <string.h>
#include <sys/utsname.h>

#include "abi.h"
#include "cli/command.h"
#include "pins/kernel_features.h"

#ifndef XM_VERSION
#error "XM_VERSION comes from the Makefile"
#endif

#define NO_BTF "BTF (CONFIG_DEBUG_INFO_BTF)"

struct kernel {
	struct utsname name;
	struct xm_lack lacks[XM_LACKS_MAX];
	int n; /* of these, or -errno */
};

static json_t *lacks_json(const struct kernel *k)
{
	json_t *array = json_array();

	for (int i = 0; i < k->n; i++)
		json_array_append_new(
			array, json_pack("{s:s, s:s, s:s}", "feature", k->lacks[i].feature, "since",
					 k->lacks[i].since, "effect", k->lacks[i].effect));
	return array;
}

static void print_json(const struct xm_context *ctx, const struct kernel *k, bool verbose)
{
	json_t *doc = json_pack("{s:s, s:s, s:s, s:s}", "version", XM_VERSION, "abi", XM_ABI_TEXT,
				"libbpf", libbpf_version_string(), "kernel", k->name.release);

	if (verbose && k->n < 0)
		json_object_set_new(doc, "needs", json_string(NO_BTF));
	else if (verbose)
		json_object_set_new(doc, "lacks", lacks_json(k));
	xm_print_json(ctx, doc);
}

static void print_kernel(const struct kernel *k)
{
	printf("libbpf %s, Linux %s\n", libbpf_version_string(), k->name.release);
	if (k->n < 0)
		printf("lacks " NO_BTF ", without which nothing works\n");
	else if (!k->n)
		printf("this kernel has everything that xmacvlan uses\n");
	for (int i = 0; i < k->n; i++)
		printf("lacks %s (Linux %s): %s\n", k->lacks[i].feature, k->lacks[i].since,
		       k->lacks[i].effect);
}

int xm_command_version(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	bool verbose = argc == 1 && (!strcmp(argv[0], "-v") || !strcmp(argv[0], "-V"));
	struct kernel kernel = {};

	if (argc && !verbose)
		return xm_fail_usage(e, "version: unknown keyword '%s'", argv[0]);
	uname(&kernel.name);
	if (verbose)
		kernel.n = xm_lacks(kernel.lacks);
	if (ctx->json) {
		print_json(ctx, &kernel, verbose);
		return 0;
	}
	printf("xmacvlan %s, ABI %s\n", XM_VERSION, XM_ABI_TEXT);
	if (verbose)
		print_kernel(&kernel);
	return 0;
}
