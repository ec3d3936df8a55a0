// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * A bpffs of mode 1777, which is the default of a mount: other users may put a link or a folder at
 * the place of the pins. Every command refuses it.
 */
#include <stdio.h>
#include <string.h>

#include "refusal.h"

#define ROOT   "/sys/fs/bpf/xmacvlan"
#define NOBODY "setpriv --reuid=65534 --regid=65534 --clear-groups "

static struct nt_net net;

static const struct row {
	const char *setup, *undo;
	const char *text, *too;
} rows[] = {
	{ NOBODY "ln -s /tmp/%s$$ " ROOT, "rm " ROOT, "symbolic link", "remove" },
	{ NOBODY "mkdir -m 777 /sys/fs/bpf/else && " NOBODY "ln -s else " ROOT,
	  "rm " ROOT " && rmdir /sys/fs/bpf/else", "symbolic link", NULL },
	{ NOBODY "ln -s /nowhere " ROOT, "rm " ROOT, "symbolic link", NULL },
	{ NOBODY "mkdir -m 777 " ROOT, "rmdir " ROOT, "user 65534", NULL },
	{ NOBODY "mkdir -m 700 " ROOT, "rmdir " ROOT, "user 65534", NULL },
	{ "mkdir " ROOT " && chmod 777 " ROOT, "rmdir " ROOT, "mode 0777", "chmod 700" },
	{ "mkdir " ROOT " && chmod 1777 " ROOT, "rmdir " ROOT, "mode 1777", "chmod 700" },
	{ "mkdir " ROOT " && chmod 770 " ROOT, "rmdir " ROOT, "mode 0770", "chmod 700" },
	{ "chmod 0777 /sys/fs/bpf", "chmod 1777 /sys/fs/bpf", "/sys/fs/bpf has mode 0777", NULL },
	{ "chown 65534 /sys/fs/bpf", "chown 0 /sys/fs/bpf", "/sys/fs/bpf belongs to user 65534",
	  NULL },
};

static void make_bpffs(void)
{
	nt_net(&net, 0, 0);
	xmt_must("chmod 1777 /sys/fs/bpf; rmdir " ROOT " 2>/dev/null; ls -A /sys/fs/bpf");
}

static void check_row(const struct row *row)
{
	static const char *const lines[] = { "add x link p0", "show", "attach p0",
					     "detach p0 force" };
	char setup[512], what[600];

	snprintf(setup, sizeof(setup), row->setup, xmt_prefix());
	xmt_must("%s", setup);
	for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
		int code = xmt_run("timeout 20 %s -n %s %s 2>&1 >/dev/null", nt_bin(),
				   net.host.name, lines[i]);

		snprintf(what, sizeof(what), "%s: %s", setup, lines[i]);
		refusal_check(what, code, 2, row->text, row->too);
	}
	xmt_check(xmt_run("ls -A /sys/fs/bpf/else " ROOT "/ 2>/dev/null | grep -v : | grep .") &&
			  !nt_exists(&net.host, "x"),
		  "%s: nothing was made: %s", setup, xmt_output());
	xmt_must("%s", row->undo);
}

static void places_of_others(void)
{
	make_bpffs();
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
		check_row(&rows[i]);
}

static void own_place(void)
{
	make_bpffs();
	nt_xm_must(&net.host, "add x link p0");
	xmt_must("stat -c %%a:%%u " ROOT);
	xmt_check(!strcmp(xmt_output(), "700:0"), "mode 1777: the folder is %s", xmt_output());
	xmt_check(xmt_run(NOBODY "mv " ROOT " /sys/fs/bpf/y"), "mode 1777: nobody cannot move it");
	nt_xm_must(&net.host, "show x");
	nt_xm_must(&net.host, "del x");
}

static const struct nt_case cases[] = {
	{ "places of others", 120, places_of_others },
	{ "own place", 60, own_place },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(cases[0]));
}
