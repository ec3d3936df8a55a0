// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* See objs.h */
#include <bpf/btf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "frame.h"
#include "objs.h"
#include "pins/btf_excerpt.h"

const char *const prog_names[PROG_COUNT] = { "parent_rx", "parent_tx", "endpoint_rx", "parent_xdp",
					     "endpoint_tx" };

bool objs_plain;

static void die(const char *what)
{
	fprintf(stderr, "%s: %s\n", what, strerror(errno));
	exit(1);
}

static int print_warning(enum libbpf_print_level level, const char *fmt, va_list ap)
{
	return level == LIBBPF_WARN ? vfprintf(stderr, fmt, ap) : 0;
}

static void obj_path(char *path, size_t size, int n)
{
	const char *dir = getenv("BPF_DIR"), *prog = prog_names[n];
	const char *kind = objs_plain && (n == PARENT_RX || n == ENDPOINT_RX) ? "_plain" : "";

	snprintf(path, size, "%s/%s%s.bpf.o", dir ? dir : BPF_DIR, prog, kind);
	if (access(path, R_OK))
		snprintf(path, size, "%s/%s%s.o", dir ? dir : BPF_DIR, prog, kind);
}

/* As the engine does. NULL: errno has the reason. */
static struct bpf_object *obj_open(const char *path)
{
	struct bpf_object *obj = NULL;
	FILE *f = fopen(path, "r");
	static char elf[1 << 20];
	size_t size;

	if (!f)
		return NULL;
	size = fread(elf, 1, sizeof(elf), f);
	if (size < sizeof(elf) && !ferror(f))
		obj = xm_btf_excerpt_open(elf, size, NULL);
	fclose(f);
	return obj;
}

/* Uses the maps of the objects before, as far as they have a map of the same name */
static int obj_share_maps(const struct objs *o, int n)
{
	struct bpf_map *map, *first;
	int ret;

	bpf_object__for_each_map(map, o->obj[n]) {
		if (bpf_map__is_internal(map))
			continue;
		for (int i = 0; i < n; i++) {
			first = bpf_object__find_map_by_name(o->obj[i], bpf_map__name(map));
			if (!first)
				continue;
			ret = bpf_map__reuse_fd(map, bpf_map__fd(first));
			if (ret)
				return ret;
			break;
		}
	}
	return 0;
}

static int obj_load(struct objs *o, int n)
{
	char path[256];
	int ret;

	obj_path(path, sizeof(path), n);
	o->obj[n] = obj_open(path);
	if (!o->obj[n]) {
		fprintf(stderr, "%s: %s\n", path, strerror(errno));
		return -errno;
	}
	ret = obj_share_maps(o, n);
	if (!ret)
		ret = bpf_object__load(o->obj[n]);
	if (ret) {
		fprintf(stderr, "load %s: %s\n", path, strerror(-ret));
		return ret;
	}
	o->prog[n] = bpf_program__fd(bpf_object__find_program_by_name(o->obj[n], prog_names[n]));
	return o->prog[n] < 0 ? -ENOENT : 0;
}

bool objs_has_casts(void)
{
	static int has = -1;
	struct btf *btf;

	if (has < 0) {
		btf = btf__load_vmlinux_btf();
		has = btf && btf__find_by_name_kind(btf, "bpf_rdonly_cast", BTF_KIND_FUNC) > 0;
		btf__free(btf);
	}
	return has;
}

static int objs_map_fd(const struct objs *o, const char *name)
{
	int fd = -1;

	for (int n = 0; n < PROG_COUNT && fd < 0; n++)
		fd = bpf_object__find_map_fd_by_name(o->obj[n], name);
	if (fd < 0)
		fprintf(stderr, "no map %s in the objects\n", name);
	return fd;
}

