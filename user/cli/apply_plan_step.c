// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdlib.h>

#include "base/text.h"
#include "cli/apply_plan_work.h"

struct xm_step *xm_plan_step_add(struct xm_planning *p, enum xm_command_id command)
{
	struct xm_plan *plan = p->plan;

	plan->steps = xm_need(realloc(plan->steps, (plan->count + 1) * sizeof(*plan->steps)));
	plan->steps[plan->count] = (struct xm_step){ .command = command };
	return &plan->steps[plan->count++];
}

struct xm_step *xm_plan_step(struct xm_planning *p, enum xm_command_id command,
			     const struct xm_want_endpoint *ep)
{
	struct xm_step *step = xm_plan_step_add(p, command);

	step->endpoint = ep;
	step->from = ep->from;
	step->section = "endpoints";
	step->key = ep->name;
	return step;
}
