// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <linux/net_namespace.h>
#include <linux/nsfs.h>
#include <netlink/attr.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/statfs.h>
#include <linux/magic.h>
#include <unistd.h>

#include "base/caps.h"
#include "net/netns.h"

#define RETURN_TRIES 10

#ifndef SO_NETNS_COOKIE
#define SO_NETNS_COOKIE 71
#endif

static bool is_pid(const char *name)
{
	return *name && strspn(name, "0123456789") == strlen(name);
}

static bool leaves_mounts;

void xm_netns_leave_mounts(void)
{
	leaves_mounts = true;
}

static int netns_set(int fd)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_ENTER);
	int err = setns(fd, CLONE_NEWNET) ? -errno : 0;

	xm_caps_lower(raised);
	return err;
}

/* A process in the wrong namespace would change the wrong devices */
static void netns_return(int home)
{
	int err;

	for (int tries = 0; (err = netns_set(home)); tries++)
		if (tries == RETURN_TRIES)
			xm_fatal("cannot return to the network namespace of the process: %s",
				 strerror(-err));
}

static int netns_open_own(void)
{
	int fd = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static bool netns_is_file(int fd)
{
	struct statfs fs;

	return !fstatfs(fd, &fs) && fs.f_type == NSFS_MAGIC &&
	       ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWNET;
}

static int netns_open_plain(const char *path)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	/* open() of a FIFO without a writer would block */
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);

	fd = fd < 0 ? -errno : fd;
	xm_caps_lower(raised);
	return fd;
}

/*
 * A descriptor that was opened by the path of a mount makes umount(2) of a container runtime fail
 * with EBUSY. The same namespace opened by /proc, from inside, belongs to no mount. A namespace
 * that cannot be entered is opened by its path.
 */
static int netns_open_by_mount(const char *path)
{
	int home = netns_open_own(), fd, ret;
	/*
	 * Raised here, not between open() and close(), which should be as close together as
	 * possible
	 */
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND | XM_CAPS_ENTER);

	fd = home < 0 ? -1 : open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
	ret = fd < 0 ? -1 : setns(fd, CLONE_NEWNET);
	if (fd >= 0)
		close(fd);
	xm_caps_lower(raised);
	if (!ret) {
		ret = netns_open_own();
		netns_return(home);
	} else {
		ret = netns_open_plain(path);
	}
	if (home >= 0)
		close(home);
	return ret;
}

static int netns_open_file(const char *path)
{
	bool by_mount = leaves_mounts && strncmp(path, "/proc/", 6);
	int fd = by_mount ? netns_open_by_mount(path) : netns_open_plain(path);

	/* setns() would refuse other files too, later and with less to report */
	if (fd >= 0 && !netns_is_file(fd)) {
		close(fd);
		return -EINVAL;
	}
	return fd;
}

/* Fills path with the path that was opened */
static int netns_open_name(const char *name, char *path, size_t size)
{
	int fd;

	snprintf(path, size, "%s%s", strchr(name, '/') ? "" : XM_NETNS_DIR "/", name);
	fd = netns_open_file(path);
	if (fd != -ENOENT || !is_pid(name))
		return fd;
	snprintf(path, size, "/proc/%s/ns/net", name);
	return netns_open_file(path);
}

static int netns_open_path(const char *name, char *path, size_t size, struct xm_err *e)
{
	int fd = netns_open_name(name, path, size);

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

	return netns_open_path(name, path, sizeof(path), e);
}

void xm_netns_close(struct xm_netns *last)
{
	if (last->fd >= 0)
		close(last->fd);
	last->fd = -1;
}

int xm_netns_open_cached(struct xm_netns *last, const char *name, struct xm_err *e)
{
	struct stat now;

	/* An open namespace keeps its inode: no other one has it */
	if (last->fd >= 0 && !strcmp(last->name, name) && !stat(last->path, &now) &&
	    now.st_ino == last->is.st_ino && now.st_dev == last->is.st_dev)
		return last->fd;
	xm_netns_close(last);
	last->fd = netns_open_path(name, last->path, sizeof(last->path), e);
	if (last->fd < 0)
		return last->fd;
	snprintf(last->name, sizeof(last->name), "%s", name);
	if (fstat(last->fd, &last->is))
		last->name[0] = '\0';
	return last->fd;
}

void xm_netns_handle_read(int fd, struct xm_netns_handle *ret)
{
	int mount;

	memset(ret, 0, sizeof(*ret));
	ret->kernel.handle_bytes = sizeof(*ret) - sizeof(ret->kernel);
	if (name_to_handle_at(fd, "", &ret->kernel, &mount, AT_EMPTY_PATH))
		ret->kernel.handle_bytes = 0;
}

int xm_netns_handle_open(const struct xm_netns_handle *handle, int any_netns)
{
	struct xm_netns_handle copy = *handle;
	xm_caps raised;
	int fd;

	if (!handle->kernel.handle_bytes)
		return -ENOENT;
	/* The kernel requires CAP_SYS_ADMIN, as for setns() (nsfs_fh_to_dentry()) */
	raised = xm_caps_raise(XM_CAPS_FIND | XM_CAPS_ENTER);
	fd = open_by_handle_at(any_netns, &copy.kernel, O_RDONLY | O_CLOEXEC);
	fd = fd < 0 ? -errno : fd;
	xm_caps_lower(raised);
	return fd;
}

int xm_netns_self(void)
{
	return netns_open_file("/proc/self/ns/net");
}

int xm_netns_enter(int fd, const char *name, struct xm_err *e)
{
	int err = xm_netns_may_enter(fd, name, e);

	err = err ? err : netns_set(fd);
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
	int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	socklen_t len = sizeof(*ret);
	int err;

	if (fd < 0)
		return -errno;
	err = getsockopt(fd, SOL_SOCKET, SO_NETNS_COOKIE, ret, &len) ? -errno : 0;
	close(fd);
	return err;
}

int xm_netns_scope_enter(struct xm_netns_scope *scope, int fd)
{
	int err;

	scope->home = xm_netns_self();
	if (scope->home < 0)
		return scope->home;
	err = netns_set(fd);
	if (err)
		close(scope->home);
	return err;
}

void xm_netns_scope_leave(struct xm_netns_scope *scope)
{
	netns_return(scope->home);
	close(scope->home);
}

int xm_netns_nl_open(int fd, struct xm_nl *nl)
{
	struct xm_netns_scope scope;
	int err = xm_netns_scope_enter(&scope, fd);

	if (err)
		return err;
	err = xm_nl_open(nl);
	xm_netns_scope_leave(&scope);
	return err;
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
