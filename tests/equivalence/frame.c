// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Random frames. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include <linux/if_ether.h>

#include "eq.h"

#define ARP_LEN	      28
#define GSO_MIN	      400 /* octets of payload in a segment: a queue of a tap has 500 frames */
#define GSO_MAX	      7000 /* octets of an IP packet */
#define GSO_PERCENT   12
#define NEIGH_PERCENT 40
#define MARK_LEN      8
#define FRAGMENT_MAX  500 /* below every endpoint's MTU: row small-mtu of docs/differences.md */

enum payload {
	RAW,
	IPV4,
	IPV6,
	TCP,
	FRAGMENT,
	ARP,
	LLDP,
	PAUSE,
	LLC,
	NOVELL,
	EAPOL,
	MPLS,
	LOOPBACK,
	TRUNCATED,
	PAYLOADS
};

static const struct {
	const char *text;
	uint16_t proto; /* 0: the field is a length */
	unsigned int weight;
} payloads[PAYLOADS] = {
	[RAW] = { "88b5", FRAME_PROTO, 48 },
	[IPV4] = { "IPv4 UDP", ETH_P_IP, 12 },
	[IPV6] = { "IPv6 UDP", ETH_P_IPV6, 10 },
	[TCP] = { "IPv4 TCP", ETH_P_IP, 4 },
	[FRAGMENT] = { "IPv4 fragment", ETH_P_IP, 4 },
	[ARP] = { "ARP", ETH_P_ARP, 4 },
	[LLDP] = { "LLDP", ETH_P_LLDP, 3 },
	[PAUSE] = { "PAUSE", ETH_P_PAUSE, 5 },
	[LLC] = { "LLC", 0, 3 },
	[NOVELL] = { "802.3", 0, 1 },
	[EAPOL] = { "EAPOL", ETH_P_PAE, 1 },
	[MPLS] = { "MPLS", ETH_P_MPLS_UC, 2 },
	[LOOPBACK] = { "loopback", ETH_P_LOOPBACK, 1 },
	[TRUNCATED] = { "truncated tag", ETH_P_8021Q, 2 },
};

/* Tags in front of the ethertype: outer and inner TPID (0: none), weight in percent. */
static const struct {
	uint16_t tpid[2];
	unsigned int weight;
	bool vid0[2];
} taggings[] = {
	{ { 0, 0 }, 68, { 0, 0 } },
	{ { ETH_P_8021Q, 0 }, 12, { 0, 0 } },
	{ { ETH_P_8021Q, 0 }, 6, { 1, 0 } },
	{ { ETH_P_8021AD, 0 }, 4, { 0, 0 } },
	{ { ETH_P_8021AD, ETH_P_8021Q }, 4, { 0, 0 } },
	{ { ETH_P_8021Q, ETH_P_8021Q }, 2, { 0, 0 } },
	{ { ETH_P_8021Q, ETH_P_8021Q }, 2, { 1, 0 } },
	{ { ETH_P_8021AD, ETH_P_8021Q }, 1, { 1, 1 } },
	{ { ETH_P_8021AD, 0 }, 1, { 1, 0 } },
};

static const uint8_t groups[][6] = {
	{ 0xff, 0xff, 0xff, 0xff, 0xff, 0xff },
	{ 0x01, 0x00, 0x5e, 0x01, 0x02, 0x03 }, /* IPv4 multicast */
	{ 0x33, 0x33, 0x00, 0x00, 0x00, 0x99 }, /* IPv6 multicast */
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x0e }, /* LLDP */
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x01 }, /* PAUSE */
	{ 0x01, 0x80, 0xc2, 0x00, 0x00, 0x00 }, /* STP */
	{ 0x03, 0x00, 0x00, 0x00, 0x00, 0x01 },
};

void put_mark(uint8_t *at, const char *mark, uint32_t number)
{
	number = htonl(number);
	memcpy(at, mark, 4);
	memcpy(at + 4, &number, 4);
}

static void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

unsigned int frame_ethertype_at(const uint8_t *data, unsigned int len)
{
	unsigned int at = 12;

	while (at + 6 <= len && ((data[at] == 0x81 && data[at + 1] == 0x00) ||
				 (data[at] == 0x88 && data[at + 1] == 0xa8)))
		at += 4;
	return at;
}

