// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See fuzz.h */
#define FZ_HARNESS
#include "fakes.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz.h"

void fz_bytes(struct fz_in *in, void *ret, size_t size)
{
	size_t n = size < in->len ? size : in->len;

	memset(ret, 0, size);
	if (n)
		memcpy(ret, in->at, n);
	in->at += n;
	in->len -= n;
}

uint8_t fz_u8(struct fz_in *in)
{
	uint8_t v;

	fz_bytes(in, &v, sizeof(v));
	return v;
}

uint16_t fz_u16(struct fz_in *in)
{
	uint16_t v;

	fz_bytes(in, &v, sizeof(v));
	return v;
}

uint32_t fz_u32(struct fz_in *in)
{
	uint32_t v;

	fz_bytes(in, &v, sizeof(v));
	return v;
}

void fz_fail(const char *file, int line, const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	dprintf(2, "%s:%d: FAIL ", file, line);
	vdprintf(2, fmt, ap);
	dprintf(2, "\n");
	va_end(ap);
	abort();
}
