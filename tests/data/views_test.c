#include "data/views.h"

#include <float.h>

#include "tests/support.h"

enum { H = 7, W = 9, PLANE = H * W, C = 3 };

static void fill(unsigned char *pixels, size_t n, uint64_t seed) {
    for (size_t k = 0; k < n; k++)
        pixels[k] = (unsigned char)pl_stream_below((pl_stream){seed, 99, 0}, k, 256);
}

/* n random images of C x H x W. */
static pl_images random_images(size_t n, uint64_t seed) {
    pl_images images = {.name = "random",
                        .count = n,
                        .channels = C,
                        .height = H,
                        .width = W,
                        .classes = 2,
                        .pixels = calloc(n, C * PLANE)};
    ck_assert_ptr_nonnull(images.pixels);
    fill(images.pixels, n * C * PLANE, seed);
    return images;
}

/* ---- one crop ----------------------------------------------------------------------------- */

/* Fails if centres were not half a pixel in, if a crop's row and column changed places, or if 255
 * were not 1: the whole image must come back to the bit. */
START_TEST(whole_image_is_unchanged) {
    unsigned char pixels[C * PLANE];
    float out[C * PLANE];
    fill(pixels, sizeof pixels, 1);
    pl_crop_resize(pixels, C, H, W, (pl_crop){0, 0, H, W, false}, H, W, out);
    for (size_t k = 0; k < C * PLANE; k++)
        ck_assert(out[k] == (float)(pixels[k] / 255.0));
}
END_TEST

/* Fails if the flip were vertical, or taken before the place of the crop. */
START_TEST(flip_mirrors_the_view) {
    unsigned char pixels[C * PLANE];
    float plain[C * PLANE], flipped[C * PLANE];
    fill(pixels, sizeof pixels, 2);
    pl_crop_resize(pixels, C, H, W, (pl_crop){1, 2, 5, 4, false}, H, W, plain);
    pl_crop_resize(pixels, C, H, W, (pl_crop){1, 2, 5, 4, true}, H, W, flipped);
    for (size_t row = 0; row < C * H; row++)
        for (size_t j = 0; j < W; j++)
            ck_assert(flipped[row * W + j] == plain[row * W + W - 1 - j]);
}
END_TEST

/* A flipped view of a mirrored image is the view of the image: flipped twice, nothing happened.
 * Fails if the flip moved the crop. */
START_TEST(flip_twice_is_nothing) {
    unsigned char pixels[C * PLANE], mirrored[C * PLANE];
    float once[C * PLANE], twice[C * PLANE];
    fill(pixels, sizeof pixels, 3);
    for (size_t row = 0; row < C * H; row++)
        for (size_t j = 0; j < W; j++)
            mirrored[row * W + j] = pixels[row * W + W - 1 - j];
    pl_crop_resize(pixels, C, H, W, (pl_crop){1, 2, 5, 4, false}, H, W, once);
    pl_crop_resize(mirrored, C, H, W, (pl_crop){1, W - 2 - 4, 5, 4, true}, H, W, twice);
    for (size_t k = 0; k < C * PLANE; k++)
        ck_close((double)twice[k], (double)once[k], FLT_EPSILON);
}
END_TEST

/* Bilinear is exact on 3 + 20 i + 5 j wherever it does not reach over the crop's edge; there it
 * holds the edge's value. Fails for another weight, centre, or stretch. */
START_TEST(ramp_is_exact) {
    const pl_crop crop = {2, 1, 4, 6, false};
    unsigned char pixels[PLANE];
    float out[PLANE];
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < W; j++)
            pixels[i * W + j] = (unsigned char)(3 + 20 * i + 5 * j);
    pl_crop_resize(pixels, 1, H, W, crop, H, W, out);
    for (size_t i = 0; i < H; i++)
        for (size_t j = 0; j < W; j++) {
            double y = ((double)i + 0.5) * 4 / H - 0.5, x = ((double)j + 0.5) * 6 / W - 0.5;
            y = fmin(fmax(y, 0), 3);
            x = fmin(fmax(x, 0), 5);
            ck_close((double)out[i * W + j], (3 + 20 * (2 + y) + 5 * (1 + x)) / 255, FLT_EPSILON);
        }
}
END_TEST

/* The textbook twin: every output pixel is the sum over all cropped pixels with the weight of the
 * tent max(0, 1 - |distance|), the position being held inside. Fails if the fast one differed. */
