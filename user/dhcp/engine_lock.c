// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <pthread.h>

#include "dhcp/engine_lock.h"

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void dhcp_engine_lock(void)
{
	pthread_mutex_lock(&lock);
}

void dhcp_engine_unlock(void)
{
	pthread_mutex_unlock(&lock);
}
