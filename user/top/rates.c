// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "top/rates.h"

/* Drops that the devices count; the programs count all others */
static bool reason_is_of_devices(unsigned int reason)
{
	return reason == XM_REASON_VETH_DROPPED || reason == XM_REASON_TX_REFUSED;
}

static bool counters_began_again(const struct xm_stats *before, const struct xm_stats *now)
{
	if (now->rx_packets < before->rx_packets || now->rx_bytes < before->rx_bytes ||
	    now->tx_packets < before->tx_packets || now->tx_bytes < before->tx_bytes)
		return true;
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		if (!reason_is_of_devices(i) && now->drops[i] < before->drops[i])
			return true;
	return false;
}

static bool is_same(const struct xm_top_counted *a, const struct xm_top_counted *b)
{
	return a->host_ifindex == b->host_ifindex && !strcmp(a->name, b->name);
}

static void rates_find_reason(struct xm_top_rates *r)
{
	r->reason = -1;
	for (int i = 0; i < XM_REASON_COUNT; i++)
		if (r->reasons[i] > (r->reason < 0 ? 0 : r->reasons[r->reason]))
			r->reason = i;
}

/*
 * The devices' own counts are compared only when both samples have them: they would seem to begin
 * again, and then to grow by all that was ever counted. A smaller one is a race of two counters.
 */
static double reason_rate(const struct xm_top_counted *before, const struct xm_top_counted *now,
			  unsigned int reason, double seconds)
{
	uint64_t a = before->stats.drops[reason], b = now->stats.drops[reason];

	if (reason_is_of_devices(reason) && (!before->has_device || !now->has_device))
		return 0;
	return b > a ? (b - a) / seconds : 0;
}

static void rates_take(const struct xm_top_counted *before, const struct xm_top_counted *now,
		       double seconds, struct xm_top_rates *ret)
{
	const struct xm_stats *a = &before->stats, *b = &now->stats;

	if (!before->has_stats || !now->has_stats || !is_same(before, now) ||
	    counters_began_again(a, b))
		return;
	ret->known = true;
	ret->rx_packets = (b->rx_packets - a->rx_packets) / seconds;
	ret->rx_bits = 8.0 * (b->rx_bytes - a->rx_bytes) / seconds;
	ret->tx_packets = (b->tx_packets - a->tx_packets) / seconds;
	ret->tx_bits = 8.0 * (b->tx_bytes - a->tx_bytes) / seconds;
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++) {
		ret->reasons[i] = reason_rate(before, now, i, seconds);
		ret->drops += ret->reasons[i];
	}
	rates_find_reason(ret);
}

static void total_add(struct xm_top_rates *total, const struct xm_top_rates *r)
{
	if (!r->known)
		return;
	total->known = true;
	total->rx_packets += r->rx_packets;
	total->rx_bits += r->rx_bits;
	total->tx_packets += r->tx_packets;
	total->tx_bits += r->tx_bits;
	total->drops += r->drops;
	for (unsigned int i = 0; i < XM_REASON_COUNT; i++)
		total->reasons[i] += r->reasons[i];
}

static int compare_place(const struct xm_top_counted *a, const struct xm_top_counted *b)
{
	if (a->parent_ifindex != b->parent_ifindex)
		return a->parent_ifindex < b->parent_ifindex ? -1 : 1;
	return (a->slot > b->slot) - (a->slot < b->slot);
}

int xm_top_compare(const struct xm_top_sample *before, const struct xm_top_sample *now,
		   struct xm_top_table *ret)
{
	size_t old = 0;

	*ret = (struct xm_top_table){ .total.reason = -1 };
	ret->rows = calloc(now->count + 1, sizeof(*ret->rows));
	if (!ret->rows)
		return -ENOMEM;
	if (before && now->time_ns > before->time_ns)
		ret->seconds = (now->time_ns - before->time_ns) / 1e9;
	for (size_t i = 0; i < now->count; i++) {
		struct xm_top_row *row = &ret->rows[ret->count++];

		row->now = &now->list[i];
		row->rates.reason = -1;
		if (row->now->slot == XM_SLOT_PARENT)
			ret->parents++;
		else
			ret->endpoints++;
		if (ret->seconds <= 0)
			continue;
		while (old < before->count && compare_place(&before->list[old], row->now) < 0)
			old++;
		if (old < before->count && !compare_place(&before->list[old], row->now))
			rates_take(&before->list[old], row->now, ret->seconds, &row->rates);
		total_add(&ret->total, &row->rates);
	}
	rates_find_reason(&ret->total);
	return 0;
}
