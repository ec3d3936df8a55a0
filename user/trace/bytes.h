/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A growing row of octets. An append that finds no memory sets `failed`, and adds nothing. */
#ifndef XM_TRACE_BYTES_H
#define XM_TRACE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct xm_bytes {
	uint8_t *data;
	size_t len, size;
	bool failed;
};

/* Room for `len` more octets, which count as appended; NULL: there is no memory */
uint8_t *xm_bytes_room(struct xm_bytes *b, size_t len);
void xm_bytes_append(struct xm_bytes *b, const void *data, size_t len);
/* Takes the first `len` octets out */
void xm_bytes_take(struct xm_bytes *b, size_t len);
void xm_bytes_free(struct xm_bytes *b);

#endif
