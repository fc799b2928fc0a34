#include "math/pairs.h"

#include <stdio.h>

#include "math/random.h"
#include "math/sampler.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "tests/support.h"

/* The kernels that this machine runs are all tested; the others are named in the output. */
static const char *const names[] = {"generic", "avx2", "avx512"};
enum { KERNELS = 3 };
static bool runs[KERNELS];

static void find_kernels(void) {
    pl_ctx *ctx = pl_ctx_new();
    const float one = 1;
    pl_points p = pl_points_f32(&one, 1, 1);
    double out;
    pl_set_threads(ctx, 1); /* Check forks: OpenMP's threads must not exist before */
    for (int k = 0; k < KERNELS; k++) {
        runs[k] = pl_pairs_logsum_on(ctx, names[k], p, p, 1, PL_SKIP_NONE, &out) == PL_OK;
        if (!runs[k])
            printf("%s skipped: %s\n", names[k], pl_message(ctx));
    }
    pl_ctx_free(ctx);
}

/* Normal points of expected norm `norm`, in both precisions; the doubles equal the floats, so that
 * one reference serves both. Row gap: ld > cols, and the gap is filled with NaN. */
typedef struct cloud {
    float *single;
    double *wide;
    size_t rows, cols, ld;
} cloud;

static cloud draw(uint64_t seed, size_t rows, size_t cols, double norm) {
    cloud c = {.rows = rows, .cols = cols, .ld = cols + 3};
    c.single = calloc(rows * c.ld, sizeof *c.single);
    c.wide = calloc(rows * c.ld, sizeof *c.wide);
    for (size_t i = 0; i < rows; i++)
        for (size_t k = 0; k < c.ld; k++) {
            double z = pl_stream_normal((pl_stream){seed, 1, i}, k) * norm / sqrt((double)cols);
            c.single[i * c.ld + k] = k < cols ? (float)z : NAN;
            c.wide[i * c.ld + k] = (double)c.single[i * c.ld + k];
        }
    return c;
}

static void drop(cloud c) {
    free(c.single);
    free(c.wide);
}

static pl_points view(cloud c, bool single) {
    return (pl_points){single ? (const void *)c.single : (const void *)c.wide, single, c.rows,
                       c.cols, c.ld};
}

/* Largest norm, as |scale| max|x| max|y| enters the tolerances. */
static double reach(cloud x, cloud y, double scale) {
    double top[2] = {0};
    cloud both[2] = {x, y};
    for (int b = 0; b < 2; b++)
        for (size_t i = 0; i < both[b].rows; i++) {
            double s = 0;
            for (size_t k = 0; k < both[b].cols; k++)
                s += both[b].wide[i * both[b].ld + k] * both[b].wide[i * both[b].ld + k];
            top[b] = fmax(top[b], sqrt(s));
        }
    return fabs(scale) * top[0] * top[1];
}

static void agree(const double *got, const double *want, size_t n, double tol, const char *kernel,
                  const char *what) {
    for (size_t i = 0; i < n; i++)
        ck_assert_msg(got[i] == want[i] || fabs(got[i] - want[i]) <= tol,
                      "%s, %s, anchor %zu: %.17g, expected %.17g within %.3g (off by %.3g)", kernel,
                      what, i, got[i], want[i], tol, fabs(got[i] - want[i]));
}

/* Every kernel, both precisions, against the textbook. */
static void compare(uint64_t seed, size_t n, size_t m, size_t d, double norm, double scale,
                    ptrdiff_t skip) {
    pl_ctx *ctx = pl_ctx_new();
    cloud x = draw(seed, n, d, norm), y = draw(seed + 1, m, d, norm);
    double *got = calloc(n, sizeof *got), *want = calloc(n, sizeof *want);
    double bound = reach(x, y, scale);
    pl_pairs_logsum_ref(view(x, false), view(y, false), scale, skip, want);
    for (int k = 0; k < KERNELS; k++)
        for (int precision = 0; precision < 3; precision++) {
            char what[128];
            if (!runs[k])
                continue;
            snprintf(what, sizeof what, "seed %llu n %zu m %zu d %zu scale %g skip %td %s",
                     (unsigned long long)seed, n, m, d, scale, skip,
                     precision == 0   ? "single"
                     : precision == 1 ? "double"
                                      : "mixed");
            ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], view(x, precision != 1),
                                          view(y, precision == 0), scale, skip, got));
            double tol = precision == 0 && bound < 700 ? 2e-7 * (1 + bound) : 2e-15 * (10 + bound);
            agree(got, want, n, tol, names[k], what);
        }
    free(got);
    free(want);
    drop(x);
    drop(y);
    pl_ctx_free(ctx);
}

