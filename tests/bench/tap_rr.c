// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A guest that answers, without a guest: a thread on the descriptor of a tap. */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/udp.h>
#include <linux/virtio_net.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#include "tap.h"

#define WAIT_MS 100 /* then it looks whether the load has ended */

struct request {
	struct virtio_net_hdr vnet;
	struct ethhdr eth;
	struct iphdr ip;
	struct udphdr udp;
	uint8_t payload[1500];
} __attribute__((packed));

static bool is_request(const struct request *r, ssize_t len)
{
	return len > (ssize_t)offsetof(struct request, payload) &&
	       r->eth.h_proto == htons(ETH_P_IP) && r->ip.protocol == IPPROTO_UDP &&
	       r->udp.dest == htons(TAP_PORT);
}

/* No checksum changes: both parties of it change places. A partial one stays partial. */
static void turn_round(struct request *r)
{
	uint8_t mac[ETH_ALEN];
	__be32 addr = r->ip.saddr;
	__be16 port = r->udp.source;

	memcpy(mac, r->eth.h_source, sizeof(mac));
	memcpy(r->eth.h_source, r->eth.h_dest, sizeof(mac));
	memcpy(r->eth.h_dest, mac, sizeof(mac));
	r->ip.saddr = r->ip.daddr;
	r->ip.daddr = addr;
	r->udp.source = r->udp.dest;
	r->udp.dest = port;
	r->vnet.flags &= VIRTIO_NET_HDR_F_NEEDS_CSUM;
}

void tap_answer(struct load *load)
{
	struct pollfd pfd = { .fd = load->rx, .events = POLLIN };
	static struct request r;
	ssize_t len;

	while (!load_stopped(load)) {
		poll(&pfd, 1, WAIT_MS);
		len = read(load->rx, &r, sizeof(r));
		if (!is_request(&r, len))
			continue;
		turn_round(&r);
		load_count(load, 1);
		if (write(load->rx, &r, len) < 0 && !load_stopped(load))
			load_error(load, -errno);
	}
}
