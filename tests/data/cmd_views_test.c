#include "data/cmd_views.h"

#include <fcntl.h>

#include "base/npy.h"
#include "tests/data/files.h"

enum { IMAGES = 12, SIDE = 6, ROOM = 4096 };

/* Twelve images of 6 x 6 in the files of MNIST, image i of class i mod 10. */
static void write_set(scratch *s) {
    unsigned char bytes[ROOM];
    size_t n = idx_bytes(3, (const unsigned[]){IMAGES, SIDE, SIDE}, 0, 37, bytes);
    scratch_write_gz(s, "train-images-idx3-ubyte.gz", bytes, n);
    n = idx_bytes(1, (const unsigned[]){IMAGES}, 0, 1, bytes);
    bytes[n - 2] = 0;
    bytes[n - 1] = 1;
    scratch_write_gz(s, "train-labels-idx1-ubyte.gz", bytes, n);
}

/* Runs `plumb views WORDS`; "@" in a word stands for the folder. Standard output goes nowhere. */
static pl_status run(pl_ctx *ctx, const scratch *s, const char *line) {
    char text[1024], *argv[32], *save = NULL;
    size_t n = 0;
    int argc = 0;
    for (const char *c = line; *c; c++)
        n += (size_t)snprintf(text + n, sizeof text - n, *c == '@' ? "%s" : "%.1s",
                              *c == '@' ? s->dir : c);
    text[n] = '\0';
    for (char *w = strtok_r(text, " ", &save); w; w = strtok_r(NULL, " ", &save))
        argv[argc++] = w;
    fflush(stdout);
    int kept = dup(1), nowhere = open("/dev/null", O_WRONLY);
    dup2(nowhere, 1);
    close(nowhere);
    pl_status status = pl_cmd_views(ctx, NULL, argc, argv);
    fflush(stdout);
    dup2(kept, 1);
    close(kept);
    return status;
}

static bool there(scratch *s, const char *name) {
    return access(scratch_path(s, name), F_OK) == 0;
}

/* Fails if the two files did not belong together, or were not what `plumb measure` reads. */
START_TEST(features_and_labels_are_written) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_array z = {0}, y = {0};
    write_set(&s);
    ck_ok(ctx, run(ctx, &s,
                   "mnist:@ --images 11 --views 5 -o @/z.npy --labels-out @/y.npy "
                   "--choose first"));
    ck_ok(ctx, pl_npy_read(ctx, scratch_path(&s, "z.npy"), &z));
    ck_ok(ctx, pl_npy_read(ctx, scratch_path(&s, "y.npy"), &y));
    ck_assert_int_eq(z.dtype, PL_F32);
    ck_assert_int_eq(z.dims, 3);
    ck_assert_uint_eq(z.shape[0], 11);
    ck_assert_uint_eq(z.shape[1], 5);
    ck_assert_uint_eq(z.shape[2], SIDE * SIDE);
    ck_assert_int_eq(y.dtype, PL_I64);
    ck_assert_uint_eq(y.count, 11);
    for (size_t i = 0; i < y.count; i++)
        ck_assert_int_eq(((int64_t *)y.data)[i], (int64_t)(i % 10));
    for (size_t row = 0; row < 55; row++) {
        double square = 0;
        for (size_t j = 0; j < SIDE * SIDE; j++)
            square += pow(pl_array_at(&z, row * SIDE * SIDE + j), 2);
        ck_close(sqrt(square), 1, 1e-6);
    }
    pl_array_free(&z);
    pl_array_free(&y);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the same words gave other bytes, or another seed the same. */
