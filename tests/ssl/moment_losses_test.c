#include "ssl/moment_losses.h"

#include "tests/support.h"

/* The reference's matrices: X_ij = cos(1 + 3i + 2j + ij) with 5 coordinates i and 6 examples j,
 * W_ij = 0.5 sin(2 + i + 3j). */
enum { D = 5, N = 6, P = 2 };
static const size_t class_of[N] = {0, 0, 0, 0, 1, 1}, original_of[N] = {0, 0, 1, 1, 2, 2};

typedef struct fixture {
    double x[N * D], w[P * D], f[N * P], s[N * N], nu[N * N], p[D * D], q[D * D];
} fixture;

static pl_mat mat(double *a, size_t rows, size_t cols) {
    return (pl_mat){a, rows, cols, cols};
}

static pl_cmat cmat(const double *a, size_t rows, size_t cols) {
    return (pl_cmat){a, rows, cols, cols};
}

/* share of SCL; both ways to the same loss: S and P. */
static void build(pl_ctx *ctx, double share, fixture *t) {
    double other[N * N], unsupervised[D * D];
    for (size_t j = 0; j < N; j++)
        for (size_t i = 0; i < D; i++)
            t->x[j * D + i] = cos((double)(1 + 3 * i + 2 * j + i * j));
    for (size_t i = 0; i < P; i++)
        for (size_t j = 0; j < D; j++)
            t->w[i * D + j] = 0.5 * sin((double)(2 + i + 3 * j));
    for (size_t i = 0; i < N; i++)
        for (size_t r = 0; r < P; r++) {
            t->f[i * P + r] = 0;
            for (size_t k = 0; k < D; k++)
                t->f[i * P + r] += t->x[i * D + k] * t->w[r * D + k];
        }
    ck_ok(ctx, pl_group_pairs(ctx, class_of, N, 2, mat(t->s, N, N)));
    ck_ok(ctx, pl_group_pairs(ctx, original_of, N, 3, mat(other, N, N)));
    ck_ok(ctx, pl_group_moment(ctx, cmat(t->x, N, D), class_of, 2, mat(t->p, D, D)));
    ck_ok(ctx, pl_group_moment(ctx, cmat(t->x, N, D), original_of, 3, mat(unsupervised, D, D)));
    ck_ok(ctx, pl_second_moment(ctx, cmat(t->x, N, D), mat(t->q, D, D)));
    for (size_t i = 0; i < N * N; i++) {
        t->s[i] = (share * t->s[i] + (1 - share) * other[i]) / N; /* Pi = S/N */
        t->nu[i] = 1.0 / (N * N);
    }
    for (size_t i = 0; i < D * D; i++)
        t->p[i] = share * t->p[i] + (1 - share) * unsupervised[i];
}

static double norm(const double *a, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += a[i] * a[i];
    return sqrt(sum);
}

