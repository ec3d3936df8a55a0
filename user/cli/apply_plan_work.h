/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The parts of apply_plan.h that its own files share */
#ifndef XM_APPLY_PLAN_WORK_H
#define XM_APPLY_PLAN_WORK_H

#include "cli/apply_plan.h"

/* Of an endpoint that is wanted: whether its steps are in the plan */
enum xm_planned { XM_PLANNED_NOT, XM_PLANNED_BEGUN, XM_PLANNED_DONE };

struct xm_planning {
	const struct xm_want *want;
	const struct xm_snapshot *snapshot;
	const struct xm_plan_options *options;
	struct xm_nl *nl;
	struct xm_plan *plan;
	struct xm_link *parents; /* of each endpoint that is wanted */
	enum xm_planned *planned; /* the same */
	bool *deleted; /* the same: whether the plan deletes it, to make it anew */
	struct xm_err *e;
};

/* apply_plan_step.c */

/* Adds a step without words */
struct xm_step *xm_plan_step_add(struct xm_planning *p, enum xm_command_id command);
/* The same, for an endpoint */
struct xm_step *xm_plan_step(struct xm_planning *p, enum xm_command_id command,
			     const struct xm_want_endpoint *ep);

/* apply_plan_endpoint.c: the steps of the endpoint of that number, and those that it needs first */
void xm_plan_endpoint(struct xm_planning *p, size_t i);

#endif
