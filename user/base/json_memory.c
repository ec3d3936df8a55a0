// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <jansson.h>
#include <stdlib.h>

#include "base/err.h"
#include "base/json_memory.h"

static void *need_memory(size_t size)
{
	return xm_need(malloc(size ? size : 1));
}

void xm_json_need_memory(void)
{
	json_set_alloc_funcs(need_memory, free);
}
