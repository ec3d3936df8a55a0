/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The kernel-internal types that the programs read, with the fields in use only. libbpf relocates
 * each access to the layout of the running kernel (CO-RE). UAPI types come from <linux/...>. See
 * README.md.
 */
#ifndef XM_VMLINUX_H
#define XM_VMLINUX_H

#include <linux/bpf.h>

#pragma clang attribute push(__attribute__((preserve_access_index)), apply_to = record)

struct net_device {
	unsigned long state; /* bit __LINK_STATE_NOCARRIER: include/linux/netdevice.h */
	__u64 features; /* NETIF_F_* */
	__u32 xdp_features; /* NETDEV_XDP_ACT_*, since Linux 6.3 */
	int group;
	unsigned int mtu;
	const unsigned char *dev_addr;
	unsigned char priv[]; /* since Linux 6.12; before, netdev_priv() computes the place */
};

struct sk_buff {
	struct net_device *dev;
	__u32 mark;
	__u8 ip_summed : 2;
};

/* kernel/bpf/devmap.c: the value of a devmap look-up lies within it */
struct bpf_dtab_netdev {
	struct net_device *dev;
	struct bpf_devmap_val val;
};

/* include/net/xdp.h; in a veth's struct veth_xdp_buff the pointer to the skb is behind it */
struct xdp_rxq_info {
	struct net_device *dev;
};

struct xdp_txq_info {
	struct net_device *dev;
};

struct xdp_buff {
	void *data;
	struct xdp_rxq_info *rxq;
	struct xdp_txq_info *txq;
};

/* Stands for a pointer at any address: it is the first field of the type */
struct sk_buff_head {
	struct sk_buff *next;
};

#pragma clang attribute pop

/* Its numbers are relocated too: bpf_core_enum_value() */
enum netdev_state_t {
	__LINK_STATE_START,
	__LINK_STATE_NOCARRIER,
};

/*
 * Ids of types in the kernel's BTF. No kernel has this enum: the excerpt that libbpf relocates by
 * (user/pins/btf_excerpt.c) has it when the kernel has the functions that take such an id.
 */
enum xm_kernel_id {
	XM_ID_BPF_DTAB_NETDEV,
	XM_ID_NET_DEVICE,
	XM_ID_SK_BUFF,
	XM_ID_SK_BUFF_HEAD,
	XM_ID_BPF_DEVMAP_VAL,
};

/*
 * include/linux/netdev_features.h. The enum of these bits has no name, so they cannot be relocated:
 * user/pins/kernel_features.c compares them (abi.h has the bits) with those of the running kernel.
 */
#define NETIF_F_GRO	   (1ull << XM_GRO_BIT)
#define NETIF_F_GSO_UDP_L4 (1ull << XM_GSO_UDP_L4_BIT)

/* include/linux/skbuff.h: a macro, which BTF does not have */
#define CHECKSUM_PARTIAL 3

#endif
