// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `trace` of endpoints in modes vepa and passthru, and of GSO frames */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "gso_frame.h"
#include "trace_fixture.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static void send_to_all(void *arg, uint64_t id)
{
	static const char *const macs[] = { M_E(0), M_E(1), M_E(2), M_E(3), NT_HOST_MAC };

	for (unsigned int i = 0; i < COUNT(macs); i++)
		probe_send(trace.senders[TRACE_WIRE], macs[i], NT_WIRE_MAC, id);
	probe_send(trace.senders[0], NT_WIRE_MAC, M_E(0), id);
	(void)arg;
}

static void vepa(void)
{
	static const struct trace_row rows[] = {
		{ "vepa, unicast to a vepa sibling", 0, M_E(1), M_E(0), NULL },
		{ "vepa, unicast to a bridge sibling", 0, M_E(2), M_E(0), NULL },
		{ "bridge, unicast to a vepa sibling", 2, M_E(0), M_E(2), NULL },
		{ "vepa, unicast to the host", 0, NT_HOST_MAC, M_E(0), NULL },
		{ "vepa without host access, unicast to the host", 1, NT_HOST_MAC, M_E(1), NULL },
		{ "vepa, broadcast", 0, M_ALL, M_E(0), NULL },
		{ "vepa without host access, broadcast", 1, M_ALL, M_E(1), NULL },
		{ "vepa, forged", 1, M_ALL, M_FORGED, "spoofed_source" },
		{ "wire returns unicast of vepa", TRACE_WIRE, M_E(1), M_E(0), NULL },
		{ "wire returns a broadcast of vepa", TRACE_WIRE, M_ALL, M_E(0), NULL },
		{ "wire returns a broadcast of bridge", TRACE_WIRE, M_ALL, M_E(2), NULL },
		{ "wire returns a broadcast of private", TRACE_WIRE, M_ALL, M_E(3), NULL },
		{ "wire, unicast for nobody", TRACE_WIRE, M_NOBODY, NT_WIRE_MAC,
		  "unknown_destination" },
	};

	trace_make_net(4);
	trace_add(0, "mode vepa host on address " M_E(0));
	trace_add(1, "mode vepa address " M_E(1));
	trace_add(2, "mode bridge address " M_E(2));
	trace_add(3, "mode private address " M_E(3));
	trace_check_rows(rows, COUNT(rows), send_to_all, 0);
	trace_end_net();
}

/* To the host, and to the endpoint if it is up */
static void send_broadcast(void *arg, uint64_t id)
{
	probe_send(trace.senders[TRACE_WIRE], M_ALL, NT_WIRE_MAC, id);
	(void)arg;
}

static void send_both_ways(void *arg, uint64_t id)
{
	send_broadcast(arg, id);
	probe_send(trace.senders[0], NT_WIRE_MAC, NT_HOST_MAC, id);
}

/* The endpoint has the parent's MAC */
static void passthru(void)
{
	static const struct trace_row up[] = {
		{ "wire, unicast to passthru", TRACE_WIRE, NT_HOST_MAC, NT_WIRE_MAC, NULL },
		{ "wire, unicast for nobody", TRACE_WIRE, M_NOBODY, NT_WIRE_MAC, NULL },
		{ "wire, broadcast", TRACE_WIRE, M_ALL, NT_WIRE_MAC, NULL },
		{ "wire returns its broadcast", TRACE_WIRE, M_ALL, NT_HOST_MAC, NULL },
		{ "passthru, unicast", 0, NT_WIRE_MAC, NT_HOST_MAC, NULL },
		{ "passthru, broadcast", 0, M_ALL, NT_HOST_MAC, NULL },
		{ "passthru, another source", 0, NT_WIRE_MAC, M_FORGED, NULL },
	};
	static const struct trace_row down[] = {
		{ "wire, unicast, passthru is down", TRACE_WIRE, NT_HOST_MAC, NT_WIRE_MAC,
		  "endpoint_down" },
		{ "wire, broadcast, passthru is down", TRACE_WIRE, M_ALL, NT_WIRE_MAC, NULL },
	};

	trace_make_net(1);
	trace_add(0, "mode passthru");
	trace_check_rows(up, COUNT(up), send_both_ways, 0);
	xmt_must("ip -n %s link set e0 down", trace.net.peer[0].name);
	trace_check_rows(down, COUNT(down), send_broadcast, 1u << 0 | 1u << TRACE_WIRE);
	trace_end_net();
}

enum { E0, E1, WIRE, ENDS };

