// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * When ADD ends, the endpoint is usable: the first frame out of the container and the first frame
 * into it are not lost. A veth with a carrier drops all frames until the kernel's linkwatch has
 * handled the carrier. linkwatch runs later and takes the lock of rtnetlink, which other processes
 * keep busy here.
 */
#include <linux/if_ether.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "plugin_calls.h"
#include "probe.h"
#include "plugin.h"

#define ROUNDS 16
#define BUSY   2
#define QUEUES 512
#define HEAD   "{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"

static struct nt_net net;
static struct xmt_ns busy[BUSY];

/*
 * Starts a process that switches GRO of a veth with many queues on and off: the kernel holds the
 * lock of rtnetlink while it creates or destroys NAPI of all queues.
 */
static pid_t start_busy_process(unsigned int i)
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

static struct plugin_process make_call(const char *command)
{
	return (struct plugin_process){ .command = command,
					.container = "c1",
					.ns = &net.peer[0],
					.conf = plugin_calls_conf(HEAD "}") };
}

static void run_call(struct plugin_process *c)
{
	plugin_calls_run(c, 1, 1, &net.host);
	if (c->code)
		xmt_die("%s: code %d, %s", c->command, plugin_calls_code(c), plugin_calls_msg(c));
}

/*
 * Sends a frame at once and returns whether it arrives. A frame into the container is detected by
 * the counter of the device: opening a socket there would take time.
 */
static bool first_frame_arrives(bool out, int wire_tx, int wire_rx, const char *mac)
{
	uint8_t frame[100];
	bool ok = false;
	int tx;

	if (out) {
		tx = probe_sender(&net.peer[0], "eth0");
		ok = probe_arrives(tx, wire_rx, NT_WIRE_MAC, mac);
		xmt_pkt_close(&tx, 1);
		return ok;
	}
	probe_frame(frame, sizeof(frame), "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, probe_next());
	xmt_pkt_send(wire_tx, frame, sizeof(frame));
	for (int i = 0; i < 100 && !ok; i++, usleep(2000))
		ok = xmt_link_attr(&net.peer[0], "eth0", "statistics/rx_packets") > 0;
	return ok;
}

static void check_first_frames(bool out)
{
	int wire_rx, wire_tx;
	unsigned int lost = 0;
	pid_t pids[BUSY];

	plugin_net(&net, 1, 0);
	wire_rx = xmt_pkt_open(&net.wire, xmt_ifindex(&net.wire, "w0"), ETH_P_ALL);
	wire_tx = probe_sender(&net.wire, "w0");
	for (unsigned int i = 0; i < BUSY; i++)
		pids[i] = start_busy_process(i);
	for (unsigned int i = 0; i < ROUNDS; i++) {
		struct plugin_process add = make_call("ADD"), del = make_call("DEL");
		const char *mac;

		run_call(&add);
		mac = json_string_value(json_object_get(
			json_array_get(json_object_get(add.doc, "interfaces"), 0), "mac"));
		lost += !first_frame_arrives(out, wire_tx, wire_rx, mac);
		plugin_calls_free(&add, 1);
		run_call(&del);
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

static void first_frame_out(void)
{
	check_first_frames(true);
}

static void first_frame_in(void)
{
	check_first_frames(false);
}

static const struct nt_case cases[] = {
	{ "out", 120, first_frame_out },
	{ "in", 120, first_frame_in },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
