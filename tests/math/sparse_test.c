#include "math/factor.h"

#include "math/eigen.h"
#include "tests/support.h"

/* Laplacian of a path of n nodes with a chord from 0 to n/2: simple eigenvalues. */
static pl_sparse laplacian(pl_ctx *ctx, size_t n) {
    pl_sparse a = {n, pl_alloc(ctx, n + 1, sizeof *a.start),
                   pl_alloc(ctx, 3 * n + 4, sizeof *a.index),
                   pl_alloc(ctx, 3 * n + 4, sizeof *a.value)};
    size_t at = 0, h = n / 2;
    for (size_t i = 0; i < n; i++) {
        size_t near[4], count = 0;
        if (i == h)
            near[count++] = 0;
        if (i > 0)
            near[count++] = i - 1;
        size_t diagonal = count++;
        if (i + 1 < n)
            near[count++] = i + 1;
        if (i == 0)
            near[count++] = h;
        for (size_t c = 0; c < count; c++) {
            a.index[at] = (uint32_t)(c == diagonal ? i : near[c]);
            a.value[at++] = c == diagonal ? (double)count - 1 : -1;
        }
        a.start[i + 1] = at;
    }
    return a;
}

static void dense_values(pl_ctx *ctx, const pl_sparse *a, double *values) {
    pl_mat d = {pl_alloc(ctx, a->n * a->n, sizeof(double)), a->n, a->n, a->n};
    for (size_t i = 0; i < a->n; i++)
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
            d.a[i * a->n + a->index[e]] = a->value[e];
    ck_ok(ctx, pl_eigen_symmetric(ctx, d, values));
    pl_free(d.a);
}

