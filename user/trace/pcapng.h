/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Blocks of a pcapng file (draft-ietf-opsawg-pcapng), in the byte order of this machine. Each
 * function appends one whole block. Times are nanoseconds since 1970. Pure.
 */
#ifndef XM_TRACE_PCAPNG_H
#define XM_TRACE_PCAPNG_H

#include "trace/bytes.h"

/* The section header: once, first. program: what writes the file. */
void xm_pcapng_section(struct xm_bytes *b, const char *program);

/* An Ethernet interface; the first one has the number 0 */
void xm_pcapng_interface(struct xm_bytes *b, const char *name, const char *description,
			 uint32_t snap_len);

enum xm_pcapng_direction { XM_PCAPNG_INBOUND = 1, XM_PCAPNG_OUTBOUND };

struct xm_pcapng_packet {
	uint32_t interface;
	enum xm_pcapng_direction direction; /* seen from the interface */
	uint64_t time;
	const uint8_t *data;
	uint32_t captured, len; /* octets in data; octets that the frame had */
	const char *comment; /* cut at 64 KiB */
};

void xm_pcapng_packet(struct xm_bytes *b, const struct xm_pcapng_packet *p);

/* seen: frames that are in the file; lost: frames that are not, because nobody took them in time */
void xm_pcapng_statistics(struct xm_bytes *b, uint32_t interface, uint64_t time, uint64_t seen,
			  uint64_t lost);

#endif
