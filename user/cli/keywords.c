// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <limits.h>
#include <string.h>

#include "base/parse.h"
#include "base/text.h"
#include "cli/keyword_macs.h"
#include "cli/keyword_tap.h"
#include "cli/keywords.h"

#define MIN_MTU 68 /* the least that IPv4 and the kernel's veth take (ETH_MIN_MTU) */
#define MAX_MTU 65535

static int read_on_off(struct xm_args *a, const char *word, bool *ret)
{
	const char *text;
	int err = xm_args_value(a, word, &text);

	if (err)
		return err;
	*ret = !strcmp(text, "on");
	if (*ret || !strcmp(text, "off"))
		return 0;
	return xm_fail_usage(a->e, "%s is 'on' or 'off', not '%s'", word, text);
}

static int read_name(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	return xm_args_value(a, k->word, &w->add.name);
}

static int read_link(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	int err = xm_args_value(a, k->word, &w->link);

	w->add.link = w->link;
	return err;
}

static int read_netns(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	return xm_args_value(a, k->word, &w->add.netns);
}

static int read_ifname(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	return xm_args_value(a, k->word, &w->add.ifname);
}

static int read_mtu(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	long long n;
	int err = xm_args_number(a, k->word, MIN_MTU, MAX_MTU, &n);

	w->add.mtu = n;
	return err;
}

static int read_mode(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	struct xm_settings *s = &w->add.settings;
	const char *text;
	int err = xm_args_value(a, k->word, &text);

	if (err)
		return err;
	s->has_mode = true;
	s->mode = xm_mode_by_name(text);
	if (s->mode != XM_MODE_NONE)
		return 0;
	return xm_fail_usage(a->e, "unknown mode '%s' (private, vepa, bridge, passthru or source)",
			     text);
}

/* "nopromisc" and "promisc", "nodst" and "dst": the word itself is the value */
static int read_promisc(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	(void)a;
	w->add.settings.has_promisc = true;
	w->add.settings.promisc = !strcmp(k->word, "promisc");
	return 0;
}

static int read_nodst(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	(void)a;
	w->add.settings.has_nodst = true;
	w->add.settings.nodst = !strcmp(k->word, "nodst");
	return 0;
}

static int read_host(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->add.settings.has_host_access = true;
	return read_on_off(a, k->word, &w->add.settings.host_access);
}

static int read_spoofchk(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->add.settings.has_spoofchk = true;
	return read_on_off(a, k->word, &w->add.settings.spoofchk);
}

static int read_trust(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->add.settings.has_trust = true;
	return read_on_off(a, k->word, &w->add.settings.trust);
}

static int read_ipv6(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->add.has_ipv6 = true;
	return read_on_off(a, k->word, &w->add.ipv6);
}

static int read_accept_ra(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->add.has_accept_ra = true;
	return read_on_off(a, k->word, &w->add.accept_ra);
}

static int read_bcqueuelen(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	long long n;
	int err = xm_args_number(a, k->word, 0, UINT_MAX, &n);

	w->add.settings.has_bcqueuelen = true;
	w->add.settings.bcqueuelen = n;
	return err;
}

static int read_bclim(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	long long n;
	int err = xm_args_number(a, k->word, INT_MIN, INT_MAX, &n);

	w->add.settings.has_bclim = true;
	w->add.settings.bclim = n;
	return err;
}

/* `type macvlan`, as `ip link` has it, says nothing about the device of an endpoint */
static bool type_is_macvlan(const char *text)
{
	return !strcmp(text, "macvlan") || !strcmp(text, "xmacvlan");
}

static int read_type(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	const char *text;
	int kind, err = xm_args_value(a, k->word, &text);

	if (err || type_is_macvlan(text))
		return err;
	if (!strcmp(text, "macvtap"))
		return xm_fail_usage(a->e, "type is veth, tap or netkit: 'type tap' is in place of "
					   "macvtap (docs/virtual-machines.md)");
	w->add.auto_kind = !strcmp(text, "auto");
	kind = w->add.auto_kind ? XM_KIND_VETH : xm_kind_by_name(text);
	if (kind < 0)
		return xm_fail_usage(a->e, "type is veth, tap, netkit or auto, not '%s'", text);
	w->add.kind = kind;
	w->has_kind = true;
	return 0;
}

static int read_xdp(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	const char *text;
	int xdp, err = xm_args_value(a, k->word, &text);

	if (err)
		return err;
	xdp = xm_xdp_by_name(text);
	if (xdp < 0)
		return xm_fail_usage(a->e, "xdp is auto, native, skb or off, not '%s'", text);
	w->attach.has_xdp = true;
	w->attach.xdp = xdp;
	return 0;
}

static int read_guard(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->attach.has_guard = true;
	return read_on_off(a, k->word, &w->attach.guard);
}

static int read_fanout(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	w->attach.has_fanout = true;
	return read_on_off(a, k->word, &w->attach.fanout);
}

