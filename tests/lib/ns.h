/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Network namespaces with names of this run only, visible to `ip netns`. */
#ifndef XMT_NS_H
#define XMT_NS_H

#include "test.h"

struct xmt_ns {
	char name[40]; /* "xmt<pid>-<name>", in /run/netns */
	int fd; /* of the namespace, close-on-exec; -1: none */
};

#define XMT_NS_NONE                                                                                \
	{                                                                                          \
		.fd = -1                                                                           \
	}

/* Keep IPv6 on. Without it the namespace's devices send nothing of their own (no DAD, RS, MLD). */
#define XMT_NS_IPV6 0x1

/*
 * Create namespace "xmt<pid>-<name>"; `lo` stays down. `name`: at most 24 characters, unique in
 * this run. On failure xmt_die(): a test cannot go on without its namespaces.
 */
void xmt_ns_add(struct xmt_ns *ns, const char *name, unsigned int flags);

/* Delete it and everything in it that lives nowhere else. Does nothing for fd -1. */
void xmt_ns_del(struct xmt_ns *ns);

/*
 * Switch the calling thread's network namespace only (mounts, so bpffs, stay). NULL: back to the
 * namespace the program was started in. xmt_die() on failure. Not nested: every call is absolute.
 */
void xmt_ns_enter(const struct xmt_ns *ns);

/* Write `value` to /proc/sys/net/<key> of the namespace. Returns 0 or a negative errno. */
int xmt_ns_sysctl(const struct xmt_ns *ns, const char *key, const char *value);

#endif
