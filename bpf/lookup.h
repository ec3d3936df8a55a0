/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Finds endpoints by MAC address, by slot and by device */
#ifndef XM_LOOKUP_H
#define XM_LOOKUP_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>

#include "frame.h"
#include "maps.h"
#include "verdict.h"

#define VLAN_HLEN 4 /* linux/if_vlan.h */

/*
 * bpf_rdonly_cast() and bpf_cast_to_kern_ctx(), since Linux 6.2. With them reads of kernel memory
 * are plain loads. Without them, bpf_probe_read_kernel() costs some 40 ns more for each look-up.
 * They are not declared __ksym, for which libbpf parses all of the kernel's BTF (10 ms): programs
 * have numbers of no helper, which user space replaces (user/pins/btf_excerpt.h). Their names here
 * differ from the kernel's, which newer versions of libbpf's headers declare.
 */
static void *(*const xm_rdonly_cast)(const void *obj, __u32 btf_id) = (void *)XM_CALL_RDONLY_CAST;
static void *(*const xm_cast_to_kern_ctx)(void *ctx) = (void *)XM_CALL_KERN_CTX;

/* Whether the kernel has both. The verifier knows it, and walks through one branch only. */
static __always_inline bool xm_has_casts(void)
{
	return bpf_core_type_exists(enum xm_kernel_id);
}

/* The id of a type in the kernel's BTF, for bpf_rdonly_cast() */
#define xm_kernel_id(id) bpf_core_enum_value(enum xm_kernel_id, id)

/* An endpoint that was looked up; ifindex 0: there is none, or it is down */
struct xm_target {
	__u32 slot;
	__u32 ifindex; /* host end */
	struct xm_port *port;
	/* host end, for xm_device_...(); not NULL whenever ifindex is not 0 */
	const struct net_device *device;
};

static __always_inline struct xm_config *xm_get_config(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&config, &key);
}

/* The device of a devmap's element: the value lies within the kernel's struct bpf_dtab_netdev */
static __always_inline const struct net_device *xm_device(const __u32 *devmap_value)
{
	const void *entry =
		(const void *)devmap_value - bpf_core_field_offset(struct bpf_dtab_netdev, val);
	struct net_device *dev = NULL;

	if (xm_has_casts()) {
		const struct bpf_dtab_netdev *d =
			xm_rdonly_cast(entry, xm_kernel_id(XM_ID_BPF_DTAB_NETDEV));

		return d->dev;
	}
	bpf_probe_read_kernel(&dev, sizeof(dev),
			      entry + bpf_core_field_offset(struct bpf_dtab_netdev, dev));
	return dev;
}

static __always_inline bool xm_device_carrier(const struct net_device *dev)
{
	const unsigned long up = 1ul
				 << bpf_core_enum_value(enum netdev_state_t, __LINK_STATE_START);
	const unsigned long no_carrier =
		1ul << bpf_core_enum_value(enum netdev_state_t, __LINK_STATE_NOCARRIER);
	unsigned long state = 0;

	if (xm_has_casts())
		state = dev->state;
	else
		bpf_probe_read_kernel(&state, sizeof(state),
				      (void *)dev +
					      bpf_core_field_offset(struct net_device, state));
	return (state & (up | no_carrier)) == up;
}

/*
 * Whether the peer end has an XDP program. The host end lacks its GSO offloads while the peer end
 * has one (veth_fix_features()). User space turns off TSO, but not the offload that is read here
 * (docs/design.md, NAPI at the peer ends).
 */
static __always_inline bool xm_device_peer_xdp(const struct net_device *dev)
{
	__u64 offloads = 0;

	if (xm_has_casts())
		/* The verifier no longer knows the type of the pointer: cast it again */
		offloads = ((const struct net_device *)xm_rdonly_cast(
				    dev, xm_kernel_id(XM_ID_NET_DEVICE)))
				   ->features;
	else
		bpf_probe_read_kernel(&offloads, sizeof(offloads),
				      (void *)dev +
					      bpf_core_field_offset(struct net_device, features));
	return !(offloads & NETIF_F_GSO_UDP_L4);
}

