/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Offloads of devices, by ioctl. The socket belongs to the namespace in which it was opened, and
 * reaches the devices of that namespace from any other. Functions return a negative errno on
 * failure, and 0 on success unless their comment says more.
 */
#ifndef XM_ETHTOOL_H
#define XM_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* Opens a socket in the current namespace. Returns the descriptor. */
int xm_ethtool_open(void);

/* Turn GRO and TSO on or off. A veth with GRO has NAPI and accepts XDP frames. */
int xm_ethtool_set_gro(int fd, uint32_t ifindex, bool on);
int xm_ethtool_set_tso(int fd, uint32_t ifindex, bool on);
/* Returns 1 when GRO is on, else 0 */
int xm_ethtool_has_gro(int fd, uint32_t ifindex);
/* Returns 1 when LRO is on, else 0 */
int xm_ethtool_has_lro(int fd, uint32_t ifindex);
int xm_ethtool_set_lro(int fd, uint32_t ifindex, bool on);
/* Returns 1 when the device removes VLAN tags from received frames in hardware, else 0 */
int xm_ethtool_strips_vlan(int fd, uint32_t ifindex);

#endif
