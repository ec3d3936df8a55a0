// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Source mode and the fan-out: which frames listeners get by it, their counters, and that each of
 * them gets each frame once and in order while lists change, commands are killed and programs are
 * replaced.
 */
#include <bpf/bpf.h>
#include <linux/if_ether.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "abi_fixture.h"
#include "probe.h"
#include "prng.h"
#include "tracer.h"

#define LISTENERS  12 /* two chunks */
#define STEADY	   9 /* whose lists do not change */
#define NAMESPACES 4
#define FRAMES	   50
#define M_OTHER	   "02:99:00:00:00:01" /* e0 to e4 list it */
#define M_THIRD	   "02:99:00:00:00:03" /* e5 to e7 list it */
#define M_NOBODY   "02:99:00:00:00:02"
#define BURST	   30

static struct nt_net net;
static int rx[LISTENERS], tx;
static unsigned int received[LISTENERS]; /* what send_to() has seen of FRAMES */

struct receipt {
	unsigned int got;
	bool exact; /* all frames, once and in order */
};

static const struct xmt_ns *listener_ns(unsigned int i)
{
	return &net.peer[i % NAMESPACES];
}

static void listener_add(unsigned int i, const char *macs)
{
	nt_xm_must(&net.host,
		   "add e%u link p0 netns %s address 02:00:00:00:01:%02x mode source "
		   "macaddr set %s",
		   i, listener_ns(i)->name, i, macs);
	xmt_must("ip -n %s link set e%u addrgenmode none up", listener_ns(i)->name, i);
}

static void listeners_make(const char *policy)
{
	char dev[16];

	setenv("XMACVLAN_FANOUT", policy, 1);
	nt_net(&net, NAMESPACES, 0);
	for (unsigned int i = 0; i < LISTENERS; i++)
		listener_add(i, i < 5	? NT_WIRE_MAC " " M_OTHER
				: i < 8 ? NT_WIRE_MAC " " M_THIRD
					: NT_WIRE_MAC);
	nt_wait_net(&net);
	for (unsigned int i = 0; i < LISTENERS; i++) {
		snprintf(dev, sizeof(dev), "e%u", i);
		rx[i] = xmt_pkt_open(listener_ns(i), xmt_ifindex(listener_ns(i), dev), ETH_P_ALL);
	}
	tx = probe_sender(&net.wire, "w0");
}

/* Frames that have gone into the pair */
static long long pair_frames(void)
{
	xmt_must("ip netns exec %s cat /sys/class/net/xm%x-in/statistics/tx_packets", net.host.name,
		 xmt_ifindex(&net.host, "p0"));
	return atoll(xmt_output());
}

/* Reads what has come of the frames from number `first` on */
static struct receipt receive(unsigned int i, uint64_t first, unsigned int count)
{
	struct receipt r = { .exact = true };
	uint64_t next = first, id;
	static struct xmt_pkt pkt;

	while (xmt_pkt_recv(rx[i], &pkt, r.got < count ? 100 * xmt_slow() : 10) > 0) {
		id = probe_number(&pkt);
		if (id < first)
			continue;
		r.got++;
		r.exact &= id == next++;
	}
	r.exact &= r.got == count;
	return r;
}

/* A set of listeners: one bit each. Sends FRAMES frames; returns those that got all, in order. */
static unsigned int send_to(const char *dst, const char *src, bool *ret_by_pair)
{
	long long before = pair_frames();
	unsigned int all = 0;
	uint64_t first = 0, id;

	for (unsigned int i = 0; i < LISTENERS; i++)
		xmt_pkt_drain(rx[i]);
	for (unsigned int n = 0; n < FRAMES; n++) {
		id = probe_next();
		first = first ?: id;
		probe_send(tx, dst, src, id);
	}
	for (unsigned int i = 0; i < LISTENERS; i++) {
		struct receipt r = receive(i, first, FRAMES);

		all |= (unsigned int)r.exact << i;
		received[i] = r.got;
		if (r.got && !r.exact)
			printf("     e%u got %u of %d\n", i, r.got, FRAMES);
	}
	*ret_by_pair = pair_frames() - before >= FRAMES;
	return all;
}

