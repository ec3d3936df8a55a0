// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <net/if.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caps.h"
#include "cli/dhcp.h"
#include "net/netns.h"

#define UNIT_TEXT 300

#define UNIT_DEVICES "/proc/sys/net/ipv4/conf/" /* those of the namespace in which it is read */

struct dhcp_unit {
	char name[UNIT_TEXT], netns[PATH_MAX];
	bool restarts; /* netns leads to the namespace as long as that exists */
};

static void words_add(struct xm_word_list *to, const char *const *words)
{
	for (; *words; words++)
		xm_word_list_add(to, *words);
}

/* NAME=VALUE or NAME=VALUEMORE */
static void words_add_pair(struct xm_word_list *to, const char *name, const char *value,
			   const char *more)
{
	char *text;

	if (asprintf(&text, "%s=%s%s", name, value, more) < 0)
		xm_fatal("out of memory");
	xm_word_list_add(to, text);
	free(text);
}

/* A `$` begins a variable in a unit; two are one */
static void words_add_escaped(struct xm_word_list *to, const char *word)
{
	char *text = xm_need(malloc(2 * strlen(word) + 1)), *p = text;

	for (; *word; word++) {
		*p++ = *word;
		if (*word == '$')
			*p++ = '$';
	}
	*p = '\0';
	xm_word_list_add(to, text);
	free(text);
}

/* The client of a deleted endpoint of that name; there may be none */
static void unit_stop(const struct dhcp_unit *unit)
{
	const char *const stop[] = { "systemctl", "--quiet", "stop", unit->name, NULL };
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR | O_CLOEXEC);

		dup2(null, STDOUT_FILENO);
		dup2(null, STDERR_FILENO);
		execvp(stop[0], (char *const *)stop);
		_exit(127);
	}
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
}

/* Whether the client has failed, and systemd starts it again */
static bool unit_goes_on(const struct dhcp_unit *unit)
{
	const char *const show[] = { "systemctl", "show",     "--property=ActiveState",
				     "--value",	  unit->name, NULL };
	char state[sizeof("activating\n")] = "";
	int ends[2];
	ssize_t n;
	pid_t pid;

	if (!unit->restarts || pipe2(ends, O_CLOEXEC))
		return false;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		execvp(show[0], (char *const *)show);
		_exit(127);
	}
	close(ends[1]);
	n = pid > 0 ? read(ends[0], state, sizeof(state) - 1) : 0;
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	return n > 0 && !strncmp(state, "activating", strlen("activating"));
}

/* As systemd-escape(1): a name may have a `*`, which systemctl would take for a pattern */
static void unit_set_name(struct dhcp_unit *unit, const char *endpoint)
{
	size_t n = snprintf(unit->name, UNIT_TEXT, "xmacvlan-dhcp-");

	for (; *endpoint && n < UNIT_TEXT - sizeof("\\x00.service"); endpoint++) {
		bool plain = isalnum((unsigned char)*endpoint) || strchr(":-_.", *endpoint);

		n += snprintf(unit->name + n, UNIT_TEXT - n, plain ? "%c" : "\\x%02x",
			      (unsigned char)*endpoint);
	}
	snprintf(unit->name + n, UNIT_TEXT - n, ".service");
}

struct netns_search {
	ino_t ino;
	struct dhcp_unit *unit;
};

static int netns_take_mount(const char *path, ino_t ino, void *data)
{
	const struct netns_search *s = data;

	if (ino != s->ino)
		return 0;
	snprintf(s->unit->netns, sizeof(s->unit->netns), "%s", path);
	return 1;
}

static bool netns_is_initial(ino_t ino)
{
	xm_caps raised = xm_caps_raise(XM_CAPS_FIND);
	struct stat st;
	int err = stat("/proc/1/ns/net", &st);

	xm_caps_lower(raised);
	return !err && st.st_ino == ino;
}

/* This thread's namespace. systemd opens the path each time before the command runs. */
static void unit_set_netns(struct dhcp_unit *unit)
{
	struct netns_search search = { .unit = unit };
	struct stat st = {};

	snprintf(unit->netns, sizeof(unit->netns), "/proc/%d/ns/net", gettid());
	unit->restarts = false;
	if (stat("/proc/thread-self/ns/net", &st))
		return;
	search.ino = st.st_ino;
	if (netns_is_initial(st.st_ino))
		unit->restarts = netns_take_mount("/proc/1/ns/net", st.st_ino, &search);
	else
		unit->restarts = xm_netns_each_mount(netns_take_mount, &search);
}

/*
 * The condition is tried before each start. It is not in the sandbox (`+`): so what is wrong with
 * that is a failure of the client.
 */
static void unit_add_restarts(struct xm_word_list *to, const char *ifname)
{
	static const char *const restart[] = { "--property=Restart=on-failure",
					       "--property=RestartSec=10s",
					       "--property=StartLimitIntervalSec=0", NULL };
	char device[4 * IFNAMSIZ + 1];
	size_t n = 0;

	words_add(to, restart);
	for (; *ifname && n < sizeof(device) - 4; ifname++)
		n += snprintf(device + n, sizeof(device) - n,
			      isalnum((unsigned char)*ifname) ? "%c"
			      : *ifname == '$'		      ? "$$"
							      : "\\x%02x",
			      (unsigned char)*ifname);
	device[n] = '\0';
	words_add_pair(to, "--property=ExecCondition", "+/usr/bin/test -e " UNIT_DEVICES, device);
}

int xm_dhcp_unit_start(const struct xm_word_list *words, const char *endpoint, const char *ifname,
		       struct xm_err *e)
{
	static const char *const run[] = { "systemd-run", "--quiet", "--collect",
					   "--service-type=forking", NULL };
	struct xm_word_list all = {};
	struct dhcp_unit unit;
	int err;

	unit_set_name(&unit, endpoint);
	unit_set_netns(&unit);
	unit_stop(&unit);
	words_add(&all, run);
	words_add_pair(&all, "--unit", unit.name, "");
	words_add_pair(&all, "--description", "DHCP client of ", endpoint);
	words_add_pair(&all, "--property=NetworkNamespacePath", unit.netns, "");
	if (unit.restarts)
		unit_add_restarts(&all, ifname);
	xm_word_list_add(&all, "--");
	for (int i = 0; i < words->count; i++)
		words_add_escaped(&all, words->v[i]);
	err = xm_dhcp_run(&all, e);
	xm_word_list_free(&all);
	if (!err || !unit_goes_on(&unit))
		return err;
	*e = (struct xm_err){};
	fprintf(stderr,
		"xmacvlan: endpoint %s has no lease: its DHCP client failed, %s tries again\n",
		endpoint, unit.name);
	return 0;
}
