// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "engine/events.h"
#include "pins/events.h"
#include "pins/maps.h"
#include "pins/perf.h"
#include "pins/pin_dir.h"

struct heard_parent {
	uint32_t ifindex, slot;
	struct xm_place *place;
	/* [reason * cpus + cpu]: suppressed drops that were told of, of event_limits.suppressed */
	uint64_t *told;
};

struct xm_events {
	struct xm_events_options options;
	struct xm_perf *perf;
	unsigned int cpus;
	struct heard_parent *parents;
	size_t count;
};

static struct heard_parent *parent_of_place(const struct xm_events *ev, uint32_t id)
{
	for (size_t i = 0; i < ev->count; i++)
		if (xm_place_id(ev->parents[i].place) == id)
			return &ev->parents[i];
	return NULL;
}

/* Notes that `total` drops were told of. Returns how many of them are new. */
static uint64_t told_advance(uint64_t *told, uint64_t total)
{
	uint64_t more = total > *told ? total - *told : 0;

	*told += more;
	return more;
}

static void events_take(uint32_t cpu, const struct xm_event *event, const uint8_t *frame,
			void *data)
{
	struct xm_events *ev = data;
	struct heard_parent *p = parent_of_place(ev, event->listener);
	struct xm_report r = { .cpu = cpu, .event = event, .frame = frame };

	if (!p)
		return; /* a place that was given up */
	r.parent_ifindex = p->ifindex;
	if (event->what == XM_EVENT_DROP && event->reason < XM_REASON_MAX && cpu < ev->cpus)
		r.more = told_advance(&p->told[event->reason * ev->cpus + cpu],
				      event->suppressed_total);
	ev->options.report(&r, ev->options.data);
}

static void events_lost(uint32_t cpu, uint64_t count, void *data)
{
	struct xm_events *ev = data;

	(void)cpu;
	ev->options.lost(count, ev->options.data);
}

int xm_events_open(const struct xm_events_options *options, struct xm_events **ret,
		   struct xm_err *e)
{
	struct xm_perf_options perf = { .pages = options->pages,
					.wakeup = options->wakeup,
					.event = events_take,
					.lost = events_lost };
	struct xm_events *ev = calloc(1, sizeof(*ev));
	int err;

	if (!ev)
		return xm_fail(e, ENOMEM, "out of memory");
	ev->options = *options;
	ev->cpus = xm_possible_cpus();
	perf.data = ev;
	err = xm_perf_open(&perf, &ev->perf, e);
	if (err) {
		free(ev);
		return err;
	}
	*ret = ev;
	return 0;
}

static void parent_give_up(struct xm_events *ev, size_t i)
{
	xm_place_leave(ev->parents[i].place);
	free(ev->parents[i].told);
	ev->parents[i] = ev->parents[--ev->count];
}

void xm_events_close(struct xm_events *ev)
{
	if (!ev)
		return;
	while (ev->count)
		parent_give_up(ev, 0);
	xm_perf_close(ev->perf);
	free(ev->parents);
	free(ev);
}

int xm_events_fd(const struct xm_events *ev)
{
	return xm_perf_fd(ev->perf);
}

/* Whether it listens there with this slot; otherwise it gives the place up */
static bool parent_is_heard(struct xm_events *ev, uint32_t ifindex, uint32_t slot, const char *dir)
{
	for (size_t i = 0; i < ev->count; i++) {
		if (ev->parents[i].ifindex != ifindex)
			continue;
		if (ev->parents[i].slot == slot && xm_place_is_current(ev->parents[i].place, dir))
			return true;
		parent_give_up(ev, i);
		break;
	}
	return false;
}

/* What was suppressed before is not told */
static int told_init(const struct xm_events *ev, struct heard_parent *p)
{
	int err = 0;

	p->told = calloc(XM_REASON_MAX, ev->cpus * sizeof(*p->told));
	if (!p->told)
		return -ENOMEM;
	for (uint32_t i = 0; i < XM_REASON_MAX && !err; i++)
		err = xm_place_suppressed(p->place, i, &p->told[i * ev->cpus]);
	return err;
}

