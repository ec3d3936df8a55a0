// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Perf events, one for each CPU, into which programs write by bpf_perf_event_output() */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/perf_event.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/caps.h"
#include "pins/perf.h"

#define ONLINE_CPUS "/sys/devices/system/cpu/online"

struct xm_perf {
	struct xm_perf_options options;
	struct perf_buffer *buffer;
	int map; /* only for perf_buffer__new_raw() */
	int *cpus; /* of each event */
	size_t count;
};

/* What a record of the ring contains behind its header */
struct sample {
	struct perf_event_header header;
	uint32_t size;
	uint8_t raw[];
};

struct lost {
	struct perf_event_header header;
	uint64_t id, count;
};

static void perf_take_sample(struct xm_perf *p, uint32_t cpu, const struct sample *s)
{
	struct xm_event ev;

	if (s->size < sizeof(ev))
		return;
	memcpy(&ev, s->raw, sizeof(ev)); /* a sample is not aligned to 8 octets */
	if (ev.cap_len <= s->size - sizeof(ev))
		p->options.event(cpu, &ev, s->raw + sizeof(ev), p->options.data);
}

static enum bpf_perf_event_ret perf_take(void *data, int cpu, struct perf_event_header *header)
{
	struct xm_perf *p = data;

	if (header->type == PERF_RECORD_SAMPLE)
		perf_take_sample(p, cpu, (const struct sample *)header);
	else if (header->type == PERF_RECORD_LOST)
		p->options.lost(cpu, ((const struct lost *)header)->count, p->options.data);
	return LIBBPF_PERF_EVENT_CONT;
}

/* Reads the list of CPUs: "0-3,6" */
static int perf_read_cpus(struct xm_perf *p)
{
	FILE *f = fopen(ONLINE_CPUS, "re");
	unsigned int max = libbpf_num_possible_cpus(), first, last;
	int n;

	p->cpus = calloc(max, sizeof(*p->cpus));
	if (!f || !p->cpus) {
		n = f ? -ENOMEM : -errno;
		if (f)
			fclose(f);
		return n;
	}
	while ((n = fscanf(f, "%u-%u", &first, &last)) > 0) {
		last = n == 1 ? first : last;
		for (; first <= last && p->count < max; first++)
			p->cpus[p->count++] = first;
		if (fgetc(f) != ',')
			break;
	}
	fclose(f);
	return p->count ? 0 : -EIO;
}

static int perf_make(struct xm_perf *p)
{
	struct perf_event_attr attr = {
		.size = sizeof(attr),
		.type = PERF_TYPE_SOFTWARE,
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.wakeup_events = p->options.wakeup,
	};
	LIBBPF_OPTS(perf_buffer_raw_opts, opts);
	int err = perf_read_cpus(p), *keys;
	xm_caps raised;

	if (err)
		return err;
	p->map = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "events_open", 4, 4, p->count, NULL);
	if (p->map < 0)
		return -errno;
	keys = calloc(p->count, sizeof(*keys));
	if (!keys)
		return -ENOMEM;
	for (size_t i = 0; i < p->count; i++)
		keys[i] = (int)i;
	opts.cpu_cnt = (int)p->count;
	opts.cpus = p->cpus;
	opts.map_keys = keys;
	/* Debian's perf_event_paranoid 3 wants CAP_SYS_ADMIN in place of CAP_PERFMON */
	raised = xm_caps_raise(XM_CAP(CAP_SYS_ADMIN));
	p->buffer = perf_buffer__new_raw(p->map, p->options.pages, &attr, perf_take, p, &opts);
	err = p->buffer ? 0 : -errno;
	xm_caps_lower(raised);
	free(keys);
	return err;
}

int xm_perf_open(const struct xm_perf_options *options, struct xm_perf **ret, struct xm_err *e)
{
	struct xm_perf *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	p->options = *options;
	p->map = -1;
	err = perf_make(p);
	if (!err) {
		*ret = p;
		return 0;
	}
	xm_perf_close(p);
	return xm_fail(e, err, "cannot open perf events for the programs' reports: %s",
		       strerror(-err));
}

void xm_perf_close(struct xm_perf *p)
{
	if (!p)
		return;
	perf_buffer__free(p->buffer);
	if (p->map >= 0)
		close(p->map);
	free(p->cpus);
	free(p);
}

int xm_perf_fd(const struct xm_perf *p)
{
	return perf_buffer__epoll_fd(p->buffer);
}

int xm_perf_consume(struct xm_perf *p)
{
	return perf_buffer__consume(p->buffer);
}

bool xm_perf_event(const struct xm_perf *p, size_t i, uint32_t *cpu, int *fd)
{
	if (i >= p->count)
		return false;
	*cpu = p->cpus[i];
	*fd = perf_buffer__buffer_fd(p->buffer, i);
	return true;
}
