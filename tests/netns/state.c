// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All that a command may change, as text. See state.h. */
#include <bpf/bpf.h>
#include <dirent.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "../../include/abi.h"
#include "leftovers.h"
#include "pkt.h"
#include "state.h"

#define PINS  "/sys/fs/bpf/xmacvlan"
#define SLOTS 12 /* no test uses more */
#define ITEMS 64

static int ports; /* map of the parent that is read */

struct text {
	char *at;
	size_t left;
};

static void text_put(struct text *t, const char *fmt, ...) XMT_PRINTF(2, 3);

static void text_put(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left)
		xmt_die("the state is longer than STATE_SIZE");
	t->at += n;
	t->left -= n;
}

static int open_map(const char *dir, const char *name)
{
	char path[600];

	snprintf(path, sizeof(path), PINS "/%s/%s", dir, name);
	return bpf_obj_get(path);
}

static int line_compare(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All elements of a hash, sorted, each as a line that `print` formats */
static void put_hash(struct text *t, const char *dir, const char *name,
		     void (*print)(char line[80], const void *key, const void *value))
{
	char key[16], next[16], value[64], lines[ITEMS][80];
	int fd = open_map(dir, name);
	void *from = NULL;
	size_t n = 0;

	if (fd < 0)
		return;
	while (n < ITEMS && !bpf_map_get_next_key(fd, from, next)) {
		memcpy(key, next, sizeof(key));
		from = key;
		if (!bpf_map_lookup_elem(fd, key, value))
			print(lines[n++], key, value);
	}
	close(fd);
	qsort(lines, n, sizeof(lines[0]), line_compare);
	for (size_t i = 0; i < n; i++)
		text_put(t, "%s %s\n", name, lines[i]);
}

static void format_mac(char line[80], const void *key, const void *value)
{
	const struct xm_mac_key *k = key;
	const uint32_t *slot = value;

	snprintf(line, 80, "%s slot %u", xmt_mac_text(k->mac), *slot);
}

/* The key is an ifindex: put_slot() has it */
static void format_host_end(char line[80], const void *key, const void *value)
{
	const uint32_t *slot = value;

	(void)key;
	snprintf(line, 80, "slot %u", *slot);
}

static bool source_is_current(const struct xm_source *s)
{
	uint32_t slot = s->slot;
	struct xm_port port;

	return !bpf_map_lookup_elem(ports, &slot, &port) && port.mode == XM_MODE_SOURCE &&
	       port.source_gen == s->gen;
}

/* The order of the endpoints that list the same MAC does not matter */
static void format_source(char line[80], const void *key, const void *value)
{
	const struct xm_source_key *k = key;
	const struct xm_source *s = value;

	snprintf(line, 80, "%s slot %u%s", xmt_mac_text(k->mac), s->slot,
		 source_is_current(s) ? "" : " stale");
}

/* Sorted: which place an address has does not matter */
static void put_additional_macs(struct text *t, uint32_t slot, const struct xm_endpoint_record *r)
{
	char lines[XM_MAX_ADDITIONAL_MACS][80];
	size_t n = 0;

	for (size_t i = 0; i < XM_MAX_ADDITIONAL_MACS; i++)
		if (memcmp(r->additional_macs[i].mac, "\0\0\0\0\0", XM_MAC_LEN))
			snprintf(lines[n++], sizeof(lines[0]), "%s flags %u",
				 xmt_mac_text(r->additional_macs[i].mac),
				 r->additional_macs[i].flags);
	qsort(lines, n, sizeof(lines[0]), line_compare);
	for (size_t i = 0; i < n; i++)
		text_put(t, "record %u address %s\n", slot, lines[i]);
}

static void put_record(struct text *t, uint32_t slot, const struct xm_endpoint_record *r)
{
	text_put(t, "record %u %s state %u filtered %u nsid %d bc %u other %s\n", slot, r->name,
		 r->state, r->uc_filtered, r->peer_nsid >= 0, r->bcqueuelen,
		 xmt_mac_text(r->other_mac));
	put_additional_macs(t, slot, r);
	text_put(t, "record %u follows %u kind %u queues %u\n", slot, r->follows_peer_macs, r->kind,
		 r->queues);
	text_put(t, "#record %u host %u peer %u\n", slot, r->host_ifindex, r->peer_ifindex);
}

static void put_port(struct text *t, const char *what, uint32_t slot, const struct xm_port *p)
{
	/* without XM_PORT_NAPI: not every endpoint can have NAPI */
	text_put(t, "%s %u mode %u flags %#x mtu %u mac %s\n", what, slot, p->mode,
		 p->flags & ~XM_PORT_NAPI, p->mtu, xmt_mac_text(p->mac));
	text_put(t, "#%s %u ifindex %u flags %#x generation %u\n", what, slot, p->ifindex, p->flags,
		 p->source_gen);
}

static void put_slot(struct text *t, uint32_t slot, const int fds[4])
{
	struct xm_endpoint_record rec;
	struct xm_port port;
	uint32_t ifindex, host;

	if (!bpf_map_lookup_elem(fds[0], &slot, &rec)) {
		put_record(t, slot, &rec);
		put_port(t, "recorded port", slot, &rec.port);
		if (!bpf_map_lookup_elem(fds[3], &rec.host_ifindex, &host))
			text_put(t, "host end of %u is of %u\n", slot, host);
	}
	if (!bpf_map_lookup_elem(fds[1], &slot, &port) && port.ifindex)
		put_port(t, "port", slot, &port);
	if (!bpf_map_lookup_elem(fds[2], &slot, &ifindex))
		text_put(t, "device %u\n#device %u %u\n", slot, slot, ifindex);
}

static void put_slots(struct text *t, const char *dir)
{
	int fds[4] = { open_map(dir, "endpoints"), open_map(dir, "ports"),
		       open_map(dir, "tc_devices"), open_map(dir, "host_ends") };

	for (uint32_t slot = 0; slot < SLOTS; slot++)
		put_slot(t, slot, fds);
	for (int i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void put_parent(struct text *t, const char *dir)
{
	int record = open_map(dir, "parent"), config = open_map(dir, "config");
	struct xm_parent_record r;
	struct xm_config c;
	uint32_t key = 0;

	if (!bpf_map_lookup_elem(config, &key, &c))
		text_put(t, "config slots %u uses %#x mac %s\n", c.slots, c.uses,
			 xmt_mac_text(c.parent_mac));
	if (!bpf_map_lookup_elem(record, &key, &r)) {
		/* A command that fails leaves the full programs, too */
		text_put(t, "parent state %#x requested %u xdp %u\n",
			 r.state & ~(XM_PARENT_TCX | XM_PARENT_PLAIN), r.xdp_requested, r.xdp);
		text_put(t, "#parent program %u\n", r.xdp_prog_id);
	}
	if (config >= 0)
		close(config);
	if (record >= 0)
		close(record);
}

static void put_pins(struct text *t)
{
	DIR *d = opendir(PINS);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		put_parent(t, de->d_name);
		put_slots(t, de->d_name);
		ports = open_map(de->d_name, "ports");
		put_hash(t, de->d_name, "mac_table", format_mac);
		put_hash(t, de->d_name, "host_ends", format_host_end);
		put_hash(t, de->d_name, "sources", format_source);
		close(ports);
	}
	if (d)
		closedir(d);
	xmt_run("find /sys/fs/bpf -mindepth 1 2>/dev/null | grep -v '^/sys/fs/bpf/xdp' | sort");
	text_put(t, "%s\n", xmt_output());
}

/*
 * libxdp pins its dispatcher in bpf/xdp/dispatch-IFINDEX-ID. A refused call makes libxdp attach the
 * program without a dispatcher, so both are right. A folder of a dispatcher that is not on p0 is
 * left over.
 */
static void put_dispatcher_pins(struct text *t, const char *host)
{
	xmt_run("id=$(ip -n %s -d link show dev p0 2>/dev/null | "
		"sed -n 's/.*prog\\/xdp[a-z]* id \\([0-9]*\\).*/\\1/p'); "
		"ls -d /sys/fs/bpf/xdp/* 2>/dev/null | grep -v -- \"-${id:-none}$\" | "
		"sed 's/[0-9]*-[0-9]*$/IFINDEX-ID of no dispatcher on p0/'",
		host);
	text_put(t, "%s\n", xmt_output());
}

static void put_devices(struct text *t, const struct xmt_ns *ns, const char *where)
{
	struct if_nameindex *all;

	xmt_ns_enter(ns);
	all = if_nameindex();
	xmt_ns_enter(NULL);
	for (struct if_nameindex *i = all; i && i->if_index; i++) {
		uint8_t mac[6] = {};

		/* the MAC of a host end is another one each time */
		if (strncmp(i->if_name, "xm", 2) && !leftovers_is_tap(ns, i->if_name))
			xmt_link_mac(ns, i->if_name, mac);
		text_put(t, "%s %s %s\n#%s %s %u\n", where, i->if_name, xmt_mac_text(mac), where,
			 i->if_name, i->if_index);
	}
	if_freenameindex(all);
}

void state_read(struct state *ret, const struct invariants *inv)
{
	struct text t = { ret->text, sizeof(ret->text) };
	const char *host = inv->net.host.name;

	put_pins(&t);
	put_dispatcher_pins(&t, host);
	put_devices(&t, &inv->net.host, "host");
	put_devices(&t, &inv->net.peer[0], "peer 0");
	put_devices(&t, &inv->net.peer[1], "peer 1");
	text_put(&t, "p0 flags %#x\n",
		 leftovers_flags(&inv->net.host) & (IFF_ALLMULTI | IFF_PROMISC | IFF_UP));
	text_put(&t, "p0 counts %s\n", leftovers_promiscuity(&inv->net.host));
	xmt_run("bridge -n %s fdb show dev p0 2>/dev/null | sort; "
		"tc -n %s qdisc show dev p0 2>/dev/null; "
		"ip -n %s -d -o link show dev p0 2>/dev/null | grep -o 'mtu "
		"[0-9]*\\|prog/xdp[a-z]*' | uniq; "
		"ip -n %s -o link show up 2>/dev/null | "
		"sed -n 's/^[0-9]*: \\(xm[0-9a-f]*-[0-9a-f]*\\)@.*/up \\1/p' | sort; "
		"ip -n %s -o link show type tun up 2>/dev/null | sed 's/^[0-9]*: \\([^:]*\\).*/up "
		"\\1/' | sort",
		host, host, host, host, host);
	text_put(&t, "%s\n", xmt_output());
}

/* The next line (`same` false: that does not begin with #) and its length, or NULL */
static const char *next_line(const char **at, bool same, size_t *len)
{
	const char *line;

	do {
		line = *at;
		*len = strcspn(line, "\n");
		*at = line + *len + (line[*len] != '\0');
	} while (!same && *line == '#');
	return *len || *line ? line : NULL;
}

bool state_equal(const struct state *a, const struct state *b, bool same)
{
	const char *at_a = a->text, *at_b = b->text, *line_a, *line_b;
	size_t len_a, len_b;

	do {
		line_a = next_line(&at_a, same, &len_a);
		line_b = next_line(&at_b, same, &len_b);
		if (!line_a || !line_b)
			return !line_a && !line_b;
	} while (len_a == len_b && !memcmp(line_a, line_b, len_a));
	return false;
}

/* How often the text contains the line, which ends with a newline */
static unsigned int line_count(const struct state *in, const char *line)
{
	unsigned int n = 0;

	for (const char *at = in->text; (at = strstr(at, line)); at++)
		n += at == in->text || at[-1] == '\n';
	return n;
}

/* A line that `of` contains more often than `in`, or "nothing else"; lines with # are skipped */
static void find_extra_line(const struct state *in, const struct state *of, char *ret, size_t size)
{
	const char *at = of->text, *line;
	size_t len;

	while ((line = next_line(&at, false, &len))) {
		snprintf(ret, size, "%.*s\n", (int)len, line);
		if (len && line_count(of, ret) > line_count(in, ret))
			return;
	}
	snprintf(ret, size, "nothing else\n");
}

const char *state_difference(const struct state *a, const struct state *b)
{
	static char text[400];
	char lost[180], more[180];

	find_extra_line(b, a, lost, sizeof(lost));
	find_extra_line(a, b, more, sizeof(more));
	snprintf(text, sizeof(text), "was: %.*s, is: %.*s", (int)strcspn(lost, "\n"), lost,
		 (int)strcspn(more, "\n"), more);
	return text;
}
