// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* parent_xdp on the parent, attached by libxdp, so that other XDP programs keep running */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_link.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/caps.h"
#include "engine/attach.h"
#include "engine/endpoint.h"

/* libxdp's default is 50: programs that filter run before ours, which delivers what they pass */
#define RUN_PRIORITY 90

static char libxdp_message[128]; /* the last warning */

static int libxdp_keep_message(enum libxdp_print_level level, const char *fmt, va_list ap)
{
	if (secure_getenv("XMACVLAN_DEBUG"))
		return vfprintf(stderr, fmt, ap);
	if (level == LIBXDP_WARN) {
		vsnprintf(libxdp_message, sizeof(libxdp_message), fmt, ap);
		libxdp_message[strcspn(libxdp_message, "\n")] = '\0';
	}
	return 0;
}

static void libxdp_clear_message(void)
{
	libxdp_set_print(libxdp_keep_message);
	libxdp_message[0] = '\0';
}

static const char *libxdp_why(int err)
{
	if (err == -EBUSY || err == -EEXIST)
		return "another XDP program is attached";
	if (err == -EOPNOTSUPP)
		return "the driver has no XDP";
	return libxdp_message[0] ? libxdp_message : strerror(-err);
}

/* 0: the descriptor is no program's */
static uint32_t prog_id(int fd)
{
	struct bpf_prog_info info = {};
	uint32_t len = sizeof(info);

	return bpf_obj_get_info_by_fd(fd, &info, &len) ? 0 : info.id;
}

/*
 * What is attached to the parent. libxdp 1.3.1 opens the program, works with a copy of the descriptor and loses the
 * first one, which is the lowest that was free. *lost: that number, for multiprog_close().
 */
static struct xdp_multiprog *multiprog_open(const struct xm_parent *p, int *lost)
{
	*lost = fcntl(p->maps[XM_MAP_META], F_DUPFD_CLOEXEC, 0);
	if (*lost >= 0)
		close(*lost);
	return xdp_multiprog__get_from_ifindex(p->link.ifindex);
}

static void multiprog_close(struct xdp_multiprog *mp, int lost)
{
	struct xdp_program *first = xdp_multiprog__main_prog(mp);
	uint32_t id = first ? prog_id(xdp_program__fd(first)) : 0;

	xdp_multiprog__close(mp);
	/* A libxdp without this fault has closed it */
	if (id && lost >= 0 && prog_id(lost) == id)
		close(lost);
}

/* Whether the program runs alone, without libxdp's dispatcher */
static bool xdp_runs_alone(const struct xm_parent *p)
{
	int lost;
	struct xdp_multiprog *mp = multiprog_open(p, &lost);
	bool alone = libxdp_get_error(mp) || xdp_multiprog__is_legacy(mp);

	if (!libxdp_get_error(mp))
		multiprog_close(mp, lost);
	return alone;
}

static struct xdp_program *xdp_open_program(struct xm_parent *p, int *err, struct xm_err *e)
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
	xdp_program__set_run_prio(prog, RUN_PRIORITY);
	xdp_program__set_chain_call_enabled(prog, XDP_PASS, true);
	return prog;
}

/* libxdp opens the programs of a device by their ids, which takes CAP_SYS_ADMIN */
static int may_use_libxdp(const struct xm_parent *p, const char *what, struct xm_err *e)
{
	if (xm_caps_may(XM_CAPS_XDP))
		return 0;
	return xm_fail(e, EPERM, "cannot %s %s: needs CAP_SYS_ADMIN", what, xm_parent_name(p));
}

static enum xdp_attach_mode libxdp_mode(enum xm_xdp mode)
{
	return mode == XM_XDP_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
}

static int libxdp_attach(struct xm_parent *p, struct xdp_program *prog, enum xm_xdp mode)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_XDP);
	int err = xdp_program__attach(prog, p->link.ifindex, libxdp_mode(mode), 0);

	if (!err)
		p->meta.xdp_single = xdp_runs_alone(p);
	xm_caps_lower(raised);
	return err;
}

/*
 * The state is saved before the program is attached. An id in it says that the attachment is complete. After an error
 * the program may be attached nevertheless, when only the answer was lost.
 */
static int xdp_attach_saved(struct xm_parent *p, struct xdp_program *prog, const struct xm_xdp_decision *d,
			    struct xm_err *e)
{
	int err;

