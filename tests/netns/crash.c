// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands that are killed at random times. One `show` after each of them repairs the state: see
 * invariants.h. The seed is printed; XMT_SEED sets it.
 */
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "leftovers.h"
#include "pkt.h"
#include "prng.h"
#include "invariants.h"

#define MAX_ARGS 24

struct world {
	struct invariants inv;
	struct xmt_prng prng;
	unsigned int kills, ended; /* killed commands, commands that ended before */
};

static pid_t command_start(const struct world *w, const char *line)
{
	char copy[256], *argv[MAX_ARGS] = { (char *)nt_bin(), "-n", (char *)w->inv.net.host.name };
	char *rest = copy, *word;
	int n = 3;
	pid_t pid;

	snprintf(copy, sizeof(copy), "%s", line);
	while (n < MAX_ARGS - 1 && (word = strsep(&rest, " ")))
		argv[n++] = word;
	fflush(NULL);
	pid = fork();
	if (pid < 0)
		xmt_die("fork failed");
	if (!pid) {
		freopen("/dev/null", "w", stderr);
		freopen("/dev/null", "w", stdout);
		execv(argv[0], argv);
		_exit(127);
	}
	return pid;
}

/* Runs a command and kills it after a random time below `max_us`. */
static void command_kill(struct world *w, unsigned int max_us, const char *fmt, ...)
	XMT_PRINTF(3, 4);

static void command_kill(struct world *w, unsigned int max_us, const char *fmt, ...)
{
	va_list ap;
	int status;
	pid_t pid;

	va_start(ap, fmt);
	vsnprintf(w->inv.what, sizeof(w->inv.what), fmt, ap);
	va_end(ap);
	pid = command_start(w, w->inv.what);
	usleep(xmt_rand(&w->prng, max_us));
	kill(pid, SIGKILL);
	waitpid(pid, &status, 0);
	if (WIFSIGNALED(status))
		w->kills++;
	else
		w->ended++;
}

static void world_make(struct world *w)
{
	xmt_prng_seed(&w->prng, nt_seed());
	invariants_make_net(&w->inv);
}

static const char *const modes[] = { "bridge", "private", "vepa", "source" };

/* Kills a random command for one of x0 to x3, whether or not the endpoint exists. */
static void kill_random_command(struct world *w, unsigned int max_us)
{
	unsigned int x = xmt_rand(&w->prng, INVARIANTS_DEVICES), mode = xmt_rand(&w->prng, 4);
	unsigned int mac = xmt_rand(&w->prng, 200);

	switch (xmt_rand(&w->prng, 13)) {
	case 0:
	case 1:
	case 2:
		command_kill(w, max_us,
			     "add x%u link p0 netns %s address 02:00:00:00:01:%02x mode %s host %s",
			     x, w->inv.net.peer[1].name, mac, modes[mode], mac & 1 ? "on" : "off");
		break;
	case 3:
		command_kill(w, max_us,
			     "add x%u link p0 netns %s mode source macaddr set 02:99:00:00:00:01 "
			     "02:99:00:00:00:02 address 02:00:00:00:01:%02x",
			     x, w->inv.net.peer[1].name, mac);
		break;
	case 4:
		command_kill(w, max_us, "set x%u mode %s host %s", x, modes[mode],
			     mac & 1 ? "on" : "off");
		break;
	case 5:
	case 6:
		command_kill(w, max_us, "set x%u address 02:00:00:00:01:%02x", x, mac);
		break;
	case 7:
		command_kill(w, max_us,
			     "set x%u mode source macaddr set 02:99:00:00:00:03 02:99:00:00:00:04",
			     x);
		break;
	case 8:
	case 9:
		command_kill(w, max_us, "set x%u address %s 02:00:00:00:01:%02x", x,
			     mac & 1 ? "add" : "del", mac / 40);
		break;
	case 10:
	case 11:
		command_kill(w, max_us,
			     "add x%u link p0 type tap address 02:00:00:00:01:%02x mode %s host %s",
			     x, mac, modes[mode], mac & 1 ? "on" : "off");
		break;
	default:
		command_kill(w, max_us, "del x%u", x);
	}
}

