/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * CLOCK_MONOTONIC of the initial time namespace, as bpf_ktime_get_ns() in programs. For one thread.
 */
#ifndef XM_CLOCK_H
#define XM_CLOCK_H

#include <stdint.h>

uint64_t xm_now_ns(void);
int64_t xm_now_ms(void);

#endif
