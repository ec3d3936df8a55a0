/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An excerpt of the running kernel's BTF with what the programs read (vmlinux/vmlinux.h). libbpf
 * takes 10 ms to parse all of the BTF, for each object again; the excerpt takes 2 ms once.
 */
#ifndef XM_BTF_EXCERPT_H
#define XM_BTF_EXCERPT_H

#include <bpf/libbpf.h>
#include <stddef.h>

/*
 * Opens an object whose CO-RE relocations libbpf takes from the excerpt, and enters the numbers of
 * the kernel's functions into its calls (enum xm_kernel_call). Without a readable BTF libbpf looks
 * for one itself. The excerpt is made by the first call, and its descriptor stays open; threads may
 * call this at the same time. NULL: errno has the reason.
 */
struct bpf_object *xm_btf_excerpt_open(const void *elf, size_t size, const char *name);

#endif
