/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_DOCKER_ID_H
#define XM_DOCKER_ID_H

#include <jansson.h>

#include "base/err.h"

#define DOCKER_ID_LEN 65 /* of a network or an endpoint, with its NUL */

/*
 * The id that a key has: 1 to 64 letters and digits, so that it can be part of a file's name. NULL:
 * it is none, and *e is filled.
 */
const char *docker_id(const json_t *from, const char *key, struct xm_err *e);

#endif
