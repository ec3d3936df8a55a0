// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* One side: its namespaces, its sockets, and flushing it with sentinels. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <linux/if_ether.h>

#include "eq.h"
#include "inject.h"
#include "link.h"
#include "run.h"

#define WAIT_MS (2000 * (int)xmt_slow()) /* a sentinel that takes longer counts as lost */
#define ROUNDS	3 /* of sentinels: one for each softirq that a frame may still have to pass */

/* Sockets of the parent's stack: every ethertype behind the outer tag that frame.c sends */
static const uint16_t stack_protos[STACK_PROTOS] = {
	ETH_P_IP,    ETH_P_IPV6, ETH_P_ARP,	FRAME_PROTO,	SENTINEL_PROTO,
	ETH_P_PAUSE, ETH_P_LLDP, ETH_P_8021Q,	ETH_P_8021AD,	ETH_P_802_2,
	ETH_P_802_3, ETH_P_PAE,	 ETH_P_MPLS_UC, ETH_P_LOOPBACK,
};

const char *side_text(const struct side *s)
{
	return s->id == LEFT ? "left" : "right";
}

static int open_rx(struct side *s, unsigned int i, const struct xmt_ns *ns, unsigned int ifindex,
		   uint16_t proto, unsigned int receiver)
{
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = i };

	s->rx[i].receiver = receiver;
	s->rx[i].header = -1;
	s->rx[i].fd = xmt_pkt_open(ns, ifindex, proto);
	if (s->rx[i].fd < 0) {
		printf("  %s: cannot open a socket: %s\n", side_text(s), strerror(-s->rx[i].fd));
		return -1;
	}
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, s->rx[i].fd, &ev);
}

/* The descriptor receives and sends. */
static int open_tap(struct side *s, const struct ep *ep, unsigned int i)
{
	unsigned int slot = 2 + STACK_PROTOS + i;
	struct epoll_event ev = { .events = EPOLLIN, .data.u32 = slot };
	int fd = tap_open(&s->host, s->driver, ep);

	if (fd < 0) {
		printf("  %s: cannot open the tap %s: %s\n", side_text(s), ep->name, strerror(-fd));
		return -1;
	}
	s->rx[slot] = (struct rx_sock){ fd, ep->header, AT_FIRST_EP + i };
	s->tx_ep[i] = fd;
	return epoll_ctl(s->epoll, EPOLL_CTL_ADD, fd, &ev);
}

static int open_ep(struct side *s, const struct ep *ep, unsigned int i)
{
	const struct xmt_ns *ns = ep->beside ? &s->host : &s->ep_ns[i];
	unsigned int ifindex = xmt_ifindex(ns, ep->name);

	if (ep->tap)
		return open_tap(s, ep, i);
	if (!ifindex) {
		printf("  %s: no device %s in %s\n", side_text(s), ep->name, ns->name);
		return -1;
	}
	s->tx_ep[i] = xmt_pkt_open_partial(ns, ifindex);
	if (s->tx_ep[i] < 0)
		return -1;
	return open_rx(s, 2 + STACK_PROTOS + i, ns, ifindex, ETH_P_ALL, AT_FIRST_EP + i);
}

/* Close the receiving sockets `first` to `last` and `n_tx` sending sockets. */
static void close_socks(struct side *s, unsigned int first, unsigned int last, int *tx,
			unsigned int n_tx)
{
	int fds[RX_SOCKS];
	unsigned int i, n = 0;

	for (i = first; i <= last; i++) {
		if (s->rx[i].fd < 0)
			continue;
		epoll_ctl(s->epoll, EPOLL_CTL_DEL, s->rx[i].fd, NULL);
		fds[n++] = s->rx[i].fd;
		s->rx[i].fd = -1;
	}
	xmt_pkt_close(fds, n);
	xmt_pkt_close(tx, n_tx);
}

/* At once, since the only queue of a tap is taken as long as its descriptor is open */
static void close_tap(struct side *s, unsigned int i)
{
	struct rx_sock *rx = &s->rx[2 + STACK_PROTOS + i];

	epoll_ctl(s->epoll, EPOLL_CTL_DEL, rx->fd, NULL);
	close(rx->fd);
	rx->fd = s->tx_ep[i] = -1;
}

static bool tap_is_open(const struct side *s, unsigned int i)
{
	const struct rx_sock *rx = &s->rx[2 + STACK_PROTOS + i];

	return rx->fd >= 0 && rx->header >= 0;
}

