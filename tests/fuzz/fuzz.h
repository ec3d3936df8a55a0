/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* What the harnesses share: the input as a stream, a check that ends the run, the fake world */
#ifndef XM_FUZZ_H
#define XM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of the input. Reading behind its end gives zeros. */
struct fz_in {
	const uint8_t *at;
	size_t len;
};

uint8_t fz_u8(struct fz_in *in);
uint16_t fz_u16(struct fz_in *in);
uint32_t fz_u32(struct fz_in *in);
/* Copies size bytes, at the end zeros */
void fz_bytes(struct fz_in *in, void *ret, size_t size);

/* Ends the program, as a crash does, with the text; libFuzzer keeps the input */
#define fz_check(ok, ...) ((ok) ? (void)0 : fz_fail(__FILE__, __LINE__, __VA_ARGS__))
void fz_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* user/main.c's main() with stdin, and with what it wrote; both texts are valid until the next run
 */
struct fz_run {
	int code;
	const char *out, *err;
	size_t out_len, err_len;
};
void fz_main(struct fz_run *ret, int argc, char **argv, const void *input, size_t size);

/* What holds of every run: exit code, one line of plain text for an error, in JSON mode one
 * document */
void fz_check_run(const struct fz_run *run, bool json, bool batch);

/* fake_fs.c: nothing but the empty pin folder. And: the n-th call from now on fails with the errno;
 * 0: none. */
void fz_fs_reset(void);
void fz_fail_call(unsigned int n, int error);
/* One of the calls that can fail: whether it shall, errno is set then */
bool fz_shall_fail(void);
/* Puts something there; obj: of fake_bpf.c, -1: a folder */
void fz_fs_put(const char *path, int obj);
int fz_fs_obj(const char *path);
/* A descriptor of an object; the object of a descriptor or -1. Objects below 0 are files. */
int fz_fd_open(int obj);
int fz_fd_obj(int fd);
/* Descriptors that are open: none may be when a command has ended */
unsigned int fz_fds(void);

/* fake_bpf.c */
void fz_bpf_reset(void);
/* A new map's object */
int fz_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries);
/* Of an object: the value of its n-th entry (modulo their number) and the key, NULL when it is
 * empty */
uint8_t *fz_map_value(int obj, unsigned int n, uint8_t **key, uint32_t *key_size,
		      uint32_t *value_size);
void fz_map_put(int obj, const void *key, const void *value);
/* Changes a map's description as check_shape() sees it */
void fz_map_bend(int obj, unsigned int field, uint32_t value);
uint32_t fz_map_id(int obj);

/*
 * fake_nl.c: answer() is called with each request and calls fz_nl_queue() for each datagram that is
 * to be received. `sender` is the port that it comes from, 0 the kernel. Without more datagrams:
 * EAGAIN.
 */
#define FZ_QUEUE 64 /* datagrams at a time */
void fz_nl_reset(void (*answer)(const void *request, size_t len));
void fz_nl_queue(const void *datagram, size_t len, uint32_t sender);

/* fuzz_state.c's or another harness's */
unsigned int fz_link_by_name(const char *name);

#endif
