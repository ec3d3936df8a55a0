/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Commands from a file */
#ifndef XM_BATCH_H
#define XM_BATCH_H

#include "cli/context.h"

/* Runs the commands of ctx->batch, one a line, in one session. Returns 0 or an exit code. */
int xm_batch_run(struct xm_context *ctx);

#endif
