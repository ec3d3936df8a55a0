// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The order of the programs on a host end. Programs that others attach to it by tcx run before the
 * filter of its block; when they return TC_ACT_OK, the endpoint's frames do not reach endpoint_rx.
 * Then endpoint_rx is attached by tcx too, before them, without a link, so that it is detached with
 * the device. At egress that is not possible, because endpoint_tx would run twice.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/host_end_order.h"
#include "engine/kinds.h"
#include "engine/record.h"
#include "engine/tc_pins.h"
#include "engine/watcher_calls.h"
#include "net/tcx.h"
#include "pins/pin_dir.h"
#include "pins/programs.h"

/* The id of the pinned endpoint_rx; 0: it cannot be opened */
static uint32_t endpoint_rx_id(const char *dir)
{
	int fd = xm_tc_pin_open(dir, XM_PROG_ENDPOINT_RX);
	uint32_t ret = fd < 0 ? 0 : xm_program_id(fd);

	if (fd >= 0)
		close(fd);
	return ret;
}

/* Programs of one host end at TC ingress */
struct host_end_programs {
	uint32_t ids[XM_TCX_MAX], ours[XM_TCX_MAX];
	int count, count_ours;
	bool has_current; /* the pinned endpoint_rx is among them */
};

static void programs_read(uint32_t ifindex, uint32_t current, struct host_end_programs *ret)
{
	ret->count = xm_tcx_list(ifindex, true, ret->ids);
	ret->count_ours = 0;
	ret->has_current = false;
	for (int i = 0; i < ret->count; i++) {
		ret->has_current |= ret->ids[i] == current;
		if (ret->ids[i] == current || xm_program_is(ret->ids[i], XM_PROG_ENDPOINT_RX))
			ret->ours[ret->count_ours++] = ret->ids[i];
	}
}

static void earlier_note(struct xm_parent *p, uint32_t id)
{
	struct xm_tc_program *program = &p->earlier.list[p->earlier.count];

	if (p->earlier.count == XM_TC_EARLIER_MAX)
		return;
	*program = (struct xm_tc_program){ .ingress = true, .id = id };
	xm_program_name(id, program->name);
	p->earlier.count++;
}

/* Detaches xmacvlan's programs except `keep` */
static void programs_detach(uint32_t ifindex, const struct host_end_programs *now, uint32_t keep)
{
	for (int i = 0; i < now->count_ours; i++) {
		int fd = now->ours[i] == keep ? -1 : xm_program_open_id(now->ours[i]);

		if (fd < 0)
			continue;
		xm_tcx_detach_program(fd, ifindex, true);
		close(fd);
	}
}

/* Before endpoint_rx runs by tcx: from now on it leaves no frame to act_mirred */
static int tcx_first_note(struct xm_parent *p)
{
	if (p->config.uses & XM_USES_TCX_FIRST)
		return 0;
	p->config.uses |= XM_USES_TCX_FIRST;
	return xm_parent_commit(p, NULL);
}

/*
 * Between detach and attach endpoint_rx sees no frame; the other program has taken these frames
 * before too
 */
static int host_end_order_tcx(struct xm_parent *p, uint32_t ifindex, int endpoint_rx,
			      uint32_t current)
{
	struct host_end_programs now;
	int err;

	programs_read(ifindex, current, &now);
	if (!now.count)
		return 0;
	if (now.count == now.count_ours) { /* no program of others is left */
		programs_detach(ifindex, &now, 0);
		return 0;
	}
	err = tcx_first_note(p);
	if (err)
		return err;
	if (now.ids[0] != current) {
		if (!xm_program_is(now.ids[0], XM_PROG_ENDPOINT_RX))
			earlier_note(p, now.ids[0]);
		if (now.has_current)
			xm_tcx_detach_program(endpoint_rx, ifindex, true);
		err = xm_tcx_attach_program(endpoint_rx, ifindex, true);
	}
	if (!err)
		programs_detach(ifindex, &now, current);
	return err;
}

static int host_end_attach_tcx_first(struct xm_parent *p, const struct xm_endpoint *ep,
				     int endpoint_rx, uint32_t current, struct xm_err *e)
{
	uint32_t ifindex = ep->rec.host_ifindex;
	int err = ifindex ? host_end_order_tcx(p, ifindex, endpoint_rx, current) : 0;

	return err && err != -ENODEV
		       ? xm_fail(e, err, "cannot put endpoint_rx of %s before other programs: %s",
				 ep->rec.name, strerror(-err))
		       : 0;
}

