// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "neigh_fixture.h"
#include "probe.h"

#define M_ALL "ff:ff:ff:ff:ff:ff"

static void open_sockets(struct neigh_world *w)
{
	for (int i = 0; i < NEIGH_SENDERS; i++) {
		const struct nt_station *s = &w->station[i];
		unsigned int ifindex = xmt_ifindex(s->ns, s->dev);

		w->tx[i] = xmt_pkt_open(s->ns, ifindex, 0);
		if (i < NEIGH_ENDPOINTS)
			w->rx[i] = xmt_pkt_open(s->ns, ifindex, ETH_P_ALL);
	}
}

void neigh_world_make(struct neigh_world *w, const char *attach, const char *options)
{
	char dev[8];

	memset(w, 0, sizeof(*w));
	nt_one_cpu();
	nt_net(&w->net, NEIGH_ENDPOINTS, XMT_NS_IPV6);
	nt_xm_must(&w->net.host, "attach p0 xdp off %s", attach);
	nt_stations(&w->net, &w->station[NEIGH_FROM_WIRE], &w->station[NEIGH_FROM_HOST]);
	for (int i = 0; i < NEIGH_ENDPOINTS; i++) {
		snprintf(dev, sizeof(dev), "e%d", i);
		nt_endpoint(&w->net, &w->station[i], &w->net.peer[i], dev, NEIGH_ID(i), options);
	}
	open_sockets(w);
}

