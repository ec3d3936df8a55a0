// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* parent_xdp on a device by libxdp, so that other XDP programs keep running */
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
#include "base/clock.h"
#include "engine/record.h"
#include "engine/xdp_dispatcher.h"
#include "engine/xdp_program.h"
#include "pins/objects.h"
#include "pins/programs.h"
#include "pins/inner_map.h"

/*
 * libxdp's default is 50: programs that filter run before parent_xdp, which delivers what they pass
 */
#define RUN_PRIORITY 90

/* Programs of xmacvlan on one device; a search that finds more is wrong */
#define OURS_AT_MOST 8

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

void xm_libxdp_clear_message(void)
{
	libxdp_set_print(libxdp_keep_message);
	libxdp_message[0] = '\0';
}

const char *xm_libxdp_why(int err)
{
	if (err == -EBUSY || err == -EEXIST)
		return "another XDP program is attached";
	if (err == -EOPNOTSUPP)
		return "the driver has no XDP";
	return libxdp_message[0] ? libxdp_message : strerror(-err);
}

/*
 * Opens the list of attached XDP programs. libxdp 1.3.1 opens the program, works with a copy of the
 * descriptor and leaks the first one, which is the lowest number that was free. *lost: that number,
 * for multiprog_close(). Meanwhile no other thread may open a descriptor.
 */
static struct xdp_multiprog *multiprog_open(const struct xm_parent *p, int *lost)
{
	xm_inner_maps_finish();
	*lost = fcntl(p->maps[XM_MAP_PARENT], F_DUPFD_CLOEXEC, 0);
	if (*lost >= 0)
		close(*lost);
	return xdp_multiprog__get_from_ifindex(p->link.ifindex);
}

