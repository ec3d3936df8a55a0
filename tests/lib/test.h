/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A root test program: results, and cleaning up whatever happens.
 *
 * xmt_init() forks. The child runs the test; the first process only waits, and when the child has
 * ended for whatever reason (return, exit, assertion, SIGSEGV, SIGKILL, time limit) it runs the
 * undo commands that are left, deletes the child's network namespaces and prints the last line "N
 * passed, N failed, N skipped". SIGINT, SIGTERM, SIGHUP and the time limit end the child first.
 */
#ifndef XMT_TEST_H
#define XMT_TEST_H

#define XMT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * How much longer than at home things may take, by $XM_SLOW: in an emulator all waits and time limits of
 * the library are multiplied by it. At least 1.
 */
unsigned int xmt_slow(void);

/*
 * Call first, once, before any thread. `timeout_s` seconds after it the test is killed and counts
 * as failed (0: no limit). Returns in the child only. Needs root: without it the test is counted as
 * skipped and the program ends with code 0. Namespaces left by dead runs are removed as well.
 */
void xmt_init(unsigned int timeout_s);

/*
 * One test each. xmt_fail() and xmt_skip() print the text, xmt_pass() prints it too ("ok  TEXT",
 * "FAIL TEXT", "skip TEXT"). A NULL format counts without printing.
 */
void xmt_pass(const char *fmt, ...) XMT_PRINTF(1, 2);
void xmt_fail(const char *fmt, ...) XMT_PRINTF(1, 2);
void xmt_skip(const char *fmt, ...) XMT_PRINTF(1, 2);

/* xmt_pass() when `ok`, else xmt_fail(). Returns `ok` as 0 or 1. */
int xmt_check(int ok, const char *fmt, ...) XMT_PRINTF(2, 3);

/* The number of xmt_fail() so far. */
unsigned int xmt_failures(void);

/* Count one failure, print the text and end the program (cleaning up). */
void xmt_die(const char *fmt, ...) XMT_PRINTF(1, 2) __attribute__((noreturn));

/* End the program: 0 when nothing failed, else 1. The first process prints the last line. */
void xmt_done(void) __attribute__((noreturn));

/*
 * Register a shell command that must be run at the end if the test does not get to it itself (e.g.
 * "xmacvlan -n NS detach p0 force"). Commands left are run newest first, before the namespaces go;
 * their output and exit code are ignored. Returns an id for xmt_undone(), or -ENOSPC (256 at a
 * time) or -E2BIG (255 characters).
 */
int xmt_undo(const char *fmt, ...) XMT_PRINTF(1, 2);

/* The test did it itself: forget the command. A negative id is ignored. */
void xmt_undone(int id);

/* What every name of this run starts with: "xmt<pid>-". */
const char *xmt_prefix(void);

/*
 * Mount bpffs on /sys/fs/bpf unless it is mounted there. It stays mounted.
 * Returns 0 or a negative errno.
 */
int xmt_bpffs(void);

#endif
