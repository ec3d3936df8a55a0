// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many commands in one session. What a session puts off (the filter of the first endpoints, the devices
 * of deleted ones) must not be seen: not in what is refused, not in what is there in the end.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "leftovers.h"
#include "mark.h"
#include "nt.h"

static struct nt_net net;
static int wire_tx;

static void make(void)
{
	nt_net(&net, 2, 0);
	wire_tx = mark_sender(&net.wire, "w0");
}

/* Lines, $C for the namespace of peer 0; its exit code, all it says is the output */
static int batch(const char *options, const char *lines)
{
	return xmt_run("C=%s; timeout 20 %s %s -n %s -b - <<END 2>&1\n%s\nEND", net.peer[0].name,
		       nt_bin(), options, net.host.name, lines);
}

static bool hears(const char *dev, const char *mac)
{
	static struct xmt_pkt pkt;
	uint8_t frame[100];
	bool heard = false;
	int rx;

	xmt_must("ip -n %s link set %s up", net.peer[0].name, dev);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], dev), ETH_P_ALL);
	mark_frame(frame, sizeof(frame), mac, NT_WIRE_MAC, mark_next());
	if (xmt_pkt_send(wire_tx, frame, sizeof(frame)))
		xmt_die("send failed");
	while (!heard && xmt_pkt_recv(rx, &pkt, 1000) > 0)
		heard = pkt.len == sizeof(frame) && !memcmp(pkt.data, frame, sizeof(frame));
	xmt_pkt_close(&rx, 1);
	return heard;
}

static size_t shown(void)
{
	json_t *doc = nt_xm_json(&net.host, "show");
	size_t n = json_array_size(doc);

	json_decref(doc);
	return n;
}

#define MAC(n) "02:00:00:00:02:0" #n
#define ADD(n) "add x" #n " link p0 netns $C address " MAC(n)

static void adds(void)
{
	int code;

	make();
	code = batch("", ADD(1) "\n" ADD(2) "\n" ADD(3));
	xmt_check(!code && !xmt_output()[0], "three added: %d %s", code, xmt_output());
	xmt_check(shown() == 3, "all are shown");
	xmt_check(hears("x1", MAC(1)) && hears("x2", MAC(2)) && hears("x3", MAC(3)), "all hear");
	code = batch("", ADD(4) "\n" ADD(5));
	xmt_check(!code && hears("x4", MAC(4)) && hears("x5", MAC(5)), "two more, they hear");
	xmt_must("ip -n %s -d -o link show type veth 2>/dev/null | grep '^[0-9]*: xm'",
		 net.host.name);
	xmt_check(strstr(xmt_output(), "addrgenmode none") &&
			  !strstr(xmt_output(), "numtxqueues 2"),
		  "host ends are silent, with one queue");
}

static void refusals(void)
{
	int code;

	make();
	code = batch("-f", ADD(1) "\nadd x1 link p0\nadd x2 link p0 address " MAC(
				   1) "\nadd x3 link p0 mode passthru\n" ADD(4));
	xmt_check(code == 2, "a batch with refusals ends with %d", code);
	xmt_check(
		strstr(xmt_output(), ":2: endpoint 'x1' exists already, on p0") &&
			strstr(xmt_output(), ":3: address " MAC(1) " is that of the endpoint x1") &&
			strstr(xmt_output(), ":4: a passthru endpoint has to be the only one"),
		"each is told with its line: %s", xmt_output());
	xmt_check(shown() == 2 && hears("x1", MAC(1)) && hears("x4", MAC(4)),
		  "the others are there and hear");
	nt_xm_must(&net.host, "detach p0 force");
	code = batch("", ADD(1) "\nadd x1 link p0\n" ADD(2));
	xmt_check(code == 2 && shown() == 1 && hears("x1", MAC(1)),
		  "without -f what came before the refusal is whole, nothing behind it is done");
}

static void mixed(void)
{
	int code;

	make();
	code = batch("", ADD(1) "\ndel x1\n" ADD(1) "\nset x1 mode private\n" ADD(
				 2) "\ndel x2\ndel x1\n" ADD(2) "\nshow x2\n" ADD(3));
	xmt_check(!code && strstr(xmt_output(), MAC(2)), "mixed: %d %s", code, xmt_output());
	xmt_check(shown() == 2 && hears("x2", MAC(2)) && hears("x3", MAC(3)),
		  "x2 and x3 are left, they hear");
	code = batch("", "del x2\ndel x3");
	xmt_check(!code && !shown() && !leftovers_on_parent(&net.host), "%s left",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

/* An add does not look at all endpoints for what is gone: it looks before it refuses */
static void gone_devices(void)
{
	make();
	xmt_check(!batch("", ADD(1) "\n" ADD(2)), "two added");
	xmt_must("ip -n %s link del x1 && ip -n %s link del x2", net.peer[0].name,
		 net.peer[0].name);
	xmt_check(!batch("", ADD(1) "\nadd x3 link p0 address " MAC(2)),
		  "names and addresses of endpoints that are gone are free: %s", xmt_output());
	xmt_check(shown() == 2, "two are shown");
	xmt_check(nt_xm(&net.host, "del x2") == 2, "no x2: %s", xmt_output());
}

/*
 * x1 waits for the batch's end when its user deletes it: no line is to blame. Lines come through a FIFO;
 * when x2 is there, the line of x1 is done.
 */
static void deleted_meanwhile(void)
{
	int code;

	make();
	code = xmt_run("C=%s; f=$(mktemp -u); mkfifo $f; exec 3<>$f; "
		       "timeout 20 %s -n %s -b $f 3<&- 2>&1 & exec 4>$f; "
		       "printf '" ADD(1) "\n" ADD(
			       2) "\n' | sed \"s/.C/$C/\" >&4; i=0; "
				  "until ip -n $C link show x2 >/dev/null 2>&1 || [ $i = 500 ]; do "
				  "i=$((i+1)); sleep 0.01; done; "
				  "ip -n $C link del x1; printf 'set x2 mode private\n" ADD(
					  3) "\n' | "
					     "sed \"s/.C/$C/\" >&4; exec 4>&- 3<&-; wait $!; e=$?; "
					     "rm $f; exit $e",
		       net.peer[0].name, nt_bin(), net.host.name);
	xmt_check(!code && !xmt_output()[0], "one of three deleted meanwhile: %d %s", code,
		  xmt_output());
	xmt_check(shown() == 2 && hears("x2", MAC(2)) && hears("x3", MAC(3)),
		  "the two others are there and hear");
}

static const struct nt_case cases[] = {
	{ "adds", 30, adds },
	{ "refusals", 30, refusals },
	{ "mixed", 30, mixed },
	{ "gone devices", 30, gone_devices },
	{ "deleted meanwhile", 40, deleted_meanwhile },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
