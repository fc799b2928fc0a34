#include "data/stl10.h"

#include "tests/data/files.h"

enum { SIDE = 96, PLANE = SIDE * SIDE, PIXELS = 3 * PLANE, N = 3 };

/* Row r, column q of channel c of image i. */
static unsigned char pixel(size_t i, size_t c, size_t r, size_t q) {
    return (unsigned char)(i * 50 + c * 91 + 3 * r + 7 * q);
}

/* As the file has it: columns first. */
static unsigned char *file_bytes(void) {
    unsigned char *b = malloc(N * PIXELS), *at = b;
    for (size_t i = 0; i < N; i++)
        for (size_t c = 0; c < 3; c++)
            for (size_t q = 0; q < SIDE; q++)
                for (size_t r = 0; r < SIDE; r++)
                    *at++ = pixel(i, c, r, q);
    return b;
}

typedef struct files {
    scratch s;
    char x[192], y[192];
} files;

static files files_new(void) {
    files f = {.s = scratch_new()};
    unsigned char *bytes = file_bytes();
    snprintf(f.x, sizeof f.x, "%s", scratch_write(&f.s, "X.bin", bytes, N * PIXELS));
    snprintf(f.y, sizeof f.y, "%s", scratch_write(&f.s, "y.bin", (unsigned char[]){1, 10, 7}, N));
    free(bytes);
    return f;
}

/* Fails if rows and columns changed places, or a label still began at one. */
START_TEST(images_stand_upright) {
    pl_ctx *ctx = pl_ctx_new();
    files f = files_new();
    pl_images images = {0};
    const int64_t label[N] = {0, 9, 6};
    ck_ok(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images));
    ck_assert(images.count == N && images.channels == 3 && images.classes == 10);
    ck_assert(images.height == SIDE && images.width == SIDE);
    for (size_t i = 0; i < N; i++) {
        ck_assert_int_eq(images.labels[i], label[i]);
        for (size_t k = 0; k < PIXELS; k++)
            ck_assert_uint_eq(images.pixels[i * PIXELS + k],
                              pixel(i, k / PLANE, k % PLANE / SIDE, k % SIDE));
    }
    pl_images_free(&images);
    ck_ok(ctx, pl_stl10_read(ctx, f.x, NULL, 2, &images));
    ck_assert(images.count == 2 && images.classes == 1 && images.labels[1] == 0);
    pl_images_free(&images);
    scratch_free(&f.s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a damaged file were taken, or not named with the place and the value. */
START_TEST(damage_is_named) {
    pl_ctx *ctx = pl_ctx_new();
    files f = files_new();
    pl_images images = {0};
    scratch_write(&f.s, "y.bin", (unsigned char[]){1, 0, 7}, N);
    ck_fails(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images), PL_EINPUT,
             "y.bin: image 1 (byte 1) has label 0, expected 1 to 10");
    ck_ok(ctx, pl_stl10_read(ctx, f.x, f.y, 1, &images));
    pl_images_free(&images);
    scratch_write(&f.s, "y.bin", (unsigned char[]){1, 2, 11}, N);
    ck_fails(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images), PL_EINPUT, "label 11");
    scratch_write(&f.s, "y.bin", (unsigned char[]){1, 2}, 2);
    ck_fails(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images), PL_ESHAPE, "has 2 labels");
    ck_fails(ctx, pl_stl10_read(ctx, f.x, "/nowhere/y.bin", 0, &images), PL_EIO, "/nowhere/y.bin");
    ck_fails(ctx, pl_stl10_read(ctx, f.s.dir, f.y, 0, &images), PL_EIO, "directory");
    ck_assert_int_eq(truncate(f.x, N * PIXELS - 1), 0);
    ck_fails(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images), PL_EINPUT,
             "X.bin: has 82943 bytes, no whole number of images of 27648");
    ck_assert_int_eq(truncate(f.x, 0), 0);
    ck_fails(ctx, pl_stl10_read(ctx, f.x, f.y, 0, &images), PL_EINPUT, "has 0 bytes");
    ck_assert_ptr_null(images.pixels);
    scratch_free(&f.s);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    files f = files_new();
    pl_images images = {0};
    pl_status status;
    size_t k = 0;
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_stl10_read(ctx, f.x, f.y, 0, &images);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !images.pixels));
    } while (status);
    ck_assert_uint_eq(k, 5); /* an image, the pixels, the labels, the label file */
    pl_images_free(&images);
    scratch_free(&f.s);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {images_stand_upright, damage_is_named, every_allocation_may_fail};
    return test_main("data/stl10", tests, TEST_COUNT(tests));
}
