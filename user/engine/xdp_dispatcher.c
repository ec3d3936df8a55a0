// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Dispatchers of libxdp that have lost their pins, and pins that have lost their dispatcher */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <unistd.h>

#include "engine/xdp_dispatcher.h"
#include "pins/objects.h"
#include "pins/programs.h"

#define DISPATCHER "xdp_dispatcher" /* name of the program (libxdp, xdp-dispatcher.c) */

#define TEST_LINK "prog-test-link-" /* what the name of a pin begins with (libxdp.c) */

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	uint32_t len = sizeof(info);

	return fd < 0 || bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

int xm_xdp_uses_maps_of(const struct xm_parent *p, int fd)
{
	uint32_t ids[XM_PROGRAM_MAPS_MAX] = {};
	int n = xm_program_map_ids(fd, ids);

	if (n < 0)
		return n;
	for (int map = 0; map < XM_MAP_COUNT; map++) {
		uint32_t id = map_id(p->maps[map]);

		for (int i = 0; id && i < n && i < XM_PROGRAM_MAPS_MAX; i++)
			if (ids[i] == id)
				return 1;
	}
	return 0;
}

int xm_xdp_read_attached(const struct xm_parent *p, struct xm_xdp_attached *ret)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query(p->link.ifindex, 0, &opts);

	ret->id = opts.drv_prog_id ? opts.drv_prog_id : opts.skb_prog_id;
	ret->mode = opts.drv_prog_id ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	return err;
}

/* ours_id: as in struct linked. Returns 1, 0 or a negative errno. */
static int program_is_ours(const struct xm_parent *p, uint32_t id, uint32_t ours_id)
{
	int fd, ours;

	if (ours_id)
		return id == ours_id;
	fd = xm_program_open_id(id);
	if (fd < 0)
		return fd;
	ours = xm_xdp_uses_maps_of(p, fd);
	close(fd);
	return ours;
}

/* The programs that the kernel's list of links shows in a dispatcher */
struct linked {
	const struct xm_parent *p;
	uint32_t dispatcher; /* id */
	uint32_t ours_id; /* the only program that counts as the parent's; 0: by its maps */
	unsigned int ours, others;
};

static int linked_count(struct linked *l, int link)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	int ours;

	if (bpf_obj_get_info_by_fd(link, &info, &len))
		return -errno;
	if (info.type != BPF_LINK_TYPE_TRACING || info.tracing.target_obj_id != l->dispatcher)
		return 0;
	ours = program_is_ours(l->p, info.prog_id, l->ours_id);
	if (ours < 0)
		return ours;
	l->ours += ours;
	l->others += !ours;
	return 0;
}

static int linked_read(struct linked *l)
{
	uint32_t id = 0;
	int err = 0;

	while (!err && !bpf_link_get_next_id(id, &id)) {
		int fd = bpf_link_get_fd_by_id(id);

		if (fd < 0 && errno == ENOENT)
			continue;
		if (fd < 0)
			return -errno;
		err = linked_count(l, fd);
		close(fd);
	}
	return err ? err : errno == ENOENT ? 0 : -errno;
}

int xm_xdp_dispatcher_is_orphaned(const struct xm_parent *p, const struct xdp_multiprog *mp)
{
	struct xdp_program *main = xdp_multiprog__main_prog(mp);
	struct bpf_prog_info info = {};
	struct linked l = { .p = p };
	uint32_t len = sizeof(info);
	int err;

	if (!xdp_multiprog__is_legacy(mp) || !main)
		return 0;
	if (bpf_obj_get_info_by_fd(xdp_program__fd(main), &info, &len))
		return -errno;
	l.dispatcher = info.id;
	err = linked_read(&l);
	if (err)
		return err;
	return !l.others && (l.ours || !strcmp(info.name, DISPATCHER));
}

int xm_xdp_is_attached(const struct xm_parent *p, uint32_t id)
{
	struct linked l = { .p = p, .ours_id = id };
	struct xm_xdp_attached attached;
	int ret = xm_xdp_read_attached(p, &attached);

	if (ret || !attached.id)
		return ret;
	l.dispatcher = attached.id;
	ret = program_is_ours(p, l.dispatcher, id);
	if (ret)
		return ret;
	ret = linked_read(&l);
	return ret ? ret : l.ours > 0;
}

