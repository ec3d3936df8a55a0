// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * jansson reports an allocation that failed by NULL, and most of its callers miss it: the value is
 * then absent from the document. jansson itself does not survive every failure (2.14 frees memory
 * that it never got while it parses). So no caller sees a failure: the process ends. What it leaves
 * partial is removed by the next command, as after a SIGKILL.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "cni/alloc.h"
#include "cni/error.h"

/* glibc prints without a buffer when it finds no memory for one */
static void *alloc_checked(void *block)
{
	if (block)
		return block;
	printf("{ \"cniVersion\": \"%s\", \"code\": %d, \"msg\": \"out of memory\" }\n",
	       cni_error_version, CNI_E_IO);
	fflush(stdout);
	_exit(1);
}

void *cni_malloc(size_t size)
{
	return alloc_checked(malloc(size ? size : 1));
}

void *cni_calloc(size_t count, size_t size)
{
	return alloc_checked(calloc(count ? count : 1, size));
}

void *cni_realloc(void *block, size_t count, size_t size)
{
	return alloc_checked(reallocarray(block, count ? count : 1, size));
}

char *cni_strdup(const char *text)
{
	return alloc_checked(strdup(text));
}

void cni_alloc_init(void)
{
	json_set_alloc_funcs(cni_malloc, free);
}
