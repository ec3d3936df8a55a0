// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What `show` prints, beside what `ip link` prints of a kernel macvlan: keys, types, forms. */
#include <stdio.h>
#include <string.h>

#include "nt.h"

#define E0_MAC "02:00:00:00:00:10"

static struct nt_net net;

/* e0 is beside the parent, as a kernel macvlan would be */
static void make_endpoint(void)
{
	nt_net(&net, 1, 0);
	nt_xm_must(&net.host,
		   "add dev e0 link p0 type macvlan mode source addr 2:0:0:0:0:10 macaddr set "
		   "2:0:0:0:0:20 02-00-00-00-00-21");
	xmt_must("ip -n %s link set e0 up", net.host.name);
	nt_wait_net(&net);
}

static bool is_same_type(const json_t *a, const json_t *b)
{
	return json_typeof(a) == json_typeof(b) || (json_is_boolean(a) && json_is_boolean(b));
}

/* Counts the keys of `ip` that `show` lacks or has with another type */
static unsigned int compare_keys(const char *where, json_t *ip, json_t *show)
{
	unsigned int bad = 0;
	const char *key;
	json_t *value;

	json_object_foreach(ip, key, value) {
		json_t *ours = json_object_get(show, key);

		if (!ours || !is_same_type(value, ours)) {
			bad++;
			xmt_fail("%s.%s of ip link: %s", where, key,
				 ours ? "another type" : "missing");
		} else if (json_is_object(value)) {
			bad += compare_keys(key, value, ours);
		}
	}
	return bad;
}

/* iproute2 of Debian 12 does not print them */
static void check_ipv4_sizes(void)
{
	json_t *show = nt_xm_json(&net.host, "show e0"), *e0 = json_array_get(show, 0);
	bool expected = xmt_kernel() >= XMT_KERNEL(6, 3);

	xmt_check(json_is_integer(json_object_get(e0, "gso_ipv4_max_size")) == expected &&
			  json_is_integer(json_object_get(e0, "gro_ipv4_max_size")) == expected,
		  "sizes of IPv4: %s", expected ? "numbers" : "null before Linux 6.3");
	json_decref(show);
}

static void show_has_keys_of_ip(void)
{
	json_t *ip, *show;
	unsigned int bad;

	make_endpoint();
	check_ipv4_sizes();
	if (xmt_run("ip -n %s link add link p0 name mv0 type macvlan mode source", net.host.name)) {
		xmt_skip("keys of ip link: no kernel macvlan");
		return;
	}
	xmt_must("ip -n %s link set mv0 type macvlan macaddr add 02:00:00:00:00:20; ip -n %s link "
		 "set mv0 up",
		 net.host.name, net.host.name);
	xmt_must("ip -n %s -j -d -s link show mv0", net.host.name);
	ip = json_loads(xmt_output(), 0, NULL);
	show = nt_xm_json(&net.host, "show e0");
	bad = compare_keys("mv0", json_array_get(ip, 0), json_array_get(show, 0));
	xmt_check(ip && !bad, "%zu keys of ip -d -s link are in -s show",
		  json_object_size(json_array_get(ip, 0)));
	bad = compare_keys(
		"info_data",
		json_object_get(json_object_get(json_array_get(ip, 0), "linkinfo"), "info_data"),
		json_array_get(show, 0));
	xmt_check(!bad, "those of info_data are keys of the object, too");
	json_decref(ip);
	json_decref(show);
}

/* The object of e0 in `show e0`, which also has the parent while that is stale */
static json_t *show_e0(json_t *doc)
{
	size_t i;
	json_t *object;

	json_array_foreach(doc, i, object)
		if (json_object_get(object, "name"))
			return object;
	return NULL;
}

/* While its device is being moved, or after it was deleted, an endpoint has no device */
static void keys_are_null_without_device(void)
{
	static const char *const nulls[] = { "ifindex", "mtu", "flags", "operstate" };
	json_t *with, *without, *value;
	unsigned int missing = 0;
	const char *key;

	make_endpoint();
	with = nt_xm_json(&net.host, "show e0");
	xmt_must("ip -n %s link del e0", net.host.name);
	without = nt_xm_json(&net.host, "show e0");
	json_object_foreach(show_e0(with), key, value)
		if (!json_object_get(show_e0(without), key)) {
			missing++;
			xmt_fail("%s is missing", key);
		}
	xmt_check(show_e0(without) && !missing, "%zu keys without a device",
		  json_object_size(show_e0(with)));
	for (size_t i = 0; i < sizeof(nulls) / sizeof(*nulls); i++)
		xmt_check(json_is_null(json_object_get(show_e0(without), nulls[i])), "%s is null",
			  nulls[i]);
	json_decref(with);
	json_decref(without);
}

