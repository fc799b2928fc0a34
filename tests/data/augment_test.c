#include "data/augment.h"

#include "data/augment_kernel.h"
#include "data/subset.h"
#include "tests/support.h"

enum { N = 6, C = 3, H = 19, W = 23, PLANE = H * W, DIM = C * PLANE };

static pl_images random_images(uint64_t seed) {
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = {.name = "random",
                        .count = N,
                        .channels = C,
                        .height = H,
                        .width = W,
                        .classes = 1,
                        .pixels = pl_alloc(ctx, N, DIM)};
    pl_ctx_free(ctx);
    for (size_t k = 0; k < N * DIM; k++)
        images.pixels[k] = (unsigned char)pl_stream_below((pl_stream){seed, 99, 0}, k, 256);
    return images;
}

static pl_augment *make(pl_ctx *ctx, const char *text, const pl_images *images) {
    pl_augment_spec spec;
    pl_augment *a = NULL;
    ck_ok(ctx, pl_augment_parse(ctx, text, &spec));
    ck_ok(ctx, pl_augment_new(ctx, &spec, images, &a));
    return a;
}

/* One view of image 0 under a spec, and what was drawn for its first step. */
static pl_augment_drawn view(const char *text, const pl_images *images, uint64_t row, float *out) {
    pl_ctx *ctx = pl_ctx_new();
    pl_augment *a = make(ctx, text, images);
    pl_augment_drawn drawn[PL_AUGMENT_STEPS] = {0};
    pl_augment_draw(a, (pl_stream){7, 7, row}, drawn);
    pl_augment_apply(a, images->pixels, drawn, out);
    pl_augment_free(a);
    pl_ctx_free(ctx);
    return drawn[0];
}

static const char every_step[] =
    "crop(.1,1;size=21,17) flip jitter(.4,.4,.4,.1;p=.8) gray(.2) blur(.1,2;p=.5) "
    "rotate(20;p=.5;bilinear=1) rotate(20;p=.5) solarize(.5;p=.3) erase normalize(.5;.25)";

/* Fails if a view depended on the threads, on its batch, or on the views beside it; if two views,
 * epochs, images or seeds were alike; or if a step allocated. */
START_TEST(a_view_is_its_own) {
    enum { SIZE = C * 21 * 17 };
    static float one[N * 3 * SIZE], four[N * 3 * SIZE], part[2 * SIZE];
    const size_t all[N] = {0, 1, 2, 3, 4, 5}, some[1] = {4};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(1);
    memcpy(images.pixels + DIM, images.pixels, DIM); /* image 1 is a copy of image 0 */
    pl_set_threads(ctx, 4);
    pl_augment *a = make(ctx, every_step, &images);
    pl_ctx_fail_allocation(ctx, 1);
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, all, N, 3, 8, 5, four));
    pl_set_threads(ctx, 1);
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, all, N, 3, 8, 5, one));
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, some, 1, 2, 8, 5, part));
    pl_ctx_fail_allocation(ctx, 0);
    ck_assert_mem_eq(one, four, sizeof one);
    ck_assert_mem_eq(part, one + (4 * 3) * SIZE, sizeof part);
    ck_assert_mem_ne(one, one + SIZE, SIZE * sizeof *one);     /* view */
    ck_assert_mem_ne(one, one + 3 * SIZE, SIZE * sizeof *one); /* image */
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, some, 1, 2, 9, 5, four));
    ck_assert_mem_ne(part, four, SIZE * sizeof *one);
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, some, 1, 2, 8, 6, four));
    ck_assert_mem_ne(part, four, SIZE * sizeof *one);
    pl_augment_free(a);
    pl_free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Where a set holds views, a pair is two that follow each other round, from a random one: fails if
 * an image met itself or another image, or if some view never came first. */