static const size_t edges[] = {1, 2, 11, 12, 13, 31, 32, 33, 64, 100, 128, 129};

/* Fails if a tail of anchors, points or dimensions were lost or counted twice: every size around
 * the tiles' edges, with and without the own pair. */
START_TEST(tile_edges) {
    for (size_t a = 0; a < TEST_COUNT(edges); a++)
        for (size_t b = 0; b < TEST_COUNT(edges); b++) {
            size_t n = edges[a], m = edges[b], d = edges[(a * 5 + b * 7) % TEST_COUNT(edges)];
            ptrdiff_t skips[] = {PL_SKIP_NONE, 0, (ptrdiff_t)m / 2, -(ptrdiff_t)n / 2};
            for (size_t s = 0; s < TEST_COUNT(skips); s++)
                compare(17 * a + 31 * b, n, m, d, 1, 5, skips[s]);
        }
}
END_TEST

/* The same at random, with scales on both sides of every change of path. */
START_TEST(random_shapes) {
    for (size_t trial = 0; trial < 60 * test_effort(); trial++) {
        pl_stream s = {trial, 99, 0};
        size_t n = 1 + pl_stream_below(s, 0, 150), m = 1 + pl_stream_below(s, 1, 900);
        size_t d = 1 + pl_stream_below(s, 2, 140);
        double scale = exp(12 * pl_stream_uniform(s, 3) - 2);
        ptrdiff_t skip = (ptrdiff_t)pl_stream_below(s, 4, n + m) - (ptrdiff_t)n;
        compare(trial, n, m, d, 1, pl_stream_uniform(s, 5) < 0.5 ? scale : -scale, skip);
    }
}
END_TEST

/* Fails if a block of points did not join the ones before: more points than one block holds, and
 * d beyond the packing chunk. */
START_TEST(many_blocks) {
    compare(5, 40, 5000, 70, 1, 7, 3);
    compare(6, 40, 5000, 70, 1, 300, 3);
    compare(7, 3, 700, 1500, 1, 2, PL_SKIP_NONE);
}
END_TEST

/* Fails if any exponential overflowed, or if all underflowed: exponents up to 10^7. */
START_TEST(large_scale) {
    compare(1, 50, 333, 64, 30, 1e4, PL_SKIP_NONE);
    compare(2, 50, 333, 64, 30, -1e4, 0);
    compare(3, 50, 333, 64, 1, 100, 0);
    compare(4, 50, 333, 64, 1, 400, 0);
}
END_TEST

/* Fails if norms were formed by squaring without a guard: the products are moderate although
 * neither factor's square is. */
START_TEST(extreme_norms) {
    pl_ctx *ctx = pl_ctx_new();
    for (int k = 0; k < KERNELS; k++) {
        const float xs[] = {3e35f, -1e35f, 2e35f, 4e35f}, ys[] = {1e-36f, 2e-36f, 3e-36f, -1e-36f};
        const double xd[] = {3e299, -1e299, 2e299, 4e299}, yd[] = {1e-300, 2e-300, 3e-300, -1e-300};
        double got[2];
        /* x.y: rows (.1, 1.0) and (1.0, .2) */
        double want[] = {log(exp(0.1) + exp(1.0)), log(exp(1.0) + exp(0.2))};
        if (!runs[k])
            continue;
        ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], pl_points_f32(xs, 2, 2),
                                      pl_points_f32(ys, 2, 2), 1, PL_SKIP_NONE, got));
        agree(got, want, 2, 3e-7, names[k], "single");
        ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], pl_points_f64((pl_cmat){xd, 2, 2, 2}),
                                      pl_points_f64((pl_cmat){yd, 2, 2, 2}), 1, PL_SKIP_NONE, got));
        agree(got, want, 2, 1e-14, names[k], "double");
        /* the largest similarity is far below zero: -1e200 and -2e200, no overflow, no -infinity */
        const double far[] = {1e100, 2e100};
        ck_ok(ctx,
              pl_pairs_logsum_on(ctx, names[k], pl_points_f64((pl_cmat){far, 2, 1, 1}),
                                 pl_points_f64((pl_cmat){far, 1, 1, 1}), -1, PL_SKIP_NONE, got));
        ck_rel(got[0], -1e200, 1e-15 * 2);
        ck_rel(got[1], -2e200, 1e-15 * 2);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Closed forms. Fails if the tails were padded with points that count: m equal points give
 * log m + scale; and if the own pair were counted: one point alone leaves an empty sum. */
