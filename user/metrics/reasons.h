/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Drop reasons in words, for the page. Pure. */
#ifndef XM_METRICS_REASONS_H
#define XM_METRICS_REASONS_H

/*
 * Returns what the reason (enum xm_reason, below XM_REASON_COUNT) means and what helps, in
 * sentences; "" when it has no text
 */
const char *xm_reason_words(unsigned int reason);

#endif
