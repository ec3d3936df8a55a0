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

#define FDB_ADD(last) "bridge -n $ fdb add 02:00:00:00:01:" last " dev x0 self"

#define ADD_TAP "add x0 link p0 type tap address 02:00:00:00:01:01 "

#define ADD_NETKIT "add x0 link p0 type netkit netns $ address 02:00:00:00:01:01 "

#define ADD_TAP1 "add x1 link p0 type tap address 02:00:00:00:01:02 "
#define ADD_X1	 "add x1 link p0 netns $ address 02:00:00:00:01:02 "

const struct scenario scenarios[] = {
	{ .name = "add", .with_k0 = true, .command = ADD_X0 "host on" },
	{ .name = "add source",
	  .with_k0 = true,
	  .command = ADD_X0 "mode source macaddr set " LISTED },
	{ .name = "add beside",
	  .with_k0 = true,
	  .command = "add x0 link p0 address 02:00:00:00:01:01" },
	{ .name = "del", .with_k0 = true, .setup = { ADD_X0 "host on" }, .command = "del x0" },
	{ .name = "add source beside bridge", /* the full programs replace the plain ones */
	  .setup = { ADD_X0 },
	  .command = ADD_X1 "mode source macaddr set " LISTED },
	{ .name = "del source",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "del x0" },
	{ .name = "set address",
	  .with_k0 = true,
	  .setup = { ADD_X0 },
	  .command = "set x0 address 02:00:00:00:01:02" },
	{ .name = "address add",
	  .with_k0 = true,
	  .setup = { ADD_X0, "set x0 address add 02:00:00:00:01:07" },
	  .command = "set x0 address add 02:00:00:00:01:08" },
	{ .name = "address del",
	  .with_k0 = true,
	  .setup = { ADD_X0, "set x0 address add 02:00:00:00:01:07" },
	  .command = "set x0 host on address del 02:00:00:00:01:07" },
	{ .name = "del with an additional address",
	  .with_k0 = true,
	  .setup = { ADD_X0, "set x0 address add 02:00:00:00:01:07" },
	  .command = "del x0" },
	{ .name = "addresses follow",
	  .with_k0 = true,
	  .setup = { ADD_X0, "set x0 address add 02:00:00:00:01:08" },
	  .shell = FDB_ADD("07") " && " FDB_ADD("09"),
	  .command = "set x0 addresses follow" },
	{ .name = "addresses own",
	  .with_k0 = true,
	  .setup = { ADD_X0 "addresses follow", "set x0 address add 02:00:00:00:01:08" },
	  .shell = FDB_ADD("07") " && " FDB_ADD("09"),
	  .command = "set x0 addresses own" },
	{ .name = "macaddr set",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr set 02:99:00:00:00:02 02:99:00:00:00:03" },
	{ .name = "set mode", .with_k0 = true, .setup = { ADD_X0 }, .command = "set x0 mode vepa" },
	{ .name = "macaddr add",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr add 02:99:00:00:00:03" },
	{ .name = "macaddr del",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED,
		     ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr del 02:99:00:00:00:01" },
	{ .name = "macaddr flush",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED,
		     ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 macaddr flush" },
	{ .name = "set mode source",
	  .with_k0 = true,
	  .setup = { ADD_X0, ADD_X1 "mode source macaddr set " LISTED },
	  .command = "set x0 mode source nodst macaddr set " LISTED },
	{ .name = "set dst",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source nodst macaddr set " LISTED },
	  .command = "set x0 dst" },
	{ .name = "set all options",
	  .with_k0 = true,
	  .setup = { ADD_X0 },
	  .command = "set x0 mode private address 02:00:00:00:01:02 host on spoofchk off "
		     "trust off bcqueuelen 500 bclim 3" },
	{ .name = "sync",
	  .with_k0 = true,
	  .setup = { ADD_X0, ADD_X1 "mode source macaddr set " LISTED },
	  .command = "sync" },
	{ .name = "set mode, from source",
	  .with_k0 = true,
	  .setup = { ADD_X0 "mode source macaddr set " LISTED },
	  .command = "set x0 mode private" },
	{ .name = "set host on",
	  .with_k0 = true,
	  .setup = { ADD_X0 },
	  .command = "set x0 host on" },
	{ .name = "set host off",
	  .with_k0 = true,
	  .setup = { ADD_X0 "host on" },
	  .command = "set x0 host off" },
	{ .name = "first add", .command = ADD_X0 "host on" },
	{ .name = "last del", .setup = { ADD_X0 "host on" }, .command = "del x0" },
	{ .name = "attach", .command = "attach p0 xdp native" },
	{ .name = "xdp off to native",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp off guard off", ADD_X0 },
	  .command = "attach p0 xdp native" },
	{ .name = "xdp skb to native",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp skb guard off", ADD_X0 },
	  .command = "attach p0 xdp native" },
	{ .name = "xdp skb to auto",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp skb guard off", ADD_X0 },
	  .command = "attach p0 xdp auto" },
	{ .name = "xdp native to off",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 xdp off" },
	{ .name = "guard on",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 guard on" },
	{ .name = "guard off and xdp native",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp skb guard on", ADD_X0 },
	  .command = "attach p0 xdp native guard off" },
	{ .name = "guard on and xdp skb",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp off guard off", ADD_X0 },
	  .command = "attach p0 xdp skb guard on" },
	{ .name = "neigh direct",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 neigh direct" },
	{ .name = "neigh flood and xdp skb",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp native guard off neigh direct", ADD_X0 },
	  .command = "attach p0 xdp skb neigh flood" },
	{ .name = "fanout on",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp native guard off", ADD_X0 },
	  .command = "attach p0 fanout on" },
	/* Without k0 each run begins with plain programs, which the command replaces */
	{ .name = "set mode source, plain",
	  .setup = { "attach p0 xdp native guard off", ADD_X0 "host on", ADD_X1 },
	  .command = "set x0 mode source nodst macaddr set " LISTED },
	{ .name = "batch set mode, plain",
	  .several = true,
	  .setup = { "attach p0 xdp off guard off", ADD_X0 "host on", ADD_X1 },
	  .command = "-b - <<END\nset x0 mode source macaddr set " LISTED
		     "\ndel x1\nset x0 mode private\nEND" },
	{ .name = "neigh direct, plain",
	  .setup = { "attach p0 xdp off guard off", ADD_X0 "host on", ADD_TAP1 },
	  .command = "attach p0 neigh direct" },
	{ .name = "fanout on, plain",
	  .setup = { "attach p0 xdp native guard off", ADD_X0 "host on", ADD_X1 },
	  .command = "attach p0 fanout on" },
	{ .name = "upgrade",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp skb guard off", ADD_X0 "host on" },
	  .command = "upgrade p0" },
	{ .name = "detach",
	  .several = true,
	  .setup = { "attach p0 xdp native", ADD_X0 "host on" },
	  .command = "detach p0 force" },
	{ .name = "batch add",
	  .several = true,
	  .setup = { "attach p0 xdp off" },
	  .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND" },
	{ .name = "batch add, k0 exists",
	  .with_k0 = true,
	  .several = true,
	  .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND" },
	{ .name = "batch del and add",
	  .with_k0 = true,
	  .several = true,
	  .setup = { ADD_X0, ADD_X1 },
	  .command = "-b - <<END\ndel x0\ndel x1\n" ADD_X0 "\nEND" },
	{ .name = "add tap", .with_k0 = true, .command = ADD_TAP "host on user 65534 queues 2" },
	{ .name = "del tap", .with_k0 = true, .setup = { ADD_TAP }, .command = "del x0" },
	{ .name = "set address, tap",
	  .with_k0 = true,
	  .setup = { ADD_TAP },
	  .command = "set x0 address 02:00:00:00:01:02 host on" },
	{ .name = "first add, tap", .command = ADD_TAP "host on" },
	{ .name = "sync with a tap",
	  .with_k0 = true,
	  .setup = { ADD_TAP, ADD_X1 },
	  .command = "sync" },
	{ .name = "upgrade with a tap",
	  .with_k0 = true,
	  .setup = { "attach p0 xdp skb guard off", ADD_TAP "host on" },
	  .command = "upgrade p0" },
	{ .name = "batch, taps and veths",
	  .with_k0 = true,
	  .several = true,
	  .setup = { ADD_TAP },
	  .command = "-b - <<END\ndel x0\n" ADD_X1 "\n" ADD_TAP "\ndel x1\nEND" },
	{ .name = "detach, taps and veths",
	  .several = true,
	  .setup = { "attach p0 xdp native", ADD_TAP "host on", ADD_X1 },
	  .command = "detach p0 force" },
	{ .name = "add netkit", .netkit = true, .with_k0 = true, .command = ADD_NETKIT "host on" },
	{ .name = "del netkit",
	  .netkit = true,
	  .with_k0 = true,
	  .setup = { ADD_NETKIT },
	  .command = "del x0" },
	{ .name = "set address, netkit",
	  .netkit = true,
	  .with_k0 = true,
	  .setup = { ADD_NETKIT },
	  .command = "set x0 address 02:00:00:00:01:02 host on" },
	{ .name = "first add, netkit", .netkit = true, .command = ADD_NETKIT "host on" },
	{ .name = "upgrade with a netkit",
	  .netkit = true,
	  .with_k0 = true,
	  .setup = { ADD_NETKIT "host on" },
	  .command = "upgrade p0" },
	{ .name = "batch, netkits and veths",
	  .netkit = true,
	  .with_k0 = true,
	  .several = true,
	  .setup = { ADD_NETKIT },
	  .command = "-b - <<END\ndel x0\n" ADD_X1 "\n" ADD_NETKIT "\ndel x1\nEND" },
	{ .name = "detach, netkits and veths",
	  .netkit = true,
	  .several = true,
	  .setup = { "attach p0 xdp native", ADD_NETKIT "host on", ADD_X1 },
	  .command = "detach p0 force" },
	{ .name = "add passthru tap",
	  .passthru = true,
	  .command = "add x0 link p0 type tap mode passthru" },
	{ .name = "add passthru",
	  .passthru = true,
	  .command = "add x0 link p0 netns $ mode passthru" },
	{ .name = "del passthru",
	  .passthru = true,
	  .setup = { "add x0 link p0 netns $ mode passthru", "set x0 address 02:00:00:00:01:05" },
	  .command = "del x0" },
	{ .name = "set address, passthru",
	  .passthru = true,
	  .setup = { "add x0 link p0 netns $ mode passthru" },
	  .command = "set x0 address 02:00:00:00:01:05" },
	{ .name = "address add, passthru",
	  .passthru = true,
	  .setup = { "add x0 link p0 netns $ mode passthru nopromisc" },
	  .command = "set x0 promisc address add 02:00:00:00:01:07" },
	{ .name = "set nopromisc",
	  .passthru = true,
	  .setup = { "add x0 link p0 netns $ mode passthru" },
	  .command = "set x0 nopromisc" },
	{ .name = "set promisc",
	  .passthru = true,
	  .setup = { "add x0 link p0 netns $ mode passthru nopromisc" },
	  .command = "set x0 promisc host on" },
};

const unsigned int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
_Static_assert(sizeof(scenarios) / sizeof(scenarios[0]) <= SCENARIOS_MAX, "too many scenarios");

void scenario_make_net(struct invariants *inv, const struct scenario *s)
{
	if (s->netkit)
		nt_need_netkit();
	inv->passthru = s->passthru;
	invariants_make_net(inv);
	if (s->with_k0)
		invariants_add_k0(inv);
}

/* Appends the line; $ is the namespace net.peer[1] */
static void append_line(const struct invariants *inv, const char *line, char *to, size_t size)
{
	for (size_t at = strlen(to); *line && at < size - 50; line++) {
		if (*line == '$')
			at += snprintf(to + at, size - at, "%s", inv->net.peer[1].name);
		else
			to[at++] = *line;
		to[at] = '\0';
	}
}

void scenario_line(const struct invariants *inv, const char *line, char *ret, size_t size)
{
	snprintf(ret, size, "exec %s -n %s ", nt_bin(), inv->net.host.name);
	append_line(inv, line, ret, size);
}

static void scenario_run_setup(struct invariants *inv, const char *line)
{
	char text[512];

	scenario_line(inv, line, text, sizeof(text));
	if (xmt_run("%s", text))
		invariants_fail(inv, "setup command '%s' failed: %s", line, xmt_output());
}

void scenario_reset(struct invariants *inv, const struct scenario *s)
{
	char text[256] = "";

	nt_xm(&inv->net.host, "del x0");
	nt_xm(&inv->net.host, "del x1");
	if (!s->with_k0)
		nt_xm(&inv->net.host, "detach p0 force");
	for (int i = 0; i < 4 && s->setup[i]; i++)
		scenario_run_setup(inv, s->setup[i]);
	if (!s->shell)
		return;
	append_line(inv, s->shell, text, sizeof(text));
	xmt_must("%s", text);
}

void scenario_end(struct invariants *inv, const struct scenario *s)
{
	nt_xm(&inv->net.host, "detach p0 force");
	xmt_check(!leftovers_on_parent(&inv->net.host) && !invariants_filter_entries(inv),
		  "%s: after detach, left on p0: %s", s->name,
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
