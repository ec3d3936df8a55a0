// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-metrics, which `xmacvlan metrics` runs: prints the metrics once, or serves them. To
 * serve takes two processes: the collector keeps the capabilities and sees no octet of a client,
 * the server has the clients and no capability.
 */
#include <errno.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/caps.h"
#include "base/print.h"
#include "metrics/address.h"
#include "metrics/collect.h"
#include "metrics/collector.h"
#include "metrics/server.h"

/* Programs are opened by their ids */
#define COLLECTOR_CAPS XM_CAPS_WORK, XM_CAPS_WORK | XM_CAPS_XDP

static volatile sig_atomic_t stopped;
static int server_end = -1; /* the collector's end of the pair */

static int print_error(const struct xm_err *e)
{
	fprintf(stderr, "xmacvlan-metrics: %s\n", e->text);
	return e->exit_code;
}

static int print_once(enum xm_format format)
{
	struct xm_err e = {};
	size_t size;
	char *text;

	if (xm_metrics_collect(format, &text, &size, &e))
		return print_error(&e);
	if (fwrite(text, 1, size, stdout) != size || fflush(stdout))
		xm_fail(&e, errno, "cannot write the metrics: %s", strerror(errno));
	free(text);
	return e.exit_code ? print_error(&e) : 0;
}

/* recv() of the collector returns when its socket is shut down */
static void stop(int signal)
{
	(void)signal;
	stopped = 1;
	shutdown(server_end, SHUT_RDWR);
}

static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = stop };

	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
}

static int serve(int listener, int collector)
{
	struct xm_err e = {};

	signal(SIGTERM, SIG_DFL);
	signal(SIGHUP, SIG_DFL);
	signal(SIGINT, SIG_IGN); /* of a terminal: the collector ends both */
	return xm_server_run(listener, collector, &e) ? print_error(&e) : 0;
}

static int end_server(pid_t server)
{
	int status;

	while (waitpid(server, &status, 0) < 0)
		if (errno != EINTR)
			return XM_EXIT_STATE;
	if (stopped)
		return 0;
	return WIFEXITED(status) && WEXITSTATUS(status) ? WEXITSTATUS(status) : XM_EXIT_STATE;
}

static int run_both(int listener)
{
	int pair[2];
	pid_t server;

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair)) {
		fprintf(stderr, "xmacvlan-metrics: cannot make sockets: %s\n", strerror(errno));
		return XM_EXIT_STATE;
	}
	server_end = pair[0];
	handle_signals();
	server = fork();
	if (!server) {
		close(pair[0]);
		_exit(serve(listener, pair[1]));
	}
	close(listener);
	close(pair[1]);
	if (server < 0) {
		fprintf(stderr, "xmacvlan-metrics: cannot start the server: %s\n", strerror(errno));
		return XM_EXIT_STATE;
	}
	xm_caps_drop(COLLECTOR_CAPS);
	xm_collector_answer(server_end);
	close(server_end);
	return end_server(server);
}

static int listen_and_serve(const char *text)
{
	struct xm_address address;
	struct xm_err e = {};
	char *first;
	size_t size;
	int listener = -1, ret;

	/* What would be refused at the first request is refused now */
	if (!xm_address_parse(text, &address, &e) &&
	    !xm_metrics_collect(XM_FORMAT_TEXT, &first, &size, &e)) {
		free(first);
		listener = xm_address_listen(&address, text, &e);
	}
	if (listener < 0)
		return print_error(&e);
	ret = run_both(listener);
	xm_address_remove(&address);
	return ret;
}

static const char usage[] =
	"Usage: xmacvlan metrics [--format openmetrics|text] [--listen ADDR:PORT|unix:PATH]\n"
	"Prints the counters and states of the network namespace as metrics, or serves them\n"
	"at http://ADDR:PORT/metrics (without ADDR: 127.0.0.1); see xmacvlan-metrics(8)\n";

static bool read_format(const char *text, enum xm_format *ret)
{
	*ret = !strcmp(text, "text") ? XM_FORMAT_TEXT : XM_FORMAT_OPENMETRICS;
	return *ret == XM_FORMAT_TEXT || !strcmp(text, "openmetrics");
}

static int usage_error(const char *what, const char *word)
{
	fprintf(stderr, "xmacvlan-metrics: %s '%s': see 'xmacvlan metrics help'\n", what, word);
	return XM_EXIT_USAGE;
}

int main(int argc, char **argv)
{
	static const struct option options[] = { { "listen", required_argument, NULL, 'l' },
						 { "format", required_argument, NULL, 'f' },
						 { "help", no_argument, NULL, 'h' },
						 {} };
	enum xm_format format = XM_FORMAT_OPENMETRICS;
	const char *listener = NULL;
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "h", options, NULL)) != -1) {
		if (letter == 'h')
			return xm_print_text(usage);
		if (letter == 'l')
			listener = optarg;
		else if (letter != 'f')
			return usage_error("unknown option, or one without its value,",
					   argv[optind - 1]);
		else if (!read_format(optarg, &format))
			return usage_error("unknown format", optarg);
	}
	if (optind < argc)
		return usage_error("unknown word", argv[optind]);
	if (listener)
		return listen_and_serve(listener);
	xm_caps_drop(COLLECTOR_CAPS);
	return print_once(format);
}