static int open_pin(const char *name)
{
	char path[256];
	int fd;

	xmt_must("echo /sys/fs/bpf/xmacvlan/n[0-9]*");
	snprintf(path, sizeof(path), "%s/%s", xmt_output(), name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		xmt_die("cannot open %s: %s", path, strerror(errno));
	return fd;
}

static void fill_address(int family, unsigned int id, uint8_t ret[16])
{
	memset(ret, 0, 16);
	if (family == AF_INET)
		memcpy(ret + 10, (uint8_t[6]){ 0xff, 0xff, 10, 9, id >> 8, id }, 6);
	else
		memcpy(ret, (uint8_t[16]){ 0xfd, 9, [14] = id >> 8, [15] = id }, 16);
}

unsigned int neigh_slot_of(int family, unsigned int id)
{
	struct xm_neigh_key key = { .bits = XM_NEIGH_BITS };
	struct xm_neigh_owner owner = {};
	int fd = open_pin("neigh_owners");

	fill_address(family, id, (uint8_t *)key.word);
	bpf_map_lookup_elem(fd, &key, &owner);
	close(fd);
	return owner.slot;
}

unsigned int neigh_count_entries(const char *pin)
{
	struct xm_neigh_key key, next; /* the larger key */
	int fd = open_pin(pin);
	unsigned int n = 0;

	for (int err = bpf_map_get_next_key(fd, NULL, &next); !err; n++) {
		key = next;
		err = bpf_map_get_next_key(fd, &key, &next);
	}
	close(fd);
	return n;
}

void neigh_wait_taught(int family, unsigned int id, int who)
{
	for (int i = 0; i < 1000 && neigh_slot_of(family, id) != (unsigned int)who + 1; i++)
		usleep(2000);
	xmt_check(neigh_slot_of(family, id) == (unsigned int)who + 1,
		  "IPv%d: e%d has taught address %u", family == AF_INET ? 4 : 6, who, id);
}

/* Makes a frame differ from all others, behind what the stacks read. Returns its length. */
static size_t number_frame(uint8_t *frame, size_t len)
{
	uint64_t id = probe_next();

	memcpy(frame + len, &id, sizeof(id));
	return len + sizeof(id);
}

size_t neigh_fill_arp(const struct nt_station *from, uint16_t op, unsigned int spa,
		      unsigned int tpa, uint8_t frame[128])
{
	uint8_t address[16];

	memset(frame, 0, 60);
	memset(frame, 0xff, 6);
	memcpy(frame + 6, from->mac, 6);
	memcpy(frame + 12, (uint8_t[10]){ 8, 6, 0, 1, 8, 0, 6, 4, 0, op }, 10);
	memcpy(frame + 22, from->mac, 6);
	if (spa) {
		fill_address(AF_INET, spa, address);
		memcpy(frame + 28, address + 12, 4);
	}
	fill_address(AF_INET, tpa, address);
	memcpy(frame + 38, address + 12, 4);
	return number_frame(frame, 52);
}

static void finish_icmp6(uint8_t *frame, unsigned int len)
{
	uint16_t pseudo[2] = { htons(len), htons(58) }, sum;

	frame[18] = len >> 8;
	frame[19] = len;
	sum = xmt_csum_add(0, frame + 22, 32);
	sum = ~xmt_csum_add(xmt_csum_add(sum, pseudo, sizeof(pseudo)), frame + 54, len);
	frame[56] = sum >> 8;
	frame[57] = sum;
}

size_t neigh_fill_nd(const struct nt_station *from, uint8_t type, unsigned int source,
		     unsigned int target, uint8_t frame[128])
{
	uint8_t address[16];

	memset(frame, 0, 128);
	fill_address(AF_INET6, target, address);
	memcpy(frame, (uint8_t[6]){ 0x33, 0x33, 0xff, 0, address[14], address[15] }, 6);
	memcpy(frame + 6, from->mac, 6);
	memcpy(frame + 12, (uint8_t[3]){ 0x86, 0xdd, 0x60 }, 3);
	frame[20] = 58;
	frame[21] = 255;
	memcpy(frame + 62, address, 16);
	if (source)
		fill_address(AF_INET6, source, frame + 22);
	memcpy(frame + 38, (uint8_t[16]){ 0xff, 2, [11] = 1, 0xff, 0, address[14], address[15] },
	       16);
	if (type == 136) {
		memcpy(frame, (uint8_t[6]){ 0x33, 0x33, 0, 0, 0, 1 }, 6);
		memcpy(frame + 38, (uint8_t[16]){ 0xff, 2, [15] = 1 }, 16);
		frame[58] = 0x20;
	}
	frame[54] = type;
	memcpy(frame + 78, (uint8_t[2]){ type == 136 ? 2 : 1, 1 }, 2);
	memcpy(frame + 80, from->mac, 6);
	/* Duplicate address detection has no link-layer address (RFC 4861, 4.3) */
	finish_icmp6(frame, source ? 32 : 24);
	return number_frame(frame, source ? 86 : 78);
}

size_t neigh_fill_request(const struct neigh_world *w, int family, int from, unsigned int source,
			  unsigned int target, uint8_t frame[128])
{
	if (family == AF_INET)
		return neigh_fill_arp(&w->station[from], 1, source, target, frame);
	return neigh_fill_nd(&w->station[from], 135, source, target, frame);
}

bool neigh_frame_arrived(struct neigh_world *w, int fd, const uint8_t *frame, size_t len)
{
	static struct xmt_pkt pkt;
	uint64_t id = probe_next();
	bool arrived = false;

	probe_send(w->tx[NEIGH_FROM_WIRE], M_ALL, NT_WIRE_MAC, id);
	while (xmt_pkt_recv(fd, &pkt, 1500) > 0) {
		if (probe_number(&pkt) == id)
			return arrived;
		arrived |= pkt.len >= len && !memcmp(pkt.data, frame, len);
	}
	xmt_fail("no sentinel");
	return arrived;
}

unsigned int neigh_send_frame(struct neigh_world *w, int from, const uint8_t *frame, size_t len)
{
	unsigned int ret = 0;

	xmt_pkt_send(w->tx[from], frame, len);
	for (int i = 0; i < NEIGH_ENDPOINTS; i++)
		if (i != from && neigh_frame_arrived(w, w->rx[i], frame, len))
			ret |= 1u << i;
	return ret;
}

void neigh_check_request(struct neigh_world *w, int family, int from, unsigned int target,
			 unsigned int expected, const char *what)
{
	uint8_t frame[128];
	size_t len = neigh_fill_request(w, family, from, w->station[from].id, target, frame);
	unsigned int got = neigh_send_frame(w, from, frame, len);

	xmt_check(got == expected, "IPv%d: %s: endpoints %x, expected %x",
		  family == AF_INET ? 4 : 6, what, got, expected);
}

void neigh_teach(struct neigh_world *w, int family, int who)
{
	uint8_t frame[128];
	size_t len =
		neigh_fill_request(w, family, NEIGH_FROM_WIRE, NT_ID_WIRE, NEIGH_ID(who), frame);

	/* A queue that has just come up may drop it */
	for (int i = 0; i < 20 && neigh_slot_of(family, NEIGH_ID(who)) != (unsigned int)who + 1;
	     i++) {
		xmt_pkt_send(w->tx[NEIGH_FROM_WIRE], frame, len);
		usleep(50000 * i);
	}
	neigh_wait_taught(family, NEIGH_ID(who), who);
}
