/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Frames for test_frame.c, and what the parser must find in them, worked out byte by byte */
#ifndef XM_TESTS_SAMPLE_H
#define XM_TESTS_SAMPLE_H

#include <stddef.h>

#include "frame.h"

#define MAX_FRAME	9216

struct sample {
	__u8 data[MAX_FRAME];
	size_t len;
	const char *name;
};

/* Ethernet header; clears the sample first */
void begin(struct sample *s, const char *name, unsigned int proto);

void put8(struct sample *s, unsigned int value);
void put16(struct sample *s, unsigned int value); /* big endian */
void put_zero(struct sample *s, size_t len);

/* Headers of a datagram of 12 bytes, UDP's own among them */
void put_ipv4(struct sample *s, unsigned int ihl, unsigned int frag, unsigned int proto);
void put_ipv6(struct sample *s, unsigned int next);
void put_udp(struct sample *s, unsigned int check);

unsigned int be16(const __u8 *p);

/* The oracle */
int expect_udp(const __u8 *p, size_t len, unsigned int proto);

#endif
