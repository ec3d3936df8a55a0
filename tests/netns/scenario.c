// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The scenarios. See scenario.h. */
#include <stdio.h>
#include <string.h>

#include "scenario.h"

#define ADD_X0 "add x0 link p0 netns $ address 02:00:00:00:01:01 "

#define ADD_X1 "add x1 link p0 netns $ address 02:00:00:00:01:02 "

const struct scenario scenarios[] = {
	{.name = "add", .keep = true, .command = ADD_X0 "host on"},
	{.name = "add source",
	 .keep = true,
	 .command = ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	{.name = "add beside", .keep = true, .command = "add x0 link p0 address 02:00:00:00:01:01"},
	{.name = "del", .keep = true, .before = {ADD_X0 "host on"}, .command = "del x0"},
	{.name = "del source",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "del x0"},
	{.name = "set address",
	 .keep = true,
	 .before = {ADD_X0},
	 .command = "set x0 address 02:00:00:00:01:02"},
	{.name = "set macaddr",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "set x0 macaddr set 02:99:00:00:00:02 02:99:00:00:00:03"},
	{.name = "set mode", .keep = true, .before = {ADD_X0}, .command = "set x0 mode vepa"},
	{.name = "leave source",
	 .keep = true,
	 .before = {ADD_X0 "mode source macaddr set 02:99:00:00:00:01 02:99:00:00:00:02"},
	 .command = "set x0 mode private"},
	{.name = "host on", .keep = true, .before = {ADD_X0}, .command = "set x0 host on"},
	{.name = "host off",
	 .keep = true,
	 .before = {ADD_X0 "host on"},
	 .command = "set x0 host off"},
	{.name = "first add", .slow = true, .command = ADD_X0 "host on"},
	{.name = "last del", .slow = true, .before = {ADD_X0 "host on"}, .command = "del x0"},
	{.name = "attach", .slow = true, .command = "attach p0 xdp native"},
	{.name = "xdp on",
	 .before = {"attach p0 xdp off", ADD_X0},
	 .command = "attach p0 xdp native"},
	{.name = "xdp other",
	 .before = {"attach p0 xdp skb", ADD_X0},
	 .command = "attach p0 xdp native"},
	{.name = "xdp off",
	 .before = {"attach p0 xdp native", ADD_X0},
	 .command = "attach p0 xdp off"},
	{.name = "guard",
	 .before = {"attach p0 xdp native", ADD_X0},
	 .command = "attach p0 guard on"},
	{.name = "guard and xdp",
	 .slow = true,
	 .before = {"attach p0 xdp off", ADD_X0},
	 .command = "attach p0 xdp skb guard on"},
	{.name = "detach",
	 .slow = true,
	 .before = {"attach p0 xdp native", ADD_X0 "host on"},
	 .command = "detach p0 force"},
	{.name = "batch add",
	 .slow = true,
	 .before = {"attach p0 xdp off"},
	 .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND"},
	{.name = "batch more",
	 .keep = true,
	 .command = "-b - <<END\n" ADD_X0 "host on\n" ADD_X1 "\nEND"},
	{.name = "batch del",
	 .keep = true,
	 .before = {ADD_X0, ADD_X1},
	 .command = "-b - <<END\ndel x0\ndel x1\n" ADD_X0 "\nEND"},
	{.name = "add passthru",
	 .slow = true,
	 .passthru = true,
	 .command = "add x0 link p0 netns $ mode passthru"},
	{.name = "del passthru",
	 .slow = true,
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru", "set x0 address 02:00:00:00:01:05"},
	 .command = "del x0"},
	{.name = "passthru address",
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru"},
	 .command = "set x0 address 02:00:00:00:01:05"},
	{.name = "nopromisc",
	 .passthru = true,
	 .before = {"add x0 link p0 netns $ mode passthru"},
	 .command = "set x0 nopromisc"},
};

const unsigned int scenario_count = sizeof(scenarios) / sizeof(scenarios[0]);
_Static_assert(sizeof(scenarios) / sizeof(scenarios[0]) <= SCENARIOS_MAX, "too many scenarios");

void scenario_make(struct whole *w, const struct scenario *s)
{
	w->passthru = s->passthru;
	whole_make(w);
	if (s->keep)
		whole_keep(w);
}

void scenario_line(const struct whole *w, const char *line, char *ret, size_t size)
{
	snprintf(ret, size, "exec %s -n %s ", nt_bin(), w->net.host.name);
	for (size_t at = strlen(ret); *line && at < size - 50; line++) {
		if (*line == '$')
			at += snprintf(ret + at, size - at, "%s", w->net.peer[1].name);
		else
			ret[at++] = *line;
		ret[at] = '\0';
	}
}

static void prepare(struct whole *w, const char *line)
{
	char text[512];

	scenario_line(w, line, text, sizeof(text));
	if (xmt_run("%s", text))
		whole_wrong(w, "'%s', which prepares the next step, failed: %s", line,
			    xmt_output());
}

void scenario_set_back(struct whole *w, const struct scenario *s)
{
	nt_xm(&w->net.host, "del x0");
	nt_xm(&w->net.host, "del x1");
	if (!s->keep)
		nt_xm(&w->net.host, "detach p0 force");
	for (int i = 0; i < 4 && s->before[i]; i++)
		prepare(w, s->before[i]);
}

unsigned int scenario_cases(struct nt_case cases[SCENARIOS_MAX], unsigned int timeout_s,
			    void (*run)(void))
{
	for (unsigned int i = 0; i < scenario_count; i++)
		cases[i] = (struct nt_case){scenarios[i].name, timeout_s, run};
	return scenario_count;
}
