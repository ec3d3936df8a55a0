// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* The CNI plugin, called as a runtime calls it. See plugin.h. */
#include <errno.h>
#include <libgen.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "leftovers.h"
#include "plugin.h"

static const struct nt_net *net;
static char dir[64];
static json_t *doc;

const char *plugin_dir(void)
{
	return dir;
}

const char *plugin_bin(void)
{
	static char path[4200];
	char copy[4096];

	snprintf(copy, sizeof(copy), "%s", nt_bin());
	snprintf(path, sizeof(path), "%s/cni/xmacvlan", dirname(copy));
	return path;
}

void plugin_net(struct nt_net *ret, unsigned int peers, unsigned int ns_flags)
{
	if (access(PLUGIN_DEBIAN "/host-local", X_OK))
		xmt_die(PLUGIN_DEBIAN "/host-local is missing: 'make deps' installs it");
	snprintf(dir, sizeof(dir), "/tmp/%scni-%u", xmt_prefix(), nt_index());
	xmt_undo("rm -rf %s", dir);
	xmt_must("mkdir -p %s/bin %s/leases", dir, dir);
	nt_net(ret, peers, ns_flags);
	net = ret;
}

static void write_config(const char *fmt, va_list ap)
{
	char *text, path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/config", dir);
	f = fopen(path, "w");
	if (!f || vasprintf(&text, fmt, ap) < 0)
		xmt_die("cannot write %s", path);
	for (char *c = text; *c; c++)
		*c = *c == '\'' ? '"' : *c;
	fputs(text, f);
	fclose(f);
	free(text);
}

static void output_load(json_error_t *why)
{
	char path[128];

	json_decref(doc);
	snprintf(path, sizeof(path), "%s/out", dir);
	doc = json_load_file(path, 0, why);
}

/* The output of the reference plugin is not checked */
static void output_load_unchecked(void)
{
	json_error_t why;

	output_load(&why);
}

/* The output is empty or one object; if the call failed, an error as in the CNI specification. */
static void output_check(const char *command, int code, const char *warning)
{
	char path[128], message[200] = "";
	json_error_t why;
	struct stat st;
	FILE *f;

	output_load(&why);
	snprintf(path, sizeof(path), "%s/out", dir);
	if (doc || stat(path, &st))
		st.st_size = 0;
	if (st.st_size || (doc && !json_is_object(doc)))
		xmt_fail("%s: stdout is not one JSON object: %s", command, why.text);
	if (code && (!plugin_code() || !plugin_msg()[0] || !plugin_text("cniVersion")[0]))
		xmt_fail("%s: exit code %d without an error on stdout", command, code);
	if (!code && plugin_code())
		xmt_fail("%s: exit code 0 with an error on stdout", command);
	snprintf(path, sizeof(path), "%s/err", dir);
	f = fopen(path, "r");
	if (f && !fgets(message, sizeof(message), f))
		message[0] = '\0';
	if (!code && (warning ? !strstr(message, warning) : message[0]))
		xmt_fail("%s: exit code 0, but stderr has: '%s'", command, message);
	if (f)
		fclose(f);
}

int plugin_run(const struct plugin_call *c, const char *fmt, ...)
{
	const char *program = c->program ?: plugin_bin();
	char netns[64], path[128], output[128];
	va_list ap;
	int code;

	va_start(ap, fmt);
	write_config(fmt, ap);
	va_end(ap);
	snprintf(netns, sizeof(netns), "/run/netns/%s", net->peers ? net->peer[0].name : "none");
	snprintf(path, sizeof(path), "%s/bin:%s", dir, PLUGIN_DEBIAN);
	snprintf(output, sizeof(output), "%s/out", dir);
	code = xmt_run("CNI_COMMAND='%s' CNI_CONTAINERID='%s' CNI_NETNS='%s' CNI_IFNAME='%s' "
		       "CNI_ARGS='%s' "
		       "CNI_PATH='%s' timeout -k 2 40 nsenter --net=/run/netns/%s %s %s <%s/config "
		       ">%s 2>%s/err",
		       c->command, c->container ?: "c1", c->netns ?: netns, c->ifname ?: "eth0",
		       c->args ?: "", c->path ?: path, net->host.name, c->before ?: "", program,
		       dir, c->output ?: output, dir);
	if (!c->output && !c->program)
		output_check(c->command, code, c->warning);
	else if (!c->output)
		output_load_unchecked();
	return code;
}

json_t *plugin_doc(void)
{
	return doc;
}

int plugin_code(void)
{
	return json_integer_value(json_object_get(doc, "code"));
}

const char *plugin_msg(void)
{
	return plugin_text("msg");
}

const char *plugin_text(const char *path)
{
	char copy[128], *key, *rest = copy;
	json_t *at = doc;

	snprintf(copy, sizeof(copy), "%s", path);
	while ((key = strsep(&rest, ".")))
		at = json_is_array(at) ? json_array_get(at, atoi(key)) : json_object_get(at, key);
	return json_string_value(at) ?: "";
}

char *plugin_dump(void)
{
	char *text = doc ? json_dumps(doc, JSON_COMPACT) : NULL;

	return text ? text : strdup("");
}

void plugin_check_success(const char *what, int code)
{
	xmt_check(!code, "%s (exit code %d) %s", what, code, plugin_msg());
}

void plugin_check_error(const char *what, int code, const char *a, const char *b)
{
	xmt_check(plugin_code() == code && strstr(plugin_msg(), a) && strstr(plugin_msg(), b),
		  "%s: code %d, \"%s\" (expected %d, \"%s\", \"%s\")", what, plugin_code(),
		  plugin_msg(), code, a, b);
}

unsigned int plugin_leases(void)
{
	/* host-local that is killed between making a file and writing it leaves an empty one */
	xmt_must("find %s/leases -type f -size +0 -name '*[.:]*' | grep -vc last_reserved; true",
		 dir);
	return atoi(xmt_output());
}

void plugin_check_clean(const char *what)
{
	const char *left = leftovers_on_parent(&net->host);
	unsigned int devices = 0;

	for (unsigned int i = 0; i < net->peers; i++) {
		xmt_must("ip -n %s -o link show | grep -vc ': lo:'; true", net->peer[i].name);
		devices += atoi(xmt_output());
	}
	xmt_check(!left && !devices && !plugin_leases(),
		  "%s: nothing is left (on p0: %s; %u devices, %u leases)", what,
		  left ? left : "nothing", devices, plugin_leases());
}

void plugin_script(const char *name, const char *body)
{
	char path[128];
	FILE *f;

	snprintf(path, sizeof(path), "%s/bin/%s", dir, name);
	f = fopen(path, "w");
	if (!f)
		xmt_die("%s: %s", path, strerror(errno));
	fprintf(f, "#!/bin/sh\n%s\n", body);
	fclose(f);
	chmod(path, 0755);
}
