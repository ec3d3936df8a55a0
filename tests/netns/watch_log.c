// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The log of xmacvland: no reader of it stops the watcher; what its lines say, and how many. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pkt.h"
#include "watcher_fixture.h"

static void make_pair_without_watcher(void)
{
	watcher_make_net(3);
	watcher_add_endpoint("e0", 0, "address " M_E0);
	watcher_add_endpoint("e1", 1, "address " M_E1);
	nt_wait_operstate(&watcher.net.host);
	watcher_add_receiver("e0", &watcher.net.peer[0]);
	watcher_add_receiver("e1", &watcher.net.peer[1]);
}

/* Each change is a line */
static void check_follows(const char *what)
{
	xmt_must("ip -n %s link set e0 address " M_NEW, watcher.net.peer[0].name);
	watcher_check_reach(what, M_NEW, 1 << E0);
	xmt_must("ip -n %s link set e0 address " M_E0, watcher.net.peer[0].name);
	watcher_check_reach(what, M_E0, 1 << E0);
	xmt_must("ip -n %s link set w0 down", watcher.net.wire.name);
	watcher_check_carrier(what, 0, "e0", false);
	xmt_must("ip -n %s link set w0 up", watcher.net.wire.name);
	watcher_check_carrier(what, 0, "e0", true);
}

/* Writes to the pipe until it takes nothing, by a descriptor of its own */
static void fill_pipe(int fd)
{
	char path[40], text[4096];
	int own;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	own = open(path, O_WRONLY | O_NONBLOCK | O_CLOEXEC);
	memset(text, '-', sizeof(text));
	while (write(own, text, sizeof(text)) > 0)
		;
	xmt_check(errno == EAGAIN, "the pipe is full");
	close(own);
}

static bool text_comes(int fd, const char *text)
{
	static char seen[1 << 20];
	uint64_t end = nt_now_ms() + 2000 * xmt_slow();
	size_t used = 0;

	fcntl(fd, F_SETFL, O_NONBLOCK);
	while (nt_now_ms() < end) {
		ssize_t n = read(fd, seen + used, sizeof(seen) - 1 - used);

		used += n > 0 ? n : 0;
		seen[used] = '\0';
		if (strstr(seen, text))
			return true;
		usleep(5000);
	}
	return false;
}

static void log_to_full_pipe(void)
{
	int fds[2];

	make_pair_without_watcher();
	xmt_check(!pipe2(fds, O_CLOEXEC), "a pipe");
	fill_pipe(fds[1]);
	daemon_start_with_stderr(fds[1]);
	check_follows("standard error is a pipe that nobody reads");
	xmt_check(!(fcntl(fds[1], F_GETFL) & O_NONBLOCK),
		  "the pipe's other writers may sleep as before");
	xmt_check(text_comes(fds[0], "has started"), "somebody reads: the lines come");
	fill_pipe(fds[1]);
	check_follows("the pipe is full again");
	daemon_end(SIGTERM);
	close(fds[0]);
	close(fds[1]);
}

/* More lines than the watcher keeps, while nobody reads */
static void log_loses_lines(void)
{
	int fds[2], i;

	make_pair_without_watcher();
	xmt_check(!pipe2(fds, O_CLOEXEC), "a pipe");
	fill_pipe(fds[1]);
	daemon_start_with_stderr(fds[1]);
	check_follows("before the lines");
	for (i = 0; i < 600; i++) {
		daemon_signal(SIGHUP);
		usleep(500);
	}
	check_follows("after many lines");
	xmt_check(text_comes(fds[0], "the log lost "), "the number of lost lines is logged");
	check_follows("after the loss");
	xmt_check(text_comes(fds[0], "carrier lost"), "later lines come");
	daemon_end(SIGTERM);
}

static void log_without_reader(void)
{
	int fds[2];

	make_pair_without_watcher();
	xmt_check(!pipe2(fds, O_CLOEXEC), "a pipe");
	close(fds[0]);
	daemon_start_with_stderr(fds[1]);
	check_follows("the reader of standard error has gone");
	daemon_end(SIGTERM);
	daemon_start_with_stderr(-1);
	check_follows("standard error is closed");
	daemon_end(SIGTERM);
	xmt_check(!socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), "a socket");
	close(fds[0]);
	daemon_start_with_stderr(fds[1]);
	check_follows("the reader of the socket has gone");
	daemon_end(SIGTERM);
}

static const struct nt_case cases[] = {
	{ "full-pipe", 60, log_to_full_pipe },
	{ "lost-lines", 60, log_loses_lines },
	{ "no-reader", 60, log_without_reader },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
