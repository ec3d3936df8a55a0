// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "cli/cmdline.h"

/* What is left of the command line */
struct args {
	int argc;
	char **argv;
	struct xm_err *e;
};

static const char *next(struct args *a)
{
	if (!a->argc)
		return NULL;
	a->argc--;
	return *a->argv++;
}

static int value_of(struct args *a, const char *keyword, const char **ret)
{
	*ret = next(a);
	return *ret ? 0 : xm_usage(a->e, "'%s' needs a value", keyword);
}

/* Reads the value of a keyword that may come once */
static int once(struct args *a, const char *keyword, const char **ret)
{
	if (*ret)
		return xm_usage(a->e, "'%s' is given twice", keyword);
	return value_of(a, keyword, ret);
}

static int number(const char *what, const char *text, long long min, long long max, long long *ret,
		  struct xm_err *e)
{
	char *end;

	errno = 0;
	*ret = strtoll(text, &end, 0);
	if (errno || end == text || *end)
		return xm_usage(e, "%s '%s' is not a number", what, text);
	if (*ret < min || *ret > max)
		return xm_usage(e, "%s %s is out of range (%lld to %lld)", what, text, min, max);
	return 0;
}

static int on_off(const char *what, const char *text, bool *ret, struct xm_err *e)
{
	*ret = !strcmp(text, "on");
	if (*ret || !strcmp(text, "off"))
		return 0;
	return xm_usage(e, "%s is 'on' or 'off', not '%s'", what, text);
}

static int mode(const char *text, uint8_t *ret, struct xm_err *e)
{
	*ret = xm_mode_by_name(text);
	if (*ret)
		return 0;
	return xm_usage(e, "unknown mode '%s' (private, vepa, bridge, passthru or source)", text);
}

static int add_mac(struct xm_settings *s, const char *text, struct xm_err *e)
{
	uint8_t(*more)[XM_MAC_LEN] = realloc(s->macs, (s->mac_count + 1) * sizeof(*more));

	if (!more)
		return xm_fail(e, ENOMEM, "out of memory");
	s->macs = more;
	return xm_parse_unicast("macaddr", text, s->macs[s->mac_count++], e);
}

/* `set` takes what looks like an address: six groups of anything, so that a typo is told, not skipped */
static bool looks_like_mac(const char *text)
{
	return strlen(text) == 17 && (text[2] == ':' || text[2] == '-');
}

static int macaddr(struct args *a, struct xm_settings *s)
{
	const char *op, *mac;
	int err = value_of(a, "macaddr", &op);

	if (err)
		return err;
	if (s->macaddr != XM_MACADDR_NONE)
		return xm_usage(a->e, "'macaddr' is given twice");
	if (!strcmp(op, "flush")) {
		s->macaddr = XM_MACADDR_FLUSH;
	} else if (!strcmp(op, "set")) {
		s->macaddr = XM_MACADDR_SET;
		while (!err && a->argc && looks_like_mac(a->argv[0]))
			err = add_mac(s, next(a), a->e);
	} else if (!strcmp(op, "add") || !strcmp(op, "del")) {
		s->macaddr = *op == 'a' ? XM_MACADDR_ADD : XM_MACADDR_DEL;
		err = value_of(a, "macaddr", &mac);
		if (!err)
			err = add_mac(s, mac, a->e);
	} else {
		err = xm_usage(a->e, "macaddr takes add, del, set or flush, not '%s'", op);
	}
	return err;
}

static int set_once(struct args *a, const char *keyword, bool *has)
{
	if (*has)
		return xm_usage(a->e, "'%s' is given twice", keyword);
	*has = true;
	return 0;
}

