/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* `show --tree` and `show --dot`: parents, their modes and endpoints, to stdout */
#ifndef XM_SHOW_TREE_H
#define XM_SHOW_TREE_H

#include "cli/show.h"

/* Lines are drawn with box characters where the locale has UTF-8, else with ASCII */
void xm_show_tree(const struct xm_show_style *style, const struct xm_snapshot *s);
/* A graph for dot(1) of Graphviz. A name is a quoted string, whatever octets it has. */
void xm_show_dot(const struct xm_snapshot *s);

#endif
