/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_SYSCTL_H
#define XM_SYSCTL_H

#include <stddef.h>

/*
 * Sets net.FAMILY.conf.IFNAME.KEY in the current network namespace. Does not write when it has the
 * value already, because /proc/sys may be read-only. family: "ipv4" or "ipv6". Returns 0 or a
 * negative errno; -ENOENT: there is no such sysctl.
 */
int xm_sysctl_set(const char *family, const char *ifname, const char *key, const char *value);

/*
 * Reads the same sysctl into ret, without the line feed. Returns 0 or a negative errno; -ENOENT:
 * there is no such sysctl.
 */
int xm_sysctl_get(const char *family, const char *ifname, const char *key, char *ret, size_t size);

#endif