void frame_header(const struct frame *f, struct virtio_net_hdr *ret)
{
	*ret = (struct virtio_net_hdr){
		.flags = f->csum_start ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0,
		.gso_type = f->gso_type,
		.hdr_len = f->hdr_len,
		.gso_size = f->gso_size,
		.csum_start = f->csum_start,
		.csum_offset = f->csum_offset,
	};
}

static unsigned int pick_sender(const struct topo *t, struct xmt_prng *p)
{
	unsigned int r = xmt_rand(p, 100), i, try;

	if (r < 45)
		return FROM_WIRE;
	if (r < 55)
		return FROM_HOST;
	for (try = 0; try < 20; try++) {
		i = xmt_rand(p, t->n_eps);
		if (t->ep[i].exists && t->ep[i].up)
			return FIRST_EP + i;
	}
	return FROM_WIRE;
}

static const uint8_t *own_mac(const struct topo *t, unsigned int sender)
{
	if (sender == FROM_WIRE)
		return t->wire_mac;
	return sender == FROM_HOST ? t->parent_mac : t->ep[sender - FIRST_EP].mac;
}

static const uint8_t *pick_dst(const struct topo *t, struct xmt_prng *p, unsigned int sender)
{
	static const uint8_t zero[6];
	unsigned int r = xmt_rand(p, 100);

	if (t->crowd && xmt_rand_chance(p, 30))
		return t->ext[xmt_rand(p, EXT_MAX)];
	if (r < 38)
		return t->ep[xmt_rand(p, t->n_eps)].mac;
	if (r < 46)
		return t->parent_mac;
	if (r < 49)
		return own_mac(t, sender);
	if (r < 55)
		return t->ext[xmt_rand(p, EXT_MAX)];
	if (r < 58)
		return t->old[xmt_rand(p, OLD_MAX)];
	if (r < 60)
		return t->wire_mac;
	if (r < 61)
		return zero;
	if (r < 79)
		return groups[0];
	return groups[xmt_rand(p, sizeof(groups) / sizeof(groups[0]))];
}

static const uint8_t *pick_src(const struct topo *t, struct xmt_prng *p, unsigned int sender)
{
	static const uint8_t zero[6];
	unsigned int r = xmt_rand(p, 100);

	/* The wire mostly sends as a station or reflects; the others mostly use their own MAC. */
	if (sender != FROM_WIRE && r < 60)
		return own_mac(t, sender);
	r = xmt_rand(p, 100);
	if (r < 40)
		return t->ext[xmt_rand(p, EXT_MAX)];
	if (r < 78)
		return t->ep[xmt_rand(p, t->n_eps)].mac;
	if (r < 84)
		return t->parent_mac;
	if (r < 93)
		return t->wire_mac;
	if (r < 97)
		return t->old[xmt_rand(p, OLD_MAX)];
	return r < 98 ? zero : groups[xmt_rand(p, 2)];
}

static enum payload pick_payload(struct xmt_prng *p)
{
	unsigned int r = xmt_rand(p, 100), i;

	for (i = 0; i < PAYLOADS - 1; i++) {
		if (r < payloads[i].weight)
			break;
		r -= payloads[i].weight;
	}
	/* The XDP program forwards mostly UDP, so a run with XDP frames sends more of it. */
	if (i == RAW && opt.xdp_frames && xmt_rand_chance(p, 70))
		return xmt_rand_chance(p, 50) ? IPV4 : IPV6;
	return i;
}

/* Write the tags. Returns the offset of the ethertype. */
static unsigned int put_tags(struct frame *f, struct xmt_prng *p)
{
	unsigned int r = xmt_rand(p, 100), i, k, at = 12;

	for (i = 0; r >= taggings[i].weight; i++)
		r -= taggings[i].weight;
	for (k = 0; k < 2 && taggings[i].tpid[k]; k++) {
		uint16_t vid = taggings[i].vid0[k] ? 0 : xmt_rand_range(p, 1, 4095);

		put16(f->data + at, taggings[i].tpid[k]);
		put16(f->data + at + 2, xmt_rand(p, 16) << 12 | vid);
		at += 4;
	}
	return at;
}

static unsigned int pick_len(struct xmt_prng *p, unsigned int min, unsigned int max)
{
	unsigned int r = xmt_rand(p, 100), len;

	if (r < 15)
		len = xmt_rand(p, 12);
	else if (r < 65)
		len = xmt_rand_range(p, 46, 200);
	else if (r < 85)
		len = xmt_rand_range(p, 46, max);
	else
		len = max - xmt_rand(p, 5);
	return len < min ? min : len > max ? max : len;
}

