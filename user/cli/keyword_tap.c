// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>

#include "cli/keyword_tap.h"
#include "net/tap.h"

/* Reads a number, if the text begins with a digit. (uint32_t)-1 is no id. */
static bool read_id(const char *text, uint32_t *ret)
{
	unsigned long long id;
	char *end;

	errno = 0;
	id = strtoull(text, &end, 10);
	*ret = id;
	return text[0] >= '0' && text[0] <= '9' && !*end && !errno && id < UINT32_MAX;
}

int xm_read_user(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	const char *text;
	const struct passwd *user;
	int err = xm_args_value(a, k->word, &text);

	w->add.has_user = true;
	if (err)
		return err;
	user = getpwnam(text);
	if (user)
		w->add.user = user->pw_uid;
	else if (!read_id(text, &w->add.user))
		return xm_fail_usage(a->e, "there is no user '%s'", text);
	return 0;
}

int xm_read_group(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	const char *text;
	const struct group *group;
	int err = xm_args_value(a, k->word, &text);

	w->add.has_group = true;
	if (err)
		return err;
	group = getgrnam(text);
	if (group)
		w->add.group = group->gr_gid;
	else if (!read_id(text, &w->add.group))
		return xm_fail_usage(a->e, "there is no group '%s'", text);
	return 0;
}

int xm_read_queues(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	long long n;
	int err = xm_args_number(a, k->word, 1, XM_TAP_QUEUES_MAX, &n);

	w->add.queues = n;
	return err;
}
