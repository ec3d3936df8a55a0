/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* xmacvland under test. The watcher dies with the case. */
#ifndef NT_DAEMON_H
#define NT_DAEMON_H

#include "nt.h"

/* Path of the watcher: in the folder of the command under test */
const char *daemon_bin(void);

/* Starts the watcher and checks that it logs "has started". */
void daemon_start(void);
/* As daemon_start(), in a time namespace in which CLOCK_MONOTONIC is `seconds` ahead (or behind) */
void daemon_start_with_clock(int seconds);
/* Starts the watcher with that standard error; -1: it is closed. Nothing is checked. */
void daemon_start_with_stderr(int fd);
/* Sends the signal and checks that the watcher ends. */
void daemon_end(int signal);

void daemon_signal(int signal);

/* Whether the watcher has logged `text` since its start; for daemon_within_a_second() */
bool daemon_has_logged(const void *text);

/* How many lines since its start have `text` */
unsigned int daemon_count_lines(const char *text);

/*
 * Whether holds(arg) becomes true within two seconds. The watcher has one second after the kernel's
 * event; the kernel's linkwatch may report a carrier a second late, to macvlan too.
 */
bool daemon_within_a_second(bool (*holds)(const void *), const void *arg);

#endif
