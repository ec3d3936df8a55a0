// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* XDP on a parent: attached, detached and replaced, with the state saved before each step */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <xdp/libxdp.h>

#include "base/caps.h"
#include "base/clock.h"
#include "engine/attach_xdp.h"
#include "engine/endpoint_peer.h"
#include "engine/parent_list.h"
#include "engine/record.h"
#include "engine/xdp_policy.h"
#include "engine/xdp_program.h"
#include "pins/objects.h"
#include "pins/programs.h"

/* libxdp opens the programs of a device by their ids, which takes CAP_SYS_ADMIN */
static int may_use_libxdp(const struct xm_parent *p, const char *what, struct xm_err *e)
{
	if (xm_caps_may(XM_CAPS_XDP))
		return 0;
	return xm_fail(e, EPERM, "cannot %s %s: needs CAP_SYS_ADMIN", what, xm_parent_name(p));
}

/*
 * Saves the record with xdp_prog_id 0, attaches the program, then saves the record with its id: an
 * id in the record means that the attachment is complete. After an error the program may be
 * attached, because only the answer may have been lost.
 */
static int xdp_save_and_attach(struct xm_parent *p, struct xdp_program *prog,
			       const struct xm_xdp_decision *d, struct xm_err *e)
{
	int err;

	p->rec.xdp = d->mode;
	p->rec.xdp_prog_id = 0;
	err = xm_parent_commit(p, e);
	if (!err)
		err = xm_xdp_program_attach(p, prog, d->mode);
	if (err)
		return xm_fail(e, err, "cannot attach XDP (%s) to %s: %s",
			       d->mode == XM_XDP_NATIVE ? "native" : "skb", p->link.name,
			       xm_libxdp_why(err));
	p->config.uses |= d->uses;
	p->rec.xdp_prog_id = xm_program_id(xdp_program__fd(prog));
	return 0;
}

static int xdp_open_and_attach(struct xm_parent *p, const struct xm_xdp_decision *d,
			       struct xm_err *e)
{
	struct bpf_object *obj;
	struct xdp_program *prog;
	int err;

	xm_libxdp_clear_message();
	prog = xm_xdp_program_open(p, &err, e);
	if (!prog)
		return err;
	obj = xdp_program__bpf_obj(prog);
	err = xdp_save_and_attach(p, prog, d, e);
	xdp_program__close(prog);
	bpf_object__close(obj);
	return err;
}

static int xdp_attach_decided(struct xm_parent *p, const struct xm_xdp_decision *d,
			      struct xm_err *e)
{
	int64_t begin = xm_now_ms();
	int err;

	if (d->err)
		return xm_fail(e, d->err, "cannot attach XDP to %s: %s", p->link.name, d->reason);
	err = xm_xdp_wait(p, e);
	if (err)
		return err;
	do /* an object that could not be loaded cannot be loaded again */
		err = xdp_open_and_attach(p, d, e);
	while (xm_program_may_load_again(err, begin));
	return err;
}

int xm_xdp_may_detach(const struct xm_parent *p, struct xm_err *e)
{
	return p->rec.xdp == XM_XDP_OFF || !p->alive ? 0 : may_use_libxdp(p, "detach XDP from", e);
}

int xm_xdp_detach(struct xm_parent *p, struct xm_err *e)
{
	uint32_t id = p->rec.xdp_prog_id;
	int err = xm_xdp_may_detach(p, e);

	if (err || p->rec.xdp == XM_XDP_OFF)
		return err;
	err = xm_xdp_wait(p, e);
	if (err)
		return err;
	/* The state first: without the id the next command knows that something is unfinished */
	p->rec.xdp_prog_id = 0;
	err = xm_parent_commit(p, e);
	if (err) {
		p->rec.xdp_prog_id = id;
		return err;
	}
	xm_libxdp_clear_message();
	err = xm_xdp_program_detach_checked(p, id);
	if (err) {
		xm_fail(e, err, "cannot detach XDP from %s: %s", p->link.name, xm_libxdp_why(err));
		/* If it is not seen there, it may be gone, and only the answer was lost */
		if (id && xm_xdp_program_is_sole(p, id) > 0)
			p->rec.xdp_prog_id = id;
		xm_parent_commit(p, NULL);
		return err;
	}
	p->rec.xdp = XM_XDP_OFF;
	p->config.uses &= ~(XM_USES_XDP | XM_USES_XDP_VETH | XM_USES_XDP_SKB);
	p->rec.xdp_single = 0;
	return 0;
}

