/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* A small seeded generator: the same seed gives the same sequence on every machine. */
#ifndef XMT_PRNG_H
#define XMT_PRNG_H

#include <stdint.h>

struct xmt_prng {
	uint64_t state;
};

static inline void xmt_prng_seed(struct xmt_prng *p, uint64_t seed)
{
	p->state = seed;
}

/* The next 64 bits (splitmix64: Steele, Lea, Flood 2014). */
static inline uint64_t xmt_rand64(struct xmt_prng *p)
{
	uint64_t z = p->state += 0x9e3779b97f4a7c15;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

/* A number below `n`; 0 when n is 0. */
static inline uint32_t xmt_rand(struct xmt_prng *p, uint32_t n)
{
	return (uint32_t)(((xmt_rand64(p) >> 32) * n) >> 32);
}

/* A number from `lo` to `hi`, both included. */
static inline uint32_t xmt_rand_range(struct xmt_prng *p, uint32_t lo, uint32_t hi)
{
	return lo + xmt_rand(p, hi - lo + 1);
}

/* 1 in `percent` of 100 cases, else 0. */
static inline int xmt_rand_chance(struct xmt_prng *p, unsigned int percent)
{
	return xmt_rand(p, 100) < percent;
}

#endif
