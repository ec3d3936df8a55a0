// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Devices of the watcher's own namespace and mounted network namespaces that appear, for the
 * command that then adds endpoints to them. The kernel tells by rtnetlink of devices, and by
 * poll(2) of mountinfo that something was mounted.
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/rtnetlink.h>
#include <netlink/attr.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/host_end_name.h"
#include "net/link_parse.h"
#include "net/netns.h"
#include "net/nl.h"
#include "watcher/watcher.h"

/*
 * A device that is not in the table is new. Another device may have taken its place there; the
 * command then runs once more, and finds nothing to do.
 */
#define DEVICES 4096
/* mountinfo may be long, and container runtimes mount much */
#define MOUNTS_PAUSE_MS 50

struct mounts {
	uint64_t *list; /* sorted hashes */
	size_t count;
};

static struct {
	struct {
		int ifindex;
		uint64_t names; /* hash */
	} devices[DEVICES];
	struct mounts mounts;
	int mountinfo; /* -1: nothing is looked for */
	bool mounts_changed;
	int64_t mounts_due; /* when mountinfo may be read again, xm_now_ms() */
} appear = { .mountinfo = -1 };

/* FNV-1a */
static uint64_t hash_add(uint64_t hash, const void *data, size_t size)
{
	for (const uint8_t *at = data; size--; at++)
		hash = (hash ^ *at) * 0x100000001b3;
	return hash;
}

#define HASH_BEGIN 0xcbf29ce484222325

/* What a file can name it by: interface name, MAC, alternative names */
static uint64_t names_hash(const struct nlmsghdr *nlh)
{
	static const int types[] = { IFLA_IFNAME, IFLA_ADDRESS, IFLA_PROP_LIST };
	const struct nlattr *head = (const void *)((const char *)NLMSG_DATA(nlh) +
						   NLMSG_ALIGN(sizeof(struct ifinfomsg)));
	int len = NLMSG_PAYLOAD(nlh, NLMSG_ALIGN(sizeof(struct ifinfomsg)));
	uint64_t hash = HASH_BEGIN;

	for (size_t i = 0; i < sizeof(types) / sizeof(*types); i++) {
		const struct nlattr *attr = nla_find(head, len, types[i]);

		hash = hash_add(hash, &types[i], sizeof(types[i]));
		if (attr)
			hash = hash_add(hash, nla_data(attr), nla_len(attr));
	}
	return hash;
}

void appear_take_link(const struct nlmsghdr *nlh, const struct xm_link *link)
{
	uint32_t place = link->ifindex % DEVICES, parent, slot;
	uint64_t names;

	if (appear.mountinfo < 0)
		return;
	if (nlh->nlmsg_type == RTM_DELLINK) {
		if (appear.devices[place].ifindex == (int)link->ifindex)
			appear.devices[place].ifindex = 0;
		return;
	}
	if (xm_host_end_parse(link->name, &parent, &slot))
		return;
	names = names_hash(nlh);
	if (appear.devices[place].ifindex == (int)link->ifindex &&
	    appear.devices[place].names == names)
		return;
	appear.devices[place].ifindex = link->ifindex;
	appear.devices[place].names = names;
	command_mark();
}

static int compare_hashes(const void *a, const void *b)
{
	const uint64_t *x = a, *y = b;

	return *x < *y ? -1 : *x > *y;
}

static int mount_add(const char *path, ino_t ino, void *data)
{
	struct mounts *m = data;
	uint64_t *more = realloc(m->list, (m->count + 1) * sizeof(*more));

	if (!more)
		return 0;
	m->list = more;
	m->list[m->count++] = hash_add(hash_add(HASH_BEGIN, path, strlen(path)), &ino, sizeof(ino));
	return 0;
}

/* Whether a mount of a namespace is new */
static bool mounts_read(void)
{
	struct mounts now = {};
	bool is_new = false;

	xm_netns_each_mount(mount_add, &now);
	if (now.count)
		qsort(now.list, now.count, sizeof(*now.list), compare_hashes);
	for (size_t i = 0; i < now.count && !is_new; i++)
		is_new = !appear.mounts.count ||
			 !bsearch(&now.list[i], appear.mounts.list, appear.mounts.count,
				  sizeof(*now.list), compare_hashes);
	free(appear.mounts.list);
	appear.mounts = now;
	return is_new;
}

static int device_take(const struct nlmsghdr *nlh, void *data)
{
	struct xm_link link;

	(void)data;
	xm_link_parse(nlh, &link);
	appear_take_link(nlh, &link);
	return 0;
}

int appear_open(struct xm_nl *nl, struct xm_err *e)
{
	int err;

	appear.mountinfo = open("/proc/self/mountinfo", O_RDONLY | O_CLOEXEC);
	if (appear.mountinfo < 0)
		return xm_fail(e, errno, "cannot open /proc/self/mountinfo: %s", strerror(errno));
	mounts_read();
	xm_nl_begin(nl, RTM_GETLINK, NLM_F_DUMP, sizeof(struct ifinfomsg));
	err = xm_nl_talk(nl, device_take, NULL);
	/* Devices that an interrupted dump has left out count as new when they change */
	if (err && err != -EAGAIN)
		return xm_fail(e, err, "cannot list the devices: %s", xm_nl_why(nl, err));
	return 0;
}

int appear_fd(void)
{
	return appear.mountinfo;
}

void appear_take_mounts(void)
{
	appear.mounts_changed = true;
}

int64_t appear_due(void)
{
	return appear.mounts_changed ? appear.mounts_due : 0;
}

void appear_run_due(void)
{
	if (!appear.mounts_changed || xm_now_ms() < appear.mounts_due)
		return;
	appear.mounts_changed = false;
	appear.mounts_due = xm_now_ms() + MOUNTS_PAUSE_MS;
	if (mounts_read())
		command_mark();
}
