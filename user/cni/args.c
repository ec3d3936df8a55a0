// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CNI_ARGS: KEY=VALUE;KEY=VALUE, with the keys MAC and IgnoreUnknown */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cni/alloc.h"
#include "cni/args.h"

struct args {
	const char *mac;
	const char *unknown_key; /* the first one */
	bool ignore_unknown;
};

static int args_read_pair(char *pair, struct args *a, struct cni_error *e)
{
	char *value = strchr(pair, '=');

	if (!value || strchr(value + 1, '='))
		return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_ARGS: '%s' is not KEY=VALUE", pair);
	*value++ = '\0';
	if (!strcmp(pair, "MAC")) {
		a->mac = value;
	} else if (!strcmp(pair, "IgnoreUnknown")) {
		a->ignore_unknown = !strcasecmp(value, "true") || !strcmp(value, "1");
		if (!a->ignore_unknown && strcasecmp(value, "false") && strcmp(value, "0"))
			return cni_fail(e, CNI_E_ENVIRONMENT,
					"CNI_ARGS: IgnoreUnknown=%s is neither true nor false",
					value);
	} else if (!a->unknown_key) {
		a->unknown_key = pair;
	}
	return 0;
}

int cni_args_read(const char *args, char **ret_mac, struct cni_error *e)
{
	char *copy = cni_strdup(args), *rest = copy, *pair;
	struct args a = {};
	int err = 0;

	while (!err && *args && (pair = strsep(&rest, ";")))
		err = args_read_pair(pair, &a, e);
	if (!err && a.unknown_key && !a.ignore_unknown)
		err = cni_fail(e, CNI_E_ENVIRONMENT,
			       "CNI_ARGS: unknown key '%s' (IgnoreUnknown=1 allows it)",
			       a.unknown_key);
	if (!err)
		*ret_mac = a.mac ? cni_strdup(a.mac) : NULL;
	free(copy);
	return err;
}