/* Fails if one of the four ways missed an eigenvalue, or its residual were not what it says. */
START_TEST(four_ways_agree_with_the_dense_one) {
    pl_ctx *ctx = pl_ctx_new();
    size_t n = 300, k = 7;
    pl_sparse a = laplacian(ctx, n);
    pl_operator op = pl_sparse_operator(&a, 0, 8);
    double all[300], ones[300], found[7], *v = pl_alloc(ctx, n * k, sizeof *v);
    pl_mat vectors = {v, n, k, k};
    pl_eigen_report r;
    pl_factor *factor;
    ck_ok(ctx, pl_factor_new(ctx, &a, &factor));
    for (size_t i = 0; i < n; i++)
        ones[i] = 1 / sqrt((double)n);
    pl_cmat constant = {ones, n, 1, 1};
    dense_values(ctx, &a, all);
    for (int way = 0; way < 4; way++) {
        if (way == 0)
            ck_ok(ctx, pl_eigen_chebyshev(ctx, &op, constant, k, NULL, found, vectors, &r));
        else if (way == 3)
            ck_ok(ctx, pl_eigen_filtered(ctx, &op, constant, k, NULL, found, vectors, &r));
        else if (way == 1)
            ck_ok(ctx, pl_eigen_lanczos(ctx, &op, constant, k, NULL, found, vectors, &r));
        else
            ck_ok(ctx, pl_eigen_shift_invert(ctx, factor, &op, -1e-6, constant, k, NULL, found,
                                             vectors, &r));
        ck_assert_msg(r.converged && r.residual < 2e-10, "way %d: residual %g", way, r.residual);
        for (size_t c = 0; c < k; c++) {
            ck_close(found[c], all[n - 2 - c], 1e-11);
            double sum = 0, norm = 0;
            for (size_t i = 0; i < n; i++) {
                double y = 0;
                for (size_t e = a.start[i]; e < a.start[i + 1]; e++)
                    y += a.value[e] * v[a.index[e] * k + c];
                sum += pow(y - found[c] * v[i * k + c], 2);
                norm += v[i * k + c] * v[i * k + c];
            }
            ck_close(norm, 1, 1e-10);
            ck_assert(sqrt(sum) < 1e-8);
        }
    }
    pl_factor_free(factor);
    pl_free(v);
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* Sylvester: as many negative pivots of A - theta as eigenvalues below theta. */
START_TEST(inertia_counts) {
    pl_ctx *ctx = pl_ctx_new();
    pl_sparse a = laplacian(ctx, 120);
    double all[120];
    size_t below;
    pl_factor *f;
    dense_values(ctx, &a, all);
    ck_ok(ctx, pl_factor_new(ctx, &a, &f));
    ck_assert(pl_factor_entries(f) >= 239 && pl_factor_entries(f) < 1200);
    ck_assert(pl_factor_flops(f) > 0);
    for (size_t k = 1; k < 120; k += 13) {
        ck_ok(ctx, pl_factor_inertia(ctx, f, (all[120 - k] + all[119 - k]) / 2, &below));
        ck_assert_uint_eq(below, k);
    }
    pl_factor_free(f);
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* Where SLEPc is built in: the dense values and their residuals; elsewhere it says how to get it.
 */
START_TEST(slepc_agrees_or_says_how_to_get_it) {
    pl_ctx *ctx = pl_ctx_new();
    size_t n = 300, k = 7;
    pl_sparse a = laplacian(ctx, n);
    pl_operator op = pl_sparse_operator(&a, 0, 8);
    double all[300], ones[300], found[7], *v = pl_alloc(ctx, n * k, sizeof *v);
    pl_eigen_report r;
    for (size_t i = 0; i < n; i++)
        ones[i] = 1 / sqrt((double)n);
    pl_status status = pl_eigen_slepc(ctx, &op, (pl_cmat){ones, n, 1, 1}, k, NULL, found,
                                      (pl_mat){v, n, k, k}, &r);
    if (status == PL_EUSAGE) {
        ck_assert_msg(strstr(pl_message(ctx), "-Dslepc=enabled"), "%s", pl_message(ctx));
    } else {
        ck_ok(ctx, status);
        dense_values(ctx, &a, all);
        ck_assert(r.converged && r.residual < 2e-10 && r.products > k);
        for (size_t c = 0; c < k; c++)
            ck_close(found[c], all[n - 2 - c], 1e-11);
        const pl_eigen_settings few = {.iterations = 1, .tolerance = 1e-14};
        ck_ok(ctx, pl_eigen_slepc(ctx, &op, (pl_cmat){ones, n, 1, 1}, k, &few, found,
                                  (pl_mat){v, n, k, k}, &r));
        ck_assert_msg(!r.converged && isinf(r.residual), "%d %g %zu", r.converged, r.residual,
                      r.iterations);
    }
    pl_free(v);
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* One analysis serves every shift: solutions, then inertia, then solutions again. Fails if a factor
 * kept something of an earlier shift. */
START_TEST(one_analysis_for_all_shifts) {
    pl_ctx *ctx = pl_ctx_new();
    size_t n = 90, below;
    pl_sparse a = laplacian(ctx, n);
    pl_factor *f;
    double x[180], y[180];
    ck_ok(ctx, pl_factor_new(ctx, &a, &f));
    for (int turn = 0; turn < 3; turn++) {
        double shift = -0.5 - turn;
        pl_operator op = pl_sparse_operator(&a, 0, 8);
        for (size_t i = 0; i < 2 * n; i++)
            x[i] = sin((double)i);
        ck_ok(ctx, pl_factor_at(ctx, f, shift));
        ck_ok(ctx, pl_factor_solve(ctx, f, (pl_mat){x, n, 2, 2}));
        ck_ok(ctx, op.apply(ctx, op.data, (pl_cmat){x, n, 2, 2}, (pl_mat){y, n, 2, 2}));
        for (size_t i = 0; i < 2 * n; i++)
            ck_close(y[i] - shift * x[i], sin((double)i), 1e-13);
        ck_ok(ctx, pl_factor_inertia(ctx, f, shift, &below));
        ck_assert_uint_eq(below, 0);
    }
    pl_factor_free(f);
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

/* `copies` of one path with a potential: every eigenvalue comes so many times. */
static pl_sparse paths(pl_ctx *ctx, size_t copies, size_t length) {
    size_t n = copies * length, at = 0;
    pl_sparse a = {n, pl_alloc(ctx, n + 1, sizeof *a.start), pl_alloc(ctx, 3 * n, sizeof *a.index),
                   pl_alloc(ctx, 3 * n, sizeof *a.value)};
    for (size_t i = 0; i < n; i++) {
        size_t in = i % length;
        for (size_t j = in > 0 ? i - 1 : i; j <= (in + 1 < length ? i + 1 : i); j++) {
            a.index[at] = (uint32_t)j;
            a.value[at++] = j == i ? 2 + 0.3 * (double)in / (double)length : -1;
        }
        a.start[i + 1] = at;
    }
    return a;
}

/* A block of four columns sees four copies of a repeated eigenvalue. Fails if a block method took
 * the next value for a copy that it had not seen: without the search beside what was found, four
 * to sixteen values are out of place here. The last pair, which is loose, is told from the copies
 * all the same. */
START_TEST(no_copy_is_missed) {
    static const size_t sizes[][3] = {{6, 40, 7}, {12, 40, 13}, {24, 20, 51}, {40, 12, 41}};
    pl_ctx *ctx = pl_ctx_new();
    for (size_t t = 0; t < TEST_COUNT(sizes); t++) {
        size_t copies = sizes[t][0], length = sizes[t][1], k = sizes[t][2], n = copies * length;
        pl_sparse one = paths(ctx, 1, length), a = paths(ctx, copies, length);
        pl_operator op = pl_sparse_operator(&a, 0, 4.3);
        double all[40], values[51], *v = pl_alloc(ctx, n * k, sizeof *v);
        pl_eigen_settings set = {.loose = 1};
        pl_mat x = {v, n, k, k};
        pl_eigen_report r;
        pl_factor *f;
        dense_values(ctx, &one, all);
        ck_ok(ctx, pl_factor_new(ctx, &a, &f));
        for (int way = 0; way < 2; way++) {
            if (way)
                ck_ok(ctx, pl_eigen_filtered(ctx, &op, (pl_cmat){0}, k, &set, values, x, &r));
            else
                ck_ok(ctx, pl_eigen_shift_invert(ctx, f, &op, -1e-4, (pl_cmat){0}, k, &set, values,
                                                 x, &r));
            ck_assert(r.converged && r.residual < 1e-10);
            for (size_t c = 0; c < k; c++)
                ck_close(values[c], all[length - 1 - c / copies], c + 1 < k ? 1e-11 : 1e-4);
        }
        pl_factor_free(f);
        pl_free(v);
        pl_sparse_free(&one);
        pl_sparse_free(&a);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Both block iterations must give the same bits for 1 and for 3 threads, and must say so when it
 * did not converge. */
START_TEST(threads_and_honesty) {
    pl_ctx *ctx = pl_ctx_new();
    size_t n = 9000, k = 2;
    pl_sparse a = laplacian(ctx, n);
    pl_operator op = pl_sparse_operator(&a, 0, 8);
    double values[2][2], *v = pl_alloc(ctx, 2 * n * k, sizeof *v);
    pl_eigen_report r;
    pl_eigen_settings few = {.iterations = 3};
    for (int way = 0; way < 2; way++) {
        few.iterations = way ? 1 : 3;
        for (int t = 0; t < 2; t++) {
            pl_set_threads(ctx, t ? 3 : 1);
            ck_ok(ctx, (way ? pl_eigen_filtered
                            : pl_eigen_chebyshev)(ctx, &op, (pl_cmat){0}, k, &few, values[t],
                                                  (pl_mat){v + (size_t)t * n * k, n, k, k}, &r));
            ck_assert(!r.converged && r.residual > 1e-10);
        }
        ck_assert(memcmp(v, v + n * k, n * k * sizeof *v) == 0);
        ck_assert(memcmp(values[0], values[1], sizeof values[0]) == 0);
    }
    pl_free(v);
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_input_is_said) {
    pl_ctx *ctx = pl_ctx_new();
    pl_sparse a = laplacian(ctx, 10);
    pl_operator op = pl_sparse_operator(&a, 0, 8);
    double values[12], v[120];
    pl_eigen_report r;
    ck_fails(
        ctx,
        pl_eigen_chebyshev(ctx, &op, (pl_cmat){0}, 11, NULL, values, (pl_mat){v, 10, 11, 11}, &r),
        PL_ESHAPE, "11 eigenpairs");
    ck_fails(
        ctx,
        pl_eigen_lanczos(ctx, &op, (pl_cmat){0}, 10, NULL, values, (pl_mat){v, 10, 10, 10}, &r),
        PL_ESHAPE, "10 eigenpairs");
    pl_factor *f;
    ck_ok(ctx, pl_factor_new(ctx, &a, &f));
    ck_fails(ctx,
             pl_eigen_shift_invert(ctx, f, &op, 1, (pl_cmat){0}, 2, NULL, values,
                                   (pl_mat){v, 10, 2, 2}, &r),
             PL_EDOMAIN, "positive definite");
    ck_fails(ctx,
             pl_eigen_shift_invert(ctx, f, &op, -1, (pl_cmat){0}, 2, NULL, values,
                                   (pl_mat){v, 10, 2, 2}, &r),
             PL_ESHAPE, "no room");
    pl_factor_free(f);
    for (size_t k = 1; k < 30; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_eigen_chebyshev(ctx, &op, (pl_cmat){0}, 2, NULL, values, (pl_mat){v, 10, 2, 2}, &r);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_sparse_free(&a);
    a = laplacian(ctx, 200); /* large enough for a basis of the filtered one */
    op = pl_sparse_operator(&a, 0, 8);
    double w[400];
    for (size_t k = 1;; k += 1 + k / 8) { /* every one of the first, then fewer */
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_eigen_filtered(ctx, &op, (pl_cmat){0}, 2, NULL, values, (pl_mat){w, 200, 2, 2}, &r);
        pl_ctx_fail_allocation(ctx, 0);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    for (size_t k = 1;; k++) {
        f = NULL;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_factor_new(ctx, &a, &f);
        if (status == PL_OK)
            status = pl_eigen_shift_invert(ctx, f, &op, -1e-3, (pl_cmat){0}, 2, NULL, values,
                                           (pl_mat){w, 200, 2, 2}, &r);
        pl_ctx_fail_allocation(ctx, 0);
        pl_factor_free(f);
        if (status == PL_OK)
            break;
        ck_assert_int_eq(status, PL_ENOMEM);
    }
    pl_sparse_free(&a);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {four_ways_agree_with_the_dense_one,
                                  inertia_counts,
                                  slepc_agrees_or_says_how_to_get_it,
                                  one_analysis_for_all_shifts,
                                  no_copy_is_missed,
                                  threads_and_honesty,
                                  bad_input_is_said};
    return test_main("math/sparse", tests, TEST_COUNT(tests));
}
