/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The few kernel-internal types the programs read, for CO-RE: only the fields in use are named, libbpf
 * relocates them to the running kernel's layout. UAPI types come from <linux/...>. See README.md here.
 */
#ifndef XM_VMLINUX_H
#define XM_VMLINUX_H

#include <linux/bpf.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net_device {
	unsigned long state; /* bit __LINK_STATE_NOCARRIER: include/linux/netdevice.h */
	__u64 features; /* NETIF_F_* */
	int group;
	const unsigned char *dev_addr;
};

struct sk_buff {
	struct net_device *dev;
	__u8 ip_summed : 2;
};

/* kernel/bpf/devmap.c: what a devmap look-up's value is embedded in */
struct bpf_dtab_netdev {
	struct net_device *dev;
	struct bpf_devmap_val val;
};

/* include/net/xdp.h: a veth's struct veth_xdp_buff has the skb behind it */
struct xdp_rxq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	struct xdp_rxq_info *rxq;
};

/* For a pointer at any address: the field is the type's first */
struct sk_buff_head {
	struct sk_buff *next;
};

/* include/linux/netdev_features.h: the same bits in every version */
#define NETIF_F_GRO (1ull << 14)
#define NETIF_F_GSO_UDP_L4 (1ull << 33)

/* include/linux/skbuff.h */
#define CHECKSUM_PARTIAL 3

enum netdev_state_t {
	__LINK_STATE_START,
	__LINK_STATE_PRESENT,
	__LINK_STATE_NOCARRIER,
};

#pragma clang attribute pop

#endif
