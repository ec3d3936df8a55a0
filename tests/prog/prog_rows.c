// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Runs each row in up to four ways:
 *   tc        BPF_PROG_TEST_RUN of the TC program. Checks its return value, skb->mark, the
 *             counters, and the copies, which real devices receive.
 *   xdp       BPF_PROG_TEST_RUN of parent_xdp, for rows from the wire. Checks its return value and
 *             the counters.
 *   live      A real frame through the attached TC programs. Checks the receivers, the packet type
 *             and the counters.
 *   live+xdp  The same with parent_xdp attached natively to the parent. The results are the same.
 * Arguments: words. Only tests whose name contains one of the words are run.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_packet.h>
#include <linux/pkt_cls.h>

#include "../unit/summary.h"
#include "frames.h"
#include "rows.h"
#include "tagger.h"
#include "world.h"

#define COOKIE 0x584d0000u

static struct objs objs;

struct run {
	const struct row *row;
	struct world world;
	struct frame frame;
	struct received received;
	__u32 cookie;
};

static bool row_from_endpoint(const struct row *r)
{
	return r->from >= 'A' && r->from <= 'Z';
}

static void run_begin(struct run *run, void **state)
{
	static __u32 serial;

	run->row = *state;
	run->cookie = COOKIE + ++serial;
	world_set(&objs, run->row->world, &run->world);
	frame_build(&run->frame, run->row->frame, run->cookie);
}

/* Counters */

/* How often a receiver gets the frame; with_end: not only as a copy */
static unsigned int expected_receipts(const struct row *r, char who, bool with_end)
{
	unsigned int n = with_end && r->end == who;

	for (const char *c = r->copies; *c; c++)
		n += *c == who;
	return n;
}

static void stats_expected(const struct run *run, char who, struct xm_stats *ret)
{
	const struct row *r = run->row;
	unsigned int n = who == 'P' ? 0 : expected_receipts(r, who, true);
	bool stopped = r->drop.n && (r->drop.at == r->from || r->drop.at == 'P');

	memset(ret, 0, sizeof(*ret));
	ret->rx_packets = n;
	ret->rx_bytes = n * run->frame.len;
	ret->rx_multicast = run->frame.data[0] & 1 ? n : 0;
	if (who == r->from && row_from_endpoint(r) && !stopped) {
		ret->tx_packets = 1;
		ret->tx_bytes = run->frame.len;
	}
	if (r->drop.n && r->drop.at == who)
		ret->drops[r->drop.reason] = r->drop.n;
}

static void stats_print(const char *what, const struct xm_stats *s)
{
	print_error("    %s rx %llu/%llu/%llu tx %llu/%llu drops", what, s->rx_packets, s->rx_bytes,
		    s->rx_multicast, s->tx_packets, s->tx_bytes);
	for (int i = 0; i < XM_REASON_COUNT; i++)
		print_error(" %llu", s->drops[i]);
	print_error("\n");
}

static int stats_check_slot(char who, unsigned int slot, const struct xm_stats *want)
{
	struct xm_stats got;

	objs_stats(&objs, slot, &got);
	if (!memcmp(&got, want, sizeof(got)))
		return 0;
	print_error("  counters of %c:\n", who);
	stats_print("expected", want);
	stats_print("got     ", &got);
	return 1;
}

/* Compares all counters of all slots. nothing: all of them are zero. */
static int stats_check(const struct run *run, bool nothing)
{
	struct xm_stats want = { 0 };
	int wrong = 0;

	if (!nothing)
		stats_expected(run, 'P', &want);
	wrong += stats_check_slot('P', XM_SLOT_PARENT, &want);
	for (const char *c = NET_ENDPOINTS; *c; c++) {
		memset(&want, 0, sizeof(want));
		if (!nothing)
			stats_expected(run, *c, &want);
		wrong += stats_check_slot(*c, net_slot(*c), &want);
	}
	return wrong;
}

/* Receivers */

static int receivers_check(const struct run *run, bool with_end)
{
	int wrong = 0;

	for (int who = 0; who < NET_LETTERS; who++) {
		unsigned int want =
			who == '?' || !who ? 0 : expected_receipts(run->row, who, with_end);

		if (run->received.count[who] == want)
			continue;
		print_error("  %c received %u, expected %u\n", who, run->received.count[who], want);
		wrong++;
	}
	return wrong;
}