/* A program that is alone on the device is replaced by the driver in one step */
static int xdp_replace_single(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	uint32_t mode = p->rec.xdp == XM_XDP_NATIVE ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
	uint32_t len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = {};
	int fd, err = xm_parent_prepare_program(p, e);

	if (err)
		return err;
	fd = xm_program_load(XM_PROG_PARENT_XDP, false, p->maps, e);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len) ? -errno : xm_xdp_program_is_sole(p, old);
	if (err >= 0)
		err = err ? bpf_xdp_attach(p->link.ifindex, fd, mode, NULL) : -EBUSY;
	/* The kernel may have replaced it, and only the answer was lost */
	if (err && info.id && xm_xdp_program_is_sole(p, info.id) > 0)
		err = 0;
	if (err)
		xm_fail(e, err, "cannot replace the XDP program of %s: %s", p->link.name,
			xm_libxdp_why(err));
	else
		p->rec.xdp_prog_id = info.id;
	close(fd);
	return err;
}

/*
 * Attaches the new program next to the old one, then detaches the old. Only the first in the chain
 * sees the frames that it redirects.
 */
static int xdp_replace_beside(struct xm_parent *p, uint32_t old, struct xm_err *e)
{
	struct xm_xdp_decision d = xm_xdp_decide(p, p->rec.xdp);
	int err = xdp_attach_decided(p, &d, e);

	if (err)
		return err;
	err = xm_xdp_program_detach(p, old);
	return err ? xm_fail(e, err, "cannot detach the former XDP program of %s: %s", p->link.name,
			     xm_libxdp_why(err))
		   : 0;
}

int xm_xdp_upgrade(struct xm_parent *p, struct xm_err *e)
{
	struct xm_parent_record rec = p->rec;
	struct xm_config config = p->config;
	int err = 0;

	if (p->rec.xdp == XM_XDP_OFF)
		return 0;
	if (!rec.xdp_single)
		err = may_use_libxdp(p, "replace the XDP program of", e);
	if (!err)
		err = xm_xdp_wait(p, e);
	if (err)
		return err;
	p->rec.xdp_prog_id = 0; /* after a kill from here on, the next command attaches XDP again */
	err = xm_parent_commit(p, e);
	if (!err)
		err = rec.xdp_single ? xdp_replace_single(p, rec.xdp_prog_id, e)
				     : xdp_replace_beside(p, rec.xdp_prog_id, e);
	if (err) {
		bool is_former = rec.xdp_single ? xm_xdp_program_is_sole(p, rec.xdp_prog_id) > 0
						: !xm_xdp_program_detach_others(p, rec.xdp_prog_id);

		p->rec = rec;
		p->config = config;
		/* the next command detaches all programs of xmacvlan and attaches one again */
		if (!is_former)
			p->rec.xdp_prog_id = 0;
	}
	return xm_parent_commit(p, err ? NULL : e) ? -EIO : err;
}

static void xdp_set_reason(struct xm_parent *p, const char *reason)
{
	memset(p->rec.xdp_reason, 0, sizeof(p->rec.xdp_reason));
	snprintf(p->rec.xdp_reason, sizeof(p->rec.xdp_reason), "%s", reason);
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
		err = xm_endpoint_commit(p, ep, e);
		if (err)
			return err;
	}
	return 0;
}

int xm_xdp_apply(struct xm_parent *p, struct xm_err *e)
{
	struct xm_xdp_decision d;
	int err = xm_xdp_detach(p, e);

	if (err)
		return err;
	d = xm_xdp_decide(p, p->rec.xdp_requested);
	xdp_set_reason(p, d.reason);
	if (p->rec.xdp_requested == XM_XDP_AUTO) {
		xdp_attach_auto(p, &d);
	} else if (d.mode != XM_XDP_OFF) {
		err = may_use_libxdp(p, "attach XDP to", e);
		if (!err)
			err = xdp_attach_decided(p, &d, e);
	}
	if (!err && p->rec.xdp_prog_id)
		err = endpoints_give_napi(p, e);
	return err ? err : xm_parent_commit(p, e);
}
