/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Errors of library code: it fills a struct xm_err and returns a negative errno. Only front ends
 * print. The first error of an operation is kept.
 */
#ifndef XM_ERR_H
#define XM_ERR_H

#define XM_EXIT_USAGE 1 /* the command line is wrong */
#define XM_EXIT_STATE 2 /* the kernel or the state refused */

struct xm_err {
	int exit_code; /* 0: not filled */
	char text[512]; /* one line, no newline */
};

/*
 * Fills *e with what was refused and why, unless it is filled already. `err` is a positive or
 * negative errno; it is returned negative. The caller puts the text of errno into the message. e
 * may be NULL.
 */
int xm_fail(struct xm_err *e, int err, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a wrong command line. Returns -EINVAL. */
int xm_fail_usage(struct xm_err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/*
 * Ends the process with XM_EXIT_STATE, without exit handlers: going on would do harm. Passes the
 * message, one line without a newline, to the handler that the front end has set; without one it
 * prints "PROGRAM: message" to stderr.
 */
void xm_fatal(const char *fmt, ...) __attribute__((noreturn, format(printf, 1, 2)));
void xm_fatal_set_handler(void (*handler)(const char *text));
/* Returns memory, or ends the process by xm_fatal() when it is NULL: an allocation has failed */
void *xm_need(void *memory);

#endif