START_TEST(tent_sum_agrees) {
    unsigned char pixels[PLANE];
    float out[PLANE];
    for (uint64_t trial = 0; trial < 50 * test_effort(); trial++) {
        fill(pixels, sizeof pixels, 100 + trial);
        pl_crop crop = pl_crop_draw(&pl_view_law_default, H, W, (pl_stream){trial, 7, 0});
        double h = (double)crop.height, w = (double)crop.width;
        pl_crop_resize(pixels, 1, H, W, crop, H, W, out);
        for (size_t i = 0; i < H; i++)
            for (size_t j = 0; j < W; j++) {
                size_t column = crop.flip ? W - 1 - j : j;
                double y = fmin(fmax(((double)i + 0.5) * h / H - 0.5, 0), h - 1), sum = 0;
                double x = fmin(fmax(((double)column + 0.5) * w / W - 0.5, 0), w - 1);
                for (size_t p = 0; p < crop.height; p++)
                    for (size_t q = 0; q < crop.width; q++)
                        sum += fmax(0, 1 - fabs(y - (double)p)) * fmax(0, 1 - fabs(x - (double)q)) *
                               pixels[(crop.top + p) * W + crop.left + q];
                ck_close((double)out[i * W + j], sum / 255, 2 * FLT_EPSILON);
            }
    }
}
END_TEST

/* ---- the law of crops --------------------------------------------------------------------- */

/* On a square so large that rounding to pixels does not show, with s the part of the area, L the
 * log-ratio and l = log 4/3, a try is kept when |L| <= -log s. For s in (0.2, 1), L in (-l, l):
 *    kept      P = [ 0.55 + I0/l ] / 0.8,           I0 = int_{3/4}^1 -log s ds   = (1 - 3l)/4
 *    area      E = [ (9/16 - 1/25)/2 + I1/l ] / (0.8 P),
 *                                                    I1 = int_{3/4}^1 -s log s ds = (7 - 18 l)/64
 *    L         mean 0, variance [ 0.55 l^2/3 + I3/(3l) ] / (0.8 P),
 *              I3 = int_{3/4}^1 (-log s)^3 ds = 6 - (3/4)(l^3 + 3l^2 + 6l + 6)
 * (ten tries in a row fail with probability 1e-8). Fails if the area were not uniform, the ratio
 * not log-uniform, a misfit were clipped instead of drawn anew, or place and flip were not uniform.
 */
START_TEST(crops_follow_their_law) {
    const size_t side = (size_t)1 << 24;
    const double l = log(4.0 / 3), kept = 0.55 + (1 - 3 * l) / 4 / l;
    const double area = ((9.0 / 16 - 1.0 / 25) / 2 + (7 - 18 * l) / 64 / l) / kept;
    const double i3 = 6 - 0.75 * (l * l * l + 3 * l * l + 6 * l + 6);
    const double ratio2 = (0.55 * l * l / 3 + i3 / (3 * l)) / kept;
    size_t n = 400000 * test_effort();
    double sum[7] = {0}, square[7] = {0};
    const double want[7] = {area, 0, ratio2, 0.5, 0.5, 0.25, 0.5};
    for (size_t i = 0; i < n; i++) {
        pl_crop c = pl_crop_draw(&pl_view_law_default, side, side, (pl_stream){11, 3, i});
        double h = (double)c.height, w = (double)c.width, s = (double)side;
        double top = (double)c.top / (double)(side - c.height + 1);
        double left = (double)c.left / (double)(side - c.width + 1), L = log(w / h);
        double value[7] = {h * w / (s * s), L, L * L, top, left, top * left, c.flip};
        for (size_t k = 0; k < 7; k++) {
            sum[k] += value[k];
            square[k] += value[k] * value[k];
        }
    }
    for (size_t k = 0; k < 7; k++) {
        double mean = sum[k] / (double)n, variance = square[k] / (double)n - mean * mean;
        ck_close(mean, want[k], 5 * sqrt(variance / (double)n));
    }
}
END_TEST

/* Up to three quarters of the area every crop fits: the parts are uniform from 0.2 to 0.7. Fails if
 * a bound were off by more than 1e-4, some 80 times what is left between 400000 draws and it. */
