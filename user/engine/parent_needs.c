// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* What a parent needs for its endpoints: programs, flags, its MAC */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/attach_tc.h"
#include "engine/host_macs.h"
#include "engine/parent_broken.h"
#include "engine/parent_offloads.h"
#include "engine/parent_needs.h"
#include "engine/record.h"
#include "engine/watcher_calls.h"
#include "mac.h"
#include "pins/kernel_features.h"
#include "pins/pin_dir.h"

static int parent_restore_mac(struct xm_parent *p, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = 0;

	if (!(p->rec.state & XM_PARENT_MAC))
		return 0;
	if (!xm_mac_equal(p->link.mac, p->rec.saved_mac))
		err = xm_link_set_mac(nl, p->link.ifindex, p->rec.saved_mac);
	if (err)
		return xm_fail(e, err, "cannot restore the MAC of %s: %s", p->link.name,
			       xm_nl_why(nl, err));
	memcpy(p->link.mac, p->rec.saved_mac, XM_MAC_LEN);
	memcpy(p->config.parent_mac, p->link.mac, XM_MAC_LEN);
	p->rec.state &= ~XM_PARENT_MAC;
	return xm_parent_commit(p, e);
}

static int parent_set_flag(struct xm_parent *p, uint32_t flag, bool on, struct xm_err *e)
{
	struct xm_nl *nl = &p->engine->nl;
	int err = xm_link_set_flags(nl, p->link.ifindex, on ? flag : 0, flag);

	if (err)
		return xm_fail(
			e, err, "cannot make %s %s%s: %s", p->link.name, on ? "" : "no longer ",
			flag == IFF_PROMISC ? "promiscuous" : "allmulticast", xm_nl_why(nl, err));
	p->link.flags = on ? p->link.flags | flag : p->link.flags & ~flag;
	return 0;
}

/*
 * Sets one of the parent's flags while endpoints need it. The bit `ours` of rec.state records that
 * xmacvlan has set it: it does so only when the flag was clear, and clears only such a flag. The
 * state is saved before the flag is set and after it is cleared, so that a kill leaves no flag
 * without its bit.
 */
static int parent_hold_flag(struct xm_parent *p, bool need, uint32_t flag, uint32_t ours,
			    struct xm_err *e)
{
	int err;

	if (need && !(p->link.flags & flag)) {
		p->rec.state |= ours;
		err = xm_parent_commit(p, e);
		return err ? err : parent_set_flag(p, flag, true, e);
	}
	if (!need && (p->rec.state & ours)) {
		err = parent_set_flag(p, flag, false, e);
		if (err)
			return err;
		p->rec.state &= ~ours;
		return xm_parent_commit(p, e);
	}
	return 0;
}

struct parent_needs {
	uint32_t uses, slots, passthru_slot;
	bool promisc;
};

/* Whether a process traces frames: its place in the map listeners is valid */
static bool frames_are_wanted(int listeners)
{
	const uint32_t key = 0;
	struct xm_listeners all;

	if (bpf_map_lookup_elem(listeners, &key, &all))
		return false;
	for (size_t i = 0; i < XM_LISTENERS; i++)
		if (all.list[i].what & XM_LISTEN_FRAMES && all.list[i].until > xm_now_ns())
			return true;
	return false;
}

static bool needs_trace(const struct xm_parent *p)
{
	return p->maps[XM_MAP_LISTENERS] >= 0 && p->rec.programs_minor >= XM_EVENTS_MINOR &&
	       frames_are_wanted(p->maps[XM_MAP_LISTENERS]);
}

static struct parent_needs needs_of_endpoints(const struct xm_parent *p)
{
	struct parent_needs n = { .slots = p->index.end ? p->index.end : 1 };
	const struct xm_endpoint *sole = p->endpoints;

	if (p->index.host_access)
		n.uses |= XM_USES_HOST_ACCESS;
	if (p->index.sources)
		n.uses |= XM_USES_SOURCES;
	if (p->count && sole->rec.port.mode == XM_MODE_PASSTHRU) {
		n.uses |= XM_USES_PASSTHRU;
		n.passthru_slot = sole->slot;
		/* Without a unicast filter its additional MACs come in no other way */
		n.promisc = !sole->rec.nopromisc || (p->rec.state & XM_PARENT_NO_UC_FILTER &&
						     sole->rec.port.flags & XM_PORT_ADDRESSES);
	} else if (p->count) {
		n.promisc = p->rec.state & (XM_PARENT_NO_UC_FILTER | XM_PARENT_FIXED_VLAN_FILTER);
	}
	return n;
}

/* With what processes need that trace frames */
static struct parent_needs needs_of_all(const struct xm_parent *p)
{
	struct parent_needs n = needs_of_endpoints(p);

	if (needs_trace(p))
		n.uses |= XM_USES_TRACE;
	return n;
}

static bool needs_full(const struct xm_parent *p, const struct parent_needs *n)
{
	return n->uses & XM_USES_FULL || p->rec.state & XM_PARENT_NEIGH;
}

static void needs_into_config(struct xm_parent *p, const struct parent_needs *n)
{
	p->config.uses &= XM_USES_VLANS | XM_USES_XDP | XM_USES_XDP_VETH | XM_USES_XDP_SKB |
			  XM_USES_HOST_MACS | XM_USES_FANOUT | XM_USES_TCX_FIRST;
	p->config.uses |= n->uses;
	if (p->rec.state & XM_PARENT_GUARD)
		p->config.uses |= XM_USES_GUARD;
	if (p->rec.state & XM_PARENT_NEIGH)
		p->config.uses |= XM_USES_NEIGH;
	if (xm_macvlan_reflects())
		p->config.uses |= XM_USES_REFLECT;
	p->config.slots = n->slots;
	p->config.passthru_slot = n->passthru_slot;
}

