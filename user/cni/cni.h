/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The CNI plugin: a container runtime's words (environment, JSON on stdin) for the engine's. What is asked
 * for is read by request.c and keys.c, which need no privilege; each command is a file.
 *
 * Functions return 0 or the error's code, with the reason in *e; the first failure is the one that is told.
 */
#ifndef XM_CNI_H
#define XM_CNI_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "engine/engine.h"
#include "net/ipaddr.h"
#include "net/netns.h"

/* The specification's codes, and from 100 on our own */
enum cni_code {
	CNI_E_VERSION = 1, /* of the configuration, or too old for the command */
	CNI_E_ENVIRONMENT = 4,
	CNI_E_IO = 5,
	CNI_E_DECODE = 6,
	CNI_E_CONFIG = 7,
	CNI_E_NETNS = 8,
	CNI_E_AGAIN = 11,
	CNI_E_UNAVAILABLE = 50, /* STATUS: no ADD would succeed */
	CNI_E_LIMITED = 51, /* STATUS: containers might lack something */
	CNI_E_REFUSED = 100, /* by the kernel or the state */
	CNI_E_IPAM = 101, /* the IPAM plugin failed and gave no code, or what it said is not to be used */
	CNI_E_CHECK = 102, /* CHECK: something is not as it was made */
};

struct cni_error {
	int code; /* 0: nothing said yet */
	char msg[700];
	char details[700];
};

/* Says what is wrong unless something has been said already. Returns the code that is in *e then. */
int cni_fail(struct cni_error *e, int code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));
/* ... "KEY VALUE WHAT", with the value as JSON */
int cni_fail_value(struct cni_error *e, int code, const char *key, const json_t *value, const char *what);
/* The engine's reason `why` of `err`; code is that of what has no better one */
int cni_fail_engine(struct cni_error *e, int code, int err, const struct xm_err *why);
json_t *cni_error_json(const struct cni_error *e, const char *version);

/* Of the specification, in order */
enum cni_version { CNI_010, CNI_020, CNI_030, CNI_031, CNI_040, CNI_100, CNI_110, CNI_VERSIONS };

extern const char *const cni_version_names[CNI_VERSIONS];

enum cni_command { CNI_ADD, CNI_DEL, CNI_CHECK, CNI_GC, CNI_STATUS, CNI_VERSION, CNI_COMMANDS };

/* The variables CNI_..., "" for what is not there */
struct cni_env {
	const char *command, *container, *netns, *ifname, *args, *path;
};

struct cni_request {
	struct cni_env env;
	enum cni_command command;
	json_t *config; /* the whole of it; NULL: VERSION without one */
	const char *text; /* the same as it came */
	size_t len;
	enum cni_version version;
	const char *asked; /* VERSION with a version that we do not know; NULL: another request */
	const char *name; /* of the network */

	const char *master; /* NULL: the interface of the default route */
	uint8_t mode; /* enum xm_mode */
	uint32_t mtu; /* 0: the master's */
	bool has_mac, has_host, has_spoofchk;
	bool in_container, host, spoofchk;
	uint8_t mac[XM_MAC_LEN];
	uint8_t (*macs)[XM_MAC_LEN]; /* source mode; malloc'ed */
	size_t mac_count;
	uint32_t bcqueuelen; /* 0: the default */

	const char *ipam; /* type; NULL: none, only layer 2 */
	json_t *dns; /* NULL: none; what is known of it */
	json_t *prev; /* prevResult, NULL: none */
	json_t *valid; /* GC: array of {containerID, ifname} */
};

/* request.c: all that needs nothing but the text. *ret is to be freed in any case; env and text outlive it. */
int cni_request_read(const struct cni_env *env, const char *text, size_t len, struct cni_request *ret,
		     struct cni_error *e);
void cni_request_free(struct cni_request *r);

/* config.c: the plugin's own part of a configuration; what does not matter to the command is not looked at */
int cni_config_read(struct cni_request *r, struct cni_error *e);
/* A key's value as Go's decoder finds it: any case will do when the exact name is not there. NULL: none or null. */
json_t *cni_key(const json_t *object, const char *key);

/*
 * dns.c: what is known of a member `dns` (NULL: empty) as an object of its own; empty parts are left out. what: words
 * before the key in the reason; code: that of a wrong type.
 */
int cni_dns_read(const json_t *from, const char *what, int code, json_t **ret, struct cni_error *e);

/* args.c: CNI_ARGS. *ret_mac: the value of MAC, or NULL; malloc'ed. */
int cni_args_read(const char *args, char **ret_mac, struct cni_error *e);

/*
 * result.c: a result is held in the form of 1.1.0: {interfaces, ips, routes, dns}, each an array or object,
 * perhaps an empty one. Parse takes the form of its own cniVersion, else of `version`.
 */
int cni_result_parse(const json_t *from, enum cni_version version, const char *what, json_t **ret,
		     struct cni_error *e);
