/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
#ifndef XM_MAC_RANDOM_H
#define XM_MAC_RANDOM_H

#include <stdint.h>

#include "abi.h"

/*
 * Fills ret with a random, locally administered unicast MAC. Returns 0, or -EIO: the kernel gave no
 * random bytes.
 */
int xm_mac_random(uint8_t ret[XM_MAC_LEN]);

#endif
