// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See stopped_holder.h. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stopped_holder.h"

#define FILLERS 400 /* adds of a batch, which is stopped long before its end */

#define AT_ONCE_MS 2000
#define AT_MOST_MS 20000
#define SAMPLE_MS  20 /* of CPU time */

static uint64_t cpu_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return now.tv_sec * 1000ull + now.tv_nsec / 1000000;
}

uint64_t holder_at_once_ms(void)
{
	uint64_t begin = nt_now_ms(), end = cpu_ms() + SAMPLE_MS, limit;

	while (cpu_ms() < end)
		;
	/* CPU time costs so many times as much time */
	limit = AT_ONCE_MS * (nt_now_ms() - begin) / SAMPLE_MS;
	limit = limit < AT_ONCE_MS ? AT_ONCE_MS : limit > AT_MOST_MS ? AT_MOST_MS : limit;
	return limit * xmt_slow();
}

int holder_timed_run(const struct xmt_ns *host, const char *options, const char *line, uint64_t *ms)
{
	uint64_t begin = nt_now_ms();
	int code = xmt_run("timeout 60 %s %s -n %s %s 2>&1", nt_bin(), options, host->name, line);

	*ms = nt_now_ms() - begin;
	return code;
}

void holder_check_at_once(const struct xmt_ns *host, const char *line)
{
	uint64_t ms, limit = holder_at_once_ms();
	int code = holder_timed_run(host, "", line, &ms);

	if (ms >= limit) /* others began meanwhile */
		limit = holder_at_once_ms();
	xmt_check(!code && ms < limit, "'%s': code %d after %llu ms %s", line, code,
		  (unsigned long long)ms, code ? xmt_output() : "");
}

pid_t holder_stop(const struct xmt_ns *host, const char *parent)
{
	pid_t pid;

	xmt_must("f=$(mktemp); for i in $(seq %d); do echo add %s-$i link %s; done >$f; "
		 "%s -n %s -b $f >/dev/null 2>&1 & p=$!; i=0; "
		 "until ip -n %s link show %s-1 >/dev/null 2>&1 || [ $i = 2000 ]; do i=$((i+1)); "
		 "done; kill -STOP $p; rm $f; echo $p",
		 FILLERS, parent, parent, nt_bin(), host->name, host->name, parent);
	pid = atoi(xmt_output());
	xmt_undo("kill -KILL %d", pid);
	return pid;
}
