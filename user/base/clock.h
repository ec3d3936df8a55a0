/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* CLOCK_MONOTONIC. For one thread. */
#ifndef XM_CLOCK_H
#define XM_CLOCK_H

#include <stdint.h>

/* Of the initial time namespace, as bpf_ktime_get_ns() in programs */
uint64_t xm_now_ns(void);
/* Of this process's time namespace, for differences in this process */
int64_t xm_now_ms(void);

#endif
