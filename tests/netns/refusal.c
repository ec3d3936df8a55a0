// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Checks of every refusal. See refusal.h. */
#include <stdio.h>
#include <string.h>

#include "refusal.h"

struct nt_net refusal_net;
static char saved_state[65536];

/*
 * Everything that a refused command could have changed: records, devices, pins. The stderr of ip is
 * dropped: ip complains about each namespace that another run deletes at that moment.
 */
static void refusal_read_state(char *ret, size_t size)
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

	refusal_read_state(now, sizeof(now));
	if (!strcmp(saved_state, now)) {
		xmt_pass(NULL);
		return;
	}
	xmt_fail("%s: the state has changed\n--- before\n%s\n--- now\n%s", what, saved_state, now);
	memcpy(saved_state, now, sizeof(saved_state));
}

int refusal_run(const char *line)
{
	return xmt_run("timeout -k 2 20 %s -n %s %s 2>&1 >/dev/null", nt_bin(),
		       refusal_net.host.name, line);
}

const char *refusal_pin_dir(void)
{
	static char path[512];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n*-%u", xmt_ifindex(&refusal_net.host, "p0"));
	snprintf(path, sizeof(path), "%s", xmt_output());
	return path;
}

bool refusal_is_one_line(const char *text)
{
	return text[0] && !strchr(text, '\n');
}

void refusal_check(const char *what, int code, int want, const char *text, const char *too)
{
	const char *out = xmt_output();

	xmt_check(code == want && refusal_is_one_line(out) && strstr(out, text) &&
			  (!too || strstr(out, too)),
		  "%s: code %d, \"%s\"", what, code, out);
}

void refusal_make_net(void)
{
	nt_net(&refusal_net, 1, 0);
	nt_xm_must(&refusal_net.host,
		   "add e0 link p0 address 02:00:00:00:00:10 netns %s ifname eth0",
		   refusal_net.peer[0].name);
	nt_xm_must(&refusal_net.host, "add s0 link p0 address 02:00:00:00:00:11 mode source");
	/* linkwatch must not change the state after it has been saved */
	nt_wait_net(&refusal_net);
}

void refusal_save_state(void)
{
	refusal_read_state(saved_state, sizeof(saved_state));
}
