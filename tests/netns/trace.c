// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `trace`: what it says of a frame is where the frame went; files, filters, and its ends */
#include <jansson.h>
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "probe.h"

#define M_E(n)	  "02:00:00:00:00:1" #n
#define M_ALL	  "ff:ff:ff:ff:ff:ff"
#define M_FORGED  "02:00:00:00:00:66"
#define M_NOBODY  "02:00:00:00:00:77"
#define M_LISTED  "02:00:00:00:00:88"
#define ENDPOINTS 4
#define FIRST_LEN 300 /* of the first row's frame: each row has a length of its own */

/* Receivers, as bits of the masks: the endpoints e0 to e3, the wire, the host */
enum { WIRE = ENDPOINTS, HOST, RECEIVERS };

static struct nt_net net;
static int senders[RECEIVERS];
static char dir[] = "/tmp/xm-trace-XXXXXX";

static const char *const names[] = { "e0", "e1", "e2", "e3", "wire", "host" };

static void send_sentinels(void *arg, uint64_t id)
{
	static const char *const macs[] = { M_E(0), M_E(1), M_E(2) };

	for (unsigned int i = 0; i < 3; i++)
		probe_send(senders[WIRE], macs[i], NT_WIRE_MAC, id);
	probe_send(senders[WIRE], NT_HOST_MAC, M_LISTED, id); /* e3 is its listener */
	probe_send(senders[0], NT_WIRE_MAC, M_E(0), id);
	(void)arg;
}

static void endpoint_add(unsigned int i, const char *options)
{
	nt_xm_must(&net.host, "add e%u link p0 address 02:00:00:00:00:1%u netns %s %s", i, i,
		   net.peer[i].name, options);
	xmt_must("ip -n %s link set e%u up", net.peer[i].name, i);
}

static void world_make(void)
{
	nt_net(&net, ENDPOINTS, 0);
	endpoint_add(0, "mode bridge host on");
	endpoint_add(1, "mode bridge");
	endpoint_add(2, "mode private host on");
	endpoint_add(3, "mode source macaddr add " M_LISTED);
	nt_wait_operstate(&net.host);
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		senders[i] = probe_sender(&net.peer[i], names[i]);
	senders[WIRE] = probe_sender(&net.wire, "w0");
	senders[HOST] = probe_sender(&net.host, "p0");
	if (!mkdtemp(dir))
		xmt_die("cannot make %s", dir);
}

static void world_end(void)
{
	xmt_must("rm -r %s", dir);
}

static bool is_traced(void)
{
	bool ret;

	xmt_must("f=$(ls -d /sys/fs/bpf/xmacvlan/*/config | head -n 1); bpftool -j map dump pinned "
		 "$f | grep -o '\"uses\":[0-9]*' | cut -d: -f2");
	ret = strtoul(xmt_output(), NULL, 10) & XM_USES_TRACE;
	return ret;
}

/* Starts `trace WORDS` with its output in dir/NAME, and waits until it has the engine's lock */
static void trace_start(const char *name, const char *options, const char *words)
{
	xmt_must("%s %s -n %s trace %s >%s/%s 2>%s/%s.err & echo $! >%s/%s.pid", nt_bin(), options,
		 net.host.name, words, dir, name, dir, name, dir, name);
	for (int i = 0; i < 100 && !is_traced(); i++)
		usleep(50000);
	usleep(500000);
}

/* Ends it, and waits until it has. Returns the line that it printed to stderr. */
static const char *trace_end(const char *name, const char *how)
{
	xmt_must("p=$(cat %s/%s.pid); kill -%s $p 2>/dev/null; for i in $(seq 100); do "
		 "[ -e /proc/$p ] || break; sleep 0.1; done; [ ! -e /proc/$p ]; cat %s/%s.err",
		 dir, name, how, dir, name);
	return xmt_output();
}

static void wait_ended(const char *name, const char *line)
{
	xmt_run("p=$(cat %s/%s.pid); for i in $(seq 100); do [ -e /proc/$p ] || break; sleep 0.1; "
		"done; cat %s/%s.err; [ ! -e /proc/$p ]",
		dir, name, dir, name);
	xmt_check(strstr(xmt_output(), line) != NULL && !strchr(xmt_output(), '\n'),
		  "%s: ends with one line: %s", name, xmt_output());
}