static void close_ep(struct side *s, unsigned int i)
{
	if (tap_is_open(s, i)) {
		close_tap(s, i);
		return;
	}
	close_socks(s, 2 + STACK_PROTOS + i, 2 + STACK_PROTOS + i, &s->tx_ep[i], 1);
}

static int open_injector(struct side *s)
{
	int err;

	if (!opt.xdp_frames)
		return 0;
	err = xmt_link_gro(&s->wire, "w0", 1) ?: xmt_link_gro(&s->host, "p0", 1);
	if (!err)
		s->inject = xmt_inject_open();
	if (s->inject >= 0)
		return 0;
	printf("  %s: cannot send XDP frames: %s\n", side_text(s),
	       strerror(err ? -err : -s->inject));
	return -1;
}

static int make_parent(struct side *s, const struct topo *t)
{
	unsigned int i;
	int err;

	xmt_veth(&s->host, "p0", xmt_mac_text(t->parent_mac), &s->wire, "w0",
		 xmt_mac_text(t->wire_mac));
	xmt_must("ip -n %s link set p0 mtu %u && ip -n %s link set w0 mtu %u", s->host.name, t->mtu,
		 s->wire.name, t->mtu);
	s->wire_end = xmt_ifindex(&s->wire, "w0");
	s->parent = xmt_ifindex(&s->host, "p0");
	s->tx_wire = xmt_pkt_open_partial(&s->wire, s->wire_end);
	s->tx_host = xmt_pkt_open_partial(&s->host, s->parent);
	if (s->tx_wire < 0 || s->tx_host < 0 || open_injector(s))
		return -1;
	err = open_rx(s, 0, &s->wire, s->wire_end, ETH_P_ALL, AT_WIRE)
		      ?: open_rx(s, 1, &s->host, s->parent, ETH_P_ALL, AT_TAP);
	for (i = 0; i < STACK_PROTOS && !err; i++)
		err = open_rx(s, 2 + i, &s->host, s->parent, stack_protos[i], AT_STACK);
	return err ?: driver_attach(s);
}

static void side_init(struct side *s, int id)
{
	unsigned int i;

	s->id = id;
	s->driver = opt.driver[id];
	s->undo = -1;
	s->inject = -1;
	s->tx_wire = s->tx_host = s->host.fd = s->wire.fd = -1;
	for (i = 0; i < EP_MAX; i++)
		s->tx_ep[i] = s->ep_ns[i].fd = -1;
	for (i = 0; i < RX_SOCKS; i++)
		s->rx[i].fd = -1;
	s->epoll = epoll_create1(EPOLL_CLOEXEC);
	s->n_awaited = 0;
}

int side_make(struct side *s, const struct topo *t, int id)
{
	unsigned int i;
	char name[16];

	side_init(s, id);
	snprintf(name, sizeof(name), "%c-host", id == LEFT ? 'l' : 'r');
	xmt_ns_add(&s->host, name, 0);
	snprintf(name, sizeof(name), "%c-wire", id == LEFT ? 'l' : 'r');
	xmt_ns_add(&s->wire, name, 0);
	if (s->driver == XMACVLAN)
		s->undo = xmt_undo("%s -n %s detach p0 force", opt.xmacvlan, s->host.name);
	if (make_parent(s, t))
		return -1;
	for (i = 0; i < t->n_eps; i++) {
		struct change add = { .what = EP_ADD, .ep = i };

		snprintf(name, sizeof(name), "%c-e%u", id == LEFT ? 'l' : 'r', i);
		if (!t->ep[i].beside)
			xmt_ns_add(&s->ep_ns[i], name, 0);
		if (t->ep[i].exists && side_apply(s, t, &add))
			return -1;
	}
	return 0;
}

void side_delete(struct side *s)
{
	unsigned int i;

	for (i = 0; i < EP_MAX; i++)
		if (tap_is_open(s, i))
			close_tap(s, i);
	close_socks(s, 0, RX_SOCKS - 1, s->tx_ep, EP_MAX);
	xmt_pkt_close(&s->tx_wire, 1);
	xmt_pkt_close(&s->tx_host, 1);
	close(s->epoll);
	if (s->inject >= 0)
		close(s->inject);
	if (s->driver == XMACVLAN)
		xmt_run("timeout 30 %s -n %s detach p0 force", opt.xmacvlan, s->host.name);
	xmt_undone(s->undo);
	for (i = 0; i < EP_MAX; i++)
		xmt_ns_del(&s->ep_ns[i]);
	xmt_ns_del(&s->host);
	xmt_ns_del(&s->wire);
}

