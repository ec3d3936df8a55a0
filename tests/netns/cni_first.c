// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * When ADD ends, the endpoint can be used: the first frame out of the container and the first one into it are not
 * lost. A veth that has a carrier drops what it is given until the kernel's linkwatch has seen that carrier, which it
 * does some time later under the lock of rtnetlink; somebody else keeps that lock busy meanwhile.
 */
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin_calls.h"
#include "mark.h"
#include "plugin.h"

#define ROUNDS 16
#define BUSY   2
#define QUEUES 512
#define HEAD   "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;
static struct xmt_ns busy[BUSY];

/* GRO of a veth with many queues, on and off: each time the lock is held while all of them are made or unmade */
static pid_t keep_busy(unsigned int i)
{
	char name[16];
	pid_t pid;

	snprintf(name, sizeof(name), "busy%u", i);
	xmt_ns_add(&busy[i], name, 0);
	xmt_must("ip -n %s link add d0 up numrxqueues %u type veth peer name d1 && ip -n %s link "
		 "set d1 up",
		 busy[i].name, QUEUES, busy[i].name);
	fflush(NULL);
	pid = fork();
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (int on = 1;; on = !on)
		xmt_link_gro(&busy[i], "d0", on);
}

static struct plugin_process call(const char *command)
{
	return (struct plugin_process){ .command = command,
					.container = "c1",
					.ns = &net.peer[0],
					.conf = plugin_calls_conf(HEAD "}") };
}

static void run_one(struct plugin_process *c)
{
	plugin_calls_run(c, 1, 1, &net.host);
	if (c->code)
		xmt_die("%s: code %d, %s", c->command, plugin_calls_code(c), plugin_calls_msg(c));
}

/*
 * Sends a frame at once, and says whether it came. Into the container it is the device that counts it: a socket there
 * would have to be opened first.
 */
static bool passes(bool out, int wire_tx, int wire_rx, const char *mac)
{
	uint8_t frame[100];
	bool ok = false;
	int tx;

	if (out) {
		tx = mark_sender(&net.peer[0], "eth0");
		ok = mark_arrives(tx, wire_rx, NT_WIRE_MAC, mac);
		xmt_pkt_close(&tx, 1);
		return ok;
	}
	mark_frame(frame, sizeof(frame), "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, mark_next());
	xmt_pkt_send(wire_tx, frame, sizeof(frame));
	for (int i = 0; i < 100 && !ok; i++, usleep(2000))
		ok = xmt_link_attr(&net.peer[0], "eth0", "statistics/rx_packets") > 0;
	return ok;
}

static void first(bool out)
{
	int wire_rx, wire_tx;
	unsigned int lost = 0;
	pid_t pids[BUSY];

	plugin_net(&net, 1, 0);
	wire_rx = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	wire_tx = mark_sender(&net.wire, "w0");
	for (unsigned int i = 0; i < BUSY; i++)
		pids[i] = keep_busy(i);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct plugin_process add = call("ADD"), del = call("DEL");
		const char *mac;

		run_one(&add);
		mac = json_string_value(json_object_get(
			json_array_get(json_object_get(add.doc, "interfaces"), 0), "mac"));
		lost += !passes(out, wire_tx, wire_rx, mac);
		plugin_calls_free(&add, 1);
		run_one(&del);
		plugin_calls_free(&del, 1);
	}
	for (unsigned int i = 0; i < BUSY; i++) {
		kill(pids[i], SIGKILL);
		waitpid(pids[i], NULL, 0);
	}
	xmt_check(!lost, "%u ADDs: the first frame %s is lost %u times", ROUNDS, out ? "out" : "in",
		  lost);
	plugin_check_clean("first frames");
}

static void frame_out(void)
{
	first(true);
}

static void frame_in(void)
{
	first(false);
}

static const struct nt_case cases[] = {
	{ "out", 120, frame_out },
	{ "in", 120, frame_in },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