static const struct form {
	const char *line;
	int code;
	const char *has; /* in stdout and stderr */
	const char *too; /* NULL: nothing */
} forms[] = {
	{ "sh", 0, "parent p0", "e0@p0: <" },
	{ "ls e0", 0, " mode DEFAULT group default qlen 1000", E0_MAC },
	{ "list dev e0", 0, "e0@p0: <", NULL },
	{ "lst type macvlan", 0, "e0@p0: <", NULL },
	{ "-br show", 0, "e0@p0            UP             " E0_MAC " <", "LOWER_UP> " },
	{ "-brief -c show", 0, "\033[36me0@p0            \033[0m\033[32mUP", "\033[33m" E0_MAC },
	{ "-color=never -br show", 0, "e0@p0            UP             " E0_MAC, NULL },
	{ "-color=auto -br show", 0, "e0@p0            UP             " E0_MAC, NULL },
	{ "-c=red show", 1, "always, auto or never", "red" },
	{ "-o -s show e0", 0, " qlen 1000\\    link/ether " E0_MAC, "\\    RX: " },
	{ "-oneline show", 0, "\\    xmacvlan mode source", NULL },
	{ "-d show e0", 0, " promiscuity 0 allmulti 0 minmtu 68 maxmtu ",
	  " addrgenmode eui64 numtxqueues 1 numrxqueues 1 gso_max_size " },
	{ "-details -h -s show e0", 0, "RX: ", "e0@p0: <" },
	{ "-h add", 0, "Usage: ", NULL },
	{ "add --help", 0, "Usage: xmacvlan add", NULL },
	{ "show -h", 0, "Usage: xmacvlan show", NULL },
	{ "show -j", 1, "'-j'", "before the command" },
	{ "s", 1, "'s' (set, show", NULL },
	{ "set e0 up", 1, "ip link set DEV up", NULL },
	{ "set dev e0 mtu 1400", 1, "ip link set DEV mtu", NULL },
	{ "change e0 type macvlan nodst", 0, "", NULL },
	{ "-br -j show", 0, "\"operstate\":\"UP\",\"address\":\"" E0_MAC "\",\"flags\":[", NULL },
	{ "delete dev e0 type macvlan", 0, "", NULL },
};

static void words_of_ip_users(void)
{
	make_endpoint();
	for (size_t i = 0; i < sizeof(forms) / sizeof(*forms); i++) {
		const struct form *f = &forms[i];
		int code = xmt_run("timeout 20 %s -n %s %s 2>&1", nt_bin(), net.host.name, f->line);
		const char *out = xmt_output();

		xmt_check(code == f->code && strstr(out, f->has) &&
				  (!f->too || strstr(out, f->too)),
			  "%s: code %d", f->line, code);
		if (code != f->code || !strstr(out, f->has))
			printf("without \"%s\": %s\n", f->has, out);
	}
	xmt_check(!nt_exists(&net.host, "e0"), "delete has deleted e0");
}

/* With less and less memory `show` prints everything or fails */
static void short_of_memory(void)
{
	static const char *const options[] = { "-j -s", "-s -d" };
	unsigned int refused = 0, complete = 0, bad = 0;

	nt_net(&net, 0, 0);
	xmt_must("for i in $(seq 300); do echo add e$i link p0; done | %s -n %s -b -", nt_bin(),
		 net.host.name);
	for (size_t i = 0; i < 2; i++) {
		char path[64];

		snprintf(path, sizeof(path), "/tmp/%sshow", xmt_prefix());
		xmt_undo("rm -f %s %s.now", path, path);
		xmt_must("%s -n %s %s show > %s", nt_bin(), net.host.name, options[i], path);
		for (int kib = 3600; kib < 9600; kib += 100) {
			int code =
				xmt_run("prlimit --as=%d000 %s -n %s %s show > %s.now 2>/dev/null",
					kib, nt_bin(), net.host.name, options[i], path);

			refused += code != 0;
			if (!code && !xmt_run("cmp -s %s %s.now", path, path))
				complete++;
			else if (!code)
				bad++;
			else if (i == 0 && code == 2)
				bad += xmt_run("! test -s %s.now || python3 -m json.tool %s.now "
					       ">/dev/null",
					       path, path) != 0;
		}
	}
	xmt_check(!bad && refused && complete, "short of memory: %u fail, %u print all, %u part",
		  refused, complete, bad);
}

/* Compares what `show WORDS` prints in a locale */
static void check_shown(const char *locale, const char *words, const char *expected)
{
	xmt_run("LC_ALL=%s %s -n %s show %s 2>&1", locale, nt_bin(), net.host.name, words);
	xmt_check(!strcmp(xmt_output(), expected), "show %s in %s: %s", words, locale,
		  xmt_output());
}

/* e0 in mode source and q in mode bridge, whose name has to be quoted, both down */
static void show_is_drawn(void)
{
	static const char tree[] = "p0  UP  " NT_HOST_MAC "\n"
				   "├─ bridge\n"
				   "│  └─ q\"\\0  DOWN  02:00:00:00:00:11  host\n"
				   "└─ source\n"
				   "   └─ e0  DOWN  " E0_MAC;
	static const char plain[] = "p0  UP  " NT_HOST_MAC "\n"
				    "|- bridge\n"
				    "|  `- q\"\\0  DOWN  02:00:00:00:00:11  host\n"
				    "`- source\n"
				    "   `- e0  DOWN  " E0_MAC;

	make_endpoint();
	nt_xm_must(&net.host, "add 'q\"\\0' link p0 address 02:00:00:00:00:11 host on");
	xmt_must("ip -n %s link set e0 down", net.host.name);
	check_shown("C.UTF-8", "--tree", tree);
	check_shown("C", "--tree", plain);
	check_shown("C", "e0 --tree --dot", "xmacvlan: show: --tree and --dot exclude each other");
	check_shown("C", "nobody --dot", "xmacvlan: no such endpoint 'nobody'");
	xmt_run("%s -n %s show --dot", nt_bin(), net.host.name);
	xmt_check(strstr(xmt_output(), "[label=\"bridge, host\"];") &&
			  strstr(xmt_output(), "label=\"q\\\"\\\\0\\n02:00:00:00:00:11\"];"),
		  "show --dot: an edge, and a quoted name: %s", xmt_output());
	xmt_check(nt_xm(&net.host, "-j show --tree") == 1, "show --tree: not in JSON");
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "keys of ip link", 60, show_has_keys_of_ip },
		{ "keys without a device", 60, keys_are_null_without_device },
		{ "words of ip users", 120, words_of_ip_users },
		{ "tree and graph", 60, show_is_drawn },
		{ "short of memory", 240, short_of_memory },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