/* Keywords with a value, common to add and set. 1: it is none of them. */
static int valued_setting(struct args *a, const char *keyword, struct xm_settings *s)
{
	struct {
		const char *keyword;
		bool *has;
	} table[] = {
		{ "mode", &s->has_mode },         { "address", &s->has_address },
		{ "host", &s->has_host },         { "spoofchk", &s->has_spoofchk },
		{ "bcqueuelen", &s->has_bcqueuelen }, { "bclim", &s->has_bclim },
	};
	const char *value;
	long long n = 0;
	size_t i;
	int err;

	for (i = 0; i < sizeof(table) / sizeof(*table); i++)
		if (!strcmp(keyword, table[i].keyword))
			break;
	if (i == sizeof(table) / sizeof(*table))
		return 1;
	err = set_once(a, keyword, table[i].has);
	if (!err)
		err = value_of(a, keyword, &value);
	if (err)
		return err;
	switch (i) {
	case 0:
		return mode(value, &s->mode, a->e);
	case 1:
		return xm_parse_unicast("address", value, s->address, a->e);
	case 2:
		return on_off("host", value, &s->host, a->e);
	case 3:
		return on_off("spoofchk", value, &s->spoofchk, a->e);
	case 4:
		err = number("bcqueuelen", value, 0, UINT_MAX, &n, a->e);
		s->bcqueuelen = n;
		return err;
	default:
		err = number("bclim", value, INT_MIN, INT_MAX, &n, a->e);
		s->bclim = n;
		return err;
	}
}

/* One setting. 1: the keyword is none. */
static int setting(struct args *a, const char *keyword, struct xm_settings *s)
{
	bool negative = !strncmp(keyword, "no", 2);

	if (!strcmp(keyword, "macaddr"))
		return macaddr(a, s);
	if (!strcmp(keyword, "nopromisc") || !strcmp(keyword, "promisc")) {
		s->promisc = !negative;
		return set_once(a, "promisc/nopromisc", &s->has_promisc);
	}
	if (!strcmp(keyword, "nodst") || !strcmp(keyword, "dst")) {
		s->nodst = negative;
		return set_once(a, "dst/nodst", &s->has_nodst);
	}
	return valued_setting(a, keyword, s);
}

static int unknown(struct args *a, const char *what, const char *keyword)
{
	return xm_usage(a->e, "%s: unknown keyword '%s'", what, keyword);
}

static int mtu(struct args *a, struct xm_add *add)
{
	const char *value;
	long long n = 0;
	int err = value_of(a, "mtu", &value);

	if (!err && add->mtu)
		return xm_usage(a->e, "'mtu' is given twice");
	/* 68: the least that IPv4 and the kernel's veth take (ETH_MIN_MTU) */
	if (!err)
		err = number("mtu", value, 68, 65535, &n, a->e);
	add->mtu = n;
	return err;
}

static int add_keyword(struct args *a, const char *keyword, struct xm_add *add)
{
	int err;

	if (!strcmp(keyword, "name"))
		return once(a, keyword, &add->name);
	if (!strcmp(keyword, "link"))
		return once(a, keyword, &add->link);
	if (!strcmp(keyword, "netns"))
		return once(a, keyword, &add->netns);
	if (!strcmp(keyword, "ifname"))
		return once(a, keyword, &add->ifname);
	if (!strcmp(keyword, "mtu"))
		return mtu(a, add);
	err = setting(a, keyword, &add->settings);
	if (err != 1)
		return err;
	/* The first word that is no keyword is the name, as for `ip link add` */
	if (add->name)
		return unknown(a, "add", keyword);
	add->name = keyword;
	return 0;
}

static int check_add(const struct xm_add *add, struct xm_err *e)
{
	const struct xm_settings *s = &add->settings;
	uint8_t m = s->has_mode ? s->mode : XM_MODE_BRIDGE;
	int err;

	if (!add->name)
		return xm_usage(e, "add: no name given");
	if (!add->link)
		return xm_usage(e, "add: no parent given ('link PARENT')");
	err = xm_check_ifname("name", add->name, e);
	if (!err && add->ifname)
		err = xm_check_ifname("ifname", add->ifname, e);
	if (err)
		return err;
	if (s->has_promisc && (s->promisc || m != XM_MODE_PASSTHRU))
		return xm_usage(e, s->promisc ? "add: unknown keyword 'promisc'" : "nopromisc is for mode passthru");
	if (s->has_nodst && !s->nodst)
		return xm_usage(e, "add: unknown keyword 'dst'");
	if (s->macaddr == XM_MACADDR_DEL || s->macaddr == XM_MACADDR_FLUSH)
		return xm_usage(e, "add: macaddr takes add or set");
	if (s->macaddr != XM_MACADDR_NONE && m != XM_MODE_SOURCE)
		return xm_usage(e, "macaddr is for mode source, not %s", xm_mode_name(m));
	return 0;
}

