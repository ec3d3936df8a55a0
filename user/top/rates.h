/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Rates from two samples. Pure. */
#ifndef XM_TOP_RATES_H
#define XM_TOP_RATES_H

#include "top/counted.h"

/* All are per second */
struct xm_top_rates {
	/*
	 * false: the endpoint is new, its counters began again, or one of the samples lacks them.
	 * The others are 0 then.
	 */
	bool known;
	double rx_packets, rx_bits, tx_packets, tx_bits;
	double drops; /* of all reasons */
	double reasons[XM_REASON_COUNT];
	int reason; /* enum xm_reason with the most drops; -1: nothing was dropped */
};

struct xm_top_row {
	const struct xm_top_counted *now; /* in the newer sample */
	struct xm_top_rates rates;
};

struct xm_top_table {
	struct xm_top_row *rows;
	size_t count;
	size_t endpoints, parents; /* in `rows` */
	double seconds; /* between the samples; 0: there is no older one */
	struct xm_top_rates total; /* of the rows whose rates are known */
};

/*
 * Compares two samples. before: NULL when there is none yet. *ret points into `now`; the caller
 * frees ret->rows. Returns 0 or -ENOMEM.
 */
int xm_top_compare(const struct xm_top_sample *before, const struct xm_top_sample *now,
		   struct xm_top_table *ret);

#endif
