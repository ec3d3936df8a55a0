// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <netlink/attr.h>
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

#include "base/caps.h"
#include "net/netns.h"

#define SELF_TRIES 10

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
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	struct statfs fs;

	xm_caps_lower(raised);
	if (fd < 0)
		return -errno;
	/* Anything else would only fail later, and less clearly */
	if (fstatfs(fd, &fs) || fs.f_type != NSFS_MAGIC ||
	    ioctl(fd, NS_GET_NSTYPE) != CLONE_NEWNET) {
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
	if (fd == -EACCES && !xm_caps_may(XM_CAPS_FIND))
		return xm_fail(
			e, fd,
			"cannot open netns '%s': needs CAP_SYS_PTRACE for a process that may "
			"more, CAP_DAC_READ_SEARCH for a private path",
			name);
	if (fd < 0)
		return xm_fail(e, fd,
			       "no such netns '%s': %s (a name in " XM_NETNS_DIR
			       ", a PID or a path)",
			       name, strerror(-fd));
	return fd;
}

static int enter(int fd)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_ENTER);
	int err = setns(fd, CLONE_NEWNET) ? -errno : 0;

	xm_caps_lower(raised);
	return err;
}

int xm_netns_may_enter(int fd, const char *name, struct xm_err *e)
{
	struct stat there, here;

	if (xm_caps_may(XM_CAPS_ENTER))
		return 0;
	if (!fstat(fd, &there) && !stat("/proc/self/ns/net", &here) && there.st_ino == here.st_ino)
		return 0;
	return xm_fail(e, EPERM, "cannot enter netns '%s': needs CAP_SYS_ADMIN", name);
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
	int err = xm_netns_may_enter(fd, name, e);

	err = err ? err : enter(fd);
	return err ? xm_fail(e, err, "cannot enter netns '%s': %s", name,
			     err == -EINVAL ? "not a network namespace" : strerror(-err))
		   : 0;
}

