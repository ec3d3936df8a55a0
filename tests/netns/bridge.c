// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A bridge as the parent. It has learned the MAC of an endpoint on a port, as it has when the MAC
 * moved here from another machine. The same frames go to kernel macvlans on a bridge and to
 * endpoints on a bridge of the same kind, and must reach the same receivers.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "ip.h"
#include "probe.h"

#define M_VM	"02:00:00:00:00:03"
#define M_E0	"02:00:00:00:00:10" /* learned on port p1 */
#define M_E1	"02:00:00:00:00:11"
#define M_ELSE	"02:00:00:00:00:77" /* of no device */
#define M_ALL	"ff:ff:ff:ff:ff:ff"
#define M_GROUP "01:00:5e:01:02:03"

enum who { WIRE, VM, HOST, E0, E1, WHO_COUNT };

static const char *const names[WHO_COUNT] = { "wire", "vm", "host", "e0", "e1" };

static const struct row {
	const char *name;
	enum who from;
	const char *dst, *src;
} rows[] = {
	{ "wire to e0", WIRE, M_E0, NT_WIRE_MAC },
	{ "vm to e0", VM, M_E0, M_VM },
	{ "wire to e1", WIRE, M_E1, NT_WIRE_MAC },
	{ "vm to e1", VM, M_E1, M_VM },
	{ "wire to all", WIRE, M_ALL, NT_WIRE_MAC },
	{ "vm to all", VM, M_ALL, M_VM },
	{ "wire to a group", WIRE, M_GROUP, NT_WIRE_MAC },
	{ "vm to a group", VM, M_GROUP, M_VM },
	{ "wire to host", WIRE, NT_HOST_MAC, NT_WIRE_MAC },
	{ "wire to vm", WIRE, M_VM, NT_WIRE_MAC },
	{ "vm to wire", VM, NT_WIRE_MAC, M_VM },
	{ "wire to another MAC", WIRE, M_ELSE, NT_WIRE_MAC },
	{ "e0 to wire", E0, NT_WIRE_MAC, M_E0 },
	{ "e0 to vm", E0, M_VM, M_E0 },
	{ "e0 to e1", E0, M_E1, M_E0 },
	{ "e0 to host", E0, NT_HOST_MAC, M_E0 },
	{ "e0 to all", E0, M_ALL, M_E0 },
	{ "e0 to a group", E0, M_GROUP, M_E0 },
	{ "host to e0", HOST, M_E0, NT_HOST_MAC },
	{ "host to all", HOST, M_ALL, NT_HOST_MAC },
	{ "vm to all, with the MAC of e1", VM, M_ALL, M_E1 }, /* the MAC moves to another machine */
	{ "wire to e1 then", WIRE, M_E1, NT_WIRE_MAC },
	{ "host to e1 then", HOST, M_E1, NT_HOST_MAC },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

struct side {
	struct xmt_ns wire, vm, host, peer[2];
	struct probe_set set;
	int send[WHO_COUNT];
};

static void side_send_sentinels(void *arg, uint64_t id)
{
	struct side *s = arg;

	probe_send(s->send[WIRE], M_ALL, M_ELSE, id);
	probe_send(s->send[VM], M_ALL, M_ELSE, id);
}

static void side_make_bridge(struct side *s, const char *tag, const char *options)
{
	const char *host;
	char name[24];
	struct xmt_ns *const all[] = { &s->wire, &s->vm, &s->host, &s->peer[0], &s->peer[1] };

	for (int i = 0; i < 5; i++) {
		snprintf(name, sizeof(name), "%s%d", tag, i);
		xmt_ns_add(all[i], name, 0);
	}
	host = s->host.name;
	xmt_veth(&s->wire, "w0", NT_WIRE_MAC, &s->host, "p0", NULL);
	xmt_veth(&s->vm, "v0", M_VM, &s->host, "p1", NULL);
	/* The querier counts when one interval has passed: it is set before the querier is on */
	xmt_must("ip -n %s link add br0 address " NT_HOST_MAC
		 " type bridge mcast_query_response_interval 20 && "
		 "ip -n %s link set br0 type bridge %s && "
		 "ip -n %s link set br0 addrgenmode none up && ip -n %s link set p0 master br0 && "
		 "ip -n %s link set p1 master br0",
		 host, host, options, host, host, host);
	s->send[WIRE] = probe_sender(&s->wire, "w0");
	s->send[VM] = probe_sender(&s->vm, "v0");
}

/* The bridge learns the MAC of e0 on p1 */
static void side_teach(struct side *s)
{
	for (int i = 0; i < 100; i++) {
		probe_send(s->send[VM], M_ALL, M_E0, probe_next());
		xmt_must("bridge -n %s fdb show br br0", s->host.name);
		if (strstr(xmt_output(), M_E0 " dev p1"))
			return;
		usleep(20000);
	}
	xmt_die("br0 does not learn " M_E0);
}

static void side_add(struct side *s, bool kernel, int i, const char *mode)
{
	const char *mac = i ? M_E1 : M_E0, *ns = s->peer[i].name;
	bool source = !strcmp(mode, "source");

	if (kernel) {
		xmt_must("ip -n %s link add %s link br0 address %s netns %s type macvlan mode %s",
			 s->host.name, names[E0 + i], mac, ns, mode);
		if (source)
			xmt_must("ip -n %s link set %s type macvlan macaddr set %s %s", ns,
				 names[E0 + i], NT_WIRE_MAC, M_ELSE);
	} else {
		nt_xm_must(&s->host, "add %s link br0 netns %s mode %s%s%s", names[E0 + i], ns,
			   mode, strcmp(mode, "passthru") ? " address " : "",
			   strcmp(mode, "passthru") ? mac : "");
		if (source)
			nt_xm_must(&s->host, "set %s macaddr set %s %s", names[E0 + i], NT_WIRE_MAC,
				   M_ELSE);
	}
	/* No report of the membership is sent: no snooping bridge hears of it */
	xmt_must("ip -n %s link set %s addrgenmode none up && ip -n %s maddr add " M_GROUP
		 " dev %s",
		 ns, names[E0 + i], ns, names[E0 + i]);
}

static void side_open(struct side *s, bool second)
{
	probe_add(&s->set, names[WIRE], &s->wire, "w0", ETH_P_ALL);
	probe_add(&s->set, names[VM], &s->vm, "v0", ETH_P_ALL);
	probe_add(&s->set, names[HOST], &s->host, "br0", ETH_P_IP);
	s->send[HOST] = probe_sender(&s->host, "br0");
	for (int i = 0; i < 1 + second; i++) {
		probe_add(&s->set, names[E0 + i], &s->peer[i], names[E0 + i], ETH_P_ALL);
		s->send[E0 + i] = probe_sender(&s->peer[i], names[E0 + i]);
	}
	s->set.sentinels = side_send_sentinels;
	s->set.arg = s;
}

static void side_make(struct side *s, bool kernel, const char *mode, const char *options)
{
	bool second = strcmp(mode, "passthru");

	side_make_bridge(s, kernel ? "k" : "x", options);
	side_teach(s);
	for (int i = 0; i < 1 + second; i++)
		side_add(s, kernel, i, mode);
	nt_wait_operstate(&s->host);
	usleep(500000 * xmt_slow()); /* the querier: mcast_query_response_interval has passed */
	side_open(s, second);
}

/* The receivers of a frame. `expect`: where to wait for it. */
static uint32_t side_receivers(struct side *s, const struct row *row, uint32_t expect, bool *twice)
{
	uint64_t id = probe_next();

	probe_send(s->send[row->from], row->dst, row->src, id);
	return probe_collect(&s->set, id, expect, twice);
}

/* A kernel without CONFIG_BRIDGE_VLAN_FILTERING refuses the option */
static bool options_work(const char *options)
{
	struct xmt_ns ns;
	int err;

	xmt_ns_add(&ns, "options", 0);
	err = xmt_run("ip -n %s link add br0 type bridge && ip -n %s link set br0 type bridge %s",
		      ns.name, ns.name, options);
	xmt_ns_del(&ns);
	return !err;
}

static void check_row(const char *what, struct side *kernel, struct side *ours,
		      const struct row *row)
{
	uint32_t left, right;
	bool twice;

	left = side_receivers(kernel, row, 0, &twice);
	right = side_receivers(ours, row, left, &twice);
	xmt_check(left == right && !twice, "%s: %s: with macvlan %s%s%s", what, row->name,
		  probe_text(&kernel->set, left), left == right ? "" : ", with xmacvlan ",
		  left == right ? "" : probe_text(&ours->set, right));
}

static void check_mode(const char *mode, const char *options)
{
	struct side kernel = {}, ours = {};

	if (!options_work(options)) {
		xmt_skip("%s: this kernel's bridge has no \"%s\"", mode, options);
		return;
	}
	nt_one_cpu();
	side_make(&kernel, true, mode, options);
	side_make(&ours, false, mode, options);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		check_row(mode, &kernel, &ours, &rows[i]);
}

#define SNOOPING "mcast_snooping 1"
#define QUERIER	 "mcast_querier 1"
#define VLANS	 "vlan_filtering 1"

#define MODE(name, mode, options)                                                                  \
	static void name(void)                                                                     \
	{                                                                                          \
		check_mode(mode, options);                                                         \
	}
MODE(bridge_mode, "bridge", SNOOPING)
MODE(bridge_mode_querier, "bridge", QUERIER)
MODE(bridge_mode_vlans, "bridge", VLANS)
MODE(vepa_mode, "vepa", QUERIER)
MODE(private_mode, "private", QUERIER)
MODE(source_mode, "source", QUERIER)
MODE(passthru_mode, "passthru", QUERIER)
MODE(passthru_mode_vlans, "passthru", VLANS)

/* The host and an endpoint with host access, while ports join br0 and its MAC changes with them */
static void host_access(void)
{
	struct nt_station wire, host, e0;
	struct nt_net net;
	uint8_t before[6] = {}, after[6] = {};

	nt_one_cpu();
	nt_net(&net, 1, XMT_NS_IPV6);
	xmt_must("ip -n %s link add br0 type bridge && ip -n %s link set p0 master br0 && "
		 "ip -n %s link set br0 addrgenmode none up",
		 net.host.name, net.host.name, net.host.name);
	nt_station(&wire, &net.wire, "w0", NT_ID_WIRE);
	nt_station(&host, &net.host, "br0", NT_ID_HOST);
	nt_xm_must(&net.host, "add e0 link br0 address " M_E0 " netns %s host on",
		   net.peer[0].name);
	xmt_must("ip -n %s link set e0 addrgenmode none up", net.peer[0].name);
	nt_wait_net(&net);
	nt_station(&e0, &net.peer[0], "e0", 16);
	ip_check_ping("host access", &host, &e0);
	ip_check_ping("host access", &wire, &e0);
	xmt_link_mac(&net.host, "br0", before);
	xmt_veth(&net.host, "p1", "00:00:00:00:00:01", &net.wire, "w1", NULL);
	xmt_must("ip -n %s link set p1 master br0", net.host.name);
	xmt_link_mac(&net.host, "br0", after);
	xmt_check(memcmp(before, after, 6), "a port joins: br0 has another MAC");
	memcpy(host.mac, after, 6);
	ip_check_ping("a port has joined", &host, &e0);
	ip_check_ping("a port has joined", &wire, &e0);
	ip_check_ping("a port has joined", &host, &wire);
	nt_xm_must(&net.host, "del e0");
	xmt_must("ip -n %s -d link show br0", net.host.name);
	xmt_check(strstr(xmt_output(), "promiscuity 0") && strstr(xmt_output(), "allmulti 0"),
		  "del: br0 is neither promiscuous nor allmulticast");
}

static const struct nt_case cases[] = {
	{ "bridge", 60, bridge_mode },
	{ "bridge, querier", 60, bridge_mode_querier },
	{ "bridge, vlan_filtering", 60, bridge_mode_vlans },
	{ "vepa", 60, vepa_mode },
	{ "private", 60, private_mode },
	{ "source", 60, source_mode },
	{ "passthru", 60, passthru_mode },
	{ "passthru, vlan_filtering", 60, passthru_mode_vlans },
	{ "host access", 60, host_access },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
