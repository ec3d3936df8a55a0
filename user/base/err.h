/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * How library code says what went wrong: it fills a struct xm_err and returns a negative errno. Only
 * commands print. The first failure of an operation is the one that is told.
 */
#ifndef XM_ERR_H
#define XM_ERR_H

#define XM_EXIT_USAGE 1 /* the command line is wrong */
#define XM_EXIT_STATE 2 /* the kernel or the state refused */

struct xm_err {
	int exit_code; /* 0: nothing said yet */
	char text[512]; /* one line, no newline */
};

/*
 * Says what was refused and why, unless something has been said already. `err` is a positive or negative
 * errno and comes back negative; the text of errno is for the caller to put in. e may be NULL.
 */
int xm_fail(struct xm_err *e, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a wrong command line. Returns -EINVAL. */
int xm_usage(struct xm_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

#endif
