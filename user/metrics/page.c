// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stddef.h>
#include <string.h>

#include "metrics/page.h"

#define FILES(X)                                                                                   \
	X(html, "/", "index.html", "text/html")                                                    \
	X(css, "/page.css", "page.css", "text/css")                                                \
	X(js, "/page.js", "page.js", "text/javascript")

/* clang-format off */
/* The compiler runs at the top of the tree */
#define X(name, path, file, type)                                                                  \
	__asm__(".pushsection .rodata\n"                                                           \
		"page_" #name "_begin: .incbin \"user/metrics/page/" file "\"\n"                   \
		"page_" #name "_end: .byte 0\n"                                                    \
		".popsection\n");                                                                  \
	extern const char page_##name##_begin[], page_##name##_end[];
FILES(X)
#undef X

static const struct xm_page_file files[] = {
#define X(name, path, file, type)                                                                  \
	{ path, type "; charset=utf-8", page_##name##_begin, page_##name##_end },
FILES(X)
#undef X
};
/* clang-format on */

const struct xm_page_file *xm_page_file(const char *path)
{
	for (size_t i = 0; i < sizeof(files) / sizeof(*files); i++)
		if (!strcmp(path, files[i].path))
			return &files[i];
	return NULL;
}
