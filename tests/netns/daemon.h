/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* xmacvland under test */
#ifndef NT_DAEMON_H
#define NT_DAEMON_H

#include "nt.h"

/* Path of the watcher: beside the command under test */
const char *daemon_bin(void);

/* Each is a test. The watcher dies with the case. */
void daemon_start(void);
/* ... in a time namespace whose CLOCK_MONOTONIC is so much ahead, negative: behind */
void daemon_start_ahead(int seconds);
void daemon_end(int signal);

void daemon_signal(int signal);

/* Whether it has logged this text since it was started; for daemon_within_a_second() */
bool daemon_said(const void *text);

/*
 * Whether it holds within a second of hearing of it, says the issue; the kernel may tell of a carrier a second
 * late (linkwatch), macvlan too.
 */
bool daemon_within_a_second(bool (*holds)(const void *), const void *arg);

#endif
