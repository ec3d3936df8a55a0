/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Builds frames for test_frame.c. expect_udp() finds byte by byte what the parser has to find. */
#ifndef XM_TESTS_SAMPLE_H
#define XM_TESTS_SAMPLE_H

#include <stddef.h>

#include "frame.h"

#define MAX_FRAME 9216

struct sample {
	__u8 data[MAX_FRAME];
	size_t len;
	const char *name;
};

/* Clears the sample and puts an Ethernet header. proto: ethertype in host byte order. */
void sample_begin(struct sample *s, const char *name, unsigned int proto);

void sample_put8(struct sample *s, unsigned int value);
void sample_put_be16(struct sample *s, unsigned int value); /* in network byte order */
void sample_put_zero(struct sample *s, size_t len);

/* Headers of a UDP datagram of 12 bytes, with the UDP header. Numbers are in host byte order. */
void sample_put_ipv4(struct sample *s, unsigned int ihl, unsigned int frag, unsigned int proto);
void sample_put_ipv6(struct sample *s, unsigned int next);
void sample_put_udp(struct sample *s, unsigned int check);

/* Reads a number in network byte order */
unsigned int be16(const __u8 *p);

/* Whether the first len bytes of a frame are UDP that xm_is_udp() has to find */
int expect_udp(const __u8 *p, size_t len, unsigned int proto);

#endif
