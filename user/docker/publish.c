// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "docker/forward.h"
#include "docker/publish.h"
#include "docker/publish_choice.h"
#include "plugin/log.h"

/* Whether the endpoint of a rule has gone, or is the one that is meant */
typedef bool publish_match(const struct docker_published *rule, const void *data);

static bool publish_is_of(const struct docker_published *rule, const void *name)
{
	return !strcmp(rule->what.endpoint, name);
}

/* Whether a rule before it has the same endpoint and address */
static bool publish_is_repeated(const struct docker_published *rules, int index)
{
	const struct docker_publication *p = &rules[index].what;

	for (int i = 0; i < index; i++)
		if (!strcmp(rules[i].what.endpoint, p->endpoint) &&
		    !strcmp(rules[i].what.address, p->address))
			return true;
	return false;
}

/* DOCKER-USER first: what nftables has is found again after a kill */
static void publish_forget_forwarding(const struct docker_published *rules, int count,
				      publish_match *match, const void *data)
{
	for (int i = 0; i < count; i++)
		if (match(&rules[i], data) && !publish_is_repeated(rules, i))
			docker_forward_forget(&rules[i].what);
}

/* How many rules do not match */
static int publish_count_others(const struct docker_published *rules, int count,
				publish_match *match, const void *data)
{
	int others = 0;

	for (int i = 0; i < count; i++)
		others += !match(&rules[i], data);
	return others;
}

/* Writes what removes the rules that match */
static void publish_remove(const struct docker_transaction *t, const struct docker_published *rules,
			   int count, publish_match *match, const void *data)
{
	for (int i = 0; i < count; i++)
		if (match(&rules[i], data))
			docker_transaction_remove(t, &rules[i]);
}

/*
 * Takes the rules that match out of nftables and out of the list. Returns how many stay, or a
 * negative errno and fills *e; then the list is as before.
 */
static int publish_take_back(struct docker_driver *d, struct docker_published *rules, int count,
			     publish_match *match, const void *data, struct xm_err *e)
{
	int stay = publish_count_others(rules, count, match, data), err, kept = 0;
	struct docker_transaction t;

	if (stay == count)
		return stay;
	publish_forget_forwarding(rules, count, match, data);
	docker_transaction_begin(&t);
	publish_remove(&t, rules, count, match, data);
	if (!stay)
		docker_transaction_remove_table(&t);
	err = docker_transaction_commit(&t, e);
	if (err)
		return err;
	for (int i = 0; i < count; i++)
		if (!match(&rules[i], data))
			rules[kept++] = rules[i];
	d->may_publish = stay;
	return stay;
}

/* Lists the rules, as docker_published_list() */
static int publish_list(struct docker_driver *d, struct docker_published **ret, struct xm_err *e)
{
	int count = docker_published_list(ret, e);

	if (count >= 0)
		d->may_publish = count;
	return count;
}

void docker_publish_end(struct docker_driver *d, const char *endpoint)
{
	char name[XM_NAME_LEN];
	struct docker_published *rules;
	struct xm_err e = {};
	int count;

	if (!d->may_publish)
		return;
	docker_owner_name(endpoint, name);
	count = publish_list(d, &rules, &e);
	if (count < 0 || publish_take_back(d, rules, count, publish_is_of, name, &e) < 0)
		plugin_log("the published ports of endpoint %s stay: %s", name, e.text);
	free(rules);
}

struct publish_owners {
	struct docker_endpoint *list;
	int count;
};

/* Reads the endpoints that have their devices. Returns 0 or a negative errno. */
static int publish_read_owners(struct publish_owners *ret)
{
	const struct xm_engine_options reader = { .reader = true, .pins_optional = true };
	struct xm_engine *engine;
	struct xm_nl nl;
	int all, err = xm_nl_open(&nl);

	*ret = (struct publish_owners){};
	if (!err)
		err = xm_engine_open(&reader, &engine, NULL);
	if (!err) {
		all = docker_owner_list(engine, NULL, &ret->list, NULL);
		xm_engine_close(engine);
		for (int i = 0; i < all; i++)
			if (docker_owner_has_device(&nl, &ret->list[i]))
				ret->list[ret->count++] = ret->list[i];
		err = all < 0 ? all : 0;
	}
	xm_nl_close(&nl);
	return err;
}

