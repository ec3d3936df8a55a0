// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Many endpoints in one namespace. One filter at TC ingress, on a block that all devices share,
 * counts and drops the frames that they receive, the same on every side. A stack behind it would
 * cost more than the measured path.
 */
#include <stdio.h>
#include <string.h>
#include <errno.h>
#include <unistd.h>

#include "bench.h"
#include "pkt.h"
#include "progs.h"
#include "run.h"

#define SETUP_SECONDS 120

void crowd_mac(unsigned int i, uint8_t ret[6])
{
	const uint8_t mac[6] = { BENCH_MAC_0, BENCH_MAC_1, BENCH_MAC_2, 0x01, i >> 8, i };

	memcpy(ret, mac, sizeof(mac));
}

static FILE *open_batch(const char *path)
{
	FILE *f = fopen(path, "we");

	if (!f)
		xmt_die("cannot write %s: %s", path, strerror(errno));
	return f;
}

static void close_batch(FILE *f, const char *path)
{
	if (fclose(f))
		xmt_die("cannot write %s: %s", path, strerror(errno));
}

static const char *source_words(const char *mode)
{
	static char words[64];

	snprintf(words, sizeof(words), "macaddr add %s", xmt_mac_text(node_mac(WIRE)));
	return strcmp(mode, "source") ? "" : words;
}

static void write_tap(FILE *f, const struct side *s, unsigned int i)
{
	if (s->kind == XMACVLAN)
		fprintf(f, "add e%u link p0 type tap\n", i);
	else if (s->kind == KERNEL_MACVLAN)
		fprintf(f, "link add e%u link p0 type macvtap mode bridge\nlink set e%u up\n", i,
			i);
	else
		fprintf(f, "tuntap add e%u mode tap\nlink set e%u master br0 up\n", i, i);
}

static void write_endpoint(FILE *f, const struct side *s, unsigned int i, const char *mode,
			   const char *netns)
{
	const char *in = netns ? "netns " : "", *ns = netns ?: "";
	char mac_text[24];
	uint8_t mac[6];

	crowd_mac(i, mac);
	snprintf(mac_text, sizeof(mac_text), "%s", xmt_mac_text(mac));
	switch (s->kind) {
	case KERNEL_MACVLAN:
		fprintf(f, "link add e%u link p0 %s%s address %s type macvlan mode %s %s\n", i, in,
			ns, mac_text, mode, source_words(mode));
		break;
	case XMACVLAN:
		fprintf(f, "add e%u link p0 address %s %s%s mode %s %s\n", i, mac_text, in, ns,
			mode, source_words(mode));
		break;
	case BRIDGE:
		fprintf(f,
			"link add h%u type veth peer name e%u address %s %s%s\n"
			"link set h%u master br0 addrgenmode none up\n",
			i, i, mac_text, in, ns, i);
		break;
	case VETH:
		xmt_die("a crowd of plain veths is not implemented");
	}
}

void crowd_write(const struct side *s, const char *path, unsigned int first, unsigned int n,
		 const char *mode, const char *netns)
{
	FILE *f = open_batch(path);
	unsigned int i;

	for (i = first; i < first + n; i++)
		if (s->taps)
			write_tap(f, s, i);
		else
			write_endpoint(f, s, i, mode, netns);
	close_batch(f, path);
}

void crowd_write_del(const struct side *s, const char *path, unsigned int n)
{
	FILE *f = open_batch(path);
	unsigned int i;

	for (i = 0; i < n; i++)
		fprintf(f, "%s e%u\n", s->kind == XMACVLAN ? "del" : "link del", i);
	close_batch(f, path);
}

void crowd_path(const struct side *s, char *ret, size_t size)
{
	snprintf(ret, size, "%s/batch-%s", bench_options.dir, s->name);
}

double crowd_batch(const struct side *s, const char *path, const char *netns)
{
	const char *ours[] = { bench_options.xmacvlan, "-n", s->node[HOST].name, "-b", path, NULL };
	const char *ip[] = { "ip", "-n", netns, "-batch", path, NULL };

	return proc_run(s->kind == XMACVLAN ? ours : ip);
}

/* Run `command` with a batch of one line for each endpoint. `format` takes its number. */
static void run_for_each(struct side *s, const char *path, unsigned int first, const char *command,
			 const char *format)
{
	FILE *f = open_batch(path);
	unsigned int i;

	for (i = first; i < s->endpoints; i++)
		fprintf(f, format, i);
	close_batch(f, path);
	xmt_must("timeout %d %s -n %s -batch %s", SETUP_SECONDS, command, s->node[E0].name, path);
}

void crowd_add(struct side *s, unsigned int n, const char *mode)
{
	unsigned int first = s->endpoints;
	char path[300];
	double took;

	s->endpoints += n;
	crowd_path(s, path, sizeof(path));
	crowd_write(s, path, first, n, mode, s->node[E0].name);
	took = crowd_batch(s, path, s->node[HOST].name);
	if (took < 0)
		xmt_die("%s: cannot add %u endpoints: %s", s->name, n, strerror(-took));
	if (!s->taps)
		run_for_each(s, path, first, "ip", "link set e%u up\n");
	unlink(path);
}

void crowd_make(struct side *s, const struct layout *layout)
{
	unsigned int n = s->n ?: layout->n ?: bench_options.many;
	char path[300];

	if (bench_options.quick && n > bench_options.many)
		n = bench_options.many;
	crowd_add(s, n, layout->mode);
	if (!layout->addressed) {
		crowd_path(s, path, sizeof(path));
		run_for_each(s, path, 0, "tc", "qdisc add dev e%u ingress_block 77 clsact\n");
		progs_count_block(s);
		unlink(path);
	}
}
