/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Least privilege. A process keeps effective what all its work needs, and raises the rest for the moment
 * that needs it: what is permitted may be raised, what is effective counts. All of it is the calling
 * thread's; a new thread begins with what its maker has.
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

/* Always: maps and programs (BPF), their loads of kernel memory (PERFMON), devices and TC (NET_ADMIN) */
#define XM_CAPS_WORK (XM_CAP(CAP_BPF) | XM_CAP(CAP_NET_ADMIN) | XM_CAP(CAP_PERFMON))
/* Around setns() */
#define XM_CAPS_ENTER XM_CAP(CAP_SYS_ADMIN)
/* Around libxdp, which opens programs by their ids */
#define XM_CAPS_XDP XM_CAP(CAP_SYS_ADMIN)
/* Around the opening of what the command line names: /proc/PID/ns/net of others, files in private folders */
#define XM_CAPS_FIND (XM_CAP(CAP_SYS_PTRACE) | XM_CAP(CAP_DAC_READ_SEARCH))

/* Whether all of them are permitted */
bool xm_caps_may(xm_caps caps);

/* 0, or -EPERM: "WHAT needs CAP_BPF, CAP_PERFMON", those that are not permitted, said */
int xm_caps_need(xm_caps caps, const char *what, struct xm_err *e);

/* Lowers the effective set to what of `caps` is permitted; the permitted set stays. 0 or -errno. */
int xm_caps_keep(xm_caps caps);

/* Raises what of `caps` is permitted. What became effective by it, for xm_caps_lower(). errno stays. */
xm_caps xm_caps_raise(xm_caps caps);
void xm_caps_lower(xm_caps raised);

/*
 * For a daemon, at its start, before it has threads: gives up for good all but `caps`, of which those in
 * `effective` are effective at once and the others may be raised. The ambient and inheritable sets are
 * empty then, no exec can gain anything (no_new_privs), and the bounding set is `caps` where CAP_SETPCAP
 * is there to say so. What of `caps` is not there is no error: xm_caps_need() tells. 0 or -errno.
 */
int xm_caps_drop(xm_caps effective, xm_caps caps);

#endif