/*
 * Decides about a refusal. needed: an endpoint needs it, so the command fails. Otherwise it is no
 * longer needed and could not be undone: the command succeeds, the parent stays attached as broken,
 * and each later command tries again.
 */
static int needs_judge(struct xm_parent *p, bool needed, int err, const struct xm_err *why,
		       struct xm_err *e)
{
	if (err && needed)
		return xm_fail(e, err, "%s", why->text);
	if (err)
		xm_parent_set_broken(p, err, why);
	return 0;
}

static int needs_hold_flag(struct xm_parent *p, bool need, uint32_t flag, uint32_t ours,
			   struct xm_err *e)
{
	struct xm_err why = {};
	int err = parent_hold_flag(p, need, flag, ours, &why);

	return needs_judge(p, need, err, &why, e);
}

/* Tries every step, also after one that the kernel refused. Returns the first error. */
static int needs_apply(struct xm_parent *p, const struct parent_needs *n, struct xm_err *e)
{
	bool host_access = n->uses & XM_USES_HOST_ACCESS, passthru = n->uses & XM_USES_PASSTHRU;
	int tx, features, allmulti, promisc;
	struct xm_err why = {};

	if (!passthru)
		needs_judge(p, false, parent_restore_mac(p, &why), &why, e);
	why = (struct xm_err){};
	tx = xm_tc_set_parent_tx(p, host_access, &why);
	tx = needs_judge(p, host_access, tx, &why, e);
	why = (struct xm_err){};
	features = xm_parent_hold_offloads(p, &why);
	features = needs_judge(p, p->count > 0, features, &why, e);
	allmulti = needs_hold_flag(p, p->count > 0, IFF_ALLMULTI, XM_PARENT_ALLMULTI, e);
	/* The VLAN filter may have turned out to be fixed */
	promisc = needs_hold_flag(p, needs_of_endpoints(p).promisc, IFF_PROMISC, XM_PARENT_PROMISC,
				  e);
	if (tx || features)
		return tx ? tx : features;
	return allmulti ? allmulti : promisc;
}

int xm_parent_meet_needs(struct xm_parent *p, struct xm_err *e)
{
	struct parent_needs n = needs_of_all(p);
	bool had_host = p->config.uses & XM_USES_HOST_ACCESS;
	int err = needs_full(p, &n) ? xm_tc_use_full(p, e) : 0;

	if (err)
		return err;
	needs_into_config(p, &n);
	p->fanout_stale = true;
	if (!p->config.host_tag &&
	    getrandom(&p->config.host_tag, sizeof(p->config.host_tag), 0) < 0)
		return xm_fail(e, errno, "cannot get a random number: %s", strerror(errno));
	err = xm_parent_commit(p, e);
	if (err || !p->alive)
		return err;
	err = needs_apply(p, &n, e);
	if (!err && had_host != !!(n.uses & XM_USES_HOST_ACCESS))
		err = xm_host_macs_sync(p, e);
	return err;
}

/* follow: the bits of config.uses that have to be as they are needed */
static bool needs_are_met(const struct xm_parent *p, const struct parent_needs *n, uint32_t follow)
{
	const uint32_t of_endpoints =
		XM_PARENT_ALLMULTI | XM_PARENT_LRO | XM_PARENT_VLAN_FILTER | XM_PARENT_STAG_FILTER;
	uint32_t state = p->rec.state;

	if (needs_full(p, n) && state & XM_PARENT_PLAIN)
		return false;
	if ((p->config.uses ^ n->uses) & follow || p->config.slots != n->slots ||
	    !(state & XM_PARENT_TX) != !(n->uses & XM_USES_HOST_ACCESS))
		return false;
	return !(state & XM_PARENT_MAC && !(n->uses & XM_USES_PASSTHRU)) &&
	       !(state & of_endpoints && !p->count) && !(state & XM_PARENT_PROMISC && !n->promisc);
}

#define OF_ENDPOINTS (XM_USES_HOST_ACCESS | XM_USES_SOURCES | XM_USES_PASSTHRU)

bool xm_parent_needs_are_met(const struct xm_parent *p)
{
	struct parent_needs n = needs_of_all(p);

	return needs_are_met(p, &n, OF_ENDPOINTS | XM_USES_TRACE);
}

bool xm_parent_endpoints_needs_are_met(const struct xm_parent *p)
{
	struct parent_needs n = needs_of_endpoints(p);

	return needs_are_met(p, &n, OF_ENDPOINTS);
}

bool xm_parent_is_traced_by_nobody(const struct xm_parent *p)
{
	return p->config.uses & XM_USES_TRACE && !needs_trace(p);
}

bool xm_trace_has_listener(uint64_t cookie, uint32_t ifindex)
{
	const uint32_t key = 0;
	char dir[XM_PIN_DIR_LEN];
	struct xm_config c = {};
	int config, listeners;
	bool ret;

	xm_pin_dir(cookie, ifindex, dir, sizeof(dir));
	config = xm_map_open_any(dir, XM_MAP_CONFIG);
	if (config < 0)
		return true;
	bpf_map_lookup_elem(config, &key, &c);
	close(config);
	if (!(c.uses & XM_USES_TRACE))
		return true;
	listeners = xm_map_open_any(dir, XM_MAP_LISTENERS);
	if (listeners < 0)
		return true;
	ret = frames_are_wanted(listeners);
	close(listeners);
	return ret;
}
