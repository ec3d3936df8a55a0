/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * The requests of Docker: libnetwork's protocol for remote drivers (libnetwork, docs/remote.md, and
 * drivers/remote/api). Docker may repeat a request whose answer it did not get. The data of a job
 * is a struct docker_driver.
 */
#ifndef XM_DOCKER_CALLS_H
#define XM_DOCKER_CALLS_H

#include "docker/driver.h"
#include "plugin/calls.h"

/* calls.c: of the network driver */

plugin_call_find_fn docker_call_find;

/* network_calls.c */

plugin_call_fn docker_call_create_network, docker_call_delete_network;

/* endpoint_calls.c */

plugin_call_fn docker_call_create_endpoint, docker_call_delete_endpoint, docker_call_endpoint_info;

/* join_calls.c */

plugin_call_fn docker_call_join;

/* publish_calls.c */

plugin_call_fn docker_call_program, docker_call_unpublish;

#endif
