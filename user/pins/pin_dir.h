/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The folders of pins under XM_PIN_ROOT: where they are, their lock, their removal */
#ifndef XM_PIN_DIR_H
#define XM_PIN_DIR_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pins/pin_lock.h"

#define XM_BPFFS    "/sys/fs/bpf"
#define XM_PIN_ROOT XM_BPFFS "/xmacvlan"

/*
 * Checks that XM_BPFFS is a bpffs in which no other user can rename xmacvlan's folder. Returns 0 or
 * a negative errno and fills *e with the remedy. -ENODEV: there is no bpffs.
 */
int xm_bpffs_check(struct xm_err *e);

/*
 * The watcher's lock of XM_BPFFS: there is one watcher. Returns a file descriptor that holds it
 * until it is closed, or a negative errno and fills *e: -EBUSY when a watcher is running.
 */
int xm_watcher_lock(struct xm_err *e);
/* Whether a watcher is running: a process has its lock */
bool xm_watcher_is_running(void);

/*
 * Creates XM_PIN_ROOT when it is missing, and locks it. Returns a file descriptor that holds the
 * lock until it is closed, or a negative errno and fills *e. -ETIMEDOUT: as xm_lock_take();
 * -ENOTDIR: it is a symbolic link or a file; -EACCES: other users can change the folder.
 */
int xm_pin_root_lock(const struct xm_lock_wait *wait, struct xm_err *e);

/*
 * Opens XM_PIN_ROOT for reading, with the same checks. *ret is NULL when it does not exist. Returns
 * 0 or a negative errno and fills *e.
 */
int xm_pin_root_read(DIR **ret, struct xm_err *e);

/*
 * Writes the path of a parent's folder into ret: its network namespace's cookie, its ifindex there
 */
void xm_pin_dir(uint64_t netns_cookie, uint32_t ifindex, char *ret, size_t size);

/* Exchanges the names of two folders of pins in one step. Returns 0 or a negative errno. */
int xm_pin_dir_exchange(const char *a, const char *b);

/* Removes a folder of pins and everything in it. Returns 0 or a negative errno. */
int xm_pin_dir_remove(const char *dir);

#endif
