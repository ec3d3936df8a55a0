/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The newest answer of the collector in each form, and the requests that wait for one. A waiting
 * request is suspended in the HTTP library, and resumed when its answer is there or late.
 */
#ifndef XM_METRICS_ANSWERS_H
#define XM_METRICS_ANSWERS_H

#include <microhttpd.h>
#include <stdbool.h>

#include "metrics/page.h"
#include "metrics/question.h"

/* A request, from its first line to the end of its answer */
struct xm_request {
	struct xm_request *next, *prev; /* while it waits */
	struct MHD_Connection *connection;
	enum xm_format format;
	int64_t since; /* xm_now_ms(): when it began to wait; 0: it has not */
	bool waits;
};

struct xm_answer {
	struct MHD_Response *response; /* NULL: none. More requests may still be sending it. */
	int64_t at; /* when it was asked for */
	int64_t failed; /* when one was asked for that the collector could not give */
};

struct xm_answers {
	struct xm_question question;
	struct xm_answer answers[XM_FORMAT_COUNT];
	struct xm_request waiting; /* the list, in the order of `since` */
	bool ended; /* the collector has */
};

/* collector: the server's end of the pair */
void xm_answers_init(struct xm_answers *a, int collector);

/*
 * Queues the answer for a request, or suspends the request until the answer is there or late; then
 * the library calls its handler again, which calls this again. Returns what the handler returns.
 */
enum MHD_Result xm_answer_request(struct xm_answers *a, struct xm_request *r);

/* The collector's socket can be read. Returns 0, or a negative errno: nothing more will come. */
int xm_answers_receive(struct xm_answers *a);

/*
 * Resumes the requests whose answer is late. Returns after how many milliseconds this is to be
 * called again, -1 when no request waits. 0: the library has work at once.
 */
int xm_answers_limit(struct xm_answers *a);

/* The request ends, or all of them do, at the end of the server */
void xm_request_end(struct xm_request *r);
void xm_answers_end(struct xm_answers *a);

/* Queues a file of the page as the answer */
enum MHD_Result xm_answer_page(struct MHD_Connection *c, const struct xm_page_file *file);
/* Queues a text as the answer */
enum MHD_Result xm_answer_text(struct MHD_Connection *c, unsigned int status, const char *text);

#endif