/* -1: any packet type */
static int type_expected(const struct run *run, char who)
{
	char dest = run->row->frame[2];

	if (run->frame.tpid)
		return -1; /* without a VLAN device the kernel makes every tagged frame OTHERHOST */
	if (dest == '*')
		return PACKET_BROADCAST;
	if (run->frame.data[0] & 1)
		return PACKET_MULTICAST;
	if (dest == who || (dest == 'P' && who == 'h'))
		return PACKET_HOST;
	/* A listener gets a frame to the parent's MAC as HOST, too */
	if (dest == 'P' && run->row->from == 'w' && run->world.peer[(int)who])
		return PACKET_HOST;
	return -1;
}

static int types_check(const struct run *run)
{
	int wrong = 0;

	for (int who = 1; who < NET_LETTERS; who++) {
		int want = who == 'w' || !run->received.count[who] ? -1 : type_expected(run, who);

		if (want < 0 || run->received.type[who] == want)
			continue;
		print_error("  packet type at %c is %d, expected %d\n", who,
			    run->received.type[who], want);
		wrong++;
	}
	return wrong;
}

static int run_receive(struct run *run, bool with_end)
{
	unsigned int want = strlen(run->row->copies) + (with_end && run->row->end);

	if (net_receive(run->cookie, want, &run->received))
		return 0;
	print_error("  sentinels did not arrive\n");
	return 1;
}

/* Who has taught an address, with or without the frame */
static int owner_check(const struct run *run)
{
	const struct row *r = run->row;
	struct xm_neigh_owner got = { 0 };
	struct xm_neigh_key key;
	__u16 want;

	if (!r->owner.letter)
		return 0;
	ip_of(r->owner.letter, r->owner.family, &key);
	bpf_map_lookup_elem(objs.neigh_owners, &key, &got);
	want = r->owner.at == '-' ? 0 : net_slot(r->owner.at);
	if (got.slot == want && (!want || got.ifindex == net_ifindex(r->owner.at)))
		return 0;
	print_error("  owner: slot %u, expected %u\n", got.slot, want);
	return 1;
}

static void run_end(const struct run *run, int wrong)
{
	if (wrong)
		fail_msg("%s: world \"%s\", frame \"%s\" from %c", run->row->name, run->row->world,
			 run->row->frame, run->row->from);
}

/* Ways of running a row */

static int row_program(const struct row *r)
{
	if (r->from == 'w')
		return objs.prog[PARENT_RX];
	return objs.prog[r->from == 'h' ? PARENT_TX : ENDPOINT_RX];
}

static unsigned int run_tc_program(const struct run *run, struct __sk_buff *ctx)
{
	const struct frame *f = &run->frame;
	int prog = row_program(run->row);

	return f->tpid ? tagger_run(prog, f, ctx) : objs_run_tc(prog, f->data, f->len, ctx);
}

static unsigned int action_return(enum row_action action)
{
	return action == PASS	? (unsigned int)TC_ACT_UNSPEC
	       : action == SHOT ? TC_ACT_SHOT
				: TC_ACT_REDIRECT;
}

/*
 * A frame to the parent's stack gets the mark that parent_rx clears. A frame from that stack to a
 * peer end in another namespace gets the mark that endpoint_rx clears. No other frame is marked.
 */
static __u32 mark_expected(const struct run *run)
{
	const struct row *r = run->row;

	if (row_from_endpoint(r) && r->end == 'h' && !r->again)
		return XM_MARK_HOST;
	if (r->from == 'h' && r->action == REDIRECT && run->world.peer[(int)r->end])
		return XM_MARK_PEER;
	return 0;
}

static unsigned int row_ingress(const struct row *r)
{
	if (r->iif)
		return net_ifindex(r->iif);
	return r->from == 'h' ? 0 : net_ifindex(r->from == 'w' ? 'h' : r->from);
}

static void test_tc(void **state)
{
	struct __sk_buff ctx = { 0 };
	struct run run;
	unsigned int ret;
	int wrong = 0;

	run_begin(&run, state);
	ctx.ifindex = net_ifindex(row_from_endpoint(run.row) ? run.row->from : 'h');
	ctx.ingress_ifindex = row_ingress(run.row);
	ctx.mark = run.row->mark;
	ret = run_tc_program(&run, &ctx);
	if (ret != action_return(run.row->action)) {
		print_error("  returned %d, expected %d\n", ret, action_return(run.row->action));
		wrong++;
	}
	if (ctx.mark != mark_expected(&run)) {
		print_error("  mark 0x%x, expected 0x%x\n", ctx.mark, mark_expected(&run));
		wrong++;
	}
	wrong += run_receive(&run, false);
	wrong += receivers_check(&run, false);
	wrong += stats_check(&run, run.row->uncounted);
	wrong += owner_check(&run);
	run_end(&run, wrong);
}

