// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "docker/pool_asks.h"

/* `docker network create` may run several times at once */
#define ASKS_MAX 5
/* Docker asks again at once; the server takes up to 10 s to answer */
#define PAUSE_MS 11000

static struct {
	pthread_mutex_t lock;
	char id[64];
	unsigned int count;
	int64_t last_ms;
} asks = { .lock = PTHREAD_MUTEX_INITIALIZER };

bool docker_pool_asked_in_vain(const char *id)
{
	int64_t now = xm_now_ms();
	bool ret;

	pthread_mutex_lock(&asks.lock);
	if (strcmp(asks.id, id) != 0 || now - asks.last_ms > PAUSE_MS)
		asks.count = 0;
	snprintf(asks.id, sizeof(asks.id), "%s", id);
	asks.last_ms = now;
	ret = ++asks.count > ASKS_MAX;
	pthread_mutex_unlock(&asks.lock);
	return ret;
}

void docker_pool_asks_end(void)
{
	pthread_mutex_lock(&asks.lock);
	asks.count = 0;
	pthread_mutex_unlock(&asks.lock);
}
