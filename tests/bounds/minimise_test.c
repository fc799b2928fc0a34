#include "bounds/minimise.h"

#include "math/sampler.h"
#include "tests/support.h"

static const objective_kind kinds[] = {OBJECTIVE_UNIFORMITY, OBJECTIVE_SECOND_TERM,
                                       OBJECTIVE_INFONCE, OBJECTIVE_NTXENT};

/* Gradients against central differences at un-normalised points. Fails if a factor were off. */
START_TEST(gradients) {
    enum { N = 5, D = 3, CELLS = 2 * N * D };
    pl_ctx *ctx = pl_ctx_new();
    for (size_t e = 0; e < TEST_COUNT(kinds) * test_effort(); e++) {
        point_objective o = {0};
        double x[CELLS], g[CELLS], unused[CELLS];
        ck_ok(ctx, point_objective_new(ctx, kinds[e % TEST_COUNT(kinds)], 1.7, N, D, &o));
        pl_stream_normals((pl_stream){7, e, 0}, 0, CELLS, x);
        point_objective_eval(&o, x, g);
        for (size_t i = 0; i < o.rows * D; i++) {
            double h = 1e-5, keep = x[i];
            x[i] = keep + h;
            double up = point_objective_eval(&o, x, unused);
            x[i] = keep - h;
            double down = point_objective_eval(&o, x, unused);
            x[i] = keep;
            ck_close(g[i], (up - down) / (2 * h), 1e-8);
        }
        point_objective_free(&o);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Closed-form optima: simplex of each objective. Fails if descent stopped early or the reported
 * points were not those of the value. */
START_TEST(finds_the_simplex) {
    enum { N = 4, D = 3 };
    pl_ctx *ctx = pl_ctx_new();
    const double far = exp(-2. * N / (N - 1));
    const double want[] = {-2 * 2. * N / (N - 1), 2 + log((1 + (N - 1) * far) / N),
                           log1p((N - 1) * far), log1p((2 * N - 2) * far)};
    for (size_t k = 0; k < TEST_COUNT(kinds); k++) {
        double value, z[N * D];
        ck_ok(ctx, minimise_points(ctx, kinds[k], 2, N, D, 4, (pl_stream){1, 1, 0}, &value,
                                   (pl_mat){z, N, D, D}));
        ck_close(value, want[k], 1e-10);
        for (size_t i = 0; i < N; i++)
            for (size_t j = 0; j < N; j++) {
                double s = 0;
                for (size_t c = 0; c < D; c++)
                    s += z[i * D + c] * z[j * D + c];
                ck_close(s, i == j ? 1 : -1. / (N - 1), 1e-4);
            }
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Two points, one dimension too few, and every failed allocation. */
START_TEST(ends_of_the_domain) {
    pl_ctx *ctx = pl_ctx_new();
    double value = 0, z[4];
    pl_mat two = {z, 2, 2, 2};
    ck_ok(ctx, minimise_points(ctx, OBJECTIVE_UNIFORMITY, 2, 2, 2, 1, (pl_stream){1, 1, 0}, &value,
                               two));
    ck_close(value, -8, 1e-12);
    ck_fails(
        ctx,
        minimise_points(ctx, OBJECTIVE_UNIFORMITY, 2, 1, 2, 1, (pl_stream){1, 1, 0}, &value, two),
        PL_ESHAPE, "1 points");
    pl_status status = PL_ENOMEM;
    for (size_t k = 1; status == PL_ENOMEM; k++) {
        ck_assert_uint_lt(k, 100);
        pl_ctx_fail_allocation(ctx, k);
        status = minimise_points(ctx, OBJECTIVE_UNIFORMITY, 2, 2, 2, 1, (pl_stream){1, 1, 0},
                                 &value, two);
    }
    ck_assert_int_eq(status, PL_OK);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {gradients, finds_the_simplex, ends_of_the_domain};
    return test_main("bounds/minimise", tests, TEST_COUNT(tests));
}
