// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Describes a difference in the words of the rules. */
#include <string.h>

#include "eq.h"

static const char *dst_word(const struct topo *t, const struct frame *f)
{
	if (mac_is_group(f->data))
		return "group";
	if (mac_equal(f->data, t->parent_mac))
		return "parent";
	return topo_find(t, f->data) >= 0 ? "endpoint" : "foreign";
}

/*
 * veth's limit is MTU, Ethernet header and one tag (is_skb_forwardable()). The kernel has removed
 * the outer tag from the frame before that check.
 */
static const char *size_word(const struct ep *ep, const struct frame *f)
{
	unsigned int len = f->len;

	if (frame_ethertype_at(f->data, f->len) > 12)
		len -= 4;
	return len > ep->mtu + 14 + 4 ? "over-mtu" : "fits";
}

static const char *type_word(const struct ep *ep)
{
	if (!ep->tap)
		return ep->netkit ? "netkit" : "veth";
	return (ep->offload & F_USO) == F_USO ? "tap-uso" : "tap";
}

static void receiver_facts(const struct topo *t, const struct diff *d, struct facts *ret)
{
	static const char *const recv[] = { "wire", "tap", "stack", "via" };
	const struct ep *ep;

	if (d->receiver < AT_FIRST_EP) {
		ret->word[K_RECV] = recv[d->receiver];
		return;
	}
	ep = &t->ep[d->receiver - AT_FIRST_EP];
	ret->word[K_RECV] = "endpoint";
	ret->word[K_MODE] = mode_text(ep->mode);
	ret->word[K_PLACE] = ep->beside ? "beside" : "netns";
	ret->word[K_TYPE] = type_word(ep);
}

/*
 * Whether macvtap allocates the frame that a tap wrote in one piece and tun in two. Each reserves
 * some octets (MACVTAP_RESERVE, NET_SKB_PAD) and takes one piece below a page (tap_alloc_skb(),
 * tun_alloc_skb()).
 */
static bool pieces_differ(const struct topo *t, const struct frame *f)
{
	return f->sender >= FIRST_EP && t->ep[f->sender - FIRST_EP].tap && f->len + 64 >= 4096 &&
	       f->len + 2 < 4096;
}

/* VIRTIO_NET_HDR_F_DATA_VALID is in the first octet, the flags; hdr_len in the third and fourth. */
static const char *header_word(const struct topo *t, const struct frame *f, const struct diff *d)
{
	uint8_t left[HEADER_MAX];

	if (d->kind != HEADER)
		return "-";
	memcpy(left, d->left->header, HEADER_MAX);
	memcpy(left + 2, d->right->header + 2, 2);
	if (!memcmp(left, d->right->header, HEADER_MAX))
		return f && pieces_differ(t, f) ? "length-page" : "length";
	memcpy(left, d->left->header, HEADER_MAX);
	left[0] ^= VIRTIO_NET_HDR_F_DATA_VALID;
	return memcmp(left, d->right->header, HEADER_MAX) ? "other" : "data-valid";
}

static unsigned int times_seen(const struct view *v, unsigned int receiver, int frame)
{
	unsigned int n = 0;
	size_t i;

	for (i = 0; i < v->n; i++)
		n += v->seen[i].receiver == receiver && v->seen[i].frame == frame;
	return n;
}

/*
 * Whether the left receiver saw one reassembled datagram and the right one both of its fragments.
 * The fragments are neighbours in the batch; the datagram has the number of the first one.
 */
static bool reassembled(const struct frame *batch, const struct diff *d, const struct view *left,
			const struct view *right)
{
	int first = d->frame - batch[d->frame].second;
	unsigned int n = times_seen(left, d->receiver, first);

	return n && !times_seen(left, d->receiver, first + 1) &&
	       times_seen(right, d->receiver, first) == n &&
	       times_seen(right, d->receiver, first + 1) == n;
}

static void frame_facts(const struct topo *t, const struct frame *f, const struct diff *d,
			const struct view *left, const struct view *right, struct facts *ret)
{
	ret->word[K_SENDER] = f->sender == FROM_WIRE   ? "wire"
			      : f->sender == FROM_HOST ? "host"
						       : "endpoint";
	ret->word[K_DST] = dst_word(t, f);
	if (f->gso_size)
		ret->word[K_FRAME] = f->gso_type == GSO_UDP_L4 ? "uso" : "tso";
	else if (f->fragment)
		ret->word[K_FRAME] =
			reassembled(f - d->frame, d, left, right) ? "reassembled" : "fragment";
	else if (f->asks && d->receiver >= AT_FIRST_EP && d->receiver != AT_FIRST_EP + f->asks - 1)
		ret->word[K_FRAME] = "request";
	else
		ret->word[K_FRAME] = "whole";
	if (d->receiver >= AT_FIRST_EP)
		ret->word[K_SIZE] = size_word(&t->ep[d->receiver - AT_FIRST_EP], f);
}

void facts_of(const struct topo *t, const struct frame *batch, const struct diff *d,
	      const struct view *left, const struct view *right, struct facts *ret)
{
	const struct frame *f = d->frame >= 0 ? &batch[d->frame] : NULL;
	unsigned int k;

	for (k = 0; k < KEYS; k++)
		ret->word[k] = "-";
	ret->word[K_KIND] = diff_kind_text[d->kind];
	ret->word[K_LEFT] = d->left ? xmt_pkt_type_text(d->left->type) : "none";
	ret->word[K_RIGHT] = d->right ? xmt_pkt_type_text(d->right->type) : "none";
	ret->word[K_XDP] = strstr(opt.parent_opts, "xdp ") && !strstr(opt.parent_opts, "xdp off")
				   ? "on"
				   : "off";
	ret->word[K_GUARD] = strstr(opt.parent_opts, "guard on") ? "on" : "off";
	ret->word[K_NEIGH] = strstr(opt.parent_opts, "neigh direct") ? "direct" : "flood";
	receiver_facts(t, d, ret);
	ret->word[K_HEADER] = header_word(t, f, d);
	if (f)
		frame_facts(t, f, d, left, right, ret);
}
