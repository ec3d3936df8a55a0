// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Every refusal has one line of text, the right exit code and the same text in JSON, and changes
 * nothing. In a command, $N is the host namespace, $W the wire's, $C the container's and $BIN the
 * command under test.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "refusal.h"

#define LONG_NAME "sixteen-letters-"

struct row {
	const char *args;
	int code;
	const char *text; /* the message must contain it */
	const char *too; /* and this; or NULL */
};

/* Runs `line` with the options; the shell replaces $... */
static int run_command(const char *options, const char *line, const char *redirect)
{
	return xmt_run("N=%s W=%s C=%s BIN=%s; %s timeout -k 2 20 $BIN%s -n $N %s %s",
		       refusal_net.host.name, refusal_net.wire.name, refusal_net.peer[0].name,
		       nt_bin(), "", options, line, redirect);
}

static void check_text(const struct row *row)
{
	int code = run_command("", row->args, "2>&1 >/dev/null");
	const char *out = xmt_output();

	xmt_check(code == row->code && refusal_is_one_line(out) && strstr(out, row->text) &&
			  (!row->too || strstr(out, row->too)),
		  "%s: code %d, \"%s\"", row->args, code, out);
	run_command("", row->args, "2>/dev/null");
	if (!xmt_output()[0])
		xmt_pass(NULL);
	else
		xmt_fail("%s: stdout is not empty: %s", row->args, xmt_output());
}

/* With -j, stdout is one document, which has the key "error". */
static void check_json(const struct row *row)
{
	int code = run_command(" -j", row->args, "2>/dev/null");
	json_error_t error;
	json_t *doc = json_loads(xmt_output(), 0, &error);
	const char *text = json_string_value(json_object_get(doc, "error"));

	if (code == row->code && text && strstr(text, row->text) &&
	    (!row->too || strstr(text, row->too)))
		xmt_pass(NULL);
	else
		xmt_fail("-j %s: code %d, stdout \"%s\"", row->args, code, xmt_output());
	json_decref(doc);
}

static void check_rows(const struct row *row, unsigned int n)
{
	refusal_save_state();
	for (; n; n--, row++) {
		check_text(row);
		check_json(row);
		refusal_check_unchanged(row->args);
	}
}

#define CHECK(rows) check_rows(rows, sizeof(rows) / sizeof((rows)[0]))

