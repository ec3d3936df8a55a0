// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/clock.h"
#include "docker/moves.h"
#include "engine/engine.h"
#include "net/link.h"
#include "net/link_events.h"
#include "net/link_parse.h"

int docker_moves_open(struct docker_moves *m, struct xm_err *e)
{
	/* What moved while no driver ran is followed at once */
	*m = (struct docker_moves){ .fd = xm_link_events_open(true), .due_ms = xm_now_ms() };
	return m->fd < 0 ? xm_fail(e, m->fd, "cannot listen to rtnetlink: %s", strerror(-m->fd))
			 : 0;
}

void docker_moves_close(struct docker_moves *m)
{
	if (m->fd >= 0)
		close(m->fd);
}

/* The driver names devices "d" and 14 characters */
static bool moves_is_ours(const struct nlmsghdr *nlh)
{
	struct xm_link link;

	if (nlh->nlmsg_type != RTM_DELLINK)
		return false;
	xm_link_parse(nlh, &link);
	return link.moved_ifindex && link.name[0] == 'd' && strlen(link.name) == XM_NAME_LEN - 1;
}

void docker_moves_take(struct docker_moves *m)
{
	char datagram[16384] __attribute__((aligned(8)));
	const struct nlmsghdr *nlh;
	bool moved = false;
	ssize_t n;
	int len;

	/* ENOBUFS: the kernel has left some out */
	while ((n = recv(m->fd, datagram, sizeof(datagram), 0)) > 0 || errno == ENOBUFS) {
		moved |= n < 0;
		len = n;
		for (nlh = (const void *)datagram; n > 0 && xm_nlmsg_ok(nlh, len);
		     nlh = xm_nlmsg_next(nlh, &len))
			moved |= moves_is_ours(nlh);
	}
	if (moved)
		docker_moves_schedule(m, xm_now_ms());
}

void docker_moves_follow(struct docker_moves *m)
{
	const struct xm_engine_options options = { .wait.ms = 0 };
	struct xm_engine *engine;
	int err = xm_engine_open(&options, &engine, NULL);

	m->due_ms = 0;
	if (err)
		return;
	err = xm_engine_sync(engine, NULL, NULL);
	xm_engine_close(engine);
	if (err == -ETIMEDOUT)
		docker_moves_put_off(m, xm_now_ms());
}
