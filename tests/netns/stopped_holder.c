// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See stopped_holder.h. */
#include <stdio.h>
#include <stdlib.h>

#include "stopped_holder.h"

#define FILLERS 400 /* adds of a batch, which is stopped long before its end */

#define AT_ONCE_MS 2000

uint64_t holder_at_once_ms(void)
{
	return nt_busy_limit_ms(AT_ONCE_MS);
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