int side_apply(struct side *s, const struct topo *t, const struct change *c)
{
	const struct ep *ep = &t->ep[c->ep];
	struct change up = { .what = EP_UP, .ep = c->ep };

	close_ep(s, c->ep);
	if (driver_apply(s, ep, c))
		return -1;
	if (c->what == EP_ADD && ep->up && driver_apply(s, ep, &up))
		return -1;
	return ep->exists && ep->up ? open_ep(s, ep, c->ep) : 0;
}

static bool match_sentinel(struct side *s, unsigned int receiver, const struct xmt_pkt *pkt)
{
	const uint8_t *at;
	uint32_t number;
	unsigned int i;

	at = memmem(pkt->data, pkt->len < 64 ? pkt->len : 64, SENTINEL_MARK, 4);
	if (!at)
		return false;
	memcpy(&number, at + 4, 4);
	for (i = 0; i < s->n_awaited; i++)
		if (s->awaited[i].receiver == receiver && s->awaited[i].number == ntohl(number))
			s->awaited[i--] = s->awaited[--s->n_awaited];
	return true;
}

static bool recv_frame(const struct rx_sock *rx, struct xmt_pkt *pkt, uint8_t header[HEADER_MAX])
{
	memset(header, 0, HEADER_MAX);
	if (rx->header >= 0)
		return tap_recv(rx, pkt, header);
	return xmt_pkt_recv(rx->fd, pkt, 0) > 0;
}

/* Receive all that has arrived. `batch` NULL: only sentinels. Returns the number of frames. */
static unsigned int side_drain(struct side *s, const struct frame *batch, unsigned int n,
			       int timeout_ms)
{
	struct epoll_event ev[RX_SOCKS];
	static struct xmt_pkt pkt;
	uint8_t header[HEADER_MAX];
	unsigned int taken = 0;
	struct seen *seen;
	int i, ready;

	ready = epoll_wait(s->epoll, ev, RX_SOCKS, timeout_ms);
	for (i = 0; i < ready; i++) {
		struct rx_sock *rx = &s->rx[ev[i].data.u32];

		while (recv_frame(rx, &pkt, header)) {
			unsigned int receiver = rx->receiver;

			if (receiver == AT_STACK && pkt.ifindex != s->parent)
				receiver = AT_VIA;
			taken++;
			if (match_sentinel(s, receiver, &pkt) || !batch)
				continue;
			seen = view_add(&s->view, receiver, &pkt, batch, n);
			memcpy(seen->header, header, HEADER_MAX);
		}
	}
	return taken;
}

static int sender_fd(const struct side *s, unsigned int sender)
{
	if (sender == FROM_WIRE)
		return s->tx_wire;
	return sender == FROM_HOST ? s->tx_host : s->tx_ep[sender - FIRST_EP];
}

static int send_frame(struct side *s, const struct topo *t, const struct frame *f)
{
	struct virtio_net_hdr vnet;
	uint8_t whole[FRAME_MAX];

	if (f->sender >= FIRST_EP && t->ep[f->sender - FIRST_EP].tap)
		return tap_send(sender_fd(s, f->sender), &t->ep[f->sender - FIRST_EP], f);
	frame_header(f, &vnet);
	if (f->sender != FROM_WIRE || s->inject < 0)
		return xmt_pkt_send_vnet(sender_fd(s, f->sender), f->data, f->len, &vnet);
	/* An XDP frame cannot be CHECKSUM_PARTIAL. */
	memcpy(whole, f->data, f->len);
	complete_checksum(whole, f->len, f);
	return xmt_inject(s->inject, &s->wire, s->wire_end, whole, f->len);
}

/* Send a sentinel. Returns its number. */
static uint32_t send_sentinel(struct side *s, const struct topo *t, unsigned int sender,
			      const uint8_t src[6])
{
	static struct frame f = { .len = 60, .data = { 0xff, 0xff, 0xff, 0xff, 0xff, 0xff } };
	uint16_t proto = htons(SENTINEL_PROTO);

	f.sender = sender;
	memcpy(f.data + 6, src, 6);
	memcpy(f.data + 12, &proto, 2);
	put_mark(f.data + 14, SENTINEL_MARK, ++s->sentinel);
	send_frame(s, t, &f);
	return s->sentinel;
}

