// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/text.h"
#include "cni/alloc.h"
#include "cni/ipam.h"
#include "cni/json.h"

#ifndef MAX_OUTPUT /* the fuzzer has a smaller one */
#define MAX_OUTPUT (1024 * 1024)
#endif

struct ipam_call {
	const struct cni_request *r;
	const char *command;
	char path[4096]; /* of the program */
	int status; /* as waitpid() */
	char *output; /* MAX_OUTPUT bytes and a NUL */
	size_t output_len;
	struct cni_error *e;
};

/* Fills call->path. False: no folder of CNI_PATH has the program. */
static bool ipam_find(struct ipam_call *call)
{
	const char *at = call->r->env.path;
	struct stat st;

	for (size_t len; *at; at += len + (at[len] == ':')) {
		len = strcspn(at, ":");
		if (len &&
		    snprintf(call->path, sizeof(call->path), "%.*s/%s", (int)len, at,
			     call->r->config.ipam_type) < (int)sizeof(call->path) &&
		    !stat(call->path, &st) && S_ISREG(st.st_mode))
			return true;
	}
	return false;
}

static int ipam_fail_missing(const struct ipam_call *call)
{
	if (!call->r->env.path[0])
		return cni_fail(call->e, CNI_E_ENVIRONMENT,
				"CNI_PATH is not set: IPAM plugin %s cannot be found",
				call->r->config.ipam_type);
	return cni_fail(call->e, CNI_E_CONFIG, "ipam.type '%s': no such plugin in CNI_PATH (%s)",
			call->r->config.ipam_type, call->r->env.path);
}

int cni_ipam_check(const struct cni_request *r, struct cni_error *e)
{
	struct ipam_call call = { .r = r, .e = e };

	return ipam_find(&call) ? 0 : ipam_fail_missing(&call);
}

/*
 * The program's standard input: a file, so that neither process waits for the other one. Returns a
 * descriptor, or -1 and errno.
 */
static int ipam_open_input(const struct cni_input *in)
{
	int fd = memfd_create("cni-config", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < in->len) {
		ssize_t n = write(fd, in->text + done, in->len - done);

		if (n < 0 && errno != EINTR) {
			close(fd);
			return -1;
		}
		done += n > 0 ? n : 0;
	}
	if (fd >= 0)
		lseek(fd, 0, SEEK_SET);
	return fd;
}

static pid_t ipam_start(const struct ipam_call *call, int in, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* This plugin's umask is for pins; other users may read an IPAM plugin's files */
	umask(022);
	signal(SIGPIPE, SIG_DFL);
	if (!setenv("CNI_COMMAND", call->command, 1) && dup2(in, 0) == 0 && dup2(out, 1) == 1)
		execl(call->path, call->path, (char *)NULL);
	/* In the form of an IPAM plugin's own error */
	dprintf(out, "{\"code\":%d,\"msg\":\"cannot execute it: %s\"}", CNI_E_IPAM,
		strerror(errno));
	_exit(127);
}

/* Reads to the end. False: a read failed, or the output is longer than MAX_OUTPUT. */
static bool ipam_read_output(struct ipam_call *call, int fd)
{
	size_t len = 0;
	ssize_t n = -1;

	while (len < MAX_OUTPUT) {
		n = read(fd, call->output + len, MAX_OUTPUT - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += n;
	}
	call->output[n ? 0 : len] = '\0';
	call->output_len = n ? 0 : len;
	return !n;
}

/* Runs the program to its end. Fills status and output. */
static int ipam_execute(struct ipam_call *call, int in)
{
	bool complete = false;
	int pipes[2], err = 0;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return cni_fail(call->e, CNI_E_IO, "cannot make a pipe: %s", strerror(errno));
	pid = ipam_start(call, in, pipes[1]);
	if (pid < 0)
		err = cni_fail(call->e, CNI_E_IO, "cannot start %s: %s", call->path,
			       strerror(errno));
	close(pipes[1]);
	if (pid > 0)
		complete = ipam_read_output(call, pipes[0]);
	close(pipes[0]);
	while (pid > 0 && waitpid(pid, &call->status, 0) < 0 && errno == EINTR)
		;
	if (!err && !complete)
		err = cni_fail(
			call->e, CNI_E_IPAM,
			"IPAM plugin %s, %s: stdout cannot be read, or it is longer than %d bytes",
			call->r->config.ipam_type, call->command, MAX_OUTPUT);
	return err;
}

/* The error that the program printed, when it has the specification's form */
static int ipam_fail(const struct ipam_call *call, const json_t *printed)
{
	const char *msg = cni_json_text(printed, "msg");
	const char *details = cni_json_text(printed, "details");
	json_int_t code = json_integer_value(cni_json_get(printed, "code"));
	const char *type = call->r->config.ipam_type;
	struct cni_error *e = call->e;

	if (e->code)
		return e->code;
	if (details)
		snprintf(e->details, sizeof(e->details), "%s", details);
	xm_sanitize(e->details);
	if (msg)
		return cni_fail(e, code > 0 && code <= INT_MAX ? code : CNI_E_IPAM,
				"IPAM plugin %s, %s: %s", type, call->command, msg);
	if (WIFSIGNALED(call->status))
		return cni_fail(e, CNI_E_IPAM, "IPAM plugin %s, %s: killed by signal %d", type,
				call->command, WTERMSIG(call->status));
	return cni_fail(e, CNI_E_IPAM,
			"IPAM plugin %s, %s: exit code %d without an error on stdout", type,
			call->command, WEXITSTATUS(call->status));
}

static int ipam_take_output(const struct ipam_call *call, json_t **ret)
{
	struct cni_json_problem problem;
	json_t *printed = cni_json_load(call->output, call->output_len, &problem);
	int err = 0;

	if (!WIFEXITED(call->status) || WEXITSTATUS(call->status))
		err = ipam_fail(call, printed);
	else if (ret && call->output[strspn(call->output, " \t\r\n")] && !printed)
		err = cni_fail(call->e, CNI_E_IPAM, "IPAM plugin %s, %s: stdout is not JSON: %s",
			       call->r->config.ipam_type, call->command, problem.why);
	if (ret && !err)
		*ret = printed;
	else
		json_decref(printed);
	return err;
}

int cni_ipam_run(const struct cni_request *r, const char *command, json_t **ret,
		 struct cni_error *e)
{
	struct ipam_call call = { .r = r, .command = command, .e = e };
	int in, err;

	if (!ipam_find(&call))
		return ipam_fail_missing(&call);
	in = ipam_open_input(&r->input);
	if (in < 0)
		return cni_fail(e, CNI_E_IO, "cannot copy the configuration for IPAM plugin %s: %s",
				r->config.ipam_type, strerror(errno));
	/*
	 * Before the program starts: without memory this process ends, and an ADD that goes on
	 * would make its lease after the runtime's DEL
	 */
	call.output = cni_malloc(MAX_OUTPUT + 1);
	err = ipam_execute(&call, in);
	if (!err)
		err = ipam_take_output(&call, ret);
	free(call.output);
	close(in);
	return err;
}