static const struct gso_row {
	const char *what;
	int from, to; /* to: checks what arrives there */
	const char *dst;
	struct gso_spec spec;
	const char *verdict, *endpoint, *copy; /* as trace has them; NULL: none */
} gso_rows[] = {
	{ "endpoint → endpoint",
	  E0,
	  E1,
	  M_E(1),
	  { AF_INET, false, 64000, 1448, true },
	  "endpoint",
	  "e1",
	  NULL },
	{ "endpoint → wire",
	  E0,
	  WIRE,
	  NT_WIRE_MAC,
	  { AF_INET6, false, 5000, 1428, true },
	  "wire",
	  NULL,
	  NULL },
	{ "wire → endpoint",
	  WIRE,
	  E1,
	  M_E(1),
	  { AF_INET, false, 7000, 1448, true },
	  "endpoint",
	  "e1",
	  NULL },
	{ "endpoint's broadcast",
	  E0,
	  E1,
	  M_ALL,
	  { AF_INET, false, 3000, 1000, true },
	  "wire",
	  NULL,
	  "e1" },
};

static bool text_is(json_t *frame, const char *key, const char *want)
{
	const char *is = json_string_value(json_object_get(frame, key));

	return want ? is && !strcmp(is, want) : !is;
}

/* Sends the row's frame. Returns its length. */
static size_t gso_send(struct gso_end ends[ENDS], const struct gso_row *row)
{
	static struct gso_frame f;
	struct gso_arrival a;
	uint8_t dst[6];
	int err;

	xmt_mac_parse(row->dst, dst);
	gso_frame_build(&f, &row->spec, dst, ends[row->from].mac);
	err = gso_end_send(&ends[row->from], &f.hdr, f.data, f.len);
	gso_frame_collect(&f, &ends[row->to], 1514, &a);
	xmt_check(!err && !a.error && a.octets == row->spec.payload,
		  "%s: %u of %u octets arrive: %s", row->what, a.octets, row->spec.payload,
		  err ? strerror(-err) : a.error);
	return f.len;
}

static void gso_check(json_t *lines, const struct gso_row *row, size_t len)
{
	unsigned int seen = 0;
	json_t *frame, *copies;
	bool same = false;
	size_t n;

	json_array_foreach(lines, n, frame) {
		if ((size_t)json_integer_value(json_object_get(frame, "length")) != len)
			continue;
		seen++;
		copies = json_object_get(frame, "copies");
		same = text_is(frame, "verdict", row->verdict) &&
		       text_is(frame, "to", row->endpoint) &&
		       json_integer_value(json_object_get(frame, "gso_size")) ==
			       row->spec.gso_size &&
		       json_array_size(copies) == !!row->copy &&
		       (!row->copy ||
			!strcmp(json_string_value(json_array_get(copies, 0)), row->copy));
	}
	xmt_check(seen == 1 && same, "%s: traced once (%u) as one frame of %zu octets", row->what,
		  seen, len);
}

static void check_gso_file(size_t len)
{
	char want[64];

	if (xmt_run("command -v tshark >/dev/null")) {
		xmt_skip("there is no tshark");
		return;
	}
	xmt_run("tshark -r %s/file -T fields -E separator=, -e frame.interface_name -e frame.len "
		"-e "
		"frame.cap_len -e frame.comment 2>&1 | grep -v Running",
		trace.dir);
	snprintf(want, sizeof(want), "e0,%zu,60000,e0: to e1 (bridge)", len);
	xmt_check(strstr(xmt_output(), want) != NULL, "tshark: %s: %s", want, xmt_output());
	xmt_check(!strstr(xmt_output(), "malformed") && !strstr(xmt_output(), "cut short"),
		  "tshark: the file is whole");
}

static void gso(void)
{
	struct gso_end ends[ENDS];
	size_t len[COUNT(gso_rows)];
	json_t *lines;

	trace_make_net(2);
	trace_add(0, "address " M_E(0));
	trace_add(1, "address " M_E(1));
	gso_end_open(&ends[E0], "e0", &trace.net.peer[0], "e0", 0);
	gso_end_open(&ends[E1], "e1", &trace.net.peer[1], "e1", ETH_P_ALL);
	gso_end_open(&ends[WIRE], "wire", &trace.net.wire, "w0", ETH_P_ALL);
	trace_start("all", "-j", "p0");
	trace_start("text", "", "p0 filter greater 60000");
	trace_start("file", "", "e0 pcap /dev/stdout");
	for (size_t i = 0; i < COUNT(gso_rows); i++)
		len[i] = gso_send(ends, &gso_rows[i]);
	usleep(300000);
	xmt_check(!*trace_end("all", "TERM") && !*trace_end("text", "TERM") &&
			  !*trace_end("file", "TERM"),
		  "they end without a line");
	lines = trace_lines("all");
	for (size_t i = 0; i < COUNT(gso_rows); i++)
		gso_check(lines, &gso_rows[i], len[i]);
	json_decref(lines);
	xmt_must("cat %s/text", trace.dir);
	xmt_check(strstr(xmt_output(), "IPv4, length 64054, gso 1448: to e1 (bridge)") &&
			  !strchr(xmt_output(), '\n'),
		  "as text: %s", xmt_output());
	check_gso_file(len[0]);
	trace_end_net();
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "vepa", 60, vepa },
		{ "passthru", 60, passthru },
		{ "gso", 60, gso },
	};

	nt_main(argc, argv, cases, COUNT(cases));
}
