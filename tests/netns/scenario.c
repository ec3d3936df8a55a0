// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The scenarios. See scenario.h. */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

#include "leftovers.h"
#include "scenario.h"

#define LISTED "02:99:00:00:00:01 02:99:00:00:00:02"

#define ADD_X0 "add x0 link p0 netns $ address 02:00:00:00:01:01 "

#define ADD_X1 "add x1 link p0 netns $ address 02:00:00:00:01:02 "

const struct scenario scenarios[] = {
	{ .name = "add", .keep = true, .command = ADD_X0 "host on" },
	{ .name = "add source", .keep = true, .command = ADD_X0 "mode source macaddr set " LISTED },
	{ .name = "add beside",
	  .keep = true,
	  .command = "add x0 link p0 address 02:00:00:00:01:01" },
	{ .name = "del", .keep = true, .before = { ADD_X0 "host on" }, .command = "del x0" },
	{ .name = "del source",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "del x0" },
	{ .name = "set address",
	  .keep = true,
	  .before = { ADD_X0 },
	  .command = "set x0 address 02:00:00:00:01:02" },
	{ .name = "set macaddr",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr set 02:99:00:00:00:02 02:99:00:00:00:03" },
	{ .name = "set mode", .keep = true, .before = { ADD_X0 }, .command = "set x0 mode vepa" },
	{ .name = "macaddr add",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr add 02:99:00:00:00:03" },
	{ .name = "macaddr del",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED,
		      ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr del 02:99:00:00:00:01" },
	{ .name = "macaddr flush",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED,
		      ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr flush" },
	{ .name = "enter source",
	  .keep = true,
	  .before = { ADD_X0, ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 mode source nodst macaddr set " LISTED },
	{ .name = "dst",
	  .keep = true,
	  .before = { ADD_X0 "mode source nodst macaddr set " LISTED },
	  .command = "set x0 dst" },
	{ .name = "set all",
	  .keep = true,
	  .before = { ADD_X0 },
	  .command = "set x0 mode private address 02:00:00:00:01:02 host on spoofchk off "
		     "bcqueuelen 500 bclim 3" },
	{ .name = "show",
	  .keep = true,
	  .before = { ADD_X0, ADD_X1 "mode source macaddr set " LISTED },
	  .command = "-s show" },
	{ .name = "leave source",
	  .keep = true,
	  .before = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 mode private" },
	{ .name = "host on", .keep = true, .before = { ADD_X0 }, .command = "set x0 host on" },
	{ .name = "host off",
	  .keep = true,
	  .before = { ADD_X0 "host on" },
	  .command = "set x0 host off" },
	{ .name = "first add", .slow = true, .command = ADD_X0 "host on" },
	{ .name = "last del", .slow = true, .before = { ADD_X0 "host on" }, .command = "del x0" },
	{ .name = "attach", .slow = true, .command = "attach p0 xdp native" },
	{ .name = "xdp on",
	  .keep = true,
	  .before = { "attach p0 xdp off guard off", ADD_X0 },
	  .command = "attach p0 xdp native" },
	{ .name = "xdp other",
	  .keep = true,
	  .before = { "attach p0 xdp skb guard off", ADD_X0 },
	  .command = "attach p0 xdp native" },
	{ .name = "xdp auto",
	  .keep = true,
	  .before = { "attach p0 xdp skb guard off", ADD_X0 },
	  .command = "attach p0 xdp auto" },
	{ .name = "xdp off",
	  .keep = true,
	  .before = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 xdp off" },
	{ .name = "guard",
	  .keep = true,
	  .before = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 guard on" },
	{ .name = "guard off and xdp",
	  .keep = true,
	  .before = { "attach p0 xdp skb guard on", ADD_X0 },
	  .command = "attach p0 xdp native guard off" },
	{ .name = "guard and xdp",
	  .keep = true,
	  .before = { "attach p0 xdp off guard off", ADD_X0 },
	  .command = "attach p0 xdp skb guard on" },
	{ .name = "upgrade",
	  .keep = true,
	  .before = { "attach p0 xdp skb guard off", ADD_X0 "host on" },
	  .command = "upgrade p0" },
	{ .name = "detach",
	  .slow = true,
	  .partial = true,
	  .before = { "attach p0 xdp native", ADD_X0 "host on" },
	  .command = "detach p0 force" },
	{ .name = "batch add",
	  .slow = true,
	  .partial = true,
	  .before = { "attach p0 xdp off" },
	  .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND" },
	{ .name = "batch more",
	  .keep = true,
	  .partial = true,
	  .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND" },
	{ .name = "batch del",
	  .keep = true,
	  .partial = true,
	  .before = { ADD_X0, ADD_X1 },
	  .command = "-b - <<END\ndel x0\ndel x1\n" ADD_X0 "\nEND" },
	{ .name = "add passthru",
	  .slow = true,
	  .passthru = true,
	  .command = "add x0 link p0 netns $ mode passthru" },
	{ .name = "del passthru",
	  .slow = true,
	  .passthru = true,
	  .before = { "add x0 link p0 netns $ mode passthru", "set x0 address 02:00:00:00:01:05" },
	  .command = "del x0" },
	{ .name = "passthru address",
	  .passthru = true,
	  .before = { "add x0 link p0 netns $ mode passthru" },
	  .command = "set x0 address 02:00:00:00:01:05" },
	{ .name = "nopromisc",
	  .passthru = true,
	  .before = { "add x0 link p0 netns $ mode passthru" },
	  .command = "set x0 nopromisc" },
	{ .name = "promisc",
	  .passthru = true,
	  .before = { "add x0 link p0 netns $ mode passthru nopromisc" },
	  .command = "set x0 promisc host on" },
};

const unsigned int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
_Static_assert(sizeof(scenarios) / sizeof(scenarios[0]) <= SCENARIOS_MAX, "too many scenarios");

void scenario_make(struct invariants *inv, const struct scenario *s)
{
	inv->passthru = s->passthru;
	invariants_make_net(inv);
	if (s->keep)
		invariants_add_k0(inv);
}

void scenario_line(const struct invariants *inv, const char *line, char *ret, size_t size)
{
	snprintf(ret, size, "exec %s -n %s ", nt_bin(), inv->net.host.name);
	for (size_t at = strlen(ret); *line && at < size - 50; line++) {
		if (*line == '$')
			at += snprintf(ret + at, size - at, "%s", inv->net.peer[1].name);
		else
			ret[at++] = *line;
		ret[at] = '\0';
	}
}

static void prepare(struct invariants *inv, const char *line)
{
	char text[512];

	scenario_line(inv, line, text, sizeof(text));
	if (xmt_run("%s", text))
		invariants_fail(inv, "'%s', which prepares the next step, failed: %s", line,
				xmt_output());
}

void scenario_set_back(struct invariants *inv, const struct scenario *s)
{
	nt_xm(&inv->net.host, "del x0");
	nt_xm(&inv->net.host, "del x1");
	if (!s->keep)
		nt_xm(&inv->net.host, "detach p0 force");
	for (int i = 0; i < 4 && s->before[i]; i++)
		prepare(inv, s->before[i]);
}

void scenario_end(struct invariants *inv, const struct scenario *s)
{
	nt_xm(&inv->net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&inv->net.host) && !invariants_filter_entries(inv),
		  "%s: in the end %s is left", s->name,
		  leftovers_on_parent(&inv->net.host) ?: "nothing");
}

void *scenario_totals(size_t size)
{
	void *ret = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (ret == MAP_FAILED)
		xmt_die("mmap: %s", strerror(errno));
	return ret;
}

void scenario_main(int argc, char **argv, unsigned int timeout_s, void (*run)(void),
		   void (*sum)(void))
{
	static struct nt_case cases[SCENARIOS_MAX + 1];

	for (unsigned int i = 0; i < scenario_count; i++)
		cases[i] = (struct nt_case){ scenarios[i].name, timeout_s, run };
	cases[scenario_count] = (struct nt_case){ "sum", 5, sum };
	nt_main(argc, argv, cases, scenario_count + 1);
}
