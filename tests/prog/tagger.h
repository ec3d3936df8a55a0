/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Tagged frames by BPF_PROG_TEST_RUN, which cannot set the tag in the metadata of an skb. So a
 * program sets the tag and jumps to the program under test:
 * bpf_skb_vlan_push(skb, cb[0], cb[1]); bpf_tail_call(skb, &tag_jump, 0)
 */
#ifndef TAGGER_H
#define TAGGER_H

#include <linux/bpf.h>

#include "frames.h"

/* Returns 0 or a negative errno */
int tagger_load(void);
/* As objs_run_tc() of the program `prog`, with the tag of the frame */
unsigned int tagger_run(int prog, const struct frame *f, struct __sk_buff *ctx);

#endif
