// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many commands in one session. A session delays some work to its end: the filter entries of the
 * first endpoints and the deletion of devices. The delay must not change a refusal or the state at
 * the end.
 */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "leftovers.h"
#include "probe.h"
#include "nt.h"

static struct nt_net net;
static int wire_tx;

static void batch_make_net(void)
{
	nt_net(&net, 2, 0);
	wire_tx = probe_sender(&net.wire, "w0");
}

/*
 * Runs `lines`, in which $C is the namespace of peer 0. Returns the exit code; stdout and stderr
 * are captured.
 */
static int batch_run(const char *options, const char *lines)
{
	return xmt_run("C=%s; timeout 20 %s %s -n %s -b - <<END 2>&1\n%s\nEND", net.peer[0].name,
		       nt_bin(), options, net.host.name, lines);
}

static bool endpoint_receives(const char *dev, const char *mac)
{
	static struct xmt_pkt pkt;
	uint8_t frame[100];
	bool received = false;
	int rx;

	xmt_must("ip -n %s link set %s up", net.peer[0].name, dev);
	nt_wait_net(&net);
	rx = xmt_pkt_open(&net.peer[0], xmt_ifindex(&net.peer[0], dev), ETH_P_ALL);
	probe_frame(frame, sizeof(frame), mac, NT_WIRE_MAC, probe_next());
	if (xmt_pkt_send(wire_tx, frame, sizeof(frame)))
		xmt_die("send failed");
	while (!received && xmt_pkt_recv(rx, &pkt, 1000) > 0)
		received = pkt.len == sizeof(frame) && !memcmp(pkt.data, frame, sizeof(frame));
	xmt_pkt_close(&rx, 1);
	return received;
}

static size_t shown_endpoints(void)
{
	json_t *doc;
	size_t n;

	nt_xm_must(&net.host, "sync"); /* removes those without a device */
	doc = nt_xm_json(&net.host, "show");
	n = json_array_size(doc);
	json_decref(doc);
	return n;
}

#define MAC(n) "02:00:00:00:02:0" #n
#define ADD(n) "add x" #n " link p0 netns $C address " MAC(n)

static void batch_of_adds(void)
{
	int code;

	batch_make_net();
	code = batch_run("", ADD(1) "\n" ADD(2) "\n" ADD(3));
	xmt_check(!code && !xmt_output()[0], "three adds: code %d, %s", code, xmt_output());
	xmt_check(shown_endpoints() == 3, "all three are shown");
	xmt_check(endpoint_receives("x1", MAC(1)) && endpoint_receives("x2", MAC(2)) &&
			  endpoint_receives("x3", MAC(3)),
		  "all three receive");
	code = batch_run("", ADD(4) "\n" ADD(5));
	xmt_check(!code && endpoint_receives("x4", MAC(4)) && endpoint_receives("x5", MAC(5)),
		  "two more adds: both receive");
	xmt_must("ip -n %s -d -o link show type veth 2>/dev/null | grep '^[0-9]*: xm'",
		 net.host.name);
	xmt_check(strstr(xmt_output(), "addrgenmode none") &&
			  !strstr(xmt_output(), "numtxqueues 2"),
		  "host ends have addrgenmode none and one queue");
}

static void batch_with_refusals(void)
{
	int code;

	batch_make_net();
	code = batch_run("-f", ADD(1) "\nadd x1 link p0\nadd x2 link p0 address " MAC(
				       1) "\nadd x3 link p0 mode passthru\n" ADD(4));
	xmt_check(code == 2, "a batch with refusals: code %d", code);
	xmt_check(
		strstr(xmt_output(), ":2: endpoint 'x1' exists already, on p0") &&
			strstr(xmt_output(), ":3: address " MAC(1) " is that of the endpoint x1") &&
			strstr(xmt_output(), ":4: a passthru endpoint has to be the only one"),
		"each refusal is printed with its line: %s", xmt_output());
	xmt_check(shown_endpoints() == 2 && endpoint_receives("x1", MAC(1)) &&
			  endpoint_receives("x4", MAC(4)),
		  "the other endpoints exist and receive");
	nt_xm_must(&net.host, "detach p0 force");
	code = batch_run("", ADD(1) "\nadd x1 link p0\n" ADD(2));
	xmt_check(code == 2 && shown_endpoints() == 1 && endpoint_receives("x1", MAC(1)),
		  "without -f the lines before the refusal are done, the lines after it are not");
}

