/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Results of a test program that needs root, and clean-up after any end of it.
 *
 * xmt_init() forks. The child runs the test, the first process waits. When the child ends for any
 * reason (return, exit, assertion, SIGSEGV, SIGKILL, time limit), the first process runs the undo
 * commands that are still registered, deletes the child's network namespaces and prints the last
 * line, "N passed, N failed, N skipped". On SIGINT, SIGTERM, SIGHUP and at the time limit it kills
 * the child first.
 */
#ifndef XMT_TEST_H
#define XMT_TEST_H

#define XMT_PRINTF(fmt, args) __attribute__((format(printf, fmt, args)))

/*
 * The factor $XM_SLOW by which all waits and time limits of the library are multiplied, for runs in
 * an emulator. At least 1.
 */
unsigned int xmt_slow(void);

/* The running kernel's version, to compare with XMT_KERNEL(6, 18) */
unsigned int xmt_kernel(void);
#define XMT_KERNEL(major, minor) ((major) << 8 | (minor))

/*
 * Call first, once, before any thread. The test is killed after `timeout_s` seconds and counts as
 * failed (0: no limit). Returns in the child only. Without root the test counts as skipped and the
 * program ends with code 0. Also deletes the namespaces of runs whose process no longer exists.
 */
void xmt_init(unsigned int timeout_s);

/*
 * Each counts one check and prints its text ("ok  TEXT", "FAIL TEXT", "skip TEXT"). A NULL format
 * counts without printing.
 */
void xmt_pass(const char *fmt, ...) XMT_PRINTF(1, 2);
void xmt_fail(const char *fmt, ...) XMT_PRINTF(1, 2);
void xmt_skip(const char *fmt, ...) XMT_PRINTF(1, 2);

/* xmt_pass() if `ok`, else xmt_fail(). Returns `ok` as 0 or 1. */
int xmt_check(int ok, const char *fmt, ...) XMT_PRINTF(2, 3);

/* The number of failures so far */
unsigned int xmt_failures(void);

/* Counts one failure, prints the text and ends the program; the first process cleans up. */
void xmt_die(const char *fmt, ...) XMT_PRINTF(1, 2) __attribute__((noreturn));

/* Ends the program: code 0 if nothing failed, else 1. The first process prints the last line. */
void xmt_done(void) __attribute__((noreturn));

/*
 * Registers a shell command that is run after the test's end, e.g. "xmacvlan -n NS detach p0
 * force". The newest is run first, before the namespaces are deleted; output and exit code are
 * ignored. Returns an id for xmt_undone(), -ENOSPC (256 are registered) or -E2BIG (more than 255
 * characters).
 */
int xmt_undo(const char *fmt, ...) XMT_PRINTF(1, 2);

/* Unregisters a command: the test has run it itself. A negative id is ignored. */
void xmt_undone(int id);

/* The prefix of all names of this run: "xmt<pid>-" */
const char *xmt_prefix(void);

/*
 * Mounts a bpffs on /sys/fs/bpf if there is none. It stays mounted after the test.
 * Returns 0 or a negative errno.
 */
int xmt_bpffs(void);

#endif
