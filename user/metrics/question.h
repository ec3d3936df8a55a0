/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The server's side of the pair: one question to the collector (collector.h) at a time. Nothing
 * here waits, so a collector that is slow, or stopped, holds no client up.
 */
#ifndef XM_METRICS_QUESTION_H
#define XM_METRICS_QUESTION_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "metrics/text.h"

struct xm_question {
	int collector; /* a socket that does not block */
	bool asked; /* its answer is awaited */
	enum xm_format format; /* of the answer */
	int64_t since; /* xm_now_ms(): when it was asked */
	uint64_t length; /* of the answer: complete when so many octets of it are here */
	size_t length_got, got; /* octets of length and of the text that have come */
	char *text;
};

/* Asks. The question before must have its answer. Returns 0, or -EPIPE: the collector has ended. */
int xm_question_ask(struct xm_question *q, enum xm_format format);

/*
 * Takes what has come of the answer. Returns 1: it is complete, *ret is the caller's to free, with
 * *size octets; *ret is NULL when the collector could not read the state, which it has logged. 0:
 * it is not complete. -EPIPE: the collector has ended; -ENOMEM: no memory, and the answer cannot
 * be received any more.
 */
int xm_question_receive(struct xm_question *q, char **ret, size_t *size);

#endif
