// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "base/host_end_name.h"
#include "base/text.h"
#include "cli/complete.h"
#include "cli/keywords.h"
#include "cli/snapshot_find.h"
#include "net/netns.h"

void xm_completion_offer(const char *current, const char *word, const char *help)
{
	if (strncmp(word, current, strlen(current)) != 0)
		return;
	/* A name with a blank or a control character is no word of a line */
	for (const char *at = word; *at; at++)
		if (!isgraph((unsigned char)*at))
			return;
	printf("%s%s%s\n", word, help ? " " : "", help ? help : "");
}

/* The namespace of the parents. Returns false when it cannot be entered. */
static bool values_enter(const struct xm_completion *c)
{
	struct xm_err e = {};

	return !c->netns || !xm_context_enter(c->netns, &e);
}

/* What can be read; a reader's session takes no lock. The caller frees it. */
static void values_take(const struct xm_completion *c, struct xm_snapshot *ret)
{
	const struct xm_engine_options options = { .reader = true, .pins_optional = true };
	const struct xm_snapshot_request request = {};
	struct xm_engine *engine;
	struct xm_err e = {};

	if (!values_enter(c) || xm_engine_open(&options, &engine, &e))
		return;
	xm_engine_snapshot(engine, &request, ret, &e);
	xm_engine_close(engine);
}

/* Endpoints and attached parents */
static void offer_snapshot(const struct xm_completion *c, bool endpoints, bool parents)
{
	struct xm_snapshot s = {};
	char help[64];

	values_take(c, &s);
	for (size_t i = 0; i < s.count; i++) {
		const struct xm_parent_info *p = &s.parents[i];

		if (parents)
			xm_completion_offer(c->current, p->link.name, "parent");
		for (size_t j = 0; endpoints && j < p->count; j++) {
			snprintf(help, sizeof(help), "%s on %s", xm_mode_name(p->endpoints[j].mode),
				 p->link.name);
			xm_completion_offer(c->current, p->endpoints[j].name, help);
		}
	}
	xm_snapshot_free(&s);
}

static void offer_mac(const struct xm_completion *c, const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	xm_completion_offer(c->current, xm_mac_text(mac, text), NULL);
}

/* `set NAME address del` and `set NAME macaddr del`: those that the endpoint has */
static void offer_macs(const struct xm_completion *c)
{
	const char *keyword = c->count > 2 ? c->words[c->count - 2] : "";
	bool name_is_second = !strcmp(c->words[0], "name") || !strcmp(c->words[0], "dev");
	const struct xm_endpoint_info *ep;
	struct xm_snapshot s = {};

	if (c->count < 3 || strcmp(c->words[c->count - 1], "del") != 0)
		return;
	values_take(c, &s);
	ep = xm_snapshot_find(&s, c->words[name_is_second]);
	for (size_t i = 0; ep && !strcmp(keyword, "address") && i < ep->additional_mac_count; i++)
		if (!(ep->additional_macs[i].flags & XM_ADDITIONAL_MAC_FOLLOWED))
			offer_mac(c, ep->additional_macs[i].mac);
	for (size_t i = 0; ep && !strcmp(keyword, "macaddr") && i < ep->source_count; i++)
		offer_mac(c, ep->sources[i]);
	xm_snapshot_free(&s);
}

/* Devices that may be parents: not lo, not the host ends of endpoints */
static void offer_devices(const struct xm_completion *c)
{
	struct if_nameindex *list;
	uint32_t parent, slot;

	if (!values_enter(c))
		return;
	list = if_nameindex();
	for (size_t i = 0; list && list[i].if_name; i++)
		if (strcmp(list[i].if_name, "lo") != 0 &&
		    !xm_host_end_parse(list[i].if_name, &parent, &slot))
			xm_completion_offer(c->current, list[i].if_name, "interface");
	if (list)
		if_freenameindex(list);
}

static void offer_namespaces(const struct xm_completion *c)
{
	DIR *dir = opendir(XM_NETNS_DIR);
	const struct dirent *d;

	while (dir && (d = readdir(dir)))
		if (d->d_name[0] != '.')
			xm_completion_offer(c->current, d->d_name, "network namespace");
	if (dir)
		closedir(dir);
}

/* Those of `top`: user/top/order.h */
static void offer_keys(const struct xm_completion *c)
{
	static const char *const keys[] = { "traffic", "name",	     "parent",	"mode",
					    "rx-bits", "rx-packets", "tx-bits", "tx-packets",
					    "drops",   "reason" };

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
		xm_completion_offer(c->current, keys[i], NULL);
}

static void offer_named(const struct xm_completion *c)
{
	offer_snapshot(c, true, false);
}

static void offer_attached(const struct xm_completion *c)
{
	offer_snapshot(c, false, true);
}

static void offer_all(const struct xm_completion *c)
{
	offer_snapshot(c, true, true);
}

static const struct {
	const char *type;
	unsigned int commands; /* set of enum xm_command_id; 0: every one */
	void (*offer)(const struct xm_completion *c);
	const char *line; /* printed in place of it */
} types[] = {
	{ "PARENT", XM_CMD_ADD | XM_CMD_ATTACH, offer_devices, NULL },
	{ "PARENT", 0, offer_attached, NULL },
	{ "NAME", XM_CMD_SET | XM_CMD_DEL | XM_CMD_SHOW, offer_named, NULL },
	{ "NAME|PARENT", 0, offer_all, NULL },
	{ "MAC", XM_CMD_SET, offer_macs, NULL },
	{ "NAME|PID|PATH", 0, offer_namespaces, NULL },
	{ "NETNS", 0, offer_namespaces, NULL },
	{ "KEY", 0, offer_keys, NULL },
	{ "FILE", 0, NULL, ":files" },
	{ "FILE|DIR", 0, NULL, ":files" },
	{ "FILE|NETWORK", 0, NULL, ":files" },
	{ "USER", 0, NULL, ":users" },
	{ "GROUP", 0, NULL, ":groups" },
};

void xm_completion_offer_type(const struct xm_completion *c, unsigned int command, const char *type,
			      size_t len)
{
	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		if (strlen(types[i].type) != len || strncmp(types[i].type, type, len) != 0 ||
		    (types[i].commands && !(types[i].commands & command)))
			continue;
		if (types[i].offer)
			types[i].offer(c);
		else
			puts(types[i].line);
		return;
	}
}
