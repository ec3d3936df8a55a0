// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <linux/if_link.h>

#include "net/link_lower.h"

static void begin_device(struct xm_nl *nl, const char *name, uint32_t group)
{
	xm_nl_begin(nl, RTM_NEWLINK, NLM_F_CREATE | NLM_F_EXCL, sizeof(struct ifinfomsg));
	xm_nl_put_text(nl, IFLA_IFNAME, name);
	xm_nl_put_u32(nl, IFLA_GROUP, group);
}

int xm_link_add_vlan(struct xm_nl *nl, const char *name, uint32_t lower, uint16_t vid,
		     uint32_t group)
{
	struct nlattr *info, *data;

	begin_device(nl, name, group);
	xm_nl_put_u32(nl, IFLA_LINK, lower);
	info = xm_nl_nest(nl, IFLA_LINKINFO);
	xm_nl_put_text(nl, IFLA_INFO_KIND, "vlan");
	data = xm_nl_nest(nl, IFLA_INFO_DATA);
	xm_nl_put(nl, IFLA_VLAN_ID, &vid, sizeof(vid));
	xm_nl_nest_end(nl, data);
	xm_nl_nest_end(nl, info);
	return xm_nl_talk(nl, NULL, NULL);
}

int xm_link_add_dummy(struct xm_nl *nl, const char *name, uint32_t group)
{
	struct nlattr *info;

	begin_device(nl, name, group);
	info = xm_nl_nest(nl, IFLA_LINKINFO);
	xm_nl_put_text(nl, IFLA_INFO_KIND, "dummy");
	xm_nl_nest_end(nl, info);
	return xm_nl_talk(nl, NULL, NULL);
}
