/* SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause */
/* Shared by the harnesses: the input as a stream, a check that ends the run, the fakes */
#ifndef XM_FUZZ_H
#define XM_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The rest of the input. Reading past its end gives zeros. */
struct fz_in {
	const uint8_t *at;
	size_t len;
};

uint8_t fz_u8(struct fz_in *in);
uint16_t fz_u16(struct fz_in *in);
uint32_t fz_u32(struct fz_in *in);
/* Copies `size` octets, zeros past the end of the input */
void fz_bytes(struct fz_in *in, void *ret, size_t size);

/* Prints the text and aborts, so that libFuzzer keeps the input */
#define fz_check(ok, ...) ((ok) ? (void)0 : fz_fail(__FILE__, __LINE__, __VA_ARGS__))
void fz_fail(const char *file, int line, const char *fmt, ...)
	__attribute__((noreturn, format(printf, 3, 4)));

/* Runs main() of user/cli/main.c with `input` as stdin. The outputs live until the next run. */
struct fz_run {
	int code;
	const char *out, *err;
	size_t out_len, err_len;
};
void fz_main(struct fz_run *ret, int argc, char **argv, const void *input, size_t size);

/*
 * Checks what every run must fulfil: the exit code, an error of one line of printable text, or one
 * document in JSON mode
 */
void fz_check_run(const struct fz_run *run, bool json, bool batch);

/* fake_fs.c: removes everything but the empty pin folder. */
void fz_fs_reset(void);
/* The n-th of the following calls that can fail does so with this errno. 0: none. */
void fz_fail_call(unsigned int n, int error);
/* Every call that can fail asks this. Sets errno if it returns true. */
bool fz_shall_fail(void);
/* Creates or replaces a path. `obj`: an object of fake_bpf.c, -1: a folder */
void fz_fs_put(const char *path, int obj);
int fz_fs_obj(const char *path);
/* A descriptor of an object; the object of a descriptor or -1. Objects below 0 are files. */
int fz_fd_open(int obj);
int fz_fd_obj(int fd);
/* Number of open descriptors, which is 0 when a command has ended */
unsigned int fz_fds(void);

/* fake_bpf.c */
void fz_bpf_reset(void);
/* Creates a map. Returns its object. */
int fz_map(uint32_t type, uint32_t key, uint32_t value, uint32_t entries);
/* The value and the key of entry n (modulo the number of entries) of a map; NULL: an empty map */
uint8_t *fz_map_value(int obj, unsigned int n, uint8_t **key, uint32_t *key_size,
		      uint32_t *value_size);
void fz_map_put(int obj, const void *key, const void *value);
/* Changes a field of the map's description alone, which xm_maps_open() checks */
void fz_map_bend(int obj, unsigned int field, uint32_t value);
uint32_t fz_map_id(int obj);

/*
 * fake_nl.c calls answer() with each request. answer() calls fz_nl_queue() for each datagram that
 * the program then receives. `sender` is the source port, 0 for the kernel. An empty queue gives
 * EAGAIN.
 */
#define FZ_QUEUE 64 /* datagrams at a time */
void fz_nl_reset(void (*answer)(const void *request, size_t len));
void fz_nl_queue(const void *datagram, size_t len, uint32_t sender);

/* Defined by the harness */
unsigned int fz_link_by_name(const char *name);

#endif
