// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <langinfo.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"
#include "cli/show_tree.h"

/* What a line begins with: of one that others follow, and of the last one */
static const struct lines {
	const char *branch, *last, *trunk, *space;
} utf8 = { "├─ ", "└─ ", "│  ", "   " }, ascii = { "|- ", "`- ", "|  ", "   " };

static void tree_print_mac(const struct xm_show_style *style, const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	printf("  %s%s%s", xm_color_mac(style), xm_mac_text(mac, text), xm_color_end(style));
}

static void tree_print_state(const struct xm_show_style *style, const struct xm_link *l)
{
	if (l->type)
		printf("  %s%s%s", xm_color_state(style, l->operstate),
		       xm_operstate_text(l->operstate), xm_color_end(style));
}

static void tree_print_trouble(const char *what, const char *why)
{
	char text[XM_SANITIZED_LEN];

	if (why && why[0])
		printf("  %s: %s", what, xm_sanitized(why, text));
}

static void tree_print_parent(const struct xm_show_style *style, const struct xm_parent_info *p)
{
	char name[XM_SANITIZED_LEN];

	printf("%s%s%s", xm_color_name(style), xm_sanitized(p->link.name, name),
	       xm_color_end(style));
	tree_print_state(style, &p->link);
	if (p->link.type)
		tree_print_mac(style, p->link.mac);
	if (p->is_loaded && p->xdp != XM_XDP_OFF)
		printf("  xdp %s", xm_xdp_name(p->xdp));
	tree_print_trouble("broken", p->broken);
	tree_print_trouble("stale", p->stale);
	putchar('\n');
}

/* Where the endpoint is: its namespace, or the container that has it */
static void tree_print_place(const struct xm_endpoint_info *ep)
{
	char text[XM_OWNER_PLACE];

	if (ep->owner) {
		printf("  %s", xm_show_owner_place(ep->owner, text));
	} else if (ep->netns) {
		printf("  netns %s", xm_sanitized(ep->netns, text));
	} else if (ep->peer_nsid != XM_NSID_SELF) {
		printf("  netns id %d", ep->peer_nsid);
	}
}

static void tree_print_endpoint(const struct xm_show_style *style,
				const struct xm_endpoint_info *ep)
{
	char text[XM_SANITIZED_LEN];

	printf("%s%s%s", xm_color_name(style), ep->name, xm_color_end(style));
	if (ep->device.ifindex && strcmp(ep->device.name, ep->name))
		printf(" (%s)", xm_sanitized(ep->device.name, text));
	tree_print_state(style, &ep->device);
	tree_print_mac(style, ep->mac);
	if (ep->kind != XM_KIND_VETH)
		printf("  %s", xm_kind_name(ep->kind));
	tree_print_place(ep);
	if (ep->host_access)
		printf("  host");
	tree_print_trouble("stale", ep->stale);
	putchar('\n');
}

static size_t tree_count_mode(const struct xm_parent_info *p, uint8_t mode)
{
	size_t count = 0;

	for (size_t i = 0; i < p->count; i++)
		count += p->endpoints[i].mode == mode;
	return count;
}

static void tree_print_mode(const struct xm_show_style *style, const struct xm_parent_info *p,
			    uint8_t mode, size_t left, const struct lines *with)
{
	size_t count = tree_count_mode(p, mode);
	bool last = count == left;

	printf("%s%s\n", last ? with->last : with->branch, xm_mode_name(mode));
	for (size_t i = 0; i < p->count; i++)
		if (p->endpoints[i].mode == mode) {
			printf("%s%s", last ? with->space : with->trunk,
			       --count ? with->branch : with->last);
			tree_print_endpoint(style, &p->endpoints[i]);
		}
}

void xm_show_tree(const struct xm_show_style *style, const struct xm_snapshot *s)
{
	const char *before = setlocale(LC_CTYPE, NULL);
	const struct lines *with;

	setlocale(LC_CTYPE, "");
	with = strcmp(nl_langinfo(CODESET), "UTF-8") ? &ascii : &utf8;
	setlocale(LC_CTYPE, before);
	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];
		size_t left = p->count;

		tree_print_parent(style, p);
		for (uint8_t mode = XM_MODE_NONE + 1; mode < XM_MODE_COUNT; mode++)
			if (tree_count_mode(p, mode)) {
				tree_print_mode(style, p, mode, left, with);
				left -= tree_count_mode(p, mode);
			}
	}
}

/* A quoted string of dot: a backslash would begin one of its escapes */
static void dot_put(const char *text)
{
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			putchar('\\');
		putchar(*text);
	}
}

/* The id of a parent's node is its ifindex, that of an endpoint has its slot behind it */
static void dot_print_parent(const struct xm_parent_info *p)
{
	char text[XM_SANITIZED_LEN], mac[XM_MAC_TEXT];

	printf("\tp%u [shape=box, style=bold, label=\"", p->link.ifindex);
	dot_put(xm_sanitized(p->link.name, text));
	printf("\\n%s\\n%s\"%s];\n", xm_mac_text(p->link.mac, mac),
	       p->broken ? "broken" : xm_operstate_text(p->link.operstate),
	       p->broken ? ", color=red" : "");
}

static void dot_print_place(const struct xm_endpoint_info *ep)
{
	char text[XM_OWNER_PLACE];

	if (ep->owner) {
		printf("\\n");
		dot_put(xm_show_owner_place(ep->owner, text));
	} else if (ep->netns) {
		printf("\\nnetns ");
		dot_put(xm_sanitized(ep->netns, text));
	}
}

static void dot_print_endpoint(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	char text[XM_SANITIZED_LEN], mac[XM_MAC_TEXT];

	printf("\tp%u_%u [shape=ellipse, label=\"", p->link.ifindex, ep->slot);
	dot_put(xm_sanitized(ep->name, text));
	printf("\\n%s", xm_mac_text(ep->mac, mac));
	dot_print_place(ep);
	printf("\"%s];\n", ep->stale[0] ? ", color=orange" : "");
	printf("\tp%u -> p%u_%u [label=\"%s%s\"];\n", p->link.ifindex, p->link.ifindex, ep->slot,
	       xm_mode_name(ep->mode), ep->host_access ? ", host" : "");
}

void xm_show_dot(const struct xm_snapshot *s)
{
	printf("digraph xmacvlan {\n\trankdir=LR;\n");
	for (size_t i = 0; i < s->count; i++) {
		const struct xm_parent_info *p = &s->parents[i];

		dot_print_parent(p);
		for (size_t j = 0; j < p->count; j++)
			dot_print_endpoint(p, &p->endpoints[j]);
	}
	printf("}\n");
}
