// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* `xmacvlan -j monitor` under test. See monitor_fixture.h. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "monitor_fixture.h"

#define WITHIN_MS 3000

static void exec_monitor(const struct monitor_run *m, const struct xmt_ns *ns, const char *args,
			 int out)
{
	char line[512];

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	dup2(out, STDOUT_FILENO);
	dup2(m->messages, STDERR_FILENO);
	snprintf(line, sizeof(line), "exec %s -j -n %s monitor %s", nt_bin(), ns->name, args);
	execl("/bin/sh", "sh", "-c", line, NULL);
	_exit(127);
}

/* Whether the process waits for events, or has ended */
static bool is_waiting(pid_t pid)
{
	char path[64], text[64] = "";
	siginfo_t ended = {};
	FILE *f;

	if (!waitid(P_PID, pid, &ended, WEXITED | WNOHANG | WNOWAIT) && ended.si_pid)
		return true;
	snprintf(path, sizeof(path), "/proc/%d/syscall", pid);
	f = fopen(path, "re");
	if (!f)
		return true;
	if (!fgets(text, sizeof(text), f))
		text[0] = '\0';
	fclose(f);
	return atoi(text) == SYS_ppoll && text[0] >= '0' && text[0] <= '9';
}

void monitor_start_to(struct monitor_run *m, const struct xmt_ns *ns, const char *args, int out)
{
	uint64_t end = nt_now_ms() + 10000 * xmt_slow();

	m->messages = memfd_create("messages", MFD_CLOEXEC);
	fflush(stdout);
	m->pid = fork();
	if (!m->pid)
		exec_monitor(m, ns, args, out);
	while (!is_waiting(m->pid)) {
		if (nt_now_ms() > end)
			xmt_die("monitor does not wait for events");
		usleep(2000);
	}
}

void monitor_start(struct monitor_run *m, const struct xmt_ns *ns, const char *args)
{
	m->out = memfd_create("monitor", MFD_CLOEXEC);
	monitor_start_to(m, ns, args, m->out);
}

int monitor_end(struct monitor_run *m, int signal)
{
	uint64_t end = nt_now_ms() + 10000 * xmt_slow();
	int status;

	if (signal)
		kill(m->pid, signal);
	while (waitpid(m->pid, &status, WNOHANG) != m->pid) {
		if (nt_now_ms() > end)
			xmt_die("monitor does not end");
		usleep(2000);
	}
	return WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
}