static bool publish_is_stale(const struct docker_published *rule, const void *data)
{
	const struct publish_owners *o = data;

	for (int i = 0; i < o->count; i++)
		if (!strcmp(o->list[i].name, rule->what.endpoint))
			return false;
	return true;
}

/* A failure is logged once, until it has gone */
static void publish_log_sweep(struct docker_driver *d, int err, const struct xm_err *e)
{
	if (err < 0 && !d->sweep_failed)
		plugin_log("published ports of missing endpoints stay: %s", e->text);
	d->sweep_failed = err < 0;
}

/* Takes back what is stale in the list. Returns how many rules stay. */
static int publish_drop_stale(struct docker_driver *d, struct docker_published *rules, int count)
{
	struct publish_owners owners;
	struct xm_err e = {};
	int stay = count;

	if (count && !publish_read_owners(&owners)) {
		stay = publish_take_back(d, rules, count, publish_is_stale, &owners, &e);
		publish_log_sweep(d, stay, &e);
		free(owners.list);
	}
	if (stay >= 0 && stay < count)
		plugin_log("published ports of missing endpoints: %d rules removed", count - stay);
	return stay < 0 ? count : stay;
}

void docker_publish_sweep(struct docker_driver *d)
{
	struct docker_published *rules;
	struct xm_err e = {};
	int count;

	if (!d->may_publish)
		return;
	count = publish_list(d, &rules, &e);
	/* Without nft there is no rule of ours */
	if (count == -ENOENT)
		d->may_publish = false;
	else if (count < 0)
		publish_log_sweep(d, count, &e);
	else
		publish_drop_stale(d, rules, count);
	free(rules);
}

static int publish_commit(const struct docker_published *rules, int count,
			  const struct docker_choice *choice, const char *name, struct xm_err *e)
{
	struct docker_transaction t;

	docker_transaction_begin(&t);
	docker_transaction_table(&t);
	publish_remove(&t, rules, count, publish_is_of, name);
	for (size_t i = 0; i < choice->count; i++)
		docker_transaction_publish(&t, &choice->list[i].what, choice->list[i].port);
	return docker_transaction_commit(&t, e);
}

/* Once for each of the endpoint's addresses: IPv4 and IPv6 */
static void publish_accept_forwarding(const struct docker_choice *choice)
{
	const struct docker_publication *accepted[2] = {}, *p;

	for (size_t i = 0; i < choice->count; i++) {
		p = &choice->list[i].what;
		if ((accepted[0] && !strcmp(accepted[0]->address, p->address)) ||
		    (accepted[1] && !strcmp(accepted[1]->address, p->address)))
			continue;
		docker_forward_accept(p);
		accepted[accepted[0] ? 1 : 0] = p;
	}
}

/* The rules stay, so their addresses have to be accepted again */
static void publish_restore_forwarding(const struct docker_published *rules, int count,
				       const char *name)
{
	for (int i = 0; i < count; i++)
		if (publish_is_of(&rules[i], name) && !publish_is_repeated(rules, i))
			docker_forward_accept(&rules[i].what);
}

/* Docker does not show which of several ports was taken */
static void publish_log(const struct docker_choice *choice)
{
	for (size_t i = 0; i < choice->count; i++) {
		const struct docker_publication *p = &choice->list[i].what;

		if (choice->list[i].was_open)
			plugin_log("port %u/%s of the host is port %u of endpoint %s", p->host_port,
				   p->protocol, choice->list[i].port, p->endpoint);
	}
}

int docker_publish(struct docker_driver *d, const struct docker_config *config,
		   const struct docker_endpoint *endpoint, const struct docker_ports *ports,
		   struct xm_err *e)
{
	struct docker_choice choice = {};
	struct docker_published *rules;
	int err, count;

	count = publish_list(d, &rules, e);
	if (count < 0)
		return count;
	count = publish_drop_stale(d, rules, count);
	d->may_publish = true;
	err = docker_choice_make(config, endpoint, ports, rules, count, &choice, e);
	if (!err) {
		publish_forget_forwarding(rules, count, publish_is_of, endpoint->name);
		err = publish_commit(rules, count, &choice, endpoint->name, e);
		if (err)
			publish_restore_forwarding(rules, count, endpoint->name);
	}
	if (!err)
		publish_accept_forwarding(&choice);
	if (!err)
		publish_log(&choice);
	docker_choice_free(&choice);
	free(rules);
	return err;
}
