/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Devices in the test's namespaces. */
#ifndef XMT_LINK_H
#define XMT_LINK_H

#include <stdbool.h>
#include <stdint.h>

#include "ns.h"

/*
 * Creates a veth pair: `name_a` in `a`, `name_b` in `b`, addrgenmode none, both up. `mac_a` and
 * `mac_b` are "02:…" texts or NULL for random ones. xmt_die() on failure.
 */
void xmt_veth(const struct xmt_ns *a, const char *name_a, const char *mac_a, const struct xmt_ns *b,
	      const char *name_b, const char *mac_b);

/* Whether the kernel has netkit (Linux 6.7). In the namespace of the process. */
bool xmt_has_netkit(void);

/* Returns the device's ifindex, or 0 when the namespace has no such device. */
unsigned int xmt_ifindex(const struct xmt_ns *ns, const char *name);

/* Reads the device's MAC. Returns 0, or a negative errno and leaves `ret_mac` as it was. */
int xmt_link_mac(const struct xmt_ns *ns, const char *name, uint8_t ret_mac[6]);

/* Switches GRO on or off; a veth has NAPI while GRO is on. Returns 0 or a negative errno. */
int xmt_link_gro(const struct xmt_ns *ns, const char *name, int on);

/* Whether the device is operational (IFF_RUNNING: up, with a carrier): 1, 0 or a negative errno */
int xmt_link_running(const struct xmt_ns *ns, const char *name);

/* Returns the number in /sys/class/net/<name>/<attr> of the namespace (attr: e.g. "mtu"), or -1. */
long xmt_link_attr(const struct xmt_ns *ns, const char *name, const char *attr);

/*
 * Options of a kernel macvlan that iproute2 6.1 does not have, by netlink. Each returns 0 or a
 * negative errno. bclim needs Linux 6.3; older kernels ignore it silently.
 */
/* `kind`: "macvlan" or "macvtap" */
int xmt_macvlan_bclim(const struct xmt_ns *ns, const char *name, const char *kind, int32_t bclim);
/* `flags`: the complete set of MACVLAN_FLAG_NOPROMISC and MACVLAN_FLAG_NODST (linux/if_link.h) */
int xmt_macvlan_flags(const struct xmt_ns *ns, const char *name, uint16_t flags);

#endif