static bool ends_with(const char *text, const char *end)
{
	size_t len = strlen(text), end_len = strlen(end);

	return len >= end_len && !strcmp(text + len - end_len, end);
}

struct folder {
	const struct xm_parent *p;
	uint32_t dispatcher;
	char path[64];
	bool ours, empty;
};

/* Calls fn with the path of each pin until it returns other than 0, and returns that */
static int folder_each(struct folder *f, int (*fn)(struct folder *f, const char *path))
{
	DIR *d = opendir(f->path);
	const struct dirent *entry;
	char path[sizeof(f->path) + sizeof(entry->d_name)];
	int ret = 0;

	if (!d)
		return -errno;
	while (!ret && (entry = readdir(d)))
		if (entry->d_name[0] != '.') {
			snprintf(path, sizeof(path), "%s/%s", f->path, entry->d_name);
			ret = fn(f, path);
		}
	closedir(d);
	return ret;
}

static int pin_examine(struct folder *f, const char *path)
{
	bool is_link = ends_with(path, "-link");
	int ours, fd;

	f->empty = false;
	if (!is_link && !ends_with(path, "-prog"))
		return 0;
	fd = xm_program_open_pin(path, is_link);
	if (fd < 0)
		return fd;
	ours = xm_xdp_uses_maps_of(f->p, fd);
	close(fd);
	f->ours |= ours > 0;
	return ours < 0 ? ours : 0;
}

static int pin_delete(struct folder *f, const char *path)
{
	(void)f;
	return unlink(path) && errno != ENOENT ? -errno : 0;
}

/* A folder that is empty is nobody's when its dispatcher does not exist */
static int folder_is_left(const struct folder *f)
{
	int fd;

	if (!f->empty)
		return f->ours;
	fd = xm_program_open_id(f->dispatcher);
	if (fd < 0)
		return fd == -ENOENT ? 1 : fd;
	close(fd);
	return 0;
}

static int folder_delete_if_left(struct folder *f)
{
	int ret = folder_each(f, pin_examine);

	if (!ret)
		ret = folder_is_left(f);
	if (ret <= 0)
		return ret;
	ret = folder_each(f, pin_delete);
	return ret ? ret : rmdir(f->path) && errno != ENOENT ? -errno : 0;
}

/* libxdp pins a link for a moment, with its lock, to see whether the kernel has dispatchers */
static int test_link_delete(DIR *d, const char *name)
{
	return unlinkat(dirfd(d), name, 0) && errno != ENOENT ? -errno : 0;
}

static int folders_delete(const struct xm_parent *p, DIR *d)
{
	const struct dirent *entry;
	struct xm_xdp_attached attached;
	int ret = xm_xdp_read_attached(p, &attached);

	while (!ret && (entry = readdir(d))) {
		struct folder f = { .p = p, .empty = true };
		uint32_t ifindex;

		if (!strncmp(entry->d_name, TEST_LINK, strlen(TEST_LINK)))
			ret = test_link_delete(d, entry->d_name);
		if (sscanf(entry->d_name, "dispatch-%u-%u", &ifindex, &f.dispatcher) != 2 ||
		    ifindex != p->link.ifindex || f.dispatcher == attached.id)
			continue;
		snprintf(f.path, sizeof(f.path), XM_LIBXDP_DIR "/dispatch-%u-%u", ifindex,
			 f.dispatcher);
		ret = folder_delete_if_left(&f);
	}
	return ret;
}

int xm_xdp_dispatcher_delete_pins(const struct xm_parent *p)
{
	DIR *d = opendir(XM_LIBXDP_DIR);
	int ret;

	if (!d)
		return errno == ENOENT ? 0 : -errno;
	/* libxdp's lock: what another process is pinning is not left over */
	ret = flock(dirfd(d), LOCK_EX) ? -errno : folders_delete(p, d);
	closedir(d);
	return ret;
}
