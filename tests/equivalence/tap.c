// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The descriptor of a tap endpoint: macvtap's character device, or /dev/net/tun. */
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/uio.h>
#include <unistd.h>

#include <linux/if_tun.h>

#include "eq.h"
#include "link.h"
#include "run.h"

/* The device number is in the namespace's sysfs; a node of a name of our own lasts for open(). */
static int macvtap_open(const struct xmt_ns *ns, const char *name)
{
	unsigned int ifindex = xmt_ifindex(ns, name), major, minor;
	char node[64];
	int fd, err;

	if (xmt_run("ip netns exec %s cat /sys/class/net/%s/tap%u/dev", ns->name, name, ifindex) ||
	    sscanf(xmt_output(), "%u:%u", &major, &minor) != 2)
		return -ENODEV;
	snprintf(node, sizeof(node), "/dev/xmt%d-tap%u", getpid(), ifindex);
	if (mknod(node, S_IFCHR | 0600, makedev(major, minor)))
		return -errno;
	fd = open(node, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	err = fd < 0 ? -errno : fd;
	unlink(node);
	return err;
}

/* The namespace of the thread that opens the file is the one in which TUNSETIFF looks. */
static int tun_open(const struct xmt_ns *ns)
{
	int fd, err;

	xmt_ns_enter(ns);
	fd = open("/dev/net/tun", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	err = fd < 0 ? -errno : fd;
	xmt_ns_enter(NULL);
	return err;
}

static int tap_set_up(int fd, const struct ep *ep)
{
	struct ifreq ifr = { .ifr_flags = IFF_TAP | IFF_NO_PI };
	int size = ep->header;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", ep->name);
	if (size)
		ifr.ifr_flags |= IFF_VNET_HDR;
	if (ioctl(fd, TUNSETIFF, &ifr))
		return -errno;
	if (size && (ioctl(fd, TUNSETVNETHDRSZ, &size) ||
		     ioctl(fd, TUNSETOFFLOAD, (unsigned long)ep->offload)))
		return -errno;
	return 0;
}

int tap_open(const struct xmt_ns *ns, enum driver driver, const struct ep *ep)
{
	int fd = driver == MACVLAN ? macvtap_open(ns, ep->name) : tun_open(ns), err;

	if (fd < 0)
		return fd;
	err = tap_set_up(fd, ep);
	if (!err)
		return fd;
	close(fd);
	return err;
}

int tap_send(int fd, const struct ep *ep, const struct frame *f)
{
	uint8_t header[HEADER_MAX] = {}, data[FRAME_MAX];
	struct iovec iov[] = { { header, ep->header }, { data, f->len } };
	struct virtio_net_hdr vnet;

	memcpy(data, f->data, f->len);
	frame_header(f, &vnet);
	memcpy(header, &vnet, sizeof(vnet));
	if (!ep->header)
		complete_checksum(data, f->len, f);
	return writev(fd, iov, 2) < 0 ? -errno : 0;
}

bool tap_recv(const struct rx_sock *rx, struct xmt_pkt *pkt, uint8_t ret_header[HEADER_MAX])
{
	struct iovec iov[] = { { ret_header, rx->header }, { pkt->data, sizeof(pkt->data) } };
	ssize_t n = readv(rx->fd, iov, 2);

	if (n < rx->header || n <= 0)
		return false;
	pkt->len = n - rx->header;
	pkt->type = 0;
	pkt->proto = 0;
	pkt->csum_partial = false; /* A reader is told by the header, which is compared. */
	return true;
}
