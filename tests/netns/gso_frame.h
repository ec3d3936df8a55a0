/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames with virtio-net headers: GSO, partial checksums, and what arrives of them. */
#ifndef NT_GSO_FRAME_H
#define NT_GSO_FRAME_H

#include <linux/virtio_net.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "nt.h"

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4 /* since Linux 6.2 */
#define VIRTIO_NET_HDR_GSO_UDP_L4 5
#endif

#define GSO_FRAME_MAX 66000

/* One end: a tap with virtio-net headers, or a packet socket with PACKET_VNET_HDR */
struct gso_end {
	const char *name;
	int fd;
	bool tap;
	int header; /* octets of the virtio-net header */
	uint8_t mac[6];
};

/* A packet socket on the device. proto: see xmt_pkt_open() */
void gso_end_open(struct gso_end *ret, const char *name, const struct xmt_ns *ns, const char *dev,
		  uint16_t proto);
/* An open tap whose header has 10 octets; mac is that of its endpoint */
void gso_end_tap(struct gso_end *ret, const char *name, int tap, const char *mac);

/* Sends; hdr is in the machine's byte order. Returns 0 or a negative errno. */
int gso_end_send(const struct gso_end *end, const struct virtio_net_hdr *hdr, const void *frame,
		 size_t len);
/* Receives within timeout_ms. Returns the length of the frame, 0 or a negative errno. */
int gso_end_recv(const struct gso_end *end, struct virtio_net_hdr *hdr,
		 uint8_t frame[GSO_FRAME_MAX], int timeout_ms);

struct gso_spec {
	int family; /* AF_INET or AF_INET6 */
	bool udp; /* else TCP */
	unsigned int payload; /* octets */
	unsigned int gso_size; /* octets of payload of a segment; 0: no GSO */
	bool partial; /* the checksum has to be computed; with GSO always */
};

struct gso_frame {
	struct gso_spec spec;
	struct virtio_net_hdr hdr;
	size_t len, l4,
		payload; /* of the frame; where its transport header and its payload begin */
	uint16_t port; /* destination port, another one for each frame of this process */
	uint8_t data[GSO_FRAME_MAX];
};

void gso_frame_build(struct gso_frame *ret, const struct gso_spec *spec, const uint8_t dst[6],
		     const uint8_t src[6]);

/* What has arrived of a frame */
struct gso_arrival {
	unsigned int frames, octets; /* octets of payload */
	bool gso; /* one of the frames was a GSO frame */
	const char *error; /* the first difference, or NULL */
};

/*
 * Receives the frame until its whole payload is there: compares every octet and checks lengths and
 * checksums of all headers. Other frames are skipped. max: octets a frame without GSO may have.
 */
void gso_frame_collect(const struct gso_frame *f, const struct gso_end *end, unsigned int max,
		       struct gso_arrival *ret);

/*
 * Whether a receiver may take the frame as it is: the header describes the frame and the lengths
 * fit. Returns NULL or what is wrong. Of frames that are neither TCP nor UDP only the header is
 * checked.
 */
const char *gso_malformed(const struct virtio_net_hdr *hdr, const uint8_t *frame, size_t len);

#endif
