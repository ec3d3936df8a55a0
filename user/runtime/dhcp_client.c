// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "runtime/dhcp_client.h"

#define SLICE_MS 100 /* between two looks at *stop */

/* IPv4, UDP, no fragment, to the client's port */
static struct sock_filter client_filter[] = {
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 12),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ETH_P_IP, 0, 8),
	BPF_STMT(BPF_LD | BPF_B | BPF_ABS, 23),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 6),
	BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 20),
	BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, 0x1fff, 4, 0),
	BPF_STMT(BPF_LDX | BPF_B | BPF_MSH, 14),
	BPF_STMT(BPF_LD | BPF_H | BPF_IND, 16),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, DHCP_CLIENT_PORT, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, DHCP_FRAME_MAX),
	BPF_STMT(BPF_RET | BPF_K, 0),
};

/*
 * All protocols: such a socket sees frames before the programs of the parent. Returns a file
 * descriptor, or a negative errno and fills *e.
 */
static int client_open(const char *parent, struct xm_err *e)
{
	const struct sock_fprog filter = { sizeof(client_filter) / sizeof(*client_filter),
					   client_filter };
	struct sockaddr_ll address = {
		.sll_family = AF_PACKET,
		.sll_protocol = htons(ETH_P_ALL),
		.sll_ifindex = if_nametoindex(parent),
	};
	xm_caps raised;
	int fd, err = 0;

	if (!address.sll_ifindex)
		return xm_fail(e, ENODEV, "parent '%s' does not exist", parent);
	raised = xm_caps_raise(XM_CAPS_DHCP);
	fd = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC, 0);
	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &filter, sizeof(filter)) ||
	    bind(fd, (void *)&address, sizeof(address)))
		err = -errno;
	xm_caps_lower(raised);
	if (!err)
		return fd;
	if (fd >= 0)
		close(fd);
	return xm_fail(e, err, "cannot open a packet socket on '%s': %s", parent, strerror(-err));
}

static int client_send(int fd, const struct xm_dhcp_client *c,
		       const struct xm_dhcp_request *request, struct xm_err *e)
{
	uint8_t frame[DHCP_FRAME_MAX];
	size_t size = xm_dhcp_message_build(request, frame);

	if (send(fd, frame, size, 0) == (ssize_t)size)
		return 0;
	return xm_fail(e, errno, "cannot send by '%s': %s", c->parent, strerror(errno));
}

/* Takes what has come. Returns whether it is an answer that the client waits for. */
static bool client_take(const struct xm_dhcp_client *c, int fd,
			const struct xm_dhcp_request *request, struct xm_dhcp_reply *ret)
{
	uint8_t frame[DHCP_FRAME_MAX];
	ssize_t size = recv(fd, frame, sizeof(frame), MSG_DONTWAIT);

	if (size <= 0 || !xm_dhcp_message_parse(frame, size, request->xid, request->mac, ret))
		return false;
	if (request->type == DHCP_DISCOVER)
		return ret->type == DHCP_OFFER && xm_dhcp_reply_is_usable(ret) && ret->server;
	/* Another server answers for itself: the one that made the offer is asked */
	if (request->server && ret->server && ret->server != request->server)
		return false;
	if (ret->type == DHCP_NAK && c->lessor && ret->server && ret->server != c->lessor)
		return false;
	return (ret->type == DHCP_ACK && xm_dhcp_reply_is_usable(ret)) || ret->type == DHCP_NAK;
}

/* Sends the request, and again after 1, 3 and 7 s; waits for an answer */
static int client_exchange(const struct xm_dhcp_client *c, struct xm_dhcp_request *request,
			   int seconds, struct xm_dhcp_reply *ret, struct xm_err *e)
{
	int64_t begin = xm_now_ms(), pause = 1000, again = begin, end = begin + seconds * 1000;
	int fd = client_open(c->parent, e), err = 0;
	struct pollfd ready = { .fd = fd, .events = POLLIN };

	if (fd < 0)
		return fd;
	memcpy(request->mac, c->mac, XM_MAC_LEN);
	request->hostname = c->hostname;
	if (getrandom(&request->xid, sizeof(request->xid), 0) != sizeof(request->xid))
		err = xm_fail(e, EIO, "the kernel gives no random number");
	while (!err && xm_now_ms() < end && !(c->stop && *c->stop)) {
		if (xm_now_ms() >= again) {
			err = client_send(fd, c, request, e);
			again += pause;
			pause *= 2;
		}
		if (!err && poll(&ready, 1, SLICE_MS) > 0 && client_take(c, fd, request, ret)) {
			close(fd);
			return 0;
		}
	}
	close(fd);
	return err ? err
		   : xm_fail(e, ETIMEDOUT, "no DHCP server on '%s' has answered in %d s", c->parent,
			     seconds);
}

int xm_dhcp_client_discover(const struct xm_dhcp_client *c, uint32_t requested,
			    struct xm_dhcp_reply *ret, struct xm_err *e)
{
	struct xm_dhcp_request request = { .type = DHCP_DISCOVER, .requested = requested };

	return client_exchange(c, &request, DHCP_OFFER_S, ret, e);
}

int xm_dhcp_client_request(const struct xm_dhcp_client *c, uint32_t address, uint32_t server,
			   struct xm_dhcp_reply *ret, struct xm_err *e)
{
	struct xm_dhcp_request request = { .type = DHCP_REQUEST,
					   .requested = address,
					   .server = server };
	int err = client_exchange(c, &request, DHCP_ACK_S, ret, e);
	char text[INET_ADDRSTRLEN];

	if (err || ret->type == DHCP_ACK)
		return err;
	return xm_fail(e, EADDRNOTAVAIL, "the DHCP server on '%s' has refused %s", c->parent,
		       inet_ntop(AF_INET, &address, text, sizeof(text)));
}

int xm_dhcp_client_release(const struct xm_dhcp_client *c, uint32_t address, uint32_t server,
			   const uint8_t server_mac[XM_MAC_LEN], struct xm_err *e)
{
	struct xm_dhcp_request request = { .type = DHCP_RELEASE,
					   .client = address,
					   .server = server };
	int err, fd = client_open(c->parent, e);

	if (fd < 0)
		return fd;
	memcpy(request.mac, c->mac, XM_MAC_LEN);
	memcpy(request.server_mac, server_mac, XM_MAC_LEN);
	err = client_send(fd, c, &request, e);
	close(fd);
	return err;
}
