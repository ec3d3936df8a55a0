// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands on additional addresses: limits and refusals, what `show` prints, what is left of the
 * addresses of endpoints that have ended. addresses.c checks the frames.
 */
#include <string.h>

#include "refusal.h"

#define M_ALL  "ff:ff:ff:ff:ff:ff"
#define M_ELSE "02:00:00:00:00:77"
#define M_VRRP "00:00:5e:00:01:33"

static void check_set(int want, const char *text, const char *line)
{
	int code = nt_xm(&refusal_net.host, "%s", line);

	refusal_check(line, code, want, text, NULL);
	refusal_check_unchanged(line);
}

static void refusals(void)
{
	refusal_make_net();
	for (unsigned int i = 1; i < XM_MAX_ADDITIONAL_MACS; i++)
		nt_xm_must(&refusal_net.host, "set e0 address add 02:00:00:00:02:%02x", i);
	nt_xm_must(&refusal_net.host, "set e0 address add " M_VRRP);
	refusal_save_state();
	check_set(2, "8 additional addresses, which is the limit",
		  "set e0 address add 02:00:00:00:02:77");
	check_set(2, "has the additional address " M_VRRP " already", "set e0 address add " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set s0 address add " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set s0 address " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "set e0 address " M_VRRP);
	check_set(2, "an additional one of the endpoint e0", "add e2 link p0 address " M_VRRP);
	check_set(2, "that of the endpoint e0", "set s0 address add 02:00:00:00:00:10");
	check_set(2, "that of the endpoint s0", "set s0 address add 02:00:00:00:00:11");
	check_set(2, "that of the parent p0", "set s0 address add " NT_HOST_MAC);
	check_set(2, "no additional address " M_ELSE, "set e0 address del " M_ELSE);
	check_set(2, "no additional address 02:00:00:00:00:10",
		  "set e0 address del 02:00:00:00:00:10");
	check_set(1, "multicast", "set e0 address add " M_ALL);
	check_set(1, "multicast", "set e0 address add 01:00:5e:00:00:01");
	check_set(1, "zero", "set e0 address del 00:00:00:00:00:00");
	check_set(1, "needs a value", "set e0 address add");
	check_set(1, "'set NAME address add MAC'", "add e2 link p0 address add " M_ELSE);
	nt_xm_must(&refusal_net.host, "del e0");
	nt_xm_must(&refusal_net.host, "set s0 address add " M_VRRP);
	nt_xm_must(&refusal_net.host, "detach p0 force");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q 02:00:00:00:02",
			  refusal_net.host.name),
		  "nothing is left in the parent's filter");
}

/* Who has an address must exist: an endpoint whose namespace has ended does not */
static void ended(void)
{
	struct nt_net net;

	nt_net(&net, 2, 0);
	nt_xm_must(&net.host, "add e1 link p0 netns %s", net.peer[1].name);
	for (int i = 0; i < 5; i++) {
		xmt_must("ip netns add %s-x", net.peer[0].name);
		nt_xm_must(&net.host, "add e0 link p0 netns %s-x", net.peer[0].name);
		nt_xm_must(&net.host, "set e0 address add " M_VRRP);
		xmt_must("ip netns del %s-x", net.peer[0].name);
		xmt_check(!nt_xm(&net.host, "set e1 address add " M_VRRP), "ended: %s",
			  xmt_output());
		nt_xm_must(&net.host, "set e1 address del " M_VRRP);
	}
}

/* Without the records mac_table says what is in the parent's filter */
static void force(void)
{
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	nt_xm_must(&net.host, "set e0 address add " M_VRRP);
	xmt_must("rm /sys/fs/bpf/xmacvlan/*/endpoints");
	nt_xm_must(&net.host, "detach p0 force");
	xmt_check(xmt_run("bridge -n %s fdb show dev p0 | grep -q " M_VRRP, net.host.name),
		  "nothing is left in the parent's filter");
}

/* What `show` prints, in text and JSON; what is kept by an upgrade and a restart of all programs */
static void shown(void)
{
	json_t *doc, *list;
	struct nt_net net;

	nt_net(&net, 1, 0);
	nt_xm_must(&net.host, "add e0 link p0 netns %s", net.peer[0].name);
	nt_xm_must(&net.host, "set e0 mode vepa bclim 2 address add " M_VRRP);
	nt_xm_must(&net.host, "-b - <<END\nset e0 address add " M_ELSE
			      "\nset e0 address del " M_ELSE "\nset e0 addr add 2:0:0:0:0:78\nEND");
	nt_xm_must(&net.host, "upgrade");
	nt_xm_must(&net.host, "show e0");
	xmt_check(!!strstr(xmt_output(), " addresses own (2) " M_VRRP " 02:00:00:00:00:78"),
		  "show: %s", xmt_output());
	doc = nt_xm_json(&net.host, "show e0");
	list = json_object_get(json_array_get(doc, 0), "addresses");
	xmt_check(json_array_size(list) == 2 &&
			  !strcmp(json_string_value(json_array_get(list, 0)), M_VRRP),
		  "show -j: addresses");
	json_decref(doc);
}

static const struct nt_case cases[] = {
	{ "ended", 60, ended },
	{ "force", 60, force },
	{ "refusals", 60, refusals },
	{ "show", 60, shown },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