int xm_parse_add(int argc, char **argv, struct xm_add *ret, struct xm_err *e)
{
	struct args a = { argc, argv, e };
	const char *keyword;
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	while (!err && (keyword = next(&a)))
		err = add_keyword(&a, keyword, ret);
	return err ? err : check_add(ret, e);
}

static bool nothing_set(const struct xm_settings *s)
{
	return !s->has_mode && !s->has_address && !s->has_promisc && !s->has_nodst && !s->has_host &&
	       !s->has_spoofchk && !s->has_bcqueuelen && !s->has_bclim && s->macaddr == XM_MACADDR_NONE;
}

int xm_parse_set(int argc, char **argv, const char **name, struct xm_settings *ret, struct xm_err *e)
{
	struct args a = { argc, argv, e };
	const char *keyword;
	int err = 0;

	memset(ret, 0, sizeof(*ret));
	*name = next(&a);
	if (*name && !strcmp(*name, "name"))
		*name = next(&a);
	if (!*name)
		return xm_usage(e, "set: no name given");
	while (!err && (keyword = next(&a))) {
		err = setting(&a, keyword, ret);
		if (err == 1)
			err = unknown(&a, "set", keyword);
	}
	if (!err && nothing_set(ret))
		err = xm_usage(e, "set: nothing to set given");
	return err;
}

/* A command with one name and nothing behind it that `more` does not take */
static int no_more(struct args *a, const char *what)
{
	const char *word = next(a);

	return word ? unknown(a, what, word) : 0;
}

int xm_parse_attach(int argc, char **argv, const char **parent, int *xdp, int *guard, struct xm_err *e)
{
	const char *keyword, *mode_text = NULL, *guard_text = NULL;
	struct args a = { argc, argv, e };
	bool on = false;
	int err = 0;

	*xdp = *guard = -1;
	*parent = next(&a);
	if (!*parent)
		return xm_usage(e, "attach: no parent given");
	while (!err && (keyword = next(&a))) {
		if (!strcmp(keyword, "xdp"))
			err = once(&a, keyword, &mode_text);
		else if (!strcmp(keyword, "guard"))
			err = once(&a, keyword, &guard_text);
		else
			err = unknown(&a, "attach", keyword);
	}
	if (!err && guard_text) {
		err = on_off("guard", guard_text, &on, e);
		*guard = on;
	}
	if (err || !mode_text)
		return err;
	*xdp = xm_xdp_by_name(mode_text);
	return *xdp < 0 ? xm_usage(e, "xdp is auto, native, skb or off, not '%s'", mode_text) : 0;
}

int xm_parse_detach(int argc, char **argv, const char **parent, bool *force, struct xm_err *e)
{
	struct args a = { argc, argv, e };

	*parent = next(&a);
	if (!*parent)
		return xm_usage(e, "detach: no parent given");
	*force = a.argc && !strcmp(a.argv[0], "force");
	if (*force)
		next(&a);
	return no_more(&a, "detach");
}

int xm_parse_upgrade(int argc, char **argv, const char **parent, struct xm_err *e)
{
	struct args a = { argc, argv, e };

	*parent = next(&a);
	return no_more(&a, "upgrade");
}

int xm_parse_del(int argc, char **argv, const char **name, struct xm_err *e)
{
	struct args a = { argc, argv, e };

	*name = next(&a);
	if (*name && !strcmp(*name, "name"))
		*name = next(&a);
	if (!*name)
		return xm_usage(e, "del: no name given");
	return no_more(&a, "del");
}

int xm_parse_show(int argc, char **argv, const char **name, const char **link, struct xm_err *e)
{
	struct args a = { argc, argv, e };
	const char *word;

	*name = *link = NULL;
	while ((word = next(&a))) {
		if (!strcmp(word, "link")) {
			if (once(&a, "link", link))
				return -EINVAL;
		} else if (*name) {
			return unknown(&a, "show", word);
		} else {
			*name = word;
		}
	}
	return 0;
}

void xm_settings_free(struct xm_settings *s)
{
	free(s->macs);
	s->macs = NULL;
	s->mac_count = 0;
}