#define ALL ((1u << LISTENERS) - 1)

static void check_copies(const char *what, const char *dst, const char *src, unsigned int who,
			 bool by_pair)
{
	bool is_by_pair;
	unsigned int got = send_to(dst, src, &is_by_pair);

	xmt_check(got == who, "%s: all copies to the listeners, in order (%#x of %#x)", what, got,
		  who);
	xmt_check(is_by_pair == by_pair, "%s: by the %s", what, by_pair ? "fan-out" : "loop");
}

static void who_gets_copies(void)
{
	long long packets, groups;

	listeners_make("force");
	packets = nt_number(&net.host, "e3", "stats64.rx.packets");
	groups = nt_number(&net.host, "e3", "stats64.rx.multicast");
	check_copies("unicast", M_NOBODY, NT_WIRE_MAC, ALL, true);
	check_copies("broadcast", "ff:ff:ff:ff:ff:ff", NT_WIRE_MAC, ALL, true);
	xmt_check(nt_number(&net.host, "e3", "stats64.rx.packets") == packets + 2 * FRAMES &&
			  nt_number(&net.host, "e3", "stats64.rx.multicast") == groups + FRAMES,
		  "e3's counters have both");
	check_copies("another sender", M_NOBODY, M_OTHER, 0x1f, true);
	check_copies("a sender that nobody lists", M_NOBODY, M_NOBODY, 0, false);
	check_copies("to a listener's MAC", "02:00:00:00:01:07", NT_WIRE_MAC, ALL, false);
	check_copies("to the parent's MAC", NT_HOST_MAC, NT_WIRE_MAC, ALL, false);
	xmt_check(!nt_number(&net.host, "p0", "drops.fanout_full"), "none was refused");
}

static void lists_change(void)
{
	listeners_make("force");
	nt_xm_must(&net.host, "set e3 macaddr del %s", NT_WIRE_MAC);
	check_copies("e3 lists the MAC no more", M_NOBODY, NT_WIRE_MAC, ALL & ~8u, true);
	nt_xm_must(&net.host, "set e3 macaddr add %s", NT_WIRE_MAC);
	check_copies("e3 lists it again", M_NOBODY, NT_WIRE_MAC, ALL, true);
	nt_xm_must(&net.host, "set e8 macaddr flush");
	check_copies("e8's list is empty", M_NOBODY, NT_WIRE_MAC, ALL & ~0x100u, true);
	nt_xm_must(&net.host, "set e8 macaddr set %s", NT_WIRE_MAC);
	nt_xm_must(&net.host, "set e8 nodst");
	check_copies("e8 takes the frame", M_NOBODY, NT_WIRE_MAC, ALL, false);
	check_copies("the same, another sender", M_NOBODY, M_OTHER, 0x1f, true);
	nt_xm_must(&net.host, "set e8 dst");
	check_copies("e8 no longer takes it", M_NOBODY, NT_WIRE_MAC, ALL, true);
	nt_xm_must(&net.host, "set e8 mode bridge");
	check_copies("e8 in mode bridge", M_NOBODY, NT_WIRE_MAC, ALL & ~0x100u, true);
	nt_xm_must(&net.host, "set e8 mode source macaddr set %s", NT_WIRE_MAC);
	check_copies("e8 in mode source again", M_NOBODY, NT_WIRE_MAC, ALL, true);
	nt_xm_must(&net.host, "add beside link p0 mode source macaddr set %s", NT_WIRE_MAC);
	xmt_must("ip -n %s link set beside up", net.host.name);
	check_copies("a listener beside the parent", M_NOBODY, NT_WIRE_MAC, ALL, false);
	nt_xm_must(&net.host, "del beside");
	nt_xm_must(&net.host, "del e11");
	check_copies("e11 deleted", M_NOBODY, NT_WIRE_MAC, ALL & ~0x800u, true);
}

