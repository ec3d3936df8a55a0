/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Checks a kernel's BTF and its names of device offloads for what the programs assume. Pure:
 * kernel_features.c reads them from the running kernel.
 */
#ifndef XM_KERNEL_TYPES_H
#define XM_KERNEL_TYPES_H

#include <stdbool.h>
#include <stddef.h>

#include <bpf/btf.h>
#include <linux/ethtool.h>

/*
 * The first field or enum constant that the programs read (vmlinux/vmlinux.h) and that BTF does not
 * have, e.g. "struct net_device.group"; NULL: it has all of them
 */
const char *xm_missing_type(const struct btf *base);

/*
 * The first device offload whose number differs from the one that the programs read, as a sentence;
 * NULL: none. names: the ETH_SS_FEATURES of any device; the index of a name is the offload's
 * number. n: how many.
 */
const char *xm_differing_offload_bit(const char (*names)[ETH_GSTRING_LEN], size_t n);

bool xm_btf_has_function(const struct btf *btf, const char *name);

/* Whether the kernel has bpf_cast_to_kern_ctx() and bpf_rdonly_cast() */
bool xm_btf_has_casts(const struct btf *base);

/*
 * Returns a set of enum xm_veth_layout (kernel_features.h). veth: the BTF of the module, or `base`
 * again.
 */
int xm_btf_veth_layout(const struct btf *base, const struct btf *veth);

#endif
