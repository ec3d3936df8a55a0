// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <wchar.h>
#include <wctype.h>

#include "top/options.h"
#include "top/view.h"

#define ESCAPE 27

const char *xm_top_view_filter(const struct xm_top_view *v)
{
	return v->prompt == XM_TOP_PROMPT_FILTER ? v->input : v->filter;
}

void xm_top_view_limit(struct xm_top_view *v, size_t rows, size_t visible)
{
	size_t last = rows > visible ? rows - visible : 0;

	if (v->offset > last)
		v->offset = last;
}

/* Appends a character to the input, if it is printable and there is room */
static void input_append(struct xm_top_view *v, uint32_t key)
{
	char text[MB_LEN_MAX];
	mbstate_t state = {};
	size_t used = strlen(v->input), len;

	if (key >= XM_TOP_KEY_UP || !iswprint(key))
		return;
	len = wcrtomb(text, key, &state);
	if (len == (size_t)-1 || used + len >= sizeof(v->input))
		return;
	memcpy(v->input + used, text, len);
	v->input[used + len] = '\0';
}

/* Removes the last character, which may have several octets */
static void input_shorten(struct xm_top_view *v)
{
	size_t at = 0, last = 0, len = strlen(v->input);
	mbstate_t state = {};

	while (at < len) {
		size_t one = mbrlen(v->input + at, len - at, &state);

		last = at;
		at += one && one < (size_t)-2 ? one : 1;
	}
	v->input[last] = '\0';
}

static void input_accept(struct xm_top_view *v)
{
	if (v->prompt == XM_TOP_PROMPT_FILTER)
		memcpy(v->filter, v->input, sizeof(v->filter));
	else if (v->input[0] && !xm_top_parse_seconds(v->input, &v->seconds))
		snprintf(v->message, sizeof(v->message), "an interval is 0.1 to 3600 seconds");
	v->prompt = XM_TOP_NO_PROMPT;
}

static void view_edit(struct xm_top_view *v, uint32_t key)
{
	if (key == '\n' || key == '\r')
		input_accept(v);
	else if (key == ESCAPE)
		v->prompt = XM_TOP_NO_PROMPT;
	else if (key == XM_TOP_KEY_BACKSPACE || key == '\b' || key == 127)
		input_shorten(v);
	else if (key == 'U' - '@') /* Ctrl-U */
		v->input[0] = '\0';
	else
		input_append(v, key);
}

static void view_ask(struct xm_top_view *v, enum xm_top_prompt prompt)
{
	v->prompt = prompt;
	snprintf(v->input, sizeof(v->input), "%s", prompt == XM_TOP_PROMPT_FILTER ? v->filter : "");
}

/* Goes to the next longer or shorter of the usual intervals */
static void view_step_interval(struct xm_top_view *v, bool longer)
{
	static const double steps[] = { 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 300, 600, 3600 };
	const size_t count = sizeof(steps) / sizeof(*steps);
	size_t i = 0;

	while (i < count && (longer ? steps[i] <= v->seconds : steps[i] < v->seconds))
		i++;
	if (longer && i < count)
		v->seconds = steps[i];
	else if (!longer && i)
		v->seconds = steps[i - 1];
}

static void view_sort(struct xm_top_view *v, enum xm_top_key key)
{
	v->reversed = false;
	v->key = key;
}

static bool view_scroll(struct xm_top_view *v, uint32_t key, size_t rows, size_t visible)
{
	size_t page = visible > 1 ? visible - 1 : 1;

	if (key == XM_TOP_KEY_UP || key == 'k')
		v->offset -= v->offset > 0;
	else if (key == XM_TOP_KEY_DOWN || key == 'j')
		v->offset++;
	else if (key == XM_TOP_KEY_PAGE_UP || key == 'b')
		v->offset -= v->offset < page ? v->offset : page;
	else if (key == XM_TOP_KEY_PAGE_DOWN || key == 'f')
		v->offset += page;
	else if (key == XM_TOP_KEY_HOME || key == 'g')
		v->offset = 0;
	else if (key == XM_TOP_KEY_END || key == 'G')
		v->offset = rows;
	else
		return false;
	xm_top_view_limit(v, rows, visible);
	return true;
}

static void view_command(struct xm_top_view *v, uint32_t key)
{
	switch (key) {
	case 'q':
	case 'Q':
		v->quit = true;
		break;
	case '/':
		view_ask(v, XM_TOP_PROMPT_FILTER);
		break;
	case 'i':
		view_ask(v, XM_TOP_PROMPT_INTERVAL);
		break;
	case ESCAPE:
		v->filter[0] = '\0';
		break;
	case 'h':
	case '?':
		v->help = true;
		break;
	case 'p':
	case ' ':
		v->paused = !v->paused;
		break;
	case 'r':
		v->reversed = !v->reversed;
		break;
	case '<':
	case XM_TOP_KEY_LEFT:
		view_sort(v, (v->key + XM_TOP_BY_COUNT - 1) % XM_TOP_BY_COUNT);
		break;
	case '>':
	case XM_TOP_KEY_RIGHT:
		view_sort(v, (v->key + 1) % XM_TOP_BY_COUNT);
		break;
	case 't':
		view_sort(v, XM_TOP_BY_TRAFFIC);
		break;
	case 'n':
		view_sort(v, XM_TOP_BY_NAME);
		break;
	case 'd':
		view_sort(v, XM_TOP_BY_DROPS);
		break;
	case '+':
	case '-':
		view_step_interval(v, key == '+');
		break;
	default:
		break;
	}
}

void xm_top_view_take(struct xm_top_view *v, uint32_t key, size_t rows, size_t visible)
{
	v->message[0] = '\0';
	if (v->help)
		v->help = false;
	else if (v->prompt != XM_TOP_NO_PROMPT)
		view_edit(v, key);
	else if (!view_scroll(v, key, rows, visible))
		view_command(v, key);
}
