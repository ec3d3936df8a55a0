/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The CNI plugin, called as a runtime calls it, with Debian's IPAM plugins in its CNI_PATH. */
#ifndef NT_PLUGIN_H
#define NT_PLUGIN_H

#include "nt.h"

#define PLUGIN_DEBIAN "/usr/lib/cni"

/*
 * A call. Defaults for NULL: plugin_bin(), container c1, eth0, the namespace of the first peer, no
 * CNI_ARGS, plugin_dir()/bin and Debian's folder as CNI_PATH; stdout is read as a document.
 */
struct plugin_call {
	const char *command, *program, *container, *ifname, *netns, *args, *path, *output;
	const char *warning; /* what stderr has to contain after a success; NULL: nothing */
	const char *before; /* shell words before the program, e.g. "unshare -m sh -c ..." */
};

/* Makes wire, host and `peers` containers, and plugin_dir(), a folder for files and leases. */
void plugin_net(struct nt_net *ret, unsigned int peers, unsigned int ns_flags);
const char *plugin_dir(void);
/* Path of the plugin: cni/xmacvlan in the folder of nt_bin() */
const char *plugin_bin(void);

/*
 * Runs the call with a configuration; each ' in it becomes ". Returns the exit code. Checks of
 * every call: stdout is empty or one JSON object, and an error has a code and a message.
 */
int plugin_run(const struct plugin_call *call, const char *fmt, ...) XMT_PRINTF(2, 3);
#define PLUGIN(cmd, ...) plugin_run(&(struct plugin_call){ .command = (cmd) }, __VA_ARGS__)

/* Ends of a configuration: host-local with leases in plugin_dir(); static IPv4 and IPv6 */
#define PLUGIN_LOCAL                                                                               \
	",'ipam':{'type':'host-local','dataDir':'%s/leases','ranges':[[{'subnet':'10.9.0.0/24',"   \
	"'rangeStart':'10.9.0.3'}]]}"
#define PLUGIN_STATIC6                                                                             \
	",'mac':'02:00:00:00:00:55','ipam':{'type':'static','addresses':[{'address':'10.9.0.3/"    \
	"24'},"                                                                                    \
	"{'address':'fd09::3/64'}]}}"

/* The document of the last call (NULL: none), its error code (0: none) and its message ("") */
json_t *plugin_doc(void);
int plugin_code(void);
const char *plugin_msg(void);
/* The text at `path` ("ips.0.address") of the document, or "" */
const char *plugin_text(const char *path);
/* The document as text; the caller frees it */
char *plugin_dump(void);

/* Checks that the last call, which ended with the exit code, succeeded */
void plugin_check_success(const char *what, int code);
/* Checks that the last call failed with `code` and that its message contains `a` and `b`. */
void plugin_check_error(const char *what, int code, const char *a, const char *b);
/* Checks that nothing is left: no pins, devices or leases, and the parent as at first. */
void plugin_check_clean(const char *what);
/* The number of host-local's leases */
unsigned int plugin_leases(void);

/* Writes a shell script into plugin_dir()/bin: an IPAM plugin with faults that real ones lack. */
void plugin_script(const char *name, const char *body);

#endif
