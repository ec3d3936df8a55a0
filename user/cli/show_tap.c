// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <grp.h>
#include <pwd.h>
#include <stdio.h>

#include "base/text.h"
#include "cli/show.h"

static const char *name_or_number(const char *name, uint32_t id, char *ret)
{
	if (name)
		snprintf(ret, XM_QEMU_TEXT, "%s", name);
	else
		snprintf(ret, XM_QEMU_TEXT, "%u", id);
	return ret;
}

const char *xm_user_text(uint32_t uid, char *ret)
{
	const struct passwd *user = getpwuid(uid);

	return name_or_number(user ? user->pw_name : NULL, uid, ret);
}

const char *xm_group_text(uint32_t gid, char *ret)
{
	const struct group *group = getgrgid(gid);

	return name_or_number(group ? group->gr_name : NULL, gid, ret);
}

/* QEMU takes ",," for a comma in a value */
static void double_commas(const char *text, char *ret)
{
	for (; *text; text++) {
		*ret++ = *text;
		if (*text == ',')
			*ret++ = ',';
	}
	*ret = '\0';
}

const char *xm_qemu_text(const struct xm_endpoint_info *ep, char ret[XM_QEMU_TEXT])
{
	const char *name = ep->device.ifindex ? ep->device.name : ep->name;
	char mac[XM_MAC_TEXT], ifname[2 * XM_NAME_LEN], queues[32] = "", vectors[32] = "";

	double_commas(name, ifname);
	if (ep->queues > 1) {
		snprintf(queues, sizeof(queues), ",queues=%u", ep->queues);
		/* for each queue a vector to send and one to receive, and two more */
		snprintf(vectors, sizeof(vectors), ",mq=on,vectors=%u", 2u * ep->queues + 2);
	}
	snprintf(ret, XM_QEMU_TEXT,
		 "-netdev tap,id=net%u,ifname=%s,script=no,downscript=no%s -device "
		 "virtio-net-pci,netdev=net%u,mac=%s%s",
		 ep->host_ifindex, ifname, queues, ep->host_ifindex, xm_mac_text(ep->mac, mac),
		 vectors);
	return ret;
}
