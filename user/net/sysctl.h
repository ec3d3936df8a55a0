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

/*
 * Calls each() for every sysctl of net.FAMILY.conf.IFNAME that may be written, in the order of
 * their names, until it returns a negative value, which is returned. key ends with the call.
 */
int xm_sysctl_each(const char *family, const char *ifname,
		   int (*each)(const char *family, const char *key, void *data), void *data);

#endif
