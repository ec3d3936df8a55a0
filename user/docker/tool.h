/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Tools of the host that the driver runs: nft, iptables */
#ifndef XM_DOCKER_TOOL_H
#define XM_DOCKER_TOOL_H

#define TOOL_MS 10000 /* a tool that runs longer is killed */

struct docker_tool_result {
	int code; /* exit code; -1: a signal has ended it */
	char *output; /* what it wrote to stdout; NULL: nothing, or too much */
	char why[256]; /* the first line that it wrote to stderr, or "" */
};

/*
 * Adds the folders of administrators' tools to the environment's PATH, and asks for messages in
 * English. To be called once, before there are threads.
 */
void docker_tool_prepare(void);

/*
 * Runs a tool and waits for its end. argv: ends with NULL; argv[0] is looked for in PATH. input: a
 * text for its stdin, or NULL. Returns 0 and fills *ret, whose output the caller frees. Otherwise a
 * negative errno: -ENOENT: the tool is not installed; -ETIMEDOUT: it was killed after TOOL_MS.
 */
int docker_tool_run(const char *const argv[], const char *input, struct docker_tool_result *ret);

#endif
