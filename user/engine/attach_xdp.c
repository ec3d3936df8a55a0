// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* parent_xdp on the parent, through libxdp, so that other XDP programs keep running */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/caps.h"
#include "engine/internal.h"

/* libxdp's default priority is 50: programs that filter come before, so that we deliver what they pass */
#define RUN_PRIORITY 90

static char libxdp_said[128];

static int keep_message(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (getenv("XMACVLAN_DEBUG"))
		return vfprintf(stderr, fmt, ap);
	if (level == LIBXDP_WARN) {
		vsnprintf(libxdp_said, sizeof(libxdp_said), fmt, ap);
		libxdp_said[strcspn(libxdp_said, "\n")] = '\0';
	}
	return 0;
}

/* 0: it is no program */
static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/*
 * What is attached. libxdp 1.3.1 opens the program, works with a copy of the descriptor and forgets the first
 * one, which is the lowest that was free: *lost, for close_attached().
 */
static struct xdp_multiprog *open_attached(const struct xm_parent *p, int *lost)
{
	*lost = dup(p->maps[XM_MAP_META]);
	if (*lost >= 0)
		close(*lost);
	return xdp_multiprog__get_from_ifindex(p->link.ifindex);
}

static void close_attached(struct xdp_multiprog *mp, int lost)
{
	struct xdp_program *first = xdp_multiprog__main_prog(mp);
	uint32_t id = first ? prog_id(xdp_program__fd(first)) : 0;

	xdp_multiprog__close(mp);
	/* A libxdp that forgets nothing has closed it */
	if (id && lost >= 0 && prog_id(lost) == id)
		close(lost);
}

/* Whether the program runs in libxdp's dispatcher, beside others, or alone */
static bool runs_alone(const struct xm_parent *p)
{
	int lost;
	struct xdp_multiprog *mp = open_attached(p, &lost);
	bool alone = libxdp_get_error(mp) || xdp_multiprog__is_legacy(mp);

	if (!libxdp_get_error(mp))
		close_attached(mp, lost);
	return alone;
}

static struct xdp_program *open_program(struct xm_parent *p, int *err, struct xm_err *e)
{
	struct bpf_object *obj = xm_program_open(XM_PROG_PARENT_XDP, p->maps, err, e);
	struct xdp_program *prog;

	if (!obj)
		return NULL;
	prog = xdp_program__from_bpf_obj(obj, "xdp");
	*err = libxdp_get_error(prog);
	if (*err) {
		xm_fail(e, *err, "cannot open the XDP program: %s", strerror(-*err));
		bpf_object__close(obj);
		return NULL;
	}
	return prog;
}

static const char *why(int err)
{
	if (err == -EBUSY || err == -EEXIST)
		return "another XDP program is attached";
	if (err == -EOPNOTSUPP)
		return "the driver has no XDP";
	return libxdp_said[0] ? libxdp_said : strerror(-err);
}

/* libxdp finds the programs of a device by their ids, which takes CAP_SYS_ADMIN: it is raised for that */
static int may_use_libxdp(const struct xm_parent *p, const char *what, struct xm_err *e)
{
	if (xm_caps_may(XM_CAPS_XDP))
		return 0;
	return xm_fail(e, EPERM, "cannot %s %s: needs CAP_SYS_ADMIN", what, xm_parent_name(p));
}

static int attach_by_libxdp(struct xm_parent *p, struct xdp_program *prog, enum xm_xdp mode)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_XDP);
	int err = xdp_program__attach(prog, p->link.ifindex,
				      mode == XM_XDP_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);

	if (!err)
		p->meta.xdp_single = runs_alone(p);
	xm_caps_lower(raised);
	return err;
}

