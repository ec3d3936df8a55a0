// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The maps alone, for a new parent: an object without programs needs no relocation, so that libbpf does not
 * read the kernel's BTF (15 ms) to make them.
 */
#include "maps.h"
