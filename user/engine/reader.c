// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "engine/host_end.h"
#include "engine/parent_broken.h"
#include "engine/parent_list.h"
#include "engine/reader.h"
#include "engine/record.h"
#include "engine/record_read.h"
#include "engine/slot_device.h"
#include "engine/vlans.h"
#include "pins/pin_dir.h"
#include "pins/pin_names.h"

void xm_reader_nap(int try)
{
	const struct timespec nap = { .tv_nsec = 1000000l << try };

	nanosleep(&nap, NULL);
}

static int link_take(const struct xm_link *link, void *data)
{
	struct xm_engine *engine = data;
	struct xm_link_table *t = &engine->links;
	struct xm_link *more = t->list;

	/* count is a power of two: double the array */
	if (!(t->count & (t->count - 1)))
		more = realloc(t->list, (t->count ? 2 * t->count : 1) * sizeof(*more));
	if (!more)
		return -ENOMEM;
	t->list = more;
	t->list[t->count++] = *link;
	return xm_vlans_take(link, &engine->vlans);
}

static int link_compare(const void *a, const void *b)
{
	const struct xm_link *one = a, *other = b;

	return (one->ifindex > other->ifindex) - (one->ifindex < other->ifindex);
}

void xm_reader_forget_links(struct xm_engine *engine)
{
	free(engine->links.list);
	free(engine->links.blocks);
	engine->links = (struct xm_link_table){};
	xm_vlans_forget(engine);
}

int xm_reader_read_links(struct xm_engine *engine, struct xm_err *e)
{
	struct xm_link_table *t = &engine->links;
	bool interrupted;
	int err;

	xm_reader_forget_links(engine);
	err = xm_link_each(&engine->nl, XM_NSID_SELF, NULL, link_take, engine);
	/* Devices came and went: one that is missing is asked for, one may be there twice */
	interrupted = err == -EAGAIN;
	if (err && !interrupted)
		return xm_fail(e, err, "cannot list the devices: %s", xm_nl_why(&engine->nl, err));
	if (t->count)
		qsort(t->list, t->count, sizeof(*t->list), link_compare);
	err = xm_tc_list_blocks(&engine->nl, &t->blocks, &t->block_count);
	if (err)
		return xm_fail(e, err, "cannot list the qdiscs: %s", xm_nl_why(&engine->nl, err));
	engine->vlans.known = !interrupted;
	return 0;
}

/* Finds a device in the table. One that is missing there may be new: the kernel is asked. */
static int reader_link(struct xm_engine *engine, uint32_t ifindex, struct xm_link *ret)
{
	const struct xm_link_table *t = &engine->links;
	const struct xm_link key = { .ifindex = ifindex }, *found;

	found = t->count ? bsearch(&key, t->list, t->count, sizeof(*t->list), link_compare) : NULL;
	if (!found)
		return xm_link_get(&engine->nl, XM_NSID_SELF, NULL, ifindex, ret);
	*ret = *found;
	return 0;
}

bool xm_reader_endpoint(struct xm_parent *p, struct xm_endpoint *ep, struct xm_link *host_end)
{
	struct xm_engine *engine = p->engine;
	int err;

	if (xm_slot_has_device(p, ep->slot, NULL) != 1 ||
	    reader_link(engine, ep->rec.host_ifindex, host_end))
		return false;
	ep->host_rx_dropped = host_end->rx_dropped;
	ep->host_tx_dropped = host_end->tx_dropped;
	xm_host_end_record(ep, host_end);
	err = ep->rec.peer_nsid == XM_NSID_SELF
		      ? reader_link(engine, ep->rec.peer_ifindex, &ep->device)
		      : xm_link_get(&engine->nl, ep->rec.peer_nsid, NULL, ep->rec.peer_ifindex,
				    &ep->device);
	return !err;
}

/* Reads the device of a parent. A missing one gets the name "#IFINDEX". */
static void reader_read_device(struct xm_parent *p)
{
	uint32_t ifindex = p->rec.parent_ifindex;

	p->alive = xm_slot_has_device(p, XM_SLOT_PARENT, NULL) > 0 &&
		   !xm_link_get(&p->engine->nl, XM_NSID_SELF, NULL, ifindex, &p->link);
	if (p->alive)
		return;
	p->link = (struct xm_link){ .ifindex = ifindex };
	snprintf(p->link.name, sizeof(p->link.name), "#%u", ifindex);
}