static const struct row {
	const char *what;
	unsigned int from;
	const char *dst, *src;
	const char *reason; /* NULL: none */
} rows[] = {
	{ "wire, unicast to e0", WIRE, M_E(0), NT_WIRE_MAC, NULL },
	{ "wire, unicast to a private endpoint", WIRE, M_E(2), NT_WIRE_MAC, NULL },
	{ "wire, unicast to the host", WIRE, NT_HOST_MAC, NT_WIRE_MAC, NULL },
	{ "wire, unicast of a listed MAC", WIRE, M_E(0), M_LISTED, NULL },
	{ "wire, broadcast", WIRE, M_ALL, NT_WIRE_MAC, NULL },
	{ "wire, broadcast of a listed MAC", WIRE, M_ALL, M_LISTED, NULL },
	{ "bridge, unicast to a sibling", 0, M_E(1), M_E(0), NULL },
	{ "bridge, unicast to the wire", 0, NT_WIRE_MAC, M_E(0), NULL },
	{ "bridge, unicast to the host", 0, NT_HOST_MAC, M_E(0), NULL },
	{ "bridge, broadcast", 0, M_ALL, M_E(0), NULL },
	{ "bridge without host access, broadcast", 1, M_ALL, M_E(1), NULL },
	{ "bridge, forged", 0, M_E(1), M_FORGED, "spoofed_source" },
	{ "private, unicast to another endpoint", 2, M_E(0), M_E(2), NULL },
	{ "private, broadcast", 2, M_ALL, M_E(2), NULL },
	{ "host, unicast to e0", HOST, M_E(0), NT_HOST_MAC, NULL },
	{ "host, unicast to an endpoint without host access", HOST, M_E(1), NT_HOST_MAC, NULL },
	{ "host, broadcast", HOST, M_ALL, NT_HOST_MAC, NULL },
};

#define ROWS (sizeof(rows) / sizeof(*rows))

static uint32_t bit_of(const char *name)
{
	for (unsigned int i = 0; name && i < RECEIVERS; i++)
		if (!strcmp(name, names[i]))
			return 1u << i;
	return 0;
}

/* Who got the frame, as trace has it */
static uint32_t traced_receivers(json_t *frame)
{
	const char *verdict = json_string_value(json_object_get(frame, "verdict"));
	uint32_t ret = bit_of(verdict);
	json_t *copy;
	size_t i;

	if (!strcmp(verdict, "endpoint") || !strcmp(verdict, "sender"))
		ret |= bit_of(json_string_value(json_object_get(frame, "to")));
	if (json_is_true(json_object_get(frame, "host_copy")))
		ret |= 1u << HOST;
	json_array_foreach(json_object_get(frame, "copies"), i, copy)
		ret |= bit_of(json_string_value(copy));
	return ret;
}

static bool is_row(json_t *frame, size_t i)
{
	const struct row *row = &rows[i];
	const char *from = json_string_value(json_object_get(frame, "from"));
	const char *src = json_string_value(json_object_get(frame, "src"));
	const char *origin = json_string_value(json_object_get(frame, "origin"));

	return json_integer_value(json_object_get(frame, "length")) == (int)(FIRST_LEN + i) &&
	       src && !strcmp(src, row->src) && !strcmp(from ? from : origin, names[row->from]);
}

static void check_row(size_t i, json_t *lines, uint32_t got)
{
	const char *reason = NULL;
	unsigned int seen = 0;
	uint32_t traced = 0;
	json_t *frame;
	size_t n;

	json_array_foreach(lines, n, frame)
		if (is_row(frame, i)) {
			seen++;
			traced = traced_receivers(frame);
			reason = json_string_value(json_object_get(frame, "reason"));
		}
	xmt_check(seen == 1 && traced == got &&
			  (rows[i].reason ? reason && !strcmp(reason, rows[i].reason) : !reason),
		  "%s: traced once (%u), to whom it went: 0x%x, 0x%x, reason %s", rows[i].what,
		  seen, traced, got, reason ? reason : "none");
}

static uint32_t row_send(struct probe_set *set, size_t i)
{
	uint64_t id = probe_next();
	uint8_t frame[FIRST_LEN + ROWS];
	bool twice;

	probe_frame(frame, FIRST_LEN + i, rows[i].dst, rows[i].src, id);
	xmt_pkt_send(senders[rows[i].from], frame, FIRST_LEN + i);
	return probe_collect(set, id, 0, &twice);
}

static json_t *read_lines(const char *name)
{
	json_t *ret = json_array(), *line;
	char path[64];
	FILE *f;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	f = fopen(path, "r");
	while (f && (line = json_loadf(f, JSON_DISABLE_EOF_CHECK, NULL)))
		json_array_append_new(ret, line);
	if (f)
		fclose(f);
	return ret;
}

