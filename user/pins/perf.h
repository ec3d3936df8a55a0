/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Perf events, one for each CPU that is online, which receive what programs report. One set serves
 * the places (events.h) at all parents.
 */
#ifndef XM_PERF_H
#define XM_PERF_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "abi.h"
#include "base/err.h"

struct xm_perf;

struct xm_perf_options {
	size_t pages; /* of a CPU's ring, a power of two */
	uint32_t wakeup; /* xm_perf_fd() becomes readable after so many events of a CPU */
	/* frame: ev->cap_len octets, the frame's begin */
	void (*event)(uint32_t cpu, const struct xm_event *ev, const uint8_t *frame, void *data);
	/* the ring of the CPU was full */
	void (*lost)(uint32_t cpu, uint64_t count, void *data);
	void *data; /* of the two */
};

/* Opens perf events on all CPUs that are online. CAP_PERFMON. The caller closes *ret. */
int xm_perf_open(const struct xm_perf_options *options, struct xm_perf **ret, struct xm_err *e);
/* NULL is allowed */
void xm_perf_close(struct xm_perf *perf);
/* An epoll descriptor that is readable when there are events */
int xm_perf_fd(const struct xm_perf *perf);
/* Calls event() and lost() for what is there. Returns 0 or a negative errno. */
int xm_perf_consume(struct xm_perf *perf);

/* The event number i: its CPU and its descriptor. Returns false when there are fewer. */
bool xm_perf_event(const struct xm_perf *perf, size_t i, uint32_t *cpu, int *fd);

#endif
