#include "spectral/xue23_minimiser.h"

#include "math/random.h"
#include "spectral/xue23_descent.h"
#include "ssl/moment_losses.h"
#include "tests/support.h"

static pl_mat mat(double *a, size_t rows, size_t cols) {
    return (pl_mat){a, rows, cols, cols};
}

/* X_ij = cos(1 + 3i + 2j + ij), n examples of dimension d, groups of `each`; P and Q. */
enum { MOST = 9 };
typedef struct fixture {
    double x[MOST * MOST], s[MOST * MOST], p[MOST * MOST], q[MOST * MOST];
    size_t n, d, group[MOST];
} fixture;

static void build(pl_ctx *ctx, size_t d, size_t n, size_t each, fixture *t) {
    *t = (fixture){.n = n, .d = d};
    for (size_t j = 0; j < n; j++) {
        t->group[j] = j / each;
        for (size_t i = 0; i < d; i++)
            t->x[j * d + i] = cos((double)(1 + 3 * i + 2 * j + i * j));
    }
    pl_cmat x = {t->x, n, d, d};
    ck_ok(ctx, pl_group_pairs(ctx, t->group, n, n / each, mat(t->s, n, n)));
    ck_ok(ctx, pl_group_moment(ctx, x, t->group, n / each, mat(t->p, d, d)));
    ck_ok(ctx, pl_second_moment(ctx, x, mat(t->q, d, d)));
}

static double gram(const xue23_minimiser *m, size_t i, size_t j) {
    double sum = 0;
    for (size_t r = 0; r < m->w.rows; r++)
        sum += m->w.a[r * m->w.ld + i] * m->w.a[r * m->w.ld + j];
    return sum;
}

static void check_eigenvalues(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    xue23_minimiser m = {0};
    build(ctx, 5, 9, 3, &t);
    ck_ok(ctx,
          xue23_minimise_moments(ctx, pl_const(mat(t.p, 5, 5)), pl_const(mat(t.q, 5, 5)), 2, &m));
    for (size_t k = 0; k < 5; k++)
        ck_close(m.eigenvalue[k], json_number_value(json_array_get(v->value, k)), v->tolerance);
    xue23_minimiser_free(&m);
    pl_ctx_free(ctx);
}

/* Fails if R is not Q+^1/2 P Q+^1/2. */
START_TEST(eigenvalues_of_r) {
    ck_assert_uint_eq(
        golden_each("features.json", "XUE23.LEMB2", "whitened_eigenvalues", check_eigenvalues), 1);
}
END_TEST

