/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces: by name, PID or path; identified by cookie (never reused while the kernel runs) */
#ifndef XM_NETNS_H
#define XM_NETNS_H

#include <limits.h>
#include <stdint.h>
#include <sys/stat.h>

#include "base/err.h"
#include "net/nl.h"

#define XM_NETNS_DIR "/run/netns"

/*
 * Opens a namespace: a name under /run/netns as `ip netns add` makes it, else the PID of a process in
 * it, else a path. Returns a file descriptor, or -errno and says so.
 */
int xm_netns_open(const char *name, struct xm_err *e);

/* The namespace that was opened last; fd -1: none */
struct xm_netns {
	int fd;
	char name[PATH_MAX], path[PATH_MAX];
	struct stat is;
};

/* As xm_netns_open(), but the descriptor is *last's: not opened again while the name means the same */
int xm_netns_again(struct xm_netns *last, const char *name, struct xm_err *e);
void xm_netns_close(struct xm_netns *last);

/* Opens the current namespace. A file descriptor or -errno. */
int xm_netns_self(void);

/*
 * 0, or -EPERM and says so: setns() takes CAP_SYS_ADMIN, which is raised around it (caps.h), and is not
 * there. The current namespace needs not be entered.
 */
int xm_netns_may_enter(int fd, const char *name, struct xm_err *e);

/* Why a peer's namespace could not be found (-ENOENT) or entered, or another error's text */
const char *xm_netns_why(int err);

/* Makes `fd` the current network namespace; no other namespace changes. 0 or -errno, said. */
int xm_netns_enter(int fd, const char *name, struct xm_err *e);

/* Makes `self` it again, or ends the process: going on in a foreign namespace would change devices there */
void xm_netns_return(int self);

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
	int home; /* descriptor of the namespace to go back to */
};

/* Returns 0, or a negative errno: the namespace was not entered and there is nothing to leave */
int xm_netns_scope_enter(struct xm_netns_scope *scope, int fd);
/* Goes back. When the kernel refuses it, the process ends: going on would change devices of a foreign namespace. */
void xm_netns_scope_leave(struct xm_netns_scope *scope);

/*
 * Runs fn(data) in the namespace `fd` and comes back to the one before. fn's result, or -errno when the
 * namespace could not be entered.
 */
int xm_netns_run(int fd, int (*fn)(void *data), void *data);

/*
 * netns_find.c: calls fn for all that leads to a network namespace, a mount or a process, until it returns
 * other than 0, which comes back. Each: for each namespace once, open.
 */
int xm_netns_each_path(int (*fn)(const char *path, ino_t ino, void *data), void *data);
int xm_netns_each(int (*fn)(int fd, uint64_t cookie, void *data), void *data);

/* What the namespace of `nl` calls that of `fd`; negative: nothing */
int32_t xm_netns_id(struct xm_nl *nl, int fd);
/* The id in a RTM_NEWNSID or RTM_DELNSID message; negative: none */
int32_t xm_netns_id_of(const struct nlmsghdr *nlh);

/* Cookie of the current namespace (SO_NETNS_COOKIE, 5.14). 0 or -errno. */
int xm_netns_cookie(uint64_t *ret);

/*
 * Opens the namespace that the one of `nl` calls `nsid`: searched among /run/netns, then among the
 * processes. A file descriptor, or -ENOENT when nothing that can be opened holds it.
 */
int xm_netns_open_nsid(struct xm_nl *nl, int32_t nsid);

/*
 * Name under /run/netns of the namespace that `nl` calls `nsid`, NULL: it has none. They are read once;
 * xm_netns_forget() makes the next look-ups fresh.
 */
const char *xm_netns_name(struct xm_nl *nl, int32_t nsid);
void xm_netns_forget(void);

#endif
