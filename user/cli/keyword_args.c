// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>

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
	if (!*ret)
		return xm_fail_usage(a->e, "'%s' needs a value", word);
	return (*ret)[0] ? 0 : xm_fail_usage(a->e, "%s is empty", word);
}

int xm_args_number(struct xm_args *a, const char *word, long long min, long long max,
		   long long *ret)
{
	const char *text;
	char *end;
	int err = xm_args_value(a, word, &text);

	*ret = 0;
	if (err)
		return err;
	errno = 0;
	*ret = strtoll(text, &end, 0);
	if (errno || end == text || *end)
		return xm_fail_usage(a->e, "%s '%s' is not a number", word, text);
	if (*ret < min || *ret > max)
		return xm_fail_usage(a->e, "%s %s is out of range (%lld to %lld)", word, text, min,
				     max);
	return 0;
}
