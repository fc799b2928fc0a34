/* BatchNorm's inner loops against plain loops in double: both precisions, both layouts, odd sides,
 * a part of a block, one and two consumers, with and without residual and pool. */
#include "nn/norm_kernel.h"

#include "math/random.h"
#include "tests/support.h"

enum { IMAGES = 5, SIDE = 27, LANES = NN_BLOCK, ROOM = IMAGES * SIDE * SIDE * 2 * LANES };

static float as_float(uint16_t h) {
    uint32_t u = (uint32_t)h << 16;
    float f;
    memcpy(&f, &u, sizeof f);
    return f;
}

/* Nearest by trying both neighbours: a twin of the kernels' rounding that shares nothing with it.
 */
static uint16_t as_bf16_ref(float f) {
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    uint16_t down = (uint16_t)(u >> 16), up = (uint16_t)(down + 1);
    double below = fabs((double)f - (double)as_float(down));
    double above = fabs((double)as_float(up) - (double)f);
    return below < above || (below == above && down % 2 == 0) ? down : up;
}

typedef union store {
    float f[ROOM];
    uint16_t h[ROOM];
} store;

static double get(const store *s, bool bf16, size_t i) {
    return (double)(bf16 ? as_float(s->h[i]) : s->f[i]);
}

static void put(store *s, bool bf16, size_t i, double v) {
    if (bf16)
        s->h[i] = as_bf16_ref((float)v);
    else
        s->f[i] = (float)v;
}

static void randomise(store *s, bool bf16, uint64_t seed) {
    static double words[ROOM];
    pl_stream_normals((pl_stream){.seed = seed}, 0, ROOM, words);
    for (size_t i = 0; i < ROOM; i++)
        put(s, bf16, i, words[i]);
}

typedef struct shape {
    size_t height, width, lanes;
    bool last, bf16; /* channels last: pixels are 2 blocks apart */
} shape;

static const shape shapes[] = {{27, 26, 16, false, false}, {27, 26, 16, true, false},
                               {5, 7, 16, false, true},    {4, 4, 16, true, true},
                               {1, 1, 16, true, false},    {1, 1, 5, true, false}};

static nn_layout layout(const shape *s, size_t divide) {
    size_t h = s->height / divide, w = s->width / divide, pixel = s->last ? 2 * LANES : LANES;
    return (nn_layout){.images = IMAGES,
                       .height = h,
                       .width = w,
                       .image_stride = h * w * 2 * LANES,
                       .pixel_stride = pixel,
                       .lanes = s->lanes,
                       .bf16 = s->bf16};
}

static size_t at(const nn_layout *l, size_t n, size_t i, size_t j, size_t lane) {
    return n * l->image_stride + (i * l->width + j) * l->pixel_stride + lane;
}

static store x, r, y, dy, dy2, g, dx;
static nn_affine affine;
static float origin[LANES];

static void prepare(const shape *s) {
    randomise(&x, s->bf16, 1);
    randomise(&r, s->bf16, 2);
    randomise(&dy, s->bf16, 3);
    randomise(&dy2, s->bf16, 4);
    for (int k = 0; k < LANES; k++) {
        affine.scale[k] = k == 3 ? 0.0f : 0.5f + 0.1f * (float)(k - 6);
        affine.shift[k] = 0.25f - 0.05f * (float)k;
        origin[k] = 0.1f * (float)k;
    }
}

#define EACH_ELEMENT(l, lane)                                                                      \
    for (size_t n = 0; n < IMAGES; n++)                                                            \
        for (size_t i = 0; i < (l).height; i++)                                                    \
            for (size_t j = 0; j < (l).width; j++)                                                 \
                for (size_t lane = 0; lane < (l).lanes; lane++)

static double map(size_t at_, size_t lane, bool bf16) {
    float v = (float)get(&x, bf16, at_) * affine.scale[lane];
    return (double)(v + affine.shift[lane]);
}

