/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Features of devices, by ioctl. The socket stays in the namespace in which it was opened, so that its
 * devices can be asked for from elsewhere. All return -errno when they fail.
 */
#ifndef XM_ETHTOOL_H
#define XM_ETHTOOL_H

#include <stdbool.h>
#include <stdint.h>

/* A socket in the current namespace */
int xm_ethtool_open(void);

/* GRO (a veth with GRO has NAPI and takes XDP frames) and TSO */
int xm_ethtool_set_gro(int fd, uint32_t ifindex, bool on);
int xm_ethtool_set_tso(int fd, uint32_t ifindex, bool on);
/* 1 or 0 */
int xm_ethtool_has_gro(int fd, uint32_t ifindex);
/* Whether it takes VLAN tags out of frames in hardware: 1 or 0 */
int xm_ethtool_strips_vlan(int fd, uint32_t ifindex);

#endif