	p->meta.xdp = d->mode;
	p->meta.xdp_prog_id = 0;
	err = xm_parent_save(p, e);
	if (!err)
		err = libxdp_attach(p, prog, d->mode);
	if (err)
		return xm_fail(e, err, "cannot attach XDP (%s) to %s: %s",
			       d->mode == XM_XDP_NATIVE ? "native" : "skb", p->link.name, libxdp_why(err));
	p->meta.features |= d->features;
	p->meta.xdp_prog_id = prog_id(xdp_program__fd(prog));
	return 0;
}

static int xdp_attach_decided(struct xm_parent *p, const struct xm_xdp_decision *d, struct xm_err *e)
{
	struct bpf_object *obj;
	struct xdp_program *prog;
	int err;

	libxdp_clear_message();
	if (d->err)
		return xm_fail(e, d->err, "cannot attach XDP to %s: %s", p->link.name, d->reason);
	prog = xdp_open_program(p, &err, e);
	if (!prog)
		return err;
	obj = xdp_program__bpf_obj(prog);
	err = xdp_attach_saved(p, prog, d, e);
	xdp_program__close(prog);
	bpf_object__close(obj);
	return err;
}

/* id 0: a command died while attaching; the name decides, for no other parent's program is on this device */
static bool xdp_program_is_ours(const struct xdp_program *prog, uint32_t id)
{
	if (id)
		return prog_id(xdp_program__fd(prog)) == id;
	return !strcmp(xdp_program__name(prog), xm_program_names[XM_PROG_PARENT_XDP]);
}

static struct xdp_program *multiprog_find_ours(struct xdp_multiprog *mp, uint32_t id)
{
	struct xdp_program *prog = NULL;

	if (xdp_multiprog__is_legacy(mp)) {
		prog = xdp_multiprog__main_prog(mp);
		return prog && xdp_program_is_ours(prog, id) ? prog : NULL;
	}
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		if (xdp_program_is_ours(prog, id))
			return prog;
	return NULL;
}

/* Asks the kernel, for libxdp takes some errors for an absence. Returns 0 when no program is attached. */
static int xdp_check_none(const struct xm_parent *p)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query(p->link.ifindex, 0, &opts);

	return err ? err : opts.attach_mode == XDP_ATTACHED_NONE ? 0 : -EIO;
}

static int libxdp_detach(struct xm_parent *p, uint32_t id)
{
	int lost;
	struct xdp_multiprog *mp = multiprog_open(p, &lost);
	int err = libxdp_get_error(mp);
	struct xdp_program *prog;

	if (err)
		return err == -ENOENT ? xdp_check_none(p) : err;
	prog = multiprog_find_ours(mp, id);
	if (prog && xdp_multiprog__is_legacy(mp))
		err = xdp_multiprog__detach(mp);
	else if (prog)
		err = xdp_program__detach(prog, p->link.ifindex, libxdp_mode(p->meta.xdp), 0);
	multiprog_close(mp, lost);
	return err;
}

static int xdp_detach_program(struct xm_parent *p, uint32_t id)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_XDP);
	int err = libxdp_detach(p, id);

	xm_caps_lower(raised);
	return err;
}

/* Returns 1 when the program is the device's only one, 0 when it is not, or a negative errno */
static int xdp_is_attached(const struct xm_parent *p, uint32_t id)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, opts);
	int err = bpf_xdp_query(p->link.ifindex, 0, &opts);

	return err ? err : opts.drv_prog_id == id || opts.skb_prog_id == id;
}

/*
 * Returns 0 also when the program is not attached any more. libxdp takes some errors for an absence, so the kernel is
 * asked where it can tell: when the program stands alone.
 */
static int xdp_detach_checked(struct xm_parent *p, uint32_t id)
{
	int attached, err = xdp_detach_program(p, id);

	if (!p->meta.xdp_single || !id)
		return err;
	attached = xdp_is_attached(p, id);
	if (attached > 0)
		return err ? err : -EIO;
	return attached;
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
	/* The state first: without the id the next command knows that something is unfinished */
	p->meta.xdp_prog_id = 0;
	err = xm_parent_save(p, e);
	if (err) {
		p->meta.xdp_prog_id = id;
		return err;
	}
	libxdp_clear_message();
	err = xdp_detach_checked(p, id);
	if (err) {
		xm_fail(e, err, "cannot detach XDP from %s: %s", p->link.name, libxdp_why(err));
		/* If it is not seen there, it may be gone, and only the answer was lost */
		if (id && xdp_is_attached(p, id) > 0)
			p->meta.xdp_prog_id = id;
		xm_parent_save(p, NULL);
		return err;
	}
	p->meta.xdp = XM_XDP_OFF;
	p->meta.features &= ~(XM_FEATURE_XDP | XM_FEATURE_XDP_VETH);
	p->meta.xdp_single = 0;
	return 0;
}

