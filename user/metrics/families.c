// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A snapshot as metrics. Each family has a function that writes the samples of one object. */
#include <net/if.h>
#include <stddef.h>

#include "abi.h"
#include "base/text.h"
#include "engine/settings.h"
#include "metrics/families.h"

/* What the samples are of. endpoint: NULL for those of a parent. */
struct object {
	const struct xm_collection *c;
	const struct xm_parent_info *parent;
	const struct xm_endpoint_info *endpoint;
	size_t offset; /* of the family's counter in struct xm_stats */
};

struct family {
	const char *name; /* without _total */
	bool counter; /* else a gauge */
	void (*write)(struct xm_metric *m, const struct object *o);
	size_t offset; /* as in struct object */
	const char *help;
};

static void sample_begin(struct xm_metric *m, const struct object *o)
{
	xm_sample_begin(m);
	xm_sample_label(m, "netns", o->c->netns);
	xm_sample_label(m, "parent", o->parent->link.name);
	if (o->endpoint)
		xm_sample_label(m, "endpoint", o->endpoint->name);
}

static void write_value(struct xm_metric *m, const struct object *o, uint64_t value)
{
	sample_begin(m, o);
	xm_sample_end(m, value);
}

static void label_flag(struct xm_metric *m, const char *name, bool on)
{
	xm_sample_label(m, name, on ? "on" : "off");
}

static void label_mac(struct xm_metric *m, const uint8_t *mac)
{
	char text[XM_MAC_TEXT];

	xm_sample_label(m, "address", xm_mac_text(mac, text));
}

static void write_stat(struct xm_metric *m, const struct object *o)
{
	const struct xm_stats *s = &o->endpoint->stats;

	if (o->endpoint->has_stats)
		write_value(m, o, *(const uint64_t *)((const char *)s + o->offset));
}

static void write_drops(struct xm_metric *m, const struct object *o)
{
	const struct xm_stats *s = o->endpoint ? &o->endpoint->stats : &o->parent->stats;

	if (!(o->endpoint ? o->endpoint->has_stats : o->parent->has_stats))
		return;
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++) {
		sample_begin(m, o);
		xm_sample_label(m, "reason", xm_reason_key(i));
		xm_sample_end(m, s->drops[i]);
	}
}

/* The peer end, or the tap. Its name is not that of the endpoint after a rename. */
static const char *endpoint_device(const struct xm_endpoint_info *ep)
{
	return ep->device.ifindex ? ep->device.name : ep->requested_ifname;
}

static void write_endpoint_info(struct xm_metric *m, const struct object *o)
{
	const struct xm_endpoint_info *ep = o->endpoint;

	sample_begin(m, o);
	xm_sample_label(m, "type", xm_kind_name(ep->kind));
	xm_sample_label(m, "mode", xm_mode_name(ep->mode));
	label_mac(m, ep->mac);
	xm_sample_label(m, "ifname", endpoint_device(ep));
	xm_sample_label(m, "endpoint_netns", ep->netns ? ep->netns : "");
	label_flag(m, "host", ep->host_access);
	label_flag(m, "spoofchk", ep->spoofchk);
	xm_sample_label(m, "cni_network", ep->owner ? ep->owner->network : "");
	xm_sample_label(m, "cni_container", ep->owner ? ep->owner->container : "");
	xm_sample_end(m, 1);
}

static bool is_up(const struct xm_link *l)
{
	return (l->flags & IFF_UP) && (l->flags & IFF_RUNNING);
}

static void write_endpoint_up(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, is_up(&o->endpoint->device));
}

static void write_endpoint_stale(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, o->endpoint->stale[0] != '\0');
}

static void write_endpoint_sources(struct xm_metric *m, const struct object *o)
{
	if (o->endpoint->mode == XM_MODE_SOURCE)
		write_value(m, o, o->endpoint->source_count);
}

