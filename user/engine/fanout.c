// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The fan-out of a parent. Journal: XM_PARENT_FANOUT_PAIR is saved before the pair is made, and
 * cleared after it is deleted. The programs use it while the map `fanout` has an ifindex and
 * config.uses has XM_USES_FANOUT.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/attach_tc.h"
#include "engine/fanout.h"
#include "engine/fanout_entrance.h"
#include "engine/fanout_listeners.h"
#include "engine/fanout_members.h"
#include "engine/fanout_pair.h"
#include "engine/record.h"
#include "pins/fanout_map.h"
#include "pins/kernel_features.h"

/* From so many endpoints on a parent has a fan-out */
#define ENDPOINTS_MIN 8
/* Up to so many copies in 10 ms the loop makes, in which a copy takes less of a socket's buffer */
#define COPIES_MIN 4096
/* From so many listeners of a MAC on the fan-out makes their copies */
#define LISTENERS_MIN 4
/*
 * A chunk makes a copy for each of its endpoints, and drops those for others than the listeners. Of
 * so many others for each listener on the loop is faster.
 */
#define OTHERS_MAX 1
/*
 * XDP copies a frame into one page, behind 256 bytes of headroom and before the skb's shared info.
 * On a parent with a larger MTU some frames would go by the loop, and overtake others of their
 * flow.
 */
#define MTU_MAX 3400

/*
 * For tests, XMACVLAN_FANOUT: "never" have one; always have one, and "force" all frames through it,
 * or "mixed": change between it and the loop all the time
 */
struct policy {
	const char *word; /* NULL: what the parent's record says */
	size_t endpoints_min;
	uint32_t copies_min;
	struct xm_fanout_listeners_policy listeners;
};

static const struct policy policies[] = {
	{ "never", SIZE_MAX, 0, { SIZE_MAX, 0 } },
	{ "force", 1, 0, { 1, XM_FANOUT_CHUNK } },
	{ "mixed", 1, 30, { 1, XM_FANOUT_CHUNK } },
	{ NULL, ENDPOINTS_MIN, COPIES_MIN, { LISTENERS_MIN, OTHERS_MAX } },
};

static const struct policy *fanout_policy(void)
{
	const char *text = secure_getenv("XMACVLAN_FANOUT");
	const struct policy *at = policies;

	while (at->word && (!text || strcmp(text, at->word)))
		at++;
	return at;
}

/*
 * Older programs know no fan-out. The kernel has to show the skb to fanout_rx; whether it does may
 * be unknown to this process (no BTF), but was known when the fan-out was made.
 */
static bool fanout_is_needed(const struct xm_parent *p)
{
	const struct policy *policy = fanout_policy();

	return p->alive && (policy->word || p->rec.state & XM_PARENT_FANOUT) &&
	       p->count >= policy->endpoints_min && p->link.mtu <= MTU_MAX &&
	       p->rec.programs_minor >= XM_FANOUT_MINOR &&
	       (p->config.uses & XM_USES_FANOUT || xm_veth_layout() & XM_VETH_SKB);
}

static int fanout_make(struct xm_parent *p, uint32_t *near_ifindex, struct xm_err *e)
{
	int err = xm_tc_use_full(p, e);

	if (!err)
		err = xm_parent_prepare_program(p, e);
	if (err)
		return err;
	p->rec.state |= XM_PARENT_FANOUT_PAIR;
	/* An older version would leave the pair, or change only a part of the maps */
	p->rec.needs_minor = XM_FANOUT_LISTENERS_MINOR;
	err = xm_parent_commit(p, e);
	return err ? err : xm_fanout_pair_make(p, near_ifindex, e);
}

int xm_fanout_remove(struct xm_parent *p, struct xm_err *e)
{
	int err;

	if (!(p->rec.state & XM_PARENT_FANOUT_PAIR))
		return 0;
	xm_fanout_close_entrance(p);
	err = xm_fanout_pair_delete(p, e);
	if (err)
		return err;
	xm_fanout_map_clear(p->maps);
	xm_fanout_pair_unpin(p);
	p->rec.state &= ~XM_PARENT_FANOUT_PAIR;
	p->rec.needs_minor = p->rec.state & XM_PARENT_PLAIN ? XM_PLAIN_MINOR : 0;
	return xm_parent_commit(p, e);
}

static int members_change(struct xm_parent *p, const struct xm_fanout_members *m, struct xm_err *e)
{
	int err;

	xm_fanout_close_entrance(p);
	err = xm_fanout_members_enter(p, m);
	if (err)
		return xm_fail(e, err, "cannot fill the fan-out: %s", strerror(-err));
	p->config.uses |= XM_USES_FANOUT;
	return xm_parent_commit(p, e);
}

static int fanout_fill(struct xm_parent *p, uint32_t near, struct xm_err *e)
{
	struct xm_fanout_members *m = malloc(sizeof(*m));
	int err;

	if (!m)
		return xm_fail(e, ENOMEM, "out of memory");
	xm_fanout_members_read(p, near, fanout_policy()->copies_min, m);
	err = xm_fanout_listeners_read(p, &fanout_policy()->listeners, m, e);
	if (!err && (!(p->config.uses & XM_USES_FANOUT) || xm_fanout_members_differ(p, m)))
		err = members_change(p, m, e);
	free(m);
	return err;
}

static int fanout_apply(struct xm_parent *p, struct xm_err *e)
{
	struct xm_link near;
	int err;

	/* One of an older version has other programs and fewer maps */
	if (p->rec.needs_minor >= XM_FANOUT_LISTENERS_MINOR && xm_fanout_pair_is_intact(p, &near))
		return fanout_fill(p, near.ifindex, e);
	if (xm_fanout_map_flow(p->maps).off)
		xm_fanout_members_read_napi(p);
	err = xm_fanout_remove(p, e); /* a part of one */
	if (!err)
		err = fanout_make(p, &near.ifindex, e);
	return err ? err : fanout_fill(p, near.ifindex, e);
}

/* Whether a command was killed while the loop made the copies for a change */
static bool fanout_is_interrupted(const struct xm_parent *p)
{
	return p->rec.state & XM_PARENT_FANOUT_PAIR && !(p->config.uses & XM_USES_FANOUT);
}

int xm_fanout_sync(struct xm_parent *p, struct xm_err *e)
{
	if (p->destroyed || !p->loaded || !(p->fanout_stale || fanout_is_interrupted(p)))
		return 0;
	p->fanout_stale = false;
	if (fanout_is_needed(p) && !fanout_apply(p, NULL))
		return 0;
	return xm_fanout_remove(p, e);
}

void xm_fanout_forget(struct xm_parent *p, uint32_t slot)
{
	p->fanout_stale = true;
	xm_fanout_map_forget(p->maps, slot);
}
