// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * The whole command line: options, words, the lines of a batch. This file has a fake engine, which
 * fails on arguments out of range. The first octet decides whether the rest of the input is argv
 * (words end with a NUL, which the last word may lack) or the lines of `-b -`. An error must be one
 * line of printable text, or JSON.
 */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/base/parse.h"
#include "../../user/base/text.h"
#include "../../user/cli/cmdline.h"
#include "../../user/cli/command.h"
#include "../../user/runtime/lease.h"
#include "fuzz.h"

#define MAX_WORDS 24

static unsigned int calls;

/* --- commands that are not part of this --- */

#define NOT_HERE(command)                                                                          \
	int command(struct xm_context *ctx, int argc, char **argv, struct xm_err *e)               \
	{                                                                                          \
		(void)ctx;                                                                         \
		(void)argc;                                                                        \
		(void)argv;                                                                        \
		return xm_fail_usage(e, "not here");                                               \
	}

NOT_HERE(xm_command_apply)
NOT_HERE(xm_command_save)
NOT_HERE(xm_command_migrate)
NOT_HERE(xm_command_monitor)

/* --- an engine that checks its arguments --- */

static void check_name(const char *name)
{
	size_t len = strlen(name);

	fz_check(len && len < 16 && strcmp(name, ".") && strcmp(name, ".."), "name '%s'", name);
	for (; *name; name++)
		fz_check(*name > ' ' && *name < 0x7f && !strchr("/:%", *name), "a name with '%c'",
			 *name);
}

static void check_unicast(const uint8_t *mac)
{
	static const uint8_t zero[XM_MAC_LEN];

	fz_check(!(mac[0] & 1) && memcmp(mac, zero, sizeof(zero)), "not a unicast address");
}

static void check_settings(const struct xm_settings *s)
{
	bool one = s->macaddr == XM_MACADDR_ADD || s->macaddr == XM_MACADDR_DEL;

	calls++;
	fz_check(!s->has_mode || (s->mode > XM_MODE_NONE && s->mode < XM_MODE_COUNT), "mode %u",
		 s->mode);
	if (s->has_address)
		check_unicast(s->address);
	fz_check(s->macaddr <= XM_MACADDR_FLUSH, "macaddr %d", s->macaddr);
	fz_check(!one || s->mac_count == 1, "%zu addresses for one", s->mac_count);
	fz_check(one || s->macaddr == XM_MACADDR_SET || !s->mac_count, "%zu addresses",
		 s->mac_count);
	for (size_t i = 0; i < s->mac_count; i++)
		check_unicast(s->macs[i]);
}

/* The first letter of the name decides whether the engine refuses: R with a text, E without */
static int engine_answer(const char *name, struct xm_err *e)
{
	calls++;
	return *name == 'R'   ? xm_fail(e, ENOENT, "no such thing '%s'", name)
	       : *name == 'E' ? -EIO
			      : 0;
}

int xm_engine_open(const struct xm_engine_options *options, struct xm_engine **ret,
		   struct xm_err *e)
{
	static char engine;

	(void)options;
	*ret = (struct xm_engine *)&engine;
	return fz_shall_fail() ? xm_fail(e, EPERM, "not now") : 0;
}

void xm_engine_close(struct xm_engine *engine)
{
	(void)engine;
}

int xm_engine_flush(struct xm_engine *engine, struct xm_err *e)
{
	(void)engine;
	return fz_shall_fail() ? xm_fail(e, EPERM, "not now") : 0;
}

int xm_engine_add(struct xm_engine *engine, const struct xm_add *add, struct xm_err *e)
{
	const struct xm_settings *s = &add->settings;
	uint8_t mode = s->has_mode ? s->mode : XM_MODE_BRIDGE;

	(void)engine;
	check_name(add->name);
	if (add->ifname)
		check_name(add->ifname);
	fz_check(add->link, "no parent");
	fz_check(!add->mtu || (add->mtu >= 68 && add->mtu <= 65535), "mtu %u", add->mtu);
	check_settings(s);
	fz_check(s->macaddr == XM_MACADDR_NONE || mode == XM_MODE_SOURCE, "macaddr in mode %u",
		 mode);
	return engine_answer(add->name, e);
}

int xm_engine_set(struct xm_engine *engine, const char *name, const struct xm_settings *s,
		  struct xm_err *e)
{
	(void)engine;
	check_settings(s);
	return engine_answer(name, e);
}

int xm_engine_del(struct xm_engine *engine, const char *name, struct xm_err *e)
{
	(void)engine;
	return engine_answer(name, e);
}

int xm_engine_attach(struct xm_engine *engine, const struct xm_attach *attach, struct xm_err *e)
{
	(void)engine;
	fz_check(attach->xdp <= XM_XDP_SKB && (attach->has_xdp || !attach->xdp), "xdp %u",
		 attach->xdp);
	return engine_answer(attach->parent, e);
}

int xm_engine_detach(struct xm_engine *engine, const char *parent, bool force, struct xm_err *e)
{
	(void)engine;
	(void)force;
	return engine_answer(parent, e);
}

