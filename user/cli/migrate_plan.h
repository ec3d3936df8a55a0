/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * A plan of `migrate`: command lines of other programs, each with the one that takes it back.
 * Functions return 0, or a negative errno and fill *e, unless their comment says more.
 */
#ifndef XM_MIGRATE_PLAN_H
#define XM_MIGRATE_PLAN_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"
#include "cli/word_list.h"

struct xm_migrate_step {
	struct xm_word_list run, undo; /* undo: empty when there is nothing to take back */
};

/* {} is an empty plan */
struct xm_migrate_plan {
	struct xm_migrate_step *steps;
	size_t count;
};

/* migrate_plan.c */

/* Appends an empty step. Valid until the next one is appended. */
struct xm_migrate_step *xm_migrate_append(struct xm_migrate_plan *plan);
/* Appends words, which NULL ends */
void xm_migrate_words(struct xm_word_list *to, const char *const *words);
/* Prints the command lines for a shell */
void xm_migrate_print(const struct xm_migrate_plan *plan);
/*
 * Runs the command lines and prints each before. When one fails, those before it are taken back,
 * the last one first.
 */
int xm_migrate_apply(const struct xm_migrate_plan *plan, struct xm_err *e);
void xm_migrate_free(struct xm_migrate_plan *plan);

/* migrate_run.c */

/*
 * Runs a program with its output to ours. ends: SIGINT, SIGTERM and SIGHUP end it; else it ignores
 * those that this process ignores. -ECHILD: it failed.
 */
int xm_migrate_run(const struct xm_word_list *words, bool ends, struct xm_err *e);
/* Runs a program and reads its output, JSON values. *ret: a list of them, a new reference. */
int xm_migrate_read(const struct xm_word_list *words, json_t **ret, struct xm_err *e);

/* migrate_cni.c: the step for one file */
int xm_migrate_cni(const char *file, struct xm_migrate_plan *plan, struct xm_err *e);

/* migrate_network.c: the steps for a network of Docker or podman (runtime: "docker", "podman") */
int xm_migrate_network(const char *runtime, const char *network, struct xm_migrate_plan *plan,
		       struct xm_err *e);

#endif