static void test_xdp(void **state)
{
	__u8 data[FRAME_MAX + 4];
	unsigned int len, ret, want;
	struct run run;
	int wrong = 0;
	bool drops;

	run_begin(&run, state);
	drops = run.row->xdp_drop && objs_has_casts();
	len = frame_on_wire(&run.frame, data);
	ret = objs_run_xdp(objs.prog[PARENT_XDP], data, len);
	want = run.row->xdp ? XDP_REDIRECT : drops ? XDP_DROP : XDP_PASS;
	if (ret != want) {
		print_error("  returned %u, expected %u\n", ret, want);
		wrong++;
	}
	wrong += stats_check(&run, !run.row->xdp && !drops);
	run_end(&run, wrong);
}

static void test_live(void **state)
{
	__u8 data[FRAME_MAX + 4];
	struct run run;
	int wrong = 0;

	run_begin(&run, state);
	net_send(run.row->from, data, frame_on_wire(&run.frame, data), run.row->mark);
	wrong += run_receive(&run, true);
	wrong += receivers_check(&run, true);
	wrong += types_check(&run);
	wrong += stats_check(&run, false);
	wrong += owner_check(&run);
	run_end(&run, wrong);
}

static void test_live_xdp(void **state)
{
	static bool attached;

	if (!attached)
		net_attach_xdp(objs.prog[PARENT_XDP]);
	attached = true;
	test_live(state);
}

/* Which rows run in which way */

static bool way_tc_applies(const struct row *r)
{
	return r->name;
}

static bool way_xdp_applies(const struct row *r)
{
	/* The frame of a test run is not a veth's: there is no pointer behind its xdp_buff */
	return r->from == 'w' && !r->mark && !strstr(r->world, " veth");
}

static bool way_live_applies(const struct row *r)
{
	return !r->no_live;
}

static bool way_live_xdp_applies(const struct row *r)
{
	return r->from == 'w' && !r->mark && !r->no_live && !r->xdp_drop;
}

static const struct way {
	const char *name;
	CMUnitTestFunction run;
	bool (*applies)(const struct row *r);
} ways[] = {
	{ "tc", test_tc, way_tc_applies },
	{ "xdp", test_xdp, way_xdp_applies },
	{ "live", test_live, way_live_applies },
	{ "live+xdp", test_live_xdp, way_live_xdp_applies },
};

#define WAYS (sizeof(ways) / sizeof(ways[0]))

static bool test_wanted(const char *name, int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		if (strstr(name, argv[i]))
			return true;
	return argc < 2;
}

/* Whether the programs have code for what the row's world uses */
static bool row_is_known(const struct row *row)
{
	struct world w;

	if (!objs_plain)
		return true;
	world_set(&objs, row->world, &w);
	return !(w.uses & XM_USES_FULL);
}

static size_t tests_list(struct CMUnitTest *tests, int argc, char **argv)
{
	size_t count = 0;
	char *name;

	for (size_t way = 0; way < WAYS; way++)
		for (size_t i = 0; i < row_count; i++) {
			if (!ways[way].applies(&rows[i]) || !row_is_known(&rows[i]) ||
			    asprintf(&name, "%s: %s", ways[way].name, rows[i].name) < 0)
				continue;
			if (test_wanted(name, argc, argv))
				tests[count++] = (struct CMUnitTest){
					.name = name,
					.test_func = ways[way].run,
					.initial_state = (void *)&rows[i],
				};
			else
				free(name);
		}
	return count;
}

int main(int argc, char **argv)
{
	struct CMUnitTest *tests = calloc(WAYS * row_count, sizeof(*tests));
	size_t count;

	if (geteuid()) {
		fprintf(stderr, "this test needs root\n");
		return 1;
	}
	objs_plain = argc > 1 && !strcmp(argv[1], "--plain");
	net_init();
	if (objs_open(&objs))
		return 1;
	objs_grow_stats(&objs, sizeof(NET_ENDPOINTS));
	count = tests_list(tests, argc - objs_plain, argv + objs_plain);
	if (tagger_load()) {
		perror("load the tagger");
		return 1;
	}
	net_attach_tc(objs.prog[PARENT_RX], objs.prog[PARENT_TX], objs.prog[ENDPOINT_RX]);
	printf("%zu rows, %zu tests\n", row_count, count);
	return summary_run("rows", tests, count);
}
