#include "ssl/align_uniform.h"

#include "tests/support.h"

static double uniformity(const pl_pair_set *sets, size_t n, double t) {
    pl_ctx *ctx = pl_ctx_new();
    double value = 0;
    ck_ok(ctx, pl_uniformity_add(ctx, sets, n, t, 1, &value));
    pl_ctx_free(ctx);
    return value;
}

static pl_pair_set pairs_of(pl_cmat a) {
    return (pl_pair_set){.a = a, .b = a, .distinct = true, .share = 0.5};
}

/* B antipodal or simplex points: all distances are 2B/(B-1) squared, so that the U-statistic is
 * -2tB/(B-1), its least value; WANG20's bound -4t is met by two points. Up to a t at which every
 * potential underflows. Fails if pairs i = j were counted, or the logarithm taken of 0. */
START_TEST(simplex_attains_the_bound) {
    const double two[] = {1, 0, -1, 0}, r = sqrt(0.75);
    const double three[] = {1, 0, -0.5, r, -0.5, -r};
    for (double t = 0.5; t < 1e5; t *= 10) {
        pl_pair_set a = pairs_of((pl_cmat){two, 2, 2, 2});
        pl_pair_set b = pairs_of((pl_cmat){three, 3, 2, 2});
        ck_rel(uniformity(&a, 1, t), -4 * t, 1e-14);
        ck_rel(uniformity(&b, 1, t), -3 * t, 1e-14);
    }
}
END_TEST

/* The pooled mean of two sets is over all their pairs together: q = (e1, e2) with the queue (-e1):
 * N Q + N(N-1)/2 = 3 pairs at squared distances 4, 2, 2. Fails if each set were averaged first. */
START_TEST(sets_are_pooled) {
    const double q[] = {1, 0, 0, 1}, queue[] = {-1, 0};
    pl_cmat a = {q, 2, 2, 2};
    const pl_pair_set sets[] = {{.a = a, .b = {queue, 1, 2, 2}, .share = 1}, pairs_of(a)};
    ck_close(uniformity(sets, 2, 0.7), log((exp(-0.7 * 4) + 2 * exp(-0.7 * 2)) / 3), 1e-15);
}
END_TEST

/* A right angle and a half turn: |u - v|^p = 2^{p/2} and 2^p; the value is added with its weight.
 */
START_TEST(alignment_of_known_angles) {
    const double u[] = {1, 0, 0, 1}, v[] = {0, 1, 0, -1};
    pl_ctx *ctx = pl_ctx_new();
    for (double p = 0.5; p < 5; p += 0.5) {
        double value = 10;
        ck_ok(ctx, pl_alignment_add(ctx, (pl_cmat){u, 2, 2, 2}, (pl_cmat){v, 2, 2, 2}, p, 3, &value,
                                    NULL, NULL));
        ck_close(value, 10 + 3 * (pow(2, p / 2) + pow(2, p)) / 2, 1e-13);
    }
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(refuses_no_pair) {
    const double one[] = {1, 0};
    double value = 5;
    pl_ctx *ctx = pl_ctx_new();
    pl_pair_set set = pairs_of((pl_cmat){one, 1, 2, 2});
    ck_fails(ctx, pl_uniformity_add(ctx, &set, 1, 2, 1, &value), PL_ESHAPE, "needs a pair");
    ck_close(value, 5, 0);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {simplex_attains_the_bound, sets_are_pooled,
                                  alignment_of_known_angles, refuses_no_pair};
    return test_main("ssl/align_uniform", tests, TEST_COUNT(tests));
}
