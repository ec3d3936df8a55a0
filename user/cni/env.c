// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "abi.h"
#include "base/parse.h"
#include "cni/env.h"

/* Variables that a command requires. CNI_PATH is checked in ipam.c, where a plugin is executed. */
enum env_need { CONTAINER = 1, NETNS = 2, IFNAME = 4 };

static const struct {
	const char *name;
	int needs; /* enum env_need */
	enum cni_version since;
} commands[CNI_COMMANDS] = {
	[CNI_ADD] = { "ADD", CONTAINER | NETNS | IFNAME, CNI_010 },
	[CNI_DEL] = { "DEL", CONTAINER | IFNAME, CNI_010 },
	[CNI_CHECK] = { "CHECK", CONTAINER | NETNS | IFNAME, CNI_040 },
	[CNI_GC] = { "GC", 0, CNI_110 },
	[CNI_STATUS] = { "STATUS", 0, CNI_110 },
	[CNI_VERSION] = { "VERSION", 0, CNI_010 },
};

enum cni_version cni_command_since(enum cni_command command)
{
	return commands[command].since;
}

int cni_env_command(const struct cni_env *env, enum cni_command *ret, struct cni_error *e)
{
	for (int i = 0; i < CNI_COMMANDS; i++)
		if (!strcmp(env->command, commands[i].name)) {
			*ret = i;
			return 0;
		}
	return cni_fail(e, CNI_E_ENVIRONMENT, "unknown CNI_COMMAND '%s'", env->command);
}

const char *cni_name_problem(const char *name)
{
	if (!isalnum((unsigned char)*name))
		return "does not begin with a letter or digit";
	for (const char *c = name; *c; c++)
		if ((unsigned char)*c >= 0x80 ||
		    (!isalnum((unsigned char)*c) && !strchr("_.-", *c)))
			return "contains characters other than letters, digits, '_', '.' and '-'";
	return strlen(name) < XM_OWNER_TEXT ? NULL : "is longer than 255 characters";
}

/* jansson makes no string of text that is not UTF-8 */
static bool env_is_utf8(const char *text)
{
	json_t *string = json_string(text);

	json_decref(string);
	return string;
}

static int env_check_set(const struct cni_env *env, int needs, struct cni_error *e)
{
	const struct {
		int need;
		const char *name, *value;
	} variables[] = {
		{ CONTAINER, "CNI_CONTAINERID", env->container },
		{ NETNS, "CNI_NETNS", env->netns },
		{ IFNAME, "CNI_IFNAME", env->ifname },
	};
	char missing[128] = "";
	size_t len = 0, count = 0;

	for (size_t i = 0; i < sizeof(variables) / sizeof(*variables); i++)
		if ((needs & variables[i].need) && !variables[i].value[0])
			len += snprintf(missing + len, sizeof(missing) - len, "%s%s",
					count++ ? ", " : "", variables[i].name);
	return count ? cni_fail(e, CNI_E_ENVIRONMENT, "%s: %s %s not set", env->command, missing,
				count == 1 ? "is" : "are")
		     : 0;
}

int cni_env_check(const struct cni_env *env, enum cni_command command, struct cni_error *e)
{
	int needs = commands[command].needs;
	struct xm_err why = {};
	const char *problem;

	if (env_check_set(env, needs, e))
		return e->code;
	problem = needs & CONTAINER ? cni_name_problem(env->container) : NULL;
	if (problem)
		return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_CONTAINERID '%s' %s", env->container,
				problem);
	if ((needs & IFNAME) && xm_check_ifname("CNI_IFNAME", env->ifname, &why))
		return cni_fail(e, CNI_E_ENVIRONMENT, "%s", why.text);
	if ((needs & NETNS) && !env_is_utf8(env->netns))
		return cni_fail(e, CNI_E_ENVIRONMENT,
				"CNI_NETNS '%s' is not UTF-8: a result cannot contain it",
				env->netns);
	return 0;
}
