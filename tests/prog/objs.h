/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Loads the five BPF objects with one set of maps, as the engine does, and runs the programs */
#ifndef XM_TESTS_OBJS_H
#define XM_TESTS_OBJS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>

#include "abi.h"

#ifndef BPF_DIR
#define BPF_DIR "build/bpf" /* directory of the objects, unless BPF_DIR is in the environment */
#endif

enum prog { PARENT_RX, PARENT_TX, ENDPOINT_RX, PARENT_XDP, ENDPOINT_TX, PROG_COUNT };

extern const char *const prog_names[PROG_COUNT];

struct objs {
	struct bpf_object *obj[PROG_COUNT];
	int prog[PROG_COUNT];
	int config, mac_table, hints, host_ends, ports, tc_devices, xdp_devices, sources, stats,
		vlans, neigh_owners, neigh_taught;
};

/* Set before objs_open(): parent_rx and endpoint_rx are the plain programs (include/abi.h) */
extern bool objs_plain;

/* Loads all objects. Returns 0, or a negative errno after a line on stderr. */
int objs_open(struct objs *o);
void objs_close(struct objs *o);

/* Whether the kernel has bpf_rdonly_cast() (Linux 6.2), without which there is no guard */
bool objs_has_casts(void);

/* Writes an element of a map. This and the functions below exit the program on failure. */
void objs_put(int map, const void *key, const void *value);

/*
 * Adds a MAC to hints with `hint` and to mac_table with `slot`. The two differ only in tests of
 * MACs that share a hint.
 */
void objs_put_mac(const struct objs *o, const __u8 mac[XM_MAC_LEN], __u32 slot, __u16 hint);

/* Creates the inner maps of stats for all slots below `slots`. */
void objs_grow_stats(struct objs *o, unsigned int slots);

/* Reads the counters of a slot, summed over all CPUs; sets them to zero. */
void objs_stats(const struct objs *o, unsigned int slot, struct xm_stats *ret);
void objs_clear_stats(const struct objs *o, unsigned int slot);

/* Runs a program once and returns its return value. ctx is read and written. */
unsigned int objs_run_tc(int prog, const void *frame, unsigned int len, struct __sk_buff *ctx);
unsigned int objs_run_xdp(int prog, const void *frame, unsigned int len);

#endif
