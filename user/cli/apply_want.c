// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/nearest.h"
#include "base/parse.h"
#include "cli/apply_want.h"
#include "cli/cmdline.h"
#include "cli/json_integer.h"
#include "cli/keywords.h"

#define KEYS_MAX 64

/* One key of a parent or of an endpoint, and where it stands */
struct at {
	const struct xm_apply_document *from;
	const char *path[5]; /* "endpoints", NAME, KEY, key inside; NULL behind the last */
	struct xm_err *e;
};

/* Fills *e with the place and the message. Returns -EINVAL. */
static int fail(const struct at *at, const char *message)
{
	char where[XM_APPLY_WHERE], path[200] = "";
	size_t len = 0;

	for (int i = 0; at->path[i] && len < sizeof(path); i++)
		len += snprintf(path + len, sizeof(path) - len, "%s%.40s", i ? "." : "",
				at->path[i]);
	return xm_fail_usage(at->e, "%s: %s: %s", xm_apply_where(at->from, at->path, where), path,
			     message);
}

static int fail_unknown(const struct at *at, const char *key, const char *const *known,
			size_t count)
{
	const char *nearest = xm_nearest(key, known, count);
	char message[100];

	snprintf(message, sizeof(message), "unknown key%s%.40s%s", nearest ? " (" : "",
		 nearest ?: "", nearest ? "?)" : "");
	return fail(at, message);
}

/* Takes a document's object of that name; *ret NULL: it has none */
static int take_object(const struct xm_apply_document *d, const char *name, json_t **ret,
		       struct xm_err *e)
{
	const struct at at = { d, { name }, e };

	*ret = json_object_get(d->json, name);
	return !*ret || json_is_object(*ret) ? 0 : fail(&at, "an object is expected");
}

/* The values that a keyword takes in a file, by what its usage text says */
static const struct value_kind {
	const char *value; /* of the keyword; NULL: all others */
	bool text, boolean, number;
	long long min, max; /* of the number */
	const char *expected;
} value_kinds[] = {
	{ "on|off", true, true, false, 0, 0, "true or false is expected" },
	{ "N", false, false, true, -(1LL << 52), 1LL << 52, "a number is expected" },
	{ "NAME|PID|PATH", true, false, true, 1, INT_MAX, "a name, a path or a PID is expected" },
	{ "USER", true, false, true, 0, UINT_MAX - 1, "a name or a number is expected" },
	{ "GROUP", true, false, true, 0, UINT_MAX - 1, "a name or a number is expected" },
	{ NULL, true, false, false, 0, 0, "a text is expected" },
};

static const struct value_kind *value_kind(const struct xm_keyword *k)
{
	const struct value_kind *kind = value_kinds;

	while (kind->value && strcmp(kind->value, k->value) != 0)
		kind++;
	return kind;
}

/* Returns NULL: the keyword does not take the value */
static const char *value_text(const struct value_kind *kind, const json_t *value, char number[32])
{
	long long n;

	if (kind->boolean && json_is_boolean(value))
		return json_is_true(value) ? "on" : "off";
	if (kind->text && json_is_string(value))
		return json_string_value(value);
	if (!kind->number || !xm_json_integer(value, kind->min, kind->max, &n))
		return NULL;
	snprintf(number, 32, "%lld", n);
	return number;
}

/* "macaddr": [MAC...] */
static int add_macaddr(const struct at *at, const json_t *value, struct xm_word_list *words)
{
	struct xm_err why = {};
	uint8_t mac[XM_MAC_LEN];
	size_t i;
	json_t *one;

	if (!json_is_array(value))
		return fail(at, "a list of MAC addresses is expected");
	if (!json_array_size(value))
		return 0;
	xm_word_list_add(words, "macaddr");
	xm_word_list_add(words, "set");
	json_array_foreach(value, i, one) {
		if (xm_parse_unicast("macaddr", json_string_value(one) ?: "?", mac, &why))
			return fail(at, why.text);
		xm_word_list_add(words, json_string_value(one));
	}
	return 0;
}

/* Keywords without a value: true and false */
static int add_flag(const struct at *at, const json_t *value, const char *word,
		    struct xm_word_list *words)
{
	if (!json_is_boolean(value))
		return fail(at, "true or false is expected");
	if (json_is_true(value))
		xm_word_list_add(words, word);
	return 0;
}

/* Reads the words of one key alone, so that an error names its line */
static int check_words(const struct at *at, const struct xm_keyword *k, char **v, int count)
{
	struct xm_words read = {};
	struct xm_err why = {};
	struct xm_args args = { count - 1, v + 1, &why };
	int err = k->read(&args, k, &read);

	if (!err && args.argc)
		err = xm_fail_usage(&why, "'%.40s' is one word too many", args.argv[0]);
	xm_settings_free(&read.add.settings);
	return err ? fail(at, why.text) : 0;
}

