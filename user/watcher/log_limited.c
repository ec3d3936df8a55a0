// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Lines about a namespace, a parent or an endpoint: they begin with its names, and their number is
 * limited
 */
#include <stdio.h>
#include <syslog.h>

#include "base/clock.h"
#include "watcher/watcher.h"

struct log_subject subject_watcher(struct log_limit *limit)
{
	return (struct log_subject){ .limit = limit };
}

struct log_subject subject_netns(struct watched_netns *n)
{
	struct log_subject ret = { .limit = &n->limit };

	snprintf(ret.name, sizeof(ret.name), "%s: ", n->ref->label);
	return ret;
}

struct log_subject subject_parent(struct watched_parent *p)
{
	struct log_subject ret = { .limit = &p->limit };

	snprintf(ret.name, sizeof(ret.name), "%s: %s: ", p->netns->ref->label, p->link.name);
	return ret;
}

struct log_subject subject_endpoint(struct watched_endpoint *e)
{
	struct log_subject ret = { .limit = &e->limit };

	snprintf(ret.name, sizeof(ret.name), "%s: %s: %s: ", e->parent->netns->ref->label,
		 e->parent->link.name, e->name);
	return ret;
}

void log_omitted(struct log_subject s)
{
	if (s.limit->omitted)
		log_line(LOG_WARNING, "%s%u more lines in %u s were omitted", s.name,
			 s.limit->omitted, LOG_PERIOD_MS / 1000);
	*s.limit = (struct log_limit){};
}

void log_of(struct log_subject s, int priority, const char *fmt, ...)
{
	int64_t now = xm_now_ms();
	va_list ap;

	if (now - s.limit->since >= LOG_PERIOD_MS) {
		log_omitted(s);
		s.limit->since = now;
	}
	if (s.limit->lines == LOG_BURST) {
		s.limit->omitted++;
		return;
	}
	s.limit->lines++;
	va_start(ap, fmt);
	log_about(priority, s.name, fmt, ap);
	va_end(ap);
}

static bool is_due(const struct log_limit *l)
{
	return l->omitted && xm_now_ms() - l->since >= LOG_PERIOD_MS;
}

static void omitted_of_parent(struct watched_parent *p)
{
	if (is_due(&p->limit))
		log_omitted(subject_parent(p));
	for (uint32_t i = 0; i < p->slots; i++)
		if (p->by_slot[i] && is_due(&p->by_slot[i]->limit))
			log_omitted(subject_endpoint(p->by_slot[i]));
}

void log_all_omitted(struct watcher *w)
{
	if (is_due(&w->lost_events))
		log_omitted(subject_watcher(&w->lost_events));
	for (struct watched_netns *n = w->netns; n; n = n->next) {
		if (is_due(&n->limit))
			log_omitted(subject_netns(n));
		for (struct watched_parent *p = n->parents; p; p = p->next)
			omitted_of_parent(p);
	}
}
