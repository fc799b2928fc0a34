#include "ssl/triplet_losses.h"

#include "math/random.h"
#include "tests/support.h"

enum { N = 5, D = 3 };

static pl_ctx *ctx;
static double x[N * D], y[N * D];

static pl_cmat cmat(const double *a) {
    return (pl_cmat){a, N, D, D};
}

static pl_mat mat(double *a) {
    return (pl_mat){a, N, D, D};
}

static void setup(void) {
    ctx = pl_ctx_new();
    pl_stream_normals((pl_stream){3, 1, 0}, 0, N * D, x);
    pl_stream_normals((pl_stream){3, 2, 0}, 0, N * D, y);
}

static double r(size_t i, size_t j) {
    double square = 0;
    for (size_t k = 0; k < D; k++)
        square += (x[i * D + k] - y[j * D + k]) * (x[i * D + k] - y[j * D + k]);
    return square / 2;
}

/* The formulas of theory notes, hltm, term by term. */
static double by_formula(const pl_triplet *l) {
    double total = 0;
    for (size_t i = 0; i < N; i++) {
        double term = 0, sum = exp(-r(i, i) / l->tau);
        for (size_t h = 1; h <= l->negatives; h++) {
            double gap = r(i, i) - r(i, (i + h) % N);
            sum += exp(-r(i, (i + h) % N) / l->tau);
            if (l->kind == PL_TRIPLET_SIMP)
                term += gap / (double)l->negatives;
            if (l->kind == PL_TRIPLET_TRI)
                term += l->tau * log(1 + exp((gap + l->r0) / l->tau)) / (double)l->negatives;
        }
        if (l->kind == PL_TRIPLET_NCE)
            term = -l->tau * log(exp(-r(i, i) / l->tau) / sum);
        total += term / N;
    }
    return total;
}

static const pl_triplet losses[] = {{PL_TRIPLET_SIMP, 1, 0, 1},    {PL_TRIPLET_SIMP, 1, 0, 3},
                                    {PL_TRIPLET_TRI, 0.7, 0.4, 1}, {PL_TRIPLET_TRI, 0.7, -0.4, 3},
                                    {PL_TRIPLET_NCE, 0.6, 0, 1},   {PL_TRIPLET_NCE, 0.6, 0, 4}};

/* Fails when a factor, an index of a negative or a sign is off. */
START_TEST(values_and_gradients) {
    setup();
    for (size_t c = 0; c < TEST_COUNT(losses); c++) {
        double value, gx[N * D], gy[N * D];
        ck_ok(ctx, pl_triplet_loss(ctx, &losses[c], cmat(x), cmat(y), &value, mat(gx), mat(gy)));
        ck_close(value, by_formula(&losses[c]), 1e-12);
        for (size_t i = 0; i < 2 * N * D; i++) {
            double *at = i < N * D ? &x[i] : &y[i - N * D], kept = *at, h = 1e-5;
            *at = kept + h;
            double above = by_formula(&losses[c]);
            *at = kept - h;
            double below = by_formula(&losses[c]);
            *at = kept;
            ck_close(i < N * D ? gx[i] : gy[i - N * D], (above - below) / (2 * h), 1e-8);
        }
    }
    pl_ctx_free(ctx);
}
END_TEST

/* tri with a small temperature is the hinge max(0, r+ - r- + r0); far from the kink it is exact. */
START_TEST(no_overflow_at_small_temperatures) {
    setup();
    const pl_triplet tri = {PL_TRIPLET_TRI, 1e-4, 0, 1}, nce = {PL_TRIPLET_NCE, 1e-4, 0, 1};
    double hinge = 0, value;
    for (size_t i = 0; i < N; i++)
        hinge += fmax(0, r(i, i) - r(i, (i + 1) % N)) / N;
    const pl_mat none = {0};
    ck_ok(ctx, pl_triplet_loss(ctx, &tri, cmat(x), cmat(y), &value, none, none));
    ck_close(value, hinge, 1e-6);
    ck_ok(ctx, pl_triplet_loss(ctx, &nce, cmat(x), cmat(y), &value, none, none));
    ck_close(value, hinge, 1e-6);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_refused) {
    setup();
    double value = 7;
    const pl_mat none = {0};
    const pl_triplet many = {PL_TRIPLET_NCE, 1, 0, N}, cold = {PL_TRIPLET_NCE, 0, 0, 1},
                     good = {PL_TRIPLET_NCE, 1, 0, 1};
    ck_fails(ctx, pl_triplet_loss(ctx, &many, cmat(x), cmat(y), &value, none, none), PL_ESHAPE,
             "5 negatives");
    ck_fails(ctx, pl_triplet_loss(ctx, &cold, cmat(x), cmat(y), &value, none, none), PL_EDOMAIN,
             "tau");
    pl_ctx_fail_allocation(ctx, 1);
    ck_assert_int_eq(pl_triplet_loss(ctx, &good, cmat(x), cmat(y), &value, none, none), PL_ENOMEM);
    ck_close(value, 7, 0);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {values_and_gradients, no_overflow_at_small_temperatures,
                                  what_is_refused};
    return test_main("ssl/triplet_losses", tests, TEST_COUNT(tests));
}
