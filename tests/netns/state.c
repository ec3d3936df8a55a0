// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* All that a command may have changed. See state.h. */
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
#define SLOTS 12 /* none of the tests has more */
#define ITEMS 64

static int ports; /* of the parent that is looked at */

struct text {
	char *at;
	size_t left;
};

static void say(struct text *t, const char *fmt, ...) XMT_PRINTF(2, 3);

static void say(struct text *t, const char *fmt, ...)
{
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(t->at, t->left, fmt, ap);
	va_end(ap);
	if (n < 0 || (size_t)n >= t->left)
		xmt_die("the state is too long");
	t->at += n;
	t->left -= n;
}

static int open_map(const char *dir, const char *name)
{
	char path[600];

	snprintf(path, sizeof(path), PINS "/%s/%s", dir, name);
	return bpf_obj_get(path);
}

static int as_text(const void *a, const void *b)
{
	return strcmp(a, b);
}

/* All elements of a hash, each as a line by `print`, in order */
static void say_hash(struct text *t, const char *dir, const char *name,
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
	qsort(lines, n, sizeof(lines[0]), as_text);
	for (size_t i = 0; i < n; i++)
		say(t, "%s %s\n", name, lines[i]);
}

static void print_mac(char line[80], const void *key, const void *value)
{
	const struct xm_mac_key *k = key;
	const uint32_t *slot = value;

	snprintf(line, 80, "%s slot %u", xmt_mac_text(k->mac), *slot);
}

/* Which device it is say_slot() tells */
static void print_host_end(char line[80], const void *key, const void *value)
{
	const uint32_t *slot = value;

	(void)key;
	snprintf(line, 80, "slot %u", *slot);
}

static bool counts(const struct xm_source *s)
{
	uint32_t slot = s->slot;
	struct xm_port port;

	return !bpf_map_lookup_elem(ports, &slot, &port) && port.mode == XM_MODE_SOURCE &&
	       port.source_gen == s->gen;
}

/* Of the listeners of a MAC the order is of no importance */
static void print_source(char line[80], const void *key, const void *value)
{
	const struct xm_source_key *k = key;
	const struct xm_source *s = value;

	snprintf(line, 80, "%s slot %u%s", xmt_mac_text(k->mac), s->slot,
		 counts(s) ? "" : " stale");
}

static void say_record(struct text *t, uint32_t slot, const struct xm_endpoint_record *r)
{
	say(t, "record %u %s state %u filtered %u nsid %d bc %u other %s\n", slot, r->name,
	    r->state, r->filtered, r->peer_nsid >= 0, r->bcqueuelen, xmt_mac_text(r->other_mac));
	say(t, "#record %u host %u peer %u\n", slot, r->host_ifindex, r->peer_ifindex);
}

static void say_port(struct text *t, const char *what, uint32_t slot, const struct xm_port *p)
{
	/* an endpoint that cannot have NAPI works without */
	say(t, "%s %u mode %u flags %#x mtu %u mac %s\n", what, slot, p->mode,
	    p->flags & ~XM_PORT_NAPI, p->mtu, xmt_mac_text(p->mac));
	say(t, "#%s %u ifindex %u flags %#x generation %u\n", what, slot, p->ifindex, p->flags,
	    p->source_gen);
}

static void say_slot(struct text *t, uint32_t slot, const int fds[4])
{
	struct xm_endpoint_record rec;
	struct xm_port port;
	uint32_t ifindex, host;

	if (!bpf_map_lookup_elem(fds[0], &slot, &rec)) {
		say_record(t, slot, &rec);
		say_port(t, "recorded port", slot, &rec.port);
		if (!bpf_map_lookup_elem(fds[3], &rec.host_ifindex, &host))
			say(t, "host end of %u is of %u\n", slot, host);
	}
	if (!bpf_map_lookup_elem(fds[1], &slot, &port) && port.ifindex)
		say_port(t, "port", slot, &port);
	if (!bpf_map_lookup_elem(fds[2], &slot, &ifindex))
		say(t, "device %u\n#device %u %u\n", slot, slot, ifindex);
}

static void say_slots(struct text *t, const char *dir)
{
	int fds[4] = { open_map(dir, "endpoints"), open_map(dir, "ports"),
		       open_map(dir, "tc_devices"), open_map(dir, "host_ends") };

	for (uint32_t slot = 0; slot < SLOTS; slot++)
		say_slot(t, slot, fds);
	for (int i = 0; i < 4; i++)
		if (fds[i] >= 0)
			close(fds[i]);
}

