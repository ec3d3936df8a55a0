/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Endpoints of virtual machines: taps or macvtaps, opened as a hypervisor opens them */
#ifndef BENCH_TAP_H
#define BENCH_TAP_H

#include "bench.h"

/* --- tap_open.c --- */

/*
 * Makes E0 and E1 of the side as taps beside the parent and opens them. The host reaches them with
 * host_access. xmt_die() on failure.
 */
void taps_make(struct side *s, bool host_access);
void taps_close(struct side *s);

/* Opens the last `n` taps of a crowd, beside the parent. xmt_die() on failure. */
void crowd_open(struct side *s, unsigned int n);
void crowd_close(struct side *s); /* all of them */

/* --- tap_rr.c --- */

#define TAP_PORT 7 /* of the guest that answers */

/* `receive` of a load: a guest on the tap load->rx that sends each datagram back. */
void tap_answer(struct load *load);

/* --- tap.c --- */

/* A datagram of 64 bytes with its virtio-net header, valid until the next call */
const void *tap_datagram(enum node from, enum node to, size_t *ret_len);
/* Reads a frame of ours from a tap. Returns false when none waits there. */
bool tap_take(int fd);

#endif
