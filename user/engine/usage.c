// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <errno.h>
#include <unistd.h>

#include "engine/tc_pins.h"
#include "engine/usage.h"
#include "pins/map_count.h"
#include "pins/programs.h"

/* The maps that can become full */
static const enum xm_map counted[] = {
	XM_MAP_MAC_TABLE, XM_MAP_HOST_ENDS,    XM_MAP_SOURCES,	    XM_MAP_MCAST_GROUPS,
	XM_MAP_OWNERS,	  XM_MAP_NEIGH_OWNERS, XM_MAP_NEIGH_TAUGHT,
};

static void usage_add_map(struct xm_usage *ret, const char *name, uint32_t used, uint32_t max)
{
	ret->maps[ret->map_count++] = (struct xm_map_usage){ name, used, max };
}

static void usage_count_maps(const struct xm_parent *p, struct xm_usage *ret)
{
	usage_add_map(ret, "slots", p->count, XM_MAX_SLOTS - 1);
	for (size_t i = 0; i < sizeof(counted) / sizeof(*counted); i++) {
		uint32_t used, max;

		if (p->maps[counted[i]] >= 0 && !xm_map_count(p->maps[counted[i]], &used, &max))
			usage_add_map(ret, xm_map_names[counted[i]], used, max);
	}
}

/* A program that is attached by tcx has a pin of its link only */
static int tc_program_open(const struct xm_parent *p, enum xm_program program)
{
	int fd = xm_tc_pin_open(p->dir, program);
	char path[256];

	if (fd >= 0)
		return fd;
	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	return xm_program_open_pin(path, true);
}

static int program_open(const struct xm_parent *p, enum xm_program program)
{
	if (program != XM_PROG_PARENT_XDP)
		return tc_program_open(p, program);
	return p->rec.xdp_prog_id ? xm_program_open_id(p->rec.xdp_prog_id) : -ENOENT;
}

static void usage_read_program(const struct xm_parent *p, enum xm_program program,
			       struct xm_usage *ret)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	int fd = program_open(p, program);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len))
		ret->programs[ret->program_count++] =
			(struct xm_program_usage){ xm_program_names[program], info.run_time_ns,
						   info.run_cnt, info.verified_insns };
	close(fd);
}

void xm_parent_usage(struct xm_parent *p, struct xm_usage *ret)
{
	usage_count_maps(p, ret);
	for (enum xm_program program = 0; program < XM_PROG_COUNT; program++)
		usage_read_program(p, program, ret);
}
