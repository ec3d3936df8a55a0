// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>

#include "base/json_memory.h"
#include "plugin/listener.h"
#include "plugin/program.h"

void plugin_program_prepare(void)
{
	umask(077);
	xm_json_need_memory();
}

static volatile bool *stopped;

static void stop(int signal)
{
	(void)signal;
	*stopped = true;
}

void plugin_stop_signals(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
}

void plugin_stop_by_signals(volatile bool *stop_flag, int flags)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = flags };
	sigset_t mask;

	stopped = stop_flag;
	plugin_stop_signals(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

int plugin_program_run(const struct plugin_program *p)
{
	struct plugin_listener listener;
	struct xm_err e = {};

	if (plugin_listener_open(p->socket, &listener, &e))
		return plugin_print_error(&e);
	if (listener.fd < 0)
		xm_fail(&e, EINVAL, "the service manager has to give the socket %s", p->socket);
	else if (xm_caps_drop(p->effective, p->keep))
		xm_fail(&e, EPERM, "cannot drop privileges");
	else
		p->serve(listener.fd, p->data, &e);
	plugin_listener_close(&listener);
	return e.exit_code ? plugin_print_error(&e) : 0;
}

int plugin_print_error(const struct xm_err *e)
{
	fprintf(stderr, "%s: %s\n", program_invocation_short_name, e->text);
	return e->exit_code;
}
