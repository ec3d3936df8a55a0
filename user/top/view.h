/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the keys of the live table change. Pure but for the locale (LC_CTYPE). */
#ifndef XM_TOP_VIEW_H
#define XM_TOP_VIEW_H

#include <stdint.h>

#include "top/order.h"

#define XM_TOP_INPUT 64

/* Keys that are no character, above every character */
enum xm_top_special {
	XM_TOP_KEY_UP = 0x200000,
	XM_TOP_KEY_DOWN,
	XM_TOP_KEY_LEFT,
	XM_TOP_KEY_RIGHT,
	XM_TOP_KEY_PAGE_UP,
	XM_TOP_KEY_PAGE_DOWN,
	XM_TOP_KEY_HOME,
	XM_TOP_KEY_END,
	XM_TOP_KEY_BACKSPACE,
	XM_TOP_KEY_OTHER,
};

enum xm_top_prompt { XM_TOP_NO_PROMPT, XM_TOP_PROMPT_FILTER, XM_TOP_PROMPT_INTERVAL };

struct xm_top_view {
	enum xm_top_key key;
	bool reversed, paused, help, quit;
	double seconds; /* between samples */
	char filter[XM_TOP_INPUT]; /* in the encoding of the locale */
	enum xm_top_prompt prompt; /* what `input` is for */
	char input[XM_TOP_INPUT];
	char message[XM_TOP_INPUT]; /* about the last key; "": none */
	size_t offset; /* number of the first row on the screen */
};

/*
 * Takes a key: a character (UCS) or an enum xm_top_special. rows: of the table, visible: that the
 * screen has room for.
 */
void xm_top_view_take(struct xm_top_view *v, uint32_t key, size_t rows, size_t visible);
/* Keeps the last row at the end of the screen when there are fewer rows than before */
void xm_top_view_limit(struct xm_top_view *v, size_t rows, size_t visible);
/* The filter in force: also one that is being typed */
const char *xm_top_view_filter(const struct xm_top_view *v);

#endif
