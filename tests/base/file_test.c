#include "base/file.h"

#include <errno.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "tests/base/scratch.h"

static pl_ctx *ctx;

static pl_status save(const char *path, const void *bytes, size_t n) {
    pl_file *f = NULL;
    pl_status status = pl_file_begin(ctx, path, &f);
    if (status)
        return status;
    status = pl_file_write(ctx, f, bytes, n);
    if (status) {
        pl_file_abandon(f);
        return status;
    }
    return pl_file_commit(ctx, f);
}

/* Fails if the name appeared before the commit, if it did not appear then, or if a temporary
 * stayed behind after either end. */
START_TEST(appears_whole_or_not_at_all) {
    pl_file *f = NULL;
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("z", "old", 3);
    ck_ok(ctx, pl_file_begin(ctx, scratch("z"), &f));
    ck_ok(ctx, pl_file_write(ctx, f, "ne", 2));
    ck_ok(ctx, pl_file_write(ctx, f, "w", 1));
    scratch_holds("z", "old", 3);
    pl_file_abandon(f);
    scratch_holds("z", "old", 3);
    ck_ok(ctx, save(scratch("z"), "new!", 4));
    scratch_holds("z", "new!", 4);
    ck_assert_uint_eq(scratch_files(false), 1);
    pl_file_abandon(NULL);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if bytes were lost or repeated where the buffer of 64 KiB fills. */
START_TEST(any_size_of_pieces) {
    enum { N = 400000 };
    static unsigned char bytes[N];
    const size_t pieces[] = {1, 4095, 65535, 65536, 65537, 100000, 3};
    ctx = pl_ctx_new();
    scratch_begin();
    for (size_t i = 0; i < N; i++)
        bytes[i] = (unsigned char)(i * 2654435761U >> 13);
    pl_file *f = NULL;
    ck_ok(ctx, pl_file_begin(ctx, scratch("z"), &f));
    for (size_t at = 0, k = 0; at < N; k++) {
        size_t n = pieces[k % TEST_COUNT(pieces)];
        n = n < N - at ? n : N - at;
        ck_ok(ctx, pl_file_write(ctx, f, bytes + at, n));
        at += n;
    }
    ck_ok(ctx, pl_file_commit(ctx, f));
    scratch_holds("z", bytes, N);
    unsigned char *again = NULL;
    size_t n = 0;
    ck_ok(ctx, pl_file_read(ctx, scratch("z"), &again, &n));
    ck_assert_uint_eq(n, N);
    ck_assert_int_eq(memcmp(again, bytes, N), 0);
    pl_free(again);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a link became a file, permissions changed, or umask was overlooked. */
START_TEST(links_and_permissions_stay) {
    struct stat info;
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("real", "old", 3);
    ck_assert_int_eq(chmod(scratch("real"), 0640), 0);
    ck_assert_int_eq(symlink("real", scratch("link")), 0);
    ck_ok(ctx, save(scratch("link"), "new", 3));
    scratch_holds("real", "new", 3);
    ck_assert_int_eq(lstat(scratch("link"), &info), 0);
    ck_assert(S_ISLNK(info.st_mode));
    ck_assert_int_eq(stat(scratch("real"), &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0640);
    mode_t old = umask(027);
    ck_ok(ctx, save(scratch("fresh"), "x", 1));
    umask(old);
    ck_assert_int_eq(stat(scratch("fresh"), &info), 0);
    ck_assert_uint_eq(info.st_mode & 0777, 0640);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a full disk went unnoticed, in the middle (a large file) or at the end (a small one
 * that sits in the buffer until the commit). */
START_TEST(full_disk) {
    static char much[200000];
    ctx = pl_ctx_new();
    ck_fails(ctx, save("/dev/full", "x", 1), PL_EIO, "No space left on device; free some space");
    ck_fails(ctx, save("/dev/full", much, sizeof much), PL_EIO,
             "/dev/full: writing stopped after 0");
    ck_ok(ctx, save("/dev/null", much, sizeof much));
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a write that stops half-way left the temporary or touched the old file. */
START_TEST(nothing_half_written_remains) {
    static char much[200000];
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("z", "old", 3);
    struct rlimit before, small;
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small = (struct rlimit){100000, before.rlim_max};
    signal(SIGXFSZ, SIG_IGN);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &small), 0);
    pl_status status = save(scratch("z"), much, sizeof much);
    ck_assert_int_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
    ck_fails(ctx, status, PL_EIO, "ulimit -f");
    scratch_holds("z", "old", 3);
    ck_assert_uint_eq(scratch_files(false), 1);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if something that cannot be written to were reported without path and reason. */
START_TEST(bad_targets) {
    ctx = pl_ctx_new();
    scratch_begin();
    ck_fails(ctx, save(scratch_dir, "x", 1), PL_EIO, "is a directory; name a file in it");
    ck_fails(ctx, save(scratch("no/z"), "x", 1), PL_EIO, "make its directory first");
    ck_fails(ctx, save("", "x", 1), PL_EIO, "No such file");
    scratch_put("z", "old", 3);
    ck_fails(ctx, save(scratch("z/y"), "x", 1), PL_EIO, "Not a directory");
    if (geteuid() != 0) { /* root may write anywhere */
        ck_assert_int_eq(chmod(scratch("z"), 0444), 0);
        ck_fails(ctx, save(scratch("z"), "x", 1), PL_EIO, "Permission denied");
        scratch_holds("z", "old", 3);
    }
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an open descriptor were replaced by a new file rather than written to. */
START_TEST(descriptors_are_continued) {
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("z", "old", 3);
    FILE *f = fopen(scratch("z"), "ab");
    ck_assert_ptr_nonnull(f);
    char path[32];
    snprintf(path, sizeof path, "/dev/fd/%d", fileno(f));
    ck_ok(ctx, save(path, "new", 3));
    fclose(f);
    scratch_holds("z", "oldnew", 6);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a file that cannot be read gave anything but its path and the reason. */
START_TEST(bad_sources) {
    unsigned char *bytes = NULL;
    size_t n = 7;
    ctx = pl_ctx_new();
    scratch_begin();
    ck_fails(ctx, pl_file_read(ctx, scratch("no"), &bytes, &n), PL_EIO,
             "no: cannot be read: No such file");
    ck_fails(ctx, pl_file_read(ctx, scratch_dir, &bytes, &n), PL_EIO, "is a directory");
    ck_fails(ctx, pl_file_read(ctx, "/dev/zero", &bytes, &n), PL_EIO, "a pipe or a device");
    ck_assert_int_eq(mkfifo(scratch("pipe"), 0600), 0); /* must not wait for a writer */
    ck_fails(ctx, pl_file_read(ctx, scratch("pipe"), &bytes, &n), PL_EIO, "a pipe or a device");
    scratch_put("empty", "", 0);
    ck_fails(ctx, pl_file_read(ctx, scratch("empty"), &bytes, &n), PL_EINPUT, "empty: is empty");
    if (geteuid() != 0) {
        ck_assert_int_eq(chmod(scratch("empty"), 0), 0);
        ck_fails(ctx, pl_file_read(ctx, scratch("empty"), &bytes, &n), PL_EIO, "Permission denied");
    }
    ck_assert_ptr_null(bytes);
    ck_assert_uint_eq(n, 7);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a read past the end were served, whatever the sum of position and length wraps to. */
START_TEST(sources_are_bounded) {
    unsigned char out[8] = {0};
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("z", "abcdef", 6);
    pl_source file, memory = pl_source_memory((const unsigned char *)"abcdef", 6);
    ck_ok(ctx, pl_source_open(ctx, scratch("z"), &file));
    const pl_source *both[] = {&file, &memory};
    for (size_t k = 0; k < 2; k++) {
        ck_ok(ctx, pl_source_read(ctx, both[k], 2, out, 4));
        ck_assert_int_eq(memcmp(out, "cdef", 4), 0);
        ck_ok(ctx, pl_source_read(ctx, both[k], 6, out, 0));
        ck_fails(ctx, pl_source_read(ctx, both[k], 3, out, 4), PL_EINPUT, "cut short");
        ck_fails(ctx, pl_source_read(ctx, both[k], SIZE_MAX, out, 2), PL_EINPUT, "cut short");
        ck_fails(ctx, pl_source_read(ctx, both[k], 2, out, SIZE_MAX), PL_EINPUT, "cut short");
    }
    ck_assert_int_eq(truncate(scratch("z"), 3), 0);
    ck_fails(ctx, pl_source_read(ctx, &file, 2, out, 4), PL_EIO, "became shorter");
    pl_source_close(&file);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* FIPS 180-4's examples; the last has a million letters, more than one chunk. */
START_TEST(hash_is_sha256) {
    char hash[65];
    ctx = pl_ctx_new();
    scratch_begin();
    scratch_put("empty", "", 0);
    ck_ok(ctx, pl_file_hash(ctx, scratch("empty"), hash));
    ck_assert_str_eq(hash, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    scratch_put("abc", "abc", 3);
    ck_ok(ctx, pl_file_hash(ctx, scratch("abc"), hash));
    ck_assert_str_eq(hash, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    static char letters[1000000];
    memset(letters, 'a', sizeof letters);
    scratch_put("a", letters, sizeof letters);
    ck_ok(ctx, pl_file_hash(ctx, scratch("a"), hash));
    ck_assert_str_eq(hash, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    ck_fails(ctx, pl_file_hash(ctx, scratch("no"), hash), PL_EIO, "No such file");
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if running out of memory at any allocation leaked a temporary or gave a file. */
START_TEST(every_allocation_may_fail) {
    ctx = pl_ctx_new();
    scratch_begin();
    for (size_t k = 1;; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = save(scratch("z"), "abc", 3);
        if (status == PL_OK) {
            ck_assert_uint_ge(k, 4);
            break;
        }
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_uint_eq(scratch_files(false), 0);
    }
    unsigned char *bytes = NULL;
    size_t n = 0;
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_file_read(ctx, scratch("z"), &bytes, &n), PL_ENOMEM, "out of memory");
    ck_assert_ptr_null(bytes);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        appears_whole_or_not_at_all,  any_size_of_pieces, links_and_permissions_stay, full_disk,
        nothing_half_written_remains, bad_targets,        descriptors_are_continued,  bad_sources,
        sources_are_bounded,          hash_is_sha256,     every_allocation_may_fail};
    return test_main("base/file", tests, TEST_COUNT(tests));
}
