/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* The four BPF objects, loaded with one set of maps, as the engine has them */
#ifndef XM_TESTS_OBJS_H
#define XM_TESTS_OBJS_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdbool.h>

#include "abi.h"

#ifndef BPF_DIR
#define BPF_DIR "build/bpf" /* where the objects are; the environment's BPF_DIR is stronger */
#endif

enum prog { PARENT_RX, PARENT_TX, ENDPOINT_RX, PARENT_XDP, PROG_COUNT };

extern const char *const prog_names[PROG_COUNT];

struct objs {
	struct bpf_object *obj[PROG_COUNT];
	int prog[PROG_COUNT];
	int meta, mac_table, hints, host_ends, ports, devices, devmap, sources, stats, vlans;
};

/* Loads everything. Returns 0 or a negative errno, with a line on stderr. */
int objs_open(struct objs *o);
void objs_close(struct objs *o);

/* Whether the kernel has bpf_rdonly_cast() (Linux 6.2), without which there is no guard */
bool objs_has_casts(void);

/* All writes exit the program on failure: a test without its maps is none. */
void objs_put(int map, const void *key, const void *value);

/* Enters a MAC: into hints with `hint`, then into mac_table with `slot` (the same, but for collisions). */
void objs_put_mac(const struct objs *o, const __u8 mac[XM_MAC_LEN], __u32 slot, __u16 hint);

/* Makes inner maps of stats for slots below `slots`. */
void objs_grow_stats(struct objs *o, unsigned int slots);

/* The sum over all CPUs of a slot's counters, and zeroing them. */
void objs_stats(const struct objs *o, unsigned int slot, struct xm_stats *ret);
void objs_clear_stats(const struct objs *o, unsigned int slot);

/* Runs a program once. Returns its return value; `ctx` goes in and comes out. */
unsigned int objs_run_tc(int prog, const void *frame, unsigned int len, struct __sk_buff *ctx);
unsigned int objs_run_xdp(int prog, const void *frame, unsigned int len);

#endif
