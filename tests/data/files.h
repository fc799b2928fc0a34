#ifndef PL_TESTS_DATA_FILES_H
#define PL_TESTS_DATA_FILES_H
/* Small files that the tests of readers write themselves, in a folder of their own. */

#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <zlib.h>

#include "tests/support.h"

typedef struct scratch {
    char dir[64], path[192];
} scratch;

static inline scratch scratch_new(void) {
    scratch s = {.dir = "/tmp/plumb-data-XXXXXX"};
    ck_assert_ptr_nonnull(mkdtemp(s.dir));
    return s;
}

static inline void scratch_free(scratch *s) {
    DIR *dir = opendir(s->dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;)
        unlinkat(dirfd(dir), e->d_name, 0);
    closedir(dir);
    ck_assert_int_eq(rmdir(s->dir), 0);
}

/* The path of a file in the folder; overwritten by the next call. */
static inline const char *scratch_path(scratch *s, const char *name) {
    snprintf(s->path, sizeof s->path, "%s/%s", s->dir, name);
    return s->path;
}

static inline const char *scratch_write(scratch *s, const char *name, const void *bytes, size_t n) {
    FILE *f = fopen(scratch_path(s, name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
    return s->path;
}

static inline const char *scratch_write_gz(scratch *s, const char *name, const void *bytes,
                                           size_t n) {
    gzFile f = gzopen(scratch_path(s, name), "wb9");
    ck_assert_ptr_nonnull(f);
    ck_assert_int_eq(gzwrite(f, bytes, (unsigned)n), (int)n);
    ck_assert_int_eq(gzclose(f), Z_OK);
    return s->path;
}

static inline size_t scratch_read(const char *path, unsigned char *bytes, size_t room) {
    FILE *f = fopen(path, "rb");
    ck_assert_ptr_nonnull(f);
    size_t n = fread(bytes, 1, room, f);
    fclose(f);
    return n;
}

/* An idx file of unsigned bytes: `dims` sizes, then as many data, byte k being first + k*step;
 * returns its length. */
static inline size_t idx_bytes(int dims, const unsigned *shape, unsigned first, unsigned step,
                               unsigned char *bytes) {
    size_t n = 4, count = 1;
    memcpy(bytes, (unsigned char[]){0, 0, 8, (unsigned char)dims}, 4);
    for (int k = 0; k < dims; k++, n += 4) {
        for (int b = 0; b < 4; b++)
            bytes[n + (size_t)b] = (unsigned char)(shape[k] >> (24 - 8 * b));
        count *= shape[k];
    }
    for (size_t k = 0; k < count; k++)
        bytes[n++] = (unsigned char)(first + k * step);
    return n;
}

#endif
