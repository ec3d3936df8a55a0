/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces that `ip netns` shows; the prefix of their names is unique to this run. */
#ifndef XMT_NS_H
#define XMT_NS_H

#include "test.h"

struct xmt_ns {
	char name[40]; /* "xmt<pid>-<name>", in /run/netns */
	int fd; /* of the namespace, close-on-exec; -1: no namespace */
};

#define XMT_NS_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Keeps IPv6 on. Without this flag the namespace's devices send no DAD, RS or MLD frames. */
#define XMT_NS_IPV6 0x1

/*
 * Creates namespace "xmt<pid>-<name>"; `lo` stays down. `name`: at most 24 characters, unique in
 * this run. xmt_die() on failure: a test cannot run without its namespaces.
 */
void xmt_ns_add(struct xmt_ns *ns, const char *name, unsigned int flags);

/* Deletes the name; the kernel destroys the namespace when it is unused. fd -1: does nothing. */
void xmt_ns_del(struct xmt_ns *ns);

/*
 * Switches the calling thread's network namespace, but not its mounts (the bpffs stays). NULL: the
 * namespace in which the program was started. Calls do not nest. xmt_die() on failure.
 */
void xmt_ns_enter(const struct xmt_ns *ns);

/* Writes `value` to /proc/sys/net/<key> of the namespace. Returns 0 or a negative errno. */
int xmt_ns_sysctl(const struct xmt_ns *ns, const char *key, const char *value);

#endif
