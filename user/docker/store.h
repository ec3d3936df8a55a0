/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * What the kernel keeps: a pinned map for each network, with the document of config.h, and for each
 * lease. Docker asks for a network once and never again while it exists. After a reboot database.h
 * has it. Functions return 0 or a negative errno and fill *e. One thread uses a store at a time.
 */
#ifndef XM_DOCKER_STORE_H
#define XM_DOCKER_STORE_H

#include <jansson.h>

#include "base/err.h"

enum docker_store {
	DOCKER_NETWORKS,
	DOCKER_LEASES, /* leases.c */
};

/* Keeps the document, in place of the former one of this id, in one step */
int docker_store_save(enum docker_store store, const char *id, const json_t *document,
		      struct xm_err *e);
/* Sets *ret to a new reference; NULL: the kernel has nothing of this id */
int docker_store_load(enum docker_store store, const char *id, json_t **ret, struct xm_err *e);
/* Nothing of this id is no error */
int docker_store_remove(enum docker_store store, const char *id, struct xm_err *e);
/* Calls each() for every id, until it returns other than 0, which is returned */
int docker_store_each(enum docker_store store, int (*each)(const char *id, void *data), void *data,
		      struct xm_err *e);

#endif
