/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The words of `xmacvlan top`. Pure. */
#ifndef XM_TOP_OPTIONS_H
#define XM_TOP_OPTIONS_H

#include "base/err.h"
#include "top/order.h"

#define XM_TOP_MIN_SECONDS 0.1
#define XM_TOP_MAX_SECONDS 3600

struct xm_top_options {
	char **names; /* of endpoints and parents, in argv; none: everything */
	int name_count;
	enum xm_top_key key;
	bool reversed;
	double seconds; /* between samples */
	unsigned long count; /* of tables; 0: until the user quits */
	bool batch; /* text, also on a terminal */
	bool json, pretty, no_color, help;
};

/*
 * Reads a number of seconds between the limits above into *ret. Returns false when the text is
 * another one.
 */
bool xm_top_parse_seconds(const char *text, double *ret);

/*
 * Reads the command line; argv[0] is the program. Moves the names to the front of argv. Returns 0,
 * or -EINVAL and fills *e.
 */
int xm_top_parse(int argc, char **argv, struct xm_top_options *ret, struct xm_err *e);

#endif