/* One printed value of the losses; every one of them is reached. */
static void check_value(const golden_value *v) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    const char *loss = golden_text(v, "loss", "scl");
    double beta = golden_number(v, "beta", NAN);
    double share = strcmp(loss, "scl") == 0 ? 1 : strcmp(loss, "ucl") == 0 ? 0 : beta;
    double got = NAN, value, gradient[P * D], df[N * P];
    if (strcmp(loss, "batch") == 0) {
        double za[3 * P], zb[3 * P], ga[3 * P], gb[3 * P];
        build(ctx, 1, &t);
        for (size_t i = 0; i < 3; i++)
            for (size_t r = 0; r < P; r++) {
                za[i * P + r] = t.f[2 * i * P + r];
                zb[i * P + r] = t.f[(2 * i + 1) * P + r];
            }
        ck_ok(ctx, pl_spectral_batch_loss(ctx, cmat(za, 3, P), cmat(zb, 3, P), &value,
                                          mat(ga, 3, P), mat(gb, 3, P)));
        got = strcmp(v->quantity, "loss") == 0                       ? value
              : strcmp(v->quantity, "first_view_gradient_norm") == 0 ? norm(ga, 3 * P)
                                                                     : norm(gb, 3 * P);
        ck_close(got, v->number, v->tolerance);
        pl_ctx_free(ctx);
        return;
    }
    build(ctx, share, &t);
    ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), cmat(t.p, D, D), cmat(t.q, D, D), &value,
                              mat(gradient, P, D)));
    double embedding_value;
    ck_ok(ctx, pl_pair_loss(ctx, cmat(t.f, N, P), cmat(t.s, N, N), cmat(t.nu, N, N),
                            &embedding_value, mat(df, N, P)));
    ck_close(embedding_value, value, 1e-12);
    if (strcmp(v->quantity, "loss") == 0) {
        got = value;
    } else if (strcmp(v->quantity, "gradient_norm") == 0) {
        got = norm(gradient, P * D);
    } else if (strcmp(v->quantity, "embedding_gradient_norm") == 0) {
        got = norm(df, N * P);
    } else if (strcmp(v->quantity, "gradient") == 0) {
        for (size_t i = 0; i < P * D; i++)
            ck_close(gradient[i],
                     json_number_value(json_array_get(json_array_get(v->value, i / D), i % D)),
                     v->tolerance);
        pl_ctx_free(ctx);
        return;
    } else if (strcmp(v->quantity, "gradient_relative_error") == 0) { /* factor 2 for 4 */
        double half[P * D];
        for (size_t i = 0; i < P * D; i++)
            half[i] = gradient[i] / 2 - gradient[i];
        got = norm(half, P * D) / norm(gradient, P * D);
    } else { /* loss_difference: beta and 1 - beta are not the same loss */
        ck_assert_str_eq(v->quantity, "loss_difference");
        build(ctx, 1 - share, &t);
        double swapped;
        ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), cmat(t.p, D, D), cmat(t.q, D, D), &swapped,
                                  (pl_mat){0}));
        got = value - swapped;
    }
    ck_close(got, v->number, v->tolerance);
    pl_ctx_free(ctx);
}

/* Fails if a loss, a gradient or a factor in them changes by more than 1e-12. */
START_TEST(reference_values) {
    ck_assert_uint_eq(golden_each("features.json", "XUE23.LOSS", NULL, check_value), 18);
}
END_TEST

/* Fails if the chain rule dL/dW = (dL/dF)^T X does not join the two forms. */
START_TEST(embedding_gradient_joins_moment_gradient) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    double loss, gradient[P * D], df[N * P];
    build(ctx, 0.3, &t);
    ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), cmat(t.p, D, D), cmat(t.q, D, D), &loss,
                              mat(gradient, P, D)));
    ck_ok(ctx, pl_pair_loss(ctx, cmat(t.f, N, P), cmat(t.s, N, N), cmat(t.nu, N, N), &loss,
                            mat(df, N, P)));
    for (size_t r = 0; r < P; r++)
        for (size_t k = 0; k < D; k++) {
            double sum = 0;
            for (size_t i = 0; i < N; i++)
                sum += df[i * P + r] * t.x[i * D + k];
            ck_close(sum, gradient[r * D + k], 1e-12);
        }
    pl_ctx_free(ctx);
}
END_TEST

static double batch_at(pl_ctx *ctx, const double *z) {
    double loss;
    ck_ok(ctx, pl_spectral_batch_loss(ctx, cmat(z, 4, 3), cmat(z + 12, 4, 3), &loss, (pl_mat){0},
                                      (pl_mat){0}));
    return loss;
}