/* Fails if a pixel or image were left out, counted twice, or the origin forgotten. */
START_TEST(moments_agree_with_loops) {
    for (size_t k = 0; k < TEST_COUNT(shapes); k++) {
        prepare(&shapes[k]);
        nn_layout l = layout(&shapes[k], 1);
        double got[2][LANES] = {0}, want[2][LANES] = {0};
        nn_norm_moments(&l, &x, 0, 2, origin, got); /* two ranges add up */
        nn_norm_moments(&l, &x, 2, IMAGES, origin, got);
        EACH_ELEMENT(l, c) {
            double d = get(&x, l.bf16, at(&l, n, i, j, c)) - (double)origin[c];
            want[0][c] += d;
            want[1][c] += d * d;
        }
        for (size_t c = 0; c < l.lanes; c++)
            for (int m = 0; m < 2; m++)
                ck_close(got[m][c], want[m][c], 2e-6 * (want[1][c] + 1));
    }
}
END_TEST

/* Fails if the residual were added after the ReLU, or rounding to bf16 were not to nearest even. */
START_TEST(apply_agrees_with_loops) {
    for (size_t k = 0; k < TEST_COUNT(shapes); k++)
        for (int form = 0; form < 4; form++) {
            bool residual = form & 1, relu = form & 2;
            prepare(&shapes[k]);
            nn_layout l = layout(&shapes[k], 1);
            nn_norm_apply(&l, &x, residual ? &r : NULL, &y, 0, IMAGES, &affine, relu);
            EACH_ELEMENT(l, c) {
                size_t e = at(&l, n, i, j, c);
                float want = (float)map(e, c, l.bf16);
                if (residual)
                    want += (float)get(&r, l.bf16, e);
                if (relu && want < 0)
                    want = 0;
                if (l.bf16)
                    want = as_float(as_bf16_ref(want));
                ck_close(get(&y, l.bf16, e), (double)want, 0);
            }
        }
}
END_TEST

/* Fails if the ReLU's mask came from the wrong array, a consumer's part were lost, or sum g (x -
 * origin) used another origin. */
START_TEST(backward_agrees_with_loops) {
    float c[3][LANES];
    for (int k = 0; k < LANES; k++)
        c[0][k] = 0.7f, c[1][k] = -0.2f + 0.01f * (float)k, c[2][k] = 0.3f;
    for (size_t k = 0; k < TEST_COUNT(shapes); k++)
        for (int form = 0; form < 8; form++) {
            bool residual = form & 1, relu = form & 2, two = form & 4;
            prepare(&shapes[k]);
            nn_layout l = layout(&shapes[k], 1);
            double got[2][LANES] = {0}, want[2][LANES] = {0};
            nn_norm_back b = {.x = &x, .dy = &dy, .dx = &dx, .relu = relu};
            b.dy2 = two ? &dy2 : NULL;
            b.y = residual ? &y : NULL;
            b.g = residual ? &g : NULL;
            nn_norm_apply(&l, &x, residual ? &r : NULL, &y, 0, IMAGES, &affine, relu);
            nn_norm_back_moments(&l, &b, 0, IMAGES, &affine, origin, got);
            nn_norm_back_apply(&l, &b, 0, IMAGES, &affine, (const float(*)[LANES])c);
            EACH_ELEMENT(l, m) {
                size_t e = at(&l, n, i, j, m);
                double out = residual ? get(&y, l.bf16, e) : map(e, m, l.bf16);
                double grad = get(&dy, l.bf16, e) + (two ? get(&dy2, l.bf16, e) : 0);
                if (relu && !(out > 0))
                    grad = 0;
                double value = get(&x, l.bf16, e);
                want[0][m] += grad;
                want[1][m] += grad * (value - (double)origin[m]);
                double wanted = (double)c[0][m] * grad + (double)c[1][m] * value + (double)c[2][m];
                ck_close(get(&dx, l.bf16, e), wanted, l.bf16 ? 2e-2 * (1 + fabs(wanted)) : 2e-6);
                if (residual)
                    ck_close(get(&g, l.bf16, e), grad, l.bf16 ? 4e-3 * (1 + fabs(grad)) : 1e-6);
            }
            for (size_t m = 0; m < l.lanes; m++)
                for (int s = 0; s < 2; s++)
                    ck_close(got[s][m], want[s][m], 1e-5 * IMAGES * SIDE * SIDE);
        }
}
END_TEST

