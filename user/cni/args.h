/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_CNI_ARGS_H
#define XM_CNI_ARGS_H

#include "cni/error.h"

/* Reads CNI_ARGS. *ret_mac: the value of MAC, allocated; NULL: it has none. */
int cni_args_read(const char *args, char **ret_mac, struct cni_error *e);

#endif
