#include "data/arrays.h"

#include "base/npy.h"
#include "data/subset.h"
#include "tests/data/files.h"

enum { N = 4, H = 3, W = 5, MANY = N * H * W * 3 };

static pl_ctx *ctx;
static scratch s;
static char x[192], y[192];

static void begin(void) {
    ctx = pl_ctx_new();
    s = scratch_new();
    snprintf(x, sizeof x, "%s", scratch_path(&s, "x.npy"));
    snprintf(y, sizeof y, "%s", scratch_path(&s, "y.npy"));
}

static void end(void) {
    scratch_free(&s);
    pl_ctx_free(ctx);
}

/* Element k is k, or k/255 as a float. */
static void write_images(pl_dtype dtype, int dims, const size_t *shape) {
    pl_array a = {0};
    ck_ok(ctx, pl_array_new(ctx, dtype, dims, shape, &a));
    for (size_t k = 0; k < a.count; k++)
        if (dtype == PL_I64)
            ((int64_t *)a.data)[k] = (int64_t)k;
        else
            ((float *)a.data)[k] = (float)k / 255;
    ck_ok(ctx, pl_npy_write(ctx, x, &a));
    pl_array_free(&a);
}

static void write_labels(const int64_t *labels, size_t n) {
    pl_array a = {0};
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, &n, &a));
    memcpy(a.data, labels, n * sizeof *labels);
    ck_ok(ctx, pl_npy_write(ctx, y, &a));
    pl_array_free(&a);
}

/* Fails if channels were looked for in another place, or a float were not rounded to its byte. */
START_TEST(layouts_come_back) {
    const struct {
        int dims;
        size_t shape[4], channels;
        bool last;
    } cases[] = {{3, {N, H, W}, 1, false},
                 {4, {N, H, W, 3}, 3, true},
                 {4, {N, 3, H, W}, 3, false},
                 {4, {N, 1, H, W}, 1, false},
                 {4, {N, H, W, 1}, 1, true}};
    const int64_t labels[N] = {2, 0, 7, 1};
    begin();
    write_labels(labels, N);
    for (size_t c = 0; c < TEST_COUNT(cases); c++)
        for (int real = 0; real < 2; real++) {
            pl_images images = {0};
            size_t plane = H * W, dim = cases[c].channels * plane;
            write_images(real ? PL_F32 : PL_I64, cases[c].dims, cases[c].shape);
            ck_ok(ctx, pl_arrays_read(ctx, x, y, 0, &images));
            ck_assert(images.count == N && images.channels == cases[c].channels);
            ck_assert(images.height == H && images.width == W && images.classes == 8);
            for (size_t k = 0; k < N * dim; k++) {
                size_t i = k / dim, ch = k % dim / plane, at = k % plane;
                size_t from = cases[c].last ? at * cases[c].channels + ch : ch * plane + at;
                ck_assert_uint_eq(images.pixels[k], i * dim + from);
            }
            ck_assert_int_eq(images.labels[2], 7);
            pl_images_free(&images);
            ck_ok(ctx, pl_arrays_read(ctx, x, NULL, 2, &images));
            ck_assert(images.count == 2 && images.classes == 1 && images.labels[1] == 0);
            pl_images_free(&images);
        }
    char spec[400];
    pl_images images = {0};
    snprintf(spec, sizeof spec, "npy:%s,%s", x, y);
    ck_ok(ctx, pl_images_open(ctx, spec, PL_SPLIT_TRAIN, 0, &images));
    ck_assert_str_eq(images.name, "npy");
    ck_assert_uint_eq(images.classes, 8);
    pl_images_free(&images);
    end();
}
END_TEST

