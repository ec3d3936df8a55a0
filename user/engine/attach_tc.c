// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* TC programs on a parent */
#include <bpf/bpf.h>
#include <errno.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "engine/attach_tc.h"
#include "engine/host_end_programs.h"
#include "engine/record.h"
#include "engine/tc_pins.h"
#include "engine/tc_verify.h"
#include "net/tc.h"
#include "net/tcx.h"

static bool tcx_wanted(void)
{
	const char *s = secure_getenv("XMACVLAN_TC");

	return !s || strcmp(s, "clsact");
}

/* Pins the tcx link `fd` and closes it */
static int tcx_pin(struct xm_parent *p, enum xm_program program, int fd)
{
	char path[256];
	int err = 0;

	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	if (bpf_obj_pin(fd, path))
		err = -errno;
	close(fd);
	if (!err)
		p->rec.state |= XM_PARENT_TCX;
	return err;
}

static int attach_tcx(struct xm_parent *p, enum xm_program program, int prog_fd, bool ingress)
{
	int fd;

	if (!tcx_wanted())
		return -EOPNOTSUPP;
	fd = xm_tcx_attach(prog_fd, p->link.ifindex, ingress);
	return fd < 0 ? fd : tcx_pin(p, program, fd);
}

static int attach_clsact(struct xm_parent *p, enum xm_program program, int prog_fd, bool ingress)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_tc_add_clsact(nl, p->link.ifindex);

	if (!err) {
		p->rec.state |= XM_PARENT_CLSACT;
		err = xm_parent_commit(p, NULL);
	} else if (err == -EEXIST) {
		err = 0;
	}
	return err ? err
		   : xm_tc_set_filter(nl, p->link.ifindex, ingress, prog_fd,
				      xm_program_names[program]);
}

/* Attaches by clsact when there is no tcx. tcx: what attaching by tcx has returned */
static int program_attach_by(struct xm_parent *p, enum xm_program program, int prog_fd,
			     bool ingress, int tcx, struct xm_err *e)
{
	int err = tcx;

	if (err == -EOPNOTSUPP)
		err = attach_clsact(p, program, prog_fd, ingress);
	if (err)
		xm_fail(e, err, "cannot attach %s to %s: %s", xm_program_names[program],
			p->link.name, xm_nl_why(&p->engine->nl, err));
	return err;
}

static int program_attach(struct xm_parent *p, enum xm_program program, bool ingress,
			  struct xm_err *e)
{
	int prog_fd, err = xm_parent_prepare_program(p, e);

	if (err)
		return err;
	prog_fd = xm_tc_load(p, program, e);
	if (prog_fd < 0)
		return prog_fd;
	err = program_attach_by(p, program, prog_fd, ingress,
				attach_tcx(p, program, prog_fd, ingress), e);
	close(prog_fd);
	return err;
}

/* The pin of a tcx link that others have detached leads to nothing */
static int program_reattach(struct xm_parent *p, enum xm_program program, bool ingress,
			    struct xm_err *e)
{
	char path[256];
	int err;

	if (xm_tc_verify_program(p, program, ingress, NULL) != -ENOLINK)
		return 0;
	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	if (unlink(path) && errno != ENOENT)
		return xm_fail(e, errno, "cannot remove %s: %s", path, strerror(errno));
	err = program_attach(p, program, ingress, e);
	if (err)
		return err;
	p->reattached |= 1u << program;
	return xm_parent_commit(p, e);
}

int xm_tc_reattach(struct xm_parent *p, struct xm_err *e)
{
	int err = program_reattach(p, XM_PROG_PARENT_RX, true, e);

	if (err || !(p->rec.state & XM_PARENT_TX))
		return err;
	return program_reattach(p, XM_PROG_PARENT_TX, false, e);
}

struct program_load {
	enum xm_program program;
	const int *maps;
	bool plain;
	int fd; /* or a negative errno */
	struct xm_err e;
};

static void *load_thread(void *data)
{
	struct program_load *l = data;

	l->fd = xm_program_load(l->program, l->plain, l->maps, &l->e);
	return NULL;
}

/* The verifier takes some 50 ms for each program: two CPUs verify two programs at once */
static void load_both(struct program_load *a, struct program_load *b)
{
	pthread_t thread;
	bool threaded = !pthread_create(&thread, NULL, load_thread, a);

	load_thread(b);
	if (threaded)
		pthread_join(thread, NULL);
	else
		load_thread(a);
}

/* The two programs that every parent needs */
struct rx_programs {
	struct program_load endpoint, parent;
};

static int rx_programs_load(struct xm_parent *p, struct rx_programs *rx, bool plain,
			    struct xm_err *e)
{
	const struct program_load *failed = &rx->endpoint;
	int err = xm_parent_prepare_program(p, e);