int objs_open(struct objs *o)
{
	int ret;

	memset(o, 0, sizeof(*o));
	libbpf_set_print(print_warning);
	for (int n = 0; n < PROG_COUNT; n++) {
		ret = obj_load(o, n);
		if (ret)
			return ret;
	}
	o->config = objs_map_fd(o, "config");
	o->mac_table = objs_map_fd(o, "mac_table");
	o->hints = objs_map_fd(o, "hints");
	o->host_ends = objs_map_fd(o, "host_ends");
	o->ports = objs_map_fd(o, "ports");
	o->tc_devices = objs_map_fd(o, "tc_devices");
	o->xdp_devices = objs_map_fd(o, "xdp_devices");
	o->sources = objs_map_fd(o, "sources");
	o->stats = objs_map_fd(o, "stats");
	o->vlans = objs_map_fd(o, "vlans");
	o->neigh_owners = objs_map_fd(o, "neigh_owners");
	o->neigh_taught = objs_map_fd(o, "neigh_taught");
	/* A missing map is -1: one negative number makes the whole negative */
	return (o->config | o->mac_table | o->hints | o->host_ends | o->ports | o->tc_devices |
		o->xdp_devices | o->sources | o->stats | o->vlans) < 0
		       ? -ENOENT
		       : 0;
}

void objs_close(struct objs *o)
{
	for (int n = PROG_COUNT - 1; n >= 0; n--)
		bpf_object__close(o->obj[n]);
}

void objs_put(int map, const void *key, const void *value)
{
	if (bpf_map_update_elem(map, key, value, BPF_ANY))
		die("map update");
}

void objs_put_mac(const struct objs *o, const __u8 mac[XM_MAC_LEN], __u32 slot, __u16 hint)
{
	__u32 bit = xm_mac_hint(xm_mac_bits(mac)), index = bit / XM_HINT_WAYS;
	struct xm_mac_key key = { 0 };
	struct xm_hints hints;

	if (bpf_map_lookup_elem(o->hints, &index, &hints))
		die("hints");
	hints.slot[bit % XM_HINT_WAYS] = hint;
	objs_put(o->hints, &index, &hints);
	memcpy(key.mac, mac, sizeof(key.mac));
	objs_put(o->mac_table, &key, &slot);
}

static int stats_chunk_fd(const struct objs *o, __u32 chunk)
{
	__u32 id;

	if (bpf_map_lookup_elem(o->stats, &chunk, &id))
		return -1;
	return bpf_map_get_fd_by_id(id);
}

void objs_grow_stats(struct objs *o, unsigned int slots)
{
	for (__u32 chunk = 0; chunk * XM_STATS_CHUNK < slots; chunk++) {
		int fd = stats_chunk_fd(o, chunk);

		if (fd < 0) {
			fd = bpf_map_create(BPF_MAP_TYPE_PERCPU_ARRAY, "stats_chunk", sizeof(__u32),
					    sizeof(struct xm_stats), XM_STATS_CHUNK, NULL);
			if (fd < 0)
				die("stats chunk");
			objs_put(o->stats, &chunk, &fd);
		}
		close(fd);
	}
}

void objs_stats(const struct objs *o, unsigned int slot, struct xm_stats *ret)
{
	__u32 index = slot % XM_STATS_CHUNK;
	int cpus = libbpf_num_possible_cpus(), fd = stats_chunk_fd(o, slot / XM_STATS_CHUNK);
	struct xm_stats values[cpus];

	if (fd < 0 || bpf_map_lookup_elem(fd, &index, values))
		die("read stats");
	close(fd);
	memset(ret, 0, sizeof(*ret));
	for (int cpu = 0; cpu < cpus; cpu++)
		for (size_t i = 0; i < sizeof(*ret) / sizeof(__u64); i++)
			((__u64 *)ret)[i] += ((__u64 *)&values[cpu])[i];
}

void objs_clear_stats(const struct objs *o, unsigned int slot)
{
	__u32 index = slot % XM_STATS_CHUNK;
	int cpus = libbpf_num_possible_cpus(), fd = stats_chunk_fd(o, slot / XM_STATS_CHUNK);
	struct xm_stats values[cpus];

	memset(values, 0, sizeof(values));
	if (fd < 0)
		die("clear stats");
	objs_put(fd, &index, values);
	close(fd);
}

unsigned int objs_run_tc(int prog, const void *frame, unsigned int len, struct __sk_buff *ctx)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .ctx_in = ctx,
		    .ctx_size_in = sizeof(*ctx), .ctx_out = ctx, .ctx_size_out = sizeof(*ctx),
		    .repeat = 1);

	if (bpf_prog_test_run_opts(prog, &opts))
		die("BPF_PROG_TEST_RUN (tc)");
	return opts.retval;
}

unsigned int objs_run_xdp(int prog, const void *frame, unsigned int len)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .repeat = 1);

	if (bpf_prog_test_run_opts(prog, &opts))
		die("BPF_PROG_TEST_RUN (xdp)");
	return opts.retval;
}
