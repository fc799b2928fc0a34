/* The losses of the common form under dot products and negative distances. */
#include "math/random.h"
#include "ssl/losses.h"
#include "tests/support.h"

enum { N = 4, D = 3 };

static double x[N * D], y[N * D];

static void draw(void) {
    pl_stream_normals((pl_stream){11, 1, 0}, 0, N * D, x);
    pl_stream_normals((pl_stream){11, 2, 0}, 0, N * D, y);
}

static double similarity(pl_similarity s, const double *a, const double *b) {
    double dot = 0, square = 0;
    for (size_t k = 0; k < D; k++) {
        dot += a[k] * b[k];
        square += (a[k] - b[k]) * (a[k] - b[k]);
    }
    return s == PL_BY_DOT ? dot : -sqrt(square);
}

/* theory notes, bounds, sec. 2 with s put for the cosine: infonce and ntxent, term by term. */
static double by_formula(bool within, pl_similarity s, double alpha) {
    double total = 0;
    for (size_t i = 0; i < (within ? 2 * N : N); i++) {
        const double *a = i < N ? x + i * D : y + (i - N) * D;
        const double *positive = i < N ? y + i * D : x + (i - N) * D;
        double sum = 0;
        for (size_t k = 0; k < N; k++) {
            if (within && i != k)
                sum += exp(alpha * similarity(s, a, x + k * D));
            if (!within || i != k + N)
                sum += exp(alpha * similarity(s, a, y + k * D));
        }
        total += log(sum) - alpha * similarity(s, a, positive);
    }
    return total / (within ? 2 * N : N);
}

static void check(const char *name, bool within, pl_similarity s) {
    pl_ctx *ctx = pl_ctx_new();
    pl_loss_params p = pl_loss_defaults;
    double value, gx[N * D], gy[N * D];
    const pl_cmat u = {x, N, D, D}, v = {y, N, D, D};
    pl_mat du = {gx, N, D, D}, dv = {gy, N, D, D};
    p.alpha = 1.7;
    p.similarity = s;
    ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find(name), &p, u, v, &value, &du, &dv));
    ck_close(value, by_formula(within, s, p.alpha), 1e-12);
    for (size_t i = 0; i < 2 * N * D; i++) {
        double *at = i < N * D ? &x[i] : &y[i - N * D], kept = *at, h = 1e-5;
        *at = kept + h;
        double above = by_formula(within, s, p.alpha);
        *at = kept - h;
        double below = by_formula(within, s, p.alpha);
        *at = kept;
        ck_close(i < N * D ? gx[i] : gy[i - N * D], (above - below) / (2 * h), 1e-8);
    }
    pl_ctx_free(ctx);
}

/* Fails when a factor of the chain rule, or a diagonal term of a distance's gradient, is off. */
START_TEST(values_and_gradients) {
    draw();
    check("infonce", false, PL_BY_DOT);
    check("infonce", false, PL_BY_DISTANCE);
    check("ntxent", true, PL_BY_DOT);
    check("ntxent", true, PL_BY_DISTANCE);
}
END_TEST

/* A distance of 0 has no gradient: it must come out finite. Rows that are zero are allowed here. */
START_TEST(equal_points) {
    pl_ctx *ctx = pl_ctx_new();
    pl_loss_params p = pl_loss_defaults;
    double same[N * D] = {0}, g[N * D], h[N * D], value;
    pl_mat du = {g, N, D, D}, dv = {h, N, D, D};
    const pl_cmat u = {same, N, D, D};
    p.similarity = PL_BY_DISTANCE;
    ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find("ntxent"), &p, u, u, &value, &du, &dv));
    ck_close(value, log(2 * N - 1), 1e-13);
    for (size_t i = 0; i < N * D; i++)
        ck_close(g[i], 0, 0);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(cosine_alone) {
    pl_loss_params p = pl_loss_defaults;
    p.similarity = PL_BY_DOT;
    ck_assert_ptr_nonnull(pl_loss_check(pl_loss_find("align"), &p));
    ck_assert_ptr_nonnull(pl_loss_check(pl_loss_find("dclw"), &p));
    ck_assert_ptr_null(pl_loss_check(pl_loss_find("dcl"), &p));
}
END_TEST

int main(void) {
    const TTest *const tests[] = {values_and_gradients, equal_points, cosine_alone};
    return test_main("ssl/similarity", tests, TEST_COUNT(tests));
}
