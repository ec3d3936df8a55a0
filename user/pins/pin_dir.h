/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The folders of pins under XM_PIN_ROOT: where they are, their lock, their removal */
#ifndef XM_PIN_DIR_H
#define XM_PIN_DIR_H

#include <stddef.h>
#include <stdint.h>

#include "base/err.h"
#include "pins/lock.h"
#include "pins/pin_root.h"

/*
 * Writes the path of a parent's folder into ret: its network namespace's cookie, its ifindex there
 */
void xm_pin_dir(uint64_t netns_cookie, uint32_t ifindex, char *ret, size_t size);

/* Opens a pin of a folder. Returns a descriptor or a negative errno. */
int xm_pin_open(const char *dir, const char *name);

/*
 * Locks a folder of pins. The lock belongs to the folder, and stays with it when it is renamed.
 * Returns a file descriptor that holds the lock until it is closed, or a negative errno and fills
 * *e. -ENOENT: there is no such folder, *e is not filled; -ETIMEDOUT: as xm_lock_take().
 */
int xm_pin_dir_lock(const char *dir, const struct xm_lock_wait *wait, struct xm_err *e);

/* Size of a buffer for the path of a folder under XM_PIN_ROOT */
#define XM_PIN_DIR_LEN 96

/*
 * Creates and locks an empty folder for the pins of a new parent, and writes its path into ret. The
 * caller renames it to `dir` when it is complete. Only one process can have it. Returns the lock as
 * xm_pin_dir_lock(). -EEXIST: `dir` exists, *e is not filled.
 */
int xm_pin_dir_begin(const char *dir, char ret[XM_PIN_DIR_LEN], const struct xm_lock_wait *wait,
		     struct xm_err *e);
/*
 * Creates and locks an empty folder that will be exchanged with `dir`, which the caller has locked,
 * and writes its path into ret. Does not wait. Returns the lock or a negative errno and fills *e.
 */
int xm_pin_dir_begin_next(const char *dir, char ret[XM_PIN_DIR_LEN], struct xm_err *e);
/*
 * Renames a folder, which keeps its lock. Returns 0 or a negative errno. -EEXIST: a folder has the
 * new name.
 */
int xm_pin_dir_rename(const char *from, const char *to);
/* Exchanges the names of two folders of pins in one step. Returns 0 or a negative errno. */
int xm_pin_dir_exchange(const char *a, const char *b);

/*
 * Renames a locked folder, so that it belongs to no parent, and removes it. Returns 0; 1: it was
 * renamed, but something in it could not be removed; or a negative errno: it still has its name.
 */
int xm_pin_dir_end(const char *dir);
/* Removes a folder of pins and everything in it. Returns 0 or a negative errno. */
int xm_pin_dir_remove(const char *dir);
/* Removes an unfinished folder that no process has locked: a killed command has left it */
void xm_pin_dir_sweep(const char *dir);

#endif
