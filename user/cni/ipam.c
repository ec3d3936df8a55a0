// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The IPAM plugin: a program in CNI_PATH with our environment and the configuration as it came to us. What it
 * says on stderr goes where ours goes.
 */
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
#include "cni/cni.h"

#ifndef MAX_OUTPUT /* the fuzzer has a smaller one */
#define MAX_OUTPUT (1024 * 1024)
#endif

/* The file in one of CNI_PATH's directories */
static bool find(const struct cni_request *r, char *ret, size_t size)
{
	const char *at = r->env.path;
	struct stat st;

	for (size_t len; *at; at += len + (at[len] == ':')) {
		len = strcspn(at, ":");
		if (len && snprintf(ret, size, "%.*s/%s", (int)len, at, r->ipam) < (int)size && !stat(ret, &st) &&
		    S_ISREG(st.st_mode))
			return true;
	}
	return false;
}

int cni_ipam_find(const struct cni_request *r, struct cni_error *e)
{
	char path[4096];

	if (find(r, path, sizeof(path)))
		return 0;
	return cni_fail(e, CNI_E_CONFIG, "ipam.type '%s': there is no such plugin in CNI_PATH (%s)", r->ipam,
			r->env.path);
}

/* Its standard input: a file, so that neither waits for the other. -1 and errno. */
static int input_of(const struct cni_request *r)
{
	int fd = memfd_create("cni-config", MFD_CLOEXEC);
	size_t done = 0;

	while (fd >= 0 && done < r->len) {
		ssize_t n = write(fd, r->text + done, r->len - done);

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

static pid_t start(const char *path, const char *command, int in, int out)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	/* our umask is for pins; what it writes is not for us alone */
	umask(022);
	signal(SIGPIPE, SIG_DFL);
	if (!setenv("CNI_COMMAND", command, 1) && dup2(in, 0) == 0 && dup2(out, 1) == 1)
		execl(path, path, (char *)NULL);
	/* In its place, as it would say what is wrong */
	dprintf(out, "{\"code\":%d,\"msg\":\"it cannot be run: %s\"}", CNI_E_IPAM, strerror(errno));
	_exit(127);
}

/* Reads all it prints, at most MAX_OUTPUT bytes, with a NUL behind. False: it cannot be read or is too much. */
static bool drain(int fd, char *text, size_t *ret_len)
{
	size_t len = 0;
	ssize_t n = -1;

	while (len < MAX_OUTPUT) {
		n = read(fd, text + len, MAX_OUTPUT - len);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			break;
		len += n;
	}
	if (n)
		return false;
	text[len] = '\0';
	*ret_len = len;
	return true;
}

/* Its own error, when it gave one in the specification's form */
static int pass_on(const struct cni_request *r, const char *command, int status, const json_t *said,
		   struct cni_error *e)
{
	const char *msg = json_string_value(json_object_get(said, "msg"));
	const char *details = json_string_value(json_object_get(said, "details"));
	json_int_t code = json_integer_value(json_object_get(said, "code"));

	if (e->code)
		return e->code;
	if (details)
		snprintf(e->details, sizeof(e->details), "%s", details);
	xm_sanitize(e->details);
	if (msg)
		return cni_fail(e, code > 0 && code <= INT_MAX ? code : CNI_E_IPAM, "IPAM plugin %s, %s: %s", r->ipam, command, msg);
	if (WIFSIGNALED(status))
		return cni_fail(e, CNI_E_IPAM, "IPAM plugin %s, %s: killed by signal %d", r->ipam, command,
				WTERMSIG(status));
	return cni_fail(e, CNI_E_IPAM, "IPAM plugin %s, %s: exit code %d without an error on stdout", r->ipam, command,
			WEXITSTATUS(status));
}

static int judge(const struct cni_request *r, const char *command, int status, const char *text, size_t len,
		 json_t **ret, struct cni_error *e)
{
	json_error_t why;
	json_t *said = json_loadb(text, len, 0, &why);
	int err = 0;

	if (!WIFEXITED(status) || WEXITSTATUS(status))
		err = pass_on(r, command, status, said, e);
	else if (ret && text[strspn(text, " \t\r\n")] && !said)
		err = cni_fail(e, CNI_E_IPAM, "IPAM plugin %s, %s: what it printed is not JSON: %s", r->ipam,
			       command, why.text);
	if (ret && !err)
		*ret = said;
	else
		json_decref(said);
	return err;
}

static int run(const struct cni_request *r, const char *path, const char *command, int in, json_t **ret,
	       struct cni_error *e)
{
	int pipes[2], status = 0, err;
	bool drained = false;
	size_t len = 0;
	char *text;
	pid_t pid;

	if (pipe2(pipes, O_CLOEXEC))
		return cni_fail(e, CNI_E_IO, "cannot make a pipe: %s", strerror(errno));
	/* Before it is started: it must not go on when this process has ended, its lease would come after DEL */
	text = cni_malloc(MAX_OUTPUT + 1);
	pid = start(path, command, in, pipes[1]);
	err = pid < 0 ? cni_fail(e, CNI_E_IO, "cannot start %s: %s", path, strerror(errno)) : 0;
	close(pipes[1]);
	if (!err)
		drained = drain(pipes[0], text, &len);
	close(pipes[0]);
	while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	if (!err && !drained)
		err = cni_fail(e, CNI_E_IPAM, "IPAM plugin %s, %s: its output cannot be read", r->ipam, command);
	if (!err)
		err = judge(r, command, status, text, len, ret, e);
	free(text);
	return err;
}

int cni_ipam_run(const struct cni_request *r, const char *command, json_t **ret, struct cni_error *e)
{
	char path[4096];
	int in, err;

	if (ret)
		*ret = NULL;
	if (!find(r, path, sizeof(path)))
		return cni_ipam_find(r, e);
	in = input_of(r);
	if (in < 0)
		return cni_fail(e, CNI_E_IO, "cannot keep the configuration for %s: %s", r->ipam, strerror(errno));
	err = run(r, path, command, in, ret, e);
	close(in);
	return err;
}
