// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "netns.h"

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static int all_digits(const char *s)
{
	if (!*s)
		return 0;
	while (isdigit((unsigned char)*s))
		s++;
	return !*s;
}

static int open_file(const char *path)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct statfs fs;

	if (fd < 0)
		return -errno;
	/* Anything else would only fail later, and less clearly */
	if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC || ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/* *path: where it was found */
static int find(const char *name, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "%s%s", strchr(name, '/') ? "" : XM_NETNS_DIR "/", name);
	fd = open_file(path);
	if (fd != -ENOENT || !all_digits(name))
		return fd;
	snprintf(path, size, "/proc/%s/ns/net", name);
	return open_file(path);
}

static int open_said(const char *name, char *path, size_t size, struct xm_err *e)
{
	int fd = find(name, path, size);

	if (fd == -EINVAL)
		return xm_fail(e, fd, "netns '%s' is not a network namespace", name);
	if (fd < 0)
		return xm_fail(e, fd, "no such netns '%s': %s (a name in " XM_NETNS_DIR
			       ", a PID or a path)", name, strerror(-fd));
	return fd;
}

int xm_netns_open(const char *name, struct xm_err *e)
{
	char path[PATH_MAX];

	return open_said(name, path, sizeof(path), e);
}

void xm_netns_close(struct xm_netns *last)
{
	if (last->fd >= 0)
		close(last->fd);
	last->fd = -1;
}

int xm_netns_again(struct xm_netns *last, const char *name, struct xm_err *e)
{
	struct stat now;

	/* An open namespace keeps its inode: the name means the same while it leads to that */
	if (last->fd >= 0 && !strcmp(last->name, name) && !stat(last->path, &now) &&
	    now.st_ino == last->is.st_ino && now.st_dev == last->is.st_dev)
		return last->fd;
	xm_netns_close(last);
	last->fd = open_said(name, last->path, sizeof(last->path), e);
	if (last->fd < 0)
		return last->fd;
	snprintf(last->name, sizeof(last->name), "%s", name);
	if (fstat(last->fd, &last->is))
		last->name[0] = '\0';
	return last->fd;
}

int xm_netns_self(void)
{
	return open_file("/proc/self/ns/net");
}

int xm_netns_enter(int fd, const char *name, struct xm_err *e)
{
	if (setns(fd, CLONE_NEWNET))
		return xm_fail(e, errno, "cannot enter netns '%s': %s", name,
			       errno == EINVAL ? "not a network namespace" : strerror(errno));
	return 0;
}

int xm_netns_cookie(uint64_t *ret)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret);
	int err;

	if (fd < 0)
		return -errno;
	err = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &len) ? -errno : 0;
	close(fd);
	return err;
}

int xm_netns_run(int fd, int (*fn)(void *data), void *data)
{
	int self = xm_netns_self();
	int ret;

	if (self < 0)
		return self;
	if (setns(fd, CLONE_NEWNET)) {
		ret = -errno;
		close(self);
		return ret;
	}
	ret = fn(data);
	/* Going on in a foreign namespace would change devices there */
	if (setns(self, CLONE_NEWNET))
		abort();
	close(self);
	return ret;
}

static int nsid_attr(const struct nlattr *attr, void *data)
{
	if (mnl_attr_get_type(attr) == NETNSA_NSID)
		*(int32_t *)data = (int32_t)mnl_attr_get_u32(attr);
	return MNL_CB_OK;
}

static int nsid_message(const struct nlmsghdr *nlh, void *data)
{
	mnl_attr_parse(nlh, sizeof(struct rtgenmsg), nsid_attr, data);
	return MNL_CB_OK;
}

static int32_t nsid_of(struct xm_nl *nl, int fd)
{
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;
	struct xm_req req;

	xm_nl_begin(&req, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	mnl_attr_put_u32(req.nlh, NETNSA_FD, fd);
	if (xm_nl_talk(nl, &req, nsid_message, &nsid))
		return NETNSA_NSID_NOT_ASSIGNED;
	return nsid;
}

/* Opens dir/<entry><suffix> for each entry until one is the wanted namespace; its entry goes to `found` */
static int search(struct xm_nl *nl, int32_t nsid, const char *dir, const char *suffix, int digits,
		  char *found, size_t size)
{
	DIR *d = opendir(dir);
	struct dirent *de;
	char path[4096];
	int fd;

	if (!d)
		return -ENOENT;
	while ((de = readdir(d))) {
		if (de->d_name[0] == '.' || (digits && !all_digits(de->d_name)))
			continue;
		snprintf(path, sizeof(path), "%s/%s%s", dir, de->d_name, suffix);
		fd = open_file(path);
		if (fd < 0)
			continue;
		if (nsid_of(nl, fd) == nsid) {
			snprintf(found, size, "%s", de->d_name);
			closedir(d);
			return fd;
		}
		close(fd);
	}
	closedir(d);
	return -ENOENT;
}

int xm_netns_open_nsid(struct xm_nl *nl, int32_t nsid)
{
	char name[256];
	int fd = search(nl, nsid, XM_NETNS_DIR, "", 0, name, sizeof(name));

	return fd >= 0 ? fd : search(nl, nsid, "/proc", "/ns/net", 1, name, sizeof(name));
}

int xm_netns_name(struct xm_nl *nl, int32_t nsid, char *ret, size_t size)
{
	char name[256];
	int fd = search(nl, nsid, XM_NETNS_DIR, "", 0, name, sizeof(name));

	if (fd < 0)
		return fd;
	close(fd);
	snprintf(ret, size, "%s", name);
	return 0;
}
