/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The files of the page (page/), which are in the program */
#ifndef XM_METRICS_PAGE_H
#define XM_METRICS_PAGE_H

struct xm_page_file {
	const char *path; /* "/page.js" */
	const char *type; /* Content-Type */
	const char *begin, *end;
};

/* Returns the file of the path; NULL: there is none */
const struct xm_page_file *xm_page_file(const char *path);

#endif