/* Its user has turned GRO off: what e1 does not get is counted, and the loop takes over */
static void listener_without_napi(void)
{
	unsigned int got, lost;
	bool by_pair;

	listeners_make("force");
	xmt_must("nsenter --net=/run/netns/%s ethtool -K e1 gro off", listener_ns(1)->name);
	got = send_to(M_NOBODY, NT_WIRE_MAC, &by_pair);
	xmt_check((got | 2) == ALL, "the others get all (%#x)", got);
	lost = nt_number(&net.host, "e1", "drops.delivery_failed");
	xmt_check(lost && lost + received[1] == FRAMES, "e1 has got %u, %u are counted as lost",
		  received[1], lost);
	nt_xm_must(&net.host, "sync");
	check_copies("after `sync`", M_NOBODY, NT_WIRE_MAC, ALL, false);
	check_copies("a sender that e1 does not list", M_NOBODY, M_THIRD, 0xe0, true);
}

/* Frames that a thread on CPU 0 sends, in bursts, until it is ended */
struct sender {
	pthread_t thread;
	volatile bool stop;
	uint64_t first, sent;
};

static void run_on_cpu(int cpu)
{
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(cpu % sysconf(_SC_NPROCESSORS_ONLN), &set);
	sched_setaffinity(0, sizeof(set), &set);
}

static void *sender_run(void *arg)
{
	struct sender *s = arg;
	struct xmt_prng prng;

	run_on_cpu(0);
	xmt_prng_seed(&prng, 1);
	while (!s->stop) {
		for (unsigned int n = xmt_rand(&prng, BURST); n; n--)
			probe_send(tx, M_NOBODY, NT_WIRE_MAC, s->first + s->sent++);
		usleep(xmt_rand(&prng, 10) ? 200 : 12000);
	}
	return NULL;
}

static void sender_start(struct sender *s)
{
	*s = (struct sender){ .first = probe_next() };
	run_on_cpu(1);
	if (pthread_create(&s->thread, NULL, sender_run, s))
		xmt_die("cannot create a thread");
}

/* Ends the sender. Whether each of the steady listeners has got each frame, once and in order. */
static bool sender_end(struct sender *s)
{
	unsigned int exact = 0;

	s->stop = true;
	pthread_join(s->thread, NULL);
	for (unsigned int i = 0; i < STEADY; i++) {
		struct receipt r = receive(i, s->first, s->sent);

		exact += r.exact;
		if (!r.exact)
			printf("     e%u got %u of %llu\n", i, r.got, (unsigned long long)s->sent);
	}
	return exact == STEADY;
}

static void changes_under_traffic(void)
{
	long long before, by_pair;
	struct sender s;

	listeners_make("mixed");
	before = pair_frames();
	sender_start(&s);
	for (unsigned int round = 0; round < 10; round++) {
		nt_xm_must(&net.host, "set e11 macaddr %s %s", round & 1 ? "add" : "del",
			   NT_WIRE_MAC);
		nt_xm_must(&net.host, "set e10 %s", round & 1 ? "dst" : "nodst");
		usleep(20000);
		nt_xm_must(&net.host, "del e9");
		listener_add(9, NT_WIRE_MAC);
		usleep(20000);
	}
	xmt_check(sender_end(&s), "%llu frames to 9 listeners while others change: exact",
		  (unsigned long long)s.sent);
	by_pair = pair_frames() - before;
	xmt_check(by_pair > (long long)s.sent / 10 && by_pair < (long long)s.sent,
		  "%lld of them by the fan-out, the others by the loop", by_pair);
	xmt_check(!nt_number(&net.host, "p0", "drops.fanout_full"), "none was refused");
}

static void upgrades_under_traffic(void)
{
	struct sender s;

	listeners_make("mixed");
	sender_start(&s);
	for (unsigned int round = 0; round < 4; round++) {
		abi_use(round & 1 ? V_THIS : V_NEXT);
		nt_xm_must(&net.host, "upgrade p0");
		usleep(20000);
	}
	xmt_check(sender_end(&s), "%llu frames to 9 listeners during upgrades: exact",
		  (unsigned long long)s.sent);
	abi_check_version(&net.host, "at last", ABI_NEXT, ABI_THIS);
	setenv("XMACVLAN_FANOUT", "force", 1);
	nt_xm_must(&net.host, "sync");
	check_copies("then", M_NOBODY, NT_WIRE_MAC, ALL, true);
}