static int read_neigh(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	const char *text;
	int err = xm_args_value(a, k->word, &text);

	if (err)
		return err;
	if (strcmp(text, "flood") != 0 && strcmp(text, "direct") != 0)
		return xm_fail_usage(a->e, "neigh is flood or direct, not '%s'", text);
	w->attach.has_neigh = true;
	w->attach.neigh_direct = !strcmp(text, "direct");
	return 0;
}

static int read_force(struct xm_args *a, const struct xm_keyword *k, struct xm_words *w)
{
	(void)a;
	(void)k;
	w->force = true;
	return 0;
}

#define ADD_SET	 (XM_CMD_ADD | XM_CMD_SET)
#define PASSTHRU (1u << XM_MODE_PASSTHRU)
#define SOURCE	 (1u << XM_MODE_SOURCE)
#define OTHERS	 (1u << XM_MODE_PRIVATE | 1u << XM_MODE_VEPA | 1u << XM_MODE_BRIDGE | SOURCE)

const struct xm_keyword xm_keywords[] = {
	{ "name", XM_KW_NAME, XM_CMD_ADD | XM_CMD_SHOW, 0, read_name, "NAME", NULL,
	  "name of the endpoint ('dev' is accepted too)" },
	{ "link", XM_KW_LINK, XM_CMD_ADD | XM_CMD_SHOW, 0, read_link, "PARENT", NULL,
	  "the parent interface" },
	{ "address", XM_KW_ADDRESS, ADD_SET, OTHERS, xm_read_address, "MAC",
	  "MAC | address add|del MAC",
	  "its MAC address (default: random); 'add' and 'del': another one beside it" },
	{ "mtu", XM_KW_MTU, XM_CMD_ADD, 0, read_mtu, "N", NULL, "its MTU (default: the parent's)" },
	{ "netns", XM_KW_NETNS, XM_CMD_ADD, 0, read_netns, "NAME|PID|PATH", NULL,
	  "network namespace of the peer end (default: the parent's)" },
	{ "ifname", XM_KW_IFNAME, XM_CMD_ADD, 0, read_ifname, "DEV", NULL,
	  "name of the peer end (default: NAME)" },
	{ "mode", XM_KW_MODE, ADD_SET, 0, read_mode, "private|vepa|bridge|passthru|source",
	  "private|vepa|bridge|source", "which frames pass, as in macvlan (default: bridge)" },
	{ "nopromisc", XM_KW_PROMISC, ADD_SET, PASSTHRU, read_promisc, NULL, NULL,
	  "passthru: the parent is not made promiscuous" },
	{ "promisc", XM_KW_PROMISC, XM_CMD_SET, PASSTHRU, read_promisc, NULL, NULL,
	  "passthru: the parent is made promiscuous" },
	{ "nodst", XM_KW_NODST, ADD_SET, 0, read_nodst, NULL, NULL,
	  "source mode: frames of a listed MAC go to the listeners only" },
	{ "dst", XM_KW_NODST, XM_CMD_SET, 0, read_nodst, NULL, NULL,
	  "source mode: frames of a listed MAC go to their destination, too" },
	{ "macaddr", XM_KW_MACADDR, ADD_SET, SOURCE, xm_read_macaddr,
	  "add MAC | macaddr set MAC...", "add|del MAC | macaddr set MAC... | macaddr flush",
	  "source mode: the MACs whose frames it gets" },
	{ "bcqueuelen", XM_KW_BCQUEUELEN, ADD_SET, 0, read_bcqueuelen, "N", NULL,
	  "accepted and shown, for macvlan's users: there is no broadcast queue" },
	{ "bclim", XM_KW_BCLIM, ADD_SET, 0, read_bclim, "N", NULL,
	  "accepted and shown, as bcqueuelen" },
	{ "host", XM_KW_HOST, ADD_SET, 0, read_host, "on|off", NULL,
	  "whether host and endpoint reach each other (default: off)" },
	{ "spoofchk", XM_KW_SPOOFCHK, ADD_SET, 0, read_spoofchk, "on|off", NULL,
	  "drop frames with a source MAC that is not its own (default: on, passthru: off)" },
	{ "trust", XM_KW_TRUST, ADD_SET, 0, read_trust, "on|off", NULL,
	  "the endpoint gets a MAC that its user sets on the device (default: on)" },
	{ "addresses", XM_KW_ADDRESSES, ADD_SET, 0, xm_read_addresses, "own|follow", NULL,
	  "follow: it gets the MACs of devices on top of its device (default: own)" },
	{ "ipv6", XM_KW_IPV6, XM_CMD_ADD, 0, read_ipv6, "on|off", NULL,
	  "IPv6 on the peer end, set before it is up (default: as in its namespace)" },
	{ "accept_ra", XM_KW_ACCEPT_RA, XM_CMD_ADD, 0, read_accept_ra, "on|off", NULL,
	  "router advertisements on the peer end (default: as in its namespace)" },
	{ "xdp", XM_KW_XDP, XM_CMD_ATTACH, 0, read_xdp, "auto|native|skb|off", NULL,
	  "XDP program on the parent (default: auto)" },
	{ "guard", XM_KW_GUARD, XM_CMD_ATTACH, 0, read_guard, "on|off", NULL,
	  "XDP drops unicast for unknown destinations (default: off)" },
	{ "neigh", XM_KW_NEIGH, XM_CMD_ATTACH, 0, read_neigh, "flood|direct", NULL,
	  "direct: ARP and ND requests go to the endpoint that has the address (default: flood)" },
	{ "fanout", XM_KW_FANOUT, XM_CMD_ATTACH, 0, read_fanout, "on|off", NULL,
	  "XDP copies broadcast and multicast to many endpoints (default: off)" },
	{ "type", XM_KW_TYPE, ADD_SET | XM_CMD_DEL | XM_CMD_SHOW, 0, read_type,
	  "veth|tap|netkit|auto", "macvlan",
	  "veth: for a container (default); tap: for a virtual machine" },
	{ "user", XM_KW_USER, XM_CMD_ADD, 0, xm_read_user, "USER", NULL,
	  "tap: the user that may open it (default: root)" },
	{ "group", XM_KW_GROUP, XM_CMD_ADD, 0, xm_read_group, "GROUP", NULL,
	  "tap: the group that may open it (default: none)" },
	{ "queues", XM_KW_QUEUES, XM_CMD_ADD, 0, xm_read_queues, "N", NULL,
	  "tap: number of queues, 1 to 256 (default: 1)" },
	{ "force", XM_KW_FORCE, XM_CMD_DETACH, 0, read_force, NULL, NULL,
	  "delete the endpoints, too" },
};

