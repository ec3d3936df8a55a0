// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* A number that changes with the records: for readers that wait for a change */
#include <stdlib.h>

#include "engine/engine.h"
#include "engine/parent_list.h"
#include "engine/reader.h"
#include "pins/pin_names.h"

/* FNV-1a */
static uint64_t hash(uint64_t value, const void *data, size_t size)
{
	const uint8_t *byte = data;

	while (size--)
		value = (value ^ *byte++) * 0x100000001b3ull;
	return value;
}

/* The records are in no order: their hashes are added up */
static uint64_t parent_hash(const struct xm_parent *p, uint32_t ifindex, int err)
{
	const uint64_t begin = hash(0xcbf29ce484222325ull, &ifindex, sizeof(ifindex));
	uint64_t sum = hash(begin, &err, sizeof(err));

	if (err)
		return sum;
	sum += hash(begin, &p->rec, sizeof(p->rec));
	for (size_t i = 0; i < p->count; i++)
		sum += hash(begin ^ p->endpoints[i].slot, &p->endpoints[i].rec,
			    sizeof(p->endpoints[i].rec));
	return sum;
}

static uint64_t parent_fingerprint(struct xm_engine *engine, uint32_t ifindex)
{
	struct xm_parent *p = malloc(sizeof(*p));
	struct xm_err why = {};
	uint64_t ret;
	int err;

	if (!p)
		return 0;
	err = xm_reader_look(engine, ifindex, p, &why);
	ret = parent_hash(p, ifindex, err);
	xm_parent_close(p);
	free(p);
	return ret;
}

int xm_engine_fingerprint(struct xm_engine *engine, uint64_t *ret, struct xm_err *e)
{
	struct dirent *de;
	uint64_t cookie;
	uint32_t ifindex;
	DIR *d = NULL;
	int err = xm_pin_root_read(&d, e);

	*ret = 0;
	if (err || !d)
		return err;
	while ((de = readdir(d)))
		if (xm_pin_dir_parse(de->d_name, &cookie, &ifindex) &&
		    cookie == engine->netns_cookie)
			*ret += parent_fingerprint(engine, ifindex);
	closedir(d);
	return 0;
}
