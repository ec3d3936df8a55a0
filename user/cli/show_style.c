// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cli/show.h"

#define ESCAPE "\033["

const char *xm_color_name(const struct xm_show_style *style)
{
	return style->color ? ESCAPE "36m" : "";
}

const char *xm_color_mac(const struct xm_show_style *style)
{
	return style->color ? ESCAPE "33m" : "";
}

const char *xm_color_state(const struct xm_show_style *style, uint8_t operstate)
{
	const char *text = xm_operstate_text(operstate);

	if (style->color && !strcmp(text, "UP"))
		return ESCAPE "32m";
	return style->color && !strcmp(text, "DOWN") ? ESCAPE "31m" : "";
}

const char *xm_color_end(const struct xm_show_style *style)
{
	return style->color ? ESCAPE "0m" : "";
}

const char *xm_count_text(const struct xm_show_style *style, uint64_t count,
			  char ret[XM_COUNT_TEXT])
{
	static const char prefixes[] = "kMGTPE";
	const char *prefix = prefixes;
	double unit = 1000;
	int precision = 2;

	if (!style->human || count < 1000) {
		snprintf(ret, XM_COUNT_TEXT, "%llu", (unsigned long long)count);
		return ret;
	}
	for (; count / unit >= 1000 && prefix[1]; prefix++)
		unit *= 1000;
	for (double most = 10; precision && count / unit >= most; most *= 10)
		precision--;
	snprintf(ret, XM_COUNT_TEXT, "%.*f%c", precision, count / unit, *prefix);
	return ret;
}
