// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "docker/published.h"
#include "docker/tool.h"
#include "plugin/json.h"

#define TABLE "inet xmacvlan_docker"

static int published_fail(int err, const struct docker_tool_result *r, struct xm_err *e)
{
	if (err == -ENOENT)
		return xm_fail(e, err, "nft is not installed (package nftables)");
	if (err)
		return xm_fail(e, err, "cannot run nft: %s", strerror(-err));
	return xm_fail(e, EIO, "nft has failed: %s", r->why[0] ? r->why : "it says no reason");
}

/* False: another one's rule, or one without a comment */
static bool published_read(const json_t *rule, struct docker_published *ret)
{
	struct docker_publication *p = &ret->what;

	*ret = (struct docker_published){
		.handle = json_integer_value(plugin_json_get(rule, "handle")),
	};
	snprintf(ret->chain, sizeof(ret->chain), "%s", plugin_json_text(rule, "chain"));
	return sscanf(plugin_json_text(rule, "comment"), "%15s %45s %7s %45s %u", p->endpoint,
		      p->address, p->protocol, p->host, &p->host_port) == 5;
}

static int published_parse(const char *text, struct docker_published **ret)
{
	json_t *root = text ? json_loads(text, 0, NULL) : NULL, *entry;
	const json_t *list = plugin_json_get(root, "nftables"), *rule;
	size_t i;
	int count = 0;

	if (!root)
		return -EBADMSG;
	*ret = xm_need(calloc(json_array_size(list) + 1, sizeof(**ret)));
	json_array_foreach(list, i, entry) {
		rule = plugin_json_get(entry, "rule");
		count += rule && published_read(rule, &(*ret)[count]);
	}
	json_decref(root);
	return count;
}

int docker_published_list(struct docker_published **ret, struct xm_err *e)
{
	static const char *const argv[] = { "nft", "-j", "list", "table", "inet", "xmacvlan_docker",
					    NULL };
	struct docker_tool_result result;
	int count, err = docker_tool_run(argv, NULL, &result);

	*ret = NULL;
	if (err)
		return published_fail(err, &result, e);
	if (!result.code) {
		count = published_parse(result.output, ret);
		if (count < 0)
			xm_fail(e, count, "nft's list of rules cannot be read");
	} else
		count = strstr(result.why, strerror(ENOENT)) ? 0 : published_fail(0, &result, e);
	free(result.output);
	return count;
}

static bool is_any(const char *host)
{
	return !strcmp(host, DOCKER_ANY_ADDRESS);
}

static bool is_ipv6(const struct docker_publication *p)
{
	return strchr(p->address, ':');
}

bool docker_published_collide(const struct docker_publication *a,
			      const struct docker_publication *b)
{
	return a->host_port == b->host_port && is_ipv6(a) == is_ipv6(b) &&
	       !strcmp(a->protocol, b->protocol) &&
	       (is_any(a->host) || is_any(b->host) || !strcmp(a->host, b->host));
}

void docker_transaction_begin(struct docker_transaction *t)
{
	*t = (struct docker_transaction){};
	t->file = xm_need(open_memstream(&t->text, &t->size));
}

/*
 * Frames of other machines come through prerouting, those of the host's own programs through
 * output. What is sent to 127.0.0.1 and ::1 has a source that no container can answer.
 */
void docker_transaction_table(const struct docker_transaction *t)
{
	fputs("add table " TABLE "\n"
	      "add chain " TABLE " ports\n"
	      "add chain " TABLE " prerouting { type nat hook prerouting priority -100; }\n"
	      "add chain " TABLE " output { type nat hook output priority -100; }\n"
	      "add chain " TABLE " postrouting { type nat hook postrouting priority 100; }\n"
	      "flush chain " TABLE " prerouting\n"
	      "flush chain " TABLE " output\n"
	      "add rule " TABLE " prerouting fib daddr type local jump ports\n"
	      "add rule " TABLE " output ip daddr != 127.0.0.0/8 fib daddr type local jump ports\n"
	      "add rule " TABLE " output ip6 daddr != ::1 fib daddr type local jump ports\n",
	      t->file);
}

static void transaction_put_comment(FILE *to, const struct docker_publication *p)
{
	fprintf(to, "comment \"%s %s %s %s %u\"\n", p->endpoint, p->address, p->protocol, p->host,
		p->host_port);
}

/*
 * The container has its own way to the LAN, on which its answer would not come back to the host. So
 * the host's address becomes the source.
 */
void docker_transaction_publish(const struct docker_transaction *t,
				const struct docker_publication *p, unsigned int port)
{
	bool six = is_ipv6(p);
	const char *ip = six ? "ip6" : "ip";

	fprintf(t->file, "add rule " TABLE " ports ");
	if (is_any(p->host))
		fprintf(t->file, "meta nfproto %s", six ? "ipv6" : "ipv4");
	else
		fprintf(t->file, "%s daddr %s", ip, p->host);
	fprintf(t->file, " %s dport %u dnat %s to %s%s%s:%u ", p->protocol, p->host_port, ip,
		six ? "[" : "", p->address, six ? "]" : "", port);
	transaction_put_comment(t->file, p);
	fprintf(t->file,
		"add rule " TABLE " postrouting ct status dnat %s daddr %s %s dport %u masquerade ",
		ip, p->address, p->protocol, port);
	transaction_put_comment(t->file, p);
}

void docker_transaction_remove(const struct docker_transaction *t,
			       const struct docker_published *rule)
{
	fprintf(t->file, "delete rule " TABLE " %s handle %lld\n", rule->chain, rule->handle);
}

void docker_transaction_remove_table(const struct docker_transaction *t)
{
	fputs("delete table " TABLE "\n", t->file);
}

int docker_transaction_commit(struct docker_transaction *t, struct xm_err *e)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };
	struct docker_tool_result result;
	int err;

	if (fclose(t->file))
		xm_need(NULL);
	err = docker_tool_run(argv, t->text, &result);
	if (err || result.code)
		err = published_fail(err, &result, e);
	free(result.output);
	free(t->text);
	return err;
}
