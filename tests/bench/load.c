// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* Runs a load: two pinned threads, a start-up time, then a measured window. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"

#define START_UP     0.03 /* seconds */
#define JOIN_LIMIT   10 /* seconds */
#define JOIN_STEP_NS 5000000

struct moment {
	double time, machine, sender, receiver, softirq;
	uint64_t count;
	struct cpu_threads kernel;
};

struct threads {
	pthread_t sender, receiver;
};

bool load_stopped(struct load *load)
{
	return __atomic_load_n(&load->stop, __ATOMIC_RELAXED);
}

void load_error(struct load *load, int error)
{
	__atomic_store_n(&load->error, error, __ATOMIC_RELAXED);
}

void load_count(struct load *load, uint64_t add)
{
	__atomic_store_n(&load->count, load->count + add, __ATOMIC_RELAXED);
}

static void *run_sender(void *arg)
{
	struct load *load = arg;

	load->send(load);
	load->sender_seconds = cpu_clock(CLOCK_THREAD_CPUTIME_ID);
	return NULL;
}

static void *run_receiver(void *arg)
{
	struct load *load = arg;

	load->receive(load);
	return NULL;
}

static int start_thread(pthread_t *thread, int cpu, void *(*run)(void *), struct load *load)
{
	pthread_attr_t attr;
	cpu_set_t set;
	int err;

	CPU_ZERO(&set);
	CPU_SET(cpu < sysconf(_SC_NPROCESSORS_ONLN) ? cpu : 0, &set);
	pthread_attr_init(&attr);
	pthread_attr_setaffinity_np(&attr, sizeof(set), &set);
	err = pthread_create(thread, &attr, run, load);
	pthread_attr_destroy(&attr);
	return -err;
}

static void ignore_signal(int signal)
{
	(void)signal;
}

/* The signal ends a system call of the sender, unless it arrives just before that call. */
static void interrupt_thread(pthread_t thread)
{
	struct sigaction action = { .sa_handler = ignore_signal };

	sigaction(SIGUSR1, &action, NULL);
	pthread_kill(thread, SIGUSR1);
}

static void join_thread(pthread_t thread, const char *who)
{
	double end = cpu_clock(CLOCK_MONOTONIC) + JOIN_LIMIT;
	struct timespec until;

	do {
		interrupt_thread(thread);
		clock_gettime(CLOCK_REALTIME, &until);
		until.tv_nsec += JOIN_STEP_NS;
		until.tv_sec += until.tv_nsec / 1000000000;
		until.tv_nsec %= 1000000000;
		if (!pthread_timedjoin_np(thread, NULL, &until))
			return;
	} while (cpu_clock(CLOCK_MONOTONIC) < end);
	xmt_die("the %s did not end in %d s", who, JOIN_LIMIT);
}

static double thread_seconds(pthread_t thread)
{
	clockid_t clock;

	return pthread_getcpuclockid(thread, &clock) ? 0 : cpu_clock(clock);
}

static uint64_t count_now(const struct load *load)
{
	if (load->counted)
		return load->counted(load);
	return __atomic_load_n(&load->count, __ATOMIC_RELAXED);
}

void wait_seconds(double seconds)
{
	struct timespec ts = {
		.tv_sec = (time_t)seconds,
		.tv_nsec = (long)((seconds - (time_t)seconds) * 1e9),
	};

	while (nanosleep(&ts, &ts) && errno == EINTR)
		;
}

/* The sender reads its own clock, because its thread has ended when the load has stopped. */
int load_send(struct load *load, double seconds, double *ret_cpu)
{
	pthread_t sender;
	int err;

	load->stop = load->record = false;
	load->error = 0;
	err = start_thread(&sender, CPU_SEND, run_sender, load);
	if (err)
		return err;
	wait_seconds(seconds);
	__atomic_store_n(&load->stop, true, __ATOMIC_RELAXED);
	join_thread(sender, "sender");
	*ret_cpu = load->sender_seconds;
	return load->error;
}

static void read_moment(struct load *load, const struct threads *t, struct moment *m)
{
	m->machine = cpu_machine();
	cpu_threads_read(&m->kernel);
	m->sender = thread_seconds(t->sender);
	m->receiver = load->receive ? thread_seconds(t->receiver) : 0;
	m->softirq = progs_softirq();
	m->count = count_now(load);
	m->time = cpu_clock(CLOCK_MONOTONIC);
}

static void measure_window(struct load *load, const struct threads *t, double seconds,
			   struct window *ret)
{
	static struct moment a, b;
	static struct cpu_threads after;

	cpu_threads_find(&a.kernel);
	wait_seconds(START_UP);
	__atomic_store_n(&load->record, true, __ATOMIC_RELAXED);
	read_moment(load, t, &a);
	b.kernel = a.kernel;
	wait_seconds(seconds);
	read_moment(load, t, &b);
	cpu_threads_find(&after);
	__atomic_store_n(&load->record, false, __ATOMIC_RELAXED);
	ret->seconds = b.time - a.time;
	ret->count = b.count - a.count;
	ret->sender = b.sender - a.sender;
	ret->receiver = b.receiver - a.receiver;
	ret->softirq = b.softirq - a.softirq;
	ret->kernel = cpu_threads_used(&a.kernel, &b.kernel) + cpu_threads_new(&a.kernel, &after);
	cpu_account(ret->seconds, b.machine - a.machine, ret->sender + ret->receiver + ret->kernel);
}

int load_run(struct load *load, double seconds, struct window *ret)
{
	struct threads t;
	int err;

	load->stop = load->record = false;
	load->error = 0;
	load->count = 0;
	err = load->receive ? start_thread(&t.receiver, load->receive_cpu, run_receiver, load) : 0;
	if (err)
		return err;
	err = start_thread(&t.sender, CPU_SEND, run_sender, load);
	if (!err)
		measure_window(load, &t, seconds, ret);
	__atomic_store_n(&load->stop, true, __ATOMIC_RELAXED);
	if (load->unblock) {
		shutdown(load->tx, SHUT_RDWR);
		shutdown(load->rx, SHUT_RDWR);
	}
	if (!err)
		join_thread(t.sender, "sender");
	if (load->receive)
		join_thread(t.receiver, "receiver");
	err = err ?: load->error;
	if (!err && !ret->count)
		err = -ETIMEDOUT;
	return err;
}