START_TEST(closed_forms) {
    pl_ctx *ctx = pl_ctx_new();
    enum { M = 77 };
    float e1[M * 3] = {0};
    double out[M], mean;
    for (int i = 0; i < M; i++)
        e1[3 * i] = 1;
    pl_points all = pl_points_f32(e1, M, 3), one = pl_points_f32(e1, 1, 3);
    ck_ok(ctx, pl_pairs_logsum(ctx, all, all, 2.5, PL_SKIP_NONE, out));
    ck_close(out[M - 1], log(M) + 2.5, 1e-6);
    ck_ok(ctx, pl_pairs_logsum(ctx, all, all, 2.5, 0, out));
    ck_close(out[0], log(M - 1) + 2.5, 1e-6);
    ck_ok(ctx, pl_pairs_logsum(ctx, all, all, 0, 0, out));
    ck_close(out[5], log(M - 1), 1e-15 * 10);
    ck_ok(ctx, pl_pairs_logsum_mean(ctx, all, all, 2.5, 0, &mean));
    ck_close(mean, log(M - 1) + 2.5, 1e-6);
    ck_ok(ctx, pl_pairs_logsum(ctx, one, one, 2.5, 0, out));
    ck_assert_double_eq(out[0], -INFINITY);
    ck_ok(ctx, pl_pairs_logsum(ctx, one, one, 1e5, 0, out));
    ck_assert_double_eq(out[0], -INFINITY);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the last coefficient of 2^t were off by 1 %: with one point the sum is one exponential,
 * and its logarithm the similarity itself. */
START_TEST(single_exponentials) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 2001 };
    const float one = 1;
    const double wide_one = 1;
    float xs[N];
    double xd[N], got[N];
    for (int i = 0; i < N; i++)
        xd[i] = (double)(xs[i] = (float)(i - N / 2) / 1000);
    for (int k = 0; k < KERNELS; k++) {
        if (!runs[k])
            continue;
        ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], pl_points_f32(xs, N, 1),
                                      pl_points_f32(&one, 1, 1), 1, PL_SKIP_NONE, got));
        agree(got, xd, N, 2e-7, names[k], "single");
        ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], pl_points_f64((pl_cmat){xd, N, 1, 1}),
                                      pl_points_f64((pl_cmat){&wide_one, 1, 1, 1}), 1, PL_SKIP_NONE,
                                      got));
        agree(got, xd, N, 6e-16, names[k], "double");
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the kernel were not the sphere's own: for uniform points the mean of exp(kappa x.y)
 * tends to c(d, kappa) (theory notes, bounds, sec. 1.1). Many points, 5 standard errors: about 1e-6
 * of luck. */
START_TEST(uniform_law) {
    pl_ctx *ctx = pl_ctx_new();
    enum { M = 40000, D = 8 };
    double kappa = 2, *y = calloc(M * D, sizeof *y), x[D] = {1}, out;
    ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){3, 1, 0}, (pl_mat){y, M, D, D}));
    ck_ok(ctx, pl_pairs_logsum(ctx, pl_points_f64((pl_cmat){x, 1, D, D}),
                               pl_points_f64((pl_cmat){y, M, D, D}), kappa, PL_SKIP_NONE, &out));
    double log_c = pl_log_c(D, kappa);
    double deviation = sqrt((exp(pl_log_c(D, 2 * kappa) - 2 * log_c) - 1) / M);
    ck_close(out - log(M), log_c, 5 * deviation);
    free(y);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an anchor's sum depended on how anchors are shared out: the same bits for 1, 2, 3 and 7
 * threads, and for the anchor alone. */
START_TEST(threads_do_not_matter) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 300, M = 1100, D = 33 };
    cloud x = draw(8, N, D, 1), y = draw(9, M, D, 1);
    double first[N], other[N], alone;
    const double scales[] = {3, 200};
    for (int s = 0; s < 2; s++)
        for (int k = 0; k < KERNELS; k++)
            for (int single = 0; single < 2 && runs[k]; single++) {
                pl_points a = view(x, single), b = view(y, single), last = a;
                pl_set_threads(ctx, 1);
                ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], a, b, scales[s], 4, first));
                for (int threads = 2; threads < 8; threads += threads == 3 ? 4 : 1) {
                    pl_set_threads(ctx, threads);
                    ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], a, b, scales[s], 4, other));
                    ck_assert_mem_eq(first, other, sizeof first);
                }
                last.rows = 1;
                last.data = single ? (const void *)(x.single + (N - 1) * x.ld)
                                   : (const void *)(x.wide + (N - 1) * x.ld);
                ck_ok(ctx, pl_pairs_logsum_on(ctx, names[k], last, b, scales[s], N + 3, &alone));
                ck_assert_msg(scales[s] > 3 || fabs(alone - first[N - 1]) < 1e-12,
                              "%s: alone %.17g, among others %.17g", names[k], alone, first[N - 1]);
            }
    drop(x);
    drop(y);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if points were weighted by where they stand: reversing their order changes roundings only.
 */
