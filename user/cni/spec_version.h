/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The versions of the CNI specification that the plugin supports */
#ifndef XM_CNI_SPEC_VERSION_H
#define XM_CNI_SPEC_VERSION_H

/* In their order: a later version compares greater */
enum cni_version { CNI_010, CNI_020, CNI_030, CNI_031, CNI_040, CNI_100, CNI_110, CNI_VERSIONS };

extern const char *const cni_version_names[CNI_VERSIONS];

#define CNI_VERSION_LIST "0.1.0, 0.2.0, 0.3.0, 0.3.1, 0.4.0, 1.0.0, 1.1.0"

/* enum cni_version; -1: the text names none */
int cni_version_by_name(const char *name);

#endif
