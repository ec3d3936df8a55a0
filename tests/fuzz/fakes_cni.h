/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Included before the files of user/cni/ (clang -include). Besides the calls of fakes.h they run
 * another program, wait and read the clock: fake_cni.c answers.
 */
#ifndef XM_FUZZ_FAKES_CNI_H
#define XM_FUZZ_FAKES_CNI_H

#include "fakes.h"

#include <stdlib.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include <time.h>

void *fz_cni_malloc(size_t size);
void *fz_cni_calloc(size_t count, size_t size);
void *fz_cni_realloc(void *block, size_t count, size_t size);
char *fz_cni_strdup(const char *text);
void fz_cni_free(void *block);
void fz_cni_exit(int code) __attribute__((noreturn));
int fz_cni_stat(const char *path, struct stat *ret);
int fz_cni_fstat(int fd, struct stat *ret);
int fz_cni_open(const char *path);
ssize_t fz_cni_read(int fd, void *buf, size_t size);
ssize_t fz_cni_write(size_t size);
int fz_cni_file(void);
int fz_cni_mount(const char *what, const char *where);
int fz_cni_pipe(int fds[2]);
pid_t fz_cni_fork(void);
pid_t fz_cni_waitpid(int *status);
int fz_cni_nap(const struct timespec *ts);
const char *fz_cni_getenv(const char *name);

#ifndef FZ_HARNESS
#undef main
#undef stat
#undef fstat
#undef open
#define main		      xmacvlan_cni_main
#define malloc(n)	      fz_cni_malloc(n)
#define calloc(n, s)	      fz_cni_calloc(n, s)
#define reallocarray(p, n, s) fz_cni_realloc(p, n, s)
#define strdup(t)	      fz_cni_strdup(t)
#define free		      fz_cni_free /* also as the address of a function */
#define _exit(c)	      fz_cni_exit(c)
#define stat(p, r)	      fz_cni_stat(p, r)
#define fstat(f, r)	      fz_cni_fstat(f, r)
#define open(p, f)	      fz_cni_open(p)
#define read(f, b, n)	      fz_cni_read(f, b, n)
#define write(f, b, n)	      ((void)(f), (void)(b), fz_cni_write(n))
#define pwrite(f, b, n, o)    ((void)(f), (void)(b), fz_cni_write(n))
#define lseek(f, o, w)	      ((void)(f))
#define mount(w, t, f, l, o)  fz_cni_mount(w, t)
#define memfd_create(n, f)    fz_cni_file()
#define pipe2(p, f)	      fz_cni_pipe(p)
#define fork()		      fz_cni_fork()
#define waitpid(p, s, o)      fz_cni_waitpid(s)
#undef nanosleep
#define nanosleep(t, r) fz_cni_nap(t)
#define getenv(n)	((char *)fz_cni_getenv(n))
#define signal(s, h)	((void)0)
#define umask(m)	((void)0)
#endif

#endif
