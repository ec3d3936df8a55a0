// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The ends of `trace`: it is killed, its endpoint is deleted, nobody reads what it writes. Frames
 * go where they went, those that it could not write are counted, and the reports end.
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "daemon.h"
#include "flood.h"
#include "trace_fixture.h"

#define FRAMES	20000 /* more than ring, output and pipe hold */
#define AHEAD_S 3 /* XM_LISTEN_AHEAD_NS */

static void make_pair(void)
{
	trace_make_net(2);
	trace_add(0, "address " M_E(0));
	trace_add(1, "address " M_E(1));
}

static bool is_off(const void *arg)
{
	(void)arg;
	return !trace_is_on();
}

static bool shows(const char *text)
{
	nt_xm_must(&trace.net.host, "show p0");
	return strstr(xmt_output(), text) != NULL;
}

/* A killed trace, two at once, an upgrade, the deletion of the endpoint, detach */
static void commands(void)
{
	static const char stale[] = "stale: a trace was killed, the programs still report frames";

	make_pair();
	trace_start("killed", "", "e0");
	trace_start("other", "", "p0");
	xmt_check(!shows("stale"), "while a trace runs nothing is stale: %s", xmt_output());
	trace_end("killed", "KILL");
	nt_xm_must(&trace.net.host, "upgrade");
	probe_send(trace.senders[TRACE_WIRE], M_E(1), NT_WIRE_MAC, probe_next());
	sleep(AHEAD_S + 1);
	nt_xm_must(&trace.net.host, "sync");
	xmt_check(trace_is_on() && !shows("stale"), "one of two is killed: the other one goes on");
	trace_end("other", "KILL");
	sleep(AHEAD_S + 1);
	xmt_check(trace_is_on() && shows(stale), "killed: show says so: %s", xmt_output());
	nt_xm_must(&trace.net.host, "sync");
	xmt_check(!trace_is_on() && !shows("stale"), "killed: the next command ends the reports");
	trace_start("deleted", "", "e1");
	nt_xm_must(&trace.net.host, "del e1");
	trace_check_ended("deleted", "xmacvlan: e1 was deleted: the trace ends");
	xmt_check(!trace_is_on(), "deleted: nothing is left");
	trace_start("detached", "", "p0");
	nt_xm_must(&trace.net.host, "detach p0 force");
	trace_check_ended("detached", "xmacvlan: p0 is no longer attached: the trace ends");
	trace_end_net();
}

static void watcher(void)
{
	make_pair();
	daemon_start();
	trace_start("killed", "", "e0");
	sleep(3); /* it checks every two seconds */
	xmt_check(trace_is_on(), "the watcher lets a trace run");
	trace_end("killed", "KILL");
	sleep(AHEAD_S);
	xmt_check(daemon_within_a_second(is_off, NULL) || daemon_within_a_second(is_off, NULL),
		  "a trace is killed: the watcher ends the reports");
	xmt_check(!shows("stale"), "nothing is stale: %s", xmt_output());
	daemon_end(SIGTERM);
	trace_end_net();
}

/* A pipe that nobody reads, for the output of trace NAME. Returns the reader's end. */
static int pipe_open(const char *name)
{
	char path[64];
	int fd;

	snprintf(path, sizeof(path), "%s/%s", trace.dir, name);
	if (mkfifo(path, 0600))
		xmt_die("mkfifo");
	fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0 || fcntl(fd, F_SETPIPE_SZ, 4096) < 0)
		xmt_die("fifo");
	return fd;
}

/* Sends them from the wire to e0, on this CPU alone. Returns the time, in ms. */
static uint64_t send_frames(unsigned int n)
{
	const uint64_t begin = nt_now_ms();

	while (n--)
		probe_send(trace.senders[TRACE_WIRE], M_E(0), NT_WIRE_MAC, 1);
	return nt_now_ms() - begin;
}

struct counted {
	long long frames, lost;
};

