// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The engine opened and closed: sockets, the lock, the parents that were loaded */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "net/ethtool.h"
#include "net/netns.h"
#include "engine/internal.h"

static void free_parent(struct xm_parent *p)
{
	xm_parent_close(p);
	free(p);
}

void xm_engine_reap(struct xm_engine *engine, bool all)
{
	struct xm_parent **at = &engine->parents;

	while (*at) {
		struct xm_parent *p = *at;

		if (!all && !p->gone) {
			at = &p->next;
			continue;
		}
		*at = p->next;
		if (engine->near == p)
			engine->near = NULL;
		free_parent(p);
	}
}

int xm_engine_open_unlocked(struct xm_engine *engine, struct xm_err *e)
{
	int err;

	memset(engine, 0, sizeof(*engine));
	engine->netns.fd = engine->lock = engine->ethtool = engine->peer_ethtool = -1;
	err = xm_netns_cookie(&engine->netns_cookie);
	if (err)
		return xm_fail(e, err, "the kernel has no network namespace cookies (needs Linux 5.14): %s",
			       strerror(-err));
	err = xm_nl_open(&engine->nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	engine->ethtool = xm_ethtool_open();
	if (engine->ethtool < 0)
		err = xm_fail(e, engine->ethtool, "cannot open a socket: %s", strerror(-engine->ethtool));
	if (err)
		xm_engine_close(engine);
	return err;
}

static int open_engine(struct xm_engine *engine, bool wait, struct xm_err *e)
{
	int err = xm_caps_need(XM_CAPS_WORK, "every command", e);

	if (err)
		return err;
	xm_libbpf_keep_messages();
	err = xm_engine_open_unlocked(engine, e);
	if (err)
		return err;
	engine->lock = xm_pin_root_lock(wait, e);
	if (engine->lock >= 0)
		return 0;
	err = engine->lock;
	xm_engine_close(engine);
	return err;
}

int xm_engine_open(struct xm_engine *engine, struct xm_err *e)
{
	return open_engine(engine, true, e);
}

int xm_engine_try_open(struct xm_engine *engine, struct xm_err *e)
{
	return open_engine(engine, false, e);
}

int xm_engine_for_each(struct xm_engine *engine, int (*fn)(struct xm_parent *, struct xm_err *), struct xm_err *e)
{
	int ret = 0;

	for (struct xm_parent *p = engine->parents; p; p = p->next) {
		int err = p->gone ? 0 : fn(p, ret ? NULL : e);

		ret = ret ? ret : err;
	}
	return ret;
}

int xm_engine_flush(struct xm_engine *engine, struct xm_err *e)
{
	int added = xm_engine_for_each(engine, xm_parent_complete_added, e);
	int deleted = xm_engine_for_each(engine, xm_parent_delete_pending, added ? NULL : e);

	/* A parent may have been attached for what could not be completed */
	if (added)
		xm_engine_for_each(engine, xm_parent_release, NULL);
	xm_engine_reap(engine, false);
	return added ? added : deleted;
}

int xm_engine_start(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_engine_load(engine, e);

	engine->near = NULL;
	return err ? err : xm_engine_flush(engine, e);
}

int xm_engine_sweep(struct xm_parent *p, struct xm_err *e)
{
	int ret = xm_parent_sweep(p, e);

	return ret < 0 ? ret : xm_parent_release(p, e);
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

void xm_engine_close(struct xm_engine *engine)
{
	xm_engine_flush(engine, NULL);
	xm_stats_map_finish();
	xm_engine_reap(engine, true);
	xm_netns_close(&engine->netns);
	xm_netns_forget();
	drop(&engine->peer_ethtool);
	drop(&engine->ethtool);
	drop(&engine->lock);
	xm_nl_close(&engine->nl);
}

struct xm_parent *xm_engine_parent(struct xm_engine *engine, uint32_t ifindex)
{
	struct xm_parent *p = engine->parents;

	while (p && (p->gone || p->meta.parent_ifindex != ifindex))
		p = p->next;
	return p;
}
