#ifndef PL_TESTS_BASE_SCRATCH_H
#define PL_TESTS_BASE_SCRATCH_H
/* A directory of its own for a test that writes files. It stays behind when the test fails. */

#include <dirent.h>
#include <stdio.h>
#include <unistd.h>

#include "tests/support.h"

static char scratch_dir[256];

static inline void scratch_begin(void) {
    const char *tmp = getenv("TMPDIR");
    snprintf(scratch_dir, sizeof scratch_dir, "%s/plumb-test-XXXXXX", tmp ? tmp : "/tmp");
    ck_assert_ptr_nonnull(mkdtemp(scratch_dir));
}

/* Path of a file in it; four results live at a time. */
static inline const char *scratch(const char *name) {
    static char paths[4][512];
    static unsigned next;
    char *path = paths[next++ % 4];
    snprintf(path, sizeof paths[0], "%s/%s", scratch_dir, name);
    return path;
}

/* How many files there are; removes them all when `clear`. */
static inline size_t scratch_files(bool clear) {
    size_t count = 0;
    DIR *dir = opendir(scratch_dir);
    ck_assert_ptr_nonnull(dir);
    for (struct dirent *e; (e = readdir(dir)) != NULL;) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        count++;
        if (clear)
            ck_assert_int_eq(remove(scratch(e->d_name)), 0);
    }
    closedir(dir);
    return count;
}

static inline void scratch_end(void) {
    scratch_files(true);
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}

static inline void scratch_put(const char *name, const void *bytes, size_t n) {
    FILE *f = fopen(scratch(name), "wb");
    ck_assert_ptr_nonnull(f);
    ck_assert_uint_eq(fwrite(bytes, 1, n, f), n);
    ck_assert_int_eq(fclose(f), 0);
}

/* The file has exactly these bytes. */
static inline void scratch_holds(const char *name, const void *bytes, size_t n) {
    FILE *f = fopen(scratch(name), "rb");
    ck_assert_msg(f != NULL, "%s is not there", name);
    unsigned char *got = malloc(n + 1);
    ck_assert_ptr_nonnull(got);
    ck_assert_uint_eq(fread(got, 1, n + 1, f), n);
    ck_assert_int_eq(memcmp(got, bytes, n), 0);
    free(got);
    fclose(f);
}

#endif