static int attach(struct xm_parent *p, enum xm_xdp mode, struct xm_err *e)
{
	struct bpf_object *obj;
	struct xdp_program *prog;
	int err, features;

	libxdp_set_print(keep_message);
	libxdp_said[0] = '\0';
	features = xm_xdp_redirects(p, mode, e);
	if (features < 0)
		return features;
	prog = open_program(p, &err, e);
	if (!prog)
		return err;
	obj = xdp_program__bpf_obj(prog);
	xdp_program__set_run_prio(prog, RUN_PRIORITY);
	xdp_program__set_chain_call_enabled(prog, XDP_PASS, true);
	/*
	 * Written down before it is true; the id, when it is known, tells that it is complete. Should it fail it
	 * may be attached nevertheless, and only the answer have been lost.
	 */
	p->meta.xdp = mode;
	p->meta.xdp_prog_id = 0;
	err = xm_parent_save(p, e);
	if (!err)
		err = attach_by_libxdp(p, prog, mode);
	if (err) {
		xm_fail(e, err, "cannot attach XDP (%s) to %s: %s", mode == XM_XDP_NATIVE ? "native" : "skb",
			p->link.name, why(err));
	} else {
		p->meta.features |= features;
		p->meta.xdp_prog_id = prog_id(xdp_program__fd(prog));
	}
	xdp_program__close(prog);
	bpf_object__close(obj);
	return err;
}

/* id 0: a command died on its way; the name has to do, no other parent's program is on this device */
static bool is_ours(const struct xdp_program *prog, uint32_t id)
{
	if (id)
		return prog_id(xdp_program__fd(prog)) == id;
	return !strcmp(xdp_program__name(prog), xm_program_names[XM_PROG_PARENT_XDP]);
}

static struct xdp_program *find_ours(struct xdp_multiprog *mp, uint32_t id)
{
	struct xdp_program *prog = NULL;

	if (xdp_multiprog__is_legacy(mp)) {
		prog = xdp_multiprog__main_prog(mp);
		return prog && is_ours(prog, id) ? prog : NULL;
	}
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		if (is_ours(prog, id))
			return prog;
	return NULL;
}

/* The kernel's word on it, for libxdp takes some errors for an absence. 0 or -errno. */
static int has_none(const struct xm_parent *p)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query(p->link.ifindex, 0, &opts);

	return err ? err : opts.attach_mode == XDP_ATTACHED_NONE ? 0 : -EIO;
}

static int detach_by_libxdp(struct xm_parent *p, uint32_t id)
{
	int lost;
	struct xdp_multiprog *mp = open_attached(p, &lost);
	int err = libxdp_get_error(mp);
	struct xdp_program *prog;

	if (err)
		return err == -ENOENT ? has_none(p) : err;
	prog = find_ours(mp, id);
	if (prog && xdp_multiprog__is_legacy(mp))
		err = xdp_multiprog__detach(mp);
	else if (prog)
		err = xdp_program__detach(prog, p->link.ifindex,
					  p->meta.xdp == XM_XDP_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB, 0);
	close_attached(mp, lost);
	return err;
}

static int detach(struct xm_parent *p, uint32_t id)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_XDP);
	int err = detach_by_libxdp(p, id);

	xm_caps_lower(raised);
	return err;
}

/* 1, 0 or -errno: whether the program is the device's only one */
static int is_attached(const struct xm_parent *p, uint32_t id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query(p->link.ifindex, 0, &opts);

	return err ? err : opts.drv_prog_id == id || opts.skb_prog_id == id;
}

/*
 * 0 also when it is not there (any more). What libxdp says is not all: it takes some errors for an absence.
 * Where the program stands alone the kernel is asked.
 */
static int take_off(struct xm_parent *p, uint32_t id)
{
	int there, err = detach(p, id);

	if (!p->meta.xdp_single || !id)
		return err;
	there = is_attached(p, id);
	if (there > 0)
		return err ? err : -EIO;
	return there;
}

int xm_xdp_may_detach(const struct xm_parent *p, struct xm_err *e)
{
	return p->meta.xdp == XM_XDP_OFF || !p->alive ? 0 : may_use_libxdp(p, "detach XDP from", e);
}

