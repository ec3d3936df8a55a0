// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "cli/cmdline.h"
#include "cli/keywords.h"
#include "cli/words.h"

static const char *command_name(enum xm_command_id command)
{
	switch (command) {
	case XM_CMD_ADD:
		return "add";
	case XM_CMD_SET:
		return "set";
	case XM_CMD_DEL:
		return "del";
	case XM_CMD_SHOW:
		return "show";
	case XM_CMD_ATTACH:
		return "attach";
	case XM_CMD_DETACH:
		return "detach";
	case XM_CMD_UPGRADE:
		return "upgrade";
	case XM_CMD_SYNC:
		return "sync";
	}
	return "?";
}

/* "promisc/nopromisc" for keywords that share an id */
static int fail_given_twice(struct xm_args *a, const struct xm_keyword *k)
{
	if (k->id == XM_KW_PROMISC)
		return xm_fail_usage(a->e, "'promisc/nopromisc' is given twice");
	if (k->id == XM_KW_NODST)
		return xm_fail_usage(a->e, "'dst/nodst' is given twice");
	return xm_fail_usage(a->e, "'%s' is given twice", k->word);
}

/*
 * Reads all words. positional: where the first word that is no keyword goes (as the name in `ip
 * link add`); NULL: every word has to be a keyword.
 */
static int parse_words(struct xm_args *a, enum xm_command_id command, const char **positional,
		       struct xm_words *w)
{
	unsigned int given = 0;
	const char *word;
	int err = 0;

	while (!err && (word = xm_args_next(a))) {
		const struct xm_keyword *k = xm_keyword_find(command, word);

		if (k && given & 1u << k->id) {
			err = fail_given_twice(a, k);
		} else if (k) {
			given |= 1u << k->id;
			err = k->read(a, k, w);
		} else if (positional && !*positional && word[0] != '-') {
			*positional = word;
			given |= 1u << XM_KW_NAME;
		} else {
			err = xm_word_fail(command, command_name(command), word, a->e);
		}
	}
	if (!err && w->has_kind && command != XM_CMD_ADD)
		return xm_fail_usage(a->e, "type %s is for 'add', not for '%s'",
				     w->add.auto_kind ? "auto" : xm_kind_name(w->add.kind),
				     command_name(command));
	return err;
}

/* The word that a command begins with: "[name|dev] NAME", or PARENT */
static int parse_first(struct xm_args *a, enum xm_command_id command, const char *what,
		       const char **ret)
{
	bool is_name = !strcmp(what, "name");

	*ret = xm_args_next(a);
	if (*ret && is_name && !strcmp(xm_keyword_spelling(*ret), "name"))
		*ret = xm_args_next(a);
	else if (*ret && is_name && **ret == '-')
		return xm_word_fail(command, command_name(command), *ret, a->e);
	return *ret ? 0 : xm_fail_usage(a->e, "%s: no %s given", command_name(command), what);
}

static int check_add(const struct xm_add *add, struct xm_err *e)
{
	int err;

	if (!add->name)
		return xm_fail_usage(e, "add: no name given");
	if (!add->link)
		return xm_fail_usage(e, "add: no parent given ('link PARENT')");
	err = xm_check_ifname("name", add->name, e);
	if (!err && add->ifname)
		err = xm_check_ifname("ifname", add->ifname, e);
	return err ? err : xm_add_check(add, e);
}

int xm_parse_add(int argc, char **argv, struct xm_add *ret, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err = parse_words(&a, XM_CMD_ADD, &w.add.name, &w);

	*ret = w.add;
	return err ? err : check_add(ret, e);
}

int xm_parse_set(int argc, char **argv, const char **name, struct xm_settings *ret,
		 struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err = parse_first(&a, XM_CMD_SET, "name", name);

	if (!err)
		err = parse_words(&a, XM_CMD_SET, NULL, &w);
	*ret = w.add.settings;
	if (!err && xm_settings_empty(ret))
		err = xm_fail_usage(e, "set: nothing to set given");
	return err;
}

int xm_parse_del(int argc, char **argv, const char **name, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err = parse_first(&a, XM_CMD_DEL, "name", name);

	return err ? err : parse_words(&a, XM_CMD_DEL, NULL, &w);
}

int xm_parse_show(int argc, char **argv, const char **name, const char **link, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err;

	err = parse_words(&a, XM_CMD_SHOW, &w.add.name, &w);
	*name = w.add.name;
	*link = w.link;
	return err;
}

int xm_parse_attach(int argc, char **argv, struct xm_attach *ret, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err = parse_first(&a, XM_CMD_ATTACH, "parent", &w.attach.parent);

	if (!err)
		err = parse_words(&a, XM_CMD_ATTACH, NULL, &w);
	*ret = w.attach;
	return err;
}

int xm_parse_detach(int argc, char **argv, const char **parent, bool *force, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};
	int err = parse_first(&a, XM_CMD_DETACH, "parent", parent);

	if (!err)
		err = parse_words(&a, XM_CMD_DETACH, NULL, &w);
	*force = w.force;
	return err;
}

static int parse_optional_parent(int argc, char **argv, enum xm_command_id command,
				 const char **parent, struct xm_err *e)
{
	struct xm_args a = { argc, argv, e };
	struct xm_words w = {};

	*parent = NULL;
	return parse_words(&a, command, parent, &w);
}

int xm_parse_upgrade(int argc, char **argv, const char **parent, struct xm_err *e)
{
	return parse_optional_parent(argc, argv, XM_CMD_UPGRADE, parent, e);
}

int xm_parse_sync(int argc, char **argv, const char **parent, struct xm_err *e)
{
	return parse_optional_parent(argc, argv, XM_CMD_SYNC, parent, e);
}
