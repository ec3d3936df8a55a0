// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/*
 * Commands on damaged pins, maps and devices. world.c makes an intact world. The input is a list of
 * changes that damage it, and of commands: an octet and its arguments each. For every input a
 * command ends, prints printable text or JSON, and leaves no descriptor open. `show -j` prints
 * name, link and mode of every endpoint.
 */
#define FZ_HARNESS
#include "fakes.h"

#include <errno.h>
#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "../../user/base/text.h"
#include "../../user/engine/engine.h"
#include "fuzz.h"
#include "world.h"

static const struct {
	const char *line;
	const char *input; /* of a batch */
} commands[] = {
	{ "show", NULL },
	{ "-j -s show", NULL },
	{ "-s show b", NULL },
	{ "-j -p -s show p0", NULL },
	{ "show link p0", NULL },
	{ "-j show c", NULL },
	{ "del a", NULL },
	{ "-j del b", NULL },
	{ "del c", NULL },
	{ "set a mode source macaddr add 02:00:00:00:00:99", NULL },
	{ "set b macaddr set 02:00:00:00:00:99 02:00:00:00:00:98", NULL },
	{ "set b address 02:00:00:00:00:77", NULL },
	{ "set c host off bclim 3", NULL },
	{ "set a host on", NULL },
	{ "add d link p0", NULL },
	{ "add a link p0 mode source macaddr add 02:00:00:00:00:99", NULL },
	{ "add d link c address 02:00:00:00:00:55", NULL },
	{ "attach p0 xdp off", NULL },
	{ "attach p0 guard on", NULL },
	{ "attach p0 neigh direct", NULL },
	{ "attach p0 fanout on", NULL },
	{ "detach p0", NULL },
	{ "detach p0 force", NULL },
	{ "-b -", "del a\ndel b\ndel c\n" },
	{ "-force -b -", "add d link p0\nadd e link p0\ndel d\nset e mode private\nshow\ndel e\n" },
	{ "-j detach p0 force", NULL },
	{ "upgrade p0", NULL },
	{ "sync", NULL },
	{ "sync p0", NULL },
};

#define COMMANDS (sizeof(commands) / sizeof(*commands))

static void check_string(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	fz_check(text, "an endpoint without %s", key);
}

/* A parent with a record that could be read, or with the reason why not */
static bool parent_is_explained(const json_t *one)
{
	const char *stale = json_string_value(json_object_get(one, "stale"));

	return json_is_object(json_object_get(one, "xdp")) ||
	       json_is_string(json_object_get(one, "broken")) ||
	       (stale && !strcmp(stale, "is being changed"));
}

static void check_shown(const char *out)
{
	json_t *doc = json_loads(out, 0, NULL), *info;
	size_t i;

	for (i = 0; i < json_array_size(doc); i++) {
		const json_t *one = json_array_get(doc, i);

		check_string(one, "ifname");
		check_string(one, "address");
		if (json_is_true(json_object_get(one, "parent"))) {
			fz_check(parent_is_explained(one), "a parent without xdp and reason");
			continue;
		}
		check_string(one, "name");
		check_string(one, "link");
		info = json_object_get(json_object_get(one, "linkinfo"), "info_data");
		check_string(info, "mode");
	}
	json_decref(doc);
}

/* In the text of `show` each endpoint has a line with a valid mode */
static void check_modes(const char *out)
{
	static const char line[] = "\n    xmacvlan mode ";
	char mode[12];

	while ((out = strstr(out, line))) {
		out += strlen(line);
		snprintf(mode, sizeof(mode), "%.*s", (int)strcspn(out, " \n"), out);
		fz_check(xm_mode_by_name(mode), "mode %s", mode);
	}
}