static void await_sentinel(struct side *s, unsigned int receiver, uint32_t number)
{
	if (s->n_awaited < AWAITED_MAX)
		s->awaited[s->n_awaited++] = (struct awaited){ receiver, number };
}

/*
 * One sentinel on each path: from every sender to the wire, and from the wire to the parent's
 * stack and to every endpoint that is up. A source endpoint gets only the sentinel that it lists.
 */
static void send_round(struct side *s, const struct topo *t)
{
	uint32_t listed, unlisted;
	unsigned int i;

	s->n_awaited = 0;
	await_sentinel(s, AT_WIRE, send_sentinel(s, t, FROM_HOST, t->parent_mac));
	for (i = 0; i < t->n_eps; i++)
		if (s->tx_ep[i] >= 0)
			await_sentinel(s, AT_WIRE, send_sentinel(s, t, FIRST_EP + i, t->ep[i].mac));
	listed = send_sentinel(s, t, FROM_WIRE, sentinel_listed);
	unlisted = send_sentinel(s, t, FROM_WIRE, sentinel_unlisted);
	await_sentinel(s, AT_TAP, unlisted);
	await_sentinel(s, AT_STACK, unlisted);
	for (i = 0; i < t->n_eps; i++)
		if (s->tx_ep[i] >= 0)
			await_sentinel(s, AT_FIRST_EP + i,
				       t->ep[i].mode == SOURCE ? listed : unlisted);
}

static int await_round(struct side *s, const struct frame *batch, unsigned int n, int timeout_ms)
{
	while (s->n_awaited)
		if (!side_drain(s, batch, n, timeout_ms))
			return -1;
	return 0;
}

/*
 * Copies by the fan-out reach a veth before linkwatch has attached its queue, other frames do not:
 * then a sentinel does not show that both ways are open.
 */
static int wait_for_queues(const struct side *s)
{
	int i;

	if (s->driver != XMACVLAN || !getenv("XMACVLAN_FANOUT"))
		return 0;
	for (i = 0; i < WAIT_MS / 10; i++) {
		xmt_run("ip -n %s -o link show type veth 2>/dev/null | "
			"grep -E 'LOWER_UP|state UNKNOWN' | grep -v 'state UP '",
			s->host.name);
		if (!xmt_output()[0])
			return 0;
		usleep(10000);
	}
	printf("  %s: no queue yet: %s\n", side_text(s), xmt_output());
	return -1;
}

int side_settle(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n)
{
	int i;

	for (i = 0; i < WAIT_MS / 10; i++) {
		send_round(s, t);
		if (!await_round(s, batch, n, 10))
			return wait_for_queues(s);
	}
	for (i = 0; i < (int)s->n_awaited; i++)
		printf("  %s: no sentinel reaches %s\n", side_text(s),
		       receiver_text(t, s->awaited[i].receiver));
	return -1;
}

int side_check_losses(struct side *s)
{
	unsigned int i, lost = 0;

	for (i = 0; i < RX_SOCKS; i++)
		if (s->rx[i].fd >= 0 && s->rx[i].header < 0)
			lost += xmt_pkt_lost(s->rx[i].fd);
	if (!lost)
		return 0;
	printf("  %s: %u frames lost because socket buffers were full\n", side_text(s), lost);
	return -1;
}

void side_send(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n,
	       int *ret_error)
{
	unsigned int i;

	view_reset(&s->view);
	for (i = 0; i < n; i++)
		ret_error[i] = send_frame(s, t, &batch[i]);
}

int side_run(struct side *s, const struct topo *t, const struct frame *batch, unsigned int n,
	     int *ret_error)
{
	unsigned int i;

	side_send(s, t, batch, n, ret_error);
	for (i = 0; i < ROUNDS; i++) {
		send_round(s, t);
		if (!await_round(s, batch, n, WAIT_MS))
			continue;
		for (i = 0; i < s->n_awaited; i++)
			printf("  %s: a sentinel did not reach %s\n", side_text(s),
			       receiver_text(t, s->awaited[i].receiver));
		return -1;
	}
	side_drain(s, batch, n, 0);
	return side_check_losses(s);
}