/* Fails if the two routes, moments and examples, came to different Gram matrices W^T W. */
START_TEST(both_routes_agree) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    build(ctx, 9, 6, 2, &t);
    for (size_t p = 1; p <= 4; p++) {
        xue23_minimiser a = {0}, b = {0};
        ck_ok(ctx, xue23_minimise_moments(ctx, pl_const(mat(t.p, 9, 9)), pl_const(mat(t.q, 9, 9)),
                                          p, &a));
        ck_ok(ctx, xue23_minimise_examples(ctx, pl_const(mat(t.x, 6, 9)), pl_const(mat(t.s, 6, 6)),
                                           p, &b));
        ck_close(a.norm_squared, b.norm_squared, 1e-9);
        ck_close(a.loss, b.loss, 1e-12);
        for (size_t i = 0; i < 9; i++)
            for (size_t j = 0; j < 9; j++)
                ck_close(gram(&a, i, j), gram(&b, i, j), 1e-9);
        xue23_minimiser_free(&a);
        xue23_minimiser_free(&b);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if any random encoder were better than the minimum, or a minimiser not stationary. */
START_TEST(nothing_is_below_the_minimum) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    build(ctx, 5, 9, 3, &t);
    pl_cmat p = pl_const(mat(t.p, 5, 5)), q = pl_const(mat(t.q, 5, 5));
    for (size_t e = 1; e <= 6; e++) { /* beyond the rank rows are 0 */
        xue23_minimiser m = {0};
        double w[30], gradient[30], loss;
        ck_ok(ctx, xue23_minimise_moments(ctx, p, q, e, &m));
        ck_ok(ctx, pl_moment_loss(ctx, pl_const(m.w), p, q, &loss, mat(gradient, e, 5)));
        ck_close(loss, m.loss, 1e-12);
        for (size_t i = 0; i < e * 5; i++)
            ck_close(gradient[i], 0, 1e-12);
        for (size_t k = 0; k < 100 * test_effort(); k++) {
            pl_stream_normals((pl_stream){5, e, k}, 0, e * 5, w);
            ck_ok(ctx, pl_moment_loss(ctx, pl_const(mat(w, e, 5)), p, q, &loss, (pl_mat){0}));
            ck_assert_msg(loss >= m.loss - 1e-12, "seed 5, stream %zu, row %zu: %.17g < %.17g", e,
                          k, loss, m.loss);
        }
        xue23_minimiser_free(&m);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Gradient descent from 0.01 ends in the same loss: the third way to the minimum. */
START_TEST(descent_ends_in_the_minimum) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    build(ctx, 5, 9, 3, &t);
    const xue23_moments m = {.p = {t.p, 5, 5, 5}, .q = {t.q, 5, 5, 5}};
    xue23_minimiser least = {0};
    xue23_descent d = {0};
    pl_mat w0 = {0};
    ck_ok(ctx, xue23_minimise_moments(ctx, m.p, m.q, 2, &least));
    ck_ok(ctx, xue23_start(ctx, 2, 5, 3, 0.01, &w0));
    ck_ok(ctx, xue23_descent_new(ctx, &m, pl_const(w0), 0.05, &d));
    while (d.iteration < 20000)
        ck_ok(ctx, xue23_descent_step(ctx, &d));
    ck_close(d.loss, least.loss, 1e-9);
    xue23_descent_free(&d);
    xue23_minimiser_free(&least);
    pl_free(w0.a);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the four ways to W Q and W P, dense, sparse, from moments and thin, differed. */
START_TEST(ways_to_the_gradient_agree) {
    pl_ctx *ctx = pl_ctx_new();
    const double phi[] = {0.9, 0.8, 1.5, 1.2};
    xue23_spec spec = {.phi = phi,
                       .features = 4,
                       .mu = 0.3,
                       .sigma = 0.6,
                       .views = 3,
                       .repeats = 1,
                       .bias = true,
                       .ambient = 20,
                       .noise_seed = 5};
    xue23_set s = {0};
    ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
    size_t n = s.columns, d = s.dims;
    double *x = calloc(n * d, sizeof *x), *p = calloc(d * d, sizeof *p),
           *o = calloc(d * d, sizeof *o);
    double *q = calloc(d * d, sizeof *q), w[40 * 21], loss[3], norm[3];
    xue23_set_dense(&s, mat(x, n, d));
    ck_ok(ctx, pl_group_moment(ctx, pl_const(mat(x, n, d)), s.label, 2, mat(p, d, d)));
    ck_ok(ctx, pl_group_moment(ctx, pl_const(mat(x, n, d)), s.original, s.originals, mat(o, d, d)));
    ck_ok(ctx, pl_second_moment(ctx, pl_const(mat(x, n, d)), mat(q, d, d)));
    for (size_t i = 0; i < d * d; i++)
        p[i] = 0.3 * p[i] + 0.7 * o[i];
    pl_stream_normals((pl_stream){1, 2, 3}, 0, 40 * d, w);
    const xue23_moments ways[] = {{.p = {p, d, d, d}, .q = {q, d, d, d}},
                                  {.set = &s, .share = 0.3},
                                  {.x = {x, n, d, d},
                                   .label = s.label,
                                   .original = s.original,
                                   .classes = 2,
                                   .originals = s.originals,
                                   .share = 0.3}};
    for (size_t e = 2; e <= 40; e += 38) { /* one row and a team of rows */
        for (size_t k = 0; k < 3; k++)
            ck_ok(ctx, xue23_loss(ctx, &ways[k], (pl_cmat){w, e, d, d}, &loss[k], &norm[k]));
        for (size_t k = 1; k < 3; k++) {
            ck_rel(loss[k], loss[0], 1e-12);
            ck_rel(norm[k], norm[0], 1e-12);
        }
    }
    double diagonal[3] = {1, 0.5, 0.25}, factor[6] = {1, 2, 3, -1, 0, 1}, thin_p[9],
           thin_q[9] = {0};
    for (size_t i = 0; i < 3; i++) {
        thin_q[i * 4] = diagonal[i];
        for (size_t j = 0; j < 3; j++)
            thin_p[i * 3 + j] = factor[i] * factor[j] + factor[3 + i] * factor[3 + j];
    }
    const xue23_moments thin[] = {{.diagonal = diagonal, .factor = {factor, 2, 3, 3}},
                                  {.p = {thin_p, 3, 3, 3}, .q = {thin_q, 3, 3, 3}}};
    for (size_t k = 0; k < 2; k++)
        ck_ok(ctx, xue23_loss(ctx, &thin[k], (pl_cmat){w, 2, 3, 3}, &loss[k], &norm[k]));
    ck_rel(loss[0], loss[1], 1e-13);
    ck_rel(norm[0], norm[1], 1e-13);
    free(x);
    free(p);
    free(o);
    free(q);
    xue23_set_free(&s);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a result depended on the number of threads. */
START_TEST(same_bits_for_any_threads) {
    const double phi[] = {1, 1, 1, 1};
    double w[2][40 * 53];
    for (int threads = 1; threads <= 2; threads++) {
        pl_ctx *ctx = pl_ctx_new();
        pl_set_threads(ctx, threads);
        xue23_spec spec = {
            .phi = phi, .features = 4, .mu = 1, .sigma = 1, .views = 3, .repeats = 1, .bias = true};
        xue23_set s = {0};
        xue23_descent d = {0};
        pl_mat w0 = {0};
        ck_ok(ctx, xue23_set_new(ctx, &spec, &s));
        const xue23_moments m = {.set = &s, .share = 0.5};
        ck_ok(ctx, xue23_start(ctx, 40, s.dims, 1, 0.01, &w0));
        ck_ok(ctx, xue23_descent_new(ctx, &m, pl_const(w0), 0.05, &d));
        while (d.iteration < 60)
            ck_ok(ctx, xue23_descent_step(ctx, &d));
        memcpy(w[threads - 1], d.w.a, sizeof w[0]);
        xue23_descent_free(&d);
        xue23_set_free(&s);
        pl_free(w0.a);
        pl_ctx_free(ctx);
    }
    ck_assert(memcmp(w[0], w[1], sizeof w[0]) == 0);
}
END_TEST

/* Fails if dependent examples, p = 0, P = 0 or a divergent step passed. */
START_TEST(bad_input_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    xue23_minimiser m = {0};
    build(ctx, 9, 6, 2, &t);
    ck_fails(
        ctx,
        xue23_minimise_examples(ctx, pl_const(mat(t.x, 6, 9)), pl_const(mat(t.s, 6, 6)), 0, &m),
        PL_EDOMAIN, "p >= 1");
    memcpy(t.x + 9, t.x, 9 * sizeof *t.x);
    ck_fails(
        ctx,
        xue23_minimise_examples(ctx, pl_const(mat(t.x, 6, 9)), pl_const(mat(t.s, 6, 6)), 2, &m),
        PL_EDOMAIN, "not linearly independent");
    double zero[9] = {0}, one[9] = {1, 0, 0, 0, 1, 0, 0, 0, 1};
    ck_fails(
        ctx,
        xue23_minimise_moments(ctx, pl_const(mat(zero, 3, 3)), pl_const(mat(one, 3, 3)), 2, &m),
        PL_EDOMAIN, "P is 0");
    ck_fails(
        ctx,
        xue23_minimise_moments(ctx, pl_const(mat(one, 3, 3)), pl_const(mat(zero, 3, 3)), 2, &m),
        PL_EDOMAIN, "Q is 0");
    ck_assert_ptr_null(m.w.a);
    const xue23_moments moments = {.p = {one, 3, 3, 3}, .q = {one, 3, 3, 3}};
    xue23_descent d = {0};
    ck_fails(ctx, xue23_descent_new(ctx, &moments, pl_const(mat(one, 3, 3)), 0, &d), PL_EDOMAIN,
             "above 0");
    double start[9] = {0.1, 0, 0, 0, 0.1, 0, 0, 0, 0.1};
    ck_ok(ctx, xue23_descent_new(ctx, &moments, pl_const(mat(start, 3, 3)), 5, &d));
    pl_status status = PL_OK;
    while (status == PL_OK && d.iteration < 100)
        status = xue23_descent_step(ctx, &d);
    ck_assert(status == PL_ENOCONV && strstr(pl_message(ctx), "take a step below"));
    xue23_descent_free(&d);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a k-th failed allocation leaked, crashed or touched the result. */
START_TEST(every_failed_allocation_is_survived) {
    bool done = false;
    for (size_t k = 1; k < 100 && !done; k++) {
        pl_ctx *ctx = pl_ctx_new();
        fixture t;
        xue23_minimiser a = {0}, b = {0};
        build(ctx, 9, 6, 2, &t);
        pl_ctx_fail_allocation(ctx, k);
        pl_status first =
            xue23_minimise_moments(ctx, pl_const(mat(t.p, 9, 9)), pl_const(mat(t.q, 9, 9)), 2, &a);
        pl_ctx_fail_allocation(ctx, k);
        pl_status second =
            xue23_minimise_examples(ctx, pl_const(mat(t.x, 6, 9)), pl_const(mat(t.s, 6, 6)), 2, &b);
        ck_assert(first == PL_OK || (first == PL_ENOMEM && !a.w.a));
        ck_assert(second == PL_OK || (second == PL_ENOMEM && !b.w.a));
        done = first == PL_OK && second == PL_OK;
        xue23_minimiser_free(&a);
        xue23_minimiser_free(&b);
        pl_ctx_free(ctx);
    }
    ck_assert(done);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {eigenvalues_of_r,
                                  both_routes_agree,
                                  nothing_is_below_the_minimum,
                                  descent_ends_in_the_minimum,
                                  ways_to_the_gradient_agree,
                                  same_bits_for_any_threads,
                                  bad_input_is_refused,
                                  every_failed_allocation_is_survived};
    return test_main("spectral/xue23_minimiser", tests, TEST_COUNT(tests));
}