static void count_line(const char *line, struct counted *c)
{
	json_t *object = json_loads(line, 0, NULL);

	c->lost += json_integer_value(json_object_get(object, "lost"));
	c->frames += json_object_get(object, "verdict") != NULL;
	json_decref(object);
}

/* Counts the whole lines of the text, and moves the rest to its begin. Returns its length. */
static size_t count_lines(char *text, struct counted *c)
{
	char *line = text, *end;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		*end = '\0';
		count_line(line, c);
	}
	memmove(text, line, strlen(line) + 1);
	return strlen(text);
}

/*
 * Reads until the lines tell of `sent` frames and one more, or none comes for three seconds. The
 * kernel tells of losses with the next report: the one more is sent when nothing comes.
 */
static void read_all(int fd, long long sent, struct counted *c)
{
	uint64_t heard = nt_now_ms();
	bool more = false;
	char text[4096];
	size_t len = 0;

	while (c->frames + c->lost < sent + 1 && nt_now_ms() < heard + 3000 * xmt_slow()) {
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);

		if (n > 0) {
			heard = nt_now_ms();
			text[len + n] = '\0';
			len = count_lines(text, c);
			continue;
		}
		if (!more && nt_now_ms() > heard + 300) {
			send_frames(1);
			more = true;
		}
		usleep(300);
	}
}

/* Frames arrive as before, and each is told of or counted as lost */
static void reader_stops(void)
{
	struct counted c = {};
	struct flood_tap tap;
	uint64_t ms, begin;
	int fd;

	nt_one_cpu();
	make_pair();
	flood_tap_open(&tap, &trace.net.peer[0], "e0");
	fd = pipe_open("stopped");
	trace_start("stopped", "-j", "p0");
	send_frames(FRAMES); /* now everything is full */
	usleep(200000);
	ms = send_frames(FRAMES);
	xmt_check(ms < nt_busy_limit_ms(2000), "not read: %d frames are sent in %d ms", FRAMES,
		  (int)ms);
	begin = nt_now_ms();
	nt_xm_must(&trace.net.host, "set e1 mode vepa");
	xmt_check(nt_now_ms() < begin + nt_busy_limit_ms(1000), "not read: a command takes %d ms",
		  (int)(nt_now_ms() - begin));
	read_all(fd, 2 * FRAMES, &c);
	flood_taps_wait_quiet(&tap, 1);
	xmt_check(tap.got == 2 * FRAMES + 1, "not read: each frame arrives (%llu)", tap.got);
	xmt_check(c.lost > 0 && c.frames + c.lost == 2 * FRAMES + 1,
		  "read again: %lld lines and %lld lost of %d frames", c.frames, c.lost,
		  2 * FRAMES + 1);
	xmt_check(!*trace_end("stopped", "TERM"), "it ends without a line");
	close(fd);
	trace_end_net();
}

/* A reader that has gone, and one that never reads again */
static void reader_goes(void)
{
	int fd;

	make_pair();
	fd = pipe_open("gone");
	trace_start("gone", "", "p0");
	close(fd);
	send_frames(1);
	trace_check_ended("gone", "");
	xmt_check(!trace_is_on(), "the reader has gone: nothing is left");
	fd = pipe_open("stalled");
	trace_start("stalled", "", "p0");
	send_frames(FRAMES / 10); /* more than the pipe holds */
	sleep(5);
	xmt_check(trace_is_on(), "not read for five seconds: it goes on");
	trace_check_ended("stalled", "xmacvlan: nobody has read the output for 10 s");
	xmt_check(!trace_is_on(), "not read: nothing is left");
	close(fd);
	trace_end_net();
}

int main(int argc, char **argv)
{
	static const struct nt_case cases[] = {
		{ "commands", 90, commands },
		{ "watcher", 60, watcher },
		{ "reader stops", 60, reader_stops },
		{ "reader goes", 60, reader_goes },
	};

	nt_main(argc, argv, cases, sizeof(cases) / sizeof(*cases));
}
