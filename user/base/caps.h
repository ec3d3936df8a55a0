/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Least privilege. A process keeps effective the capabilities that all its work needs, and raises
 * others around the single calls that need them: the kernel checks the effective set, and a thread
 * may raise what its permitted set has. Capabilities belong to the calling thread; a new thread
 * starts with those of its creator.
 */
#ifndef XM_CAPS_H
#define XM_CAPS_H

#include <linux/capability.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

/* A set of capabilities: bits by number */
typedef uint64_t xm_caps;

#define XM_CAP(number) ((xm_caps)1 << (number))

/* Always: maps and programs (BPF), loads of kernel memory in them (PERFMON), devices and TC */
#define XM_CAPS_WORK (XM_CAP(CAP_BPF) | XM_CAP(CAP_NET_ADMIN) | XM_CAP(CAP_PERFMON))
/* Around setns() */
#define XM_CAPS_ENTER XM_CAP(CAP_SYS_ADMIN)
/* Around libxdp, which opens programs by their ids */
#define XM_CAPS_XDP XM_CAP(CAP_SYS_ADMIN)
/* Around open() of paths from the command line: /proc/PID/ns/net of others, private folders */
#define XM_CAPS_FIND (XM_CAP(CAP_SYS_PTRACE) | XM_CAP(CAP_DAC_READ_SEARCH))

/* Returns whether all of them are permitted */
bool xm_caps_may(xm_caps caps);

/*
 * Checks that all of them are permitted, in the initial user namespace. Returns 0, or -EPERM and
 * fills *e: "WHAT needs CAP_BPF, CAP_PERFMON", those that are missing.
 */
int xm_caps_need(xm_caps caps, const char *what, struct xm_err *e);

/*
 * Makes effective those of `caps` that are permitted, and no others. The permitted set stays.
 * Returns 0 or a negative errno.
 */
int xm_caps_keep(xm_caps caps);

/*
 * Raises those of `caps` that are permitted. Returns those that were not effective before, for
 * xm_caps_lower(). Both leave errno as it is.
 */
xm_caps xm_caps_raise(xm_caps caps);
void xm_caps_lower(xm_caps raised);

/*
 * For a daemon at its start, before it has threads: gives up all capabilities but `keep` for good.
 * Those in `effective` become effective at once; the others of `keep` may be raised later. The
 * ambient and inheritable sets become empty, no_new_privs is set, and the bounding set becomes
 * `keep` if CAP_SETPCAP is permitted. Capabilities that are not permitted are no error:
 * xm_caps_need() reports them. Returns 0 or a negative errno.
 */
int xm_caps_drop(xm_caps effective, xm_caps keep);

#endif
