#include "ssl/spectrum.h"

#include "math/random.h"
#include "math/sampler.h"
#include "tests/support.h"

static pl_features empty(pl_ctx *ctx, size_t rows, size_t d) {
    const size_t shape[] = {rows, d};
    pl_features f = {.images = rows, .views = 1, .dim = d};
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 2, shape, &f.array));
    return f;
}

/* Independent normals, coordinate j scaled by scale^j. */
static pl_features normals(pl_ctx *ctx, uint64_t seed, size_t rows, size_t d, double scale) {
    pl_features f = empty(ctx, rows, d);
    double *z = f.array.data;
    for (size_t i = 0; i < rows; i++) {
        pl_stream_normals((pl_stream){seed, 0, i}, 0, d, z + i * d);
        for (size_t j = 0; j < d; j++)
            z[i * d + j] *= pow(scale, (double)j);
    }
    return f;
}

/* Fails if the shares were not normalised, or zeros not left out: n equal numbers count n, one
 * counts 1, and {1/2, 1/4, 1/4} has entropy (3/2) log 2. */
START_TEST(entropy_rank) {
    const double equal[] = {3, 3, 3, 3, 3}, one[] = {0, 7, 0}, halves[] = {8, 4, 4, 0};
    for (size_t n = 1; n <= 5; n++)
        ck_close(pl_entropy_rank(equal, n), (double)n, 1e-14);
    ck_close(pl_entropy_rank(one, 3), 1, 1e-15);
    ck_close(pl_entropy_rank(halves, 4), pow(2, 1.5), 1e-14);
}
END_TEST

/* Fails if the covariance were not of centred rows over N - 1, or the two ranks confused. Rows
 * +-e_j with weights: +-a_j e_j, twice each coordinate, have the diagonal covariance 2 a_j^2/(N -
 * 1). */
START_TEST(diagonal_covariance) {
    enum { D = 4, N = 2 * D };
    const double a[D] = {1, 4, 2, 0.5};
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = empty(ctx, N, D);
    pl_spectrum s;
    double *z = f.array.data, squares[D];
    for (size_t j = 0; j < D; j++) {
        z[2 * j * D + j] = a[j];
        z[(2 * j + 1) * D + j] = -a[j];
        squares[j] = a[j] * a[j];
    }
    ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
    const double descending[] = {16, 4, 1, 0.25};
    for (size_t j = 0; j < D; j++)
        ck_rel(s.values[j], 2 * descending[j] / (N - 1), 1e-14);
    ck_assert_uint_eq(s.dim, D);
    ck_assert_uint_eq(s.possible, D);
    ck_close(s.effective_rank, pl_entropy_rank(squares, D), 1e-13);
    ck_close(s.rankme, pl_entropy_rank(a, D), 1e-13);
    pl_spectrum_free(&s);
    ck_assert_ptr_null(s.values);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an isotropic law did not use all its directions: uniform on the sphere, effective rank d
 * less the Marchenko-Pastur loss of about d^2/(2N). */
START_TEST(isotropic_features_use_every_direction) {
    enum { D = 16, N = 20000 };
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = empty(ctx, N, D);
    pl_spectrum s;
    ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){81, 0, 0}, (pl_mat){f.array.data, N, D, D}));
    ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
    ck_close(s.effective_rank, D, 2.0 * D * D / N);
    ck_close(s.rankme, D, 2.0 * D * D / N);
    double trace = 0;
    for (size_t j = 0; j < D; j++)
        trace += s.values[j];
    ck_close(trace, 1, 2e-3); /* 1 - |mean|^2 */
    pl_spectrum_free(&s);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if rounding counted as directions: rows on one line, and on a plane, of a space of 300
 * dimensions, far from the origin. The 298 roots of rounding would lift RankMe by 1e-5 and more. */
