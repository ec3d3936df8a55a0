// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * ARP and neighbour discovery for --neigh. Endpoint i has address i + 1 and never says that it has
 * another one; nobody answers.
 */
#include <stdio.h>
#include <string.h>

#include <linux/if_ether.h>

#include "eq.h"

#define ARP_SIZE   28
#define ND_SIZE	   (40 + 32)
#define AT_NOBODY  200 /* addresses of the wire, the host and nobody */
#define REQUEST_OF 80 /* percentage of requests; the others are replies */

static uint8_t pick_sender_address(const struct topo *t, struct xmt_prng *p, const struct frame *f)
{
	if (xmt_rand_chance(p, 8))
		return 0; /* detection of duplicates */
	if (f->sender >= FIRST_EP)
		return f->sender - FIRST_EP + 1;
	/* The wire or the host takes the address of an endpoint over */
	return xmt_rand_chance(p, 4) ? xmt_rand(p, t->n_eps) + 1 : AT_NOBODY + f->sender;
}

static void put_arp(uint8_t *at, const uint8_t src[6], bool request, uint8_t from, uint8_t to)
{
	memcpy(at, (uint8_t[8]){ 0, 1, 0x08, 0, 6, 4, 0, request ? 1 : 2 }, 8);
	memcpy(at + 8, src, 6);
	memset(at + 18, 0, 6);
	memcpy(at + 14, (uint8_t[4]){ from ? 198 : 0, 0, 0, from }, 4);
	memcpy(at + 24, (uint8_t[4]){ 198, 0, 0, to }, 4);
}

/* Without a checksum: no stack is to answer */
static void put_nd(uint8_t *at, const uint8_t src[6], bool request, uint8_t from, uint8_t to)
{
	memset(at, 0, ND_SIZE);
	memcpy(at, (uint8_t[8]){ 0x60, [5] = 32, 58, 255 }, 8);
	at[8] = from ? 0xfd : 0;
	at[23] = from;
	at[24] = 0xff;
	at[25] = 2;
	at[39] = 1;
	at[40] = request ? 135 : 136;
	at[44] = request ? 0 : 0x20;
	at[48] = 0xfd;
	at[63] = request ? to : from;
	at[64] = request ? 1 : 2;
	at[65] = 1;
	memcpy(at + 66, src, 6);
}

void neigh_put(const struct topo *t, struct xmt_prng *p, struct frame *f, unsigned int at)
{
	bool arp = xmt_rand_chance(p, 50), request = xmt_rand_chance(p, REQUEST_OF);
	uint8_t from = pick_sender_address(t, p, f), *data = f->data + at + 2;
	uint8_t to = xmt_rand_chance(p, 90) ? xmt_rand(p, t->n_eps) + 1 : AT_NOBODY - 1;
	unsigned int size = arp ? ARP_SIZE : ND_SIZE;

	f->data[at] = (arp ? ETH_P_ARP : ETH_P_IPV6) >> 8;
	f->data[at + 1] = (arp ? ETH_P_ARP : ETH_P_IPV6) & 255;
	(arp ? put_arp : put_nd)(data, f->data + 6, request, from, to);
	put_mark(data + size, FRAME_MARK, f->number);
	f->len = at + 2 + size + 8;
	/* A tagged one is flooded */
	if (request && from && from != to && to < AT_NOBODY - 1 && at == 12 &&
	    mac_is_group(f->data))
		f->asks = to;
	snprintf(f->what, sizeof(f->what), "%s %s", arp ? "ARP" : "ND",
		 request ? "request" : "reply");
}
