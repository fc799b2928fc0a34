#include "math/sampler.h"

#include "math/sphere.h"
#include "math/stats.h"
#include "tests/support.h"

static pl_mat points(size_t rows, size_t cols) {
    pl_mat m = {calloc(rows * cols, sizeof *m.a), rows, cols, cols};
    ck_assert_ptr_nonnull(m.a);
    return m;
}

static double dot(const double *x, const double *y, size_t d) {
    double s = 0;
    for (size_t j = 0; j < d; j++)
        s += x[j] * y[j];
    return s;
}

/* Fails if a row were not of unit norm to a few roundings. */
static void unit(pl_mat z) {
    for (size_t i = 0; i < z.rows; i++)
        ck_close(dot(z.a + i * z.ld, z.a + i * z.ld, z.cols), 1, 2e-14);
}

/* A direction with no zero, row `row` of a stream of its own. */
static void any_direction(size_t d, uint64_t row, double *mean) {
    pl_ctx *ctx = pl_ctx_new();
    ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){99, 0, row}, (pl_mat){mean, 1, d, d}));
    pl_ctx_free(ctx);
}

static const struct {
    size_t d;
    double kappa;
} laws[] = {{2, 1},   {3, 10},  {8, 5},    {128, 100}, {128, 1000}, {2, 0.01},
            {2, 1e6}, {3, 1e6}, {64, 1e6}, {3, 1e12},  {5, 1e-12},  {512, 14.3}};

/* Fails if the law were not vMF: E w = A and E w^2 = 1 - (d-1) A/kappa, w = u.mean, within five
 * standard errors (Var w = A'); and if rows were not unit. At kappa = 1e6 and 1e12 the same in
 * 1 - w, of which the rounding of w would leave nothing. */
START_TEST(vmf_has_its_moments) {
    enum { BATCH = 10000 };
    size_t n = 10 * BATCH * test_effort();
    pl_ctx *ctx = pl_ctx_new();
    double *w = malloc(n * sizeof *w), *w2 = malloc(n * sizeof *w2), mean[512];
    ck_assert(w && w2);
    for (size_t l = 0; l < TEST_COUNT(laws); l++) {
        size_t d = laws[l].d;
        double kappa = laws[l].kappa, m = (double)d - 1, a = pl_resultant((double)d, kappa);
        pl_mat z = points(BATCH, d);
        any_direction(d, l, mean);
        for (size_t first = 0; first < n; first += BATCH) {
            ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){71, l, first}, mean, kappa, z));
            unit(z);
            for (size_t i = 0; i < BATCH; i++) { /* 1 - w = |z - mean|^2/2 */
                double square = 0;
                for (size_t j = 0; j < d; j++)
                    square += pow(z.a[i * d + j] - mean[j], 2);
                w[first + i] = square / 2;
                w2[first + i] = pow(1 - square / 2, 2);
            }
        }
        double se = sqrt(pl_variance(w, n) / (double)n);
        /* 1 - A = (d-1)/(2 kappa) (1 + (d-3)/(4 kappa)) where A itself would lose it */
        double lacks = kappa > 1e5 ? m / (2 * kappa) * (1 + (m - 2) / (4 * kappa)) : 1 - a;
        ck_assert_msg(fabs(pl_mean(w, n) - lacks) < 5 * se,
                      "d = %zu, kappa = %g: mean of 1 - w is %.8g, expected %.8g, se %.2g", d,
                      kappa, pl_mean(w, n), lacks, se);
        double second = kappa > 1e-6 ? 1 - m * a / kappa : 1 / (double)d;
        ck_close(pl_mean(w2, n), second, 5 * sqrt(pl_variance(w2, n) / (double)n) + 1e-15);
        free(z.a);
    }
    free(w);
    free(w2);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the part across the mean were not uniform: its mean is 0 and, within the tangent space,
 * no direction is preferred. */
