// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The log of xmacvland: a slow reader does not stop the watcher; the form and the number of its
 * lines
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pkt.h"
#include "watcher_fixture.h"

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

/* Fills the pipe, by a descriptor of its own */
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

	watcher_make_pair_only();
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

	watcher_make_pair_only();
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

	watcher_make_pair_only();
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

/* Each line begins with namespace and parent, except those about the watcher itself */
static void log_names_subjects(void)
{
	unsigned int lines, named, own;
	char about[80], text[160];

	watcher_make_pair();
	snprintf(about, sizeof(about), "xmacvland: netns %s: p0: ", watcher.net.host.name);
	check_follows("a line");
	xmt_must("ip -n %s link set e1 mtu 1400", watcher.net.peer[1].name);
	xmt_must("ip -n %s link set e1 netns %s", watcher.net.peer[1].name,
		 watcher.net.peer[2].name);
	snprintf(text, sizeof(text), "%se1: was moved to netns %s", about,
		 watcher.net.peer[2].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, text),
		  "the line of a move has both namespaces");
	xmt_must("ip -n %s link del e1", watcher.net.peer[2].name);
	snprintf(text, sizeof(text), "%se1: was removed", about);
	xmt_check(daemon_within_a_second(daemon_has_logged, text),
		  "the line of an endpoint has its parent");
	nt_xm_must(&watcher.net.host, "del e0");
	snprintf(text, sizeof(text), "%sstopped watching", about);
	xmt_check(daemon_within_a_second(daemon_has_logged, text), "the last line of p0");
	daemon_end(SIGTERM);
	lines = daemon_count_lines("xmacvland: ");
	named = daemon_count_lines(about);
	own = daemon_count_lines(" has started") + daemon_count_lines(": stopped;");
	xmt_check(named + own == lines && named > 7 && own == 2,
		  "%u of %u lines have namespace and parent", named, lines - own);
}

/* root in a container may give its device any name */
static void log_is_plain_text(void)
{
	watcher_make_pair();
	xmt_must("ip -n %s link set p0 down", watcher.net.host.name);
	xmt_must("ip -n %s link set p0 name \"$(printf 'p\\033[31mX')\" up", watcher.net.host.name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "was renamed to p?[31mX"),
		  "a name with an escape sequence is logged as plain text");
	xmt_check(!daemon_has_logged("\033"), "no line has an escape sequence");
}

/* Of the lines that a container causes few are printed; the others are counted */
static void log_is_bounded(void)
{
	unsigned int lines;

	watcher_make_pair();
	for (int i = 0; i < 100; i++) {
		xmt_must("ip -n %s link set e0 address 02:00:00:00:01:%02x",
			 watcher.net.peer[0].name, i);
		usleep(20000);
	}
	watcher_check_reach("after 100 changes", "02:00:00:00:01:63", 1 << E0);
	lines = daemon_count_lines("p0: e0: ");
	xmt_check(lines >= 5 && lines <= 20, "100 changes of a MAC are 5 to 20 lines: %u", lines);
	xmt_must("ip -n %s link set e1 address " M_NEW, watcher.net.peer[1].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: e1: address " M_NEW),
		  "the lines of another endpoint come");
	for (int i = 0; i < 120 && !daemon_has_logged(" more lines in 10 s"); i++)
		usleep(100000);
	xmt_check(daemon_count_lines(" more lines in 10 s") == 1,
		  "the number of the other lines is logged");
	xmt_must("ip -n %s link set e0 address " M_E0, watcher.net.peer[0].name);
	xmt_check(daemon_within_a_second(daemon_has_logged, "p0: e0: address " M_E0),
		  "later lines come");
}

static const struct nt_case cases[] = {
	{ "subjects", 40, log_names_subjects }, { "plain-text", 20, log_is_plain_text },
	{ "bounded", 60, log_is_bounded },	{ "full-pipe", 60, log_to_full_pipe },
	{ "lost-lines", 60, log_loses_lines },	{ "no-reader", 60, log_without_reader },
};

int main(int argc, char **argv)
{
	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
