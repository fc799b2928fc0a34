#include "math/eigen.h"

#include <omp.h>

#include "math/random.h"
#include "tests/support.h"

static const double PI = 3.14159265358979323846;

static double *random_matrix(uint64_t seed, size_t rows, size_t cols) {
    double *a = calloc(rows * cols, sizeof *a);
    pl_stream_normals((pl_stream){seed, 1, 0}, 0, rows * cols, a);
    return a;
}

static double *random_symmetric(uint64_t seed, size_t n) {
    double *a = random_matrix(seed, n, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            a[i * n + j] = a[j * n + i];
    return a;
}

static double *copy(const double *a, size_t n) {
    double *b = calloc(n, sizeof *b);
    memcpy(b, a, n * sizeof *b);
    return b;
}

/* Fails if values came in ascending order, or from another matrix: the path graph's Laplacian has
 * 2 - 2 cos(pi k/n), k = 0..n-1. */
START_TEST(path_graph) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t n = 1; n <= 40; n += 13) {
        double *a = calloc(n * n, sizeof *a), *values = calloc(n, sizeof *values);
        for (size_t i = 0; i < n; i++) {
            a[i * n + i] = (i > 0) + (i + 1 < n);
            if (i > 0)
                a[i * n + i - 1] = a[(i - 1) * n + i] = -1;
        }
        ck_ok(ctx, pl_eigen_symmetric(ctx, (pl_mat){a, n, n, n}, values));
        for (size_t k = 0; k < n; k++)
            ck_close(values[k], 2 - 2 * cos(PI * (double)(n - 1 - k) / (double)n), 1e-14 * 10);
        free(a);
        free(values);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if rows were not the eigenvectors of the values beside them: A v = lambda v, v.v' = delta,
 * and the same values as without vectors; in a view with a gap that must stay untouched. */
START_TEST(vectors) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 6 * test_effort(); trial++) {
        size_t n = 1 + 17 * trial, ld = n + 2;
        double *a = random_symmetric(trial, n), *v = calloc(n * ld, sizeof *v);
        double *values = calloc(n, sizeof *values), *only = calloc(n, sizeof *only);
        double *b = copy(a, n * n), tol = 1e-13 * (double)(n + 5);
        for (size_t i = 0; i < n * ld; i++)
            v[i] = i % ld >= n       ? 77
                   : i % ld < i / ld ? 1e9 /* the lower triangle is not read */
                                     : a[i / ld * n + i % ld];
        ck_ok(ctx, pl_eigen_symmetric_vectors(ctx, (pl_mat){v, n, n, ld}, values));
        ck_ok(ctx, pl_eigen_symmetric(ctx, (pl_mat){b, n, n, n}, only));
        for (size_t k = 0; k < n; k++) {
            ck_close(values[k], only[k], tol);
            ck_assert(k == 0 || values[k] <= values[k - 1]);
            ck_assert_double_eq(v[k * ld + n], 77);
            for (size_t i = 0; i < n; i++) {
                double av = 0, vv = 0;
                for (size_t j = 0; j < n; j++) {
                    av += a[i * n + j] * v[k * ld + j];
                    vv += v[i * ld + j] * v[k * ld + j];
                }
                ck_close(av, values[k] * v[k * ld + i], tol);
                ck_close(vv, i == k ? 1 : 0, tol);
            }
        }
        free(a);
        free(b);
        free(v);
        free(values);
        free(only);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if u, vt were swapped or transposed: a = u s vt, tall and wide; and if the rank were not
 * seen: the last of three columns is the sum of the others. */
START_TEST(svd) {
    pl_ctx *ctx = pl_ctx_new();
    const size_t shapes[][2] = {{1, 1}, {9, 4}, {4, 9}, {30, 30}, {64, 3}, {3, 64}};
    for (size_t t = 0; t < TEST_COUNT(shapes); t++) {
        size_t n = shapes[t][0], d = shapes[t][1], r = n < d ? n : d;
        double *a = random_matrix(t, n, d), *b = copy(a, n * d), *c = copy(a, n * d);
        double *u = calloc(n * r, sizeof *u), *vt = calloc(r * d, sizeof *vt);
        double *s = calloc(r, sizeof *s), *only = calloc(r, sizeof *only);
        ck_ok(ctx,
              pl_svd(ctx, (pl_mat){b, n, d, d}, (pl_mat){u, n, r, r}, s, (pl_mat){vt, r, d, d}));
        ck_ok(ctx, pl_svd_values(ctx, (pl_mat){c, n, d, d}, only));
        for (size_t i = 0; i < n; i++)
            for (size_t j = 0; j < d; j++) {
                double sum = 0;
                for (size_t k = 0; k < r; k++)
                    sum += u[i * r + k] * s[k] * vt[k * d + j];
                ck_close(sum, a[i * d + j], 1e-13);
            }
        for (size_t k = 0; k < r; k++) {
            ck_close(s[k], only[k], 1e-13);
            ck_assert(s[k] >= 0 && (k == 0 || s[k] <= s[k - 1]));
            for (size_t l = 0; l < r; l++) {
                double uu = 0, vv = 0;
                for (size_t i = 0; i < n; i++)
                    uu += u[i * r + k] * u[i * r + l];
                for (size_t j = 0; j < d; j++)
                    vv += vt[k * d + j] * vt[l * d + j];
                ck_close(uu, k == l, 1e-14 * 10);
                ck_close(vv, k == l, 1e-14 * 10);
            }
        }
        free(a);
        free(b);
        free(c);
        free(u);
        free(vt);
        free(s);
        free(only);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a rank-deficient matrix gained directions: x x' of rank 2 in dimension 6. */
START_TEST(rank_deficient) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 6 };
    double *x = random_matrix(4, 2, N), a[N * N] = {0}, values[N], singular[2], trace = 0;
    for (size_t i = 0; i < N; i++)
        for (size_t j = 0; j < N; j++)
            a[i * N + j] = x[i] * x[j] + x[N + i] * x[N + j];
    for (size_t i = 0; i < N; i++)
        trace += a[i * N + i];
    ck_ok(ctx, pl_eigen_symmetric(ctx, (pl_mat){a, N, N, N}, values));
    ck_ok(ctx, pl_svd_values(ctx, (pl_mat){x, 2, N, N}, singular));
    ck_close(values[0] + values[1], trace, 1e-13 * trace);
    for (int k = 0; k < 2; k++)
        ck_close(values[k], singular[k] * singular[k], 1e-13 * trace);
    for (int k = 2; k < N; k++)
        ck_close(values[k], 0, 1e-14 * trace);
    free(x);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if LAPACK's threads showed in the bits, or if the caller's setting were not restored. */
START_TEST(threads_do_not_matter) {
    pl_ctx *ctx = pl_ctx_new();
    enum { N = 300 };
    double *a = random_symmetric(5, N), *b = copy(a, N * N), values[N], other[N];
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    ck_ok(ctx, pl_eigen_symmetric_vectors(ctx, (pl_mat){a, N, N, N}, values));
    omp_set_num_threads(3);
    ck_ok(ctx, pl_eigen_symmetric_vectors(ctx, (pl_mat){b, N, N, N}, other));
    ck_assert_int_eq(omp_get_max_threads(), 3);
    omp_set_num_threads(before);
    ck_assert_mem_eq(values, other, sizeof values);
    ck_assert_mem_eq(a, b, N * N * sizeof *a);
    free(a);
    free(b);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a bad matrix reached LAPACK, which may spin on NaN. */
START_TEST(bad_input) {
    pl_ctx *ctx = pl_ctx_new();
    double a[6] = {1, 2, NAN, 4, 5, 6}, values[2] = {7, 7};
    ck_fails(ctx, pl_eigen_symmetric(ctx, (pl_mat){a, 2, 3, 3}, values), PL_ESHAPE, "2 x 3");
    ck_fails(ctx, pl_eigen_symmetric(ctx, (pl_mat){a, 0, 0, 1}, values), PL_ESHAPE, "0 x 0");
    ck_fails(ctx, pl_eigen_symmetric(ctx, (pl_mat){a, 2, 2, 2}, values), PL_EDOMAIN, "(1, 0)");
    ck_fails(ctx, pl_svd_values(ctx, (pl_mat){a, 2, 3, 3}, values), PL_EDOMAIN, "(0, 2)");
    ck_fails(ctx,
             pl_svd(ctx, (pl_mat){a, 2, 1, 1}, (pl_mat){a, 2, 2, 2}, values, (pl_mat){a, 1, 1, 1}),
             PL_ESHAPE, "expected 2 x 1 and 1 x 1");
    ck_assert_double_eq(values[0], 7);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if an allocation's failure leaked, crashed or was overlooked. */
START_TEST(every_allocation_fails) {
    pl_ctx *ctx = pl_ctx_new();
    for (int routine = 0; routine < 2; routine++) {
        size_t k = 0;
        for (;;) {
            double a[4] = {2, 1, 1, 2}, values[2] = {7, 7};
            pl_mat m = {a, 2, 2, 2};
            pl_ctx_fail_allocation(ctx, ++k);
            pl_status status =
                routine == 0 ? pl_eigen_symmetric(ctx, m, values) : pl_svd_values(ctx, m, values);
            if (status == PL_OK) {
                ck_close(values[0], 3, 1e-14);
                ck_close(values[1], 1, 1e-14);
                break;
            }
            ck_assert_int_eq(status, PL_ENOMEM);
            ck_assert_double_eq(values[0], 7);
        }
        ck_assert_uint_eq(k, 4);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {path_graph,
                                  vectors,
                                  svd,
                                  rank_deficient,
                                  threads_do_not_matter,
                                  bad_input,
                                  every_allocation_fails};
    return test_main("math/eigen", tests, TEST_COUNT(tests));
}
