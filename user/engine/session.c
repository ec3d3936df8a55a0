// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A session as the front ends see it */
#include <errno.h>
#include <stdlib.h>

#include "base/caps.h"
#include "engine/names.h"
#include "engine/parent_lock.h"
#include "engine/session_core.h"
#include "pins/objects.h"
#include "pins/pin_root.h"

int xm_engine_open(const struct xm_engine_options *options, struct xm_engine **ret,
		   struct xm_err *e)
{
	struct xm_engine *engine;
	int err = xm_caps_need(XM_CAPS_WORK, "every command", e);

	*ret = NULL;
	if (err)
		return err;
	xm_libbpf_keep_messages();
	engine = malloc(sizeof(*engine));
	if (!engine)
		return xm_fail(e, ENOMEM, "out of memory");
	err = options && options->reader ? 0 : xm_pin_root_make(e);
	if (!err)
		err = xm_session_init(engine, options, e);
	if (err) {
		free(engine);
		return err;
	}
	engine->check_name = xm_name_claim;
	*ret = engine;
	return 0;
}

void xm_engine_close(struct xm_engine *engine)
{
	if (!engine)
		return;
	xm_session_close(engine);
	free(engine);
}

uint64_t xm_engine_netns_cookie(const struct xm_engine *engine)
{
	return engine->netns_cookie;
}

bool xm_engine_kept_missing(const struct xm_engine *engine)
{
	return engine->kept_missing;
}

int xm_engine_start(struct xm_engine *engine, struct xm_err *e)
{
	int err = xm_session_begin_once(engine, e);

	engine->add_cache.parent = NULL;
	return err ? err : xm_engine_flush(engine, e);
}