/* Fails if a gradient went to another pixel than the first largest, past a ReLU that is shut, or
 * if a pixel that no window covers were left unwritten. */
START_TEST(pool_agrees_with_loops) {
    float c[3][LANES];
    for (int k = 0; k < LANES; k++)
        c[0][k] = 0.7f, c[1][k] = -0.2f, c[2][k] = 0.3f;
    for (size_t k = 0; k < 4; k++) {
        prepare(&shapes[k]);
        nn_layout l = layout(&shapes[k], 1), p = layout(&shapes[k], 2);
        double got[2][LANES] = {0}, want[2][LANES] = {0};
        nn_norm_back b = {.x = &x, .dy = &dy, .dx = &dx, .relu = true};
        nn_norm_apply_pool(&l, &p, &x, &y, 0, IMAGES, &affine);
        nn_norm_back_moments_pool(&l, &p, &b, 0, IMAGES, &affine, origin, got);
        randomise(&dx, l.bf16, 9); /* whatever lay there */
        nn_norm_back_apply_pool(&l, &p, &b, 0, IMAGES, &affine, (const float(*)[LANES])c);
        static double g_of[ROOM];
        memset(g_of, 0, sizeof g_of);
        EACH_ELEMENT(p, m) {
            size_t best = 0, to = at(&p, n, i, j, m);
            double top = -INFINITY;
            for (size_t q = 0; q < 4; q++) {
                size_t e = at(&l, n, 2 * i + q / 2, 2 * j + q % 2, m);
                if (map(e, m, l.bf16) > top)
                    top = map(e, m, l.bf16), best = e;
            }
            float out = top > 0 ? (float)top : 0;
            ck_close(get(&y, l.bf16, to), (double)(l.bf16 ? as_float(as_bf16_ref(out)) : out), 0);
            if (top > 0) {
                double grad = get(&dy, l.bf16, to);
                g_of[best] = grad;
                want[0][m] += grad;
                want[1][m] += grad * (get(&x, l.bf16, best) - (double)origin[m]);
            }
        }
        EACH_ELEMENT(l, m) {
            size_t e = at(&l, n, i, j, m);
            double wanted =
                (double)c[0][m] * g_of[e] + (double)c[1][m] * get(&x, l.bf16, e) + (double)c[2][m];
            ck_close(get(&dx, l.bf16, e), wanted, l.bf16 ? 1e-2 * (1 + fabs(wanted)) : 2e-6);
        }
        for (size_t m = 0; m < l.lanes; m++)
            for (int s = 0; s < 2; s++)
                ck_close(got[s][m], want[s][m], 1e-5 * IMAGES * SIDE * SIDE);
    }
}
END_TEST

/* Fails if NaN became a number on its way through bf16 or through the ReLU. */
START_TEST(nan_stays) {
    for (int bf16 = 0; bf16 < 2; bf16++) {
        shape s = {1, 1, 16, false, bf16};
        prepare(&s);
        nn_layout l = layout(&s, 1);
        affine.shift[2] = NAN;
        nn_norm_apply(&l, &x, NULL, &y, 0, 1, &affine, true);
        ck_assert(isnan(get(&y, bf16, 2)));
        ck_assert(!isnan(get(&y, bf16, 1)));
    }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {moments_agree_with_loops, apply_agrees_with_loops,
                                  backward_agrees_with_loops, pool_agrees_with_loops, nan_stays};
    return test_main("nn/norm_kernel", tests, TEST_COUNT(tests));
}