/* Largest payload behind the ethertype: the MTU, to which a first 802.1Q tag does not count. */
static unsigned int max_payload(const struct topo *t, const struct frame *f, unsigned int at)
{
	unsigned int mtu = f->sender >= FIRST_EP ? t->ep[f->sender - FIRST_EP].mtu : t->mtu;

	if (at > 12 && f->data[12] == 0x81 && f->data[13] == 0x00)
		mtu += 4;
	return mtu - (at - 12);
}

static void fill_payload(uint8_t *at, unsigned int len, struct xmt_prng *p, unsigned int head,
			 uint32_t number)
{
	unsigned int i;

	for (i = 0; i < len; i++)
		at[i] = xmt_rand(p, 256);
	if (len >= head + 8)
		put_mark(at + head, FRAME_MARK, number);
}

static void put_arp(uint8_t *at, struct xmt_prng *p, const uint8_t src[6])
{
	static const uint8_t head[7] = { 0, 1, 0x08, 0, 6, 4, 0 };

	memcpy(at, head, 7);
	at[7] = xmt_rand_range(p, 1, 2);
	memcpy(at + 8, src, 6);
	memcpy(at + 14, (uint8_t[]){ 198, 51, 100, 7 }, 4);
	memset(at + 18, 0, 6);
	memcpy(at + 24, (uint8_t[]){ 203, 0, 113, 9 }, 4);
}

static enum ip_kind ip_kind_of(enum payload kind, bool last)
{
	if (kind == FRAGMENT)
		return last ? IP4_LAST : IP4_FIRST;
	return kind == IPV6 ? IP6_UDP : kind == TCP ? IP4_TCP : IP4_UDP;
}

/* `second`: the last fragment, with the headers of the frame before it. */
static void put_payload(const struct topo *t, struct xmt_prng *p, struct frame *f,
			enum payload kind, unsigned int at, bool second)
{
	uint32_t number = f->number;
	unsigned int len, head = 0, max = max_payload(t, f, at);
	uint8_t *data = f->data + at + 2;

	put16(f->data + at, payloads[kind].proto);
	if (kind == IPV4 || kind == IPV6 || kind == TCP || kind == FRAGMENT) {
		enum ip_kind ip = ip_kind_of(kind, second);

		len = ip == IP4_FIRST ? 20 + 64 : pick_len(p, ip_min(ip), max);
		if (ip == IP4_LAST && len > FRAGMENT_MAX)
			len = FRAGMENT_MAX;
		f->fragment = kind == FRAGMENT;
		f->second = second;
		if (!f->fragment && xmt_rand_chance(p, 40)) {
			f->csum_offset = ip_csum_at(ip, &head);
			f->csum_start = at + 2 + head;
		}
		ip_write(data, len, ip, p, mac_is_group(f->data), number - second, number,
			 f->csum_start);
	} else {
		len = pick_len(p,
			       kind == ARP		       ? ARP_LEN
			       : kind == LLC || kind == NOVELL ? 8
							       : 0,
			       max);
		head = kind == ARP ? ARP_LEN : kind == LLC ? 3 : kind == NOVELL ? 2 : 0;
		if (kind == TRUNCATED)
			len = xmt_rand(p, 4);
		fill_payload(data, len, p, head, number);
	}
	if (kind == ARP)
		put_arp(data, p, f->data + 6);
	if (kind == LLC || kind == NOVELL) {
		put16(f->data + at, len);
		memcpy(data,
		       kind == LLC ? (uint8_t[]){ 0x42, 0x42, 3 } : (uint8_t[]){ 255, 255, 0 }, 2);
	}
	f->len = at + 2 + len;
}

/*
 * Whether the sender passes a virtio-net header with GSO on to the kernel. The far end of a veth
 * with native XDP splits GSO (veth_fix_features()), and only the right side has XDP.
 */
static bool sends_gso(const struct topo *t, unsigned int sender)
{
	const struct ep *ep = &t->ep[sender - FIRST_EP];

	if (!t->taps ||
	    (sender == FROM_WIRE && (opt.xdp_frames || strstr(opt.parent_opts, "xdp native"))))
		return false;
	return sender < FIRST_EP || !ep->tap || ep->header;
}

