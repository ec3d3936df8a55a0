// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `trace`: what it says of a frame is where the frame went; files, filters, bad input */
#include <jansson.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "trace_fixture.h"

static void send_sentinels(void *arg, uint64_t id)
{
	static const char *const macs[] = { M_E(0), M_E(1), M_E(2) };

	for (unsigned int i = 0; i < 3; i++)
		probe_send(trace.senders[TRACE_WIRE], macs[i], NT_WIRE_MAC, id);
	probe_send(trace.senders[TRACE_WIRE], NT_HOST_MAC, M_LISTED, id); /* e3 is its listener */
	probe_send(trace.senders[0], NT_WIRE_MAC, M_E(0), id);
	(void)arg;
}

static void world_make(void)
{
	trace_make_net(4);
	trace_add(0, "mode bridge host on address " M_E(0));
	trace_add(1, "mode bridge address " M_E(1));
	trace_add(2, "mode private host on address " M_E(2));
	trace_add(3, "mode source macaddr add " M_LISTED " address " M_E(3));
}

static const struct trace_row rows[] = {
	{ "wire, unicast to e0", TRACE_WIRE, M_E(0), NT_WIRE_MAC, NULL },
	{ "wire, unicast to a private endpoint", TRACE_WIRE, M_E(2), NT_WIRE_MAC, NULL },
	{ "wire, unicast to the host", TRACE_WIRE, NT_HOST_MAC, NT_WIRE_MAC, NULL },
	{ "wire, unicast of a listed MAC", TRACE_WIRE, M_E(0), M_LISTED, NULL },
	{ "wire, broadcast", TRACE_WIRE, M_ALL, NT_WIRE_MAC, NULL },
	{ "wire, broadcast of a listed MAC", TRACE_WIRE, M_ALL, M_LISTED, NULL },
	{ "bridge, unicast to a sibling", 0, M_E(1), M_E(0), NULL },
	{ "bridge, unicast to the wire", 0, NT_WIRE_MAC, M_E(0), NULL },
	{ "bridge, unicast to the host", 0, NT_HOST_MAC, M_E(0), NULL },
	{ "bridge, broadcast", 0, M_ALL, M_E(0), NULL },
	{ "bridge without host access, broadcast", 1, M_ALL, M_E(1), NULL },
	{ "bridge, forged", 0, M_E(1), M_FORGED, "spoofed_source" },
	{ "private, unicast to another endpoint", 2, M_E(0), M_E(2), NULL },
	{ "private, broadcast", 2, M_ALL, M_E(2), NULL },
	{ "host, unicast to e0", TRACE_HOST, M_E(0), NT_HOST_MAC, NULL },
	{ "host, unicast to an endpoint without host access", TRACE_HOST, M_E(1), NT_HOST_MAC,
	  NULL },
	{ "host, broadcast", TRACE_HOST, M_ALL, NT_HOST_MAC, NULL },
};

static void verdicts(void)
{
	world_make();
	xmt_check(!trace_is_on(), "without a trace the programs report no frames");
	trace_check_rows(rows, sizeof(rows) / sizeof(*rows), send_sentinels, 0);
	xmt_check(!trace_is_on(), "after a trace the programs report no frames");
	trace_end_net();
}

/* One endpoint, a filter, a tag, a file, and tshark's view of it */
static void files(void)
{
	uint8_t frame[400], tag[4] = { 0x81, 0, 0x20, 5 };

	world_make();
	trace_start("file", "", "e0 pcap /dev/stdout filter ether src " M_E(0) " or vlan");
	probe_frame(frame, 200, M_ALL, M_E(0), 1);
	xmt_pkt_send(trace.senders[0], frame, 200);
	probe_frame(frame, 201, M_E(0), NT_WIRE_MAC, 2);
	xmt_pkt_send(trace.senders[TRACE_WIRE], frame, 201);
	probe_frame(frame, 202, M_E(1), M_E(0), 3);
	memmove(frame + 16, frame + 12, 190);
	memcpy(frame + 12, tag, sizeof(tag));
	xmt_pkt_send(trace.senders[0], frame, 206);
	usleep(300000);
	trace_end("file", "INT");
	if (xmt_run("command -v tshark >/dev/null")) {
		xmt_skip("there is no tshark");
		trace_end_net();
		return;
	}
	xmt_run("tshark -r %s/file -T fields -E separator=, -E occurrence=f -e "
		"frame.interface_name -e frame.packet_flags_direction -e frame.len -e vlan.id -e "
		"frame.comment 2>%s/tshark.err | grep -E ',(20[0-9]),'; "
		"grep -v Running %s/tshark.err; true",
		trace.dir, trace.dir, trace.dir);
	xmt_check(strstr(xmt_output(), "e0,0x00000002,200,,e0: to the wire; copy to the host; "
				       "copies to e1") != NULL,
		  "tshark: a broadcast: %s", xmt_output());
	xmt_check(strstr(xmt_output(), "e0,0x00000002,206,5,e0: to e1 (bridge)") != NULL,
		  "tshark: the tag is in the frame");
	xmt_check(!strstr(xmt_output(), ",201,"), "the filter leaves out a frame");
	xmt_check(!strstr(xmt_output(), "malformed") && !strstr(xmt_output(), "cut short"),
		  "tshark: the file is whole");
	trace_end_net();
}

static void check_refused(int code, const char *words, const char *line)
{
	int is = nt_xm(&trace.net.host, "trace %s", words);

	xmt_check(is == code && strstr(xmt_output(), line) != NULL && !strchr(xmt_output(), '\n'),
		  "%s: exit code %d: %s", words, is, xmt_output());
}

static void refused(void)
{
	world_make();
	check_refused(1, "", "trace takes the name");
	check_refused(2, "nobody", "no such endpoint or parent 'nobody'");
	check_refused(1, "e0 filter porrt 53", "filter 'porrt 53': ");
	check_refused(1, "e0 count 0", "count is a number from 1");
	check_refused(1, "e0 for ever", "for takes seconds");
	check_refused(1, "e0 snap 5", "snap is a number from 14");
	check_refused(1, "e0 word", "unknown word 'word'");
	check_refused(2, "e0 pcap /nowhere/file", "cannot write /nowhere/file: No such file");
	check_refused(2, "e0 pcap /dev/full for 1", "cannot write /dev/full: No space left");
	xmt_check(!trace_is_on(), "nothing is left");
	trace_end_net();
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "verdicts", 60, verdicts },
		{ "files", 60, files },
		{ "refused", 60, refused },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
