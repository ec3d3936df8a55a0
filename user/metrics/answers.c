// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "metrics/answers.h"
#include "metrics/headers.h"
#include "metrics/server.h"

#define FRESH_MS     250 /* clients that come together get the same answer */
#define LATE_TICK_MS 100 /* how often late answers are looked for */

static const char *const content_types[XM_FORMAT_COUNT] = {
	[XM_FORMAT_OPENMETRICS] = XM_CONTENT_TYPE_OPENMETRICS,
	[XM_FORMAT_TEXT] = XM_CONTENT_TYPE_TEXT,
	[XM_FORMAT_STATE] = "application/json",
};

void xm_answers_init(struct xm_answers *a, int collector)
{
	*a = (struct xm_answers){ .question.collector = collector };
	a->waiting.next = a->waiting.prev = &a->waiting;
}

enum MHD_Result xm_answer_text(struct MHD_Connection *c, unsigned int status, const char *text)
{
	struct MHD_Response *r =
		MHD_create_response_from_buffer(strlen(text), (void *)text, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	xm_add_headers(r, "text/plain; charset=utf-8");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED) {
		MHD_add_response_header(r, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
		/* It may have a body, which nobody reads */
		MHD_add_response_header(r, MHD_HTTP_HEADER_CONNECTION, "close");
	}
	ret = MHD_queue_response(c, status, r);
	MHD_destroy_response(r);
	return ret;
}

enum MHD_Result xm_answer_page(struct MHD_Connection *c, const struct xm_page_file *file)
{
	struct MHD_Response *r = MHD_create_response_from_buffer(
		file->end - file->begin, (void *)file->begin, MHD_RESPMEM_PERSISTENT);
	enum MHD_Result ret;

	if (!r)
		return MHD_NO;
	xm_add_headers(r, file->type);
	ret = MHD_queue_response(c, MHD_HTTP_OK, r);
	MHD_destroy_response(r);
	return ret;
}

static void request_suspend(struct xm_answers *a, struct xm_request *r)
{
	r->waits = true;
	r->next = &a->waiting;
	r->prev = a->waiting.prev;
	r->prev->next = r->next->prev = r;
	MHD_suspend_connection(r->connection);
}

static void request_unlink(struct xm_request *r)
{
	r->prev->next = r->next;
	r->next->prev = r->prev;
	r->waits = false;
}

static void request_resume(struct xm_request *r)
{
	request_unlink(r);
	MHD_resume_connection(r->connection);
}

/* Asks for the answer of the request that has waited longest */
static void ask_next(struct xm_answers *a)
{
	const struct xm_request *first = a->waiting.next;

	if (!a->question.asked && first != &a->waiting && !a->ended)
		a->ended = xm_question_ask(&a->question, first->format) != 0;
}

static bool is_late(const struct xm_answers *a, const struct xm_request *r)
{
	int64_t since =
		a->question.asked && a->question.since < r->since ? a->question.since : r->since;

	return xm_now_ms() - since >= XM_SERVER_ANSWER_MS;
}

enum MHD_Result xm_answer_request(struct xm_answers *a, struct xm_request *r)
{
	const struct xm_answer *answer = &a->answers[r->format];
	bool first = !r->since;

	if (first)
		r->since = xm_now_ms();
	if (answer->response && answer->at > r->since - FRESH_MS)
		return MHD_queue_response(r->connection, MHD_HTTP_OK, answer->response);
	if (a->ended || (!first && answer->failed >= r->since))
		return xm_answer_text(r->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				      "the state cannot be read\n");
	if (is_late(a, r))
		return xm_answer_text(r->connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				      "the state was not read in time\n");
	request_suspend(a, r);
	ask_next(a);
	return MHD_YES;
}

static void answer_take(struct xm_answers *a, char *text, size_t size)
{
	struct xm_answer *answer = &a->answers[a->question.format];

	if (answer->response)
		MHD_destroy_response(answer->response);
	answer->response =
		text ? MHD_create_response_from_buffer(size, text, MHD_RESPMEM_MUST_FREE) : NULL;
	if (answer->response) {
		xm_add_headers(answer->response, content_types[a->question.format]);
		answer->at = a->question.since;
		return;
	}
	free(text);
	/* Those who began to wait after the question was asked get the answer too */
	answer->failed = xm_now_ms();
}

static void resume_format(struct xm_answers *a, enum xm_format format)
{
	struct xm_request *next, *r = a->waiting.next;

	for (; r != &a->waiting; r = next) {
		next = r->next;
		if (r->format == format)
			request_resume(r);
	}
}

int xm_answers_receive(struct xm_answers *a)
{
	char *text;
	size_t size;
	int done = xm_question_receive(&a->question, &text, &size);

	if (done < 0)
		a->ended = true;
	if (done <= 0)
		return done;
	answer_take(a, text, size);
	resume_format(a, a->question.format);
	ask_next(a);
	return 0;
}

int xm_answers_limit(struct xm_answers *a)
{
	struct xm_request *next, *r = a->waiting.next;
	int wait = -1;

	for (; r != &a->waiting; r = next) {
		next = r->next;
		if (is_late(a, r)) {
			request_resume(r);
			wait = 0;
		} else if (wait < 0) {
			wait = LATE_TICK_MS;
		}
	}
	return wait;
}

void xm_request_end(struct xm_request *r)
{
	if (r && r->waits)
		request_unlink(r);
	free(r);
}

void xm_answers_end(struct xm_answers *a)
{
	a->ended = true;
	while (a->waiting.next != &a->waiting)
		request_resume(a->waiting.next);
	for (size_t i = 0; i < XM_FORMAT_COUNT; i++)
		if (a->answers[i].response)
			MHD_destroy_response(a->answers[i].response);
	free(a->question.text);
}
