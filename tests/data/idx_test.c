#include "data/idx.h"

#include "tests/data/files.h"

enum { ROOM = 4096 };

static const unsigned image_shape[] = {5, 4, 3}, label_shape[] = {5};

static void check_images(const pl_idx *x) {
    ck_assert_int_eq(x->dims, 3);
    ck_assert_uint_eq(x->shape[0], 5);
    ck_assert_uint_eq(x->shape[1], 4);
    ck_assert_uint_eq(x->shape[2], 3);
    ck_assert_uint_eq(x->count, 60);
    for (size_t k = 0; k < 60; k++)
        ck_assert_uint_eq(x->data[k], (3 + 7 * k) % 256);
}

/* Fails if a size were read little-endian, the data began elsewhere, or gzip and plain files were
 * told apart by anything but their bytes. */
START_TEST(bytes_come_back) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM];
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    pl_idx x = {0};
    ck_ok(ctx, pl_idx_parse(ctx, bytes, n, 3, &x));
    check_images(&x);
    pl_idx_free(&x);
    ck_ok(ctx, pl_idx_read(ctx, scratch_write(&s, "plain.gz", bytes, n), 3, 0, &x));
    check_images(&x);
    pl_idx_free(&x);
    ck_ok(ctx, pl_idx_read(ctx, scratch_write_gz(&s, "packed", bytes, n), 3, 0, &x));
    check_images(&x);
    pl_idx_free(&x);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a limit kept too much, or cut inside an item. */
START_TEST(limit_keeps_the_first_items) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM];
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    const char *path = scratch_write_gz(&s, "x", bytes, n);
    pl_idx x = {0};
    ck_ok(ctx, pl_idx_read(ctx, path, 3, 2, &x));
    ck_assert_uint_eq(x.shape[0], 2);
    ck_assert_uint_eq(x.count, 24);
    ck_assert_uint_eq(x.data[23], (3 + 7 * 23) % 256);
    pl_idx_free(&x);
    ck_ok(ctx, pl_idx_read(ctx, path, 3, 6, &x));
    check_images(&x);
    pl_idx_free(&x);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a header were believed that cannot be right, or the message left out what is wrong. */
START_TEST(bad_headers_are_named) {
    static const struct {
        size_t at;
        unsigned char value;
        const char *words;
    } bad[] = {
        {0, 1, "not an idx file"},      {1, 1, "not an idx file"},
        {2, 0x0d, "32-bit floats"},     {2, 0x0d, "0x0d"},
        {2, 0x0a, "an unknown type"},   {2, 0xff, "an unknown type"},
        {3, 1, "has 1 dimensions"},     {3, 200, "has 200 dimensions"},
        {7, 0, "dimension 0 has size"}, {15, 0, "dimension 2 has size"},
        {7, 6, "promises 72 bytes"},    {7, 6, "holds 60"},
        {7, 4, "goes on after the 48"}, {4, 255, "cut off"},
    };
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    for (size_t k = 0; k < TEST_COUNT(bad); k++) {
        unsigned char bytes[ROOM];
        size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
        pl_idx x = {.count = 77};
        bytes[bad[k].at] = bad[k].value;
        ck_fails(ctx, pl_idx_parse(ctx, bytes, n, 3, &x), PL_EINPUT, bad[k].words);
        const char *path = scratch_write(&s, "bad", bytes, n);
        ck_fails(ctx, pl_idx_read(ctx, path, 3, 0, &x), PL_EINPUT, bad[k].words);
        ck_fails(ctx, pl_idx_read(ctx, path, 3, 0, &x), PL_EINPUT, "/bad: ");
        ck_assert_uint_eq(x.count, 77);
    }
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if memory were asked for on the word of a header: the first allocation would fail then,
 * with another status. 0xffffffff^3 overflows; 2^32 - 1 bytes do not fit into a file of some 30, as
 * it is or unpacked 1032-fold. */
START_TEST(promises_are_checked_before_memory) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM];
    pl_idx x = {0};
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    memset(bytes + 4, 0xff, 12);
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_idx_parse(ctx, bytes, n, 3, &x), PL_EINPUT, "overflows");
    n = idx_bytes(1, label_shape, 0, 1, bytes);
    memset(bytes + 4, 0xff, 4);
    ck_fails(ctx, pl_idx_parse(ctx, bytes, n, 1, &x), PL_EINPUT, "promises 4294967295 bytes");
    ck_fails(ctx, pl_idx_read(ctx, scratch_write(&s, "x", bytes, n), 1, 0, &x), PL_EINPUT,
             "promises 4294967295 bytes");
    ck_fails(ctx, pl_idx_read(ctx, scratch_write_gz(&s, "x", bytes, n), 1, 0, &x), PL_EINPUT,
             "it holds at most");
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a cut file were taken for a whole one, in memory, on disk, or packed: gzip's own end
 * (sum and length) counts, too. */