START_TEST(order_of_points) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 45, M = 700, D = 20 };
    cloud x = draw(10, N, D, 1), y = draw(11, M, D, 1), z = draw(11, M, D, 1);
    double first[N], other[N];
    for (size_t i = 0; i < M; i++) {
        memcpy(z.wide + i * z.ld, y.wide + (M - 1 - i) * y.ld, D * sizeof *z.wide);
        memcpy(z.single + i * z.ld, y.single + (M - 1 - i) * y.ld, D * sizeof *z.single);
    }
    for (int single = 0; single < 2; single++) {
        ck_ok(ctx, pl_pairs_logsum(ctx, view(x, single), view(y, single), 9, PL_SKIP_NONE, first));
        ck_ok(ctx, pl_pairs_logsum(ctx, view(x, single), view(z, single), 9, PL_SKIP_NONE, other));
        agree(other, first, N, single ? 1e-7 : 1e-14, pl_pairs_kernel(), "reversed");
    }
    drop(x);
    drop(y);
    drop(z);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the mean over many terms drifted: float's own sum of 10^5 ones stalls nowhere near, and
 * the bias of the float path stays far below one float rounding. */
START_TEST(long_sums) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 32, M = 100000, D = 16 };
    cloud x = draw(12, N, D, 1), y = draw(13, M, D, 1);
    double got[N], want[N];
    ck_ok(ctx, pl_pairs_logsum(ctx, view(x, false), view(y, false), 2, PL_SKIP_NONE, want));
    ck_ok(ctx, pl_pairs_logsum(ctx, view(x, true), view(y, true), 2, PL_SKIP_NONE, got));
    agree(got, want, N, 2e-8, pl_pairs_kernel(), "single against double");
    drop(x);
    drop(y);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a bad input were computed with, or if the outputs were touched on failure. */
START_TEST(bad_input) {
    pl_ctx *ctx = pl_ctx_new();
    float a[6] = {1, 2, 3, 4, 5, 6}, bad[6] = {1, 2, 3, NAN, 5, 6};
    double huge[2] = {1e200, 1e200}, out[3] = {7, 7, 7};
    pl_points p = pl_points_f32(a, 3, 2), q = pl_points_f32(bad, 3, 2);
    pl_points h = pl_points_f64((pl_cmat){huge, 1, 2, 2});
    ck_fails(ctx, pl_pairs_logsum(ctx, p, q, 1, 0, out), PL_EDOMAIN, "point 1");
    ck_fails(ctx, pl_pairs_logsum(ctx, q, p, 1, 0, out), PL_EDOMAIN, "anchor 1");
    ck_fails(ctx, pl_pairs_logsum(ctx, p, p, INFINITY, 0, out), PL_EDOMAIN, "inf");
    ck_fails(ctx, pl_pairs_logsum(ctx, h, h, 1, 0, out), PL_EDOMAIN, "normalise");
    ck_fails(ctx, pl_pairs_logsum(ctx, p, pl_points_f32(a, 2, 3), 1, 0, out), PL_ESHAPE, "2");
    ck_fails(ctx, pl_pairs_logsum(ctx, p, pl_points_f32(a, 0, 2), 1, 0, out), PL_ESHAPE,
             "0 points");
    ck_fails(ctx, pl_pairs_logsum_mean(ctx, pl_points_f32(a, 0, 2), p, 1, 0, out), PL_ESHAPE,
             "0 anchors");
    ck_fails(ctx, pl_pairs_logsum_on(ctx, "abacus", p, p, 1, 0, out), PL_EUSAGE, "abacus");
    for (int i = 0; i < 3; i++)
        ck_assert_double_eq(out[i], 7);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an allocation's failure leaked, crashed or was overlooked. */
START_TEST(every_allocation_fails) {
    pl_ctx *ctx = pl_ctx_new();
    float a[200] = {0};
    double mean = 7;
    size_t k = 0;
    pl_points p = pl_points_f32(a, 200, 1);
    pl_set_threads(ctx, 2);
    for (;;) {
        pl_ctx_fail_allocation(ctx, ++k);
        pl_status status = pl_pairs_logsum_mean(ctx, p, p, 1, 0, &mean);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
        ck_assert_double_eq(mean, 7);
    }
    ck_assert_uint_eq(k, 11);
    ck_close(mean, log(199), 1e-14);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {tile_edges,
                                  random_shapes,
                                  many_blocks,
                                  large_scale,
                                  extreme_norms,
                                  closed_forms,
                                  single_exponentials,
                                  uniform_law,
                                  threads_do_not_matter,
                                  order_of_points,
                                  long_sums,
                                  bad_input,
                                  every_allocation_fails};
    find_kernels();
    return test_main("math/pairs", tests, TEST_COUNT(tests));
}