	*rx = (struct rx_programs){
		.endpoint = { XM_PROG_ENDPOINT_RX, p->maps, plain, .fd = -1 },
		.parent = { XM_PROG_PARENT_RX, p->maps, plain, .fd = -1 },
	};
	if (err)
		return err;
	load_both(&rx->endpoint, &rx->parent);
	if (rx->endpoint.fd >= 0 && rx->parent.fd >= 0)
		return 0;
	if (rx->endpoint.fd >= 0)
		failed = &rx->parent;
	return xm_fail(e, failed->fd, "%s", failed->e.text);
}

static void rx_programs_close(const struct rx_programs *rx)
{
	if (rx->endpoint.fd >= 0)
		close(rx->endpoint.fd);
	if (rx->parent.fd >= 0)
		close(rx->parent.fd);
}

/* A tcx link at the parent's ingress that is made while the programs are loaded */
struct early_link {
	uint32_t ifindex;
	int fd; /* or a negative errno; -EOPNOTSUPP: no tcx */
	pthread_t thread;
	bool threaded;
};

/*
 * A new tcx link waits for a grace period of RCU (13 ms), a new program of a link does not. The
 * link gets a program that passes every frame. Until it is pinned it ends with this process.
 */
static void *early_link_thread(void *data)
{
	struct early_link *l = data;
	int pass = xm_program_load_pass();

	l->fd = pass < 0 ? pass : xm_tcx_attach(pass, l->ifindex, true);
	if (pass >= 0)
		close(pass);
	return NULL;
}

static void early_link_start(struct early_link *l)
{
	if (!tcx_wanted())
		return;
	l->threaded = !pthread_create(&l->thread, NULL, early_link_thread, l);
	if (!l->threaded)
		early_link_thread(l);
}

static void early_link_wait(const struct early_link *l)
{
	if (l->threaded)
		pthread_join(l->thread, NULL);
}

/* Gives the link its program and pins it. Closes the link. */
static int early_link_use(struct early_link *l, struct xm_parent *p, int prog_fd)
{
	int err, fd = l->fd;

	if (fd < 0)
		return fd;
	l->fd = -EBADF;
	if (!bpf_link_update(fd, prog_fd, NULL))
		return tcx_pin(p, XM_PROG_PARENT_RX, fd);
	err = -errno;
	close(fd);
	return err;
}

static void early_link_close(const struct early_link *l)
{
	if (l->fd >= 0)
		close(l->fd);
}

int xm_tc_attach_first(struct xm_parent *p, struct xm_err *e)
{
	struct early_link link = { .ifindex = p->link.ifindex, .fd = -EOPNOTSUPP };
	/* Before the link, which has the RTNL while it waits */
	int err = xm_program_check_kernel(XM_PROG_PARENT_RX, e);
	struct rx_programs rx;

	if (err)
		return err;
	early_link_start(&link);
	err = rx_programs_load(p, &rx, p->rec.state & XM_PARENT_PLAIN, e);
	early_link_wait(&link);
	if (!err)
		err = xm_host_end_programs_pin(p, rx.endpoint.fd, e);
	if (!err)
		err = program_attach_by(p, XM_PROG_PARENT_RX, rx.parent.fd, true,
					early_link_use(&link, p, rx.parent.fd), e);
	early_link_close(&link);
	rx_programs_close(&rx);
	return err;
}

/*
 * Returns 0 also when the program is not attached. EINVAL: there is no qdisc that could have a TC
 * filter.
 */
static int program_detach(struct xm_parent *p, enum xm_program program, bool ingress,
			  struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	char path[256];
	int err;

	nl->ack[0] = '\0';
	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	err = unlink(path) ? -errno : 0;
	/* EISDIR: another program has made a folder there, and removed the link's pin before */
	if (err == -ENOENT || err == -EISDIR)
		err = xm_tc_del_filter(nl, p->link.ifindex, ingress, xm_program_names[program]);
	if (!err || err == -ENOENT || err == -EINVAL)
		return 0;
	return xm_fail(e, err, "cannot detach %s from %s: %s", xm_program_names[program],
		       p->link.name, xm_nl_why(nl, err));
}

static int detach_tx(struct xm_parent *p, struct xm_err *e)
{
	int err = program_detach(p, XM_PROG_PARENT_TX, false, e);

	if (!err)
		p->rec.state &= ~(XM_PARENT_TX | XM_PARENT_TX_PARTIAL);
	return err;
}

/*
 * parent_tx acts only while XM_USES_HOST_ACCESS is set, so flag and program may change one after
 * the other. The state is saved before the program is attached: a kill leaves no program that the
 * state does not name.
 */