/* Offset of a device's private data (netdev_priv()) from its struct net_device */
static __always_inline __u32 xm_priv_offset(void)
{
	const __u32 align = 32; /* NETDEV_ALIGN, linux/netdevice.h, until Linux 6.11 */

	if (bpf_core_field_exists(struct net_device, priv))
		return bpf_core_field_offset(struct net_device, priv);
	return (bpf_core_type_size(struct net_device) + align - 1) / align * align;
}

/*
 * The peer end of a veth: the first field of the host end's private data. The caller has checked
 * that the kernel has bpf_rdonly_cast().
 */
static __always_inline const struct net_device *xm_veth_peer(const struct net_device *dev)
{
	const struct sk_buff_head *priv =
		xm_rdonly_cast((void *)dev + xm_priv_offset(), xm_kernel_id(XM_ID_SK_BUFF_HEAD));

	return xm_rdonly_cast(priv->next, xm_kernel_id(XM_ID_NET_DEVICE));
}

/*
 * A veth drops XDP frames when its peer has no NAPI (veth_xdp_xmit()). The peer has NAPI while it
 * has GRO, which its user may turn off.
 */
static __always_inline bool xm_peer_napi(const struct net_device *dev)
{
	return !xm_has_casts() || xm_veth_peer(dev)->features & NETIF_F_GRO;
}

/*
 * Whether an XDP frame is larger than the peer of a veth takes. Its user may have changed the MTU.
 * The veth would refuse the frame together with those that are handed over behind it.
 */
static __always_inline bool xm_exceeds_peer(const struct net_device *dev, __u32 len)
{
	return xm_has_casts() && len > xm_veth_peer(dev)->mtu + ETH_HLEN + VLAN_HLEN;
}

/*
 * Finds the device of a slot. ifindex is 0 when the device does not exist or has no carrier. A veth
 * has a carrier while both of its ends are up: when a user sets an endpoint down, it is down here
 * from the next frame on. A deleted device is never confused with a new one of the same ifindex.
 * devices: the devmap that this type of program may use, &tc_devices or &xdp_devices.
 */
static __always_inline void xm_find_device(void *devices, __u32 slot, struct xm_target *t)
{
	__u32 *ifindex = bpf_map_lookup_elem(devices, &slot);

	t->ifindex = 0;
	t->device = NULL;
	if (!ifindex)
		return;
	t->device = xm_device(ifindex);
	if (xm_device_carrier(t->device))
		t->ifindex = *ifindex;
}

static __always_inline void xm_find_by_slot(void *devices, __u32 slot, struct xm_target *t)
{
	t->slot = slot;
	t->ifindex = 0;
	t->device = NULL;
	t->port = bpf_map_lookup_elem(&ports, &slot);
	if (t->port && t->port->ifindex)
		xm_find_device(devices, slot, t);
}

/* The port of the host end with that ifindex, by a look-up in a hash (20 ns). Fills *slot. */
static __always_inline struct xm_port *xm_port_of_host_end(__u32 ifindex, __u32 *slot)
{
	__u32 *found = bpf_map_lookup_elem(&host_ends, &ifindex);
	struct xm_port *port;

	if (!found)
		return NULL;
	*slot = *found;
	port = bpf_map_lookup_elem(&ports, slot);
	return port && port->ifindex == ifindex ? port : NULL;
}

/*
 * Finds the port with this MAC by its hint, else by mac_table, and fills *slot. Returns NULL when
 * no endpoint has the MAC.
 */
static __always_inline struct xm_port *xm_find_port(const struct xm_mac_key *mac, __u32 *slot)
{
	__u32 hint = xm_mac_hint(xm_mac_bits(mac->mac)), index = hint / XM_HINT_WAYS, *found;
	struct xm_hints *h = bpf_map_lookup_elem(&hints, &index);
	struct xm_port *port;

	*slot = h ? h->slot[hint % XM_HINT_WAYS] : 0;
	if (!*slot)
		return NULL;
	port = bpf_map_lookup_elem(&ports, slot);
	if (port && xm_mac_equal(port->mac, mac->mac))
		return port;
	found = bpf_map_lookup_elem(&mac_table, mac);
	if (!found)
		return NULL;
	*slot = *found;
	return bpf_map_lookup_elem(&ports, slot);
}

