// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* CNI_ARGS: KEY=VALUE;KEY=VALUE, of which we know MAC and IgnoreUnknown */
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "cni/alloc.h"
#include "cni/cni.h"

struct args {
	char *mac;
	const char *unknown; /* the first one */
	bool ignore;
};

static int take(char *pair, struct args *a, struct cni_error *e)
{
	char *value = strchr(pair, '=');

	if (!value || strchr(value + 1, '='))
		return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_ARGS: '%s' is not KEY=VALUE", pair);
	*value++ = '\0';
	if (!strcmp(pair, "MAC")) {
		a->mac = value;
	} else if (!strcmp(pair, "IgnoreUnknown")) {
		a->ignore = !strcasecmp(value, "true") || !strcmp(value, "1");
		if (!a->ignore && strcasecmp(value, "false") && strcmp(value, "0"))
			return cni_fail(e, CNI_E_ENVIRONMENT, "CNI_ARGS: IgnoreUnknown=%s is neither true nor false",
					value);
	} else if (!a->unknown) {
		a->unknown = pair;
	}
	return 0;
}

int cni_args_read(const char *args, char **ret_mac, struct cni_error *e)
{
	char *copy = cni_strdup(args), *rest = copy, *pair;
	struct args a = {};
	int err = 0;

	*ret_mac = NULL;
	while (!err && *args && (pair = strsep(&rest, ";")))
		err = take(pair, &a, e);
	if (!err && a.unknown && !a.ignore)
		err = cni_fail(e, CNI_E_ENVIRONMENT, "CNI_ARGS: unknown key '%s' (IgnoreUnknown=1 would allow it)",
			       a.unknown);
	if (!err && a.mac)
		*ret_mac = cni_strdup(a.mac);
	free(copy);
	return err;
}