START_TEST(held_views_are_paired) {
    enum { HELD = 3, IMAGES = N / HELD };
    static float out[2 * DIM];
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(2);
    images.count = IMAGES;
    images.views = HELD;
    pl_augment *a = make(ctx, "none", &images);
    for (size_t i = 0; i < IMAGES; i++) {
        size_t times[HELD] = {0};
        for (uint64_t epoch = 0; epoch < 60; epoch++) {
            size_t first = 0;
            ck_ok(ctx, pl_augment_batch(ctx, a, &images, &i, 1, 2, epoch, 5, out));
            while (first < HELD && lrintf(255 * out[0]) != pl_images_view(&images, i, first)[0])
                first++;
            ck_assert_uint_lt(first, HELD);
            times[first]++;
            for (size_t k = 0; k < 2 * DIM; k++)
                ck_assert_int_eq(lrintf(255 * out[k]),
                                 pl_images_view(&images, i, first + k / DIM)[k % DIM]);
        }
        for (size_t v = 0; v < HELD; v++) /* (2/3)^60 = 3e-11 */
            ck_assert_uint_gt(times[v], 0);
    }
    pl_augment_free(a);
    pl_free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an instruction set rounded, ordered or contracted anything differently: every loop on
 * planes of an odd length, bit for bit. */
START_TEST(instruction_sets_agree) {
    static float x[2][DIM], scratch[(C + 2) * PLANE], out[2][DIM], cut[2][DIM];
    static unsigned char pixels[DIM];
    const pl_augment_kernel *const kernel[2] = {&pl_augment_generic, pl_augment_best()};
    const float w[5] = {0.1f, 0.2f, 0.4f, 0.2f, 0.1f};
    for (uint64_t trial = 0; trial < 20 * test_effort(); trial++) {
        double u[DIM], f = pl_stream_uniform((pl_stream){trial, 2, 0}, 0);
        pl_stream_uniforms((pl_stream){trial, 1, 0}, 0, DIM, u);
        for (size_t k = 0; k < DIM; k++)
            pixels[k] = (unsigned char)(256 * u[k]);
        for (int k = 0; k < 2; k++) {
            const pl_augment_kernel *q = kernel[k];
            for (size_t i = 0; i < DIM; i++)
                x[k][i] = (float)u[i];
            q->blend(x[k], DIM, (float)(0.5 + f), 0.01f);
            q->hue(x[k], PLANE, (float)(f - 0.5));
            q->saturate(x[k], PLANE, (float)(2 * f));
            q->blur(x[k], C * H, W, w, 5, scratch);
            q->solarize(x[k], DIM, 0.6f);
            q->normalize(x[k], DIM, (float)q->mean(x[k], DIM), 0.3f);
            q->flip(x[k], C * H, W);
            q->luma(x[k], PLANE, scratch);
            memcpy(x[k], scratch, PLANE * sizeof(float));
            q->rotate(x[k], C, H, W, 100 * f, trial % 2, out[k]);
            q->gray(x[k], PLANE);
            ck_assert_mem_eq(x[k], x[0], sizeof x[0]);
            ck_assert_mem_eq(out[k], out[0], sizeof out[0]);
            q->crop(pixels, C, H, W, (pl_crop){2, 3, 11, 13, trial % 2}, H, W, cut[k]);
            ck_assert_mem_eq(cut[k], cut[0], sizeof cut[0]);
        }
    }
}
END_TEST

/* The textbook twin of the hue: to hue, saturation and value by cases, and back by sextants. */
static void hue_ref(double rgb[3], double shift) {
    double r = rgb[0], g = rgb[1], b = rgb[2], v = fmax(r, fmax(g, b)), c = v - fmin(r, fmin(g, b));
    double h = c == 0   ? 0
               : v == r ? fmod((g - b) / c + 6, 6)
               : v == g ? (b - r) / c + 2
                        : (r - g) / c + 4;
    double s = v == 0 ? 0 : c / v;
    h = fmod(h / 6 + shift + 1, 1);
    int i = (int)floor(6 * h);
    double f = 6 * h - i, p = v * (1 - s), q = v * (1 - s * f), t = v * (1 - s * (1 - f));
    const double table[6][3] = {{v, t, p}, {q, v, p}, {p, v, t}, {p, q, v}, {t, p, v}, {v, p, q}};
    memcpy(rgb, table[i % 6], sizeof table[0]);
}

START_TEST(hue_agrees_with_its_textbook) {
    float x[3];
    for (uint64_t trial = 0; trial < 20000 * test_effort(); trial++) {
        double u[5], want[3];
        pl_stream_uniforms((pl_stream){trial, 3, 0}, 0, 5, u);
        for (int c = 0; c < 3; c++) /* on a grid, so that channels tie */
            x[c] = (float)(want[c] = trial % 2 ? u[c] : floor(4 * u[c]) / 3);
        hue_ref(want, u[3] - 0.5);
        pl_augment_best()->hue(x, 1, (float)(u[3] - 0.5));
        for (int c = 0; c < 3; c++)
            ck_close((double)x[c], want[c], 3e-6);
    }
}
END_TEST

/* Closed forms of the colours. Fails if a weight of the luma, the centre of the contrast, or what
 * is left at a threshold were off. */
START_TEST(colours_have_their_closed_forms) {
    pl_images images = random_images(3);
    static float x[DIM], y[DIM];
    for (size_t k = 0; k < PLANE; k++) /* one colour: its contrast is nothing */
        for (size_t c = 0; c < C; c++)
            images.pixels[c * PLANE + k] = (unsigned char[]){51, 102, 204}[c];
    const double colour[C] = {0.2, 0.4, 0.8}, normal[C] = {0.2, 0.8, 4}, solar[C] = {0.2, 0.6, 0.2};
    const double luma = 0.2989 * 0.2 + 0.587 * 0.4 + 0.114 * 0.8;
    pl_augment_drawn d = view("jitter(0,.5)", &images, 1, x);
    for (size_t c = 0; c < C; c++)
        ck_close((double)x[c * PLANE + 5], d.factor[1] * colour[c] + (1 - d.factor[1]) * luma,
                 1e-6);
    d = view("jitter(.2)", &images, 2, x);
    ck_close((double)x[PLANE], 0.4 * d.factor[0], 1e-6);
    d = view("jitter(0,0,.2)", &images, 3, x);
    ck_close((double)x[2 * PLANE + 1], d.factor[2] * 0.8 + (1 - d.factor[2]) * luma, 1e-6);
    view("gray(1)", &images, 1, x);
    view("normalize(.1,.2,.3;.5,.25,.125)", &images, 1, y);
    for (size_t c = 0; c < C; c++) {
        ck_close((double)x[c * PLANE], luma, 1e-6);
        ck_close((double)y[c * PLANE + 7], normal[c], 2e-6);
    }
    view("solarize(.4;p=1)", &images, 1, x);
    for (size_t c = 0; c < C; c++)
        ck_close((double)x[c * PLANE], solar[c], 1e-6);
    pl_free(images.pixels);
}
END_TEST

/* A single bright pixel becomes the outer product of normalised Gaussian weights; at the edge they
 * are mirrored, so that a constant image stays. Fails for another sigma, padding or sum. */
START_TEST(blur_is_a_gaussian) {
    pl_images images = random_images(4);
    static float x[DIM];
    memset(images.pixels, 0, DIM);
    images.pixels[9 * W + 11] = 255;
    pl_augment_drawn d = view("blur(.5,3;kernel=7)", &images, 5, x);
    double w[4], sum = -1;
    for (int k = 0; k < 4; k++)
        sum += 2 * (w[k] = exp(-k * k / (2 * d.factor[0] * d.factor[0])));
    for (int i = -3; i <= 3; i++)
        for (int j = -3; j <= 3; j++)
            ck_close((double)x[(9 + i) * W + 11 + j], w[abs(i)] * w[abs(j)] / (sum * sum), 1e-7);
    ck_assert(x[9 * W + 11 + 4] == 0 && x[(9 - 4) * W + 11] == 0);
    memset(images.pixels, 51, DIM);
    view("blur(.5,3;kernel=37)", &images, 6, x);
    for (size_t k = 0; k < DIM; k++)
        ck_close((double)x[k], 0.2, 1e-6);
    pl_free(images.pixels);
}
END_TEST

/* Turns by right angles are permutations: row i, column j of a square comes, a quarter turn
 * counter-clockwise, from row j, column W-1-i. Fails for the other sense or another centre. */
START_TEST(right_angles_permute) {
    enum { S = 9 };
    pl_images images = random_images(5);
    images.height = images.width = S;
    static float x[DIM], y[DIM], plain[DIM];
    view("none", &images, 1, plain);
    for (int bilinear = 0; bilinear < 2; bilinear++) {
        view(bilinear ? "rotate(90,90;bilinear=1)" : "rotate(90,90)", &images, 1, x);
        view(bilinear ? "rotate(-180,-180;bilinear=1)" : "rotate(-180,-180)", &images, 1, y);
        for (size_t c = 0; c < C; c++)
            for (size_t i = 0; i < S; i++)
                for (size_t j = 0; j < S; j++) {
                    const float *p = plain + c * S * S;
                    ck_close((double)x[c * S * S + i * S + j], (double)p[j * S + S - 1 - i], 1e-5);
                    ck_close((double)y[c * S * S + i * S + j],
                             (double)p[(S - 1 - i) * S + S - 1 - j], 1e-5);
                }
    }
    pl_free(images.pixels);
}
END_TEST

/* Frequencies within five standard errors. Fails if a probability, a range or the law of the hole
 * or of the order were another: steps and factors uniform, every jitter first a quarter of the
 * time, and the erased part of an image that is large enough (no try fails for its size: 0.33 x 3.3
 * is 1.09, so 0.3 is taken) uniform. */
START_TEST(draws_follow_their_laws) {
    enum { VALUES = 12 };
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(6);
    images.height = images.width = 4096; /* nothing is read */
    pl_augment *a = make(ctx,
                         "flip(.3) jitter(.4,2,.2,.1;p=.8) blur(.1,2) rotate(-10,30) "
                         "erase(.02,.3;p=1)",
                         &images);
    size_t n = 40000 * test_effort(), applied = 0;
    double sum[VALUES] = {0}, square[VALUES] = {0};
    const double want[VALUES] = {.3, .8, 1, 1.5, 1, 0, .25, .25, 1.05, 10, .16, 0};
    for (size_t i = 0; i < n; i++) {
        pl_augment_drawn d[PL_AUGMENT_STEPS];
        pl_augment_draw(a, (pl_stream){3, 1, i}, d);
        double h = (double)d[4].region.height, w = (double)d[4].region.width;
        const double value[VALUES] = {
            d[0].applied,   d[1].applied,   d[1].factor[0],          d[1].factor[1],
            d[1].factor[2], d[1].factor[3], d[1].order[0] == 3,      d[1].order[2] == 0,
            d[2].factor[0], d[3].factor[0], h * w / (4096.0 * 4096), log(h / w)};
        bool jitter = d[1].applied;
        applied += jitter;
        if (jitter)
            ck_assert_int_eq(d[1].order[0] + d[1].order[1] + d[1].order[2] + d[1].order[3], 6);
        ck_assert(!jitter || (value[2] >= .6 && value[2] < 1.4 && value[3] >= 0 && value[3] < 3));
        for (size_t k = 0; k < VALUES; k++)
            if (jitter || k < 2 || k > 7) {
                sum[k] += value[k];
                square[k] += value[k] * value[k];
            }
    }
    for (size_t k = 0; k < VALUES - 1; k++) {
        double m = (double)(k < 2 || k > 7 ? n : applied), mean = sum[k] / m;
        ck_close(mean, want[k], 5 * sqrt((square[k] / m - mean * mean) / m));
    }
    pl_augment_free(a);
    pl_free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a hole were elsewhere than drawn, or held another value. */
START_TEST(holes_are_where_they_were_drawn) {
    pl_images images = random_images(7);
    static float x[DIM], plain[DIM];
    const float value[C] = {.1f, .2f, .3f};
    view("none", &images, 1, plain);
    for (uint64_t row = 0; row < 50; row++) {
        pl_crop r = view("erase(value=.1,.2,.3;p=1)", &images, row, x).region;
        ck_assert(r.top + r.height <= H && r.left + r.width <= W);
        for (size_t k = 0; k < DIM; k++) {
            size_t i = k % PLANE / W, j = k % W;
            bool in = i >= r.top && i < r.top + r.height && j >= r.left && j < r.left + r.width;
            ck_assert(x[k] == (in ? value[k / PLANE] : plain[k]));
        }
    }
    pl_free(images.pixels);
}
END_TEST

/* Fails if RandBit channels were changed by a step, were not the image's code, or two equal images
 * had different ones. */
START_TEST(randbits_are_channels) {
    enum { BITS = 5, SIZE = (C + BITS) * PLANE };
    static float out[2 * N * SIZE];
    const size_t all[N] = {0, 1, 2, 3, 4, 5};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(8);
    memcpy(images.pixels + 5 * DIM, images.pixels, DIM);
    ck_ok(ctx, pl_images_randbit(ctx, &images, BITS, 1));
    pl_augment *a = make(ctx, "simclr normalize(.5;.2)", &images);
    pl_augment_size size = pl_augment_shape(a);
    ck_assert_uint_eq(size.channels, C + BITS);
    ck_ok(ctx, pl_augment_batch(ctx, a, &images, all, N, 2, 0, 1, out));
    for (size_t row = 0; row < 2 * N; row++)
        for (size_t k = 0; k < BITS * PLANE; k++)
            ck_assert(out[row * SIZE + DIM + k] ==
                      (float)(images.codes[row / 2] >> (k / PLANE) & 1));
    ck_assert_uint_eq(images.codes[0], images.codes[5]);
    pl_augment_free(a);
    pl_images_free(&images);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a spec were taken that the images do not fit, or the message left out the numbers. */
START_TEST(what_does_not_fit_is_refused) {
    static const struct {
        const char *spec;
        size_t channels, side;
        const char *words;
    } bad[] = {{"gray", 2, 9, "gray needs 1 or 3 channels, the images have 2"},
               {"jitter(.1)", 4, 9, "jitter needs 1 or 3"},
               {"blur(1;kernel=9)", 3, 4, "kernel of 9 reaches beyond images of 4 x 4"},
               {"crop(size=2) blur(1;kernel=5)", 3, 9, "beyond images of 2 x 2"},
               {"normalize(.1,.2,.3;.1)", 1, 9, "3 numbers for mean, the images have 1"},
               {"normalize(.1;.1,.1)", 3, 9, "2 numbers for std"},
               {"erase(value=1,2)", 3, 9, "2 numbers for value"}};
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(9);
    for (size_t k = 0; k < TEST_COUNT(bad); k++) {
        pl_augment_spec spec;
        pl_augment *a = NULL;
        pl_images odd = images;
        odd.channels = bad[k].channels;
        odd.height = odd.width = bad[k].side;
        ck_ok(ctx, pl_augment_parse(ctx, bad[k].spec, &spec));
        ck_fails(ctx, pl_augment_new(ctx, &spec, &odd, &a), PL_ESHAPE, bad[k].words);
        ck_assert_ptr_null(a);
    }
    static float out[DIM];
    pl_augment *a = make(ctx, "flip", &images);
    const size_t beyond = N, first = 0;
    pl_images other = images;
    other.height++;
    ck_fails(ctx, pl_augment_batch(ctx, a, &images, &beyond, 1, 1, 0, 1, out), PL_EDOMAIN,
             "image 6 of a set of 6");
    ck_fails(ctx, pl_augment_batch(ctx, a, &other, &first, 1, 1, 0, 1, out), PL_ESHAPE,
             "made for 3 x 19 x 23");
    ck_fails(ctx, pl_augment_batch(ctx, a, &images, &first, 1, 65536, 0, 1, out), PL_EDOMAIN,
             "65536 views");
    ck_assert(out[0] == 0 && out[DIM - 1] == 0);
    pl_augment_free(a);
    pl_free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_allocation_may_fail) {
    pl_ctx *ctx = pl_ctx_new();
    pl_images images = random_images(10);
    pl_augment_spec spec;
    pl_augment *a = NULL;
    ck_ok(ctx, pl_augment_parse(ctx, every_step, &spec));
    for (size_t k = 1; k <= 2; k++) {
        pl_ctx_fail_allocation(ctx, k);
        ck_fails(ctx, pl_augment_new(ctx, &spec, &images, &a), PL_ENOMEM, "out of memory");
        ck_assert_ptr_null(a);
    }
    pl_ctx_fail_allocation(ctx, 3);
    ck_ok(ctx, pl_augment_new(ctx, &spec, &images, &a));
    pl_augment_free(a);
    pl_free(images.pixels);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_view_is_its_own,
                                  instruction_sets_agree,
                                  hue_agrees_with_its_textbook,
                                  colours_have_their_closed_forms,
                                  blur_is_a_gaussian,
                                  right_angles_permute,
                                  draws_follow_their_laws,
                                  holes_are_where_they_were_drawn,
                                  randbits_are_channels,
                                  held_views_are_paired,
                                  what_does_not_fit_is_refused,
                                  every_allocation_may_fail};
    return test_main("data/augment", tests, TEST_COUNT(tests));
}