/* What no block reaches: see struct xm_kind.attach */
static int host_end_attach(struct xm_parent *p, const struct xm_endpoint *ep, int endpoint_rx,
			   uint32_t current, struct xm_err *e)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	bool was_missing = false;
	int err = kind->attach
			  ? kind->attach(ep->rec.host_ifindex, endpoint_rx, current, &was_missing)
			  : 0;

	if (err && err != -ENODEV)
		return xm_fail(e, err, "cannot attach endpoint_rx to %s: %s", ep->rec.name,
			       strerror(-err));
	if (was_missing && ep->rec.state == XM_ENDPOINT_READY)
		p->reattached |= 1u << XM_PROG_ENDPOINT_RX;
	return 0;
}

int xm_host_end_attach_rx_first(struct xm_parent *p, const struct xm_endpoint *ep, struct xm_err *e)
{
	uint32_t id, ids[XM_TCX_MAX];
	int err, fd;

	if (!ep->rec.host_ifindex ||
	    (!xm_kind_of(ep)->attach && !xm_tcx_list(ep->rec.host_ifindex, true, ids)))
		return 0;
	fd = xm_tc_pin_open(p->dir, XM_PROG_ENDPOINT_RX);
	if (fd < 0)
		return xm_fail(e, fd, "cannot open %s/endpoint_rx: %s", p->dir, strerror(-fd));
	id = xm_program_id(fd);
	err = host_end_attach(p, ep, fd, id, e);
	if (!err)
		err = host_end_attach_tcx_first(p, ep, fd, id, e);
	close(fd);
	return err;
}

int xm_host_ends_attach_rx_first(struct xm_parent *p, struct xm_err *e)
{
	int err = 0, ret;

	for (size_t i = 0; i < p->count; i++) {
		ret = xm_host_end_attach_rx_first(p, &p->endpoints[i], err ? NULL : e);
		err = err ? err : ret;
	}
	return err;
}

static bool tcx_is_first(uint32_t host_ifindex, uint32_t current)
{
	uint32_t ids[XM_TCX_MAX];
	int n = xm_tcx_list(host_ifindex, true, ids);

	return !n || (n > 1 && ids[0] == current);
}

bool xm_host_end_has_rx_first(uint64_t cookie, uint32_t ifindex, uint32_t host_ifindex,
			      uint8_t kind)
{
	bool (*is_attached)(uint32_t, uint32_t) = xm_kind_by_id(kind)->is_attached;
	uint32_t current, ids[XM_TCX_MAX];
	char dir[96];

	if (!is_attached && !xm_tcx_list(host_ifindex, true, ids))
		return true;
	xm_pin_dir(cookie, ifindex, dir, sizeof(dir));
	current = endpoint_rx_id(dir);
	if (!current)
		return true;
	return tcx_is_first(host_ifindex, current) &&
	       (!is_attached || is_attached(host_ifindex, current));
}

static int fail_foreign(const struct xm_link *host_end, const char *kind, uint32_t id,
			enum xm_program ours, struct xm_err *e)
{
	char name[BPF_OBJ_NAME_LEN] = "";

	xm_program_name(id, name);
	return xm_fail(e, EBUSY, "the %s program '%s' (id %u) runs before %s on %s", kind, name, id,
		       xm_program_names[ours], host_end->name);
}

/* Pin and names are read only where there is a program */
static int verify_tcx(struct xm_parent *p, const struct xm_link *host_end, struct xm_err *e)
{
	uint32_t ids[XM_TCX_MAX];

	if (xm_tcx_list(host_end->ifindex, true, ids) && ids[0] != endpoint_rx_id(p->dir) &&
	    !xm_program_is(ids[0], XM_PROG_ENDPOINT_RX))
		return fail_foreign(host_end, "ingress", ids[0], XM_PROG_ENDPOINT_RX, e);
	return xm_tcx_list(host_end->ifindex, false, ids)
		       ? fail_foreign(host_end, "egress", ids[0], XM_PROG_ENDPOINT_TX, e)
		       : 0;
}

int xm_host_end_verify_order(struct xm_parent *p, const struct xm_endpoint *ep,
			     const struct xm_link *host_end, struct xm_err *e)
{
	const struct xm_kind *kind = xm_kind_of(ep);
	int err;

	if (host_end->xdp_prog_id)
		return fail_foreign(host_end, "XDP", host_end->xdp_prog_id, XM_PROG_ENDPOINT_RX, e);
	err = kind->verify ? kind->verify(host_end, endpoint_rx_id(p->dir), e) : 0;
	return err ? err : verify_tcx(p, host_end, e);
}
