// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Many calls of the CNI plugin at once. See plugin_calls.h. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "plugin_calls.h"
#include "plugin.h"

#define LIMIT_US 120000000ull

static uint64_t now_us(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000ull + ts.tv_nsec / 1000;
}

char *plugin_calls_conf(const char *fmt, ...)
{
	va_list ap;
	char *text;

	va_start(ap, fmt);
	if (vasprintf(&text, fmt, ap) < 0)
		xmt_die("out of memory");
	va_end(ap);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	return text;
}

static int config_open(const struct plugin_process *c)
{
	int fd = memfd_create("config", MFD_CLOEXEC);
	ssize_t len = strlen(c->conf);

	if (fd < 0 || pwrite(fd, c->conf, len, 0) != len)
		xmt_die("cannot write a configuration: %s", strerror(errno));
	return fd;
}

static void set_environment(const struct plugin_process *c)
{
	char netns[64] = "", path[128];

	if (c->ns)
		snprintf(netns, sizeof(netns), "/run/netns/%s", c->ns->name);
	snprintf(path, sizeof(path), "%s/bin:%s", plugin_dir(), PLUGIN_DEBIAN);
	setenv("CNI_COMMAND", c->command, 1);
	setenv("CNI_CONTAINERID", c->container, 1);
	setenv("CNI_NETNS", netns, 1);
	setenv("CNI_IFNAME", "eth0", 1);
	setenv("CNI_PATH", path, 1);
}

/* The plugin and all processes that it starts share the stderr pipe; its end is the end of all. */
static void process_start(struct plugin_process *c, const struct xmt_ns *host)
{
	int in = config_open(c), err[2];

	c->out = memfd_create("stdout", MFD_CLOEXEC);
	if (c->out < 0 || pipe2(err, O_CLOEXEC))
		xmt_die("cannot start a call: %s", strerror(errno));
	fflush(NULL);
	c->started = now_us();
	c->pid = fork();
	if (c->pid < 0)
		xmt_die("fork: %s", strerror(errno));
	if (!c->pid) {
		xmt_ns_enter(host);
		set_environment(c);
		if (dup2(in, 0) < 0 || dup2(c->out, 1) < 0 || dup2(err[1], 2) < 0)
			_exit(126);
		execl(plugin_bin(), plugin_bin(), NULL);
		_exit(127);
	}
	close(in);
	close(err[1]);
	c->err = err[0];
	fcntl(c->err, F_SETFL, O_NONBLOCK);
}

static bool process_stderr_closed(struct plugin_process *c)
{
	size_t have = strlen(c->message);
	char text[256];
	ssize_t n = read(c->err, text, sizeof(text));

	if (n > 0 && have + n < sizeof(c->message))
		memcpy(c->message + have, text, n);
	return !n;
}

static void process_check_output(struct plugin_process *c)
{
	json_error_t why;
	bool empty = !lseek(c->out, 0, SEEK_END);

	lseek(c->out, 0, SEEK_SET);
	c->doc = json_loadfd(c->out, 0, &why);
	if (c->killed)
		return;
	if (!empty && !json_is_object(c->doc))
		xmt_fail("%s %s: stdout is not one JSON object: %s", c->command, c->container,
			 why.text);
	if (c->code && (!plugin_calls_code(c) || !plugin_calls_msg(c)[0]))
		xmt_fail("%s %s: exit code %d without an error: %s", c->command, c->container,
			 c->code, c->message);
	if (!c->code &&
	    (plugin_calls_code(c) || c->message[0] || empty == !strcmp(c->command, "ADD")))
		xmt_fail("%s %s: exit code 0, but stderr is '%s' and stdout has %s", c->command,
			 c->container, c->message, empty ? "nothing" : "something");
}

/* Kills the call at its time, if it has one. Returns whether the call has ended. */
static bool process_poll(struct plugin_process *c)
{
	int status;

	if (c->kill_after && now_us() > c->started + c->kill_after) {
		kill(c->pid, SIGKILL);
		c->kill_after = 0;
	}
	if (!process_stderr_closed(c) || waitpid(c->pid, &status, WNOHANG) != c->pid)
		return false;
	c->pid = 0;
	c->killed = WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL;
	c->code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
	process_check_output(c);
	close(c->out);
	close(c->err);
	return true;
}

uint64_t plugin_calls_run(struct plugin_process *calls, unsigned int n, unsigned int at_once,
			  const struct xmt_ns *host)
{
	uint64_t begin = now_us();
	unsigned int started = 0, running = 0;

	while (started < n || running) {
		for (; started < n && running < at_once; running++)
			process_start(&calls[started++], host);
		for (unsigned int i = 0; i < started; i++)
			running -= calls[i].pid && process_poll(&calls[i]);
		if (now_us() > begin + LIMIT_US * xmt_slow())
			xmt_die("deadlock: %u of %u calls have not ended", n - started + running,
				n);
		usleep(300);
	}
	return (now_us() - begin) / 1000;
}

void plugin_calls_free(struct plugin_process *calls, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		free(calls[i].conf);
		json_decref(calls[i].doc);
		calls[i] = (struct plugin_process){};
	}
}

int plugin_calls_code(const struct plugin_process *c)
{
	return json_integer_value(json_object_get(c->doc, "code"));
}

const char *plugin_calls_msg(const struct plugin_process *c)
{
	return json_string_value(json_object_get(c->doc, "msg")) ?: "";
}