int xm_engine_upgrade(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	(void)engine;
	return engine_answer(parent ? parent : "", e);
}

int xm_engine_sync(struct xm_engine *engine, const char *parent, struct xm_err *e)
{
	(void)engine;
	return engine_answer(parent ? parent : "", e);
}

int xm_engine_snapshot(struct xm_engine *engine, const struct xm_snapshot_request *request,
		       struct xm_snapshot *ret, struct xm_err *e)
{
	(void)engine;
	*ret = (struct xm_snapshot){};
	return engine_answer(request->name ? request->name : "", e);
}

void xm_snapshot_free(struct xm_snapshot *snapshot)
{
	fz_check(!snapshot->count, "frees a snapshot that the engine has not made");
}

/* The fake engine has no endpoints, and so no leases */
bool xm_lease_load(const char *folder, const char *id, struct xm_lease *ret)
{
	(void)folder;
	(void)id;
	(void)ret;
	fz_check(false, "reads a lease of no endpoint");
	return false;
}

const char *xm_lease_text(const struct xm_lease *l, char ret[INET_ADDRSTRLEN])
{
	(void)l;
	return ret;
}

uint32_t xm_lease_seconds(const struct xm_lease *l)
{
	(void)l;
	return 1;
}

int xm_netns_open(const char *name, struct xm_err *e)
{
	return *name == 'R' ? xm_fail(e, ENOENT, "no such netns '%s'", name) : fz_fd_open(-2);
}

int xm_netns_enter(int fd, const char *name, struct xm_err *e)
{
	(void)fd;
	return *name == 'E' ? xm_fail(e, EINVAL, "cannot enter netns '%s'", name) : 0;
}

unsigned int fz_if_nametoindex(const char *name)
{
	return *name;
}

/* The file of a batch: the rest of the input */
static const uint8_t *lines;
static size_t lines_len;

FILE *fz_fopen(const char *path, const char *mode)
{
	(void)mode;
	if (*path == 'R' || !lines_len) {
		errno = ENOENT;
		return NULL;
	}
	return fmemopen((void *)lines, lines_len, "r");
}

/* --- the harness --- */

/* Each word is on the heap, so that AddressSanitizer sees a read behind it */
static int split_words(struct fz_in *in, char **argv)
{
	int argc = 1;

	argv[0] = strdup("xmacvlan");
	while (in->len && argc < MAX_WORDS) {
		size_t n = strnlen((const char *)in->at, in->len);

		argv[argc++] = strndup((const char *)in->at, n);
		n += n < in->len;
		in->at += n;
		in->len -= n;
	}
	argv[argc] = NULL;
	return argc;
}

static void run_words(struct fz_in *in)
{
	char *argv[MAX_WORDS + 1];
	struct fz_run run;
	int argc = split_words(in, argv);
	bool json;

	fz_main(&run, argc, argv, lines, lines_len);
	json = run.out[0] == '{' || run.out[0] == '[';
	fz_check(json || !run.code || argc < 2 || strcmp(argv[1], "-j"), "-j without JSON: %s",
		 run.err);
	fz_check_run(&run, json, lines_len);
	for (int i = 0; i < argc; i++)
		free(argv[i]);
}

/*
 * Counts the words of a line in another way than the command: one octet at a time. -1: the command
 * must refuse the line.
 */
static int count_words(const char *line, size_t len)
{
	char quote = 0;
	bool in_word = false;
	int n = 0;

	for (size_t i = 0; i < len; i++) {
		char c = line[i];

		if (quote) {
			if (c == quote)
				quote = 0;
		} else if (strchr(" \t\r\n", c)) {
			in_word = false;
		} else if (!in_word && c == '#') {
			break;
		} else if (!in_word && (c == '"' || c == '\'')) {
			quote = c;
			n++;
		} else if (!in_word) {
			in_word = true;
			n++;
		}
	}
	return quote ? -1 : n;
}

/* Checks a batch of one line: it is refused, or it runs a command unless it is empty. */
static void run_line(const uint8_t *data, size_t size, const struct fz_run *run)
{
	int n = memchr(data, 0, size) ? -1 : count_words((const char *)data, size);

	if (memchr(data, '\n', size) || memchr(data, '\\', size))
		return;
	fz_check(n >= 0 || run->code == 1, "a line with a NUL or an open quote is accepted");
	fz_check(n != 0 || (!run->code && !run->out_len), "an empty line runs a command");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_in in = { data, size };
	uint8_t how = fz_u8(&in);
	char *batch[] = { "xmacvlan", how & 2 ? "-fb" : "-b", "-", NULL };
	struct fz_run run;

	fz_fs_reset();
	fz_fail_call(how >> 4, EIO);
	lines = in.at;
	lines_len = in.len;
	if (how & 1) {
		lines_len = how & 4 ? in.len : 0;
		run_words(&in);
	} else if (in.len < 1 << 15) {
		fz_main(&run, 3, batch, lines, lines_len);
		fz_check_run(&run, false, true);
		if (!(how >> 4))
			run_line(lines, lines_len, &run);
	}
	fz_check(!fz_fds(), "%u descriptors are open", fz_fds());
	return 0;
}
