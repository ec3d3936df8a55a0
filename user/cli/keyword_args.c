// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "cli/keywords.h"

const char *xm_args_next(struct xm_args *a)
{
	if (!a->argc)
		return NULL;
	a->argc--;
	return *a->argv++;
}

int xm_args_value(struct xm_args *a, const char *word, const char **ret)
{
	*ret = xm_args_next(a);
	return *ret ? 0 : xm_fail_usage(a->e, "'%s' needs a value", word);
}