const size_t xm_keyword_count = sizeof(xm_keywords) / sizeof(*xm_keywords);

static const struct {
	const char *word, *keyword;
} synonyms[] = { { "addr", "address" }, { "dev", "name" }, { "lladdr", "address" } };

const char *xm_keyword_spelling(const char *word)
{
	for (size_t i = 0; i < sizeof(synonyms) / sizeof(*synonyms); i++)
		if (!strcmp(word, synonyms[i].word))
			return synonyms[i].keyword;
	return word;
}

const struct xm_keyword *xm_keyword_find(enum xm_command_id command, const char *word)
{
	word = xm_keyword_spelling(word);
	for (size_t i = 0; i < xm_keyword_count; i++)
		if (xm_keywords[i].commands & command && !strcmp(xm_keywords[i].word, word))
			return &xm_keywords[i];
	return NULL;
}

/* Whether the usage text shows the keyword in its first, fixed part */
static bool keyword_is_required(enum xm_command_id command, const struct xm_keyword *k)
{
	return k->id == XM_KW_NAME || (command == XM_CMD_ADD && k->id == XM_KW_LINK);
}

static const char *keyword_value(enum xm_command_id command, const struct xm_keyword *k)
{
	return command == XM_CMD_SET && k->set_value ? k->set_value : k->value;
}

/*
 * "nopromisc|promisc": appends the keyword and those behind it with the same id. Returns how many.
 */
static size_t keyword_append_words(enum xm_command_id command, size_t i, char *text, size_t size)
{
	const struct xm_keyword *k = &xm_keywords[i];
	size_t n = 1, len = snprintf(text, size, "%s", k->word);

	for (; i + n < xm_keyword_count && k[n].id == k->id; n++)
		if (k[n].commands & command)
			len += snprintf(text + len, size - len, "|%s", k[n].word);
	return n;
}

void xm_keywords_print_usage(FILE *to, enum xm_command_id command)
{
	const int indent = 7, width = 80;
	char text[128], words[64];
	int column = 0;

	for (size_t i = 0, n; i < xm_keyword_count; i += n) {
		const struct xm_keyword *k = &xm_keywords[i];
		const char *value = keyword_value(command, k);
		int len;

		n = 1;
		if (!(k->commands & command) || keyword_is_required(command, k))
			continue;
		n = keyword_append_words(command, i, words, sizeof(words));
		len = snprintf(text, sizeof(text), " [%s%s%s]", words, value ? " " : "",
			       value ? value : "");
		if (!column || column + len > width)
			column =
				fprintf(to, "%s%*s", column ? "\n" : "", indent - 1, "") - !!column;
		column += len;
		fputs(text, to);
	}
	if (column)
		fputc('\n', to);
}

void xm_keywords_print_help(FILE *to, enum xm_command_id command)
{
	for (size_t i = 0; i < xm_keyword_count; i++)
		if (xm_keywords[i].commands & command)
			fprintf(to, "  %-10s  %s\n", xm_keywords[i].word, xm_keywords[i].help);
}