static void check_end(struct world *w, const char *what)
{
	const char *left;

	xmt_check(!w->inv.failures,
		  "%s: %u commands killed (%u ended before): one show repaired the state each time",
		  what, w->kills, w->ended);
	nt_xm(&w->inv.net.host, "detach p0 force");
	left = leftovers_on_parent(&w->inv.net.host);
	xmt_check(!left && !invariants_devices(&w->inv) && !invariants_filter_entries(&w->inv),
		  "%s: after detach, left on p0: %s", what, left ?: "nothing");
	xmt_check(!(leftovers_flags(&w->inv.net.host) & (IFF_ALLMULTI | IFF_PROMISC)),
		  "%s: p0 is not promiscuous or allmulticast", what);
}

static void kill_endpoint_commands(void)
{
	struct world w = {};

	world_make(&w);
	invariants_add_k0(&w.inv);
	for (unsigned int i = 0; w.kills < 120 && i < 400 && w.inv.failures < 5; i++) {
		kill_random_command(&w, 5000);
		invariants_check(&w.inv);
	}
	check_end(&w, "endpoints");
}

/*
 * Commands for the first and the last endpoint, attach and detach, which also load and remove
 * programs
 */
static void kill_parent_commands(void)
{
	struct world w = {};

	world_make(&w);
	for (unsigned int i = 0; w.kills < 30 && i < 150 && w.inv.failures < 5; i++) {
		switch (xmt_rand(&w.prng, 5)) {
		case 0:
			command_kill(&w, 150000, "attach p0 xdp %s",
				     xmt_rand(&w.prng, 2) ? "native" : "skb");
			break;
		case 1:
			command_kill(&w, 60000, "detach p0 force");
			break;
		case 2:
			command_kill(&w, 60000, "del x0");
			break;
		default:
			command_kill(&w, 200000,
				     "add x0 link p0 netns %s address 02:00:00:00:01:10 host on",
				     w.inv.net.peer[1].name);
		}
		invariants_check(&w.inv);
	}
	check_end(&w, "parents");
}

static void kill_passthru_commands(void)
{
	struct world w = {};
	uint8_t mac[6], want[6];

	world_make(&w);
	w.inv.passthru = true;
	xmt_mac_parse(NT_HOST_MAC, want);
	for (unsigned int i = 0; w.kills < 20 && i < 100 && w.inv.failures < 5; i++) {
		switch (xmt_rand(&w.prng, 3)) {
		case 0:
			command_kill(&w, 40000, "del x0");
			break;
		case 1:
			command_kill(&w, 6000, "set x0 address 02:00:00:00:02:%02x",
				     xmt_rand(&w.prng, 200));
			break;
		default:
			command_kill(&w, 200000, "add x0 link p0 netns %s mode passthru",
				     w.inv.net.peer[1].name);
		}
		invariants_check(&w.inv);
		xmt_link_mac(&w.inv.net.host, "p0", mac);
		if (!leftovers_host_ends(&w.inv.net.host) && memcmp(mac, want, 6))
			invariants_fail(&w.inv, "p0 does not have its own MAC again, but %s",
					xmt_mac_text(mac));
	}
	check_end(&w, "passthru");
	xmt_link_mac(&w.inv.net.host, "p0", mac);
	xmt_check(!memcmp(mac, want, 6), "passthru: p0 has its own MAC again: %s",
		  xmt_mac_text(mac));
}

static const struct nt_case cases[] = {
	{ "endpoints", 120, kill_endpoint_commands },
	{ "parents", 120, kill_parent_commands },
	{ "passthru", 120, kill_passthru_commands },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