START_TEST(seed_decides) {
    unsigned char a[ROOM], b[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    write_set(&s);
    ck_ok(ctx, run(ctx, &s, "mnist:@ --images 5 --views 2 -o @/z.npy --threads 1"));
    size_t n = scratch_read(scratch_path(&s, "z.npy"), a, ROOM);
    ck_ok(ctx, run(ctx, &s, "mnist:@ --images 5 --views 2 --out @/z.npy --threads 3 --seed 1"));
    ck_assert_uint_eq(scratch_read(scratch_path(&s, "z.npy"), b, ROOM), n);
    ck_assert_mem_eq(a, b, n);
    ck_ok(ctx, run(ctx, &s, "mnist:@ --images 5 --views 2 -o @/z.npy --seed 2"));
    ck_assert_uint_eq(scratch_read(scratch_path(&s, "z.npy"), b, ROOM), n);
    ck_assert_mem_ne(a, b, n);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if one of the two files stayed when the other could not be written. */
START_TEST(both_files_or_none) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    write_set(&s);
    ck_fails(ctx, run(ctx, &s, "mnist:@ --images 5 -o @/z.npy --labels-out /dev/full"), PL_EIO,
             "/dev/full");
    ck_assert(!there(&s, "z.npy"));
    ck_fails(ctx, run(ctx, &s, "mnist:@ --images 5 -o @/z.npy --labels-out @/none/y.npy"), PL_EIO,
             "none");
    ck_assert(!there(&s, "z.npy"));
    ck_fails(ctx, run(ctx, &s, "mnist:@ --images 5 -o @/none/z.npy --labels-out @/y.npy"), PL_EIO,
             "none");
    ck_assert(!there(&s, "y.npy"));
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if bad words were taken, or the message did not name them. */
START_TEST(bad_words_are_named) {
    static const struct {
        const char *line;
        pl_status status;
        const char *words;
    } bad[] = {
        {"", PL_EUSAGE, "which images"},
        {"mnist:@", PL_EUSAGE, "-o Z.npy"},
        {"mnist:@ -o @/z.npy --labels-out @/z.npy", PL_EUSAGE, "a file each"},
        {"mnist:@ -o @/z.npy --images 13", PL_EUSAGE, "--images is 13"},
        {"mnist:@ -o @/z.npy --images 1000000000000000000", PL_EUSAGE, "pass at most --images 12"},
        {"mnist:@ -o @/z.npy --images 0", PL_EUSAGE, "--images is 0"},
        {"mnist:@ -o @/z.npy --images 5 --scale 0,1", PL_EUSAGE, "--scale is 0,1"},
        {"mnist:@ -o @/z.npy --images 5 --scale 0.5", PL_EUSAGE, "expected two numbers LO,HI"},
        {"mnist:@ -o @/z.npy --images 5 --ratio 2,1", PL_EUSAGE, "--ratio is 2,1"},
        {"mnist:@ -o @/z.npy --imags 5", PL_EUSAGE, "--images"},
        {"mnist:@ -o @/z.npy --images 1 --views 1", PL_EDOMAIN, "image 0"},
        {"mnits:@ -o @/z.npy", PL_EUSAGE, "did you mean 'mnist'"},
        {"mnist:@ -o @/z.npy --split test", PL_EIO, "t10k-images-idx3-ubyte[.gz] is missing"},
    };
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    write_set(&s);
    for (size_t k = 0; k < TEST_COUNT(bad); k++) {
        ck_fails(ctx, run(ctx, &s, bad[k].line), bad[k].status, bad[k].words);
        ck_assert(!there(&s, "z.npy"));
    }
    ck_ok(ctx, run(ctx, &s, "--help"));
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    size_t k = 0;
    pl_status status;
    write_set(&s);
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status =
            run(ctx, &s, "mnist:@ --images 10 -o @/z.npy --labels-out @/y.npy --choose balanced");
        ck_assert_msg(status == PL_OK || status == PL_ENOMEM, "allocation %zu: %s", k,
                      pl_message(ctx));
        ck_assert(there(&s, "z.npy") == (status == PL_OK));
        ck_assert(there(&s, "y.npy") == (status == PL_OK));
    } while (status);
    ck_assert_uint_gt(k, 10);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {features_and_labels_are_written, seed_decides, both_files_or_none,
                                  bad_words_are_named, every_allocation_may_fail};
    return test_main("data/cmd_views", tests, TEST_COUNT(tests));
}
