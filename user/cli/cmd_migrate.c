// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * `migrate`: the command lines that turn networks of macvlan into networks of xmacvlan; --apply
 * runs them
 */
#include <stdbool.h>
#include <string.h>

#include "cli/command.h"
#include "cli/migrate_plan.h"

#define MIGRATE_USAGE "migrate cni FILE ... | docker NETWORK | podman NETWORK [--apply]"

static int migrate_plan(int argc, char **argv, struct xm_migrate_plan *plan, struct xm_err *e)
{
	int err = 0;

	if (argc < 2)
		return xm_fail_usage(e, "migrate: no network: " MIGRATE_USAGE);
	if (!strcmp(argv[0], "cni")) {
		for (int i = 1; i < argc && !err; i++)
			err = xm_migrate_cni(argv[i], plan, e);
		return err;
	}
	if (strcmp(argv[0], "docker") && strcmp(argv[0], "podman"))
		return xm_fail_usage(e, "migrate: unknown runtime '%s': " MIGRATE_USAGE, argv[0]);
	if (argc > 2)
		return xm_fail_usage(e, "migrate: unknown word '%s': " MIGRATE_USAGE, argv[2]);
	return xm_migrate_network(argv[0], argv[1], plan, e);
}

int xm_command_migrate(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)
{
	struct xm_migrate_plan plan = {};
	struct xm_word_list words = {};
	bool apply = false;
	int err;

	if (ctx->batch)
		return xm_fail_usage(e, "migrate: not in a batch");
	if (ctx->json)
		return xm_fail_usage(e, "migrate: prints no JSON");
	for (int i = 0; i < argc; i++)
		if (!strcmp(argv[i], "--apply"))
			apply = true;
		else
			xm_word_list_add(&words, argv[i]);
	err = migrate_plan(words.count, words.v, &plan, e);
	if (!err && apply)
		err = xm_migrate_apply(&plan, e);
	else if (!err)
		xm_migrate_print(&plan);
	xm_migrate_free(&plan);
	xm_word_list_free(&words);
	return err;
}