static void write_parent_info(struct xm_metric *m, const struct object *o)
{
	const struct xm_parent_info *p = o->parent;

	if (!p->is_loaded)
		return;
	sample_begin(m, o);
	label_mac(m, p->link.mac);
	xm_sample_label(m, "tc", p->tcx ? "tcx" : "clsact");
	xm_sample_label(m, "xdp", xm_xdp_name(p->xdp));
	label_flag(m, "guard", p->guard);
	xm_sample_label(m, "neigh", p->neigh_direct ? "direct" : "flood");
	xm_sample_end(m, 1);
}

static void write_parent_up(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, is_up(&o->parent->link));
}

static void write_parent_broken(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, o->parent->broken != NULL);
}

static void write_parent_stale(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, o->parent->stale[0] != '\0');
}

static void write_parent_endpoints(struct xm_metric *m, const struct object *o)
{
	if (o->parent->is_loaded)
		write_value(m, o, o->parent->endpoint_count);
}

static void write_parent_rx_dropped(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, o->parent->link.rx_dropped);
}

static void write_parent_tx_dropped(struct xm_metric *m, const struct object *o)
{
	write_value(m, o, o->parent->link.tx_dropped);
}

static void write_earlier(struct xm_metric *m, const struct object *o)
{
	if (o->parent->is_loaded)
		write_value(m, o, o->parent->earlier.count);
}

static void write_maps(struct xm_metric *m, const struct object *o, bool max)
{
	const struct xm_usage *u = &o->parent->usage;

	for (size_t i = 0; i < u->map_count; i++) {
		sample_begin(m, o);
		xm_sample_label(m, "map", u->maps[i].name);
		xm_sample_end(m, max ? u->maps[i].max : u->maps[i].used);
	}
}

static void write_maps_used(struct xm_metric *m, const struct object *o)
{
	write_maps(m, o, false);
}

static void write_maps_max(struct xm_metric *m, const struct object *o)
{
	write_maps(m, o, true);
}

static void program_begin(struct xm_metric *m, const struct object *o, size_t i)
{
	sample_begin(m, o);
	xm_sample_label(m, "program", o->parent->usage.programs[i].name);
}

static void write_programs_time(struct xm_metric *m, const struct object *o)
{
	for (size_t i = 0; i < o->parent->usage.program_count; i++) {
		program_begin(m, o, i);
		xm_sample_end_seconds(m, o->parent->usage.programs[i].run_ns);
	}
}

static void write_programs_runs(struct xm_metric *m, const struct object *o)
{
	for (size_t i = 0; i < o->parent->usage.program_count; i++) {
		program_begin(m, o, i);
		xm_sample_end(m, o->parent->usage.programs[i].runs);
	}
}

/* clang-format off */
static const struct family endpoint_families[] = {
	{ "xmacvlan_endpoint_info", false, write_endpoint_info, 0,
	  "Settings of the endpoint and its CNI container, the value is 1" },
	{ "xmacvlan_endpoint_up", false, write_endpoint_up, 0,
	  "Whether the endpoint's device is up and has a carrier" },
	{ "xmacvlan_endpoint_stale", false, write_endpoint_stale, 0,
	  "Whether the endpoint is out of line with its devices" },
	{ "xmacvlan_endpoint_listed_addresses", false, write_endpoint_sources, 0,
	  "MAC addresses that an endpoint in source mode listens to" },
	{ "xmacvlan_endpoint_receive_packets", true, write_stat,
	  offsetof(struct xm_stats, rx_packets),
	  "Frames that the endpoint has received" },
	{ "xmacvlan_endpoint_receive_bytes", true, write_stat, offsetof(struct xm_stats, rx_bytes),
	  "Octets that the endpoint has received, with Ethernet headers" },
	{ "xmacvlan_endpoint_receive_multicast_packets", true, write_stat,
	  offsetof(struct xm_stats, rx_multicast),
	  "Group frames that the endpoint has received" },
	{ "xmacvlan_endpoint_transmit_packets", true, write_stat,
	  offsetof(struct xm_stats, tx_packets),
	  "Frames that the endpoint has sent" },
	{ "xmacvlan_endpoint_transmit_bytes", true, write_stat, offsetof(struct xm_stats, tx_bytes),
	  "Octets that the endpoint has sent, with Ethernet headers" },
	{ "xmacvlan_endpoint_drops", true, write_drops, 0,
	  "Frames that were dropped at the endpoint, by reason" },
};

