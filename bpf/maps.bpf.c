// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The maps without programs, for a new parent. An object without programs needs no relocation, so
 * libbpf does not read the kernel's BTF (15 ms) to create them.
 */
#include "maps.h"