/* Adds a key as the words of a command line */
static int add_keyword(const struct at *at, const struct xm_keyword *k, const json_t *value,
		       struct xm_word_list *words)
{
	int before = words->count, err = 0;
	const char *text;
	char number[32];

	if (k->id == XM_KW_MACADDR) {
		err = add_macaddr(at, value, words);
	} else if (!k->value) {
		err = add_flag(at, value, k->word, words);
	} else {
		text = value_text(value_kind(k), value, number);
		if (!text)
			return fail(at, value_kind(k)->expected);
		xm_word_list_add_two(words, k->word, text);
	}
	if (err || words->count == before)
		return err;
	return check_words(at, k, words->v + before, words->count - before);
}

static size_t list_keys(enum xm_command_id command, const char *ret[KEYS_MAX])
{
	size_t n = 0;

	for (size_t i = 0; i < xm_keyword_count && n < KEYS_MAX - 1; i++)
		if (xm_keywords[i].commands & command && xm_keywords[i].id != XM_KW_NAME)
			ret[n++] = xm_keywords[i].word;
	if (command == XM_CMD_ADD)
		ret[n++] = XM_WANT_INSIDE;
	return n;
}

/* "addresses": [MAC...] are MACs beside the endpoint's own; "own" and "follow" are the keyword's */
static int read_additional(const struct at *at, const json_t *value, struct xm_want_endpoint *ep)
{
	struct xm_err why = {};
	size_t i;
	json_t *one;

	if (json_array_size(value) > XM_MAX_ADDITIONAL_MACS)
		return fail(at, "an endpoint has at most 8 addresses beside its own");
	ep->additional = xm_need(calloc(json_array_size(value) + 1, sizeof(*ep->additional)));
	json_array_foreach(value, i, one) {
		uint8_t *mac = ep->additional[ep->additional_count];
		size_t same = 0;

		if (xm_parse_unicast("addresses", json_string_value(one) ?: "?", mac, &why))
			return fail(at, why.text);
		while (memcmp(ep->additional[same], mac, XM_MAC_LEN) != 0)
			same++;
		ep->additional_count += same == ep->additional_count;
	}
	return 0;
}

static int read_inside(struct at *at, const json_t *value, struct xm_want_endpoint *ep)
{
	struct xm_err why = {};
	const char *key;
	int err = xm_inside_read(value, &ep->inside, &key, &why);

	at->path[3] = err && key[0] ? key : NULL;
	return err ? fail(at, why.text) : 0;
}

static int read_endpoint_key(struct at *at, const char *key, const json_t *value,
			     struct xm_want_endpoint *ep)
{
	const struct xm_keyword *k = xm_keyword_find(XM_CMD_ADD, key);
	const char *known[KEYS_MAX];

	if (!strcmp(key, XM_WANT_INSIDE))
		return read_inside(at, value, ep);
	if (!k || k->id == XM_KW_NAME || strcmp(k->word, key) != 0)
		return fail_unknown(at, key, known, list_keys(XM_CMD_ADD, known));
	if (k->id == XM_KW_ADDRESSES && json_is_array(value))
		return read_additional(at, value, ep);
	ep->has_type |= k->id == XM_KW_TYPE;
	return add_keyword(at, k, value, &ep->words);
}

static int read_endpoint(const struct xm_apply_document *d, const char *name, json_t *json,
			 struct xm_want_endpoint *ep, struct xm_err *e)
{
	struct at at = { d, { "endpoints", name }, e };
	struct xm_err why = {};
	const char *key;
	json_t *value;
	int err = 0;

	*ep = (struct xm_want_endpoint){ .name = name, .from = d };
	xm_word_list_add(&ep->words, "name"); /* NAME may be a keyword */
	xm_word_list_add(&ep->words, name);
	if (!json_is_object(json))
		return fail(&at, "an object is expected");
	/* `link` first, as a user would write it */
	value = json_object_get(json, "link");
	at.path[2] = "link";
	if (value)
		err = read_endpoint_key(&at, "link", value, ep);
	json_object_foreach(json, key, value) {
		at.path[2] = key;
		if (!err && strcmp(key, "link") != 0)
			err = read_endpoint_key(&at, key, value, ep);
	}
	at.path[2] = NULL;
	if (!err && xm_parse_add(ep->words.count, ep->words.v, &ep->add, &why))
		err = fail(&at, strncmp(why.text, "add: ", 5) ? why.text : why.text + 5);
	if (!err && ep->add.has_ipv6)
		xm_inside_add_sysctl(&ep->inside, "disable_ipv6", ep->add.ipv6 ? "0" : "1");
	if (!err && ep->add.has_accept_ra)
		xm_inside_add_sysctl(&ep->inside, "accept_ra", ep->add.accept_ra ? "2" : "0");
	if (!err && ep->add.kind == XM_KIND_TAP && json_object_get(json, XM_WANT_INSIDE))
		err = fail(&at, "'inside' is not for a tap: its guest configures it");
	return err;
}

