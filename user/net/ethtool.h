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
/* Returns 1 when the device removes VLAN tags from received frames in hardware, else 0 */
int xm_ethtool_strips_vlan(int fd, uint32_t ifindex);

/* Features of the kernel, as `ethtool -k` lists them */
enum xm_feature {
	XM_FEATURE_LRO = 1 << 0, /* large-receive-offload */
	XM_FEATURE_VLAN_FILTER = 1 << 1, /* rx-vlan-filter */
	XM_FEATURE_STAG_FILTER = 1 << 2, /* rx-vlan-stag-filter: of 802.1ad */
	XM_FEATURE_TX_CSUM = 1 << 3, /* tx-checksum-ip-generic */
	XM_FEATURE_TX_SCTP = 1 << 4, /* tx-checksum-sctp */
	XM_FEATURE_TX_VLAN = 1 << 5, /* tx-vlan-hw-insert */
	XM_FEATURE_TX_STAG = 1 << 6, /* tx-vlan-stag-hw-insert */
};

struct xm_features {
	uint32_t on; /* enum xm_feature */
	uint32_t changeable; /* enum xm_feature; the others are "[fixed]" */
};

int xm_ethtool_read_features(int fd, uint32_t ifindex, struct xm_features *ret);
/*
 * Turns the features `which` (enum xm_feature) on or off. 0 does not say that they are: the driver
 * may refuse, and the kernel may find that another feature excludes them.
 */
int xm_ethtool_set_features(int fd, uint32_t ifindex, uint32_t which, bool on);

#endif