/* A GSO frame; each of its segments has the number of the frame. */
static void put_gso(const struct topo *t, struct xmt_prng *p, struct frame *f, unsigned int at)
{
	static const struct {
		enum ip_kind ip;
		uint16_t proto;
		uint8_t type;
		const char *what;
	} kinds[] = {
		{ IP4_TCP, ETH_P_IP, VIRTIO_NET_HDR_GSO_TCPV4, "IPv4 TCP GSO" },
		{ IP6_TCP, ETH_P_IPV6, VIRTIO_NET_HDR_GSO_TCPV6, "IPv6 TCP GSO" },
		{ IP4_UDP, ETH_P_IP, GSO_UDP_L4, "IPv4 UDP GSO" },
		{ IP6_UDP, ETH_P_IPV6, GSO_UDP_L4, "IPv6 UDP GSO" },
	};
	unsigned int k = xmt_rand(p, kernel_has_uso() ? 4 : 2),
		     headers = ip_min(kinds[k].ip) - MARK_LEN, start, len, i;
	uint8_t *data = f->data + at + 2;

	f->gso_type = kinds[k].type;
	f->gso_size = xmt_rand_range(p, GSO_MIN, max_payload(t, f, at) - headers);
	len = xmt_rand_range(p, headers + f->gso_size / 2, GSO_MAX);
	/* A last segment is long enough for its mark. */
	if ((len - headers) % f->gso_size < MARK_LEN)
		len -= (len - headers) % f->gso_size;
	f->csum_offset = ip_csum_at(kinds[k].ip, &start);
	f->csum_start = at + 2 + start;
	f->hdr_len = at + 2 + headers;
	f->len = at + 2 + len;
	snprintf(f->what, sizeof(f->what), "%s", kinds[k].what);
	put16(f->data + at, kinds[k].proto);
	ip_write(data, len, kinds[k].ip, p, mac_is_group(f->data), f->number, f->number, true);
	for (i = headers; i < len; i += f->gso_size)
		put_mark(data + i, FRAME_MARK, f->number);
}

static unsigned int frame_make(const struct topo *t, struct xmt_prng *p, struct frame *f,
			       uint64_t number)
{
	enum payload kind = pick_payload(p);
	unsigned int at;

	f->number = number;
	f->sender = pick_sender(t, p);
	f->fragment = f->second = false;
	f->csum_start = 0;
	f->asks = 0;
	f->gso_type = f->gso_size = f->hdr_len = 0;
	snprintf(f->what, sizeof(f->what), "%s", payloads[kind].text);
	memcpy(f->data, pick_dst(t, p, f->sender), 6);
	memcpy(f->data + 6, pick_src(t, p, f->sender), 6);
	if (kind == LLDP && xmt_rand_chance(p, 60))
		memcpy(f->data, groups[3], 6);
	if (kind == PAUSE && xmt_rand_chance(p, 60))
		memcpy(f->data, groups[4], 6);
	at = put_tags(f, p);
	if (sends_gso(t, f->sender) && xmt_rand_chance(p, GSO_PERCENT)) {
		put_gso(t, p, f, at);
		return 1;
	}
	if (opt.neigh && xmt_rand_chance(p, NEIGH_PERCENT)) {
		neigh_put(t, p, f, at);
		return 1;
	}
	put_payload(t, p, f, kind, at, false);
	if (kind != FRAGMENT || !mac_is_group(f->data))
		return 1;
	/*
	 * macvlan reassembles group fragments. Send both, so that no fragment waits in its queue
	 * for a later batch.
	 */
	f[1] = f[0];
	f[1].number++;
	put_payload(t, p, &f[1], kind, at, true);
	return 2;
}

/* Short frames carry no number, so each must differ from all others of the batch. */
static bool batch_has_frame(const struct frame *batch, unsigned int n, const struct frame *f)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (batch[i].len == f->len && !memcmp(batch[i].data, f->data, f->len))
			return true;
	return false;
}

unsigned int batch_make(const struct topo *t, struct xmt_prng *p, struct frame *batch,
			unsigned int n, uint64_t *number)
{
	unsigned int i = 0, made;

	while (i + 1 < n) {
		made = frame_make(t, p, &batch[i], *number + 1);
		if (batch_has_frame(batch, i, &batch[i]))
			continue;
		i += made;
		*number += made;
	}
	return i;
}
