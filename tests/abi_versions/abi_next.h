/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * An ABI of a later version, for tests: include/abi.h includes this with -DXM_ABI_TEST_MINOR=1 (ABI
 * 1.5) and -DXM_ABI_TEST_MAJOR=1 (ABI 2.0).
 *
 * 1.5 adds a map (next_counts), a field of the endpoint's record (next_number, which `add` sets), a
 * drop reason (next) and programs that use them: endpoint_rx drops frames of EtherType 0x88b5. 2.0
 * has these too, and other layouts of ports, endpoints and parent.
 */
#ifndef XM_ABI_NEXT_H
#define XM_ABI_NEXT_H

#ifdef XM_ABI_TEST_MAJOR
#define XM_ABI_MAJOR 2
#define XM_ABI_MINOR 0
/* in front of the other fields of struct xm_port */
#define XM_NEXT_PORT  __u64 next_word;
#define XM_NEXT_WORDS 1
#else
#define XM_ABI_MAJOR 1
#define XM_ABI_MINOR 5
#define XM_NEXT_PORT
#define XM_NEXT_WORDS 0
#endif

#define XM_NEXT_REASONS(X) X(NEXT, "next") /* EtherType 0x88b5 */
#define XM_NEXT_FIELD	   __u32 next_number;
#define XM_NEXT_FIELD_SIZE 4
#define XM_NEXT_NUMBER	   0x4e455854
#define XM_NEXT_ETHERTYPE  0x88b5
#define XM_NEXT_MAP	   1

#endif
