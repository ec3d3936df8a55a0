// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Loads and attaches the programs of bench.bpf.c and reads their counters. */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <linux/if_link.h>

#include "bench.h"
#include "bench.skel.h"
#include "link.h"
#include "progs.h"
#include "run.h"

#define CPUS_MAX 1024

static struct bench_bpf *skel;
static struct xmt_ns keeper = XMT_NS_NONE;
static char count_pin[64]; /* count_tc, for tc(8) */

static int print_warnings(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level > LIBBPF_WARN ? 0 : vfprintf(stderr, fmt, ap);
}

static void attach_sender(const char *dev, const struct bpf_program *prog)
{
	unsigned int ifindex = xmt_ifindex(&keeper, dev);
	int err;

	xmt_ns_enter(&keeper);
	err = bpf_xdp_attach(ifindex, bpf_program__fd(prog), XDP_FLAGS_SKB_MODE, NULL);
	xmt_ns_enter(NULL);
	if (err)
		xmt_die("cannot attach a sender: %s", strerror(-err));
}

/*
 * BPF_PROG_TEST_RUN adds an XDP program to the kernel's dispatcher (bpf_prog_change_xdp) and
 * removes it again. Both wait for RCU: 90 ms a call, in which nothing is sent. A program that is
 * attached to some device stays in the dispatcher.
 */
static void keep_senders(void)
{
	xmt_ns_add(&keeper, "keeper", 0);
	xmt_must("ip -n %s link add k0 type veth peer name k1", keeper.name);
	attach_sender("k0", skel->progs.send_fixed);
	attach_sender("k1", skel->progs.send_random);
	attach_sender("lo", skel->progs.send_unknown);
}

/* By raw tracepoints: no tracefs is needed */
static void time_softirqs(void)
{
	skel->links.softirq_begin = bpf_program__attach(skel->progs.softirq_begin);
	skel->links.softirq_end = bpf_program__attach(skel->progs.softirq_end);
	if (!skel->links.softirq_begin || !skel->links.softirq_end)
		xmt_die("cannot time softirqs: %s", strerror(errno));
}

void progs_open(bool softirqs)
{
	int err;

	libbpf_set_print(print_warnings);
	if (libbpf_num_possible_cpus() > CPUS_MAX)
		xmt_die("more than %d CPUs", CPUS_MAX);
	skel = bench_bpf__open_and_load();
	if (!skel)
		xmt_die("cannot load the bench's programs: %s", strerror(errno));
	if (softirqs)
		time_softirqs();
	keep_senders();
	snprintf(count_pin, sizeof(count_pin), "/sys/fs/bpf/%scount", xmt_prefix());
	xmt_undo("rm -f %s", count_pin);
	err = bpf_program__pin(skel->progs.count_tc, count_pin);
	if (err)
		xmt_die("cannot pin %s: %s", count_pin, strerror(-err));
}

void progs_close(void)
{
	unlink(count_pin);
	xmt_ns_del(&keeper);
	bench_bpf__destroy(skel);
	skel = NULL;
}

int progs_sender(enum sender sender, unsigned int targets)
{
	skel->bss->bench_targets = targets;
	switch (sender) {
	case SEND_FIXED:
		return bpf_program__fd(skel->progs.send_fixed);
	case SEND_RANDOM:
		return bpf_program__fd(skel->progs.send_random);
	case SEND_UNKNOWN:
		return bpf_program__fd(skel->progs.send_unknown);
	}
	return -EINVAL;
}

static uint64_t read_counter(uint32_t key)
{
	uint64_t value[CPUS_MAX], sum = 0;
	int i, n = libbpf_num_possible_cpus();

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.counters), &key, value))
		return 0;
	for (i = 0; i < n; i++)
		sum += value[i];
	return sum;
}

uint64_t progs_delivered(void)
{
	return read_counter(BENCH_DELIVERED);
}

uint64_t progs_sent(void)
{
	return read_counter(BENCH_SENT);
}

double progs_softirq(void)
{
	struct {
		uint64_t begin, sum;
	} value[CPUS_MAX];
	int i, n = libbpf_num_possible_cpus();
	uint64_t sum = 0;
	uint32_t key = 0;

	if (bpf_map_lookup_elem(bpf_map__fd(skel->maps.softirqs), &key, value))
		return 0;
	for (i = 0; i < n; i++)
		sum += value[i].sum;
	return sum / 1e9;
}

int progs_attach_xdp(const struct side *s, const char *dev, bool on)
{
	/* macvlan has no native XDP; the other sides have veths, which have it */
	uint32_t flags = s->kind == KERNEL_MACVLAN ? XDP_FLAGS_SKB_MODE : XDP_FLAGS_DRV_MODE;
	unsigned int ifindex = xmt_ifindex(&s->node[E0], dev);
	int err;

	if (!ifindex)
		return -ENODEV;
	xmt_ns_enter(&s->node[E0]);
	err = bpf_xdp_attach(ifindex, on ? bpf_program__fd(skel->progs.count_xdp) : -1, flags,
			     NULL);
	xmt_ns_enter(NULL);
	return err;
}

/* Not `tc -n`: it would hide bpffs. */
void progs_count_block(const struct side *s)
{
	xmt_must("nsenter --net=/run/netns/%s tc filter add block %d bpf direct-action "
		 "object-pinned %s",
		 s->node[E0].name, BENCH_BLOCK, count_pin);
}