/* xm_parent_load_pins() or xm_parent_look() */
typedef int load_pins(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		      struct xm_err *e);

/*
 * Reads a parent once. Returns 0; 1: there is no such parent; -EAGAIN: a command is changing it; or
 * a negative errno.
 */
static int reader_try_parent(struct xm_engine *engine, uint32_t ifindex, load_pins *load,
			     struct xm_parent *p, struct xm_err *e)
{
	struct xm_parent_record before;
	int err = load(engine, ifindex, p, e);

	if (err)
		return err;
	before = p->rec;
	err = xm_parent_read(p, ifindex, e);
	if (err)
		return err;
	return memcmp(&before, &p->rec, sizeof(before)) ? -EAGAIN : 0;
}

/*
 * Reads a parent. While a command removes or changes it, it looks damaged for a moment: then it is
 * read again.
 */
static int reader_load_parent(struct xm_engine *engine, uint32_t ifindex, load_pins *load,
			      struct xm_parent *p, struct xm_err *e)
{
	struct xm_err why = {};
	int err = -EAGAIN;

	for (int try = 0; err < 0 && try < XM_READ_TRIES; try++) {
		if (try) {
			xm_parent_close(p);
			xm_reader_nap(try - 1);
		}
		why = (struct xm_err){};
		err = reader_try_parent(engine, ifindex, load, p, &why);
	}
	if (err == -EAGAIN) /* a command was changing it all the time: take what was read last */
		return 0;
	if (err < 0)
		return xm_fail(e, err, "%s", why.text[0] ? why.text : strerror(-err));
	return err;
}

int xm_reader_look(struct xm_engine *engine, uint32_t ifindex, struct xm_parent *p,
		   struct xm_err *e)
{
	return reader_load_parent(engine, ifindex, xm_parent_look, p, e);
}

/*
 * Sets the reason of a broken parent: its pins cannot be read, or the last command has recorded one
 */
static void reader_set_broken(struct xm_parent *p, uint32_t ifindex, int err,
			      const struct xm_err *why)
{
	if (err < 0) {
		/*
		 * a reader must not write: xm_parent_set_broken() would save the reason of a loaded
		 * parent
		 */
		p->loaded = false;
		xm_parent_set_broken_unloaded(p, ifindex, err, why);
	} else if (p->rec.broken[0]) {
		p->broken_err = xm_fail(&p->broken, EPROTO, "%s", p->rec.broken);
	}
}

bool xm_reader_lacks_room(int err)
{
	return err == -ENOMEM || err == -EMFILE || err == -ENFILE;
}

static int reader_add_parent(struct xm_engine *engine, uint32_t ifindex, struct xm_err *e)
{
	struct xm_parent *p = malloc(sizeof(*p));
	struct xm_err why = {};
	int ret;

	if (!p)
		return xm_fail(e, ENOMEM, "out of memory");
	ret = reader_load_parent(engine, ifindex, xm_parent_load_pins, p, &why);
	if (!ret)
		reader_read_device(p);
	if (ret > 0 || xm_reader_lacks_room(ret)) {
		xm_parent_close(p);
		free(p);
		return ret > 0 ? 0 : xm_fail(e, ret, "%s", why.text);
	}
	reader_set_broken(p, ifindex, ret, &why);
	xm_parents_insert(engine, p);
	return 0;
}

int xm_reader_load(struct xm_engine *engine, struct xm_err *e)
{
	struct dirent *de;
	uint64_t cookie;
	uint32_t ifindex;
	int err = engine->options.pins_optional ? 0 : xm_bpffs_check(e);
	DIR *d = NULL;

	if (!err)
		err = xm_pin_root_read(&d, e);
	if (err || !d)
		return err;
	while (!err && (de = readdir(d)))
		if (xm_pin_dir_parse(de->d_name, &cookie, &ifindex) &&
		    cookie == engine->netns_cookie)
			err = reader_add_parent(engine, ifindex, e);
	closedir(d);
	return err;
}
