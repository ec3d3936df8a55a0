/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What xmacvlan needs of the kernel */
#ifndef XM_FEATURES_H
#define XM_FEATURES_H

/*
 * The first needed feature that the running kernel (or this process's capabilities) lacks, with the
 * version or option that brings it; NULL: none. Probes by loading tiny programs: for the error path.
 */
const char *xm_missing_feature(void);

#endif
