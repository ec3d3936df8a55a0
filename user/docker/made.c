// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#include <string.h>

#include "docker/made.h"

void docker_made_add(struct docker_made *m, const struct docker_endpoint *endpoint)
{
	m->list[m->next] = *endpoint;
	m->next = (m->next + 1) % DOCKER_MADE;
}

const struct docker_endpoint *docker_made_find(const struct docker_made *m, const char *network,
					       const char *endpoint)
{
	for (unsigned int i = 0; i < DOCKER_MADE; i++)
		if (!strcmp(m->list[i].endpoint, endpoint) && !strcmp(m->list[i].network, network))
			return &m->list[i];
	return NULL;
}
