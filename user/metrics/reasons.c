// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include "abi.h"
#include "metrics/reasons.h"

/* clang-format off */
static const char *const words[XM_REASON_COUNT] = {
	[XM_REASON_SPOOFED_SOURCE] =
		"The source MAC address is none of the endpoint's. A VRRP address or that of a "
		"nested container is permitted by 'address add' or 'addresses follow'.",
	[XM_REASON_DELIVERY_FAILED] =
		"The device refused a copy: it is larger than the MTU, or the queue is full. "
		"At the parent: a copy for the host's own stack.",
	[XM_REASON_ENDPOINT_DOWN] =
		"The frame is for a passthru endpoint that is down. Set its device up.",
	[XM_REASON_PARENT_DOWN] =
		"The endpoint sent the frame while the parent was down or had no carrier.",
	[XM_REASON_UNKNOWN_SENDER] =
		"The frame came from a host end that belongs to no endpoint. Run 'xmacvlan sync', "
		"which repairs the parent.",
	[XM_REASON_UNKNOWN_DESTINATION] =
		"Unicast for no endpoint and not for the parent. It is left to the parent's stack, "
		"or dropped by the guard.",
	[XM_REASON_MALFORMED] = "The frame is shorter than an Ethernet header.",
	[XM_REASON_NOT_COPIED] =
		"There was no memory for a copy, or the copy is larger than the MTU.",
	[XM_REASON_VETH_DROPPED] =
		"The endpoint's device refused the frame: its queue was full, or the frame is "
		"larger than its MTU. The receiver is too slow, or the MTU differs.",
	[XM_REASON_TX_REFUSED] =
		"The endpoint's device refused what the endpoint sent: the frame is larger than "
		"the parent's MTU, or the backlog of the CPU was full.",
	[XM_REASON_HOST_STACK] =
		"The host's own stack sent the frame on the host end, for example a DHCP client, "
		"LLDP, or because of an address there. dist/network has rules against it.",
	[XM_REASON_FANOUT_FULL] =
		"A broadcast or multicast frame, or one for many listeners in mode source, that no "
		"endpoint of the fan-out has received, because too many were under way.",
};
/* clang-format on */

const char *xm_reason_words(unsigned int reason)
{
	return words[reason] ? words[reason] : "";
}
