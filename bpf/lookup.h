/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* From addresses and interfaces to endpoints */
#ifndef XM_LOOKUP_H
#define XM_LOOKUP_H

#include "vmlinux.h"
#include <bpf/bpf_core_read.h>

#include "frame.h"
#include "maps.h"
#include "verdict.h"

/* The devmap that this type of program may use */
#ifndef XM_DEVICES
#define XM_DEVICES tc_devices
#endif

/* Kernel 6.2+: reads as plain loads. Older ones: bpf_probe_read_kernel(), some 40 ns a look-up more. */
extern void *bpf_rdonly_cast(const void *obj, __u32 btf_id) __ksym __weak;
extern void *bpf_cast_to_kern_ctx(void *ctx) __ksym __weak;

/* An endpoint as found; ifindex 0: there is none, or it is down */
struct xm_target {
	__u32 slot;
	__u32 ifindex; /* host end */
	struct xm_port *port;
	const struct net_device *device; /* the host end; only for xm_device_...() */
};

static __always_inline struct xm_meta *xm_get_meta(void)
{
	__u32 key = 0;

	return bpf_map_lookup_elem(&meta, &key);
}

static __always_inline const struct net_device *xm_device(const __u32 *devmap_value)
{
	const void *entry = (const void *)devmap_value - bpf_core_field_offset(struct bpf_dtab_netdev, val);
	struct net_device *dev = NULL;

	if (bpf_rdonly_cast) {
		const struct bpf_dtab_netdev *d =
			bpf_rdonly_cast(entry, bpf_core_type_id_kernel(struct bpf_dtab_netdev));

		return d->dev;
	}
	bpf_probe_read_kernel(&dev, sizeof(dev),
			      entry + bpf_core_field_offset(struct bpf_dtab_netdev, dev));
	return dev;
}

static __always_inline bool xm_device_carrier(const struct net_device *dev)
{
	const unsigned long mask = 1ul << __LINK_STATE_START | 1ul << __LINK_STATE_NOCARRIER;
	unsigned long state = 0;

	if (bpf_rdonly_cast)
		state = dev->state;
	else
		bpf_probe_read_kernel(&state, sizeof(state),
				      (void *)dev + bpf_core_field_offset(struct net_device, state));
	return (state & mask) == 1ul << __LINK_STATE_START; /* up, and with a carrier */
}

/*
 * A veth loses its GSO features while its peer has an XDP program (veth_fix_features). The one looked at is
 * not among those that user space turns off (docs/design.md, NAPI at the peer ends).
 */
static __always_inline bool xm_device_peer_xdp(const struct net_device *dev)
{
	__u64 features = 0;

	if (bpf_rdonly_cast)
		/* cast again: the verifier has forgotten what the pointer is */
		features = ((const struct net_device *)bpf_rdonly_cast(
				    dev, bpf_core_type_id_kernel(struct net_device)))
				   ->features;
	else
		bpf_probe_read_kernel(&features, sizeof(features),
				      (void *)dev + bpf_core_field_offset(struct net_device, features));
	return !(features & NETIF_F_GSO_UDP_L4);
}

/*
 * The slot's device while it exists and has a carrier; ifindex 0 otherwise. A veth has a carrier while
 * both its ends are up, so an endpoint that its user sets down is down for us with that very frame, and a
 * device that is gone is never mistaken for another one that got its ifindex.
 */
static __always_inline void xm_find_device(__u32 slot, struct xm_target *t)
{
	__u32 *ifindex = bpf_map_lookup_elem(&XM_DEVICES, &slot);

	t->ifindex = 0;
	if (!ifindex)
		return;
	t->device = xm_device(ifindex);
	if (xm_device_carrier(t->device))
		t->ifindex = *ifindex;
}

static __always_inline void xm_find_slot(__u32 slot, struct xm_target *t)
{
	t->slot = slot;
	t->ifindex = 0;
	t->port = bpf_map_lookup_elem(&ports, &slot);
	if (t->port && t->port->ifindex)
		xm_find_device(slot, t);
}

/* The port that has this MAC and its slot, by the hint or else by the hash. NULL: nobody has it. */
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

static __always_inline bool xm_parent_down(void)
{
	struct xm_target parent;

	xm_find_device(XM_SLOT_PARENT, &parent);
	return !parent.ifindex;
}

/* Finds the UP endpoint that has this MAC. Returns its mode, XM_MODE_NONE without one. */
static __always_inline __u8 xm_find_mac(const struct xm_mac_key *mac, struct xm_target *t)
{
	t->ifindex = 0;
	t->port = xm_find_port(mac, &t->slot);
	if (!t->port || !t->port->ifindex)
		return XM_MODE_NONE;
	xm_find_device(t->slot, t);
	return t->ifindex ? t->port->mode : XM_MODE_NONE;
}

static __always_inline bool xm_vlan_owned(__u16 tpid, __u16 tci)
{
	__u32 bit = xm_vlan_bit(tpid, tci);
	__u32 word = bit / 64;
	__u64 *bits = bpf_map_lookup_elem(&vlans, &word);

	return bits && *bits >> (bit % 64) & 1;
}

#endif
