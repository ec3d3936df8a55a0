// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <pcap/pcap.h>
#include <stdlib.h>

#include "trace/filter.h"

#define LONGEST_FRAME 262144

struct xm_filter {
	struct bpf_program program;
};

/* An address without a mask is a host's: there is no network of this machine to take one from */
static int filter_compile(pcap_t *pcap, const char *text, struct xm_filter *f, struct xm_err *e)
{
	if (!pcap_compile(pcap, &f->program, text, 1, PCAP_NETMASK_UNKNOWN))
		return 0;
	return xm_fail_usage(e, "filter '%s': %s", text, pcap_geterr(pcap));
}

int xm_filter_compile(const char *text, struct xm_filter **ret, struct xm_err *e)
{
	pcap_t *pcap = pcap_open_dead(DLT_EN10MB, LONGEST_FRAME);
	struct xm_filter *f = calloc(1, sizeof(*f));
	int err =
		pcap && f ? filter_compile(pcap, text, f, e) : xm_fail(e, ENOMEM, "out of memory");

	if (pcap)
		pcap_close(pcap);
	if (err)
		free(f);
	else
		*ret = f;
	return err;
}

bool xm_filter_matches(const struct xm_filter *f, const uint8_t *data, size_t captured, size_t len)
{
	return !f || bpf_filter(f->program.bf_insns, data, len, captured);
}

void xm_filter_free(struct xm_filter *f)
{
	if (f)
		pcap_freecode(&f->program);
	free(f);
}
