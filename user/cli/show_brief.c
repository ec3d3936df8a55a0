// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `show -br`: one line for each device, as `ip -br link` prints it */
#include <stdio.h>

#include "base/text.h"
#include "cli/show.h"

static void brief_print_flag(const char *name, void *first)
{
	printf("%s%s", *(int *)first ? "" : ",", name);
	*(int *)first = 0;
}

static void brief_print(const struct xm_show_style *style, const char *name,
			const struct xm_link *l, const uint8_t *mac, const struct xm_link *lower)
{
	char text[XM_MAC_TEXT];
	int first = 1;

	printf("%s%-16s %s", xm_color_name(style), name, xm_color_end(style));
	printf("%s%-14s %s", xm_color_state(style, l->operstate), xm_operstate_text(l->operstate),
	       xm_color_end(style));
	printf("%s%s %s<", xm_color_mac(style), xm_mac_text(mac, text), xm_color_end(style));
	if (l->type)
		xm_flags_each(l->flags, lower, brief_print_flag, &first);
	printf("> \n");
}

void xm_show_endpoint_brief(const struct xm_show_style *style, const struct xm_parent_info *p,
			    const struct xm_endpoint_info *ep)
{
	char name[2 * XM_NAME_LEN], parent[XM_SANITIZED_LEN];

	snprintf(name, sizeof(name), "%s@%.15s", ep->name, xm_sanitized(p->link.name, parent));
	brief_print(style, name, &ep->device, ep->mac, &p->link);
}

void xm_show_parent_brief(const struct xm_show_style *style, const struct xm_parent_info *p)
{
	char name[XM_SANITIZED_LEN];

	brief_print(style, xm_sanitized(p->link.name, name), &p->link, p->link.mac, NULL);
}
