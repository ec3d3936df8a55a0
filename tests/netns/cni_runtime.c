// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * What runtimes and IPAM plugins send besides the usual configuration: JSON that jansson refuses,
 * no CNI_PATH, the forms of GC's list
 */
#include <stdlib.h>
#include <string.h>

#include "plugin.h"

#define HEAD	"{'cniVersion':'1.0.0','name':'net','type':'xmacvlan','master':'p0'"
#define HEAD110 "{'cniVersion':'1.1.0','name':'net','type':'xmacvlan','master':'p0'"
#define FOREIGN                                                                                    \
	"'args':{'cni':{'x':18446744073709551615,'y':1e400,'z':-1.50}},"                           \
	"'n':'a\\u0000b','s':['\\ud800','\\udc00\\ud800','\xff'],'k\\u0000':0,'d':1,'d':[]"

static struct nt_net net;

/* Whether plugin_dir()/FILE contains the text; each ' in it stands for " */
static bool file_has(const char *file, const char *text)
{
	char path[128], *want = strdup(text);
	bool found;
	FILE *f;

	for (char *c = want; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	snprintf(path, sizeof(path), "%s/want", plugin_dir());
	f = fopen(path, "w");
	fputs(want, f);
	fclose(f);
	free(want);
	found = !xmt_run("LC_ALL=C grep -qF -f %s/want %s/%s", plugin_dir(), plugin_dir(), file);
	return found;
}

/* Every command accepts unknown keys, and the IPAM plugin gets them unchanged */
static void foreign_keys_in(const char *command, const char *more)
{
	struct plugin_call c = { .command = command };
	char what[64], output[128];

	/* The harness reads documents by jansson */
	snprintf(output, sizeof(output), "%s/raw", plugin_dir());
	c.output = output;
	snprintf(what, sizeof(what), "%s with foreign keys", command);
	plugin_check_success(
		what, plugin_run(&c, HEAD110 "," FOREIGN ",'ipam':{'type':'keys'}%s}", more));
	xmt_check(file_has("bin/stdin", FOREIGN), "%s: the IPAM plugin gets them as they are",
		  what);
}

static void foreign_keys(void)
{
	char script[768], *prev;

	plugin_net(&net, 1, 0);
	snprintf(script, sizeof(script),
		 "cat >%s/bin/stdin; [ $CNI_COMMAND = ADD ] || exit 0; "
		 "printf '%%s' '{\"cniVersion\":\"1.1.0\",\"big\":18446744073709551616,\"ips\":"
		 "[{\"address\":\"10.9.0.3/24\",\"odd\":[1e400,\"\\ud800\\u0000\",1.10]}],"
		 "\"routes\":[{\"dst\":\"10.7.0.0/16\",\"more\":{\"x\":98765432109876543210}}]}'",
		 plugin_dir());
	plugin_script("keys", script);
	foreign_keys_in("ADD", "");
	xmt_must("tr -d ' \\n' <%s/raw >%s/flat", plugin_dir(), plugin_dir());
	xmt_check(file_has("flat", "'odd':[1e400,'\\ud800\\u0000',1.10]") &&
			  file_has("flat", "'more':{'x':98765432109876543210}"),
		  "the result has the IPAM plugin's foreign keys as they were");
	xmt_must("cat %s/flat", plugin_dir());
	prev = malloc(strlen(xmt_output()) + 32);
	sprintf(prev, ",'prevResult':%s", xmt_output());
	foreign_keys_in("CHECK", prev);
	free(prev);
	foreign_keys_in("STATUS", "");
	foreign_keys_in("GC", ",'cni.dev/valid-attachments':[{'containerID':'c1','ifname':'eth0',"
			      "'x':1e999}]");
	xmt_check(nt_exists(&net.peer[0], "eth0"), "GC: the attachment stays");
	foreign_keys_in("DEL", "");
	plugin_check_clean("foreign keys");
}

/* A prevResult of another plugin with such values is passed on to the runtime */
static void foreign_prev_result(void)
{
	struct plugin_call c = { .command = "ADD" };
	char output[128];

	plugin_net(&net, 1, 0);
	snprintf(output, sizeof(output), "%s/raw", plugin_dir());
	c.output = output;
	plugin_check_success("ADD in a chain",
			     plugin_run(&c, HEAD
					",'dns':{'domain':'a\\u0000b'},'prevResult':{'cniVersion':"
					"'1.0.0','interfaces':[{'name':'a\\ud800',"
					"'id':18446744073709551615}],'x':1e400}}"));
	xmt_must("tr -d ' \\n' <%s/raw >%s/flat", plugin_dir(), plugin_dir());
	xmt_check(file_has("flat", "'name':'a\\ud800','id':18446744073709551615") &&
			  file_has("flat", "'domain':'a\\u0000b'"),
		  "the result has the other plugin's values as they were");
	plugin_check_success("DEL", PLUGIN("DEL", HEAD "}"));
	plugin_check_clean("prevResult");
}

/* Go's decoder goes 10000 levels deep */
static void deep_nesting(void)
{
	char *open = malloc(10001), *close = malloc(10001);

	plugin_net(&net, 1, 0);
	memset(open, '[', 9999);
	memset(close, ']', 9999);
	open[9999] = close[9999] = '\0';
	plugin_check_success("ADD with 10000 levels",
			     PLUGIN("ADD", HEAD ",'deep':%s%s}", open, close));
	plugin_check_success("DEL with 10000 levels",
			     PLUGIN("DEL", HEAD ",'deep':%s%s}", open, close));
	PLUGIN("ADD", HEAD ",'deep':[%s%s]}", open, close);
	plugin_check_error("ADD with 10001 levels", 6, "levels", "");
	plugin_check_clean("levels");
	free(open);
	free(close);
}

/* An IPAM plugin's error may have such values too */
static void foreign_error(void)
{
	plugin_net(&net, 1, 0);
	plugin_script("odd", "[ $CNI_COMMAND = ADD ] || exit 0; echo '{\"code\":11,\"msg\":"
			     "\"not\\u0000now\",\"n\":1e400}'; exit 1");
	PLUGIN("ADD", HEAD ",'ipam':{'type':'odd'}}");
	plugin_check_error("an error with foreign values", 11, "not\\u0000now", "odd");
	plugin_check_clean("an error");
}

static void no_path(void)
{
	struct plugin_call c = { .path = "" };
	static const char *const commands[] = { "ADD", "CHECK", "DEL", "STATUS", "GC" };
	char *prev = NULL;

	plugin_net(&net, 1, 0);
	for (unsigned int i = 0; i < sizeof(commands) / sizeof(*commands); i++) {
		c.command = commands[i];
		plugin_check_success(commands[i],
				     plugin_run(&c, HEAD110 ",'cni.dev/valid-attachments':[]%s%s}",
						i == 1 ? ",'prevResult':" : "",
						i == 1 ? prev : ""));
		if (!i)
			prev = plugin_dump();
	}
	free(prev);
	plugin_check_clean("without CNI_PATH");
	for (unsigned int i = 0; i < 3; i++) {
		c.command = commands[i];
		plugin_run(&c, HEAD110 ",'prevResult':{},'ipam':{'type':'static'}}");
		plugin_check_error(commands[i], 4, "CNI_PATH is not set", "static");
	}
	plugin_check_success("ADD", PLUGIN("ADD", HEAD110 "}"));
	c.command = "DEL";
	plugin_run(&c, HEAD110 ",'ipam':{'type':'static'}}");
	plugin_check_error("DEL cannot run the IPAM plugin", 4, "CNI_PATH", "");
	plugin_check_clean("... but removes the endpoint");
}

#define WARNS(what)                                                                                \
	{                                                                                          \
		.command = "GC", .warning = what                                                   \
	}

static void gc_lists(void)
{
	struct plugin_call warns = WARNS("cni.dev/valid-attachments");

	plugin_net(&net, 1, 0);
	plugin_script("gc", "cat >$0.stdin");
	plugin_check_success("ADD", PLUGIN("ADD", HEAD110 "}"));
	plugin_check_success("GC without a list",
			     plugin_run(&warns, HEAD110 ",'ipam':{'type':'gc'}}"));
	xmt_check(nt_exists(&net.peer[0], "eth0"), "GC without a list removes nothing");
	xmt_check(xmt_run("cat %s/bin/gc.stdin", plugin_dir()) != 0,
		  "GC without a list does not call the IPAM plugin");
	plugin_check_success("GC with the old key",
			     PLUGIN("GC", HEAD110 ",'ipam':{'type':'gc'},'cni.dev/attachments':[{"
						  "'containerID':'c1','ifname':'eth0'}] } "));
	xmt_check(nt_exists(&net.peer[0], "eth0"), "GC with the old key: the attachment stays");
	xmt_check(file_has("bin/gc.stdin", ",'cni.dev/valid-attachments':[{'containerID':'c1',"
					   "'ifname':'eth0'}]}"),
		  "the IPAM plugin gets the list under the new key, too");
	plugin_check_success("GC with both keys",
			     PLUGIN("GC",
				    HEAD110 ",'cni.dev/attachments':[],'cni.dev/valid-attachments':"
					    "[{'containerID':'c1','ifname':'eth0'}]}"));
	xmt_check(nt_exists(&net.peer[0], "eth0"), "GC with both keys: the new one counts");
	PLUGIN("GC", HEAD110 ",'cni.dev/attachments':'x'}");
	plugin_check_error("GC with an old key that is no list", 7, "cni.dev/attachments", "");
	plugin_check_success("GC with an empty old list",
			     PLUGIN("GC", HEAD110 ",'cni.dev/attachments':[]}"));
	plugin_check_clean("GC with an empty old list");
}

/* STATUS has ADD's code for an error of the configuration; it is 50 when the place is taken */
static void status_rows(void)
{
	static const struct {
		const char *command, *conf;
		int code;
		const char *text;
	} rows[] = {
		{ "", "'mac':'x'", 7, "mac" },
		{ "", "'mac':'" NT_HOST_MAC "'", 7, NT_HOST_MAC },
		{ "", "'mac':'01:00:00:00:00:01'", 7, "mac" },
		{ "", "'mac':5", 7, "mac 5" },
		{ "", "'runtimeConfig':{'mac':'x'}", 7, "runtimeConfig.mac" },
		{ "", "'dns':[]", 7, "dns" },
		{ "", "'dns':{'search':'x'}", 7, "dns.search" },
		{ "", "'mtu':9000", 7, "mtu 9000" },
		{ "", "'mtu':67", 7, "mtu 67" },
		{ "", "'mode':'x'", 7, "mode" },
		{ "", "'macaddr':[]", 7, "macaddr" },
		{ "", "'hostAccess':'x'", 7, "hostAccess" },
		{ "", "'prevResult':[]", 7, "prevResult" },
		{ "", "'linkInContainer':true,'mac':'x'", 7, "mac" },
		{ "", "'ipam':{'type':'a/b'}", 7, "ipam.type" },
		{ "", "'mode':'passthru'", 0, "" },
		{ "", "'mode':'passthru','mac':'" NT_HOST_MAC "'", 0, "" },
		{ "", "'linkInContainer':true,'master':'none'", 0, "" },
		{ "", "'mac':'02:00:00:00:00:55'", 0, "" },
		{ "add e1 link p0 address 02:00:00:00:00:55", "'mode':'passthru'", 50, "passthru" },
		{ "add e1 link p0 address 02:00:00:00:00:55", "'mac':'02:00:00:00:00:55'", 50,
		  "e1" },
		{ "add e1 link p0 address 02:00:00:00:00:55", "'mac':'" NT_HOST_MAC "'", 7,
		  NT_HOST_MAC },
		{ "add e1 link p0 address 02:00:00:00:00:55", "'mac':'02:00:00:00:00:56'", 0, "" },
		{ "add e1 link p0 mode passthru", "'mode':'bridge'", 50, "e1" },
		{ "add e1 link p0 mode passthru", "'mode':'passthru'", 50, "e1" },
	};

	plugin_net(&net, 1, 0);
	for (unsigned int i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		bool has_endpoint = rows[i].command[0];
		const char *what = rows[i].conf;

		if (has_endpoint)
			nt_xm_must(&net.host, "%s", rows[i].command);
		PLUGIN("STATUS", HEAD110 ",%s}", what);
		xmt_check(plugin_code() == rows[i].code && strstr(plugin_msg(), rows[i].text),
			  "STATUS, %s%s%s: code %d, \"%s\" (expected %d)", rows[i].command,
			  has_endpoint ? ": " : "", what, plugin_code(), plugin_msg(),
			  rows[i].code);
		/* ADD refuses what STATUS refuses */
		if (rows[i].code) {
			PLUGIN("ADD", HEAD110 ",%s}", what);
			xmt_check(plugin_code() && (rows[i].code != 7 || plugin_code() == 7),
				  "ADD, %s: code %d", what, plugin_code());
		}
		if (has_endpoint)
			nt_xm_must(&net.host, "del e1");
	}
	plugin_check_clean("STATUS");
}

static bool calls_del(const char *container, const char *ifname, const char *netns,
		      const char *network)
{
	struct plugin_call c = {
		.command = "DEL", .container = container, .ifname = ifname, .netns = netns
	};

	plugin_check_success(
		"DEL", plugin_run(&c, "{'cniVersion':'1.0.0','name':'%s','master':'p0'}", network));
	return nt_exists(&net.peer[0], "eth0");
}

/*
 * Only the endpoint of this (network, container, interface) is removed, whatever namespace
 * CNI_NETNS names
 */
static void del_of_others(void)
{
	char other[64];

	plugin_net(&net, 2, 0);
	snprintf(other, sizeof(other), "/run/netns/%s", net.peer[1].name);
	plugin_check_success("ADD", PLUGIN("ADD", HEAD "}"));
	xmt_check(calls_del("c2", NULL, NULL, "net"), "another container: the device stays");
	xmt_check(calls_del("c1", NULL, NULL, "net2"), "another network: the device stays");
	xmt_check(calls_del("c1", "eth1", NULL, "net"), "another interface: the device stays");
	xmt_check(calls_del("c2", NULL, "", "net"), "another container, no netns: it stays");
	xmt_check(calls_del("c2", NULL, other, "net"), "another container and netns: it stays");
	xmt_check(calls_del("c1", NULL, "", "net2"), "another network, no netns: it stays");
	xmt_check(!calls_del("c1", NULL, other, "net"), "another netns: the attachment is removed");
	nt_xm_must(&net.host, "add byhand link p0 netns %s ifname eth0", net.peer[0].name);
	xmt_check(calls_del("c1", NULL, NULL, "net"), "a command's endpoint stays");
	nt_xm_must(&net.host, "del byhand");
	xmt_must("ip -n %s link add eth0 type veth peer name other", net.peer[0].name);
	xmt_check(calls_del("c1", NULL, NULL, "net"), "a veth that is nobody's endpoint stays");
	xmt_must("ip -n %s link del eth0", net.peer[0].name);
	plugin_check_clean("DEL of others");
	/* Without the pins the host end's alias identifies the endpoint */
	plugin_check_success("ADD", PLUGIN("ADD", HEAD "}"));
	xmt_must("rm -r /sys/fs/bpf/xmacvlan");
	xmt_check(calls_del("c2", NULL, NULL, "net"), "no pins, another container: it stays");
	xmt_check(calls_del("c1", NULL, NULL, "net2"), "no pins, another network: it stays");
	xmt_check(!calls_del("c1", NULL, NULL, "net"), "no pins: the attachment is removed");
}

static const struct nt_case cases[] = {
	{ "foreign_keys", 60, foreign_keys }, { "prev_result", 60, foreign_prev_result },
	{ "levels", 60, deep_nesting },	      { "error", 60, foreign_error },
	{ "status", 60, status_rows },	      { "del_of_others", 60, del_of_others },
	{ "no_path", 60, no_path },	      { "gc_lists", 60, gc_lists },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
