// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The programs in the blocks of TC filters that the host ends of a parent share */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "engine/host_end_order.h"
#include "engine/host_end_programs.h"
#include "engine/host_end_rejoin.h"
#include "engine/tc_pins.h"
#include "engine/watcher_calls.h"
#include "net/tc.h"
#include "pins/pin_dir.h"

static const enum xm_program block_programs[] = { XM_PROG_ENDPOINT_RX, XM_PROG_ENDPOINT_TX };

static bool program_is_pinned(const char *dir, enum xm_program program)
{
	char path[256];

	snprintf(path, sizeof(path), "%s/%s", dir, xm_program_names[program]);
	return !access(path, F_OK);
}

/* Pins of a version without endpoint_tx lack it */
static bool tx_is_pinned(const struct xm_parent *p)
{
	return program_is_pinned(p->dir, XM_PROG_ENDPOINT_TX);
}

static int pin_endpoint_tx(struct xm_parent *p, struct xm_err *e)
{
	int err, fd = xm_tc_load(p, XM_PROG_ENDPOINT_TX, e);

	if (fd < 0)
		return fd;
	err = xm_tc_pin_add(p, XM_PROG_ENDPOINT_TX, fd, e);
	close(fd);
	return err;
}

int xm_host_end_programs_pin(struct xm_parent *p, int endpoint_rx, struct xm_err *e)
{
	int err = xm_tc_pin_add(p, XM_PROG_ENDPOINT_RX, endpoint_rx, e);

	return err ? err : pin_endpoint_tx(p, e);
}

static bool rx_is_pinned(const struct xm_parent *p)
{
	return program_is_pinned(p->dir, XM_PROG_ENDPOINT_RX);
}

/* Whether endpoint_tx is in its block, but not pinned: somebody has removed the pin */
static bool tx_has_lost_pin(struct xm_parent *p)
{
	return p->count && !tx_is_pinned(p) &&
	       xm_tc_block_has_filter(&p->engine->nl, XM_TC_TX_BLOCK(p->rec.parent_ifindex)) > 0;
}

int xm_host_end_programs_restore_pins(struct xm_parent *p, struct xm_err *e)
{
	bool rx = !rx_is_pinned(p), tx = tx_has_lost_pin(p);
	int err = 0, fd;

	if (rx) {
		fd = xm_tc_load(p, XM_PROG_ENDPOINT_RX, e);
		err = fd < 0 ? fd : xm_tc_pin_add(p, XM_PROG_ENDPOINT_RX, fd, e);
		if (fd >= 0)
			close(fd);
	}
	if (!err && tx)
		err = pin_endpoint_tx(p, e);
	if (!err && p->count && (rx || tx))
		xm_host_end_programs_fill(
			p, NULL); /* refused: xm_host_end_programs_verify() and `show` say so */
	return err;
}

bool xm_host_end_programs_is_pinned(const struct xm_parent *p)
{
	return rx_is_pinned(p) && tx_is_pinned(p);
}

void xm_host_end_programs_sweep(struct xm_parent *p)
{
	char fresh[256];

	for (int i = 0; i < 2; i++) {
		xm_tc_pin_path(p, block_programs[i], XM_FRESH_PIN, fresh, sizeof(fresh));
		unlink(fresh);
	}
}

int xm_host_end_programs_fill_once(struct xm_parent *p, struct xm_err *e)
{
	int err = p->block_filled ? 0 : xm_host_end_programs_fill(p, e);

	p->block_filled = !err;
	return err;
}

static int block_upgrade(struct xm_parent *p, enum xm_program program, int prog_fd,
			 struct xm_err *e)
{
	int err = xm_tc_pin_replace(p, program, prog_fd, e);

	return err || !p->count ? err : xm_host_end_programs_fill(p, e);
}

int xm_host_end_programs_upgrade_rx(struct xm_parent *p, int prog_fd, struct xm_err *e)
{
	int err = block_upgrade(p, XM_PROG_ENDPOINT_RX, prog_fd, e);

	return err ? err : xm_host_ends_attach_rx_first(p, e);
}

/*
 * Host ends of a version without endpoint_tx join the block before it is there: then it is put on
 * all of them in one step
 */
int xm_host_end_programs_upgrade_tx(struct xm_parent *p, int prog_fd, struct xm_err *e)
{
	int err = xm_host_ends_rejoin(p, e);

	return err ? err : block_upgrade(p, XM_PROG_ENDPOINT_TX, prog_fd, e);
}

/* optional: a missing filter is no error */
static int block_verify(struct xm_parent *p, enum xm_program program, uint32_t block, bool optional,
			struct xm_err *e)
{
	const char *name = xm_program_names[program];
	struct xm_nl *nl = &p->engine->nl;
	struct xm_tc_filter first;
	bool barred;
	int ret = xm_tc_block_earlier(nl, block, name, &first, &barred);

