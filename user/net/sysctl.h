/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_SYSCTL_H
#define XM_SYSCTL_H

/*
 * Sets net.FAMILY.conf.IFNAME.KEY in the current network namespace, unless it has that value:
 * /proc/sys may be read-only. Returns 0 or a negative errno; -ENOENT: there is no such sysctl.
 */
int xm_sysctl_set(const char *family, const char *ifname, const char *key, const char *value);

#endif
