/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The command line of a plugin: options with a value, --help and --version */
#ifndef XM_PLUGIN_OPTIONS_H
#define XM_PLUGIN_OPTIONS_H

#define PLUGIN_OPTIONS 4 /* of a plugin, at most */

struct plugin_option {
	const char *name; /* NULL: the end of the list */
	/* Where its value goes; one of the two */
	const char **text;
	unsigned int *seconds; /* 1 to 86400 */
};

/*
 * Reads the options. usage: what --help prints; version: what --version prints.
 * Prints errors to stderr. Returns -1 to go on, or the exit code.
 */
int plugin_read_options(int argc, char **argv, const struct plugin_option *options,
			const char *usage, const char *version);

#endif
