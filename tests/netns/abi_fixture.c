// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Several versions of the ABI on one parent. See abi_fixture.h. */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "abi_fixture.h"
#include "probe.h"

struct nt_net abi_net;
struct nt_station abi_wire, abi_host, abi_e0, abi_e1;

static const char *const bins[] = { "xmacvlan", "abi-minor/xmacvlan", "abi-major/xmacvlan",
				    "abi-first/xmacvlan" };

void abi_use(enum abi_version v)
{
	static char build[512];
	char path[600];

	if (!build[0])
		snprintf(build, sizeof(build), "%.*s", (int)(strrchr(nt_bin(), '/') - nt_bin()),
			 nt_bin());
	snprintf(path, sizeof(path), "%s/%s", build, bins[v]);
	nt_use_bin(path);
}

void abi_make_net(enum abi_version v, const char *xdp)
{
	abi_use(v);
	nt_net(&abi_net, 2, XMT_NS_IPV6);
	nt_stations(&abi_net, &abi_wire, &abi_host);
	/*
	 * Without IPv6 the host's stack sends nothing on the host ends: no program counts such
	 * frames
	 */
	xmt_must("ip netns exec %s sysctl -qw net.ipv6.conf.default.disable_ipv6=1",
		 abi_net.host.name);
	nt_xm_must(&abi_net.host, "attach p0 xdp %s", xdp);
	nt_endpoint(&abi_net, &abi_e0, &abi_net.peer[0], "e0", 16, "host on");
	nt_endpoint(&abi_net, &abi_e1, &abi_net.peer[1], "e1", 17, "");
}

const char *abi_pin_path(const char *name)
{
	static char path[512];

	xmt_must("echo /sys/fs/bpf/xmacvlan/n[0-9]*");
	snprintf(path, sizeof(path), "%s/%s", xmt_output(), name);
	return path;
}

unsigned int abi_major(void)
{
	uint8_t value[XM_RECORD_MAX];
	uint32_t key = 0;
	int fd = bpf_obj_get(abi_pin_path("parent"));

	if (fd < 0 || bpf_map_lookup_elem(fd, &key, value))
		xmt_die("%s: %s", abi_pin_path("parent"), strerror(errno));
	close(fd);
	return ((struct xm_parent_record *)value)->abi_major;
}

const char *abi_parent_text(const struct xmt_ns *host, const char *key)
{
	static char text[32];
	json_t *doc = nt_xm_json(host, "show p0"), *o;
	size_t i;

	text[0] = '\0';
	json_array_foreach(doc, i, o)
		if (json_object_get(o, "parent"))
			snprintf(text, sizeof(text), "%s",
				 json_string_value(json_object_get(o, key)) ?: "");
	json_decref(doc);
	return text;
}

void abi_check_version(const struct xmt_ns *host, const char *what, const char *abi,
		       const char *programs)
{
	const char *is = abi_parent_text(host, "abi");

	xmt_check(!strcmp(is, abi), "%s: the pins have ABI %s: %s", what, abi, is);
	is = abi_parent_text(host, "programs");
	xmt_check(!strcmp(is, programs), "%s: the programs have ABI %s: %s", what, programs, is);
}

long long abi_count_difference(const struct xmt_ns *host, const struct xmt_ns *ns, const char *dev)
{
	long long counted, difference = 1;

	/* A frame of a neighbour's stack may arrive between the two numbers */
	for (int i = 0; i < 3 && difference; i++) {
		counted = nt_number(host, dev, "stats64.rx.packets");
		xmt_must("ip netns exec %s cat /sys/class/net/%s/statistics/rx_packets", ns->name,
			 dev);
		difference = atoll(xmt_output()) - counted;
	}
	return difference;
}

void abi_host_end_name(const struct xmt_ns *host, unsigned int slot, char ret[16])
{
	snprintf(ret, 16, "xm%x-%x", xmt_ifindex(host, "p0"), slot);
}

void abi_forget_endpoint_tx(const struct xmt_ns *host)
{
	unsigned int block = 0x40000000u | xmt_ifindex(host, "p0");

	xmt_must("rm %s", abi_pin_path("endpoint_tx"));
	xmt_must("for d in $(ip -n %s -br link show type veth | grep -o '^xm[0-9a-f-]*'); do "
		 "tc -n %s qdisc del dev $d clsact && "
		 "tc -n %s qdisc add dev $d ingress_block %u ingress || exit 1; done",
		 host->name, host->name, host->name, block);
}

bool abi_host_end_is_silent(const struct xmt_ns *host, const char *endpoint, const char *mac,
			    int tx, int rx)
{
	long long before = nt_number(host, endpoint, "drops.host_stack");

	return !probe_arrives(tx, rx, "ff:ff:ff:ff:ff:ff", NT_HOST_MAC) &&
	       !probe_arrives(tx, rx, mac, NT_HOST_MAC) &&
	       nt_number(host, endpoint, "drops.host_stack") >= before + 2;
}
