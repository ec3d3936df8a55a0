/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Network namespaces: opened by name, PID or path; identified by their cookie, which the kernel
 * never reuses while it runs, or by the id (nsid) that one namespace has for another one.
 */
#ifndef XM_NETNS_H
#define XM_NETNS_H

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "net/nl.h"

#define XM_NETNS_DIR "/run/netns"

/*
 * Opens a namespace: a name in XM_NETNS_DIR, where `ip netns add` puts it, else the PID of a
 * process in it, else a path. Returns a file descriptor, or a negative errno and fills *e.
 */
int xm_netns_open(const char *name, struct xm_err *e);

/*
 * For a daemon. A descriptor that was opened by the path of a mount makes umount(2) fail with
 * EBUSY. After this call no descriptor of a namespace does, except for the microseconds that
 * setns() takes. Without CAP_SYS_ADMIN the call has no effect.
 */
void xm_netns_leave_mounts(void);

/*
 * The kernel's file handle of a namespace (Linux 6.18). It opens the namespace without a mount or a
 * process, and does not keep it alive. kernel.handle_bytes is 0 when there is none.
 */
struct xm_netns_handle {
	union {
		struct file_handle kernel;
		uint8_t octets[sizeof(struct file_handle) + 32];
	};
};

void xm_netns_handle_read(int fd, struct xm_netns_handle *ret);
/*
 * Opens the namespace of a handle. any_netns: a descriptor of any network namespace. Returns a
 * descriptor, or a negative errno. -ENOENT: *handle is empty; -ESTALE: the namespace has ended.
 */
int xm_netns_handle_open(const struct xm_netns_handle *handle, int any_netns);

/* The namespace that was opened last. fd -1: none. */
struct xm_netns {
	int fd;
	char name[PATH_MAX], path[PATH_MAX];
	struct stat is;
};

/*
 * As xm_netns_open(), but the descriptor belongs to *last, which is not opened again while the
 * name leads to the same namespace
 */
int xm_netns_open_cached(struct xm_netns *last, const char *name, struct xm_err *e);
void xm_netns_close(struct xm_netns *last);

/* Opens the current namespace. Returns a file descriptor or a negative errno. */
int xm_netns_self(void);

/*
 * Checks for CAP_SYS_ADMIN, which setns() requires and which is raised around it (caps.h). Returns
 * 0, also when `fd` is the current namespace, or -EPERM and fills *e; `name` names it there.
 */
int xm_netns_may_enter(int fd, const char *name, struct xm_err *e);

/*
 * Explains `err` (negative): why the namespace of a peer end could not be found (-ENOENT) or
 * entered (-EPERM), else errno's text
 */
const char *xm_netns_why(int err);

/*
 * Makes `fd` the network namespace of the calling thread for the rest of its life. Returns 0, or a
 * negative errno and fills *e; `name` names the namespace there.
 */
int xm_netns_enter(int fd, const char *name, struct xm_err *e);

/*
 * A stay in another network namespace:
 *
 *	struct xm_netns_scope scope;
 *	int err = xm_netns_scope_enter(&scope, fd);
 *
 *	if (err)
 *		return err;
 *	... // the calling thread is in the namespace
 *	xm_netns_scope_leave(&scope);
 */
struct xm_netns_scope {
	int home; /* descriptor of the namespace to return to */
};

/* Returns 0, or a negative errno: the namespace was not entered, and there is nothing to leave */
int xm_netns_scope_enter(struct xm_netns_scope *scope, int fd);
/*
 * When the kernel refuses the way back, the process ends by xm_fatal(): in the wrong namespace it
 * would change the wrong devices. The next command completes what is pending.
 */
void xm_netns_scope_leave(struct xm_netns_scope *scope);

/*
 * Opens a socket as xm_nl_open() in the namespace of fd. The calling thread stays in its own.
 * Returns 0 or a negative errno.
 */
int xm_netns_nl_open(int fd, struct xm_nl *nl);

/*
 * netns_find.c: calls fn for every path to a network namespace, first mounts, then processes, with
 * the inode of the namespace. Stops when fn returns other than 0, and returns that.
 */
int xm_netns_each_path(int (*fn)(const char *path, ino_t ino, void *data), void *data);
/* xm_netns_each_path() for mounts only */
int xm_netns_each_mount(int (*fn)(const char *path, ino_t ino, void *data), void *data);
/*
 * Calls fn once for each namespace that can be opened, with a descriptor and the cookie. Stops when
 * fn returns other than 0, and returns that.
 */
int xm_netns_each(int (*fn)(int fd, uint64_t cookie, void *data), void *data);

/* Returns the id that the namespace of `nl` has for that of `fd`; negative: none is assigned */
int32_t xm_netns_id(struct xm_nl *nl, int fd);
/* Returns the id in a RTM_NEWNSID or RTM_DELNSID message; negative: none */
int32_t xm_netns_id_of(const struct nlmsghdr *nlh);

/* Reads the current namespace's cookie (SO_NETNS_COOKIE, 5.14). Returns 0 or a negative errno. */
int xm_netns_cookie(uint64_t *ret);

/*
 * Opens the namespace that has the id `nsid` in the namespace of `nl`: first the names in
 * XM_NETNS_DIR, then all mounts and processes. Returns a file descriptor, or -ENOENT when no path
 * that can be opened leads to it.
 */
int xm_netns_open_nsid(struct xm_nl *nl, int32_t nsid);

/*
 * Returns the name in XM_NETNS_DIR of the namespace that has the id `nsid` in the namespace of
 * `nl`, NULL: it has none. It is valid until xm_netns_forget() or xm_netns_open_nsid().
 */
const char *xm_netns_name(struct xm_nl *nl, int32_t nsid);

/*
 * Frees the names and paths that both functions have read. Ids differ between namespaces: it must
 * be called before `nl` of another namespace is used.
 */
void xm_netns_forget(void);

#endif
