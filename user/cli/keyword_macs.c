// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "cli/keyword_macs.h"

static int address_read_additional(struct xm_args *a, const struct xm_keyword *k,
				   enum xm_additional_mac_op op, struct xm_settings *s)
{
	const char *text;
	int err = xm_args_value(a, k->word, &text);

	s->additional_mac_op = op;
	return err ? err : xm_parse_unicast(k->word, text, s->additional, a->e);
}

int xm_read_address(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	struct xm_settings *s = &w->add.settings;
	const char *text;
	int err = xm_args_value(a, k->word, &text);

	if (err)
		return err;
	if (!strcmp(text, "add"))
		return address_read_additional(a, k, XM_ADDITIONAL_MAC_ADD, s);
	if (!strcmp(text, "del") || !strcmp(text, "delete"))
		return address_read_additional(a, k, XM_ADDITIONAL_MAC_DEL, s);
	s->has_address = true;
	return xm_parse_unicast(k->word, text, s->address, a->e);
}

int xm_read_addresses(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	struct xm_settings *s = &w->add.settings;
	const char *text;
	int err = xm_args_value(a, k->word, &text);

	if (err)
		return err;
	s->has_follow = true;
	s->follow = !strcmp(text, "follow");
	if (s->follow || !strcmp(text, "own"))
		return 0;
	return xm_fail_usage(a->e, "%s is 'own' or 'follow', not '%s'", k->word, text);
}

static int macaddr_append(struct xm_settings *s, const char *text, struct xm_err *e)
{
	uint8_t(*more)[XM_MAC_LEN] = realloc(s->macs, (s->mac_count + 1) * sizeof(*more));

	if (!more)
		return xm_fail(e, ENOMEM, "out of memory");
	s->macs = more;
	return xm_parse_unicast("macaddr", text, s->macs[s->mac_count++], e);
}

/*
 * `macaddr set` accepts every word that looks like an address (no name has a colon), so that a
 * mistyped address is an error and not the next keyword
 */
static bool macaddr_has_shape(const char *text)
{
	uint8_t mac[XM_MAC_LEN];

	return strchr(text, ':') || (strlen(text) == 17 && text[2] == '-') ||
	       !xm_parse_mac(text, mac);
}

static int macaddr_read_set(struct xm_args *a, struct xm_settings *s)
{
	int err = 0;

	s->macaddr = XM_MACADDR_SET;
	while (!err && a->argc && macaddr_has_shape(a->argv[0]))
		err = macaddr_append(s, xm_args_next(a), a->e);
	return err;
}

static int macaddr_read_one(struct xm_args *a, enum xm_macaddr_op op, struct xm_settings *s)
{
	const char *mac;
	int err = xm_args_value(a, "macaddr", &mac);

	s->macaddr = op;
	return err ? err : macaddr_append(s, mac, a->e);
}

int xm_read_macaddr(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	struct xm_settings *s = &w->add.settings;
	const char *op;
	int err = xm_args_value(a, k->word, &op);

	if (err)
		return err;
	if (!strcmp(op, "set"))
		return macaddr_read_set(a, s);
	if (!strcmp(op, "add"))
		return macaddr_read_one(a, XM_MACADDR_ADD, s);
	if (!strcmp(op, "del"))
		return macaddr_read_one(a, XM_MACADDR_DEL, s);
	if (strcmp(op, "flush"))
		return xm_fail_usage(a->e, "macaddr takes add, del, set or flush, not '%s'", op);
	s->macaddr = XM_MACADDR_FLUSH;
	return 0;
}
