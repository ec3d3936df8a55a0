// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What refusals have in common. See refusal.h. */
#include <stdio.h>
#include <string.h>

#include "refusal.h"

struct nt_net refusal_net;
static char before[65536];

/*
 * All that a refused command could have changed: records, devices, pins. ip's complaints are not state:
 * it makes one about each namespace that another run deletes meanwhile.
 */
static void take(char *ret, size_t size)
{
	size_t at;

	xmt_run("%s -n %s -j -s show; ip -n %s -d -o link 2>/dev/null; "
		"ip -n %s -d -o link 2>/dev/null; bridge -n %s fdb show dev p0; tc -n %s qdisc "
		"show; "
		"find /sys/fs/bpf/xmacvlan | sort",
		nt_bin(), refusal_net.host.name, refusal_net.host.name, refusal_net.peer[0].name,
		refusal_net.host.name, refusal_net.host.name);
	snprintf(ret, size, "%s", xmt_output());
	at = strlen(ret);
	xmt_run("ip -n %s -o link 2>/dev/null", refusal_net.wire.name);
	snprintf(ret + at, size - at, "\n%s", xmt_output());
}

void refusal_check_unchanged(const char *what)
{
	static char now[65536];

	take(now, sizeof(now));
	if (!strcmp(before, now)) {
		xmt_pass(NULL);
		return;
	}
	xmt_fail("%s: something has changed\n--- before\n%s\n--- now\n%s", what, before, now);
	memcpy(before, now, sizeof(before));
}

bool refusal_is_one_line(const char *text)
{
	return text[0] && !strchr(text, '\n');
}

void refusal_check(const char *what, int code, int want, const char *says, const char *too)
{
	const char *out = xmt_output();

	xmt_check(code == want && refusal_is_one_line(out) && strstr(out, says) &&
			  (!too || strstr(out, too)),
		  "%s: %d \"%s\"", what, code, out);
}

/* p0 with e0 (bridge) and s0 (source), e0 in a namespace, s0 beside the parent */
void refusal_make_net(void)
{
	nt_net(&refusal_net, 1, 0);
	nt_xm_must(&refusal_net.host,
		   "add e0 link p0 address 02:00:00:00:00:10 netns %s ifname eth0",
		   refusal_net.peer[0].name);
	nt_xm_must(&refusal_net.host, "add s0 link p0 address 02:00:00:00:00:11 mode source");
	nt_settle(
		&refusal_net
			 .host); /* what linkwatch changes later would be taken for a change of ours */
}

void refusal_save_state(void)
{
	take(before, sizeof(before));
}
