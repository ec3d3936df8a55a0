// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "engine/engine.h"

int xm_snapshot_take(const struct xm_snapshot_request *request, struct xm_snapshot *ret,
		     struct xm_err *e)
{
	const struct xm_engine_options options = { .reader = true,
						   .pins_optional = request->pins_optional };
	struct xm_engine *engine;
	uint64_t fingerprint = 0;
	int err = xm_engine_open(&options, &engine, e);

	*ret = (struct xm_snapshot){};
	if (err)
		return err;
	if (request->fingerprint)
		err = xm_engine_fingerprint(engine, &fingerprint, e);
	if (!err)
		err = xm_engine_snapshot(engine, request, ret, e);
	xm_engine_close(engine);
	if (err)
		xm_snapshot_free(ret);
	ret->fingerprint = fingerprint;
	return err;
}
