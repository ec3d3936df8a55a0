/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Endpoints of virtual machines: taps or macvtaps, opened as a hypervisor opens them */
#ifndef BENCH_TAP_H
#define BENCH_TAP_H

#include "bench.h"

/* Makes E0 and E1 of the side as taps beside the parent and opens them. xmt_die() on failure. */
void taps_make(struct side *s);
void taps_close(struct side *s);

#endif
