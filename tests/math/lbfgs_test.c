#include "math/lbfgs.h"

#include "math/random.h"
#include "tests/support.h"

typedef struct quadratic {
    size_t n;
    double condition;
} quadratic;

/* sum c_i (x_i - 1)^2 / 2, c from 1 to `condition`. */
static double bowl(void *data, const double *x, double *g) {
    const quadratic *q = data;
    double f = 0;
    for (size_t i = 0; i < q->n; i++) {
        double c = pow(q->condition, (double)i / (double)(q->n - 1));
        g[i] = c * (x[i] - 1);
        f += 0.5 * c * (x[i] - 1) * (x[i] - 1);
    }
    return f;
}

/* Fails if the two-loop recursion or the line search were wrong: 30 variables, condition 1e4. */
START_TEST(finds_the_bottom_of_a_quadratic) {
    pl_ctx *ctx = pl_ctx_new();
    quadratic q = {30, 1e4};
    double x[30] = {0};
    pl_minimum at;
    ck_ok(ctx, pl_lbfgs(ctx, bowl, &q, 30, NULL, x, &at));
    ck_assert(at.converged);
    ck_close(at.value, 0, 1e-18);
    for (size_t i = 0; i < 30; i++)
        ck_close(x[i], 1, 1e-9);
    pl_ctx_free(ctx);
}
END_TEST

static double rosenbrock(void *data, const double *x, double *g) {
    (void)data;
    double a = 1 - x[0], b = x[1] - x[0] * x[0];
    g[0] = -2 * a - 400 * x[0] * b;
    g[1] = 200 * b;
    return a * a + 100 * b * b;
}

START_TEST(walks_along_a_curved_valley) {
    pl_ctx *ctx = pl_ctx_new();
    double x[2] = {-1.2, 1};
    pl_minimum at;
    ck_ok(ctx, pl_lbfgs(ctx, rosenbrock, NULL, 2, NULL, x, &at));
    ck_assert(at.converged && at.iterations < 100);
    ck_close(x[0], 1, 1e-9);
    ck_close(x[1], 1, 1e-9);
    pl_ctx_free(ctx);
}
END_TEST

/* sum |x_i| + 10 |x_0 + x_1|: nonsmooth at its minimum 0. */
static double kink(void *data, const double *x, double *g) {
    (void)data;
    double s = x[0] + x[1];
    for (int i = 0; i < 2; i++)
        g[i] = (x[i] > 0 ? 1 : -1) + 10 * (s > 0 ? 1 : -1);
    return fabs(x[0]) + fabs(x[1]) + 10 * fabs(s);
}

/* Fails if the line search asked for more than a kink can give: it must come close and stop. */
START_TEST(a_kink_is_a_result) {
    pl_ctx *ctx = pl_ctx_new();
    double x[2] = {1.3, 0.4};
    pl_minimum at;
    ck_ok(ctx, pl_lbfgs(ctx, kink, NULL, 2, NULL, x, &at));
    ck_assert(!at.converged);
    ck_close(at.value, 0, 1e-6);
    pl_ctx_free(ctx);
}
END_TEST

/* x - log x, which is not defined left of 0: the first long step must be shortened. */
static double barrier(void *data, const double *x, double *g) {
    (void)data;
    g[0] = 1 - 1 / x[0];
    return x[0] > 0 ? x[0] - log(x[0]) : (double)NAN;
}

START_TEST(steps_back_into_the_domain) {
    pl_ctx *ctx = pl_ctx_new();
    double x[1] = {1e-3};
    pl_minimum at;
    ck_ok(ctx, pl_lbfgs(ctx, barrier, NULL, 1, NULL, x, &at));
    ck_close(x[0], 1, 1e-9);
    x[0] = -1;
    ck_fails(ctx, pl_lbfgs(ctx, barrier, NULL, 1, NULL, x, &at), PL_EDOMAIN, "starting point");
    ck_assert(x[0] == -1);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(failed_allocation_leaves_x) {
    pl_ctx *ctx = pl_ctx_new();
    quadratic q = {3, 10};
    double x[3] = {5, 5, 5};
    pl_minimum at;
    pl_ctx_fail_allocation(ctx, 1);
    ck_fails(ctx, pl_lbfgs(ctx, bowl, &q, 3, NULL, x, &at), PL_ENOMEM, "memory");
    ck_assert(x[0] == 5);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {finds_the_bottom_of_a_quadratic, walks_along_a_curved_valley,
                                  a_kink_is_a_result, steps_back_into_the_domain,
                                  failed_allocation_leaves_x};
    return test_main("math/lbfgs", tests, TEST_COUNT(tests));
}