static void batch_of_add_del_set(void)
{
	int code;

	batch_make_net();
	code = batch_run("", ADD(1) "\ndel x1\n" ADD(1) "\nset x1 mode private\n" ADD(
				     2) "\ndel x2\ndel x1\n" ADD(2) "\nshow x2\n" ADD(3));
	xmt_check(!code && strstr(xmt_output(), MAC(2)), "add, del and set: code %d, %s", code,
		  xmt_output());
	xmt_check(shown_endpoints() == 2 && endpoint_receives("x2", MAC(2)) &&
			  endpoint_receives("x3", MAC(3)),
		  "x2 and x3 exist and receive");
	code = batch_run("", "del x2\ndel x3");
	xmt_check(!code && !shown_endpoints() && !leftovers_on_parent(&net.host),
		  "after del, left on p0: %s", leftovers_on_parent(&net.host) ?: "nothing");
}

/* An add does not look for deleted devices of all endpoints, unless it would refuse. */
static void batch_after_deleted_devices(void)
{
	batch_make_net();
	xmt_check(!batch_run("", ADD(1) "\n" ADD(2)), "two adds");
	xmt_must("ip -n %s link del x1 && ip -n %s link del x2", net.peer[0].name,
		 net.peer[0].name);
	xmt_check(!batch_run("", ADD(1) "\nadd x3 link p0 address " MAC(2)),
		  "names and MACs of endpoints without devices can be used: %s", xmt_output());
	xmt_check(shown_endpoints() == 2, "two are shown");
	xmt_check(nt_xm(&net.host, "del x2") == 2, "del x2 is refused: %s", xmt_output());
}

#define FILLERS 400 /* adds that keep the batch busy while it is stopped */

/*
 * The user deletes x1's device before the end of the batch: no line fails. The batch is stopped
 * when x2 exists, while it adds the endpoints behind x2.
 */
static void device_deleted_during_batch(void)
{
	int code;

	batch_make_net();
	code = xmt_run(
		"C=%s; f=$(mktemp); "
		"printf '" ADD(1) "\n" ADD(
			2) "\n' | sed \"s/.C/$C/\" >$f; "
			   "for i in $(seq %d); do echo add f$i link p0; done >>$f; "
			   "printf 'set x2 mode private\n" ADD(
				   3) "\n' | sed \"s/.C/$C/\" >>$f; "
				      "%s -n %s -b $f 2>&1 & p=$!; i=0; "
				      "until ip -n $C link show x2 >/dev/null 2>&1 || [ $i = 2000 "
				      "]; do "
				      "i=$((i+1)); done; kill -STOP $p; ip -n $C link del x1; "
				      "ip -n %s link show f%d >/dev/null 2>&1 && echo too late; "
				      "kill -CONT $p; wait $p; e=$?; rm $f; exit $e",
		net.peer[0].name, FILLERS, nt_bin(), net.host.name, net.host.name, FILLERS);
	xmt_check(!code && !xmt_output()[0],
		  "one of three devices deleted during the batch: code %d, %s", code, xmt_output());
	xmt_check(shown_endpoints() == FILLERS + 2 && endpoint_receives("x2", MAC(2)) &&
			  endpoint_receives("x3", MAC(3)),
		  "the two other endpoints exist and receive");
}

/* A parent that the same session has attached behaves as any other */
static void batch_of_parents(void)
{
	int code;

	batch_make_net();
	code = batch_run("", "attach p0 xdp off\ndetach p0\nattach p0 guard off\nadd x1 link p0\n"
			     "upgrade p0\ndetach p0 force\nadd x1 link p0\ndel x1");
	xmt_check(!code, "attach, detach, upgrade, detach force, add and del: code %d, %s", code,
		  xmt_output());
	xmt_check(!leftovers_on_parent(&net.host), "left on p0: %s",
		  leftovers_on_parent(&net.host) ?: "nothing");
}

static const struct nt_case cases[] = {
	{ "parents", 30, batch_of_parents },
	{ "adds", 30, batch_of_adds },
	{ "refusals", 30, batch_with_refusals },
	{ "add, del and set", 30, batch_of_add_del_set },
	{ "deleted devices", 30, batch_after_deleted_devices },
	{ "device deleted during the batch", 120, device_deleted_during_batch },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
