// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A JSON value that could not be made is missing from what it should be in, and most callers do not hear of it: so
 * what is printed in the end may be told only if there was memory for all. Jansson does not survive every failure
 * itself (2.14 frees what it never had while it reads): it is given of a reserve then.
 */
#include <stddef.h>
#include <stdlib.h>

#include "cni/cni.h"

static _Alignas(max_align_t) char reserve[64 * 1024];
static size_t used;
static unsigned int lent; /* blocks of it */
static bool missed;

static void *take(size_t size)
{
	void *room = malloc(size);
	size_t rounded = (size + sizeof(max_align_t) - 1) / sizeof(max_align_t) * sizeof(max_align_t);

	if (room)
		return room;
	missed = true;
	if (rounded < size || rounded > sizeof(reserve) - used)
		return NULL;
	room = reserve + used;
	used += rounded;
	lent++;
	return room;
}

void cni_memory_give(void *room)
{
	if ((char *)room < reserve || (char *)room >= reserve + sizeof(reserve))
		free(room);
	else if (!--lent)
		used = 0;
}

void cni_memory_watch(void)
{
	missed = false;
	json_set_alloc_funcs(take, cni_memory_give);
}

bool cni_memory_short(void)
{
	return missed;
}
