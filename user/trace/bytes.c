// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>
#include <string.h>

#include "trace/bytes.h"

uint8_t *xm_bytes_room(struct xm_bytes *b, size_t len)
{
	size_t size = b->size ? b->size : 4096;
	uint8_t *data;

	while (size < b->len + len)
		size *= 2;
	data = size == b->size ? b->data : realloc(b->data, size);
	if (!data) {
		b->failed = true;
		return NULL;
	}
	b->data = data;
	b->size = size;
	b->len += len;
	return b->data + b->len - len;
}

void xm_bytes_append(struct xm_bytes *b, const void *data, size_t len)
{
	uint8_t *room = xm_bytes_room(b, len);

	if (room && len)
		memcpy(room, data, len);
}

void xm_bytes_take(struct xm_bytes *b, size_t len)
{
	b->len -= len;
	memmove(b->data, b->data + len, b->len);
}

void xm_bytes_free(struct xm_bytes *b)
{
	free(b->data);
	*b = (struct xm_bytes){};
}
