/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The CNI plugin called as a runtime calls it, with the real IPAM plugins of Debian in its CNI_PATH. */
#ifndef NT_PLUGIN_H
#define NT_PLUGIN_H

#include "nt.h"

#define PLUGIN_DEBIAN "/usr/lib/cni"

/* NULL: ours, c1, eth0, the namespace of the first peer, nothing, our folder and Debian's, captured */
struct plugin_call {
	const char *command, *program, *container, *ifname, *netns, *args, *path, *output;
	const char *before; /* shell words in front of it, e.g. "unshare -m sh -c ..." */
};

/* Wire, host and `peers` containers; a folder for files and leases. Its name is plugin_dir(). */
void plugin_net(struct nt_net *net, unsigned int peers, unsigned int ns_flags);
const char *plugin_dir(void);
/* $XMACVLAN's neighbour or the one of this build */
const char *plugin_bin(void);

/*
 * Runs it with the configuration, in which ' stands for ". Returns its exit code. Checks what holds for every
 * call: stdout is empty or one JSON object, and an error has a code and a message.
 */
int plugin_run(const struct plugin_call *call, const char *fmt, ...) XMT_PRINTF(2, 3);
#define PLUGIN(cmd, ...) plugin_run(&(struct plugin_call){ .command = (cmd) }, __VA_ARGS__)

/* Of the last call: its document (NULL: none), the error's code (0: none) and message ("") */
json_t *plugin_doc(void);
int plugin_code(void);
const char *plugin_msg(void);
/* Text at "ips.0.address" of the document, or "" */
const char *plugin_text(const char *path);
/* The document as text, to be freed */
char *plugin_dump(void);

/* Checks that the last call failed with `code` and that its message has `a` and `b` */
void plugin_refused(const char *what, int code, const char *a, const char *b);
/* Checks that nothing is left: pins, devices, leases, flags of the parent */
void plugin_nothing(const char *what);
/* Number of host-local's leases */
unsigned int plugin_leases(void);

/* An executable script in a folder of CNI_PATH that is in plugin_dir(): an IPAM plugin that fails as no real one */
void plugin_script(const char *name, const char *body);

#endif