static char *text_of_file(int fd)
{
	off_t size = lseek(fd, 0, SEEK_END);
	char *text = calloc(1, size + 1);
	ssize_t n = pread(fd, text, size, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

const char *monitor_message(const struct monitor_run *m)
{
	static char text[1024];
	ssize_t n = pread(m->messages, text, sizeof(text) - 1, 0);

	text[n > 0 ? n : 0] = '\0';
	return text;
}

/* Calls each() for every complete line. Returns their number, -1 when one is no JSON object. */
static int lines_each(const struct monitor_run *m, void (*each)(const json_t *, void *), void *data)
{
	char *text = text_of_file(m->out), *line = text, *end;
	int n = 0;

	for (; (end = strchr(line, '\n')); line = end + 1) {
		json_t *object;

		*end = '\0';
		object = json_loads(line, 0, NULL);
		if (!json_is_object(object)) {
			n = -1;
			printf("     no JSON object: %s\n", line);
			break;
		}
		n++;
		if (each)
			each(object, data);
		json_decref(object);
	}
	free(text);
	return n;
}

int monitor_lines(const struct monitor_run *m)
{
	return lines_each(m, NULL, NULL);
}

struct wanted {
	const char *event, *pairs[2];
	unsigned int count;
};

/* pair: "key=text" */
static bool has_pair(const json_t *object, const char *pair)
{
	const char *value = strchr(pair, '=') + 1;
	char key[32], number[32];
	const json_t *is;

	snprintf(key, sizeof(key), "%.*s", (int)(value - pair - 1), pair);
	is = json_object_get(object, key);
	if (json_is_integer(is)) {
		snprintf(number, sizeof(number), "%lld", (long long)json_integer_value(is));
		return !strcmp(number, value);
	}
	if (json_is_boolean(is))
		return !strcmp(json_is_true(is) ? "true" : "false", value);
	return json_is_string(is) ? !strcmp(json_string_value(is), value)
				  : json_is_null(is) && !strcmp(value, "null");
}

static void count_line(const json_t *object, void *data)
{
	struct wanted *w = data;
	const char *event = json_string_value(json_object_get(object, "event"));
	bool is = event && !strcmp(event, w->event);

	for (int i = 0; i < 2; i++)
		is = is && (!w->pairs[i] || has_pair(object, w->pairs[i]));
	w->count += is;
}

unsigned int monitor_count(const struct monitor_run *m, const char *event, const char *a,
			   const char *b)
{
	struct wanted w = { event, { a, b }, 0 };

	lines_each(m, count_line, &w);
	return w.count;
}

bool monitor_has(const struct monitor_run *m, const char *event, const char *a, const char *b)
{
	uint64_t end = nt_now_ms() + nt_busy_limit_ms(WITHIN_MS);

	while (!monitor_count(m, event, a, b)) {
		if (nt_now_ms() > end) {
			printf("     monitor: %s\n", monitor_message(m));
			return false;
		}
		usleep(10000);
	}
	return true;
}

struct drops {
	const char *reason;
	long long reported, suppressed;
};

static void add_drops(const json_t *object, void *data)
{
	struct drops *d = data;
	const char *reason = json_string_value(json_object_get(object, "reason"));

	if (!reason || strcmp(reason, d->reason))
		return;
	d->reported += !strcmp(json_string_value(json_object_get(object, "event")), "drop");
	d->suppressed += json_integer_value(json_object_get(object, "suppressed"));
}

void monitor_drops(const struct monitor_run *m, const char *reason, long long *reported,
		   long long *suppressed)
{
	struct drops d = { reason, 0, 0 };

	lines_each(m, add_drops, &d);
	*reported = d.reported;
	*suppressed = d.suppressed;
}

static const char *const reasons[] = {
#define X(id, key) key,
	XM_REASONS(X)
#undef X
};

/* Of the objects that `show -s -j` prints */
static long long counted(json_t *objects, const char *reason)
{
	json_t *object;
	long long sum = 0;
	size_t i;

	json_array_foreach(objects, i, object)
		sum += json_integer_value(
			json_object_get(json_object_get(object, "drops"), reason));
	return sum;
}

/* The parents of the namespace and their endpoints: `show` alone lists the endpoints */
static json_t *all_counters(const struct xmt_ns *host)
{
	json_t *endpoints = nt_xm_json(host, "show"), *all = json_array(), *object;
	const char *last = "";
	size_t i;

	json_array_foreach(endpoints, i, object) {
		const char *parent = json_string_value(json_object_get(object, "link"));
		json_t *objects = strcmp(parent, last) ? nt_xm_json(host, "show %s", parent) : NULL;

		json_array_append(all, object);
		json_array_append(all, json_array_get(objects, 0));
		json_decref(objects);
		last = parent;
	}
	json_decref(endpoints);
	return all;
}

void monitor_check_sums(const struct monitor_run *m, const struct xmt_ns *host, const char *what)
{
	json_t *objects = all_counters(host);

	xmt_check(json_array_size(objects) > 0, "%s: there are counters", what);
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++) {
		long long want = counted(objects, reasons[i]), reported, suppressed;

		if (i == XM_REASON_VETH_DROPPED || i == XM_REASON_TX_REFUSED)
			continue;
		monitor_drops(m, reasons[i], &reported, &suppressed);
		if (want || reported || suppressed)
			xmt_check(reported + suppressed == want,
				  "%s: %s: %lld lines and %lld suppressed, counted are %lld", what,
				  reasons[i], reported, suppressed, want);
	}
	json_decref(objects);
}