static void run_command(unsigned int n)
{
	const char *input = commands[n].input;
	char line[120] = "xmacvlan ", *argv[16], *rest = line;
	bool json = !strncmp(commands[n].line, "-j", 2);
	struct fz_run run;
	int argc = 0;

	strcat(line, commands[n].line);
	while ((argv[argc] = strsep(&rest, " ")))
		argc++;
	fz_main(&run, argc, argv, input, input ? strlen(input) : 0);
	json &= run.out_len > 0;
	fz_check_run(&run, json, input);
	if (json && !run.code)
		check_shown(run.out);
	check_modes(run.out);
	fz_check(!fz_fds(), "'%s' leaves %u descriptors open", commands[n].line, fz_fds());
	fz_fail_call(0, 0);
}

/* Overwrites a part of a value with octets of the input. */
static void overwrite_octets(struct fz_in *in, uint8_t *at, uint32_t size)
{
	uint32_t begin = fz_u8(in) % size, n = 1 + fz_u8(in) % 16;

	fz_bytes(in, at + begin, n < size - begin ? n : size - begin);
}

static int pick_map(struct fz_in *in)
{
	return world_maps[fz_u8(in) % XM_MAP_COUNT];
}

static void change_value(struct fz_in *in, int obj)
{
	uint32_t size;
	uint8_t *value = fz_map_value(obj, fz_u8(in), NULL, NULL, &size);

	if (value)
		overwrite_octets(in, value, size);
}

/* Copies an entry to a key from the input. */
static void add_entry(struct fz_in *in, int obj)
{
	uint8_t key[16], *bytes, *was, *value;
	uint32_t key_size, size;

	value = fz_map_value(obj, fz_u8(in), &was, &key_size, &size);
	if (!value)
		return;
	bytes = malloc(size);
	memcpy(bytes, value, size);
	fz_bytes(in, key, key_size);
	fz_map_put(obj, key, bytes);
	free(bytes);
}

static void change_key(struct fz_in *in, int obj)
{
	uint32_t size;
	uint8_t *key;

	if (fz_map_value(obj, fz_u8(in), &key, &size, NULL))
		overwrite_octets(in, key, size);
}

static void put_pin(struct fz_in *in)
{
	char path[100] = XM_PIN_ROOT "/";
	size_t at = strlen(path), n = fz_u8(in) % 40;

	fz_bytes(in, path + at, n);
	for (char *c = path + at; *c; c++)
		if (*c == '/')
			*c = '-';
	if (path[at])
		fz_fs_put(path, fz_u8(in) & 1 ? -1 : pick_map(in));
}

static void run_step(struct fz_in *in, uint8_t op)
{
	switch (op % 12) {
	case 0:
		change_value(in, world_maps[XM_MAP_CONFIG]);
		break;
	case 1:
		change_value(in, world_maps[XM_MAP_PARENT]);
		break;
	case 2:
	case 3:
		change_value(in, world_maps[XM_MAP_ENDPOINTS]);
		break;
	case 4:
		change_value(in, pick_map(in));
		break;
	case 5:
		add_entry(in, pick_map(in));
		break;
	case 6:
		change_key(in, pick_map(in));
		break;
	case 7:
		overwrite_octets(in, (uint8_t *)&world_links[fz_u8(in) % WORLD_LINKS],
				 sizeof(*world_links));
		break;
	case 8:
		put_pin(in);
		break;
	case 9:
		fz_map_bend(fz_u8(in) % (XM_MAP_COUNT + 1), fz_u8(in), fz_u32(in));
		break;
	case 10:
		fz_fail_call(fz_u8(in), 1 + fz_u8(in) % 120);
		break;
	default:
		run_command(fz_u8(in) % COMMANDS);
	}
}

FILE *fz_fopen(const char *path, const char *mode)
{
	(void)path;
	(void)mode;
	errno = ENOENT;
	return NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct fz_in in = { data, size };
	uint8_t last = fz_u8(&in);

	world_make();
	for (int i = 0; in.len && i < 24; i++)
		run_step(&in, fz_u8(&in));
	run_command(last % COMMANDS);
	return 0;
}
