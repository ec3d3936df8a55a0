// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The cost of the counters: the sides with counters have counted, those without have not. */
#include "cases.h"
#include "run.h"

static bool has_counted(const struct side *s)
{
	return !xmt_run("timeout 30 %s -n %s -s -j show e0 | grep -q '\"packets\": *[1-9]'",
			side_command(s), s->node[HOST].name);
}

void counters_end(struct side *sides, unsigned int n, const struct bench_case *c)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		if (has_counted(&sides[i]) == sides[i].uncounted)
			xmt_fail("%s, %s: its programs count %s", c->name, sides[i].name,
				 sides[i].uncounted ? "frames" : "nothing");
}
