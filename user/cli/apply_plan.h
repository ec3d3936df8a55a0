/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The commands that bring the kernel to what files ask for. What a file does not say of an endpoint
 * has its default, but for type, address, MTU, namespace and the peer end's name: these stay as
 * they are. What only a new endpoint can have is brought about by `del` and `add`.
 */
#ifndef XM_APPLY_PLAN_H
#define XM_APPLY_PLAN_H

#include "cli/apply_want.h"
#include "cli/keywords.h"
#include "engine/snapshot.h"
#include "net/nl.h"

struct xm_step {
	enum xm_command_id command; /* DEL, ATTACH, ADD or SET */
	struct xm_word_list words; /* behind the command's own */
	const struct xm_want_endpoint *endpoint; /* of an ADD or SET; NULL: none */
	const struct xm_apply_document *from; /* of an ATTACH, too; NULL: no file asks for it */
	const char *section, *key; /* where it stands there: "endpoints", NAME */
};

struct xm_plan {
	struct xm_step *steps;
	size_t count;
	/* for each endpoint that is wanted: whether its parent or namespace is missing */
	bool *is_missing;
	bool *is_added; /* the same: whether a step makes it */
};

struct xm_plan_options {
	bool prune; /* delete what `apply` made and no file names */
	/* leave out what has no parent or no namespace yet; else that is an error */
	bool skip_missing;
};

/*
 * snapshot: everything, without counters. nl: a socket in the parents' namespace. Returns 0, or a
 * negative errno and fills *e. The caller frees *ret by xm_plan_free(), also after an error.
 */
int xm_plan_make(const struct xm_want *want, const struct xm_snapshot *snapshot, struct xm_nl *nl,
		 const struct xm_plan_options *options, struct xm_plan *ret, struct xm_err *e);
void xm_plan_free(struct xm_plan *plan);

#endif