START_TEST(vmf_is_round_about_its_mean) {
    enum { D = 4 };
    size_t n = 100000 * test_effort();
    pl_ctx *ctx = pl_ctx_new();
    pl_mat z = points(n, D);
    double mean[D], axis[D], *x = malloc(n * sizeof *x);
    any_direction(D, 50, mean);
    any_direction(D, 51, axis);
    double along = dot(axis, mean, D);
    for (size_t j = 0; j < D; j++)
        axis[j] -= along * mean[j];
    double norm = sqrt(dot(axis, axis, D));
    for (size_t j = 0; j < D; j++)
        axis[j] /= norm;
    ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){72, 0, 0}, mean, 6, z));
    for (size_t i = 0; i < n; i++)
        x[i] = dot(z.a + i * D, axis, D);
    ck_close(pl_mean(x, n), 0, 5 * sqrt(pl_variance(x, n) / (double)n));
    for (size_t i = 0; i < n; i++) /* E x^2 = (1 - E w^2)/(d-1) = A/kappa */
        x[i] *= x[i];
    ck_close(pl_mean(x, n), pl_resultant(D, 6) / 6, 5 * sqrt(pl_variance(x, n) / (double)n));
    free(x);
    free(z.a);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the uniform law, or vMF with kappa = 0, preferred a direction: E z = 0, E z z^T = I/d.
 */
START_TEST(sphere_is_isotropic) {
    size_t n = 50000 * test_effort();
    pl_ctx *ctx = pl_ctx_new();
    for (size_t d = 2; d <= 17; d += 5)
        for (int law = 0; law < 2; law++) {
            pl_mat z = points(n, d);
            if (law == 0)
                ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){73, d, 0}, z));
            else
                ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){74, d, 0}, NULL, 0, z));
            unit(z);
            double dd = (double)d, se = 1 / sqrt((double)n);
            for (size_t a = 0; a < d; a++) {
                double first = 0;
                for (size_t i = 0; i < n; i++)
                    first += z.a[i * d + a];
                ck_close(first / (double)n, 0, 5.5 * se / sqrt(dd));
                for (size_t b = 0; b <= a; b++) {
                    double second = 0;
                    for (size_t i = 0; i < n; i++)
                        second += z.a[i * d + a] * z.a[i * d + b];
                    /* Var z_a^2 = 3/(d(d+2)) - 1/d^2, Var z_a z_b = 1/(d(d+2)) */
                    double variance = (a == b ? 3 : 1) / (dd * (dd + 2)) - (a == b) / (dd * dd);
                    ck_close(second / (double)n, a == b ? 1 / dd : 0, 5.5 * se * sqrt(variance));
                }
            }
            free(z.a);
        }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a row depended on how many rows were drawn, on where the drawing began, on the leading
 * dimension or on the number of threads. */
START_TEST(a_row_is_a_row) {
    enum { ROWS = 300, D = 7, LD = 9 };
    pl_ctx *ctx = pl_ctx_new(), *one = pl_ctx_new();
    pl_set_threads(ctx, 3);
    pl_set_threads(one, 1);
    double mean[D], wide[ROWS * LD], narrow[ROWS * D];
    any_direction(D, 60, mean);
    for (double kappa = 0; kappa < 100; kappa += 30) {
        ck_ok(ctx,
              pl_sample_vmf(ctx, (pl_stream){75, 1, 10}, mean, kappa, (pl_mat){wide, ROWS, D, LD}));
        ck_ok(one, pl_sample_vmf(one, (pl_stream){75, 1, 10}, mean, kappa,
                                 (pl_mat){narrow, ROWS, D, D}));
        for (size_t i = 0; i < ROWS; i++)
            ck_assert_mem_eq(wide + i * LD, narrow + i * D, D * sizeof *wide);
        ck_ok(one,
              pl_sample_vmf(one, (pl_stream){75, 1, 12}, mean, kappa, (pl_mat){narrow, 3, D, D}));
        for (size_t i = 0; i < 3; i++)
            ck_assert_mem_eq(wide + (i + 2) * LD, narrow + i * D, D * sizeof *wide);
    }
    pl_ctx_free(ctx);
    pl_ctx_free(one);
}
END_TEST