	if (ret == -ENOENT)
		return optional ? 0
				: xm_fail(e, ENOLINK, "%s is not attached to the host ends", name);
	if (ret < 0)
		return xm_fail(e, ret, "cannot read the filters of the host ends: %s",
			       xm_nl_why(nl, ret));
	return ret ? xm_fail(e, EBUSY, "the filter '%s' (id %u) runs before %s on the host ends",
			     first.name[0] ? first.name : first.kind, first.prog_id, name)
		   : 0;
}

int xm_host_end_programs_verify(struct xm_parent *p, struct xm_err *e)
{
	int err = block_verify(p, XM_PROG_ENDPOINT_RX, XM_TC_RX_BLOCK(p->rec.parent_ifindex), false,
			       e);

	if (!err && tx_has_lost_pin(p))
		err = xm_fail(e, ENOENT, "the pin of endpoint_tx is missing");
	return err ? err
		   : block_verify(p, XM_PROG_ENDPOINT_TX, XM_TC_TX_BLOCK(p->rec.parent_ifindex),
				  !tx_is_pinned(p), e);
}

static bool block_lacks(struct xm_nl *nl, enum xm_program program, uint32_t block)
{
	struct xm_tc_filter first;
	bool barred;

	return xm_tc_block_earlier(nl, block, xm_program_names[program], &first, &barred) ==
	       -ENOENT;
}

/*
 * The programs that are not in the blocks of a parent, as a set of 1 << enum xm_program;
 * endpoint_tx only if it is pinned
 */
static uint32_t blocks_lack(struct xm_nl *nl, const char *dir, uint32_t ifindex)
{
	uint32_t ret = 0;

	if (block_lacks(nl, XM_PROG_ENDPOINT_RX, XM_TC_RX_BLOCK(ifindex)))
		ret |= 1u << XM_PROG_ENDPOINT_RX;
	if (program_is_pinned(dir, XM_PROG_ENDPOINT_TX) &&
	    block_lacks(nl, XM_PROG_ENDPOINT_TX, XM_TC_TX_BLOCK(ifindex)))
		ret |= 1u << XM_PROG_ENDPOINT_TX;
	return ret;
}

bool xm_host_end_programs_are_filled(struct xm_nl *nl, uint64_t cookie, uint32_t ifindex)
{
	char dir[96];

	xm_pin_dir(cookie, ifindex, dir, sizeof(dir));
	return !blocks_lack(nl, dir, ifindex);
}

void xm_host_end_programs_reattach(struct xm_parent *p)
{
	uint32_t lacking;

	if (!p->count || !xm_host_end_programs_verify(p, NULL))
		return;
	lacking = blocks_lack(&p->engine->nl, p->dir, p->rec.parent_ifindex);
	if (!xm_host_ends_rejoin(p, NULL) && !xm_host_end_programs_fill(p, NULL))
		p->reattached |= lacking;
}

/*
 * Whether frames for the parent's stack are received on the parent by act_mirred. Without it
 * endpoint_rx redirects them, which costs a softirq each (xm_to_host()).
 */
static bool mirred_prepare(struct xm_parent *p, uint32_t block)
{
	struct xm_nl *nl = &p->engine->nl;
	int err, fd;

	if (xm_tc_block_has_mirred(nl, block, p->link.ifindex) > 0)
		return true;
	fd = xm_program_load_match(XM_MARK_HOST);
	if (fd < 0)
		return false;
	err = xm_tc_add_block_mirred(nl, block, fd, p->link.ifindex);
	close(fd);
	return !err;
}

static int program_fill(struct xm_parent *p, enum xm_program program, uint32_t block,
			struct xm_err *e)
{
	const char *name = xm_program_names[program];
	struct xm_nl *nl = &p->engine->nl;
	int err, fd = xm_tc_pin_open(p->dir, program);
	unsigned int flags = XM_BLOCK_ONCE;

	if (fd < 0)
		return xm_fail(e, fd, "cannot open %s/%s: %s", p->dir, name, strerror(-fd));
	if (program == XM_PROG_ENDPOINT_RX)
		flags = mirred_prepare(p, block) ? XM_BLOCK_MIRRED : 0;
	err = xm_tc_set_block(nl, block, fd, name, flags);
	close(fd);
	return err ? xm_fail(e, err, "cannot attach %s: %s", name, xm_nl_why(nl, err)) : 0;
}

int xm_host_end_programs_fill(struct xm_parent *p, struct xm_err *e)
{
	int err = program_fill(p, XM_PROG_ENDPOINT_RX, XM_TC_RX_BLOCK(p->link.ifindex), e);

	if (err || !tx_is_pinned(p))
		return err;
	return program_fill(p, XM_PROG_ENDPOINT_TX, XM_TC_TX_BLOCK(p->link.ifindex), e);
}