static void multiprog_close(struct xdp_multiprog *mp, int lost)
{
	struct xdp_program *first = xdp_multiprog__main_prog(mp);
	uint32_t id = first ? xm_program_id(xdp_program__fd(first)) : 0;

	xdp_multiprog__close(mp);
	/* A libxdp without this fault has closed it */
	if (id && lost >= 0 && xm_program_id(lost) == id)
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

struct xdp_program *xm_xdp_program_open(struct xm_parent *p, int *err, struct xm_err *e)
{
	struct xdp_program *prog;
	struct bpf_object *obj;

	*err = xm_parent_prepare_program(p, e);
	if (*err)
		return NULL;
	obj = xm_program_open(XM_PROG_PARENT_XDP, false, p->maps, err, e);
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

static enum xdp_attach_mode libxdp_mode(enum xm_xdp mode)
{
	return mode == XM_XDP_NATIVE ? XDP_MODE_NATIVE : XDP_MODE_SKB;
}

int xm_xdp_wait(const struct xm_parent *p, struct xm_err *e)
{
	int err, fd = open(XM_LIBXDP_DIR, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return 0;
	err = xm_lock_take(fd, XM_LIBXDP_DIR, &p->engine->options.wait, e);
	close(fd);
	return err;
}

/*
 * Limit for libxdp, in case another process gets the lock after xm_xdp_wait() and is stopped. It is
 * long, because it also interrupts the verification of a program.
 */
static xm_caps libxdp_begin(struct xm_lock_limit *limit)
{
	xm_lock_limit_begin(limit, XM_LOCK_WAIT_MS);
	return xm_caps_raise(XM_CAPS_XDP);
}

static void libxdp_end(const struct xm_lock_limit *limit, xm_caps raised)
{
	xm_caps_lower(raised);
	xm_lock_limit_end(limit);
}

int xm_xdp_program_attach(struct xm_parent *p, struct xdp_program *prog, enum xm_xdp mode)
{
	struct xm_lock_limit limit;
	xm_caps raised = libxdp_begin(&limit);
	int err = xdp_program__attach(prog, p->link.ifindex, libxdp_mode(mode), 0);

	if (!err)
		p->rec.xdp_single = xdp_runs_alone(p);
	libxdp_end(&limit, raised);
	return err;
}

/*
 * Whether a program is xmacvlan's. id 0: a command was killed while it attached the program, so the
 * name or the maps decide; no other parent's program is on this device. keep: id of a program that
 * is left out.
 */
static bool xdp_program_is_ours(const struct xm_parent *p, const struct xdp_program *prog,
				uint32_t id, uint32_t keep)
{
	uint32_t is = xm_program_id(xdp_program__fd(prog));

	if (id)
		return is == id;
	return is != keep &&
	       (!strcmp(xdp_program__name(prog), xm_program_names[XM_PROG_PARENT_XDP]) ||
		xm_xdp_uses_maps_of(p, xdp_program__fd(prog)) > 0);
}

static struct xdp_program *multiprog_find_ours(const struct xm_parent *p, struct xdp_multiprog *mp,
					       uint32_t id, uint32_t keep)
{
	struct xdp_program *prog = NULL;

	if (xdp_multiprog__is_legacy(mp)) {
		prog = xdp_multiprog__main_prog(mp);
		return prog && xdp_program_is_ours(p, prog, id, keep) ? prog : NULL;
	}
	while ((prog = xdp_multiprog__next_prog(prog, mp)))
		if (xdp_program_is_ours(p, prog, id, keep))
			return prog;
	return NULL;
}

/* Asks the kernel, for libxdp takes some errors for an absence. keep: one of them is to stay. */
static int xdp_check_none(const struct xm_parent *p, uint32_t id, uint32_t keep)
{
	int attached = keep ? 0 : xm_xdp_is_attached(p, id);

	return attached > 0 ? -EIO : attached;
}

/* Returns as libxdp_detach_one() */
static int multiprog_detach_ours(struct xm_parent *p, struct xdp_multiprog *mp, uint32_t id,
				 uint32_t keep)
{
	struct xdp_program *prog = multiprog_find_ours(p, mp, id, keep);
	int err, all = prog ? xdp_multiprog__is_legacy(mp) : 0; /* that the device runs is ours */

	if (!prog && !keep)
		all = xm_xdp_dispatcher_is_orphaned(p, mp);
	if (all < 0 || (!prog && !all))
		return all;
	err = all ? xdp_multiprog__detach(mp)
		  : xdp_program__detach(prog, p->link.ifindex, xdp_multiprog__attach_mode(mp), 0);
	return err ? err : 1;
}

/*
 * Returns 1 when it has detached a program, 0 when there is none of xmacvlan's, or a negative errno
 */
static int libxdp_detach_one(struct xm_parent *p, uint32_t id, uint32_t keep)
{
	int lost;
	struct xdp_multiprog *mp = multiprog_open(p, &lost);
	int ret = libxdp_get_error(mp);

	if (ret && ret != -ENOENT)
		return ret;
	if (!ret) {
		ret = multiprog_detach_ours(p, mp, id, keep);
		multiprog_close(mp, lost);
		if (ret)
			return ret;
	}
	return xdp_check_none(p, id, keep);
}

/* Detaches all of them: a killed or refused upgrade may have left two */
static int libxdp_detach(struct xm_parent *p, uint32_t id, uint32_t keep)
{
	struct xm_lock_limit limit;
	xm_caps raised = libxdp_begin(&limit);
	int64_t begin = xm_now_ms();
	int ret, left = OURS_AT_MOST;

	do /* the programs that stay get a new dispatcher, which is loaded */
		ret = libxdp_detach_one(p, id, keep);
	while ((ret > 0 && !id && --left) || xm_program_may_load_again(ret, begin));
	if (ret >= 0)
		ret = xm_xdp_dispatcher_delete_pins(p);
	libxdp_end(&limit, raised);
	return ret;
}

int xm_xdp_program_detach(struct xm_parent *p, uint32_t id)
{
	return libxdp_detach(p, id, 0);
}

int xm_xdp_program_detach_others(struct xm_parent *p, uint32_t keep)
{
	return libxdp_detach(p, 0, keep);
}

/* Returns 1 when the program is the device's only one, 0 when it is not, or a negative errno */
int xm_xdp_program_is_sole(const struct xm_parent *p, uint32_t id)
{
	struct xm_xdp_attached attached;
	int err = xm_xdp_read_attached(p, &attached);

	return err ? err : attached.id == id;
}

/*
 * Returns 0 also when the program is not attached any more. libxdp takes some errors for an
 * absence, so the kernel is asked where it can tell: when the program stands alone.
 */
int xm_xdp_program_detach_checked(struct xm_parent *p, uint32_t id)
{
	int attached, err = xm_xdp_program_detach(p, id);

	if (!p->rec.xdp_single || !id)
		return err;
	attached = xm_xdp_program_is_sole(p, id);
	if (attached > 0)
		return err ? err : -EIO;
	return attached;
}

/* After a refusal the program may be detached already, and its dispatcher's pins be left */
static int libxdp_delete_pins(struct xm_parent *p)
{
	struct xm_lock_limit limit;
	xm_caps raised = libxdp_begin(&limit);
	int err = xm_xdp_dispatcher_delete_pins(p);

	libxdp_end(&limit, raised);
	return err;
}

int xm_xdp_program_detach_any(struct xm_parent *p, uint32_t id)
{
	struct xm_xdp_attached attached;
	int err = xm_xdp_read_attached(p, &attached);

	if (!err && !attached.id)
		return libxdp_delete_pins(p);
	xm_libxdp_clear_message();
	err = xm_xdp_program_detach(p, id);
	if (!id || xm_xdp_read_attached(p, &attached) || attached.id != id)
		return err;
	/* The only program on the device: netlink can detach it, which needs CAP_NET_ADMIN only */
	return bpf_xdp_detach(p->link.ifindex, attached.mode, NULL);
}