/* Fails if a mean of its own for every row were another map than one mean for all. */
START_TEST(around_is_the_same_law) {
    enum { ROWS = 100, D = 5 };
    pl_ctx *ctx = pl_ctx_new();
    double means[ROWS * D], each[ROWS * D], single[D];
    for (size_t i = 0; i < ROWS; i++)
        any_direction(D, 80 + i, means + i * D);
    ck_ok(ctx, pl_sample_vmf_around(ctx, (pl_stream){76, 0, 0}, (pl_cmat){means, ROWS, D, D}, 9,
                                    (pl_mat){each, ROWS, D, D}));
    for (size_t i = 0; i < ROWS; i++) {
        ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){76, 0, i}, means + i * D, 9,
                                 (pl_mat){single, 1, D, D}));
        ck_assert_mem_eq(each + i * D, single, sizeof single);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the map onto the mean broke down where the mean is e1, -e1 or within 1e-8 of them: the
 * inner product with the mean must stay what it is for e1. */
START_TEST(means_near_the_axis) {
    enum { ROWS = 50, D = 3 };
    pl_ctx *ctx = pl_ctx_new();
    const double tilts[] = {0, 1e-16, 1e-12, 1e-8, 1e-4, 1, M_PI / 2, 3, M_PI - 1e-8, M_PI};
    double plain[ROWS * D], turned[ROWS * D];
    ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){77, 0, 0}, NULL, 20, (pl_mat){plain, ROWS, D, D}));
    for (size_t t = 0; t < TEST_COUNT(tilts); t++) {
        double mean[D] = {cos(tilts[t]), sin(tilts[t]), 0};
        pl_mat z = {turned, ROWS, D, D};
        ck_ok(ctx, pl_sample_vmf(ctx, (pl_stream){77, 0, 0}, mean, 20, z));
        unit(z);
        for (size_t i = 0; i < ROWS; i++)
            ck_close(dot(turned + i * D, mean, D), plain[i * D], 1e-15);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a bad dimension, concentration, size or mean were drawn from, or the output touched. */
START_TEST(refuses) {
    pl_ctx *ctx = pl_ctx_new();
    double z[6] = {42, 0, 0, 0, 0, 0}, off[] = {1, 1, 0}, bad[] = {NAN, 0, 0};
    pl_mat line = {z, 2, 1, 1}, two = {z, 2, 3, 3};
    pl_stream s = {1, 2, 3};
    ck_fails(ctx, pl_sample_sphere(ctx, s, line), PL_EDOMAIN, "d = 1");
    ck_fails(ctx, pl_sample_vmf(ctx, s, NULL, -1, two), PL_EDOMAIN, "kappa is -1");
    ck_fails(ctx, pl_sample_vmf(ctx, s, NULL, NAN, two), PL_EDOMAIN, "kappa");
    ck_fails(ctx, pl_sample_vmf(ctx, s, NULL, INFINITY, two), PL_EDOMAIN, "kappa");
    ck_fails(ctx, pl_sample_vmf(ctx, s, off, 1, two), PL_EDOMAIN, "norm 1.41421");
    ck_fails(ctx, pl_sample_vmf(ctx, s, bad, 1, two), PL_EDOMAIN, "normalise");
    ck_fails(ctx, pl_sample_vmf_around(ctx, s, (pl_cmat){off, 1, 3, 3}, 1, two), PL_ESHAPE,
             "1 x 3 mean directions for 2 x 3 points");
    ck_assert(z[0] == 42);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {vmf_has_its_moments,
                                  vmf_is_round_about_its_mean,
                                  sphere_is_isotropic,
                                  a_row_is_a_row,
                                  around_is_the_same_law,
                                  means_near_the_axis,
                                  refuses};
    return test_main("math/sampler", tests, TEST_COUNT(tests));
}
