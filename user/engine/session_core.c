// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A session's sockets; what it deferred is completed when it closes */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "engine/endpoint_add.h"
#include "engine/fanout.h"
#include "engine/endpoint_remove.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/session_core.h"
#include "net/ethtool.h"
#include "net/netns.h"
#include "pins/inner_map.h"

static void fd_close(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

int xm_session_init(struct xm_engine *engine, const struct xm_engine_options *options,
		    struct xm_err *e)
{
	int err;

	memset(engine, 0, sizeof(*engine));
	engine->options.wait.ms = XM_LOCK_WAIT_MS;
	if (options)
		engine->options = *options;
	engine->ethtool = engine->add_cache.netns.fd = engine->add_cache.peer_ethtool = -1;
	err = xm_netns_cookie(&engine->netns_cookie);
	if (err)
		return xm_fail(e, err,
			       "the kernel has no network namespace cookies (needs Linux 5.14): %s",
			       strerror(-err));
	err = xm_nl_open(&engine->nl);
	if (err)
		return xm_fail(e, err, "cannot open rtnetlink: %s", strerror(-err));
	engine->ethtool = xm_ethtool_open();
	if (engine->ethtool < 0) {
		err = xm_fail(e, engine->ethtool, "cannot open a socket: %s",
			      strerror(-engine->ethtool));
		xm_session_close(engine);
	}
	return err;
}

/* The reason of a broken parent is known; another refusal of it is no error of other commands */
static int parent_flush_deleted(struct xm_parent *p, struct xm_err *e)
{
	if (!p->broken.exit_code)
		return xm_endpoint_remove_pending(p, e);
	xm_endpoint_remove_pending(p, NULL);
	return 0;
}

int xm_session_flush_deleted(struct xm_engine *engine, struct xm_err *e)
{
	return xm_parents_each(engine, parent_flush_deleted, e);
}

static int flush_deferred(struct xm_engine *engine, struct xm_err *e)
{
	int err = engine->deferred_err;

	engine->deferred_err = 0;
	return err ? xm_fail(e, err, "%s", engine->deferred.text) : 0;
}

int xm_engine_flush(struct xm_engine *engine, struct xm_err *e)
{
	int added = xm_parents_each(engine, xm_endpoint_add_finish, e);
	int deleted = xm_session_flush_deleted(engine, added ? NULL : e);

	xm_parents_each(engine, xm_fanout_sync, NULL);

	/* A parent may have been attached for endpoints that could not be completed */
	if (added)
		xm_parents_each(engine, xm_parent_destroy_unused, NULL);
	xm_parents_free_destroyed(engine);
	if (added || deleted)
		return added ? added : deleted;
	return flush_deferred(engine, e);
}

void xm_session_close(struct xm_engine *engine)
{
	xm_engine_flush(engine, NULL);
	xm_inner_maps_finish();
	xm_parents_free(engine);
	xm_netns_close(&engine->add_cache.netns);
	xm_netns_forget();
	fd_close(&engine->add_cache.peer_ethtool);
	fd_close(&engine->ethtool);
	xm_nl_close(&engine->nl);
}
