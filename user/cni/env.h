/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The environment of a call: the command and what it is about */
#ifndef XM_CNI_ENV_H
#define XM_CNI_ENV_H

#include "cni/error.h"
#include "cni/spec_version.h"

enum cni_command { CNI_ADD, CNI_DEL, CNI_CHECK, CNI_GC, CNI_STATUS, CNI_VERSION, CNI_COMMANDS };

/* The variables CNI_…; "": not set */
struct cni_env {
	const char *command, *container, *netns, *ifname, *args, *path;
};

/* The command that CNI_COMMAND names */
int cni_env_command(const struct cni_env *env, enum cni_command *ret, struct cni_error *e);
/* Checks that every variable which the command requires is set and valid */
int cni_env_check(const struct cni_env *env, enum cni_command command, struct cni_error *e);
/* The version of the specification that introduced the command */
enum cni_version cni_command_since(enum cni_command command);

/*
 * Checks a network's or container's name: [A-Za-z0-9][A-Za-z0-9_.-]* (the specification) of at most
 * 255 characters (the map `owners`). Returns NULL, or what is wrong.
 */
const char *cni_name_problem(const char *name);

#endif
