// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "engine/operation.h"
#include "engine/parent_broken.h"
#include "engine/parent_destroy.h"
#include "engine/parent_list.h"
#include "engine/parent_sweep.h"

void xm_operation_sweep(struct xm_parent *p)
{
	struct xm_err why = {};
	int err;

	/* The devices of a moving parent may be in another namespace */
	if (p->destroyed || !p->loaded || p->rec.state & XM_PARENT_MOVING)
		return;
	err = xm_parent_sweep_destroy_unused(p, &why);
	if (err)
		xm_parent_set_broken(p, err, &why);
}

int xm_operation_finish(struct xm_engine *engine, struct xm_parent *p, int err, struct xm_err *e)
{
	int ret = xm_parent_destroy_unused(p, err ? NULL : e);

	xm_parents_free_destroyed(engine);
	return err ? err : ret;
}
