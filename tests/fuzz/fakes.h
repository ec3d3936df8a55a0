/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/*
 * Included before every fuzzed file of user/ (clang -include): fake_fs.c, fake_bpf.c and fake_nl.c
 * answer its system calls. Not by ld's --wrap, which would also wrap libFuzzer's own calls.
 */
#ifndef XM_FUZZ_FAKES_H
#define XM_FUZZ_FAKES_H

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <fcntl.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <time.h>
#include <unistd.h>
#include <xdp/libxdp.h>

/* fake_fs.c */
int fz_statfs(const char *path, struct statfs *ret);
int fz_fstatfs(int fd, struct statfs *ret);
int fz_stat(const char *path, struct stat *ret);
int fz_fstat(int fd, struct stat *ret);
int fz_mkdir(const char *path, mode_t mode);
int fz_rmdir(const char *path);
int fz_unlink(const char *path);
int fz_rename(const char *from, const char *to);
int fz_renameat2(const char *from, const char *to, unsigned int flags);
int fz_open(const char *path, int flags);
int fz_close(int fd);
int fz_dup(int fd);
DIR *fz_opendir(const char *path);
struct dirent *fz_readdir(DIR *dir);
int fz_closedir(DIR *dir);
FILE *fz_fopen(const char *path, const char *mode);
FILE *fz_tmpfile(void);
int fz_socket(void);
int fz_getsockopt(void *value);
int fz_ioctl(int fd, unsigned long request, void *arg);
ssize_t fz_getrandom(void *buf, size_t size);
int fz_access(const char *path);
int fz_succeed(void);
unsigned int fz_if_nametoindex(const char *name);

/* fake_bpf.c */
int fz_lookup(int fd, const void *key, void *value);
int fz_update(int fd, const void *key, const void *value, __u64 flags);
int fz_delete(int fd, const void *key);
int fz_next_key(int fd, const void *key, void *next);
int fz_lookup_batch(int fd, void *in, void *out, void *keys, void *values, __u32 *count);
int fz_map_create(enum bpf_map_type type, __u32 key, __u32 value, __u32 entries);
int fz_map_by_id(__u32 id);
int fz_info(int fd, void *info, __u32 *len);
int fz_obj_get(const char *path);
int fz_obj_pin(int fd, const char *path);
int fz_refuse(void);

/* fake_nl.c */
int fz_nl_socket(void);
int fz_nl_getsockname(void *address);
ssize_t fz_sendmsg(const struct msghdr *msg);
ssize_t fz_recvmsg(struct msghdr *msg);
#define FZ_PORTID 4711

/*
 * Messages of the harnesses, built without the library that the programs use. buf is large enough.
 */
struct nlmsghdr *fz_msg(void *buf, uint16_t type);
void *fz_msg_header(struct nlmsghdr *nlh, size_t size);
void fz_put(struct nlmsghdr *nlh, uint16_t type, size_t size, const void *data);
void fz_put_u8(struct nlmsghdr *nlh, uint16_t type, uint8_t value);
void fz_put_u16(struct nlmsghdr *nlh, uint16_t type, uint16_t value);
void fz_put_u32(struct nlmsghdr *nlh, uint16_t type, uint32_t value);
void fz_put_text(struct nlmsghdr *nlh, uint16_t type, const char *text);
struct nlattr *fz_nest(struct nlmsghdr *nlh, uint16_t type);
void fz_nest_end(struct nlmsghdr *nlh, struct nlattr *nest);

#ifndef FZ_HARNESS
#define main			 xmacvlan_main
#define statfs(p, r)		 fz_statfs(p, r)
#define fstatfs(f, r)		 fz_fstatfs(f, r)
#define stat(p, r)		 fz_stat(p, r)
#define lstat(p, r)		 fz_stat(p, r)
#define fstat(f, r)		 fz_fstat(f, r)
#define mkdir(p, m)		 fz_mkdir(p, m)
#define rmdir(p)		 fz_rmdir(p)
#define unlink(p)		 fz_unlink(p)
#define rename(a, b)		 fz_rename(a, b)
#define renameat2(x, a, y, b, f) fz_renameat2(a, b, f)
#define open(p, f)		 fz_open(p, f)
#define close(f)		 fz_close(f)
#define dup(f)			 fz_dup(f)
#define access(p, m)		 fz_access(p)
#define opendir(p)		 fz_opendir(p)
#define readdir(d)		 fz_readdir(d)
#define closedir(d)		 fz_closedir(d)
#define fopen(p, m)		 fz_fopen(p, m)
#define tmpfile()		 fz_tmpfile()
#define flock(f, o)		 fz_succeed()
/* setns() does not fail: a failure on the way back ends the process, on purpose */
#define setns(f, t)		  ((void)(f), 0)
#define geteuid()		  0
#define socket(d, t, p)		  ((d) == AF_NETLINK ? fz_nl_socket() : fz_socket())
#define getsockopt(f, l, n, v, s) fz_getsockopt(v)
#define ioctl(f, r, ...)	  fz_ioctl(f, r, (void *)(0, ##__VA_ARGS__))
#define getrandom(b, s, f)	  fz_getrandom(b, s)
/* A nap before another try: a faked answer does not change by waiting */
#define nanosleep(t, r)		   ((void)(t), 0)
#define if_nametoindex(n)	   fz_if_nametoindex(n)
#define pthread_create(t, a, f, d) (*(t) = 0, EAGAIN)
#define pthread_join(t, r)	   ((void)(t))

#define bpf_map_lookup_elem(f, k, v)		  fz_lookup(f, k, v)
#define bpf_map_update_elem(f, k, v, g)		  fz_update(f, k, v, g)
#define bpf_map_delete_elem(f, k)		  fz_delete(f, k)
#define bpf_map_get_next_key(f, k, n)		  fz_next_key(f, k, n)
#define bpf_map_lookup_batch(f, i, o, k, v, n, p) fz_lookup_batch(f, i, o, k, v, n)
#define bpf_map_create(t, n, k, v, e, o)	  fz_map_create(t, k, v, e)
#define bpf_map_get_fd_by_id(i)			  fz_map_by_id(i)
#define bpf_obj_get_info_by_fd(f, i, l)		  fz_info(f, i, l)
#define bpf_obj_get(p)				  fz_obj_get(p)
#define bpf_obj_pin(f, p)			  fz_obj_pin(f, p)
#define bpf_link_create(p, i, t, o)		  ((void)(p), (void)(i), (void)(t), -EOPNOTSUPP)
#define bpf_object__open_mem(e, s, o)		  ((void)(e), (void)(o), fz_refuse(), NULL)
#define bpf_prog_load(t, n, l, i, c, o)		  ((void)(i), (void)(o), fz_refuse())
#define bpf_xdp_query(i, f, o)			  ((void)(i), (void)(o), -ENODEV)
#define libbpf_num_possible_cpus()		  2
#define libbpf_set_print(f)			  ((void)(f))
#define libxdp_set_print(f)			  ((void)(f))
#define xdp_multiprog__get_from_ifindex(i)	  ((void)(i), (struct xdp_multiprog *)(long)-ENOENT)

#define bind(f, a, l)		  ((void)(f), fz_succeed())
#define getsockname(f, a, l)	  ((void)(f), fz_nl_getsockname(a))
#define setsockopt(f, l, n, v, s) ((void)(f), (void)(v), fz_succeed())
#define sendmsg(f, m, g)	  ((void)(f), fz_sendmsg(m))
#define recvmsg(f, m, g)	  ((void)(f), fz_recvmsg(m))
#endif

#endif