static void verdicts(void)
{
	struct probe_set set = { .sentinels = send_sentinels };
	uint32_t got[ROWS];
	json_t *lines;

	world_make();
	for (unsigned int i = 0; i < ENDPOINTS; i++)
		probe_add(&set, names[i], &net.peer[i], names[i], ETH_P_ALL);
	probe_add(&set, "wire", &net.wire, "w0", ETH_P_ALL);
	probe_add(&set, "host", &net.host, "p0", ETH_P_IP);
	xmt_check(!is_traced(), "without a trace the programs report no frames");
	trace_start("all", "-j", "p0");
	xmt_check(is_traced(), "with a trace the programs report frames");
	for (size_t i = 0; i < ROWS; i++)
		got[i] = row_send(&set, i);
	xmt_check(!*trace_end("all", "TERM"), "SIGTERM: it ends without a line");
	xmt_check(!is_traced(), "after a trace the programs report no frames");
	lines = read_lines("all");
	for (size_t i = 0; i < ROWS; i++)
		check_row(i, lines, got[i]);
	json_decref(lines);
	probe_close(&set);
	world_end();
}

/* One endpoint, a filter, a tag, a file, and tshark's view of it */
static void files(void)
{
	uint8_t frame[400], tag[4] = { 0x81, 0, 0x20, 5 };

	world_make();
	trace_start("file", "", "e0 pcap /dev/stdout filter ether src " M_E(0) " or vlan");
	probe_frame(frame, 200, M_ALL, M_E(0), 1);
	xmt_pkt_send(senders[0], frame, 200);
	probe_frame(frame, 201, M_E(0), NT_WIRE_MAC, 2);
	xmt_pkt_send(senders[WIRE], frame, 201);
	probe_frame(frame, 202, M_E(1), M_E(0), 3);
	memmove(frame + 16, frame + 12, 190);
	memcpy(frame + 12, tag, sizeof(tag));
	xmt_pkt_send(senders[0], frame, 206);
	usleep(300000);
	trace_end("file", "INT");
	if (xmt_run("command -v tshark >/dev/null"))
		xmt_skip("there is no tshark");
	else
		xmt_run("tshark -r %s/file -T fields -E separator=, -E occurrence=f -e "
			"frame.interface_name -e frame.packet_flags_direction -e frame.len -e "
			"vlan.id -e frame.comment 2>%s/tshark.err | grep -E ',(20[0-9]),'; "
			"grep -v Running %s/tshark.err; true",
			dir, dir, dir);
	xmt_check(strstr(xmt_output(), "e0,0x00000002,200,,e0: to the wire; copy to the host; "
				       "copies to e1") != NULL,
		  "tshark: a broadcast: %s", xmt_output());
	xmt_check(strstr(xmt_output(), "e0,0x00000002,206,5,e0: to e1 (bridge)") != NULL,
		  "tshark: the tag is in the frame");
	xmt_check(!strstr(xmt_output(), ",201,"), "the filter leaves out a frame");
	xmt_check(!strstr(xmt_output(), "malformed") && !strstr(xmt_output(), "cut short"),
		  "tshark: the file is whole");
	world_end();
}

static void check_refused(int code, const char *words, const char *line)
{
	int is = nt_xm(&net.host, "trace %s", words);

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
	xmt_check(!is_traced(), "nothing is left");
	world_end();
}

/* A killed trace, two at once, an upgrade, the deletion of the endpoint, detach */
static void ends(void)
{
	world_make();
	trace_start("killed", "", "e0");
	trace_start("other", "", "p0");
	trace_end("killed", "KILL");
	nt_xm_must(&net.host, "upgrade");
	probe_send(senders[WIRE], M_E(1), NT_WIRE_MAC, probe_next());
	usleep(800000);
	sleep(3);
	nt_xm_must(&net.host, "sync");
	xmt_check(is_traced(), "one of two is killed: the other one goes on");
	trace_end("other", "KILL");
	usleep(800000);
	sleep(3);
	nt_xm_must(&net.host, "sync");
	xmt_check(!is_traced(), "killed: the next command ends the reports");
	trace_start("deleted", "", "e1");
	nt_xm_must(&net.host, "del e1");
	wait_ended("deleted", "xmacvlan: e1 was deleted: the trace ends");
	xmt_check(!is_traced(), "deleted: nothing is left");
	trace_start("detached", "", "p0");
	nt_xm_must(&net.host, "detach p0 force");
	wait_ended("detached", "xmacvlan: p0 is no longer attached: the trace ends");
	world_end();
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "verdicts", 60, verdicts },
		{ "files", 60, files },
		{ "refused", 60, refused },
		{ "ends", 90, ends },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
