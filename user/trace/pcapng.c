// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "trace/pcapng.h"

#define BLOCK_SECTION	  0x0a0d0d0au
#define BLOCK_INTERFACE	  1u
#define BLOCK_STATISTICS  5u
#define BLOCK_PACKET	  6u
#define BYTE_ORDER_MAGIC  0x1a2b3c4du
#define LINKTYPE_ETHERNET 1u
#define NANOSECONDS	  9 /* if_tsresol: 10^-9 s */

/* Codes of options; the others belong to their blocks */
#define OPTION_END     0
#define OPTION_COMMENT 1
#define SHB_USERAPPL   4
#define IF_NAME	       2
#define IF_DESCRIPTION 3
#define IF_TSRESOL     9
#define EPB_FLAGS      2
#define ISB_IFRECV     4
#define ISB_OSDROP     7

#define OPTION_MAX 65535u

static void append_u16(struct xm_bytes *b, uint16_t value)
{
	xm_bytes_append(b, &value, sizeof(value));
}

static void append_u32(struct xm_bytes *b, uint32_t value)
{
	xm_bytes_append(b, &value, sizeof(value));
}

static void append_time(struct xm_bytes *b, uint64_t time)
{
	append_u32(b, time >> 32);
	append_u32(b, time);
}

/* Appends octets, and zeros up to a multiple of four */
static void append_padded(struct xm_bytes *b, const void *data, size_t len)
{
	static const uint8_t zeros[4];

	xm_bytes_append(b, data, len);
	xm_bytes_append(b, zeros, -len & 3);
}

static void append_option(struct xm_bytes *b, uint16_t code, const void *value, size_t len)
{
	append_u16(b, code);
	append_u16(b, len);
	append_padded(b, value, len);
}

static void append_text_option(struct xm_bytes *b, uint16_t code, const char *text)
{
	size_t len = strnlen(text, OPTION_MAX);

	if (len)
		append_option(b, code, text, len);
}

static void append_u64_option(struct xm_bytes *b, uint16_t code, uint64_t value)
{
	append_option(b, code, &value, sizeof(value));
}

/* Returns where the block begins */
static size_t block_begin(struct xm_bytes *b, uint32_t type)
{
	size_t start = b->len;

	append_u32(b, type);
	append_u32(b, 0); /* its length, which block_end() enters */
	return start;
}

/* The length is at both ends of a block. Without memory the block is taken back. */
static void block_end(struct xm_bytes *b, size_t start)
{
	uint32_t len;

	append_option(b, OPTION_END, NULL, 0);
	len = b->len - start + sizeof(len);
	append_u32(b, len);
	if (b->failed)
		b->len = start;
	else
		memcpy(b->data + start + sizeof(uint32_t), &len, sizeof(len));
}

void xm_pcapng_section(struct xm_bytes *b, const char *program)
{
	size_t start = block_begin(b, BLOCK_SECTION);

	append_u32(b, BYTE_ORDER_MAGIC);
	append_u16(b, 1); /* version 1.0 */
	append_u16(b, 0);
	append_u32(b, UINT32_MAX); /* length of the section: not known */
	append_u32(b, UINT32_MAX);
	append_text_option(b, SHB_USERAPPL, program);
	block_end(b, start);
}

void xm_pcapng_interface(struct xm_bytes *b, const char *name, const char *description,
			 uint32_t snap_len)
{
	const uint8_t resolution = NANOSECONDS;
	size_t start = block_begin(b, BLOCK_INTERFACE);

	append_u16(b, LINKTYPE_ETHERNET);
	append_u16(b, 0);
	append_u32(b, snap_len);
	append_text_option(b, IF_NAME, name);
	append_text_option(b, IF_DESCRIPTION, description);
	append_option(b, IF_TSRESOL, &resolution, sizeof(resolution));
	block_end(b, start);
}

void xm_pcapng_packet(struct xm_bytes *b, const struct xm_pcapng_packet *p)
{
	uint32_t flags = p->direction;
	size_t start = block_begin(b, BLOCK_PACKET);

	append_u32(b, p->interface);
	append_time(b, p->time);
	append_u32(b, p->captured);
	append_u32(b, p->len);
	append_padded(b, p->data, p->captured);
	append_text_option(b, OPTION_COMMENT, p->comment);
	append_option(b, EPB_FLAGS, &flags, sizeof(flags));
	block_end(b, start);
}

void xm_pcapng_statistics(struct xm_bytes *b, uint32_t interface, uint64_t time, uint64_t seen,
			  uint64_t lost)
{
	size_t start = block_begin(b, BLOCK_STATISTICS);

	append_u32(b, interface);
	append_time(b, time);
	append_u64_option(b, ISB_IFRECV, seen + lost);
	append_u64_option(b, ISB_OSDROP, lost);
	block_end(b, start);
}