START_TEST(few_directions_count_as_few) {
    enum { D = 300, N = 1000 };
    pl_ctx *ctx = pl_ctx_new();
    for (size_t directions = 1; directions <= 2; directions++) {
        pl_features f = empty(ctx, N, D);
        pl_spectrum s;
        double *z = f.array.data;
        for (size_t i = 0; i < N; i++) {
            double x = (double)(i % 2) * 2 - 1, y = (double)(i / 2 % 2) * 2 - 1;
            for (size_t j = 0; j < D; j++) {
                z[i * D + j] = 0.3 + x * sin((double)j);
                if (directions == 2) /* cos is orthogonal to sin but for the ends: norms differ */
                    z[i * D + j] += y * cos((double)j);
            }
        }
        ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
        ck_close(s.effective_rank, (double)directions, 1e-4 * (double)(directions - 1) + 1e-12);
        ck_close(s.rankme, (double)directions, 1e-4 * (double)(directions - 1) + 1e-12);
        for (size_t j = directions; j < D; j++)
            ck_assert(s.values[j] == 0);
        pl_spectrum_free(&s);
        pl_features_free(&f);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if fewer rows than dimensions gave more than N - 1 directions. An orthonormal set: centred,
 * N - 1 equal eigenvalues 1/(N - 1). */
START_TEST(fewer_rows_than_dimensions) {
    enum { D = 50, N = 7 };
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = empty(ctx, N, D);
    pl_spectrum s;
    for (size_t i = 0; i < N; i++)
        ((double *)f.array.data)[i * D + 3 * i] = 1;
    ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
    ck_assert_uint_eq(s.possible, N - 1);
    for (size_t j = 0; j < D; j++)
        ck_close(s.values[j], j < N - 1 ? 1.0 / (N - 1) : 0, 1e-15);
    ck_close(s.effective_rank, N - 1, 1e-12);
    ck_close(s.rankme, N - 1, 1e-12);
    pl_spectrum_free(&s);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

static void same_spectrum(const pl_spectrum *s, const pl_spectrum *t, double tol) {
    for (size_t j = 0; j < s->dim; j++)
        ck_close(t->values[j], s->values[j], tol * s->values[0]);
    ck_rel(t->effective_rank, s->effective_rank, tol * 100);
    ck_rel(t->rankme, s->rankme, tol * 1000);
}

/* Fails if a shift, a reflection, the order of rows or the layout in views changed the spectrum, or
 * if a scale changed the ranks. */
START_TEST(invariances) {
    enum { D = 9, N = 600 };
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = normals(ctx, 82, N, D, 0.7), g = empty(ctx, N, D);
    pl_spectrum s, t;
    double h[D], *z = f.array.data, *y = g.array.data;
    ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
    ck_ok(ctx, pl_sample_sphere(ctx, (pl_stream){83, 0, 0}, (pl_mat){h, 1, D, D}));
    for (size_t i = 0; i < N; i++) {
        double hz = 0;
        for (size_t j = 0; j < D; j++)
            hz += h[j] * z[i * D + j];
        for (size_t j = 0; j < D; j++)
            y[(N - 1 - i) * D + j] = z[i * D + j] - 2 * hz * h[j] + 5 + (double)j;
    }
    g.images = N / 3;
    g.views = 3;
    ck_ok(ctx, pl_spectrum_new(ctx, &g, &t));
    same_spectrum(&s, &t, 1e-13);
    pl_spectrum_free(&t);
    for (size_t k = 0; k < N * D; k++)
        y[k] = 1e-3 * z[k];
    ck_ok(ctx, pl_spectrum_new(ctx, &g, &t));
    ck_rel(t.values[0], 1e-6 * s.values[0], 1e-13);
    ck_rel(t.effective_rank, s.effective_rank, 1e-12);
    ck_rel(t.rankme, s.rankme, 1e-12);
    pl_spectrum_free(&t);
    pl_spectrum_free(&s);
    pl_features_free(&f);
    pl_features_free(&g);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if blocks or parts lost a row: against the plain double loop, for row counts on both sides
 * of the block (256) and of the parts (8). */
START_TEST(every_row_counts_once) {
    enum { D = 3 };
    const size_t counts[] = {2, 3, 7, 8, 9, 255, 256, 257, 2047, 2049, 5000};
    pl_ctx *ctx = pl_ctx_new();
    for (size_t c = 0; c < TEST_COUNT(counts); c++) {
        size_t n = counts[c];
        pl_features f = normals(ctx, 84 + c, n, D, 0.8);
        const double *z = f.array.data;
        double mean[D] = {0}, trace = 0, squares = 0;
        pl_spectrum s;
        for (size_t k = 0; k < n * D; k++)
            mean[k % D] += z[k] / (double)n;
        for (size_t a = 0; a < D; a++)
            for (size_t b = 0; b < D; b++) {
                double cov = 0;
                for (size_t i = 0; i < n; i++)
                    cov += (z[i * D + a] - mean[a]) * (z[i * D + b] - mean[b]) / (double)(n - 1);
                trace += a == b ? cov : 0;
                squares += cov * cov;
            }
        ck_ok(ctx, pl_spectrum_new(ctx, &f, &s));
        double sum = 0, sum2 = 0;
        for (size_t j = 0; j < D; j++) {
            sum += s.values[j];
            sum2 += s.values[j] * s.values[j];
        }
        ck_rel(sum, trace, 1e-12);
        ck_rel(sum2, squares, 1e-12);
        pl_spectrum_free(&s);
        pl_features_free(&f);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the bits depended on the number of threads, BLAS's own included. */
START_TEST(threads_do_not_matter) {
    pl_ctx *ctx = pl_ctx_new();
    const size_t dims[] = {5, 37, 200};
    for (size_t c = 0; c < TEST_COUNT(dims); c++) {
        pl_features f = normals(ctx, 90, 3000, dims[c], 0.99);
        pl_spectrum one, other;
        pl_set_threads(ctx, 1);
        ck_ok(ctx, pl_spectrum_new(ctx, &f, &one));
        for (int threads = 2; threads <= 5; threads++) {
            pl_set_threads(ctx, threads);
            ck_ok(ctx, pl_spectrum_new(ctx, &f, &other));
            ck_assert_mem_eq(one.values, other.values, dims[c] * sizeof *one.values);
            ck_assert(one.rankme == other.rankme);
            pl_spectrum_free(&other);
        }
        pl_spectrum_free(&one);
        pl_features_free(&f);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if one row, equal rows or too large a dimension gave a spectrum. */
START_TEST(refuses) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = empty(ctx, 5, 3), huge = {.images = 2, .views = 1, .dim = 10000};
    pl_spectrum s = {.dim = 77};
    for (size_t k = 0; k < 15; k++)
        ((double *)f.array.data)[k] = k % 3 == 1 ? 0.6 : 0.1;
    ck_fails(ctx, pl_spectrum_new(ctx, &f, &s), PL_EDOMAIN, "collapsed");
    f.images = 1;
    ck_fails(ctx, pl_spectrum_new(ctx, &f, &s), PL_ESHAPE, "two rows");
    ck_fails(ctx, pl_spectrum_new(ctx, &huge, &s), PL_ESHAPE, "10000, at most 8192");
    ck_assert_uint_eq(s.dim, 77);
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an allocation's failure were lost, or the output touched by it. */
START_TEST(allocation_failures) {
    pl_ctx *ctx = pl_ctx_new();
    pl_features f = normals(ctx, 91, 30, 4, 0.9);
    pl_status status = PL_ENOMEM;
    for (size_t k = 1; status != PL_OK; k++) {
        pl_spectrum s = {.dim = 77};
        ck_assert_uint_lt(k, 30);
        pl_ctx_fail_allocation(ctx, k);
        status = pl_spectrum_new(ctx, &f, &s);
        if (status == PL_OK) {
            ck_assert_uint_gt(k, 5);
            pl_spectrum_free(&s);
        } else {
            ck_assert(status == PL_ENOMEM && s.dim == 77);
        }
    }
    pl_features_free(&f);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {entropy_rank,
                                  diagonal_covariance,
                                  isotropic_features_use_every_direction,
                                  few_directions_count_as_few,
                                  fewer_rows_than_dimensions,
                                  invariances,
                                  every_row_counts_once,
                                  threads_do_not_matter,
                                  refuses,
                                  allocation_failures};
    return test_main("ssl/spectrum", tests, TEST_COUNT(tests));
}
