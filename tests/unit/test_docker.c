// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
/* xmacvlan-docker: the endpoints made last, and when moved devices are followed */
#include <stdio.h>

#include "../../user/docker/made.h"
#include "../../user/docker/moves.h"
#include "summary.h"

static struct docker_endpoint numbered(unsigned int number, const char *network)
{
	struct docker_endpoint endpoint = {};

	snprintf(endpoint.network, sizeof(endpoint.network), "%s", network);
	snprintf(endpoint.endpoint, sizeof(endpoint.endpoint), "%064x", number);
	snprintf(endpoint.ipv4, sizeof(endpoint.ipv4), "10.0.%u.%u/16", number / 256, number % 256);
	return endpoint;
}

static void add(struct docker_made *m, unsigned int number, const char *network)
{
	const struct docker_endpoint endpoint = numbered(number, network);

	docker_made_add(m, &endpoint);
}

static const struct docker_endpoint *find(const struct docker_made *m, unsigned int number,
					  const char *network)
{
	const struct docker_endpoint endpoint = numbered(number, network);

	return docker_made_find(m, network, endpoint.endpoint);
}

static void test_made(void **state)
{
	struct docker_made m = {};

	(void)state;
	assert_null(find(&m, 1, "a"));
	add(&m, 1, "a");
	assert_string_equal(find(&m, 1, "a")->ipv4, "10.0.0.1/16");
	assert_null(find(&m, 2, "a"));
	assert_null(find(&m, 1, "b"));
	add(&m, 1, "b");
	assert_string_equal(find(&m, 1, "b")->network, "b");
	assert_string_equal(find(&m, 1, "a")->network, "a");
}

static void test_made_is_a_ring(void **state)
{
	struct docker_made m = {};

	(void)state;
	for (unsigned int i = 0; i < DOCKER_MADE; i++)
		add(&m, i, "a");
	for (unsigned int i = 0; i < DOCKER_MADE; i++)
		assert_string_equal(find(&m, i, "a")->ipv4, numbered(i, "a").ipv4);
	/* Each further one takes the place of the oldest */
	for (unsigned int i = DOCKER_MADE; i < 5 * DOCKER_MADE; i++) {
		assert_non_null(find(&m, i - DOCKER_MADE, "a"));
		add(&m, i, "a");
		assert_null(find(&m, i - DOCKER_MADE, "a"));
		assert_non_null(find(&m, i - DOCKER_MADE + 1, "a"));
		assert_non_null(find(&m, i, "a"));
	}
}

/* Docker repeats CreateEndpoint with the same id: what was made last counts */
static void test_made_again(void **state)
{
	struct docker_endpoint again = numbered(1, "a");
	struct docker_made m = {};

	(void)state;
	for (unsigned int before = 0; before < DOCKER_MADE; before++) {
		m = (struct docker_made){};
		for (unsigned int i = 0; i < before; i++)
			add(&m, 100 + i, "a");
		add(&m, 1, "a");
		snprintf(again.ipv4, sizeof(again.ipv4), "10.9.9.9/16");
		docker_made_add(&m, &again);
		assert_string_equal(find(&m, 1, "a")->ipv4, "10.9.9.9/16");
	}
}

static void test_one_move(void **state)
{
	struct docker_moves m = {};

	(void)state;
	docker_moves_schedule(&m, 5000);
	assert_int_equal(m.due_ms, 5200);
}

/* Moves that come together are followed once, but not later than two seconds after the first */
static void test_burst(void **state)
{
	struct docker_moves m = {};
	int64_t now;

	(void)state;
	for (now = 5000; now <= 6800; now += 150) {
		docker_moves_schedule(&m, now);
		assert_int_equal(m.due_ms, now + 200);
	}
	for (; now < 7000; now += 10) {
		docker_moves_schedule(&m, now);
		assert_int_equal(m.due_ms, 7000);
	}
	/* After it was followed another burst begins */
	m.due_ms = 0;
	docker_moves_schedule(&m, 7001);
	assert_int_equal(m.due_ms, 7201);
	docker_moves_schedule(&m, 8900);
	assert_int_equal(m.due_ms, 9001);
}

/* A parent that is locked: moves that come meanwhile do not put the next look off */
static void test_put_off(void **state)
{
	struct docker_moves m = {};

	(void)state;
	docker_moves_put_off(&m, 5000);
	assert_int_equal(m.due_ms, 6000);
	docker_moves_schedule(&m, 5900);
	assert_int_equal(m.due_ms, 6000);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_made),	   cmocka_unit_test(test_made_is_a_ring),
		cmocka_unit_test(test_made_again), cmocka_unit_test(test_one_move),
		cmocka_unit_test(test_burst),	   cmocka_unit_test(test_put_off),
	};

	return SUMMARY_RUN(tests);
}