START_TEST(areas_reach_their_bounds) {
    const size_t side = (size_t)1 << 24;
    const pl_view_law law = {0.2, 0.7, 3.0 / 4, 4.0 / 3, 0.5};
    double least = 1, most = 0, narrow = 1, wide = 1;
    for (uint64_t i = 0; i < 400000; i++) {
        pl_crop c = pl_crop_draw(&law, side, side, (pl_stream){13, 3, i});
        double h = (double)c.height, w = (double)c.width;
        double area = h * w / ((double)side * (double)side);
        least = fmin(least, area);
        most = fmax(most, area);
        narrow = fmin(narrow, w / h);
        wide = fmax(wide, w / h);
    }
    ck_close(least, 0.2, 1e-4);
    ck_close(most, 0.7, 1e-4);
    ck_close(narrow, 3.0 / 4, 1e-4);
    ck_close(wide, 4.0 / 3, 1e-4);
    ck_assert(pl_view_law_default.scale_lo == 0.2 && pl_view_law_default.scale_hi == 1);
    ck_assert(pl_view_law_default.ratio_lo == 0.75 && pl_view_law_default.ratio_hi == 4.0 / 3);
    ck_assert(pl_view_law_default.flip == 0.5);
}
END_TEST

/* On 28 x 28 every crop lies inside, has its area within half a pixel of the bounds on both sides,
 * and every place is reached. Fails if an edge were left out or overstepped. */
START_TEST(crops_lie_inside) {
    bool top = false, bottom = false, left = false, right = false;
    for (uint64_t i = 0; i < 5000; i++) {
        pl_crop c = pl_crop_draw(&pl_view_law_default, 28, 28, (pl_stream){5, 3, i});
        double h = (double)c.height, w = (double)c.width;
        ck_assert(c.height >= 1 && c.top + c.height <= 28);
        ck_assert(c.width >= 1 && c.left + c.width <= 28);
        ck_assert((h + 0.5) * (w + 0.5) >= 0.2 * 784);
        ck_assert((w + 0.5) / (h - 0.5) >= 0.75 && (w - 0.5) / (h + 0.5) <= 4.0 / 3);
        bool whole_h = c.height == 28, whole_w = c.width == 28;
        top |= c.top == 0 && !whole_h;
        bottom |= c.top + c.height == 28 && !whole_h;
        left |= c.left == 0 && !whole_w;
        right |= c.left + c.width == 28 && !whole_w;
    }
    ck_assert(top && bottom && left && right);
}
END_TEST

/* Where no try can fit, the largest central crop within the ratios: 3/4 x 40 = 30 wide at least, so
 * a 20 x 40 (h x w) image gives round(20 x 4/3) = 27 columns from column 6 on, a 40 x 20 one
 * round(20 / (3/4)) = 27 rows, a 30 x 30 one all of it. Fails for another fallback. */
START_TEST(fallback_is_the_central_crop) {
    const pl_view_law full = {1, 1, 3.0 / 4, 4.0 / 3, 0}, wide = {1, 1, 1.2, 4.0 / 3, 1};
    pl_crop c = pl_crop_draw(&full, 20, 40, (pl_stream){1, 1, 1});
    ck_assert(c.top == 0 && c.height == 20 && c.left == 6 && c.width == 27 && !c.flip);
    c = pl_crop_draw(&full, 40, 20, (pl_stream){1, 1, 1});
    ck_assert(c.top == 6 && c.height == 27 && c.left == 0 && c.width == 20);
    c = pl_crop_draw(&wide, 30, 30, (pl_stream){1, 1, 1});
    ck_assert(c.top == 2 && c.height == 25 && c.left == 0 && c.width == 30 && c.flip);
    const pl_view_law identity = {1, 1, 1, 1, 0};
    c = pl_crop_draw(&identity, 30, 30, (pl_stream){1, 1, 1});
    ck_assert(c.top == 0 && c.height == 30 && c.left == 0 && c.width == 30);
}
END_TEST

START_TEST(laws_are_checked) {
    const pl_view_law bad[] = {{0, 1, 1, 1, 0},         {0.5, 0.4, 1, 1, 0}, {0.5, 1.1, 1, 1, 0},
                               {0.5, 1, 0, 1, 0},       {0.5, 1, 2, 1, 0},   {0.5, 1, 1, 1, -0.1},
                               {0.5, 1, 1, 1, 1.1},     {0.5, 1, 1, 1, NAN}, {NAN, 1, 1, 1, 0},
                               {0.5, 1, 1, INFINITY, 0}};
    ck_assert_ptr_null(pl_view_law_check(&pl_view_law_default));
    for (size_t k = 0; k < TEST_COUNT(bad); k++)
        ck_assert_ptr_nonnull(pl_view_law_check(&bad[k]));
}
END_TEST

