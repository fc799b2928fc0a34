#include "data/cifar.h"

#include "tests/data/files.h"

enum { PIXELS = 3072, RECORDS = 3, ROOM = RECORDS * (PIXELS + 2) };

/* Byte k of record i's pixels. */
static unsigned char pixel(size_t i, size_t k) {
    return (unsigned char)(31 * i + k + k / 256);
}

/* Record i has the labels i + first (CIFAR-100: coarse i + first, fine 20 i + first). */
static size_t cifar_bytes(const pl_cifar_format *format, size_t first, unsigned char *bytes) {
    size_t n = 0;
    for (size_t i = 0; i < RECORDS; i++) {
        bytes[n++] = (unsigned char)(i + first);
        if (format->label_bytes == 2)
            bytes[n++] = (unsigned char)(20 * i + first);
        for (size_t k = 0; k < PIXELS; k++)
            bytes[n++] = pixel(i, k);
    }
    return n;
}

static void check(const pl_images *images, size_t count, size_t label_step, size_t first) {
    ck_assert_uint_eq(images->count, count);
    ck_assert_uint_eq(images->channels, 3);
    ck_assert_uint_eq(images->height, 32);
    ck_assert_uint_eq(images->width, 32);
    for (size_t i = 0; i < count; i++) {
        ck_assert_int_eq(images->labels[i], (int64_t)(label_step * (i % RECORDS) + first));
        for (size_t k = 0; k < PIXELS; k++)
            ck_assert_uint_eq(images->pixels[i * PIXELS + k], pixel(i % RECORDS, k));
    }
}

/* Fails if label bytes and pixels were mixed up in one of the three layouts. */
START_TEST(records_come_back) {
    const struct {
        const pl_cifar_format *format;
        size_t step, classes;
    } cases[] = {{&pl_cifar10, 1, 10}, {&pl_cifar100, 20, 100}, {&pl_cifar100_coarse, 1, 20}};
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    for (size_t c = 0; c < TEST_COUNT(cases); c++) {
        static unsigned char bytes[ROOM];
        size_t n = cifar_bytes(cases[c].format, 7, bytes);
        const char *path = scratch_write(&s, "x.bin", bytes, n);
        pl_images images = {0};
        ck_ok(ctx, pl_cifar_read(ctx, &path, 1, cases[c].format, 0, &images));
        check(&images, RECORDS, cases[c].step, 7);
        ck_assert_uint_eq(images.classes, cases[c].classes);
        pl_images_free(&images);
    }
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if files were read in another order, or a limit cut elsewhere. */
START_TEST(files_follow_one_another) {
    static unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    size_t n = cifar_bytes(&pl_cifar10, 0, bytes);
    char a[192];
    snprintf(a, sizeof a, "%s", scratch_write(&s, "a.bin", bytes, n));
    const char *const paths[] = {a, a};
    pl_images images = {0};
    ck_ok(ctx, pl_cifar_read(ctx, paths, 2, &pl_cifar10, 0, &images));
    check(&images, 2 * RECORDS, 1, 0);
    pl_images_free(&images);
    ck_ok(ctx, pl_cifar_read(ctx, paths, 2, &pl_cifar10, RECORDS + 1, &images));
    check(&images, RECORDS + 1, 1, 0);
    pl_images_free(&images);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a file of any other length than whole records were taken: three truncations near each
 * record's end and a sample in between (every length has the same two cases). */
START_TEST(every_truncation_is_seen) {
    static unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    size_t n = cifar_bytes(&pl_cifar10, 0, bytes), record = PIXELS + 1;
    for (size_t k = 0; k < n; k += k % record < 3 || k % record > record - 4 ? 1 : 37) {
        const char *path = scratch_write(&s, "cut.bin", bytes, k);
        pl_images images = {0};
        pl_status status = pl_cifar_read(ctx, &path, 1, &pl_cifar10, 0, &images);
        if (k > 0 && k % record == 0) {
            ck_assert_int_eq(status, PL_OK);
            ck_assert_uint_eq(images.count, k / record);
        } else {
            ck_assert_int_eq(status, PL_EINPUT);
            ck_assert_ptr_null(images.pixels);
        }
        pl_images_free(&images);
    }
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a message left out the file, the record, the value, or the remedy. */
START_TEST(bad_files_are_named) {
    static unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_images images = {0};
    size_t n = cifar_bytes(&pl_cifar10, 8, bytes);
    const char *path = scratch_write(&s, "x.bin", bytes, n);
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar10, 0, &images), PL_EINPUT,
             "x.bin: record 2 has label 10, expected 0 to 9");
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar100, 0, &images), PL_EINPUT,
             "9219 bytes, no whole number of records of 3074");
    n = cifar_bytes(&pl_cifar100, 18, bytes);
    path = scratch_write(&s, "x.bin", bytes, n);
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar100, 0, &images), PL_EINPUT,
             "record 2 has coarse label 20");
    bytes[PIXELS + 3] = 100;
    path = scratch_write(&s, "x.bin", bytes, n);
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar100_coarse, 0, &images), PL_EINPUT,
             "record 1 has fine label 100, expected 0 to 99");
    path = scratch_write_gz(&s, "x.bin", bytes, n);
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar100, 0, &images), PL_EINPUT, "gunzip");
    path = scratch_path(&s, "none.bin");
    ck_fails(ctx, pl_cifar_read(ctx, &path, 1, &pl_cifar10, 0, &images), PL_EIO, "none.bin: ");
    ck_assert_ptr_null(images.pixels);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    static unsigned char bytes[ROOM];
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    size_t n = cifar_bytes(&pl_cifar10, 0, bytes), k = 0;
    const char *path = scratch_write(&s, "x.bin", bytes, n);
    pl_images images = {0};
    pl_status status;
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_cifar_read(ctx, &path, 1, &pl_cifar10, 0, &images);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !images.pixels));
    } while (status);
    ck_assert_uint_gt(k, 2);
    pl_images_free(&images);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {records_come_back, files_follow_one_another,
                                  every_truncation_is_seen, bad_files_are_named,
                                  every_allocation_may_fail};
    return test_main("data/cifar", tests, TEST_COUNT(tests));
}
