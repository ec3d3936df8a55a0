// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Network namespaces. See ns.h. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ns.h"
#include "run.h"

static int first_ns = -1;

static void open_first_ns(void)
{
	if (first_ns >= 0)
		return;
	first_ns = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	if (first_ns < 0)
		xmt_die("open /proc/self/ns/net: %s", strerror(errno));
}

void xmt_ns_enter(const struct xmt_ns *ns)
{
	open_first_ns();
	if (setns(ns ? ns->fd : first_ns, CLONE_NEWNET))
		xmt_die("cannot enter namespace %s: %s", ns ? ns->name : "of the program's start",
			strerror(errno));
}

void xmt_ns_add(struct xmt_ns *ns, const char *name, unsigned int flags)
{
	char path[64];

	open_first_ns();
	if (strlen(name) > 24)
		xmt_die("namespace name %s is too long", name);
	snprintf(ns->name, sizeof(ns->name), "%s%s", xmt_prefix(), name);
	xmt_must("ip netns add %s", ns->name);
	snprintf(path, sizeof(path), "/run/netns/%s", ns->name);
	ns->fd = open(path, O_RDONLY | O_CLOEXEC);
	if (ns->fd < 0)
		xmt_die("open %s: %s", path, strerror(errno));
	if (flags & XMT_NS_IPV6)
		return;
	xmt_ns_sysctl(ns, "ipv6/conf/all/disable_ipv6", "1");
	xmt_ns_sysctl(ns, "ipv6/conf/default/disable_ipv6", "1");
}

void xmt_ns_del(struct xmt_ns *ns)
{
	if (ns->fd < 0)
		return;
	close(ns->fd);
	ns->fd = -1;
	xmt_run("ip netns del %s", ns->name);
}

int xmt_ns_sysctl(const struct xmt_ns *ns, const char *key, const char *value)
{
	char path[160];
	int fd, err = 0;

	snprintf(path, sizeof(path), "/proc/sys/net/%s", key);
	xmt_ns_enter(ns);
	fd = open(path, O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		err = -errno;
	if (fd >= 0)
		close(fd);
	xmt_ns_enter(NULL);
	return err;
}