/* Fails if a gradient is not that of its loss: central differences, h = 1e-6. */
START_TEST(gradients_are_central_differences) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    double loss, up, down, gradient[P * D], h = 1e-6;
    build(ctx, 0.7, &t);
    pl_cmat p = cmat(t.p, D, D), q = cmat(t.q, D, D);
    ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), p, q, &loss, mat(gradient, P, D)));
    for (size_t i = 0; i < P * D; i++) {
        double w = t.w[i];
        t.w[i] = w + h;
        ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), p, q, &up, (pl_mat){0}));
        t.w[i] = w - h;
        ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), p, q, &down, (pl_mat){0}));
        t.w[i] = w;
        ck_close((up - down) / (2 * h), gradient[i], 1e-7);
    }
    double z[24], g[24];
    for (size_t i = 0; i < 24; i++)
        z[i] = cos((double)(i * i));
    ck_ok(ctx, pl_spectral_batch_loss(ctx, cmat(z, 4, 3), cmat(z + 12, 4, 3), &loss, mat(g, 4, 3),
                                      mat(g + 12, 4, 3)));
    for (size_t i = 0; i < 24; i++) {
        double v = z[i];
        z[i] = v + h;
        up = batch_at(ctx, z);
        z[i] = v - h;
        down = batch_at(ctx, z);
        z[i] = v;
        ck_close((up - down) / (2 * h), g[i], 1e-7);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a rotation of the embedding changed the loss. */
START_TEST(rotations_leave_the_loss_alone) {
    pl_ctx *ctx = pl_ctx_new();
    fixture t;
    double loss, turned[P * D], turned_loss;
    build(ctx, 1, &t);
    for (size_t k = 0; k < D; k++) {
        turned[k] = 0.6 * t.w[k] - 0.8 * t.w[D + k];
        turned[D + k] = 0.8 * t.w[k] + 0.6 * t.w[D + k];
    }
    ck_ok(ctx, pl_moment_loss(ctx, cmat(t.w, P, D), cmat(t.p, D, D), cmat(t.q, D, D), &loss,
                              (pl_mat){0}));
    ck_ok(ctx, pl_moment_loss(ctx, cmat(turned, P, D), cmat(t.p, D, D), cmat(t.q, D, D),
                              &turned_loss, (pl_mat){0}));
    ck_close(turned_loss, loss, 1e-13);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if sizes that do not fit, a group out of range or an empty one passed. */
START_TEST(bad_input_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    double a[36] = {0}, loss = 7;
    const size_t beyond[3] = {0, 1, 5}, gap[3] = {0, 0, 2};
    ck_fails(ctx,
             pl_moment_loss(ctx, cmat(a, 2, 3), cmat(a, 2, 2), cmat(a, 3, 3), &loss, (pl_mat){0}),
             PL_ESHAPE, "P 2 x 2");
    ck_fails(ctx,
             pl_pair_loss(ctx, cmat(a, 3, 2), cmat(a, 3, 3), cmat(a, 2, 2), &loss, (pl_mat){0}),
             PL_ESHAPE, "weights");
    ck_fails(
        ctx,
        pl_spectral_batch_loss(ctx, cmat(a, 1, 2), cmat(a, 1, 2), &loss, (pl_mat){0}, (pl_mat){0}),
        PL_ESHAPE, "at least two rows");
    ck_fails(ctx, pl_group_pairs(ctx, beyond, 3, 3, mat(a, 3, 3)), PL_EDOMAIN, "of group 5");
    ck_fails(ctx, pl_group_moment(ctx, cmat(a, 3, 2), gap, 3, mat(a, 2, 2)), PL_EDOMAIN,
             "group 1 of 3 has no row");
    ck_assert(loss == 7);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if a k-th failed allocation leaked, crashed or touched an output. */
START_TEST(every_failed_allocation_is_survived) {
    pl_ctx *ctx = pl_ctx_new();
    double z[12] = {1, 2, 3, 4, 5, 6, 7, 8, 9, 1, 2, 3}, s[9], q[9];
    const size_t group[3] = {0, 1, 1};
    for (size_t k = 1; k < 5; k++) {
        double loss = 7;
        pl_ctx_fail_allocation(ctx, k);
        pl_status status =
            pl_moment_loss(ctx, cmat(z, 2, 3), cmat(z, 3, 3), cmat(z, 3, 3), &loss, (pl_mat){0});
        ck_assert(status == (k <= 3 ? PL_ENOMEM : PL_OK) && (loss == 7) == (k <= 3));
    }
    pl_ctx_fail_allocation(ctx, 1);
    ck_assert(pl_group_pairs(ctx, group, 3, 2, mat(s, 3, 3)) == PL_ENOMEM);
    pl_ctx_fail_allocation(ctx, 2);
    ck_assert(pl_group_moment(ctx, cmat(z, 3, 3), group, 2, mat(q, 3, 3)) == PL_ENOMEM);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {reference_values,
                                  embedding_gradient_joins_moment_gradient,
                                  gradients_are_central_differences,
                                  rotations_leave_the_loss_alone,
                                  bad_input_is_refused,
                                  every_failed_allocation_is_survived};
    return test_main("ssl/moment_losses", tests, TEST_COUNT(tests));
}