static int read_parent(const struct xm_apply_document *d, const char *name, json_t *json,
		       struct xm_want_parent *p, struct xm_err *e)
{
	struct at at = { d, { "parents", name }, e };
	const char *key, *known[KEYS_MAX];
	struct xm_err why = {};
	json_t *value;
	int err = 0;

	*p = (struct xm_want_parent){ .name = name, .from = d };
	xm_word_list_add(&p->words, name);
	if (!name[0])
		return fail(&at, "the name is empty");
	if (!json_is_object(json))
		return fail(&at, "an object is expected");
	json_object_foreach(json, key, value) {
		const struct xm_keyword *k = xm_keyword_find(XM_CMD_ATTACH, key);

		at.path[2] = key;
		err = k ? add_keyword(&at, k, value, &p->words)
			: fail_unknown(&at, key, known, list_keys(XM_CMD_ATTACH, known));
		if (err)
			return err;
	}
	at.path[2] = NULL;
	return xm_parse_attach(p->words.count, p->words.v, &p->attach, &why) ? fail(&at, why.text)
									     : 0;
}

/* Fails when an earlier document has an endpoint of that name */
static int check_unique(const struct xm_want *want, const struct xm_apply_document *d,
			const char *name, struct xm_err *e)
{
	const struct at at = { d, { "endpoints", name }, e };
	char where[XM_APPLY_WHERE], message[XM_APPLY_WHERE + 40];
	const json_t *other = json_object_get(want->names, name);

	if (!other) {
		json_object_set_new(want->names, name, json_integer(want->endpoint_count));
		return 0;
	}
	snprintf(message, sizeof(message), "the name is in use at %s",
		 xm_apply_where(want->endpoints[json_integer_value(other)].from, at.path, where));
	return fail(&at, message);
}

static int read_document(const struct xm_apply_document *d, struct xm_want *ret, struct xm_err *e)
{
	static const char *const known[] = { "$schema", "parents", "endpoints" };
	struct at at = { d, {}, e };
	json_t *parents, *endpoints, *value;
	const char *name;
	int err = 0;

	json_object_foreach(d->json, name, value) {
		at.path[0] = name;
		if (strcmp(name, known[0]) && strcmp(name, known[1]) && strcmp(name, known[2]))
			return fail_unknown(&at, name, known, 3);
		if (!strcmp(name, known[0]) && !json_is_string(value))
			return fail(&at, "a text is expected");
	}
	if (take_object(d, "parents", &parents, e) || take_object(d, "endpoints", &endpoints, e))
		return -EINVAL;
	ret->parents =
		xm_need(realloc(ret->parents, (ret->parent_count + json_object_size(parents) + 1) *
						      sizeof(*ret->parents)));
	ret->endpoints =
		xm_need(realloc(ret->endpoints, (ret->endpoint_count + json_object_size(endpoints) +
						 1) * sizeof(*ret->endpoints)));
	json_object_foreach(parents, name, value) {
		err = read_parent(d, name, value, &ret->parents[ret->parent_count++], e);
		if (err)
			return err;
	}
	json_object_foreach(endpoints, name, value) {
		err = check_unique(ret, d, name, e);
		if (!err)
			err = read_endpoint(d, name, value, &ret->endpoints[ret->endpoint_count++],
					    e);
		if (err)
			return err;
	}
	return 0;
}

int xm_want_read(const struct xm_apply_documents *documents, struct xm_want *ret, struct xm_err *e)
{
	int err = 0;

	*ret = (struct xm_want){ .names = json_object() };
	for (size_t i = 0; i < documents->count && !err; i++)
		err = read_document(&documents->list[i], ret, e);
	return err;
}

void xm_want_free(struct xm_want *want)
{
	for (size_t i = 0; i < want->parent_count; i++)
		xm_word_list_free(&want->parents[i].words);
	for (size_t i = 0; i < want->endpoint_count; i++) {
		struct xm_want_endpoint *ep = &want->endpoints[i];

		xm_word_list_free(&ep->words);
		xm_settings_free(&ep->add.settings);
		free(ep->additional);
		xm_inside_free(&ep->inside);
	}
	json_decref(want->names);
	free(want->parents);
	free(want->endpoints);
	*want = (struct xm_want){};
}
