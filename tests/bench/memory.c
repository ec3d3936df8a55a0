// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Memory of endpoints that are up. "whole" is the memory that is not free and belongs neither to
 * files nor to processes, after the caches have been dropped. Counters of slabs alone would miss
 * netdevs, which are larger than slabs. The share of the maps is memlock in the fdinfo of each
 * map, since Linux 6.3 the memory that it really uses.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cases.h"
#include "run.h"
#include "tap.h"

#define PINS	     "/sys/fs/bpf/xmacvlan"
#define SETTLE_STEP  0.1 /* seconds */
#define SETTLE_STILL 4 /* steps without a change */
#define SETTLE_MAX   50 /* steps */
#define SETTLED	     128 /* KiB */

static const struct layout crowd = { .kind = LAYOUT_CROWD };

/* Sums the KiB of all lines of `path` whose first word is among `names`, which ends with NULL. */
static long sum_fields(const char *path, const char *const *names, long unit)
{
	char line[128], name[64];
	long sum = 0, value;
	unsigned int i;
	FILE *f;

	f = fopen(path, "re");
	if (!f)
		xmt_die("cannot read %s: %s", path, strerror(errno));
	while (fgets(line, sizeof(line), f)) {
		if (sscanf(line, " %63[^:]: %ld", name, &value) != 2)
			continue;
		for (i = 0; names[i]; i++)
			if (!strcmp(name, names[i]))
				sum += value * unit;
	}
	fclose(f);
	return sum;
}

/*
 * In KiB. MemFree does not include the free pages on per-CPU lists, which are tens of MiB and
 * change all the time; /proc/zoneinfo has them.
 */
static long used_now(void)
{
	static const char *const all[] = { "MemTotal", NULL };
	static const char *const not_ours[] = { "MemFree",    "Buffers",     "Cached", "AnonPages",
						"PageTables", "KernelStack", NULL };
	static const char *const on_lists[] = { "count", NULL };

	return sum_fields("/proc/meminfo", all, 1) - sum_fields("/proc/meminfo", not_ours, 1) -
	       sum_fields("/proc/zoneinfo", on_lists, sysconf(_SC_PAGESIZE) / 1024);
}

static void drop_caches(void)
{
	int fd = open("/proc/sys/vm/drop_caches", O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, "3", 1) != 1)
		xmt_die("cannot drop caches: %s", strerror(errno));
	close(fd);
}

/* Memory is freed after RCU grace periods, some by work queues: wait until nothing changes. */
static long used_settled(void)
{
	long since, now;
	int i, still = 0, steps = bench_options.quick ? 1 : SETTLE_MAX;

	since = now = used_now();
	for (i = 0; i < steps && still < SETTLE_STILL; i++) {
		drop_caches();
		wait_seconds(SETTLE_STEP);
		now = used_now();
		if (now - since > SETTLED || since - now > SETTLED) {
			since = now;
			still = 0;
		} else {
			still++;
		}
	}
	return now;
}

struct maps {
	uint64_t plain, percpu; /* bytes */
};

static uint64_t map_memlock(int fd)
{
	unsigned long long bytes = 0;
	char path[64], line[128];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	f = fopen(path, "re");
	if (!f)
		return 0;
	while (fgets(line, sizeof(line), f))
		if (sscanf(line, "memlock: %llu", &bytes) == 1)
			break;
	fclose(f);
	return bytes;
}

static void add_map(struct maps *m, int fd, const struct bpf_map_info *info)
{
	bool percpu = info->type == BPF_MAP_TYPE_PERCPU_ARRAY ||
		      info->type == BPF_MAP_TYPE_PERCPU_HASH ||
		      info->type == BPF_MAP_TYPE_LRU_PERCPU_HASH;

	*(percpu ? &m->percpu : &m->plain) += map_memlock(fd);
}

static int get_map_info(int fd, struct bpf_map_info *ret)
{
	uint32_t len = sizeof(*ret);

	memset(ret, 0, sizeof(*ret));
	return bpf_obj_get_info_by_fd(fd, ret, &len);
}

/* The inner maps of an array of maps with `entries` slots */
static void add_inner_maps(struct maps *m, int outer, uint32_t entries)
{
	struct bpf_map_info info;
	uint32_t key, id;
	int fd;

	for (key = 0; key < entries; key++) {
		if (bpf_map_lookup_elem(outer, &key, &id))
			continue;
		fd = bpf_map_get_fd_by_id(id);
		if (fd < 0)
			continue;
		if (!get_map_info(fd, &info))
			add_map(m, fd, &info);
		close(fd);
	}
}

static struct maps pinned_maps;

static int visit_pin(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
	struct bpf_map_info info;
	int fd;

	(void)st;
	(void)ftw;
	if (type != FTW_F)
		return 0;
	fd = bpf_obj_get(path);
	if (fd < 0)
		return 0;
	/* The info of programs and links is not one of a map: it has no max_entries */
	if (!get_map_info(fd, &info) && info.max_entries && info.key_size) {
		add_map(&pinned_maps, fd, &info);
		if (info.type == BPF_MAP_TYPE_ARRAY_OF_MAPS)
			add_inner_maps(&pinned_maps, fd, info.max_entries);
	}
	close(fd);
	return 0;
}

/* Maps of all pinned parents: only the measured side exists. */
static struct maps maps_now(void)
{
	memset(&pinned_maps, 0, sizeof(pinned_maps));
	nftw(PINS, visit_pin, 8, FTW_PHYS);
	return pinned_maps;
}

static void make_crowd(struct side *s, const struct bench_case *c)
{
	crowd_add(s, bench_options.count, "bridge");
	if (c->layout.open)
		crowd_open(s, bench_options.count);
}

/* The first endpoints fill free objects in existing slabs; the second ones are measured. */
int memory_shot(struct side *s, const struct bench_case *c, double seconds, double *value)
{
	unsigned int n = bench_options.count;
	struct maps maps, first, empty;
	long used;

	(void)seconds;
	s->taps = c->layout.taps;
	side_make_namespaces(s);
	side_make_parent(s);
	empty = maps_now();
	make_crowd(s, c);
	first = maps_now();
	used = used_settled();
	make_crowd(s, c);
	used = used_settled() - used;
	maps = maps_now();
	crowd_close(s);
	side_delete(s, &crowd);
	value[0] = (double)used / n;
	value[1] = (double)(maps.plain - first.plain) / n;
	value[2] = (double)(maps.percpu - first.percpu) / n;
	value[3] = (empty.plain + empty.percpu) / 1024.0;
	/* The few endpoints of a quick run use less than the noise */
	return used > 0 || bench_options.quick ? 0 : -ERANGE;
}
