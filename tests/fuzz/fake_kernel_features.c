// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Replaces user/pins/kernel_features.c and btf_excerpt.c, which ask the running kernel: all
 * features exist, and no object is opened
 */
#include <errno.h>
#include <stddef.h>

#include "../../user/pins/btf_excerpt.h"
#include "../../user/pins/kernel_features.h"

const char *xm_missing_feature(void)
{
	return NULL;
}

int xm_check_offload_bits(const char **ret_why)
{
	*ret_why = NULL;
	return 0;
}

int xm_lacks(struct xm_lack ret[XM_LACKS_MAX])
{
	(void)ret;
	return 0;
}

bool xm_has_casts(void)
{
	return true;
}

bool xm_macvlan_reflects(void)
{
	return false;
}

int xm_veth_layout(void)
{
	return XM_VETH_SKB | XM_VETH_NAPI;
}

struct bpf_object *xm_btf_excerpt_open(const void *elf, size_t size, const char *name)
{
	(void)elf;
	(void)size;
	(void)name;
	errno = ENOMEM;
	return NULL;
}
