// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <stdio.h>
#include <string.h>

#include "cli/monitor.h"
#include "cli/show.h"

/*
 * Keys of `show -j` that are not compared: what follows from other endpoints or the device's other
 * users, and what never changes
 */
static const char *const ignored[] = { "flags",		"linkinfo",
				       "qdisc",		"group",
				       "promiscuity",	"allmulti",
				       "ifindex",	"linkmode",
				       "txqlen",	"usedbcqueuelen",
				       "endpoints",	"min_mtu",
				       "max_mtu",	"inet6_addr_gen_mode",
				       "num_tx_queues", "num_rx_queues",
				       "gso_max_size",	"gso_max_segs",
				       "tso_max_size",	"tso_max_segs",
				       "gro_max_size",	"gso_ipv4_max_size",
				       "host_ifindex",	"gro_ipv4_max_size" };

/* Fields whose change has an event of its own */
static const struct {
	const char *field, *event;
} kinds[] = { { "operstate", "carrier" },
	      { "ifname", "renamed" },
	      { "link", "renamed" },
	      { "netns", "moved" },
	      { "link_netnsid", "moved" } };

static bool field_is_ignored(const char *key)
{
	for (size_t i = 0; i < sizeof(ignored) / sizeof(*ignored); i++)
		if (!strcmp(key, ignored[i]))
			return true;
	return false;
}

static const char *event_of_change(const char *field, const json_t *to)
{
	if (!strcmp(field, "broken"))
		return json_is_null(to) ? "repaired" : "broken";
	for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++)
		if (!strcmp(field, kinds[i].field))
			return kinds[i].event;
	return "changed";
}

static bool is_parent(const json_t *object)
{
	return json_is_true(json_object_get(object, "parent"));
}

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "?";
}

bool xm_monitor_admits(const struct xm_monitor_filter *f, const char *endpoint, const char *parent)
{
	return !f->name || !strcmp(f->name, f->is_parent ? parent : endpoint);
}

static bool filter_admits(const struct xm_monitor_filter *f, const json_t *object)
{
	if (is_parent(object))
		return !f->name || (f->is_parent && !strcmp(f->name, text_of(object, "ifname")));
	return xm_monitor_admits(f, text_of(object, "name"), text_of(object, "link"));
}

/* An event about a parent or an endpoint, with their names */
static json_t *event_about(const char *name, const json_t *object)
{
	json_t *event = xm_monitor_event(name, 0);

	if (!is_parent(object))
		json_object_set(event, "endpoint", json_object_get(object, "name"));
	json_object_set(event, "parent",
			json_object_get(object, is_parent(object) ? "ifname" : "link"));
	return event;
}

static void write_change(struct xm_monitor_out *out, const json_t *now, const char *field,
			 json_t *from, json_t *to)
{
	json_t *null = json_null(), *event;

	event = event_about(event_of_change(field, to ? to : null), now);
	json_object_set_new(event, "field", json_string(field));
	json_object_set(event, "from", from ? from : null);
	json_object_set(event, "to", to ? to : null);
	xm_monitor_write(out, event);
}

static void write_changes(struct xm_monitor_out *out, const json_t *before, json_t *now)
{
	const char *key;
	json_t *value, *other;

	json_object_foreach(now, key, value) {
		other = json_object_get(before, key);
		if (!field_is_ignored(key) && !(other && json_equal(value, other)))
			write_change(out, now, key, other, value);
	}
	json_object_foreach((json_t *)before, key, value)
		if (!field_is_ignored(key) && !json_object_get(now, key))
			write_change(out, now, key, value, NULL);
}

static void write_added(struct xm_monitor_out *out, const json_t *object)
{
	static const char *const keys[] = { "mode",   "type",	  "address", "mtu",
					    "ifname", "netns",	  "host",    "operstate",
					    "xdp",    "programs", "stale",   "broken" };
	json_t *event = event_about("added", object), *value;

	for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++) {
		value = json_object_get(object, keys[i]);
		if (value && !json_is_null(value) &&
		    !(is_parent(object) && !strcmp(keys[i], "ifname")))
			json_object_set(event, keys[i], value);
	}
	xm_monitor_write(out, event);
}

/* Whether another endpoint has got the slot */
static bool is_replaced(const json_t *before, const json_t *now)
{
	return !json_equal(json_object_get(before, "host_ifindex"),
			   json_object_get(now, "host_ifindex")) &&
	       !is_parent(now);
}

static void write_replaced(struct xm_monitor_out *out, const struct xm_monitor_filter *f,
			   const json_t *before, const json_t *now)
{
	if (filter_admits(f, before))
		xm_monitor_write(out, event_about("removed", before));
	if (filter_admits(f, now))
		write_added(out, now);
}