struct killer {
	struct tracer tracer;
	unsigned int steps, stop;
};

static int killer_on_call(struct tracer *t, const struct tracer_call *call)
{
	struct killer *k = (struct killer *)t;

	if (call->nr != SYS_bpf ||
	    (call->args[0] != BPF_MAP_UPDATE_ELEM && call->args[0] != BPF_MAP_DELETE_ELEM))
		return 0;
	return ++k->steps == k->stop ? TRACER_KILL : 0;
}

/* Returns the number of steps, or 0: it was killed */
static unsigned int run_until(const char *words, unsigned int stop)
{
	struct killer k = { .tracer = { .on_call = killer_on_call }, .stop = stop };
	char line[256];

	snprintf(line, sizeof(line), "exec %s -n %s %s", nt_bin(), net.host.name, words);
	return tracer_run(&k.tracer, line) ? 0 : k.steps;
}

/* Whether the port of e3, in slot 4, has nodst in force */
static bool e3_has_nodst(void)
{
	int fd = bpf_obj_get(abi_pin_path("ports"));
	struct xm_port port = {};
	uint32_t slot = 4;

	if (fd < 0 || bpf_map_lookup_elem(fd, &slot, &port))
		xmt_die("cannot read the port of e3");
	close(fd);
	return port.flags & XM_PORT_NODST;
}

/* What e3 is about to change, and what undoes it */
static const char *const changes[][2] = {
	{ "set e3 macaddr set " NT_WIRE_MAC, "set e3 macaddr flush" },
	{ "set e3 nodst", "set e3 dst" },
};

/* Kills a change before each step. Behind it e3 gets all copies, or none while it is not listed. */
static void kill_change(const char *change, const char *undo)
{
	unsigned int steps, killed = 0, exact = 0, settled = 0, e3 = strchr(change, ':') ? 8 : 0,
			    got;
	int host = xmt_pkt_open(&net.host, xmt_ifindex(&net.host, "p0"), ETH_P_IP);
	bool by_pair, nodst;

	nt_xm_must(&net.host, "%s", undo);
	steps = run_until(change, 0);
	for (unsigned int stop = 1 + getpid() % 3; stop <= steps; stop += 3) {
		nt_xm_must(&net.host, "%s", undo);
		if (run_until(change, stop))
			continue; /* it took fewer steps than the first time */
		killed++;
		xmt_pkt_drain(host);
		nodst = e3_has_nodst();
		got = send_to(M_NOBODY, NT_WIRE_MAC, &by_pair);
		exact += (got | e3) == ALL && xmt_pkt_drain(host) == (nodst ? 0 : FRAMES);
		nt_xm_must(&net.host, "sync");
		nodst = e3_has_nodst();
		got = send_to(M_NOBODY, NT_WIRE_MAC, &by_pair);
		settled += (got | e3) == ALL && by_pair == !nodst;
	}
	close(host);
	xmt_check(killed > 3 && exact == killed, "`%s` killed at %u steps: each copy once (%u)",
		  change, killed, exact);
	xmt_check(settled == killed, "then `sync` chooses fan-out or loop (%u)", settled);
}

static void kills(void)
{
	listeners_make("force");
	for (unsigned int i = 0; i < 2; i++) {
		kill_change(changes[i][0], changes[i][1]);
		nt_xm_must(&net.host, "set e3 dst macaddr set " NT_WIRE_MAC);
	}
}

static const struct nt_case cases[] = {
	{ "who gets copies", 60, who_gets_copies },
	{ "lists change", 60, lists_change },
	{ "listener without NAPI", 60, listener_without_napi },
	{ "changes under traffic", 60, changes_under_traffic },
	{ "upgrades under traffic", 60, upgrades_under_traffic },
	{ "kills", 90, kills },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
