// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A file of CNI: `"type": "macvlan"` becomes "xmacvlan", everything else stays as it is written.
 * CNI reads .conf, .conflist and .json only: a copy with another ending is no network.
 */
#include <errno.h>
#include <regex.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli/migrate_plan.h"

#define CNI_SUFFIX ".macvlan"
#define CNI_MATCH  "\"type\"[[:space:]]*:[[:space:]]*\"macvlan\""
#define CNI_REPLACE                                                                                \
	"s/\"type\"\\([[:space:]]*\\):\\([[:space:]]*\\)\"macvlan\"/\"type\"\\1:\\2\"xmacvlan\"/g"

static bool cni_is_macvlan(const json_t *plugin)
{
	const char *type = json_string_value(json_object_get(plugin, "type"));

	return type && !strcmp(type, "macvlan");
}

/* How many plugins of a network are macvlan: of a list, or of a single one */
static size_t cni_count_plugins(const json_t *network)
{
	const json_t *plugin;
	size_t i, count = cni_is_macvlan(network);

	json_array_foreach(json_object_get(network, "plugins"), i, plugin)
		count += cni_is_macvlan(plugin);
	return count;
}

/* How many objects at any depth have this type: sed replaces all of them */
static size_t cni_count_all(const json_t *value)
{
	size_t i, count = cni_is_macvlan(value);
	const char *key;
	json_t *member;

	json_object_foreach((json_t *)value, key, member)
		count += cni_count_all(member);
	json_array_foreach(value, i, member)
		count += cni_count_all(member);
	return count;
}

/* How often sed will replace something in the file; -1: it cannot be read */
static int cni_count_replaced(const char *file)
{
	char *text = NULL, *at;
	size_t size = 0;
	FILE *from = fopen(file, "r");
	regmatch_t match;
	regex_t regex;
	int count = 0;

	if (!from || getdelim(&text, &size, '\0', from) < 0 || regcomp(&regex, CNI_MATCH, 0))
		count = -1;
	if (from)
		fclose(from);
	for (at = text; count >= 0 && !regexec(&regex, at, 1, &match, 0); at += match.rm_eo)
		count++;
	if (count >= 0)
		regfree(&regex);
	free(text);
	return count;
}

static int cni_check(const char *file, const json_t *network, struct xm_err *e)
{
	size_t count = cni_count_plugins(network);

	if (!json_is_object(network))
		return xm_fail_usage(e, "migrate: %s is not a network of CNI: no JSON object",
				     file);
	if (!count)
		return xm_fail_usage(e, "migrate: %s has no plugin of type macvlan", file);
	if (cni_count_all(network) != count)
		return xm_fail_usage(e,
				     "migrate: %s has the type macvlan also below its plugins; "
				     "edit it by hand",
				     file);
	if (cni_count_replaced(file) != (int)count)
		return xm_fail_usage(e,
				     "migrate: %s has the type macvlan in another spelling; edit "
				     "it by hand",
				     file);
	return 0;
}

static bool cni_is_planned(const struct xm_migrate_plan *plan, const char *copy)
{
	for (size_t i = 0; i < plan->count; i++) {
		const struct xm_word_list *undo = &plan->steps[i].undo;

		if (undo->count && !strcmp(undo->v[undo->count - 1], copy))
			return true;
	}
	return false;
}

static void cni_append(const char *file, const char *copy, struct xm_migrate_plan *plan)
{
	struct xm_migrate_step *step = xm_migrate_append(plan);

	xm_migrate_words(&step->run, (const char *const[]){ "cp", "-p", "--", file, copy, NULL });
	xm_migrate_words(&step->undo, (const char *const[]){ "rm", "-f", "--", copy, NULL });
	step = xm_migrate_append(plan);
	xm_migrate_words(&step->run, (const char *const[]){ "sed", "-z", "-i", "--follow-symlinks",
							    CNI_REPLACE, "--", file, NULL });
	xm_migrate_words(&step->undo, (const char *const[]){ "cp", "-p", "--", copy, file, NULL });
}

int xm_migrate_cni(const char *file, struct xm_migrate_plan *plan, struct xm_err *e)
{
	json_error_t why;
	json_t *network;
	char *copy;
	int err;

	if (access(file, R_OK))
		return xm_fail_usage(e, "migrate: %s: %s", file, strerror(errno));
	network = json_load_file(file, JSON_REJECT_DUPLICATES, &why);
	if (!network)
		return xm_fail_usage(e, "migrate: %s is not JSON: line %d: %s", file, why.line,
				     why.text);
	err = cni_check(file, network, e);
	json_decref(network);
	if (err)
		return err;
	if (asprintf(&copy, "%s" CNI_SUFFIX, file) < 0)
		xm_fatal("out of memory");
	if (!access(copy, F_OK))
		err = xm_fail_usage(e, "migrate: %s exists already: the copy of an earlier change",
				    copy);
	else if (cni_is_planned(plan, copy))
		err = xm_fail_usage(e, "migrate: %s is named twice", file);
	else
		cni_append(file, copy, plan);
	free(copy);
	return err;
}