/*
 * The slot that has the MAC, XM_SLOT_PARENT for one of this machine that is no endpoint's, or -1.
 * The function is global, so that the verifier walks through it only once.
 */
__attribute__((noinline)) int xm_slot_of_mac(__u64 mac)
{
	struct xm_mac_key key;
	__u32 slot = 0;

	*(xm_key_word *)&key = mac;
	return xm_find_port(&key, &slot) ? (int)slot : -1;
}

/*
 * The MAC of a device, as xm_mac_bits() has it. The caller has checked that the kernel has
 * bpf_rdonly_cast().
 */
static __always_inline __u64 xm_device_mac(const struct net_device *dev)
{
	const struct net_device *d = xm_rdonly_cast(dev, xm_kernel_id(XM_ID_NET_DEVICE));
	/* any kernel type with two 32-bit members, by which the MAC is read */
	const struct bpf_devmap_val *addr;

	addr = xm_rdonly_cast(d->dev_addr, xm_kernel_id(XM_ID_BPF_DEVMAP_VAL));
	return xm_mac_bits_of(addr->ifindex, addr->bpf_prog.id);
}

/*
 * Adds the facts about the parent's device to those of a frame that an endpoint sends: its carrier,
 * and whether the destination is its MAC. The MAC is read from the device, because
 * config.parent_mac is as old as the last command and a bridge takes another MAC when a port joins.
 * Before Linux 6.2 config.parent_mac is used, and then the host is out of reach until the next
 * command. For TC programs only: tc_devices is for them.
 */
static __always_inline void xm_parent_facts(struct xm_facts *f, const struct xm_mac_key *dst,
					    const struct xm_config *c)
{
	struct xm_target parent;
	__u64 mac = xm_mac_bits(c->parent_mac);

	xm_find_device(&tc_devices, XM_SLOT_PARENT, &parent);
	if (!parent.ifindex)
		f->bits |= XM_FACT_PARENT_DOWN;
	else if (xm_has_casts())
		mac = xm_device_mac(parent.device);
	if (xm_mac_bits(dst->mac) == mac)
		f->bits |= XM_FACT_DEST_PARENT;
}

/* Finds the UP endpoint with this MAC. Returns its mode; XM_MODE_NONE: there is none. */
static __always_inline __u8 xm_find_by_mac(void *devices, const struct xm_mac_key *mac,
					   struct xm_target *t)
{
	t->ifindex = 0;
	t->device = NULL;
	t->port = xm_find_port(mac, &t->slot);
	if (!t->port || !t->port->ifindex)
		return XM_MODE_NONE;
	xm_find_device(devices, t->slot, t);
	return t->ifindex ? t->port->mode : XM_MODE_NONE;
}

/* Whether a VLAN device of the parent has the VID. tpid in host byte order. */
static __always_inline bool xm_vlan_owned(__u16 tpid, __u16 tci)
{
	__u32 bit = xm_vlan_bit(tpid, tci);
	__u32 word = bit / 64;
	__u64 *bits = bpf_map_lookup_elem(&vlans, &word);

	return bits && *bits >> (bit % 64) & 1;
}

/*
 * The skb of a frame that XDP receives on a veth, or NULL: it came as an XDP frame and has none.
 * User space has checked that the pointer is right behind the xdp_buff (struct veth_xdp_buff), and
 * the caller that the kernel has bpf_rdonly_cast().
 */
static __always_inline const void *xm_veth_skb_of(struct xdp_md *ctx)
{
	/* any kernel type that begins with a pointer */
	const struct sk_buff_head *behind =
		xm_rdonly_cast(xm_cast_to_kern_ctx(ctx) + bpf_core_type_size(struct xdp_buff),
			       xm_kernel_id(XM_ID_SK_BUFF_HEAD));

	return behind->next;
}

#endif
