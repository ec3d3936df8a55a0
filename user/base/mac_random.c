// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <sys/random.h>

#include "base/mac_random.h"
#include "mac.h"

int xm_mac_random(uint8_t ret[XM_MAC_LEN])
{
	if (getrandom(ret, XM_MAC_LEN, 0) != XM_MAC_LEN)
		return -EIO;
	xm_mac_make_local(ret);
	return 0;
}
