/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * JSON documents that the kernel keeps: a pinned map for each, in a folder below XM_PIN_ROOT.
 * folder: its name. id: up to 64 letters, digits and '-'. Functions return 0 or a negative errno
 * and fill *e. One thread uses a document at a time.
 */
#ifndef XM_RUNTIME_STORE_H
#define XM_RUNTIME_STORE_H

#include <jansson.h>
#include <stdint.h>

#include "base/err.h"

#define XM_STORE_DOCKER "docker" /* the folder of Docker's networks */

#define XM_STORE_ID 65 /* of a document, with its NUL */

/* Keeps the document, in place of the former one of this id, in one step */
int xm_store_save(const char *folder, const char *id, const json_t *document, struct xm_err *e);
/* Sets *ret to a new reference; NULL: the kernel has nothing of this id */
int xm_store_load(const char *folder, const char *id, json_t **ret, struct xm_err *e);
/* Nothing of this id is no error */
int xm_store_remove(const char *folder, const char *id, struct xm_err *e);
/*
 * Calls each() for every id, until it returns other than 0, which is returned. version: another one
 * after each xm_store_save().
 */
int xm_store_each(const char *folder, int (*each)(const char *id, uint64_t version, void *data),
		  void *data, struct xm_err *e);

#endif
