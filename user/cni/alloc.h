/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Memory. None of these functions returns NULL: without memory the process prints the error
 * document of code 5 (CNI_E_IO), "out of memory", and ends with exit code 1. free() frees.
 */
#ifndef XM_CNI_ALLOC_H
#define XM_CNI_ALLOC_H

#include <stddef.h>

void *cni_malloc(size_t size);
void *cni_calloc(size_t count, size_t size);
void *cni_realloc(void *block, size_t count, size_t size);
char *cni_strdup(const char *text);

/* Makes jansson allocate by cni_malloc() */
void cni_alloc_init(void);

#endif
