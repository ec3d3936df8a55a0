// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-docker: a remote network driver for Docker (libnetwork's protocol). It keeps nothing
 * that the kernel does not have: a driver that was killed goes on where it was.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>

#include "abi.h"
#include "base/caps.h"
#include "docker/driver.h"
#include "docker/publish.h"
#include "docker/serve.h"
#include "docker/tool.h"
#include "plugin/listener.h"
#include "plugin/program.h"

#define SOCKET	  "/run/docker/plugins/xmacvlan.sock"
#define DATA_ROOT "/var/lib/docker"

#define DRIVER_CAPS                                                                                \
	XM_CAPS_WORK,                                                                              \
		XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAPS_FIND | DOCKER_CAPS_BIND | DOCKER_CAPS_TOOLS

struct docker_options {
	const char *socket, *data_root;
	unsigned int keep_s;
};

static volatile bool stopped;

static void stop(int signal)
{
	(void)signal;
	stopped = true;
}

/* They come while the server waits (ppoll()), never between its look at `stopped` and the wait */
static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = stop };
	sigset_t blocked;

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGTERM);
	sigaddset(&blocked, SIGINT);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int usage(FILE *to, int ret)
{
	fputs("Usage: xmacvlan-docker [--socket PATH] [--data-root DIR] [--keep-unjoined SECONDS]\n"
	      "Network driver 'xmacvlan' for Docker: docker network create -d xmacvlan -o "
	      "parent=eth0 ...\n"
	      "Options, with their defaults:\n"
	      "  --socket " SOCKET "\n"
	      "  --data-root " DATA_ROOT "     of dockerd\n"
	      "  --keep-unjoined 300             how long an endpoint may be in no container\n"
	      "  --version, --help\n"
	      "See xmacvlan-docker(8)\n",
	      to);
	return ret;
}

/* Returns -1 to go on, or the exit code */
static int read_options(int argc, char **argv, struct docker_options *ret)
{
	static const struct option options[] = { { "socket", required_argument, NULL, 's' },
						 { "data-root", required_argument, NULL, 'd' },
						 { "keep-unjoined", required_argument, NULL, 'k' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 {} };
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		if (letter == 'h')
			return usage(stdout, 0);
		if (letter == 'V')
			return puts("xmacvlan-docker " XM_VERSION " (ABI " XM_ABI_TEXT ")") == EOF;
		if (letter == 's')
			ret->socket = optarg;
		else if (letter == 'd')
			ret->data_root = optarg;
		else if (letter != 'k')
			return plugin_usage_error("unknown option, or one without its value,",
						  argv[optind - 1]);
		else if (!plugin_read_seconds(optarg, &ret->keep_s))
			return plugin_usage_error("no number of seconds from 1 to 86400:", optarg);
	}
	return optind < argc ? plugin_usage_error("unknown word", argv[optind]) : -1;
}

static void serve(const struct docker_options *options, int listener, struct xm_err *e)
{
	struct docker_driver driver = { .data_root = options->data_root, .may_publish = true };

	docker_unjoined_init(&driver.unjoined, options->keep_s * 1000);
	docker_publish_sweep(&driver);
	docker_serve(&driver, listener, &stopped, e);
	docker_unjoined_free(&driver.unjoined);
}

static int run(const struct docker_options *options)
{
	struct plugin_listener listener;
	struct xm_err e = {};

	if (plugin_listener_open(options->socket, &listener, &e))
		return plugin_print_error(&e);
	if (listener.fd < 0)
		xm_fail(&e, EINVAL, "the service manager has to give the socket %s",
			options->socket);
	else if (xm_caps_drop(DRIVER_CAPS))
		xm_fail(&e, EPERM, "cannot drop privileges");
	else
		serve(options, listener.fd, &e);
	plugin_listener_close(&listener);
	return e.exit_code ? plugin_print_error(&e) : 0;
}

int main(int argc, char **argv)
{
	struct docker_options options = { SOCKET, DATA_ROOT, PLUGIN_KEEP_S };
	int ret = read_options(argc, argv, &options);

	if (ret >= 0)
		return ret;
	plugin_program_prepare();
	handle_signals();
	docker_tool_prepare();
	return run(&options);
}