START_TEST(every_truncation_is_seen) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM], packed[ROOM];
    pl_idx x = {.count = 77};
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    size_t m = scratch_read(scratch_write_gz(&s, "whole", bytes, n), packed, ROOM);
    for (size_t k = 0; k < n; k++) {
        ck_assert_int_eq(pl_idx_parse(ctx, bytes, k, 3, &x), PL_EINPUT);
        const char *path = scratch_write(&s, "cut", bytes, k);
        ck_assert_int_eq(pl_idx_read(ctx, path, 3, 0, &x), PL_EINPUT);
    }
    for (size_t k = 0; k < m; k++) {
        const char *path = scratch_write(&s, "cut", packed, k);
        pl_status status = pl_idx_read(ctx, path, 3, 0, &x);
        ck_assert_msg(status == PL_EINPUT, "%zu of %zu packed bytes: status %d", k, m, (int)status);
    }
    ck_assert_uint_eq(x.count, 77);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bytes_beyond_are_seen) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM];
    pl_idx x = {0};
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    bytes[n++] = 0;
    ck_fails(ctx, pl_idx_parse(ctx, bytes, n, 3, &x), PL_EINPUT, "goes on");
    ck_fails(ctx, pl_idx_read(ctx, scratch_write(&s, "x", bytes, n), 3, 0, &x), PL_EINPUT,
             "goes on");
    ck_fails(ctx, pl_idx_read(ctx, scratch_write_gz(&s, "x", bytes, n), 3, 0, &x), PL_EINPUT,
             "goes on");
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Every byte of a packed file, turned over: a message, or the right data (header fields of gzip
 * that say nothing about them). Fails if damaged data went through. */
START_TEST(damaged_gzip_gives_no_wrong_data) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    unsigned char bytes[ROOM], packed[ROOM];
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    size_t m = scratch_read(scratch_write_gz(&s, "whole", bytes, n), packed, ROOM);
    for (size_t k = 0; k < m; k++) {
        pl_idx x = {0};
        packed[k] ^= 0xff;
        if (pl_idx_read(ctx, scratch_write(&s, "x", packed, m), 3, 0, &x) == PL_OK)
            check_images(&x);
        packed[k] ^= 0xff;
        pl_idx_free(&x);
    }
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_no_file_is_named) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    pl_idx x = {0};
    ck_fails(ctx, pl_idx_read(ctx, scratch_path(&s, "none"), 3, 0, &x), PL_EIO, "No such file");
    ck_fails(ctx, pl_idx_read(ctx, s.dir, 3, 0, &x), PL_EIO, "not a regular file");
    ck_fails(ctx, pl_idx_read(ctx, scratch_write(&s, "x", "", 0), 3, 0, &x), PL_EINPUT, "is empty");
    ck_assert_int_eq(mkfifo(scratch_path(&s, "pipe"), 0600), 0);
    ck_fails(ctx, pl_idx_read(ctx, s.path, 3, 0, &x), PL_EIO, "not a regular file");
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

static void write_pair(scratch *s, unsigned first_label, unsigned labels, char *x, char *y,
                       size_t room) {
    unsigned char bytes[ROOM];
    size_t n = idx_bytes(3, image_shape, 3, 7, bytes);
    snprintf(x, room, "%s", scratch_write_gz(s, "images", bytes, n));
    n = idx_bytes(1, &labels, first_label, 1, bytes);
    snprintf(y, room, "%s", scratch_write(s, "labels", bytes, n));
}

/* Fails if images and labels of different files were put together, or a label >= classes passed. */
START_TEST(images_and_labels_fit_together) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    char x[192], y[192];
    pl_images images = {0};
    write_pair(&s, 5, 5, x, y, sizeof x);
    ck_ok(ctx, pl_idx_images(ctx, x, y, 10, 0, &images));
    ck_assert_uint_eq(images.count, 5);
    ck_assert_uint_eq(images.channels, 1);
    ck_assert_uint_eq(images.height, 4);
    ck_assert_uint_eq(images.width, 3);
    ck_assert_uint_eq(images.classes, 10);
    ck_assert_int_eq(images.labels[4], 9);
    ck_assert_uint_eq(images.pixels[59], (3 + 7 * 59) % 256);
    pl_images_free(&images);
    write_pair(&s, 6, 5, x, y, sizeof x);
    ck_fails(ctx, pl_idx_images(ctx, x, y, 10, 0, &images), PL_EINPUT,
             "image 4 has label 10, expected 0 to 9");
    ck_ok(ctx, pl_idx_images(ctx, x, y, 10, 4, &images));
    pl_images_free(&images);
    write_pair(&s, 0, 4, x, y, sizeof x);
    ck_fails(ctx, pl_idx_images(ctx, x, y, 10, 0, &images), PL_ESHAPE, "has 4 labels");
    ck_assert_ptr_null(images.pixels);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails (under a leak checker, or by the status) if an allocation that fails were not handled. */
START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    scratch s = scratch_new();
    char x[192], y[192];
    pl_images images = {0};
    size_t k = 0;
    pl_status status;
    write_pair(&s, 0, 5, x, y, sizeof x);
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_idx_images(ctx, x, y, 10, 0, &images);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !images.pixels));
    } while (status);
    ck_assert_uint_gt(k, 3);
    pl_images_free(&images);
    scratch_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {bytes_come_back,
                                  limit_keeps_the_first_items,
                                  bad_headers_are_named,
                                  promises_are_checked_before_memory,
                                  every_truncation_is_seen,
                                  bytes_beyond_are_seen,
                                  damaged_gzip_gives_no_wrong_data,
                                  what_is_no_file_is_named,
                                  images_and_labels_fit_together,
                                  every_allocation_may_fail};
    return test_main("data/idx", tests, TEST_COUNT(tests));
}