/* Fails if views were taken for images, or one image's for another's. */
START_TEST(views_of_an_image_stay_together) {
    const struct {
        size_t shape[5];
        bool last;
    } cases[] = {{{2, 3, 1, 1, 5}, false}, {{2, 3, 1, 5, 3}, true}};
    const int64_t labels[2] = {4, 1};
    begin();
    for (size_t c = 0; c < TEST_COUNT(cases); c++) {
        pl_images images = {0}, part = {0};
        const size_t *n = cases[c].shape, dim = n[2] * n[3] * n[4], second = 1;
        write_images(PL_F32, 5, n);
        write_labels(labels, 2);
        ck_ok(ctx, pl_arrays_read(ctx, x, y, 0, &images));
        ck_assert(images.count == 2 && images.views == 3 && pl_images_dim(&images) == dim);
        ck_assert_uint_eq(images.channels, cases[c].last ? 3 : 1);
        for (size_t v = 0; v < 4; v++) /* view 3 is view 0 */
            ck_assert_uint_eq(pl_images_view(&images, 1, v)[0], (3 + v % 3) * dim);
        ck_ok(ctx, pl_images_take(ctx, &images, &second, 1, &part));
        ck_assert_uint_eq(pl_images_view(&part, 0, 2)[dim - 1],
                          pl_images_view(&images, 1, 2)[dim - 1]);
        pl_images_free(&part);
        pl_images_free(&images);
    }
    end();
}
END_TEST

/* Fails if an array that is no set of images were taken, or the message left out which value. */
START_TEST(bad_arrays_are_named) {
    const int64_t negative[N] = {0, 1, -1, 0}, large[N] = {0, 1, 1 << 30, 0};
    pl_images images = {0};
    begin();
    write_images(PL_I64, 4, (const size_t[]){N, H + 1, W, 2});
    ck_fails(ctx, pl_arrays_read(ctx, x, NULL, 0, &images), PL_ESHAPE, "1 or 3 channels");
    write_images(PL_I64, 2, (const size_t[]){N, W});
    ck_fails(ctx, pl_arrays_read(ctx, x, NULL, 0, &images), PL_ESHAPE, "has 2 dimensions");
    write_images(PL_I64, 3, (const size_t[]){N, 0, W});
    ck_fails(ctx, pl_arrays_read(ctx, x, NULL, 0, &images), PL_ESHAPE, "no pixels");
    write_images(PL_I64, 3, (const size_t[]){2, 16, 16});
    ck_fails(ctx, pl_arrays_read(ctx, x, NULL, 0, &images), PL_EDOMAIN,
             "image 1 has a pixel of 256, expected 0 to 255");
    write_images(PL_F32, 3, (const size_t[]){2, 16, 16});
    ck_fails(ctx, pl_arrays_read(ctx, x, NULL, 0, &images), PL_EDOMAIN, "divide by 255");
    write_images(PL_I64, 3, (const size_t[]){N, H, W});
    write_labels(negative, N);
    ck_fails(ctx, pl_arrays_read(ctx, x, y, 0, &images), PL_EDOMAIN, "image 2 has label -1");
    write_labels(large, N);
    ck_fails(ctx, pl_arrays_read(ctx, x, y, 0, &images), PL_EDOMAIN, "label 1073741824");
    write_labels(negative, N - 1);
    ck_fails(ctx, pl_arrays_read(ctx, x, y, 0, &images), PL_ESHAPE, "expected 4 integers");
    ck_fails(ctx, pl_arrays_read(ctx, "/nowhere.npy", y, 0, &images), PL_EIO, "/nowhere.npy");
    ck_assert_ptr_null(images.pixels);
    end();
}
END_TEST

START_TEST(every_allocation_may_fail) {
    const int64_t labels[N] = {2, 0, 7, 1};
    pl_images images = {0};
    pl_status status;
    size_t k = 0;
    begin();
    write_images(PL_I64, 3, (const size_t[]){N, H, W});
    write_labels(labels, N);
    do {
        pl_ctx_fail_allocation(ctx, ++k);
        status = pl_arrays_read(ctx, x, y, 0, &images);
        ck_assert(status == PL_OK || (status == PL_ENOMEM && !images.pixels));
    } while (status);
    ck_assert_uint_gt(k, 4);
    pl_images_free(&images);
    end();
}
END_TEST

int main(void) {
    const TTest *const tests[] = {layouts_come_back, views_of_an_image_stay_together,
                                  bad_arrays_are_named, every_allocation_may_fail};
    return test_main("data/arrays", tests, TEST_COUNT(tests));
}