int xm_xdp_detach(struct xm_parent *p, struct xm_err *e)
{
	uint32_t id = p->meta.xdp_prog_id;
	int err = xm_xdp_may_detach(p, e);

	if (err || p->meta.xdp == XM_XDP_OFF)
		return err;
	/* Written down before it is true */
	p->meta.xdp_prog_id = 0;
	err = xm_parent_save(p, e);
	if (err) {
		p->meta.xdp_prog_id = id;
		return err;
	}
	libxdp_set_print(keep_message);
	libxdp_said[0] = '\0';
	err = take_off(p, id);
	if (err) {
		xm_fail(e, err, "cannot detach XDP from %s: %s", p->link.name, why(err));
		/* Otherwise it may be gone, and only the answer have been lost */
		if (id && is_attached(p, id) > 0)
			p->meta.xdp_prog_id = id;
		xm_parent_save(p, NULL);
		return err;
	}
	p->meta.xdp = XM_XDP_OFF;
	p->meta.features &= ~(XM_FEATURE_XDP | XM_FEATURE_XDP_VETH);
	p->meta.xdp_single = 0;
	return 0;
}

/* Alone on the device, the program is its driver's, which changes it in one step */
static int replace_single(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	uint32_t mode = p->meta.xdp == XM_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	uint32_t len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {};
	int err, fd = xm_program_load(XM_PROG_PARENT_XDP, p->maps, e);

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : is_attached(p, old);
	if (err >= 0)
		err = err ? bpf_xdp_attach(p->link.ifindex, fd, mode, NULL) : -EBUSY;
	if (err)
		xm_fail(e, err, "cannot replace the XDP program of %s: %s", p->link.name, why(err));
	else
		p->meta.xdp_prog_id = info.id;
	close(fd);
	return err;
}

/* Beside the old one, which goes then: the first of them that takes a frame ends its way */
static int replace_beside(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	int err = may_use_libxdp(p, "replace the XDP program of", e);

	err = err ? err : attach(p, p->meta.xdp, e);
	if (err)
		return err;
	err = detach(p, old);
	if (err) {
		xm_fail(e, err, "cannot detach the former XDP program of %s: %s", p->link.name, why(err));
		detach(p, p->meta.xdp_prog_id);
	}
	return err;
}

int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e)
{
	struct xm_meta before = p->meta;
	int err;

	if (p->meta.xdp == XM_XDP_OFF)
		return 0;
	p->meta.xdp_prog_id = 0; /* a kill from here on: the next command attaches anew */
	err = xm_parent_save(p, e);
	if (!err)
		err = before.xdp_single ? replace_single(p, before.xdp_prog_id, e) :
					  replace_beside(p, before.xdp_prog_id, e);
	if (err)
		p->meta = before;
	return xm_parent_save(p, err ? NULL : e) ? -EIO : err;
}

static int attach_auto(struct xm_parent *p)
{
	struct xm_err e = {};

	if (xm_xdp_decide(p) == XM_XDP_OFF)
		return 0;
	if (may_use_libxdp(p, "attach XDP to", NULL)) {
		xm_xdp_reason(p, "native XDP was not tried: needs CAP_SYS_ADMIN");
		return 0;
	}
	if (attach(p, XM_XDP_NATIVE, &e)) {
		xm_xdp_detach(p, NULL);
		xm_xdp_reason(p, "native XDP was refused: %.50s", e.text);
	}
	return 0;
}

/* NAPI is what XDP frames need at the peer end; an endpoint that cannot have it is served by TC */
static int give_napi(struct xm_parent *p, struct xm_err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		struct xm_endpoint *ep = &p->slots[i];
		int err;

		if (ep->rec.port.flags & XM_PORT_NAPI)
			continue;
		xm_peer_give_napi(p, ep, -1);
		err = xm_endpoint_store(p, ep, e);
		if (err)
			return err;
	}
	return 0;
}

int xm_xdp_attach(struct xm_parent *p, struct xm_err *e)
{
	int err = xm_xdp_detach(p, e);

	if (err)
		return err;
	if (p->meta.xdp_requested == XM_XDP_AUTO) {
		err = attach_auto(p);
	} else {
		xm_xdp_reason(p, "as asked for");
		if (p->meta.xdp_requested != XM_XDP_OFF)
			err = may_use_libxdp(p, "attach XDP to", e);
		if (!err && p->meta.xdp_requested != XM_XDP_OFF)
			err = attach(p, p->meta.xdp_requested, e);
	}
	if (!err && p->meta.xdp_prog_id)
		err = give_napi(p, e);
	return err ? err : xm_parent_save(p, e);
}
