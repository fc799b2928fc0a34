#include "ssl/contrast.h"

#include "tests/support.h"

enum { N = 4, D = 3 };

/* The golden pair, scaled to unit rows, with a last coordinate for the shift test: z = [u; v]. */
static double z[2 * N * (D + 1)];
static const pl_cmat u = {z, N, D, D + 1}, v = {z + N * (D + 1), N, D, D + 1},
                     both = {z, 2 * N, D, D + 1};

static void fill_half(const char *name, double *to) {
    json_t *pair =
        json_object_get(json_object_get(golden("bounds.json"), "settings"), "golden_pair");
    json_t *rows = json_object_get(pair, name);
    for (size_t i = 0; i < N; i++, to += D + 1) {
        double square = 0;
        for (size_t k = 0; k < D; k++) {
            to[k] = json_number_value(json_array_get(json_array_get(rows, i), k));
            square += to[k] * to[k];
        }
        for (size_t k = 0; k < D; k++)
            to[k] /= sqrt(square);
        to[D] = 0;
    }
}

static void fill(void) {
    fill_half("x", z);
    fill_half("y", z + N * (D + 1));
}

static double dot(pl_cmat a, size_t i, pl_cmat b, size_t j) {
    double sum = 0;
    for (size_t k = 0; k < a.cols; k++)
        sum += a.a[i * a.ld + k] * b.a[j * b.ld + k];
    return sum;
}

static pl_contrast infonce(double alpha) {
    return (pl_contrast){.alpha = alpha, .lambda = 1, .weight = 1.0 / N};
}

static pl_contrast ntxent(double alpha) {
    return (pl_contrast){.alpha = alpha, .lambda = 1, .weight = 0.5 / N, .shift = N, .own = true};
}

static pl_contrast dcl_cross(double alpha) {
    pl_contrast c = infonce(alpha);
    c.log_positive = -INFINITY;
    return c;
}

static double evaluate(const pl_contrast *c, pl_cmat anchors, pl_cmat points, double *terms) {
    pl_ctx *ctx = pl_ctx_new();
    double value = 0;
    ck_ok(ctx, pl_contrast_add(ctx, c, anchors, points, terms, &value, NULL, NULL));
    pl_ctx_free(ctx);
    return value;
}

static void anchor_terms(const golden_value *g) {
    const char *loss = golden_text(g, "loss", "");
    double alpha = golden_number(g, "alpha", NAN), terms[2 * N];
    pl_contrast c = strcmp(loss, "ntxent") == 0    ? ntxent(alpha)
                    : strcmp(loss, "infonce") == 0 ? infonce(alpha)
                                                   : dcl_cross(alpha);
    evaluate(&c, c.own ? both : u, c.own ? both : v, terms);
    for (size_t i = 0; i < N; i++)
        ck_close(terms[i], json_number_value(json_array_get(g->value, i)), g->tolerance);
}

/* Fails if one anchor's term went to another, or K(i) held a point more or less. */
START_TEST(terms_of_the_golden_pair) {
    fill();
    ck_assert_uint_eq(golden_each("bounds.json", "BOUNDS.LOSSES", "anchor_terms", anchor_terms), 3);
}
END_TEST

/* Coincidence 3, anchors of both sides (u and v change places), several temperatures:
 *     ntxent_i = infonce_i + log(1 + sum_{j != i} e^{a u_i.u_j} / sum_j e^{a u_i.v_j}).
 * Fails if K(i) of ntxent missed the own view's negatives or held the anchor itself. */
START_TEST(coincidence_3) {
    fill();
    for (double alpha = 0.5; alpha < 40; alpha *= 3) {
        double nt[2 * N], in[2 * N];
        pl_contrast c = ntxent(alpha), cross = infonce(alpha);
        evaluate(&c, both, both, nt);
        evaluate(&cross, u, v, in);
        evaluate(&cross, v, u, in + N);
        for (size_t i = 0; i < 2 * N; i++) {
            pl_cmat own = i < N ? u : v, other = i < N ? v : u;
            double within = 0, across = 0;
            for (size_t j = 0; j < N; j++) {
                within += j == i % N ? 0 : exp(alpha * dot(own, i % N, own, j));
                across += exp(alpha * dot(own, i % N, other, j));
            }
            ck_close(nt[i] - in[i] - log(1 + within / across), 0, 2e-14);
        }
    }
}
END_TEST

/* Coincidence 4: infonce_i = dcl_cross_i + log(1 + e^{a s+}/sum_{j != i} e^{a s_ij}), and
 * dcl_cross_i = infonce_i + log(1 - P_ip). Fails if dcl_cross kept its positive. */