static const struct row line_rows[] = {
	{ "frobnicate", 1, "frobnicate", NULL },
	{ "--frobnicate show", 1, "--frobnicate", NULL },
	{ "add", 1, "name", NULL },
	{ "add link p0", 1, "name", NULL },
	{ "add x", 1, "parent", "link" },
	{ "add x link", 1, "link", NULL },
	{ "add x link p0 frobnicate", 1, "frobnicate", NULL },
	{ "add x link p0 mode", 1, "mode", NULL },
	{ "add x link p0 mode bridged", 1, "bridged", "mode" },
	{ "add x link p0 mode bridge mode vepa", 1, "mode", "twice" },
	{ "add x link p0 link p0", 1, "link", "twice" },
	{ "add " LONG_NAME " link p0", 1, LONG_NAME, "15" },
	{ "add x link p0 ifname " LONG_NAME, 1, LONG_NAME, "15" },
	{ "add a/b link p0", 1, "a/b", NULL },
	{ "add .. link p0", 1, "..", NULL },
	{ "add '' link p0", 1, "empty", NULL },
	{ "add 'a b' link p0", 1, "a b", NULL },
	{ "add 'a%d' link p0", 1, "a%d", NULL },
	{ "add x link p0 address 02:00", 1, "02:00", "MAC" },
	{ "add x link p0 address 02:00:00:00:00:zz", 1, "02:00:00:00:00:zz", "MAC" },
	{ "add x link p0 address 02:00:00:00:00:00:01", 1, "02:00:00:00:00:00:01", "MAC" },
	{ "add x link p0 address 00:00:00:00:00:00", 1, "00:00:00:00:00:00", "zero" },
	{ "add x link p0 address 01:00:5e:00:00:01", 1, "01:00:5e:00:00:01", "multicast" },
	{ "add x link p0 address ff:ff:ff:ff:ff:ff", 1, "ff:ff:ff:ff:ff:ff", "multicast" },
	{ "add x link p0 mtu", 1, "mtu", NULL },
	{ "add x link p0 mtu many", 1, "many", "mtu" },
	{ "add x link p0 mtu 67", 1, "67", "mtu" },
	{ "add x link p0 mtu 65536", 1, "65536", "mtu" },
	{ "add x link p0 mtu -1", 1, "-1", "mtu" },
	{ "add x link p0 bcqueuelen x", 1, "bcqueuelen", "x" },
	{ "add x link p0 bcqueuelen -1", 1, "bcqueuelen", "-1" },
	{ "add x link p0 bclim x", 1, "bclim", "x" },
	{ "add x link p0 host maybe", 1, "host", "maybe" },
	{ "add x link p0 spoofchk 1", 1, "spoofchk", "1" },
	{ "add x link p0 trust 1", 1, "trust", "1" },
	{ "add x link p0 nopromisc", 1, "nopromisc", "passthru" },
	{ "add all link p0", 1, "all", "name" },
	{ "add x link p0 ifname default", 1, "default", "name" },
	{ "add x link p0 macaddr add 02:00:00:00:00:20", 1, "macaddr", "source" },
	{ "add x link p0 mode source macaddr", 1, "macaddr", NULL },
	{ "add x link p0 mode source macaddr del 02:00:00:00:00:20", 1, "macaddr", NULL },
	{ "add x link p0 mode source macaddr add 02:00", 1, "02:00", "macaddr" },
	{ "add x link p0 mode source macaddr add 01:00:5e:00:00:01", 1, "01:00:5e:00:00:01",
	  "multicast" },
	{ "add x link p0 mode source macaddr set 02:00:00:00:00:20 02:00:00:00:00:2x", 1,
	  "02:00:00:00:00:2x", NULL },
	{ "help nosuch", 1, "nosuch", "unknown" },
	{ "set", 1, "name", NULL },
	{ "set e0", 1, "nothing", NULL },
	{ "set e0 mtu 1400", 1, "mtu", NULL },
	{ "set e0 netns x", 1, "netns", NULL },
	{ "set e0 mode bridged", 1, "bridged", NULL },
	{ "set e0 address 00:00:00:00:00:00", 1, "zero", NULL },
	{ "set e0 promisc nopromisc", 1, "promisc", "twice" },
	{ "set s0 macaddr frob 02:00:00:00:00:20", 1, "frob", NULL },
	{ "set s0 macaddr add", 1, "macaddr", NULL },
	{ "set s0 macaddr add 00:00:00:00:00:00", 1, "zero", NULL },
	{ "del", 1, "name", NULL },
	{ "del e0 now", 1, "now", NULL },
	{ "attach", 1, "parent", NULL },
	{ "attach p0 xdp", 1, "xdp", NULL },
	{ "attach p0 xdp turbo", 1, "turbo", "xdp" },
	{ "attach p0 now", 1, "now", NULL },
	{ "detach", 1, "parent", NULL },
	{ "detach p0 now", 1, "now", NULL },
	{ "show e0 s0", 1, "s0", NULL },
	{ "show link", 1, "link", NULL },
};

static void refuse_command_lines(void)
{
	refusal_make_net();
	CHECK(line_rows);
}

static const struct row state_rows[] = {
	{ "add x link nosuch", 2, "nosuch", "no such" },
	{ "add x link lo", 2, "lo", "loopback" },
	{ "add x link tun0", 2, "tun0", "Ethernet" },
	{ "add x link port0", 2, "port0", "br0" },
	{ "attach lo", 2, "lo", "loopback" },
	{ "attach tun0 xdp skb", 2, "tun0", "Ethernet" },
	{ "attach port0", 2, "port0", "br0" },
	{ "attach nosuch", 2, "nosuch", "no such" },
	{ "detach nosuch", 2, "nosuch", "no such" },
	{ "detach p0", 2, "p0", "2 endpoints" },
	{ "detach br0", 2, "br0", "not attached" },
	{ "add e0 link p0", 2, "e0", "exists" },
	{ "add e0 link q0", 2, "e0", "exists" },
	{ "add br0 link p0", 2, "br0", "exists" },
	{ "add p0 link p0", 2, "p0", "exists" },
	{ "add x link p0 ifname s0", 2, "s0", "exists" },
	{ "add x link p0 netns $C ifname eth0", 2, "eth0", "exists" },
	{ "add eth0 link p0 netns $C", 2, "eth0", "exists" },
	{ "add x link p0 netns $C ifname lo", 2, "lo", "exists" },
	{ "add x link p0 netns nosuch", 2, "nosuch", "netns" },
	{ "add x link p0 netns 999999999", 2, "999999999", "netns" },
	{ "add x link p0 netns /nosuch/ns", 2, "/nosuch/ns", "netns" },
	{ "add x link p0 netns /etc/passwd", 2, "/etc/passwd", "not a network namespace" },
	{ "add x link p0 netns /proc/self/ns/mnt", 2, "/proc/self/ns/mnt", "namespace" },
	{ "add x link p0 address 02:00:00:00:00:02", 2, "02:00:00:00:00:02", "parent" },
	{ "add x link p0 address 02:00:00:00:00:10", 2, "02:00:00:00:00:10", "e0" },
	{ "add xm2-3 link p0", 1, "xm2-3", "host ends" },
	{ "add x link p0 netns $C ifname xma-ff", 1, "xma-ff", "host ends" },
	{ "add x link p0 mtu 1501", 2, "1501", "1500" },
	{ "add x link p0 mode passthru", 2, "passthru", "p0" },
	{ "add x link q0 mode passthru address 02:00:00:00:00:33", 2, "passthru", "MAC" },
	{ "add x link pass0", 2, "passthru", "only" },
	{ "add x link pass0 mode passthru", 2, "passthru", "only" },
	{ "set nosuch mode vepa", 2, "nosuch", "no such" },
	{ "set e0 mode passthru", 2, "passthru", "e0" },
	{ "set pt mode bridge", 2, "passthru", "pt" },
	{ "set e0 address 02:00:00:00:00:02", 2, "02:00:00:00:00:02", "parent" },
	{ "set e0 address 02:00:00:00:00:11", 2, "02:00:00:00:00:11", "s0" },
	{ "set e0 macaddr add 02:00:00:00:00:20", 2, "macaddr", "source" },
	{ "set e0 macaddr flush", 2, "macaddr", "source" },
	{ "set e0 nopromisc", 2, "nopromisc", "passthru" },
	{ "set e0 mode vepa address 02:00:00:00:00:11", 2, "02:00:00:00:00:11", "s0" },
	{ "del nosuch", 2, "nosuch", "no such" },
	{ "show nosuch", 2, "nosuch", "no such" },
	{ "show link nosuch", 2, "nosuch", NULL },
	{ "-n nosuchns show", 2, "nosuchns", "netns" },
	{ "-n /etc/passwd show", 2, "/etc/passwd", "not a network namespace" },
};