/* ---- views of many images ----------------------------------------------------------------- */

static const size_t chosen[] = {4, 0, 3, 1};

static pl_array make(pl_ctx *ctx, const pl_images *images, size_t n, size_t V) {
    pl_array a = {0};
    ck_ok(ctx, pl_views_make(ctx, images, chosen, n, V, &pl_view_law_default, 42, &a));
    return a;
}

/* Fails if view v of image i were not the crop of row i V + v, or of another image. */
START_TEST(views_are_the_crops_of_their_rows) {
    const pl_view_law whole = {1, 1, (double)W / H, (double)W / H, 0};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(5, 8);
    pl_array a = make(ctx, &images, 4, 3);
    ck_assert_int_eq(a.dims, 3);
    ck_assert_uint_eq(a.shape[0], 4);
    ck_assert_uint_eq(a.shape[1], 3);
    ck_assert_uint_eq(a.shape[2], C * PLANE);
    ck_assert_int_eq(a.dtype, PL_F32);
    for (size_t row = 0; row < 12; row++) {
        float want[C * PLANE];
        pl_crop crop = pl_crop_draw(&pl_view_law_default, H, W, (pl_stream){42, 2, row});
        pl_crop_resize(images.pixels + chosen[row / 3] * C * PLANE, C, H, W, crop, H, W, want);
        ck_assert_mem_eq((float *)a.data + row * C * PLANE, want, sizeof want);
    }
    pl_array_free(&a);
    ck_ok(ctx, pl_views_make(ctx, &images, chosen, 4, 1, &whole, 42, &a));
    for (size_t k = 0; k < C * PLANE; k++)
        ck_assert(((float *)a.data)[k] == (float)(images.pixels[4 * C * PLANE + k] / 255.0));
    pl_array_free(&a);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if anything depended on the number of threads, or the first images on how many follow. */
START_TEST(views_depend_on_the_seed_alone) {
    enum { MANY = 3000 }; /* 9000 rows: three blocks of the mean */
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(MANY, 9);
    size_t all[MANY];
    for (size_t i = 0; i < MANY; i++)
        all[i] = i;
    pl_array one = {0}, four = {0}, few = {0};
    const pl_view_law *law = &pl_view_law_default;
    pl_set_threads(ctx, 1);
    ck_ok(ctx, pl_views_make(ctx, &images, all, MANY, 3, law, 6, &one));
    pl_set_threads(ctx, 4);
    ck_ok(ctx, pl_views_make(ctx, &images, all, MANY, 3, law, 6, &four));
    ck_ok(ctx, pl_views_make(ctx, &images, all, 10, 3, law, 6, &few));
    ck_assert_mem_eq(one.data, four.data, one.count * sizeof(float));
    ck_assert_mem_eq(one.data, few.data, few.count * sizeof(float));
    ck_ok(ctx, pl_views_centre(ctx, &four));
    ck_ok(ctx, pl_views_normalise(ctx, all, &four));
    pl_set_threads(ctx, 1);
    ck_ok(ctx, pl_views_centre(ctx, &one));
    ck_ok(ctx, pl_views_normalise(ctx, all, &one));
    ck_assert_mem_eq(one.data, four.data, one.count * sizeof(float));
    pl_array_free(&few);
    ck_ok(ctx, pl_views_make(ctx, &images, all, 10, 3, law, 7, &few));
    ck_assert_mem_ne(few.data, four.data, few.count * sizeof(float));
    pl_array_free(&one);
    pl_array_free(&four);
    pl_array_free(&few);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a mean were taken over too few rows or off the wrong dimension, or a norm were not
 * Euclidean. */
START_TEST(features_are_centred_and_unit) {
    enum { N = 2000, V = 3, D = C * PLANE };
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(N, 10);
    size_t all[N];
    pl_array a = {0};
    for (size_t i = 0; i < N; i++)
        all[i] = i;
    ck_ok(ctx, pl_views_make(ctx, &images, all, N, V, &pl_view_law_default, 6, &a));
    double first = pl_array_at(&a, 5) - pl_array_at(&a, D + 5);
    ck_ok(ctx, pl_views_centre(ctx, &a));
    ck_close(pl_array_at(&a, 5) - pl_array_at(&a, D + 5), first, 1e-6);
    for (size_t j = 0; j < D; j++) {
        double sum = 0;
        for (size_t row = 0; row < N * V; row++)
            sum += pl_array_at(&a, row * D + j);
        ck_close(sum / (N * V), 0, 1e-6);
    }
    double ratio = pl_array_at(&a, 7 * D + 1) / pl_array_at(&a, 7 * D);
    ck_ok(ctx, pl_views_normalise(ctx, all, &a));
    ck_rel(pl_array_at(&a, 7 * D + 1) / pl_array_at(&a, 7 * D), ratio, 1e-5);
    for (size_t row = 0; row < N * V; row++) {
        double square = 0;
        for (size_t j = 0; j < D; j++)
            square += pl_array_at(&a, row * D + j) * pl_array_at(&a, row * D + j);
        ck_close(sqrt(square), 1, 1e-6);
    }
    pl_array_free(&a);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Views that are all alike have no direction once centred. Fails if rounding were scaled up to a
 * unit row, or the image were not named. */
START_TEST(a_view_without_direction_is_named) {
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(5, 12);
    pl_array a = {0};
    memset(images.pixels, 201, 5 * C * PLANE);
    a = make(ctx, &images, 4, 3);
    ck_ok(ctx, pl_views_centre(ctx, &a));
    ck_fails(ctx, pl_views_normalise(ctx, chosen, &a), PL_EDOMAIN, "image 0 (number 4 of the set)");
    pl_array_free(&a);
    memset(images.pixels + 4 * C * PLANE, 191, C * PLANE); /* item 0: 201 - 10 */
    memset(images.pixels, 211, C * PLANE);                 /* item 1: 201 + 10 */
    a = make(ctx, &images, 4, 3);
    ck_ok(ctx, pl_views_centre(ctx, &a));
    ck_fails(ctx, pl_views_normalise(ctx, chosen, &a), PL_EDOMAIN,
             "image 2 (number 3 of the set): view 0");
    ck_close(pl_array_at(&a, 0), -10 / 255.0, 1e-6);
    pl_array_free(&a);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if sizes were multiplied unchecked, or more memory were asked for than there is:
 * 4 x 2^40 x 189 x 4 bytes. */
START_TEST(too_much_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(5, 13);
    pl_array a = {0};
    const pl_view_law *law = &pl_view_law_default;
    ck_fails(ctx, pl_views_make(ctx, &images, chosen, 4, SIZE_MAX / 8, law, 1, &a), PL_ENOMEM,
             "more bytes than memory can address");
    ck_fails(ctx, pl_views_make(ctx, &images, chosen, 4, (size_t)1 << 40, law, 1, &a), PL_ENOMEM,
             "need 3324923162394624 bytes");
    ck_fails(ctx, pl_views_make(ctx, &images, chosen, 0, 3, law, 1, &a), PL_ESHAPE, "0 images");
    ck_fails(ctx, pl_views_make(ctx, &images, chosen, 4, 0, law, 1, &a), PL_ESHAPE, "0 views");
    ck_assert_ptr_null(a.data);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(5, 14);
    pl_array a = {0};
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_views_make(ctx, &images, chosen, 4, 3, &pl_view_law_default, 1, &a), PL_ENOMEM,
             "out of memory");
    ck_assert_ptr_null(a.data);
    a = make(ctx, &images, 4, 3);
    float kept = *(float *)a.data;
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_views_centre(ctx, &a), PL_ENOMEM, "out of memory");
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_views_normalise(ctx, chosen, &a), PL_ENOMEM, "out of memory");
    ck_assert(*(float *)a.data == kept);
    pl_array_free(&a);
    free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {whole_image_is_unchanged,
                                  flip_mirrors_the_view,
                                  flip_twice_is_nothing,
                                  ramp_is_exact,
                                  tent_sum_agrees,
                                  crops_follow_their_law,
                                  areas_reach_their_bounds,
                                  crops_lie_inside,
                                  fallback_is_the_central_crop,
                                  laws_are_checked,
                                  views_are_the_crops_of_their_rows,
                                  views_depend_on_the_seed_alone,
                                  features_are_centred_and_unit,
                                  a_view_without_direction_is_named,
                                  too_much_is_refused,
                                  every_allocation_may_fail};
    return test_main("data/views", tests, TEST_COUNT(tests));
}