/* In the form of that version */
json_t *cni_result_form(json_t *result, enum cni_version version);

/* identity.c: what follows from (network, container, interface) alone */
void cni_endpoint_name(const struct cni_request *r, char ret[XM_NAME_LEN]);
/* A local unicast MAC; try: another one for each, should it be taken */
void cni_default_mac(const struct cni_request *r, unsigned int try, uint8_t ret[XM_MAC_LEN]);
void cni_owner(const struct cni_request *r, struct xm_owner *ret);

/* ipam.c */
/* Whether the plugin is in CNI_PATH */
int cni_ipam_find(const struct cni_request *r, struct cni_error *e);
/* Runs it. *ret: what it printed, NULL: nothing; ret may be NULL. */
int cni_ipam_run(const struct cni_request *r, const char *command, json_t **ret, struct cni_error *e);

/* bpffs.c */
/* Mounts one on /sys/fs/bpf if there is none and it would last */
int cni_bpffs_need(struct cni_error *e);
/* Whether there is none, also out of our sight, so that there is no endpoint either */
bool cni_bpffs_none(void);

/* session.c */
/* Opens CNI_NETNS, which may not be our own. A file descriptor, or -1 and the error is said. */
int cni_netns_open(const struct cni_request *r, struct cni_error *e);
/* The namespace of the master: that of the descriptor with linkInContainer, else ours */
struct cni_session {
	struct xm_engine *engine;
	struct xm_nl nl; /* in the namespace of the master */
	int home; /* to come back to, or -1: we are there */
	bool open;
};
/* Opens the engine there; netns_fd may be -1: then ours. Closing gives the lock up and comes back. */
int cni_session_open(struct cni_session *s, const struct cni_request *r, int netns_fd, struct cni_error *e);
void cni_session_close(struct cni_session *s);
/* The master as configured or found, and that the MTU suits it. ret: its device. */
int cni_master(struct cni_session *s, const struct cni_request *r, struct xm_link *ret, struct cni_error *e);
/* Name of the endpoint that is (container, interface), 1; 0: there is none; -1: said. mode may be NULL. */
int cni_session_find(struct cni_session *s, const struct cni_request *r, char name[XM_NAME_LEN],
		     struct xm_endpoint_info *ret, struct cni_error *e);
/* Removes an endpoint; one that is not there any more is no error */
int cni_session_del(struct cni_session *s, const char *name, struct cni_error *e);

/* sweep.c: removes all endpoints that are pending_delete, past those that cannot be removed; the first failure is said */
typedef bool cni_doomed(const struct cni_request *r, const struct xm_endpoint_info *info);
/* ... of our namespace */
int cni_cleanup(const struct cni_request *r, cni_doomed *pending_delete, struct cni_error *e);
/* ... of linkInContainer, of all other namespaces that can be found */
int cni_cleanup_containers(const struct cni_request *r, cni_doomed *pending_delete, struct cni_error *e);

/* ip_config.c: text to bytes. An address with a prefix length is "10.0.0.1/24". */
bool cni_prefix_parse(const char *text, bool with_bits, struct xm_prefix *ret);
/* ... ips and routes of a result as they are to be on the device */
struct cni_layout {
	struct xm_prefix *ips;
	struct xm_route *routes;
	size_t ip_count, route_count;
};
/* `interface`: only ips of that index; -1: all. Is to be freed in any case. */
int cni_layout_read(const json_t *result, int interface, const char *what, struct cni_layout *ret,
		    struct cni_error *e);
void cni_layout_free(struct cni_layout *l);

/* container.c: done in the container's namespace. *ret: the device afterwards. */
int cni_inside_up(const struct cni_request *r, int netns_fd, struct xm_link *ret, struct cni_error *e);
/* Removes the interface if it is an endpoint's by its other end, whatever the maps know; none is no error */
int cni_inside_remove(const struct cni_request *r, int netns_fd, struct cni_error *e);
int cni_inside_configure(const struct cni_request *r, int netns_fd, const struct cni_layout *layout,
			 struct cni_error *e);
int cni_inside_check(const struct cni_request *r, int netns_fd, const struct cni_layout *layout,
		     struct xm_link *ret, struct cni_error *e);

/* The commands. *ret: what is to be printed, or NULL */
int cni_add(const struct cni_request *r, json_t **ret, struct cni_error *e);
/* The lease, if told so, and the endpoint: as far as they are there, and the one also when the other fails */
int cni_del_parts(const struct cni_request *r, bool lease, struct cni_error *e);
int cni_del(const struct cni_request *r, json_t **ret, struct cni_error *e);
int cni_check(const struct cni_request *r, json_t **ret, struct cni_error *e);
int cni_gc(const struct cni_request *r, json_t **ret, struct cni_error *e);
int cni_status(const struct cni_request *r, json_t **ret, struct cni_error *e);
int cni_version(const struct cni_request *r, json_t **ret, struct cni_error *e);

#endif
