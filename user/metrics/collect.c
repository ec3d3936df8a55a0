// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "engine/engine.h"
#include "metrics/collect.h"
#include "metrics/families.h"
#include "metrics/state.h"
#include "net/netns.h"
#include "pins/pin_root.h"

/* Takes the name of the current namespace from its mount in /run/netns */
static int take_netns_name(const char *path, ino_t ino, void *data)
{
	struct xm_collection *c = data;
	size_t dir = strlen(XM_NETNS_DIR "/");
	struct stat self;

	if (strncmp(path, XM_NETNS_DIR "/", dir) || stat("/proc/thread-self/ns/net", &self) ||
	    self.st_ino != ino)
		return 0;
	snprintf(c->netns, sizeof(c->netns), "%s", path + dir);
	return 1;
}

static int take_snapshot(struct xm_collection *c, struct xm_err *e)
{
	const struct xm_snapshot_request request = { .stats = true, .usage = true };
	int err = xm_snapshot_take(&request, &c->snapshot, e);

	if (err)
		return err;
	c->watcher = xm_daemon_is_running(XM_DAEMON_WATCHER, 0);
	c->now_ms = time(NULL) * INT64_C(1000);
	xm_netns_each_mount(take_netns_name, c);
	return 0;
}

/* Returns 0 or -ENOMEM */
static int write_text(const struct xm_collection *c, enum xm_format format, char **ret,
		      size_t *size)
{
	FILE *to = open_memstream(ret, size);
	int err = 0;

	if (!to)
		return -ENOMEM;
	if (format == XM_FORMAT_STATE)
		err = xm_state_write(c, to);
	else
		xm_families_write(c, format, to);
	if (!fclose(to) && !err)
		return 0;
	free(*ret);
	return -ENOMEM;
}

int xm_metrics_collect(enum xm_format format, char **ret, size_t *size, struct xm_err *e)
{
	struct xm_collection c = {};
	int err = take_snapshot(&c, e);

	if (!err && write_text(&c, format, ret, size))
		err = xm_fail(e, ENOMEM, "out of memory");
	if (err)
		*ret = NULL;
	xm_snapshot_free(&c.snapshot);
	return err;
}