static const struct family parent_families[] = {
	{ "xmacvlan_parent_info", false, write_parent_info, 0,
	  "Settings of the parent, the value is 1" },
	{ "xmacvlan_parent_up", false, write_parent_up, 0,
	  "Whether the parent is up and has a carrier" },
	{ "xmacvlan_parent_broken", false, write_parent_broken, 0, "Whether the parent is broken" },
	{ "xmacvlan_parent_stale", false, write_parent_stale, 0,
	  "Whether the parent is out of line with its device" },
	{ "xmacvlan_parent_endpoints", false, write_parent_endpoints, 0,
	  "Endpoints of the parent" },
	{ "xmacvlan_parent_earlier_programs", false, write_earlier, 0,
	  "TC programs of others that run before those of xmacvlan" },
	{ "xmacvlan_parent_drops", true, write_drops, 0,
	  "Frames that were dropped at the parent, by reason" },
	{ "xmacvlan_parent_device_receive_dropped", true, write_parent_rx_dropped, 0,
	  "Received frames that the parent's device has dropped" },
	{ "xmacvlan_parent_device_transmit_dropped", true, write_parent_tx_dropped, 0,
	  "Sent frames that the parent's device has dropped" },
	{ "xmacvlan_map_entries", false, write_maps_used, 0, "Elements that are in the map" },
	{ "xmacvlan_map_max_entries", false, write_maps_max, 0,
	  "Elements that the map has room for" },
	{ "xmacvlan_program_run_seconds", true, write_programs_time, 0,
	  "Time of the program's runs, counted with the sysctl kernel.bpf_stats_enabled" },
	{ "xmacvlan_program_runs", true, write_programs_runs, 0,
	  "Runs of the program, counted with the sysctl kernel.bpf_stats_enabled" },
};
/* clang-format on */

#define COUNT(array) (sizeof(array) / sizeof(*(array)))

struct output {
	FILE *to;
	enum xm_format format;
};

static struct xm_metric begin(const struct output *out, const struct family *f)
{
	return xm_metric_begin(out->to, out->format, f->name, f->counter, f->help);
}

static void write_endpoint_family(const struct xm_collection *c, const struct output *out,
				  const struct family *f)
{
	struct xm_metric m = begin(out, f);

	for (size_t i = 0; i < c->snapshot.count; i++) {
		const struct xm_parent_info *p = &c->snapshot.parents[i];

		for (size_t j = 0; j < p->count; j++) {
			const struct object o = { c, p, &p->endpoints[j], f->offset };

			f->write(&m, &o);
		}
	}
}

static void write_parent_family(const struct xm_collection *c, const struct output *out,
				const struct family *f)
{
	struct xm_metric m = begin(out, f);

	for (size_t i = 0; i < c->snapshot.count; i++) {
		const struct object o = { .c = c, .parent = &c->snapshot.parents[i] };

		f->write(&m, &o);
	}
}

static void write_host_families(const struct xm_collection *c, const struct output *out)
{
	struct xm_metric m = xm_metric_begin(out->to, out->format, "xmacvlan_build_info", false,
					     "Version of the program, the value is 1");

	xm_sample_begin(&m);
	xm_sample_label(&m, "version", XM_VERSION);
	xm_sample_label(&m, "abi", XM_ABI_TEXT);
	xm_sample_end(&m, 1);
	m = xm_metric_begin(out->to, out->format, "xmacvlan_watcher_running", false,
			    "Whether xmacvland is running");
	xm_sample_begin(&m);
	xm_sample_end(&m, c->watcher);
}

void xm_families_write(const struct xm_collection *c, enum xm_format format, FILE *to)
{
	const struct output out = { to, format };

	write_host_families(c, &out);
	for (size_t i = 0; i < COUNT(parent_families); i++)
		write_parent_family(c, &out, &parent_families[i]);
	for (size_t i = 0; i < COUNT(endpoint_families); i++)
		write_endpoint_family(c, &out, &endpoint_families[i]);
	if (format == XM_FORMAT_OPENMETRICS)
		fputs("# EOF\n", to);
}
