// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of the TC programs on a parent. A program that runs before xmacvlan's and does not
 * return TC_ACT_UNSPEC takes the frames of all endpoints; therefore xmacvlan's are kept first. They
 * return TC_ACT_UNSPEC for frames of no endpoint, which the others then see.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/tc_order.h"
#include "engine/tc_pins.h"
#include "engine/watcher_calls.h"
#include "net/tc.h"
#include "net/tcx.h"
#include "pins/objects.h"
#include "pins/pin_dir.h"
#include "pins/programs.h"

static const struct hook {
	enum xm_program program;
	bool ingress;
} hooks[] = { { XM_PROG_PARENT_RX, true }, { XM_PROG_PARENT_TX, false } };

/*
 * Opens the pinned tcx link of a program, and fills *prog_id with the id of what it runs. Returns
 * the descriptor or a negative errno.
 */
static int link_open(const char *dir, enum xm_program program, uint32_t *prog_id)
{
	struct bpf_link_info info = {};
	uint32_t len = sizeof(info);
	char path[256];
	int fd;

	snprintf(path, sizeof(path), "%s/%s" XM_LINK_PIN, dir, xm_program_names[program]);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return -errno;
	if (bpf_obj_get_info_by_fd(fd, &info, &len)) {
		close(fd);
		return -errno;
	}
	*prog_id = info.prog_id;
	return fd;
}

static void earlier_add(struct xm_tc_earlier *earlier, bool ingress, uint32_t id, const char *name)
{
	struct xm_tc_program *program = &earlier->list[earlier->count];

	if (earlier->count == XM_TC_EARLIER_MAX)
		return;
	earlier->count++;
	program->ingress = ingress;
	program->id = id;
	snprintf(program->name, sizeof(program->name), "%s", name);
	if (id)
		xm_program_name(id, program->name);
}

static void tcx_earlier(uint32_t ifindex, bool ingress, uint32_t ours, struct xm_tc_earlier *ret)
{
	uint32_t ids[XM_TCX_MAX];
	int at = 0, n = xm_tcx_list(ifindex, ingress, ids);

	while (at < n && ids[at] != ours)
		at++;
	/* When xmacvlan's program is not in the list, xm_tc_verify() reports it */
	for (int i = 0; i < at && at < n; i++)
		earlier_add(ret, ingress, ids[i], "");
}

/* For a parent with clsact: all tcx programs run before its filters */
static void tcx_before_filters(uint32_t ifindex, bool ingress, struct xm_tc_earlier *ret)
{
	uint32_t ids[XM_TCX_MAX];
	int n = xm_tcx_list(ifindex, ingress, ids);

	for (int i = 0; i < n; i++)
		earlier_add(ret, ingress, ids[i], "");
	ret->barred |= n > 0;
}

static void filters_earlier(struct xm_nl *nl, uint32_t ifindex, const struct hook *h,
			    struct xm_tc_earlier *ret)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	int at = 0, n = xm_tc_filters(nl, ifindex, h->ingress, all, XM_TC_FILTERS_MAX);

	while (at < n && !xm_tc_filter_is_ours(&all[at], xm_program_names[h->program]))
		at++;
	for (int i = 0; i < at && at < n; i++) {
		earlier_add(ret, h->ingress, all[i].prog_id,
			    all[i].name[0] ? all[i].name : all[i].kind);
		ret->barred |= all[i].bars;
	}
}

static void hook_earlier(struct xm_nl *nl, const char *dir, uint32_t ifindex, const struct hook *h,
			 struct xm_tc_earlier *ret)
{
	uint32_t ours;
	int fd = link_open(dir, h->program, &ours);

	if (fd == -ENOENT)
		tcx_before_filters(ifindex, h->ingress, ret);
	if (fd == -ENOENT)
		filters_earlier(nl, ifindex, h, ret);
	if (fd < 0)
		return;
	close(fd);
	tcx_earlier(ifindex, h->ingress, ours, ret);
}

static void find_earlier(struct xm_nl *nl, const char *dir, uint32_t ifindex, bool tx,
			 struct xm_tc_earlier *ret)
{
	*ret = (struct xm_tc_earlier){};
	hook_earlier(nl, dir, ifindex, &hooks[0], ret);
	if (tx)
		hook_earlier(nl, dir, ifindex, &hooks[1], ret);
}

void xm_tc_find_earlier(struct xm_parent *p, struct xm_tc_earlier *ret)
{
	find_earlier(&p->engine->nl, p->dir, p->link.ifindex, p->rec.state & XM_PARENT_TX, ret);
}

/* Whether xmacvlan's filters are first, or cannot be, in the blocks that all host ends share */
static bool block_is_first(struct xm_nl *nl, uint32_t ifindex)
{
	struct xm_tc_filter first;
	bool barred;

	return xm_tc_block_earlier(nl, XM_TC_RX_BLOCK(ifindex),
				   xm_program_names[XM_PROG_ENDPOINT_RX], &first, &barred) <= 0 ||
	       barred;
}

