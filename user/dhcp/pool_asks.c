// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "dhcp/pool_asks.h"
#include "runtime/store.h"

/* `docker network create` may run several times at once */
#define ASKS_MAX 5
/* Docker asks again at once; the server takes up to 10 s to answer */
#define PAUSE_MS 11000

static struct {
	pthread_mutex_t lock;
	char id[64];
	unsigned int count;
	unsigned int networks; /* that Docker has */
	int64_t last_ms;
} asks = { .lock = PTHREAD_MUTEX_INITIALIZER };

static int network_count(const char *id, uint64_t version, void *count)
{
	(void)id;
	(void)version;
	++*(unsigned int *)count;
	return 0;
}

bool pool_asked_in_vain(const char *id)
{
	int64_t now = xm_now_ms();
	unsigned int networks = 0;
	bool ret;

	xm_store_each(XM_STORE_DOCKER, network_count, &networks, NULL);
	pthread_mutex_lock(&asks.lock);
	if (strcmp(asks.id, id) != 0 || now - asks.last_ms > PAUSE_MS || networks != asks.networks)
		asks.count = 0;
	snprintf(asks.id, sizeof(asks.id), "%s", id);
	asks.last_ms = now;
	asks.networks = networks;
	ret = ++asks.count > ASKS_MAX;
	pthread_mutex_unlock(&asks.lock);
	return ret;
}

void pool_asks_end(void)
{
	pthread_mutex_lock(&asks.lock);
	asks.count = 0;
	pthread_mutex_unlock(&asks.lock);
}
