/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Private to the engine: parent_xdp on a device, by libxdp. Functions return 0 or a negative errno
 * and fill *e where they have one, unless their comment says more.
 */
#ifndef XM_XDP_PROGRAM_H
#define XM_XDP_PROGRAM_H

#include <xdp/libxdp.h>

#include "engine/state.h"

/* Deletes the recorded warning of libxdp. From now on warnings are recorded for xm_libxdp_why(). */
void xm_libxdp_clear_message(void);
/* What is wrong, for a message: libxdp's last warning, or the text of the errno */
const char *xm_libxdp_why(int err);

/* Opens parent_xdp on the maps of the parent. NULL: *err is a negative errno. */
struct xdp_program *xm_xdp_program_open(struct xm_parent *p, int *err, struct xm_err *e);
/*
 * libxdp locks a folder while it works with its dispatcher, and waits for that lock without a
 * limit. This waits for the lock first, with the limit of a parent's lock, and releases it.
 * -ETIMEDOUT: as xm_lock_take().
 */
int xm_xdp_wait(const struct xm_parent *p, struct xm_err *e);
/* Attaches the program and sets rec.xdp_single. Raises CAP_SYS_ADMIN for it. No *e. */
int xm_xdp_program_attach(struct xm_parent *p, struct xdp_program *prog, enum xm_xdp mode);
/*
 * Detaches the program with that id; 0: all programs of xmacvlan on the device, by their names. A
 * program that is not attached is no error.
 */
int xm_xdp_program_detach(struct xm_parent *p, uint32_t id);
/* Detaches all programs of xmacvlan but the one with the id `keep` */
int xm_xdp_program_detach_others(struct xm_parent *p, uint32_t keep);
/*
 * xm_xdp_program_detach(). When the program was the only one on the device, asks the kernel whether
 * it is still attached (-EIO), because libxdp takes some errors for its absence.
 */
int xm_xdp_program_detach_checked(struct xm_parent *p, uint32_t id);
/*
 * xm_xdp_program_detach(). When libxdp is refused and the program is the only one, detaches it by
 * netlink.
 */
int xm_xdp_program_detach_any(struct xm_parent *p, uint32_t id);
/* Returns 1 when the program is the device's only one, 0 when it is not, or a negative errno */
int xm_xdp_program_is_sole(const struct xm_parent *p, uint32_t id);

#endif
