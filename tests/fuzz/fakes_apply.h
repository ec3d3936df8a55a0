/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Included before user/cli/apply_files.c: fuzz_apply.c has files in memory */
#ifndef XM_FUZZ_FAKES_APPLY_H
#define XM_FUZZ_FAKES_APPLY_H

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

int fz_open(const char *path);
ssize_t fz_read(int fd, void *buf, size_t size);
int fz_close(int fd);
int fz_access(const char *path);
int fz_stat(const char *path, struct stat *ret);
DIR *fz_opendir(const char *path);
struct dirent *fz_readdir(DIR *dir);
int fz_closedir(DIR *dir);

#ifndef FZ_HARNESS
#define open(p, f)    fz_open(p)
#define read(f, b, s) fz_read(f, b, s)
#define close(f)      fz_close(f)
#define access(p, m)  fz_access(p)
#define stat(p, r)    fz_stat(p, r)
#define lstat(p, r)   fz_stat(p, r)
#define opendir(p)    fz_opendir(p)
#define readdir(d)    fz_readdir(d)
#define closedir(d)   fz_closedir(d)
#endif

#endif
