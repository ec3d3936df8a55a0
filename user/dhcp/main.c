// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-dhcp: Docker's driver for addresses of the LAN's DHCP server (libnetwork's protocol),
 * and renewal of the leases of Docker's and podman's containers. It keeps nothing that the kernel
 * does not have: one that was killed goes on where it was.
 */
#include <errno.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "abi.h"
#include "base/caps.h"
#include "base/notify.h"
#include "dhcp/ipam_calls.h"
#include "dhcp/leases.h"
#include "net/netns.h"
#include "pins/pin_root.h"
#include "plugin/listener.h"
#include "plugin/program.h"
#include "plugin/server.h"

#define SOCKET "/run/docker/plugins/xmacvlan-dhcp.sock"
#define LOOK_S 1

/* Namespaces of containers are opened as the watcher does it */
#define SERVICE_CAPS XM_CAPS_WORK, XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAPS_FIND | XM_CAPS_DHCP

struct dhcp_options {
	const char *socket;
	unsigned int keep_s;
};

static struct dhcp_service service;

static void stop(int signal)
{
	(void)signal;
	service.stopped = true;
}

static void set_mask(sigset_t *ret)
{
	sigemptyset(ret);
	sigaddset(ret, SIGTERM);
	sigaddset(ret, SIGINT);
}

/* Blocked, but for the work and the waits of the main thread: the others inherit the mask */
static void handle_signals(void)
{
	struct sigaction action = { .sa_handler = stop, .sa_flags = SA_RESTART };
	sigset_t mask;

	set_mask(&mask);
	sigprocmask(SIG_BLOCK, &mask, NULL);
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	signal(SIGPIPE, SIG_IGN);
}

static int usage(FILE *to, int ret)
{
	fputs("Usage: xmacvlan-dhcp [--socket PATH] [--keep-unused SECONDS]\n"
	      "Addresses of the LAN's DHCP server for containers.\n"
	      "Docker: docker network create -d xmacvlan --ipam-driver xmacvlan-dhcp --ipam-opt "
	      "parent=eth0 ...\n"
	      "podman: renews the leases of networks of xmacvlan with --ipam-driver dhcp\n"
	      "Options, with their defaults:\n"
	      "  --socket " SOCKET "\n"
	      "  --keep-unused 300    how long a lease may be without an endpoint\n"
	      "  --version, --help\n"
	      "See xmacvlan-dhcp(8)\n",
	      to);
	return ret;
}

/* Returns -1 to go on, or the exit code */
static int read_options(int argc, char **argv, struct dhcp_options *ret)
{
	static const struct option options[] = { { "socket", required_argument, NULL, 's' },
						 { "keep-unused", required_argument, NULL, 'k' },
						 { "help", no_argument, NULL, 'h' },
						 { "version", no_argument, NULL, 'V' },
						 {} };
	int letter;

	opterr = 0;
	while ((letter = getopt_long(argc, argv, "hV", options, NULL)) != -1) {
		if (letter == 'h')
			return usage(stdout, 0);
		if (letter == 'V')
			return puts("xmacvlan-dhcp " XM_VERSION " (ABI " XM_ABI_TEXT ")") == EOF;
		if (letter == 's')
			ret->socket = optarg;
		else if (letter != 'k')
			return plugin_usage_error("unknown option, or one without its value,",
						  argv[optind - 1]);
		else if (!plugin_read_seconds(optarg, &ret->keep_s))
			return plugin_usage_error("no number of seconds from 1 to 86400:", optarg);
	}
	return optind < argc ? plugin_usage_error("unknown word", argv[optind]) : -1;
}

/* The bpffs was unmounted or is hidden by another mount: the service manager starts it again */
static int check_bpffs(int lock, struct xm_err *e)
{
	struct stat mine, now;

	if (!fstat(lock, &mine) && !stat(XM_BPFFS, &now) && mine.st_dev == now.st_dev)
		return 0;
	return xm_fail(e, ENODEV, XM_BPFFS " was unmounted");
}

static int renew_until_stopped(int lock, struct xm_err *e)
{
	const struct timespec wait = { .tv_sec = LOOK_S };
	struct known_leases leases = {};
	sigset_t none, mask;
	int err = 0;

	set_mask(&mask);
	sigemptyset(&none);
	while (!err && !service.stopped) {
		sigprocmask(SIG_UNBLOCK, &mask, NULL);
		leases_look(&leases, &service);
		sigprocmask(SIG_BLOCK, &mask, NULL);
		if (!service.stopped)
			ppoll(NULL, 0, &wait, &none);
		err = check_bpffs(lock, e);
	}
	free(leases.list);
	return err;
}

static void serve(int listener, int lock, struct xm_err *e)
{
	struct plugin_server server = { .find = dhcp_call_find, .data = &service };

	if (plugin_server_start(&server, listener, true, e))
		return;
	xm_notify_open();
	xm_notify_send("READY=1");
	renew_until_stopped(lock, e);
	service.stopped = true; /* also after an error: requests wait for servers */
	plugin_server_stop(&server);
}

static int run(const struct dhcp_options *options)
{
	struct plugin_listener listener;
	struct xm_err e = {};
	int lock;

	service.keep_ms = options->keep_s * 1000;
	lock = xm_netns_cookie(&service.netns);
	if (lock)
		xm_fail(&e, lock, "cannot identify the network namespace: %s", strerror(-lock));
	else
		lock = xm_daemon_lock(XM_DAEMON_DHCP, service.netns, &e);
	if (lock < 0)
		return plugin_print_error(&e);
	if (plugin_listener_open(options->socket, &listener, &e))
		return plugin_print_error(&e);
	if (listener.fd < 0)
		xm_fail(&e, EINVAL, "the service manager has to give the socket %s",
			options->socket);
	else if (xm_caps_drop(SERVICE_CAPS))
		xm_fail(&e, EPERM, "cannot drop privileges");
	else
		serve(listener.fd, lock, &e);
	plugin_listener_close(&listener);
	return e.exit_code ? plugin_print_error(&e) : 0;
}

int main(int argc, char **argv)
{
	struct dhcp_options options = { SOCKET, PLUGIN_KEEP_S };
	int ret = read_options(argc, argv, &options);

	if (ret >= 0)
		return ret;
	plugin_program_prepare();
	handle_signals();
	return run(&options);
}
