// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdint.h>
#include <string.h>

#include "abi.h"
#include "pins/kernel_features.h"
#include "pins/kernel_types.h"

/* A struct's field, or an enum's constant, that the programs read */
struct needed_type {
	const char *type;
	const char *part;
	const char *text;
	bool is_enum;
};

#define STRUCT(type, field)                                                                        \
	{                                                                                          \
#type, #field, "struct " #type "." #field, false                                   \
	}
#define ENUM(type, number)                                                                         \
	{                                                                                          \
#type, #number, "enum " #type "." #number, true                                    \
	}

static const struct needed_type needed_types[] = {
	STRUCT(bpf_dtab_netdev, dev),
	STRUCT(bpf_dtab_netdev, val),
	STRUCT(net_device, state),
	STRUCT(net_device, features),
	STRUCT(net_device, group),
	STRUCT(net_device, mtu),
	STRUCT(net_device, dev_addr),
	STRUCT(sk_buff, dev),
	STRUCT(sk_buff, mark),
	STRUCT(sk_buff, ip_summed),
	STRUCT(sk_buff_head, next),
	STRUCT(xdp_buff, rxq),
	STRUCT(xdp_buff, txq),
	STRUCT(xdp_rxq_info, dev),
	STRUCT(xdp_txq_info, dev),
	ENUM(netdev_state_t, __LINK_STATE_START),
	ENUM(netdev_state_t, __LINK_STATE_NOCARRIER),
};

#define MAX_DEPTH 8 /* of nested unnamed structs */

/* Whether a struct has the field, itself or in an unnamed struct or union */
static bool type_has_field(const struct btf *btf, const struct btf_type *t, const char *field,
			   int depth)
{
	const struct btf_member *m = btf_members(t);

	for (int i = 0; i < btf_vlen(t); i++) {
		const struct btf_type *inner = btf__type_by_id(btf, m[i].type);

		if (!strcmp(btf__name_by_offset(btf, m[i].name_off), field))
			return true;
		if (!m[i].name_off && depth < MAX_DEPTH && btf_is_composite(inner) &&
		    type_has_field(btf, inner, field, depth + 1))
			return true;
	}
	return false;
}

static bool enum_has_number(const struct btf *btf, const struct btf_type *t, const char *name)
{
	const struct btf_enum *e = btf_enum(t);

	for (int i = 0; i < btf_vlen(t); i++)
		if (!strcmp(btf__name_by_offset(btf, e[i].name_off), name))
			return true;
	return false;
}

static bool btf_has(const struct btf *btf, const struct needed_type *n)
{
	int id = btf__find_by_name_kind(btf, n->type, n->is_enum ? BTF_KIND_ENUM : BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;

	if (!t)
		return false;
	return n->is_enum ? enum_has_number(btf, t, n->part) : type_has_field(btf, t, n->part, 0);
}

const char *xm_missing_type(const struct btf *base)
{
	for (size_t i = 0; i < sizeof(needed_types) / sizeof(needed_types[0]); i++)
		if (!btf_has(base, &needed_types[i]))
			return needed_types[i].text;
	return NULL;
}

const char *xm_differing_offload_bit(const char (*names)[ETH_GSTRING_LEN], size_t n)
{
	static const struct {
		size_t bit;
		const char *name, *text;
	} bits[] = {
		{ XM_GRO_BIT, "rx-gro", "NETIF_F_GRO_BIT is not 14 on this kernel" },
		{ XM_GSO_UDP_L4_BIT, "tx-udp-segmentation",
		  "NETIF_F_GSO_UDP_L4_BIT is not 33 on this kernel" },
	};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i].bit >= n || strncmp(names[bits[i].bit], bits[i].name, ETH_GSTRING_LEN))
			return bits[i].text;
	return NULL;
}

/* struct veth_xdp_buff { struct xdp_buff xdp; struct sk_buff *skb; }; in drivers/net/veth.c */
static bool veth_has_skb(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "veth_xdp_buff", BTF_KIND_STRUCT);
	const struct btf_type *t = id > 0 ? btf__type_by_id(btf, id) : NULL;
	const struct btf_member *m = t ? btf_members(t) : NULL;

	if (!t || btf_vlen(t) < 2 || strcmp(btf__name_by_offset(btf, m[1].name_off), "skb"))
		return false;
	return btf_member_bit_offset(t, 1) == (uint32_t)btf__resolve_size(btf, m[0].type) * 8;
}

/* Finds struct veth_priv { struct net_device __rcu *peer; …; NULL: there is none */
static const struct btf_type *veth_priv(const struct btf *btf)
{
	int id = btf__find_by_name_kind(btf, "veth_priv", BTF_KIND_STRUCT);

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

/* Whether `peer` is the first member: parent_xdp reads the peer's GRO by it */
static bool veth_peer_is_first(const struct btf *btf)
{
	const struct btf_type *t = veth_priv(btf);

	return t && btf_vlen(t) &&
	       !strcmp(btf__name_by_offset(btf, btf_members(t)[0].name_off), "peer");
}

bool xm_btf_has_function(const struct btf *btf, const char *name)
{
	return btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) > 0;
}

bool xm_btf_has_casts(const struct btf *base)
{
	return xm_btf_has_function(base, "bpf_cast_to_kern_ctx") &&
	       xm_btf_has_function(base, "bpf_rdonly_cast");
}

int xm_btf_veth_layout(const struct btf *base, const struct btf *veth)
{
	int ret = 0;
	bool casts = xm_btf_has_casts(base);

	if (!casts || veth_peer_is_first(veth))
		ret |= XM_VETH_NAPI;
	if (casts && veth_has_skb(veth))
		ret |= XM_VETH_SKB;
	if (!veth_priv(veth))
		ret |= XM_VETH_UNSEEN;
	return ret;
}