/* A program that is alone on the device is replaced by the driver in one step */
static int xdp_replace_single(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	uint32_t mode = p->meta.xdp == XM_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	uint32_t len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {};
	int err, fd = xm_program_load(XM_PROG_PARENT_XDP, p->maps, e);

	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : xdp_is_attached(p, old);
	if (err >= 0)
		err = err ? bpf_xdp_attach(p->link.ifindex, fd, mode, NULL) : -EBUSY;
	if (err)
		xm_fail(e, err, "cannot replace the XDP program of %s: %s", p->link.name, libxdp_why(err));
	else
		p->meta.xdp_prog_id = info.id;
	close(fd);
	return err;
}

/*
 * Attaches the new program next to the old one, then detaches the old. Only the first in the chain sees the frames that
 * it redirects.
 */
static int xdp_replace_beside(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	struct xm_xdp_decision d = xm_xdp_decide(p, p->meta.xdp);
	int err = may_use_libxdp(p, "replace the XDP program of", e);

	err = err ? err : xdp_attach_decided(p, &d, e);
	if (err)
		return err;
	err = xdp_detach_program(p, old);
	if (err) {
		xm_fail(e, err, "cannot detach the former XDP program of %s: %s", p->link.name, libxdp_why(err));
		xdp_detach_program(p, p->meta.xdp_prog_id);
	}
	return err;
}

int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e)
{
	struct xm_meta before = p->meta;
	int err;

	if (p->meta.xdp == XM_XDP_OFF)
		return 0;
	p->meta.xdp_prog_id = 0; /* after a kill from here on, the next command attaches anew */
	err = xm_parent_save(p, e);
	if (!err)
		err = before.xdp_single ? xdp_replace_single(p, before.xdp_prog_id, e) :
					  xdp_replace_beside(p, before.xdp_prog_id, e);
	if (err)
		p->meta = before;
	return xm_parent_save(p, err ? NULL : e) ? -EIO : err;
}

static void xdp_set_reason(struct xm_parent *p, const char *reason)
{
	memset(p->meta.xdp_reason, 0, sizeof(p->meta.xdp_reason));
	snprintf(p->meta.xdp_reason, sizeof(p->meta.xdp_reason), "%s", reason);
}

static void xdp_attach_auto(struct xm_parent *p, const struct xm_xdp_decision *d)
{
	char reason[sizeof(d->reason)];
	struct xm_err e = {};

	if (d->mode == XM_XDP_OFF)
		return;
	if (may_use_libxdp(p, "attach XDP to", NULL)) {
		xdp_set_reason(p, "native XDP was not tried: needs CAP_SYS_ADMIN");
		return;
	}
	if (xdp_attach_decided(p, d, &e)) {
		xm_xdp_detach(p, NULL);
		snprintf(reason, sizeof(reason), "native XDP was refused: %.50s", e.text);
		xdp_set_reason(p, reason);
	}
}

/* XDP frames need NAPI at the peer end. An endpoint that cannot have it is served by TC. */
static int endpoints_give_napi(struct xm_parent *p, struct xm_err *e)
{
	for (size_t i = 0; i < p->count; i++) {
		struct xm_endpoint *ep = &p->endpoints[i];
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
	struct xm_xdp_decision d;
	int err = xm_xdp_detach(p, e);

	if (err)
		return err;
	d = xm_xdp_decide(p, p->meta.xdp_requested);
	xdp_set_reason(p, d.reason);
	if (p->meta.xdp_requested == XM_XDP_AUTO) {
		xdp_attach_auto(p, &d);
	} else if (d.mode != XM_XDP_OFF) {
		err = may_use_libxdp(p, "attach XDP to", e);
		if (!err)
			err = xdp_attach_decided(p, &d, e);
	}
	if (!err && p->meta.xdp_prog_id)
		err = endpoints_give_napi(p, e);
	return err ? err : xm_parent_save(p, e);
}