static int programs_check(const char *dir, const char *parent, struct xm_err *e)
{
	struct xm_parent_record rec = {};
	int err = xm_pins_version(dir, &rec, e);

	if (err)
		return err > 0 ? -ENOENT : err;
	if (rec.abi_major == XM_ABI_MAJOR &&
	    (XM_ABI_MAJOR > 1 || rec.programs_minor >= XM_EVENTS_MINOR))
		return 0;
	return xm_fail(e, EOPNOTSUPP,
		       "%s: its programs are of ABI %u.%u and report no drops and frames: "
		       "'xmacvlan upgrade %s' replaces them",
		       parent, rec.abi_major, rec.programs_minor, parent);
}

static int events_fail(int err, const char *parent, struct xm_err *e)
{
	if (err == -EBUSY)
		return xm_fail(e, err,
			       "%s: %u others listen to its programs already (monitor, trace)",
			       parent, XM_LISTENERS);
	if (err == -ENOENT)
		return xm_fail(e, err, "'%s' is not an attached parent", parent);
	return xm_fail(e, err, "%s: cannot listen to its programs: %s", parent, strerror(-err));
}

int xm_events_listen(struct xm_events *ev, uint32_t ifindex, const char *parent, uint32_t slot,
		     struct xm_err *e)
{
	const struct xm_place_request request = { ev->options.what, slot, ev->options.snap_len };
	struct heard_parent *more, p = { .ifindex = ifindex, .slot = slot };
	char dir[XM_PIN_DIR_LEN];
	int err;

	xm_pin_dir(ev->options.netns_cookie, ifindex, dir, sizeof(dir));
	if (parent_is_heard(ev, ifindex, slot, dir))
		return 0;
	err = programs_check(dir, parent, e);
	if (!err)
		err = xm_place_take(ev->perf, dir, &request, &p.place, e);
	if (err)
		return events_fail(err, parent, e);
	err = told_init(ev, &p);
	more = err ? NULL : realloc(ev->parents, (ev->count + 1) * sizeof(*more));
	if (!more) {
		xm_place_leave(p.place);
		free(p.told);
		return events_fail(err ? err : -ENOMEM, parent, e);
	}
	ev->parents = more;
	ev->parents[ev->count++] = p;
	return 0;
}

void xm_events_renew(struct xm_events *ev)
{
	char dir[XM_PIN_DIR_LEN];

	for (size_t i = ev->count; i-- > 0;) {
		const struct heard_parent *p = &ev->parents[i];

		xm_pin_dir(ev->options.netns_cookie, p->ifindex, dir, sizeof(dir));
		if (!xm_place_is_current(p->place, dir) || xm_place_renew(p->place))
			parent_give_up(ev, i);
	}
}

int xm_events_consume(struct xm_events *ev, struct xm_err *e)
{
	int err = xm_perf_consume(ev->perf);

	return err < 0 ? xm_fail(e, err, "cannot read the programs' reports: %s", strerror(-err))
		       : 0;
}

static void reason_tell_more(const struct xm_events *ev, const struct heard_parent *p,
			     uint32_t reason)
{
	uint64_t totals[ev->cpus], more = 0;

	if (xm_place_suppressed(p->place, reason, totals))
		return;
	for (unsigned int i = 0; i < ev->cpus; i++)
		more += told_advance(&p->told[reason * ev->cpus + i], totals[i]);
	if (more)
		ev->options.more(p->ifindex, reason, more, ev->options.data);
}

void xm_events_tell_more(struct xm_events *ev)
{
	for (size_t i = 0; i < ev->count; i++)
		for (uint32_t reason = 0; reason < XM_REASON_COUNT; reason++)
			reason_tell_more(ev, &ev->parents[i], reason);
}
