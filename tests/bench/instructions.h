/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Instructions a packet. They are counted where the time stamp counter counts instructions, which
 * it does in QEMU with `-icount shift=0` (instructions.py). There is one CPU, and the kernel's
 * threads go before the bench: all that a frame causes is over when the system call that sent it
 * has returned.
 */
#ifndef BENCH_INSTRUCTIONS_H
#define BENCH_INSTRUCTIONS_H

#include "bench.h"
#include "cases.h"

/* --- instructions.c --- */

/* Counts all paths and prints `count PATH SIDE INSTRUCTIONS`, a line for each path and side. */
void instructions_run(void);

/* --- instr_count.c --- */

struct flow {
	const struct side *side;
	enum node from, to;
	int tx, rx; /* descriptors; tx is a program's, if a driver delivers */
	const void *data; /* what `tx` gets */
	size_t len;
	struct frames frames; /* that a driver delivers */
	unsigned int n; /* of them in a step */
	uint64_t sent, received;
};

typedef void step_fn(struct flow *f);

/* Steps that are counted: a frame or a datagram; there and back; 64 KiB until they are read */
step_fn step_send, step_transact, step_bulk;

/*
 * Counts `step`, and after each runs `clean`, which is not counted (NULL: nothing). Returns the
 * instructions of a step, the median.
 */
double count_steps(struct flow *f, step_fn *step, step_fn *clean);
/*
 * Returns the instructions of a frame of those that a driver delivers: the difference between `n`
 * and n / 2 of them, which is without what a call costs. `clean` is that of count_steps().
 */
double count_driver(struct flow *f, unsigned int n, step_fn *clean);

/* Receives or reads what waits at `rx` and counts it. */
void drain_socket(struct flow *f);
void drain_tap(struct flow *f);

#endif