static bool id_is_in(const uint32_t *ids, int count, uint32_t id)
{
	for (int i = 0; i < count; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Whether parent_rx is attached, and parent_tx if it has a link. What is not known is true. */
static bool hook_is_attached(struct xm_nl *nl, const char *dir, uint32_t ifindex,
			     const struct hook *h)
{
	struct xm_tc_filter all[XM_TC_FILTERS_MAX];
	uint32_t ours, ids[XM_TCX_MAX];
	int n, fd = link_open(dir, h->program, &ours);

	if (fd >= 0) {
		close(fd);
		return id_is_in(ids, xm_tcx_list(ifindex, h->ingress, ids), ours);
	}
	if (fd != -ENOENT || !h->ingress)
		return true;
	n = xm_tc_filters(nl, ifindex, h->ingress, all, XM_TC_FILTERS_MAX);
	for (int i = 0; i < n; i++)
		if (xm_tc_filter_is_ours(&all[i], xm_program_names[h->program]))
			return true;
	return n < 0;
}

bool xm_tc_is_attached(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex)
{
	char dir[96];

	xm_pin_dir(cookie, ifindex, dir, sizeof(dir));
	return hook_is_attached(nl, dir, ifindex, &hooks[0]) &&
	       hook_is_attached(nl, dir, ifindex, &hooks[1]);
}

bool xm_tc_is_first(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex)
{
	struct xm_tc_earlier earlier;
	char dir[96];

	xm_pin_dir(cookie, ifindex, dir, sizeof(dir));
	find_earlier(nl, dir, ifindex, true, &earlier);
	return (!earlier.count || earlier.barred) && block_is_first(nl, ifindex);
}

static void link_paths(const struct xm_parent *p, const struct hook *h, char path[256],
		       char fresh[256])
{
	const char *name = xm_program_names[h->program];

	snprintf(path, 256, "%s/%s" XM_LINK_PIN, p->dir, name);
	snprintf(fresh, 256, "%s/%s" XM_LINK_PIN XM_FRESH_PIN, p->dir, name);
}

/*
 * A tcx link cannot be moved: another link is attached in front and replaces it. It begins with a
 * program that passes every frame. Then two writes exchange the programs of the links. Between
 * them, for some microseconds, both links run xmacvlan's program.
 */
static int tcx_succeed(struct xm_parent *p, const struct hook *h, int old_link, int prog_fd)
{
	int err, link, pass = xm_program_load_pass();
	char path[256], fresh[256];

	if (pass < 0)
		return pass;
	link_paths(p, h, path, fresh);
	link = xm_tcx_attach(pass, p->link.ifindex, h->ingress);
	err = link < 0 ? link : 0;
	if (!err && (bpf_obj_pin(link, fresh) || bpf_link_update(link, prog_fd, NULL) ||
		     bpf_link_update(old_link, pass, NULL)))
		err = -errno;
	if (err)
		unlink(fresh);
	else if (rename(fresh, path)) /* the next command does it: tcx_repair() */
		err = -errno;
	if (link >= 0)
		close(link);
	close(pass);
	return err;
}

/* Completes tcx_succeed() after a kill: either link may have xmacvlan's program */
static void tcx_repair(struct xm_parent *p, const struct hook *h)
{
	char path[256], fresh[256];
	int link, prog;

	link_paths(p, h, path, fresh);
	if (access(fresh, F_OK))
		return;
	link = bpf_obj_get(fresh);
	prog = xm_tc_load(p, h->program, NULL);
	if (link >= 0 && prog >= 0 && !bpf_link_update(link, prog, NULL))
		rename(fresh, path);
	if (link >= 0)
		close(link);
	if (prog >= 0)
		close(prog);
}

static int hook_move_first(struct xm_parent *p, const struct hook *h, struct xm_err *e)
{
	int err, link, prog = xm_tc_load(p, h->program, e);
	struct xm_nl *nl = &p->engine->nl;
	uint32_t id;

	if (prog < 0)
		return prog;
	link = link_open(p->dir, h->program, &id);
	if (link == -ENOENT)
		err = xm_tc_move_filter_first(nl, p->link.ifindex, h->ingress, prog,
					      xm_program_names[h->program]);
	else
		err = link < 0 ? link : tcx_succeed(p, h, link, prog);
	if (link >= 0)
		close(link);
	close(prog);
	return err ? xm_fail(e, err, "cannot put %s of %s before other programs: %s",
			     xm_program_names[h->program], p->link.name, strerror(-err))
		   : 0;
}

static void earlier_join(struct xm_tc_earlier *to, const struct xm_tc_earlier *from)
{
	for (size_t i = 0; i < from->count && to->count < XM_TC_EARLIER_MAX; i++)
		to->list[to->count++] = from->list[i];
}

int xm_tc_move_first(struct xm_parent *p, struct xm_err *e)
{
	bool tx = p->rec.state & XM_PARENT_TX;
	int err = 0;

	for (int i = 0; i < 1 + tx && !err; i++) {
		struct xm_tc_earlier earlier = {};

		tcx_repair(p, &hooks[i]);
		hook_earlier(&p->engine->nl, p->dir, p->link.ifindex, &hooks[i], &earlier);
		if (!earlier.count || earlier.barred)
			continue;
		err = hook_move_first(p, &hooks[i], e);
		earlier_join(&p->earlier, &earlier);
	}
	return err;
}

int xm_tc_verify_order(struct xm_parent *p, struct xm_err *e)
{
	const struct xm_tc_program *first;
	struct xm_tc_earlier earlier;

	xm_tc_find_earlier(p, &earlier);
	first = &earlier.list[0];
	return earlier.count ? xm_fail(e, EBUSY,
				       "the %s program '%s' (id %u) runs before xmacvlan's on %s",
				       first->ingress ? "ingress" : "egress", first->name,
				       first->id, p->link.name)
			     : 0;
}

unsigned int xm_tc_count_rx(struct xm_parent *p)
{
	uint32_t ids[XM_TCX_MAX];
	int n = xm_tcx_list(p->link.ifindex, true, ids);
	unsigned int count = 0;

	for (int i = 0; i < n; i++) {
		/* when the name cannot be read, the program counts */
		char name[BPF_OBJ_NAME_LEN] = "parent_rx";

		xm_program_name(ids[i], name);
		count += !strcmp(name, xm_program_names[XM_PROG_PARENT_RX]);
	}
	return count;
}
