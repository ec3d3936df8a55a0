// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Raw frames through AF_PACKET. See pkt.h. */
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>

#include "pkt.h"

#define RCVBUF (32 << 20)

static int pkt_set_options(int fd)
{
	int one = 1, size = RCVBUF;

	if (setsockopt(fd, SOL_PACKET, PACKET_AUXDATA, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &one, sizeof(one)) ||
	    setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		return -errno;
	return 0;
}

int xmt_pkt_open(const struct xmt_ns *ns, unsigned int ifindex, uint16_t proto)
{
	struct sockaddr_ll ll = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(proto),
		.sll_ifindex = ifindex,
	};
	int fd, err;

	xmt_ns_enter(ns);
	/* Protocol 0 first: no frame may be received before the socket is bound to its device. */
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	err = fd < 0 ? -errno : 0;
	xmt_ns_enter(NULL);
	if (err)
		return err;
	err = pkt_set_options(fd);
	if (!err && bind(fd, (struct sockaddr *)&ll, sizeof(ll)))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int xmt_pkt_open_partial(const struct xmt_ns *ns, unsigned int ifindex)
{
	int fd = xmt_pkt_open(ns, ifindex, 0), one = 1, err;

	if (fd < 0 || !setsockopt(fd, SOL_PACKET, PACKET_VNET_HDR, &one, sizeof(one)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

int xmt_pkt_send_vnet(int fd, const void *frame, size_t len, const struct virtio_net_hdr *vnet)
{
	struct iovec iov[] = { { (void *)vnet, sizeof(*vnet) }, { (void *)frame, len } };
	struct sockaddr_ll ll = {};
	socklen_t ll_len = sizeof(ll);
	struct msghdr msg = {
		.msg_name = &ll, .msg_namelen = sizeof(ll), .msg_iov = iov, .msg_iovlen = 2
	};

	if (getsockname(fd, (struct sockaddr *)&ll, &ll_len))
		return -errno;
	/* As a stack does: old kernels do not derive the protocol of what a macvlan sends */
	if (len >= ETH_HLEN)
		memcpy(&ll.sll_protocol, frame + ETH_HLEN - 2, 2);
	return sendmsg(fd, &msg, 0) < 0 ? -errno : 0;
}

int xmt_pkt_send_partial(int fd, const void *frame, size_t len, uint16_t start, uint16_t offset)
{
	struct virtio_net_hdr vnet = {
		.flags = start ? VIRTIO_NET_HDR_F_NEEDS_CSUM : 0,
		.csum_start = start,
		.csum_offset = offset,
	};

	return xmt_pkt_send_vnet(fd, frame, len, &vnet);
}

struct closing {
	unsigned int n;
	int fds[];
};

static void *pkt_close_thread(void *arg)
{
	struct closing *c = arg;
	unsigned int i;

	for (i = 0; i < c->n; i++)
		close(c->fds[i]);
	free(c);
	return NULL;
}

void xmt_pkt_close(int *fds, unsigned int n)
{
	struct closing *c = malloc(sizeof(*c) + n * sizeof(*fds));
	pthread_t thread;
	unsigned int i;

	if (!c)
		xmt_die("out of memory");
	c->n = 0;
	for (i = 0; i < n; i++) {
		if (fds[i] >= 0)
			c->fds[c->n++] = fds[i];
		fds[i] = -1;
	}
	if (!c->n || pthread_create(&thread, NULL, pkt_close_thread, c))
		pkt_close_thread(c);
	else
		pthread_detach(thread);
}

int xmt_pkt_send(int fd, const void *frame, size_t len)
{
	if (send(fd, frame, len, 0) >= 0 || (errno == ENOTSOCK && write(fd, frame, len) >= 0))
		return 0;
	return -errno;
}

static int pkt_read_tap(int fd, struct xmt_pkt *pkt)
{
	ssize_t len = read(fd, pkt->data, sizeof(pkt->data));

	if (len < 0)
		return errno == EAGAIN ? 0 : -errno;
	memset(pkt, 0, offsetof(struct xmt_pkt, data));
	pkt->len = len;
	return 1;
}

/* Inserts the outer tag behind the addresses, from where the kernel has removed it. */
static void pkt_restore_tag(struct xmt_pkt *pkt, const struct tpacket_auxdata *aux)
{
	uint16_t tpid = ETH_P_8021Q, tag[2];

	if (!(aux->tp_status & TP_STATUS_VLAN_VALID) || pkt->len < 12)
		return;
	if (aux->tp_status & TP_STATUS_VLAN_TPID_VALID)
		tpid = aux->tp_vlan_tpid;
	tag[0] = htons(tpid);
	tag[1] = htons(aux->tp_vlan_tci);
	memmove(pkt->data + 16, pkt->data + 12, pkt->len - 12);
	memcpy(pkt->data + 12, tag, 4);
	pkt->len += 4;
}

static void pkt_read_auxdata(struct xmt_pkt *pkt, struct msghdr *msg)
{
	struct tpacket_auxdata aux;
	struct cmsghdr *cmsg;

	for (cmsg = CMSG_FIRSTHDR(msg); cmsg; cmsg = CMSG_NXTHDR(msg, cmsg)) {
		if (cmsg->cmsg_level != SOL_PACKET || cmsg->cmsg_type != PACKET_AUXDATA)
			continue;
		memcpy(&aux, CMSG_DATA(cmsg), sizeof(aux));
		pkt->csum_partial = aux.tp_status & TP_STATUS_CSUMNOTREADY;
		pkt_restore_tag(pkt, &aux);
	}
}

static int pkt_recv_now(int fd, struct xmt_pkt *pkt)
{
	char control[CMSG_SPACE(sizeof(struct tpacket_auxdata))];
	struct iovec iov = { pkt->data, sizeof(pkt->data) - 4 };
	struct sockaddr_ll ll = {};
	struct msghdr msg = {
		.msg_name = &ll,
		.msg_namelen = sizeof(ll),
		.msg_iov = &iov,
		.msg_iovlen = 1,
		.msg_control = control,
		.msg_controllen = sizeof(control),
	};
	ssize_t len;

	do {
		len = recvmsg(fd, &msg, MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);
	if (len < 0 && errno == ENOTSOCK)
		return pkt_read_tap(fd, pkt);
	if (len < 0)
		return errno == EAGAIN || errno == ENETDOWN ? 0 : -errno;
	pkt->len = len;
	pkt->type = ll.sll_pkttype;
	pkt->proto = ntohs(ll.sll_protocol);
	pkt->ifindex = ll.sll_ifindex;
	pkt->csum_partial = false;
	pkt_read_auxdata(pkt, &msg);
	return 1;
}

int xmt_pkt_recv(int fd, struct xmt_pkt *ret_pkt, int timeout_ms)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	int n;

	n = pkt_recv_now(fd, ret_pkt);
	if (n || !timeout_ms)
		return n;
	if (poll(&pfd, 1, timeout_ms * xmt_slow()) < 0 && errno != EINTR)
		return -errno;
	return pkt_recv_now(fd, ret_pkt);
}

int xmt_pkt_wait(int fd, const void *mark, size_t mark_len, int timeout_ms,
		 void (*other)(const struct xmt_pkt *pkt, void *arg), void *arg)
{
	static struct xmt_pkt pkt;
	int n;

	while ((n = xmt_pkt_recv(fd, &pkt, timeout_ms)) > 0) {
		if (memmem(pkt.data, pkt.len, mark, mark_len))
			return 1;
		if (other)
			other(&pkt, arg);
	}
	return n;
}

unsigned int xmt_pkt_drain(int fd)
{
	static struct xmt_pkt pkt;
	unsigned int n = 0;

	while (pkt_recv_now(fd, &pkt) > 0)
		n++;
	return n;
}

unsigned int xmt_pkt_lost(int fd)
{
	struct tpacket_stats stats = {};
	socklen_t len = sizeof(stats);

	getsockopt(fd, SOL_PACKET, PACKET_STATISTICS, &stats, &len);
	return stats.tp_drops;
}

unsigned long xmt_backlog_drops(void)
{
	unsigned int processed, dropped;
	unsigned long sum = 0;
	char line[512];
	FILE *f;

	f = fopen("/proc/net/softnet_stat", "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "%x %x", &processed, &dropped) == 2)
			sum += dropped;
	fclose(f);
	return sum;
}

int xmt_mac_parse(const char *text, uint8_t ret_mac[6])
{
	unsigned int b[6], i;
	char rest;

	if (sscanf(text, "%2x:%2x:%2x:%2x:%2x:%2x%c", &b[0], &b[1], &b[2], &b[3], &b[4], &b[5],
		   &rest) != 6)
		return -EINVAL;
	for (i = 0; i < 6; i++)
		ret_mac[i] = b[i];
	return 0;
}

const char *xmt_mac_text(const uint8_t mac[6])
{
	static char text[4][18];
	static unsigned int turn;
	char *p = text[turn++ & 3];

	snprintf(p, 18, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
		 mac[5]);
	return p;
}

const char *xmt_pkt_type_text(uint8_t type)
{
	static const char *const text[] = {
		[PACKET_HOST] = "host",		  [PACKET_BROADCAST] = "broadcast",
		[PACKET_MULTICAST] = "multicast", [PACKET_OTHERHOST] = "otherhost",
		[PACKET_OUTGOING] = "outgoing",
	};

	return type < sizeof(text) / sizeof(text[0]) ? text[type] : "?";
}

uint16_t xmt_csum_add(uint16_t sum, const void *data, size_t len)
{
	const uint8_t *p = data;
	uint32_t acc = sum;
	size_t i;

	for (i = 0; i < len; i++)
		acc += i & 1 ? p[i] : p[i] << 8;
	while (acc >> 16)
		acc = (acc & 0xffff) + (acc >> 16);
	return acc;
}
