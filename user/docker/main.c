// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * xmacvlan-docker: a remote network driver for Docker (libnetwork's protocol). It keeps nothing
 * that the kernel does not have: a driver that was killed goes on where it was.
 */
#include "abi.h"
#include "base/caps.h"
#include "docker/driver.h"
#include "docker/publish.h"
#include "docker/serve.h"
#include "docker/tool.h"
#include "plugin/options.h"
#include "plugin/program.h"

#define SOCKET	  "/run/docker/plugins/xmacvlan.sock"
#define DATA_ROOT "/var/lib/docker"

struct docker_options {
	const char *data_root;
	unsigned int keep_s;
};

static const char usage[] =
	"Usage: xmacvlan-docker [--socket PATH] [--data-root DIR] [--keep-unjoined SECONDS]\n"
	"Network driver 'xmacvlan' for Docker: docker network create -d xmacvlan -o "
	"parent=eth0 ...\n"
	"Options, with their defaults:\n"
	"  --socket " SOCKET "\n"
	"  --data-root " DATA_ROOT "     of dockerd\n"
	"  --keep-unjoined 300             how long an endpoint may be in no container\n"
	"  --version, --help\n"
	"See xmacvlan-docker(8)\n";

static volatile bool stopped;

static void serve(int listener, void *data, struct xm_err *e)
{
	const struct docker_options *options = data;
	struct docker_driver driver = { .data_root = options->data_root, .may_publish = true };

	docker_unjoined_init(&driver.unjoined, options->keep_s * 1000);
	docker_publish_sweep(&driver);
	docker_serve(&driver, listener, &stopped, e);
	docker_unjoined_free(&driver.unjoined);
}

int main(int argc, char **argv)
{
	struct docker_options o = { DATA_ROOT, PLUGIN_KEEP_S };
	struct plugin_program program = {
		.socket = SOCKET,
		.effective = XM_CAPS_WORK,
		.keep = XM_CAPS_WORK | XM_CAPS_ENTER | XM_CAPS_FIND | DOCKER_CAPS_BIND |
			DOCKER_CAPS_TOOLS,
		.serve = serve,
		.data = &o,
	};
	const struct plugin_option options[] = { { "socket", .text = &program.socket },
						 { "data-root", .text = &o.data_root },
						 { "keep-unjoined", .seconds = &o.keep_s },
						 {} };
	int ret = plugin_read_options(argc, argv, options, usage,
				      "xmacvlan-docker " XM_VERSION " (ABI " XM_ABI_TEXT ")\n");

	if (ret >= 0)
		return ret;
	plugin_program_prepare();
	/* They come while the server waits, never between its look at `stopped` and the wait */
	plugin_stop_by_signals(&stopped, 0);
	docker_tool_prepare();
	return plugin_program_run(&program);
}