int xm_tc_set_parent_tx(struct xm_parent *p, bool on, struct xm_err *e)
{
	bool partial = p->rec.state & XM_PARENT_TX_PARTIAL;
	int err;

	if (!partial && on == !!(p->rec.state & XM_PARENT_TX))
		return 0;
	err = partial || !on ? detach_tx(p, e) : 0;
	if (err || !on)
		return err ? err : xm_parent_commit(p, e);
	p->rec.state |= XM_PARENT_TX_PARTIAL;
	err = xm_parent_commit(p, e);
	if (!err)
		err = program_attach(p, XM_PROG_PARENT_TX, false, e);
	if (err) {
		detach_tx(p, NULL);
		xm_parent_commit(p, NULL);
		return err;
	}
	p->rec.state ^= XM_PARENT_TX_PARTIAL | XM_PARENT_TX;
	return xm_parent_commit(p, e);
}

int xm_tc_detach(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = detach_tx(p, e);

	if (!err)
		err = program_detach(p, XM_PROG_PARENT_RX, true, e);
	if (err || !(p->rec.state & XM_PARENT_CLSACT))
		return err;
	err = xm_tc_has_any_filter(nl, p->link.ifindex);
	if (!err)
		err = xm_tc_del_clsact(nl, p->link.ifindex);
	/* EINVAL, ENOENT: another program has deleted it */
	if (err < 0 && err != -EINVAL && err != -ENOENT)
		return xm_fail(e, err, "cannot remove the clsact qdisc of %s: %s", p->link.name,
			       xm_nl_why(nl, err));
	p->rec.state &= ~XM_PARENT_CLSACT;
	return 0;
}

/*
 * A tcx link takes its new program; a TC filter of the same handle replaces the old one. Both are
 * one step.
 */
static int program_replace(struct xm_parent *p, enum xm_program program, int prog_fd, bool ingress,
			   struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	const char *name = xm_program_names[program];
	char path[256];
	int err = 0, fd;

	nl->ack[0] = '\0';
	xm_tc_pin_path(p, program, XM_LINK_PIN, path, sizeof(path));
	fd = bpf_obj_get(path);
	if (fd >= 0) {
		err = bpf_link_update(fd, prog_fd, NULL) ? -errno : 0;
		close(fd);
	} else {
		err = errno == ENOENT
			      ? xm_tc_set_filter(nl, p->link.ifindex, ingress, prog_fd, name)
			      : -errno;
	}
	return err ? xm_fail(e, err, "cannot replace %s on %s: %s", name, p->link.name,
			     xm_nl_why(nl, err))
		   : 0;
}

static int rx_programs_replace(struct xm_parent *p, const struct rx_programs *rx, struct xm_err *e)
{
	int err = xm_host_end_programs_upgrade_rx(p, rx->endpoint.fd, e);

	return err ? err : program_replace(p, XM_PROG_PARENT_RX, rx->parent.fd, true, e);
}

/*
 * Programs of both kinds may be attached at the same time while config.uses has none of
 * XM_USES_FULL, so the record says that they are full after the last one was replaced.
 */
int xm_tc_use_full(struct xm_parent *p, struct xm_err *e)
{
	struct rx_programs rx;
	int err;

	if (!(p->rec.state & XM_PARENT_PLAIN) || !p->alive)
		return 0;
	/* A parent that has moved here is ready, but its programs are attached later */
	if (xm_host_end_programs_is_pinned(p) ||
	    !xm_tc_verify_program(p, XM_PROG_PARENT_RX, true, NULL)) {
		err = rx_programs_load(p, &rx, false, e);
		if (!err)
			err = rx_programs_replace(p, &rx, e);
		rx_programs_close(&rx);
		if (err)
			return err;
	}
	p->rec.state &= ~XM_PARENT_PLAIN;
	p->rec.needs_minor = 0;
	return xm_parent_commit(p, e);
}

int xm_tc_upgrade(struct xm_parent *p, struct xm_err *e)
{
	int err, tx = 0, endpoint_tx = 0;
	struct rx_programs rx;

	/* All are loaded before the first is replaced, for this is what a kernel may refuse */
	err = rx_programs_load(p, &rx, p->rec.state & XM_PARENT_PLAIN, e);
	if (!err && (p->rec.state & XM_PARENT_TX)) {
		tx = xm_tc_load(p, XM_PROG_PARENT_TX, e);
		err = tx < 0 ? tx : 0;
	}
	if (!err) {
		endpoint_tx = xm_tc_load(p, XM_PROG_ENDPOINT_TX, e);
		err = endpoint_tx < 0 ? endpoint_tx : 0;
	}
	if (!err)
		err = rx_programs_replace(p, &rx, e);
	if (!err && tx > 0)
		err = program_replace(p, XM_PROG_PARENT_TX, tx, false, e);
	if (!err)
		err = xm_host_end_programs_upgrade_tx(p, endpoint_tx, e);
	rx_programs_close(&rx);
	if (endpoint_tx > 0)
		close(endpoint_tx);
	if (tx > 0)
		close(tx);
	return err;
}