static void refuse_by_state(void)
{
	refusal_make_net();
	xmt_must("ip -n %s link add q0 type veth peer name qw && "
		 "ip -n %s link add pass0 type veth peer name passw && "
		 "ip -n %s link add br0 type bridge && ip -n %s link add port0 type veth peer name "
		 "port1 && "
		 "ip -n %s link set port0 master br0 && ip -n %s tuntap add mode tun tun0",
		 refusal_net.host.name, refusal_net.host.name, refusal_net.host.name,
		 refusal_net.host.name, refusal_net.host.name, refusal_net.host.name);
	nt_xm_must(&refusal_net.host, "add pt link pass0 mode passthru");
	nt_wait_net(&refusal_net);
	CHECK(state_rows);
}

/* A command line without a command is an error. */
static void refuse_no_command(void)
{
	json_error_t error;
	json_t *doc;
	int code;

	code = xmt_run("timeout 20 %s 2>/dev/null", nt_bin());
	xmt_check(code == 1 && !xmt_output()[0], "no command: code %d, stdout is empty", code);
	code = xmt_run("timeout 20 %s -j 2>/dev/null", nt_bin());
	doc = json_loads(xmt_output(), 0, &error);
	xmt_check(code == 1 && json_object_get(doc, "error"),
		  "no command, -j: code %d, stdout \"%s\"", code, xmt_output());
	json_decref(doc);
}

#define AS_NOBODY "setpriv --reuid 65534 --regid 65534 --clear-groups timeout -k 2 20 "

/* Runs the command as user nobody in the host namespace. */
static int run_as_nobody(const char *args, const char *redirect)
{
	return xmt_run("nsenter --net=/run/netns/%s " AS_NOBODY "/tmp/%sbin %s %s",
		       refusal_net.host.name, xmt_prefix(), args, redirect);
}

static void refuse_without_root(void)
{
	static const char *const lines[] = { "show", "add x link p0", "del e0", "attach p0",
					     "-n x show" };
	char what[64], json[64];
	int code;

	refusal_make_net();
	refusal_save_state();
	/* other users may have no permission for the build folder */
	xmt_undo("rm -f /tmp/%sbin", xmt_prefix());
	xmt_must("cp %s /tmp/%sbin && chmod 755 /tmp/%sbin", nt_bin(), xmt_prefix(), xmt_prefix());
	for (int i = 0; i < 5; i++) {
		snprintf(what, sizeof(what), "nobody: %s", lines[i]);
		refusal_check(what, run_as_nobody(lines[i], "2>&1 >/dev/null"), 2, "root", NULL);
		snprintf(json, sizeof(json), "-j %s", lines[i]);
		code = run_as_nobody(json, "2>/dev/null");
		xmt_check(code == 2 && strstr(xmt_output(), "{\"error\":") == xmt_output(),
			  "nobody: %s: %s", json, xmt_output());
	}
	code = run_as_nobody("version", "") ?: run_as_nobody("help", "");
	xmt_check(!code, "nobody: version and help work");
	xmt_run("rm -f /tmp/%sbin", xmt_prefix());
	refusal_check_unchanged("nobody");
}

