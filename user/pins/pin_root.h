/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The bpffs and the folder of all pins: whose they are, the locks of daemons */
#ifndef XM_PIN_ROOT_H
#define XM_PIN_ROOT_H

#include <dirent.h>
#include <stdbool.h>
#include <stdint.h>

#include "base/err.h"

#define XM_BPFFS    "/sys/fs/bpf"
#define XM_PIN_ROOT XM_BPFFS "/xmacvlan"

/*
 * Checks that XM_BPFFS is a bpffs in which no other user can rename xmacvlan's folder. Returns 0 or
 * a negative errno and fills *e with the remedy. -ENODEV: there is no bpffs.
 */
int xm_bpffs_check(struct xm_err *e);

/*
 * Creates XM_PIN_ROOT when it is missing. Follows no link, and takes no folder that others can
 * change: -ENOTDIR, -EACCES. Returns 0 or a negative errno and fills *e.
 */
int xm_pin_root_make(struct xm_err *e);

/* Daemons that hold a lock of XM_BPFFS while they run, so that there is one */
enum xm_daemon {
	XM_DAEMON_WATCHER, /* xmacvland */
	XM_DAEMON_DHCP, /* xmacvlan-dhcp: one for each network namespace */
};

/*
 * Takes the daemon's lock. netns: the cookie of its network namespace (net/netns.h); 0: there is
 * one daemon for all. Returns a file descriptor that holds it until it is closed, or a
 * negative errno and fills *e: -EBUSY when another process has it.
 */
int xm_daemon_lock(enum xm_daemon daemon, uint64_t netns, struct xm_err *e);
/* Whether a process has the daemon's lock. Takes no lock. */
bool xm_daemon_is_running(enum xm_daemon daemon, uint64_t netns);

/*
 * Opens XM_PIN_ROOT for reading, with the same checks. *ret is NULL when it does not exist. Returns
 * 0 or a negative errno and fills *e.
 */
int xm_pin_root_read(DIR **ret, struct xm_err *e);

#endif