const char *xm_netns_why(int err)
{
	if (err == -EPERM && !xm_caps_may(XM_CAPS_ENTER))
		return "needs CAP_SYS_ADMIN to enter its namespace";
	if (err == -ENOENT && !xm_caps_may(XM_CAPS_FIND))
		return "its namespace cannot be found (in " XM_NETNS_DIR
		       ", elsewhere CAP_SYS_PTRACE is needed)";
	return err == -ENOENT ? "its namespace cannot be found" : strerror(-err);
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

/* What is left undone the next command completes */
void xm_netns_return(int self)
{
	int err;

	for (int tries = 0; (err = enter(self)); tries++)
		if (tries == SELF_TRIES) {
			fprintf(stderr,
				"xmacvlan: cannot return to its own network namespace: %s\n",
				strerror(-err));
			_exit(XM_EXIT_STATE);
		}
}

int xm_netns_scope_enter(struct xm_netns_scope *scope, int fd)
{
	int err;

	scope->home = xm_netns_self();
	if (scope->home < 0)
		return scope->home;
	err = enter(fd);
	if (err)
		close(scope->home);
	return err;
}

void xm_netns_scope_leave(struct xm_netns_scope *scope)
{
	xm_netns_return(scope->home);
	close(scope->home);
}

int xm_netns_run(int fd, int (*fn)(void *data), void *data)
{
	struct xm_netns_scope scope;
	int ret = xm_netns_scope_enter(&scope, fd);

	if (ret)
		return ret;
	ret = fn(data);
	xm_netns_scope_leave(&scope);
	return ret;
}

static int read_nsid(const struct nlmsghdr *nlh, void *data)
{
	static const struct nla_policy policy[NETNSA_MAX + 1] = {
		[NETNSA_NSID] = { .type = NLA_U32 },
	};
	struct nlattr *tb[NETNSA_MAX + 1];

	if (xm_nlmsg_parse(nlh, sizeof(struct rtgenmsg), tb, NETNSA_MAX, policy))
		return -EBADMSG;
	if (tb[NETNSA_NSID])
		*(int32_t *)data = (int32_t)xm_attr_u32(tb[NETNSA_NSID]);
	return 0;
}

int32_t xm_netns_id_of(const struct nlmsghdr *nlh)
{
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;

	read_nsid(nlh, &nsid);
	return nsid;
}

int32_t xm_netns_id(struct xm_nl *nl, int fd)
{
	int32_t nsid = NETNSA_NSID_NOT_ASSIGNED;

	xm_nl_begin(nl, RTM_GETNSID, 0, sizeof(struct rtgenmsg));
	xm_nl_put_u32(nl, NETNSA_FD, fd);
	if (xm_nl_talk(nl, read_nsid, &nsid))
		return NETNSA_NSID_NOT_ASSIGNED;
	return nsid;
}

/* Namespaces under /run/netns by their id, in order: read at once, for a search for each would be n * n */
static struct named {
	int32_t nsid;
	char name[NAME_MAX + 1];
} * names;
static size_t name_count;
static bool names_read;

void xm_netns_forget(void)
{
	free(names);
	names = NULL;
	name_count = 0;
	names_read = false;
}

static int by_nsid(const void *a, const void *b)
{
	const struct named *one = a, *other = b;

	return (one->nsid > other->nsid) - (one->nsid < other->nsid);
}

/* Opens dir/<entry><suffix>; *nsid: its id. A file descriptor or -errno. */
static int open_entry(struct xm_nl *nl, const char *dir, const char *entry, const char *suffix,
		      int32_t *nsid)
{
	char path[PATH_MAX];
	int fd;

	snprintf(path, sizeof(path), "%s/%s%s", dir, entry, suffix);
	fd = open_file(path);
	if (fd >= 0)
		*nsid = xm_netns_id(nl, fd);
	return fd;
}

static void read_names(struct xm_nl *nl)
{
	DIR *d = opendir(XM_NETNS_DIR);
	struct dirent *de;

	xm_netns_forget();
	names_read = true;
	while (d && (de = readdir(d))) {
		struct named *more = realloc(names, (name_count + 1) * sizeof(*names));
		int fd;

		if (!more)
			break;
		names = more;
		more += name_count;
		fd = de->d_name[0] == '.'
			     ? -1
			     : open_entry(nl, XM_NETNS_DIR, de->d_name, "", &more->nsid);
		if (fd < 0)
			continue;
		close(fd);
		snprintf(more->name, sizeof(more->name), "%s", de->d_name);
		name_count += more->nsid >= 0;
	}
	if (d)
		closedir(d);
	if (name_count)
		qsort(names, name_count, sizeof(*names), by_nsid);
}

const char *xm_netns_name(struct xm_nl *nl, int32_t nsid)
{
	struct named key = { .nsid = nsid }, *found;

	if (!names_read)
		read_names(nl);
	found = name_count ? bsearch(&key, names, name_count, sizeof(*names), by_nsid) : NULL;
	return found ? found->name : NULL;
}

static int open_by_name(struct xm_nl *nl, int32_t nsid)
{
	const char *name = xm_netns_name(nl, nsid);
	int32_t is;
	int fd = name ? open_entry(nl, XM_NETNS_DIR, name, "", &is) : -ENOENT;

	if (fd < 0 || is == nsid)
		return fd;
	close(fd);
	return -ENOENT;
}

static int open_by_process(struct xm_nl *nl, int32_t nsid)
{
	DIR *d = opendir("/proc");
	struct dirent *de;
	int fd = -ENOENT;
	int32_t is;

	while (d && (de = readdir(d))) {
		fd = all_digits(de->d_name) ? open_entry(nl, "/proc", de->d_name, "/ns/net", &is)
					    : -ENOENT;
		if (fd >= 0 && is == nsid)
			break;
		if (fd >= 0)
			close(fd);
		fd = -ENOENT;
	}
	if (d)
		closedir(d);
	return fd;
}

int xm_netns_open_nsid(struct xm_nl *nl, int32_t nsid)
{
	int fd = open_by_name(nl, nsid);

	if (fd < 0) {
		/* It may have got its name since they were read */
		xm_netns_forget();
		fd = open_by_name(nl, nsid);
	}
	return fd >= 0 ? fd : open_by_process(nl, nsid);
}
