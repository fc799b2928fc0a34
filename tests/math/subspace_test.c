#include "math/subspace.h"

#include "math/random.h"
#include "tests/support.h"

/* Fails if the diagonal of R'diag(s)R were not the mean, or R not orthogonal; random spectra, ties
 * and zeros among them. */
START_TEST(equalise_levels_the_diagonal) {
    pl_ctx *ctx = pl_ctx_new();
    for (size_t trial = 0; trial < 50 * test_effort(); trial++) {
        size_t k = 1 + trial % 9;
        double s[9], r[81], mean = 0;
        pl_stream_uniforms((pl_stream){trial, 1, 0}, 0, k, s);
        if (trial % 3 == 0)
            s[0] = s[k - 1] = 0;
        for (size_t i = 0; i < k; i++)
            mean += s[i] / (double)k;
        ck_ok(ctx, pl_equalise(ctx, s, (pl_mat){r, k, k, k}));
        for (size_t i = 0; i < k; i++)
            for (size_t j = 0; j < k; j++) {
                double inner = 0, middle = 0;
                for (size_t c = 0; c < k; c++) {
                    inner += r[c * k + i] * r[c * k + j];
                    middle += r[c * k + i] * s[c] * r[c * k + j];
                }
                ck_close(inner, i == j, 1e-14);
                if (i == j)
                    ck_close(middle, mean, 1e-14);
            }
    }
    pl_ctx_free(ctx);
}
END_TEST

/* e_1 against cos e_1 + sin e_2 in space, and small angles that an arc cosine would round away. */
START_TEST(sine_of_known_angles) {
    pl_ctx *ctx = pl_ctx_new();
    static const double angles[] = {0, 1e-12, 1e-8, 0.3, 1.5};
    for (size_t i = 0; i < TEST_COUNT(angles); i++) {
        double a[6] = {2, 0, 0, 0, 0, 1}, sine; /* columns 2 e_1, e_3 */
        double b[6] = {cos(angles[i]), 0, sin(angles[i]), 0, 0, -3};
        ck_ok(ctx, pl_span_sine(ctx, (pl_cmat){a, 3, 2, 2}, (pl_cmat){b, 3, 2, 2}, 1e-12, &sine));
        ck_close(sine, sin(angles[i]), 1e-15);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a dependent column were counted, or a larger span passed for a part of a smaller. */
START_TEST(rank_and_dimension) {
    pl_ctx *ctx = pl_ctx_new();
    double a[8] = {1, 2, 1, 2, 1, 2, 1, 2}, q[8], sine;
    size_t rank;
    ck_ok(ctx, pl_orthonormal(ctx, (pl_cmat){a, 4, 2, 2}, 1e-10, (pl_mat){q, 4, 2, 2}, &rank));
    ck_assert_uint_eq(rank, 1);
    double b[8] = {1, 0, 1, 0, 1, 0, 1, 1};
    ck_ok(ctx, pl_span_sine(ctx, (pl_cmat){a, 4, 2, 2}, (pl_cmat){b, 4, 2, 2}, 1e-10, &sine));
    ck_close(sine, 1, 1e-15);
    ck_ok(ctx, pl_span_sine(ctx, (pl_cmat){b, 4, 2, 2}, (pl_cmat){a, 4, 2, 2}, 1e-10, &sine));
    ck_close(sine, 0, 1e-15);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {equalise_levels_the_diagonal, sine_of_known_angles,
                                  rank_and_dimension};
    return test_main("math/subspace", tests, TEST_COUNT(tests));
}
