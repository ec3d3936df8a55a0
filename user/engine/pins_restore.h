/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Private to the engine: pins that somebody has removed by hand */
#ifndef XM_PINS_RESTORE_H
#define XM_PINS_RESTORE_H

#include <stdbool.h>
#include <stdint.h>

/*
 * Pins the maps and counters of a folder again whose pins are missing: those that the programs
 * still use, by their ids, which takes CAP_SYS_ADMIN. A new map takes the place of owners, whose
 * contents are lost, and of xdp_devices while no XDP program uses it. The pins are of this major
 * version. Returns the number of new pins; 0 when none is missing; or a negative errno, -ENOENT:
 * the records of user space are lost with their pins.
 */
int xm_pins_restore(const char *dir);

/* Whether a pin of the counters of slots below `slots` is missing */
bool xm_pins_lack_counters(const char *dir, uint32_t slots);

#endif