static void refuse_dead_pid(void)
{
	int code;

	refusal_make_net();
	refusal_save_state();
	/* a zombie has no namespace any more; no process has a PID that has just been freed */
	code = xmt_run("sh -c 'exit 0' & P=$!; wait $P; timeout 20 %s -n %s add x link p0 netns $P "
		       "2>&1 >/dev/null",
		       nt_bin(), refusal_net.host.name);
	refusal_check("netns of a dead process", code, 2, "netns", NULL);
	refusal_check_unchanged("netns of a dead process");
}

/*
 * With few descriptors a command fails or works. The error has the cause, and no advice that would
 * destroy something.
 */
static void refuse_few_descriptors(void)
{
	static const char *const lines[] = { "show e0",		  "show",
					     "set e0 host on",	  "detach p0",
					     "attach p0 xdp skb", "add x link p0" };
	static const char *const wrong[] = { "removes what is left", "move or remove",
					     "kernel lacks", "no such endpoint", "not made by" };
	unsigned int refused = 0, bad = 0;

	refusal_make_net();
	for (int n = 5; n <= 32; n++)
		for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
			int code = xmt_run(
				"exec 2>&1; cd /; ulimit -n %d; exec nsenter --net=/run/netns/%s "
				"%s %s",
				n, refusal_net.host.name, nt_bin(), lines[i]);
			const char *out = xmt_output();
			bool ok = !code || strstr(out, "Too many open files") ||
				  !strcmp(lines[i], "detach p0");

			refused += code != 0;
			for (size_t w = 0; w < sizeof(wrong) / sizeof(*wrong); w++)
				ok = ok && !strstr(out, wrong[w]);
			bad += !ok;
			if (!ok)
				xmt_fail("%d descriptors: %s: %d, \"%s\"", n, lines[i], code, out);
			if (!code && !strcmp(lines[i], "add x link p0"))
				nt_xm_must(&refusal_net.host, "del x");
		}
	xmt_check(!bad && refused, "5 to 32 descriptors: %u refusals have the cause", refused);
	nt_xm_must(&refusal_net.host, "set e0 host off");
	nt_xm_must(&refusal_net.host, "detach p0 force");
}

/* Other devices have the names of the next host ends */
static void refuse_names_of_host_ends(void)
{
	const char *host;
	unsigned int parent;
	int code;

	refusal_make_net();
	host = refusal_net.host.name;
	parent = xmt_ifindex(&refusal_net.host, "p0");
	xmt_must("ip -n %s link add xm%x-3 type bridge && ip -n %s link add d0 type bridge && "
		 "ip -n %s link property add dev d0 altname xm%x-4 && ip -n %s link add d1 type "
		 "veth "
		 "peer name d2 && ip -n %s link set d1 name xm%x-5",
		 host, parent, host, host, parent, host, host, parent);
	nt_xm_must(&refusal_net.host, "add x link p0 netns %s", refusal_net.peer[0].name);
	nt_xm_must(&refusal_net.host, "add y link p0 netns %s", refusal_net.peer[0].name);
	xmt_check(nt_exists(&refusal_net.host, "d2") && nt_exists(&refusal_net.host, "d0"),
		  "the other devices are there");
	code = xmt_run("ip -n %s -br link show type veth | grep -c '^xm%x-[67]@'", host, parent);
	xmt_check(!code && !strcmp(xmt_output(), "2"), "host ends have the next free names: %s",
		  xmt_output());
	xmt_must("ip -n %s link del xm%x-3 && ip -n %s link del d0 && ip -n %s link del d2", host,
		 parent, host, host);
	nt_xm_must(&refusal_net.host, "add z link p0 netns %s", refusal_net.peer[0].name);
	xmt_must("ip -n %s link show xm%x-3", host, parent);
	xmt_pass("a name that is free again is taken");
}

static const struct nt_case cases[] = {
	{ "command line", 120, refuse_command_lines },
	{ "no command", 20, refuse_no_command },
	{ "kernel and state", 120, refuse_by_state },
	{ "not root", 40, refuse_without_root },
	{ "dead pid", 40, refuse_dead_pid },
	{ "few descriptors", 300, refuse_few_descriptors },
	{ "names of host ends", 60, refuse_names_of_host_ends },
};

int main(int argc, char **argv)
{
	/* What the caller left open would count among the few descriptors */
	close_range(STDERR_FILENO + 1, ~0u, 0);
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
