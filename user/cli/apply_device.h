/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Devices as a file names them */
#ifndef XM_APPLY_DEVICE_H
#define XM_APPLY_DEVICE_H

#include "base/err.h"
#include "net/link.h"

/*
 * Finds a device by its name, its alternative name or its MAC address. A MAC finds the device that
 * lies below the others with the same MAC, as a NIC below its VLAN devices. Returns 0, or a
 * negative errno and fills *e; -ENODEV: there is none; -EEXIST: several devices have the MAC.
 */
int xm_apply_device(struct xm_nl *nl, const char *name, struct xm_link *ret, struct xm_err *e);

#endif
