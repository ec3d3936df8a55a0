// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/pkt_cls.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/clock.h"
#include "pins/kernel_features.h"
#include "pins/programs.h"

#define INTERRUPTED_MS 10000 /* a load that signals interrupt is repeated for so long */

static int object_reuse_maps(struct bpf_object *obj, const int fds[XM_MAP_COUNT])
{
	for (int i = 0; i < XM_MAP_COUNT; i++) {
		struct bpf_map *map = bpf_object__find_map_by_name(obj, xm_map_names[i]);
		int err = map ? bpf_map__reuse_fd(map, fds[i]) : -ENOENT;

		if (err)
			return err;
	}
	return 0;
}

static struct bpf_object *object_give_up(struct bpf_object *obj, enum xm_program program, int err,
					 struct xm_err *e)
{
	xm_object_fail(e, err, "load the BPF program ", xm_program_names[program]);
	bpf_object__close(obj);
	return NULL;
}

int xm_program_check_kernel(enum xm_program program, struct xm_err *e)
{
	static atomic_bool checked;
	const char *why = NULL;
	int err = atomic_load(&checked) ? 0 : xm_check_offload_bits(&why);

	atomic_store(&checked, !err && !why);
	if (err)
		return xm_fail(e, err, "cannot read the names of device offloads: %s",
			       strerror(-err));
	return why ? xm_fail(e, EOPNOTSUPP, "cannot load the BPF program %s: %s",
			     xm_program_names[program], why)
		   : 0;
}

struct bpf_object *xm_program_open(enum xm_program program, bool plain, const int fds[XM_MAP_COUNT],
				   int *err, struct xm_err *e)
{
	struct bpf_object *obj;

	*err = xm_program_check_kernel(program, e);
	if (*err)
		return NULL;
	obj = xm_object_open_program(program, plain);
	if (!obj) {
		*err = xm_object_fail(e, errno, "open the BPF object ", xm_program_names[program]);
		return NULL;
	}
	*err = object_reuse_maps(obj, fds);
	return *err ? object_give_up(obj, program, *err, e) : obj;
}

static struct bpf_object *object_try_load(enum xm_program program, bool plain,
					  const int fds[XM_MAP_COUNT], int *err, struct xm_err *e)
{
	struct bpf_object *obj = xm_program_open(program, plain, fds, err, e);

	if (!obj)
		return NULL;
	*err = bpf_object__load(obj);
	return *err ? object_give_up(obj, program, *err, e) : obj;
}

/*
 * The verifier ends with EAGAIN when a signal is pending, as when the process is stopped (job
 * control, a debugger). libbpf tries five times, which is less than one second of such signals.
 */
bool xm_program_may_load_again(int err, int64_t begin)
{
	return err == -EAGAIN && xm_now_ms() < begin + INTERRUPTED_MS;
}

static struct bpf_object *object_load(enum xm_program program, bool plain,
				      const int fds[XM_MAP_COUNT], int *err, struct xm_err *e)
{
	int64_t begin = xm_now_ms();
	struct bpf_object *obj;

	do
		obj = object_try_load(program, plain, fds, err, e);
	while (!obj && xm_program_may_load_again(*err, begin));
	return obj;
}

int xm_program_load(enum xm_program program, bool plain, const int fds[XM_MAP_COUNT],
		    struct xm_err *e)
{
	struct bpf_program *prog;
	struct bpf_object *obj;
	int err, fd;

	obj = object_load(program, plain, fds, &err, e);
	if (!obj)
		return err;
	prog = bpf_object__find_program_by_name(obj, xm_program_names[program]);
	fd = prog ? fcntl(bpf_program__fd(prog), F_DUPFD_CLOEXEC, 0) : -ENOENT;
	if (fd == -1)
		fd = -errno;
	bpf_object__close(obj);
	return fd;
}

static int load_code(const char *name, const struct bpf_insn *code, size_t count)
{
	int fd = bpf_prog_load(BPF_PROG_TYPE_SCHED_CLS, name, "GPL", code, count, NULL);

	return fd < 0 ? -errno : fd;
}

int xm_program_load_pass(void)
{
	static const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = TC_ACT_UNSPEC },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_code("xmacvlan_pass", code, sizeof(code) / sizeof(*code));
}

int xm_program_load_match(uint32_t mark)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_LDX | BPF_W | BPF_MEM,
		  .dst_reg = 1,
		  .src_reg = 1,
		  .off = offsetof(struct __sk_buff, mark) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = -1 },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 1, .imm = mark, .off = 1 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_code("xmacvlan_match", code, sizeof(code) / sizeof(*code));
}

int xm_program_load_detour(uint32_t ifindex, uint32_t mark)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = mark },
		{ .code = BPF_STX | BPF_W | BPF_MEM,
		  .dst_reg = 1,
		  .src_reg = 2,
		  .off = offsetof(struct __sk_buff, mark) },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 1, .imm = ifindex },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = BPF_F_INGRESS },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_redirect },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return load_code("xmacvlan_detour", code, sizeof(code) / sizeof(*code));
}

int xm_program_open_id(uint32_t id)
{
	xm_caps raised = xm_caps_raise(XM_CAP(CAP_SYS_ADMIN));
	int fd = bpf_prog_get_fd_by_id(id);

	xm_caps_lower(raised);
	return fd < 0 ? -errno : fd;
}

int xm_program_open_pin(const char *path, bool is_link)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	int prog, fd = bpf_obj_get(path);

	if (fd < 0 || !is_link)
		return fd < 0 ? -errno : fd;
	prog = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : xm_program_open_id(info.prog_id);
	close(fd);
	return prog;
}

int xm_program_map_ids(int fd, uint32_t ret[XM_PROGRAM_MAPS_MAX])
{
	struct bpf_prog_info info = { .nr_map_ids = XM_PROGRAM_MAPS_MAX,
				      .map_ids = (uintptr_t)ret };
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : (int)info.nr_map_ids;
}

uint32_t xm_program_id(int fd)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

void xm_program_name(uint32_t id, char ret[BPF_OBJ_NAME_LEN])
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);
	int fd = xm_program_open_id(id);

	if (fd < 0)
		return;
	if (!bpf_obj_get_info_by_fd(fd, &info, &len) && info.name[0])
		snprintf(ret, BPF_OBJ_NAME_LEN, "%s", info.name);
	close(fd);
}

bool xm_program_is(uint32_t id, enum xm_program program)
{
	char name[BPF_OBJ_NAME_LEN] = "";

	xm_program_name(id, name);
	return !strcmp(name, xm_program_names[program]);
}