static void say_meta(struct text *t, const char *dir)
{
	int fd = open_map(dir, "meta");
	struct xm_meta m;
	uint32_t key = 0;

	if (fd < 0)
		return;
	if (!bpf_map_lookup_elem(fd, &key, &m)) {
		say(t, "meta slots %u features %#x state %#x wish %u xdp %u mac %s\n", m.slots,
		    m.features, m.state & ~XM_PARENT_TCX, m.xdp_requested, m.xdp,
		    xmt_mac_text(m.parent_mac));
		say(t, "#meta program %u\n", m.xdp_prog_id);
	}
	close(fd);
}

static void say_pins(struct text *t)
{
	DIR *d = opendir(PINS);
	struct dirent *de;

	while (d && (de = readdir(d))) {
		if (de->d_name[0] == '.')
			continue;
		say_meta(t, de->d_name);
		say_slots(t, de->d_name);
		ports = open_map(de->d_name, "ports");
		say_hash(t, de->d_name, "mac_table", print_mac);
		say_hash(t, de->d_name, "host_ends", print_host_end);
		say_hash(t, de->d_name, "sources", print_source);
		close(ports);
	}
	if (d)
		closedir(d);
	/* libxdp numbers its folders, which are in one that stays */
	xmt_run("find /sys/fs/bpf -mindepth 1 2>/dev/null | "
		"sed 's/dispatch-[0-9]*-[0-9]*/dispatch/; /bpf\\/xdp$/d' | sort");
	say(t, "%s\n", xmt_output());
}

static void say_devices(struct text *t, const struct xmt_ns *ns, const char *where)
{
	struct if_nameindex *all;

	xmt_ns_enter(ns);
	all = if_nameindex();
	xmt_ns_enter(NULL);
	for (struct if_nameindex *i = all; i && i->if_index; i++) {
		uint8_t mac[6] = {};

		if (strncmp(i->if_name, "xm", 2))
			xmt_link_mac(ns, i->if_name, mac);
		say(t, "%s %s %s\n#%s %s %u\n", where, i->if_name, xmt_mac_text(mac), where,
		    i->if_name, i->if_index);
	}
	if_freenameindex(all);
}

void state_take(struct state *ret, const struct invariants *inv)
{
	struct text t = { ret->text, sizeof(ret->text) };
	const char *host = inv->net.host.name;

	say_pins(&t);
	say_devices(&t, &inv->net.host, "host");
	say_devices(&t, &inv->net.peer[0], "peer 0");
	say_devices(&t, &inv->net.peer[1], "peer 1");
	say(&t, "p0 flags %#x\n",
	    leftovers_flags(&inv->net.host) & (IFF_ALLMULTI | IFF_PROMISC | IFF_UP));
	say(&t, "p0 counts %s\n", leftovers_promiscuity(&inv->net.host));
	xmt_run("bridge -n %s fdb show dev p0 2>/dev/null | sort; "
		"tc -n %s qdisc show dev p0 2>/dev/null; "
		"ip -n %s -d -o link show dev p0 2>/dev/null | grep -o 'mtu "
		"[0-9]*\\|prog/xdp[a-z]*' | uniq; "
		"ip -n %s -o link show type veth up 2>/dev/null | "
		"sed -n 's/^[0-9]*: \\(xm[0-9a-f]*-[0-9a-f]*\\)@.*/up \\1/p' | sort",
		host, host, host, host);
	say(&t, "%s\n", xmt_output());
}

/* The next line that counts, or NULL. It ends at *end. */
static const char *line_of(const char **at, bool same, size_t *len)
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
		line_a = line_of(&at_a, same, &len_a);
		line_b = line_of(&at_b, same, &len_b);
		if (!line_a || !line_b)
			return !line_a && !line_b;
	} while (len_a == len_b && !memcmp(line_a, line_b, len_a));
	return false;
}

/* How often the text has the line, which ends with a newline */
static unsigned int times(const struct state *in, const char *line)
{
	unsigned int n = 0;

	for (const char *at = in->text; (at = strstr(at, line)); at++)
		n += at == in->text || at[-1] == '\n';
	return n;
}

/* A line that `of` has more often than `in`, or "none"; lines of devices' numbers do not count */
static void line_missing(const struct state *in, const struct state *of, char *ret, size_t size)
{
	const char *at = of->text, *line;
	size_t len;

	while ((line = line_of(&at, false, &len))) {
		snprintf(ret, size, "%.*s\n", (int)len, line);
		if (len && times(of, ret) > times(in, ret))
			return;
	}
	snprintf(ret, size, "nothing else\n");
}

const char *state_difference(const struct state *a, const struct state *b)
{
	static char text[400];
	char lost[180], more[180];

	line_missing(b, a, lost, sizeof(lost));
	line_missing(a, b, more, sizeof(more));
	snprintf(text, sizeof(text), "was: %.*s, is: %.*s", (int)strcspn(lost, "\n"), lost,
		 (int)strcspn(more, "\n"), more);
	return text;
}