/* What is in `before` and not in `now` was removed; what is in both may have changed */
static void write_differences(struct xm_monitor_out *out, const struct xm_monitor_filter *f,
			      json_t *before, json_t *now)
{
	json_t *object, *other;
	const char *key;

	json_object_foreach(before, key, object)
		if (!json_object_get(now, key) && filter_admits(f, object))
			xm_monitor_write(out, event_about("removed", object));
	json_object_foreach(now, key, object) {
		other = json_object_get(before, key);
		if (!filter_admits(f, object) && !(other && filter_admits(f, other)))
			continue;
		if (other && is_replaced(other, object))
			write_replaced(out, f, other, object);
		else if (other)
			write_changes(out, other, object);
		else
			write_added(out, object);
	}
}

/*
 * Whether a command may be changing the endpoint or parent: it is stale since this snapshot only
 */
static bool is_unsettled(struct xm_monitor_state *s, const json_t *known, const char *key,
			 const json_t *object)
{
	const json_t *stale = json_object_get(object, "stale");

	if (json_is_null(stale) || json_object_get(s->unsettled, key)) {
		json_object_del(s->unsettled, key);
		return false;
	}
	if (known && json_equal(stale, json_object_get(known, "stale")))
		return false;
	json_object_set_new(s->unsettled, key, json_true());
	return true;
}

/*
 * Enters what was seen. While it is unsettled, a new object is held back, and of a known one that
 * stays what was seen before. Returns whether it is.
 */
static bool take_object(struct xm_monitor_state *s, json_t *before, json_t *now, const char *key,
			json_t *object)
{
	json_t *known = json_object_get(before, key);

	if (!before || !is_unsettled(s, known, key, object)) {
		json_object_set_new(now, key, object);
		return false;
	}
	json_decref(object);
	if (known)
		json_object_set(now, key, known);
	return true;
}

static json_t *endpoint_json(const struct xm_parent_info *p, const struct xm_endpoint_info *ep)
{
	json_t *object = xm_show_endpoint_json(p, ep);

	json_object_set_new(object, "host_ifindex", json_integer(ep->host_ifindex));
	return object;
}

static bool take_endpoints(struct xm_monitor_state *s, const struct xm_parent_info *p,
			   json_t *endpoints)
{
	bool unsettled = false;
	char key[32];

	for (size_t i = 0; i < p->count; i++) {
		snprintf(key, sizeof(key), "%u:%u", p->link.ifindex, p->endpoints[i].slot);
		unsettled |= take_object(s, s->endpoints, endpoints, key,
					 endpoint_json(p, &p->endpoints[i]));
	}
	return unsettled;
}

static void index_host_ends(struct xm_monitor_state *s)
{
	json_t *object;
	const char *key;
	char host[16];

	json_decref(s->host_ends);
	s->host_ends = json_object();
	json_object_foreach(s->endpoints, key, object) {
		snprintf(host, sizeof(host), "%u",
			 (uint32_t)json_integer_value(json_object_get(object, "host_ifindex")));
		json_object_set_new(s->host_ends, host, json_true());
	}
}

bool xm_monitor_take(struct xm_monitor_state *s, const struct xm_snapshot *snapshot,
		     const struct xm_monitor_filter *filter, struct xm_monitor_out *out)
{
	json_t *parents = json_object(), *endpoints = json_object();
	bool unsettled = false;
	char key[16];

	if (!s->unsettled)
		s->unsettled = json_object();
	for (size_t i = 0; i < snapshot->count; i++) {
		const struct xm_parent_info *p = &snapshot->parents[i];

		snprintf(key, sizeof(key), "%u", p->link.ifindex);
		unsettled |= take_object(s, s->parents, parents, key, xm_show_parent_json(p));
		unsettled |= take_endpoints(s, p, endpoints);
	}
	if (s->parents && out) {
		write_differences(out, filter, s->endpoints, endpoints);
		write_differences(out, filter, s->parents, parents);
	}
	json_decref(s->parents);
	json_decref(s->endpoints);
	s->parents = parents;
	s->endpoints = endpoints;
	index_host_ends(s);
	return unsettled;
}

void xm_monitor_state_free(struct xm_monitor_state *s)
{
	json_decref(s->parents);
	json_decref(s->endpoints);
	json_decref(s->unsettled);
	json_decref(s->host_ends);
	*s = (struct xm_monitor_state){};
}

const char *xm_monitor_endpoint(const struct xm_monitor_state *s, uint32_t ifindex, uint32_t slot)
{
	char key[32];

	snprintf(key, sizeof(key), "%u:%u", ifindex, slot);
	return json_string_value(json_object_get(json_object_get(s->endpoints, key), "name"));
}

const char *xm_monitor_parent(const struct xm_monitor_state *s, uint32_t ifindex)
{
	char key[16];

	snprintf(key, sizeof(key), "%u", ifindex);
	return text_of(json_object_get(s->parents, key), "ifname");
}

bool xm_monitor_has_host_end(const struct xm_monitor_state *s, uint32_t ifindex)
{
	char host[16];

	snprintf(host, sizeof(host), "%u", ifindex);
	return json_object_get(s->host_ends, host);
}

const char *xm_monitor_sole_parent(const struct xm_monitor_state *s)
{
	json_t *object;
	const char *key;

	if (json_object_size(s->parents) == 1)
		json_object_foreach(s->parents, key, object)
			return text_of(object, "ifname");
	return "?";
}