START_TEST(coincidence_4) {
    fill();
    double alpha = 2, in[N], dc[N];
    pl_contrast c = infonce(alpha), d = dcl_cross(alpha);
    evaluate(&c, u, v, in);
    evaluate(&d, u, v, dc);
    for (size_t i = 0; i < N; i++) {
        double others = 0, positive = exp(alpha * dot(u, i, v, i));
        for (size_t j = 0; j < N; j++)
            others += j == i ? 0 : exp(alpha * dot(u, i, v, j));
        ck_close(in[i] - dc[i] - log(1 + positive / others), 0, 1e-14);
        ck_close(dc[i] - in[i] - log(others / (positive + others)), 0, 1e-14);
    }
}
END_TEST

/* Coincidence 6: S -> S + b changes L by alpha b (lambda - 1) sum w. A further coordinate sqrt(b)
 * in every row shifts S by b. Fails if the exponent multiplied only part of the logarithm. */
static void shift(const golden_value *g) {
    double b = golden_number(g, "shift", NAN), before, after;
    bool crossed = strcmp(golden_text(g, "loss", ""), "infonce") == 0;
    pl_contrast c = crossed ? infonce(2) : ntxent(2);
    c.lambda = golden_number(g, "lambda", NAN);
    before = evaluate(&c, crossed ? u : both, crossed ? v : both, NULL);
    for (size_t i = 0; i < 2 * N; i++)
        z[i * (D + 1) + D] = sqrt(b);
    pl_cmat wu = u, wv = v, wz = both;
    wu.cols = wv.cols = wz.cols = D + 1;
    after = evaluate(&c, crossed ? wu : wz, crossed ? wv : wz, NULL);
    ck_close(after - before, g->number, g->tolerance);
    ck_close(after - before, c.alpha * b * (c.lambda - 1), g->tolerance);
}

static void coincidence_6_if(const golden_value *g) {
    if (golden_number(g, "number", 0) == 6)
        shift(g);
}

START_TEST(coincidence_6) {
    fill();
    golden_each("bounds.json", "BOUNDS.LOSSES", "coincidence_residual", coincidence_6_if);
}
END_TEST

/* A loss near 0 keeps its digits and a large one does not overflow: two opposite points, alpha up
 * to 1e5. infonce_i = log(1 + e^{-2 alpha}). Fails if e^{alpha s} were formed unscaled, or if the
 * small term were added to 1 and lost. */
START_TEST(extreme_temperatures) {
    const double points[] = {1, 0, -1, 0};
    const pl_cmat p = {points, 2, 2, 2};
    for (double alpha = 1e-3; alpha < 1e6; alpha *= 10) {
        pl_contrast c = {.alpha = alpha, .lambda = 1, .weight = 0.5};
        double small = evaluate(&c, p, p, NULL), want = log1p(exp(-2 * alpha));
        ck_close(small, want, 1e-15 * want);
        c.shift = 1; /* the positive is the opposite point */
        ck_rel(evaluate(&c, p, p, NULL), 2 * alpha + want, 1e-15);
    }
}
END_TEST

/* Sums over an anchor's row of G: w alpha (lambda - b_i); taken from dL/dA with points that all
 * have last coordinate 1. Fails if the softmax were not normalised or the pull misplaced. */
START_TEST(row_sums_of_the_gradient) {
    fill();
    double pull[N] = {0.5, 1, 1.25, -2}, ga[N * (D + 1)] = {0}, gb[N * (D + 1)] = {0}, value = 0;
    for (size_t i = 0; i < 2 * N; i++)
        z[i * (D + 1) + D] = 1;
    pl_cmat a = u, b = v;
    a.cols = b.cols = D + 1;
    pl_contrast c = infonce(3);
    c.lambda = 1.5;
    c.pull = pull;
    c.log_negative = log(0.3);
    pl_mat grad_a = {ga, N, D + 1, D + 1}, grad_b = {gb, N, D + 1, D + 1};
    pl_ctx *ctx = pl_ctx_new();
    ck_ok(ctx, pl_contrast_add(ctx, &c, a, b, NULL, &value, &grad_a, &grad_b));
    for (size_t i = 0; i < N; i++)
        ck_close(ga[i * (D + 1) + D], c.weight * 3 * (1.5 - pull[i]), 1e-15);
    ck_fails(ctx, pl_contrast_add(ctx, &c, both, v, NULL, &value, NULL, NULL), PL_ESHAPE,
             "8 anchors");
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        terms_of_the_golden_pair, coincidence_3,           coincidence_4, coincidence_6,
        extreme_temperatures,     row_sums_of_the_gradient};
    return test_main("ssl/contrast", tests, TEST_COUNT(tests));
}
