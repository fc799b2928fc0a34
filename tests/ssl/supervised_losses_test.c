#include "ssl/supervised_losses.h"

#include "math/random.h"
#include "ssl/losses.h"
#include "ssl/moment_losses.h"
#include "tests/support.h"

enum { N = 6, D = 3 };
static const size_t label[N] = {0, 1, 0, 2, 1, 0};

static pl_ctx *ctx;

static pl_cmat cmat(const double *a, size_t rows) {
    return (pl_cmat){a, rows, D, D};
}

static pl_mat mat(double *a, size_t rows) {
    return (pl_mat){a, rows, D, D};
}

static void normals(uint64_t stream, size_t rows, bool unit, double *out) {
    pl_stream_normals((pl_stream){5, stream, 0}, 0, rows * D, out);
    for (size_t i = 0; unit && i < rows; i++) {
        double *z = out + i * D, norm = sqrt(z[0] * z[0] + z[1] * z[1] + z[2] * z[2]);
        for (size_t k = 0; k < D; k++)
            z[k] /= norm;
    }
}

/* The definition, one exponential at a time. */
static double supcon_ref(const double *z, size_t n, const size_t *y, double alpha) {
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double sum = 0, positives = 0, attraction = 0;
        for (size_t k = 0; k < n; k++) {
            double s = 0;
            for (size_t j = 0; j < D; j++)
                s += z[i * D + j] * z[k * D + j];
            if (k == i)
                continue;
            sum += exp(alpha * s);
            if (y[k] == y[i]) {
                positives++;
                attraction += alpha * s;
            }
        }
        if (positives > 0)
            total += log(sum) - attraction / positives;
    }
    return total / (double)n;
}

/* Fails when a positive, the own pair or a factor is counted wrongly. */
START_TEST(supcon_is_its_definition) {
    ctx = pl_ctx_new();
    double z[N * D], g[N * D], value;
    normals(1, N, true, z);
    ck_ok(ctx, pl_supcon_loss(ctx, cmat(z, N), label, 3, &value, mat(g, N)));
    ck_close(value, supcon_ref(z, N, label, 3), 1e-13);
    for (size_t i = 0; i < N * D; i++) {
        double h = 1e-5, kept = z[i];
        z[i] = kept + h;
        double above = supcon_ref(z, N, label, 3);
        z[i] = kept - h;
        double below = supcon_ref(z, N, label, 3);
        z[i] = kept;
        ck_close(g[i], (above - below) / (2 * h), 1e-8);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* Labels that name the image alone leave SimCLR's loss. */
START_TEST(supcon_of_images_is_ntxent) {
    ctx = pl_ctx_new();
    const size_t images[2 * N] = {0, 1, 2, 3, 4, 5, 0, 1, 2, 3, 4, 5};
    pl_loss_params p = pl_loss_defaults;
    double z[2 * N * D], value, ntxent;
    normals(2, 2 * N, true, z);
    p.alpha = 2.5;
    ck_ok(ctx, pl_supcon_loss(ctx, cmat(z, 2 * N), images, p.alpha, &value, (pl_mat){0}));
    ck_ok(ctx, pl_loss_eval(ctx, pl_loss_find("ntxent"), &p, cmat(z, N), cmat(z + N * D, N),
                            &ntxent, NULL, NULL));
    ck_close(value, ntxent, 1e-13);
    pl_ctx_free(ctx);
}
END_TEST

/* beta = 0 is HaoChen et al.'s mini-batch loss; gradients of the mixture by central differences,
 * exact for a quartic up to h^2. */
START_TEST(joint_spectral_loss) {
    ctx = pl_ctx_new();
    double za[N * D], zb[N * D], ga[N * D], gb[N * D], ha[N * D], hb[N * D], value, other;
    normals(3, N, false, za);
    normals(4, N, false, zb);
    ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 0, &value, mat(ga, N),
                                      mat(gb, N)));
    ck_ok(ctx,
          pl_spectral_batch_loss(ctx, cmat(za, N), cmat(zb, N), &other, mat(ha, N), mat(hb, N)));
    ck_rel(value, other, 1e-13);
    for (size_t i = 0; i < N * D; i++) {
        ck_close(ga[i], ha[i], 1e-13);
        ck_close(gb[i], hb[i], 1e-13);
    }
    const pl_mat none = {0};
    double scl, ucl, joint;
    ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 1, &scl, none, none));
    ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 0, &ucl, none, none));
    ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 0.3, &joint, mat(ga, N),
                                      mat(gb, N)));
    ck_rel(joint, 0.3 * scl + 0.7 * ucl, 1e-13);
    for (size_t i = 0; i < N * D; i++) {
        double h = 1e-5, kept = zb[i], above, below;
        zb[i] = kept + h;
        ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 0.3, &above, none,
                                          none));
        zb[i] = kept - h;
        ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, N), cmat(zb, N), label, 0.3, &below, none,
                                          none));
        zb[i] = kept;
        ck_close(gb[i], (above - below) / (2 * h), 1e-7);
    }
    pl_ctx_free(ctx);
}
END_TEST

/* SCL by hand: one class of two images, one of one; the sum of pairs of its definition. */
START_TEST(supervised_spectral_loss_by_hand) {
    ctx = pl_ctx_new();
    const size_t y[3] = {4, 9, 4};
    double za[3 * D], zb[3 * D], value, want = 0;
    normals(6, 3, false, za);
    normals(7, 3, false, zb);
    ck_ok(ctx, pl_spectral_joint_loss(ctx, cmat(za, 3), cmat(zb, 3), y, 1, &value, (pl_mat){0},
                                      (pl_mat){0}));
    for (size_t i = 0; i < 3; i++)
        for (size_t j = 0; j < 3; j++) {
            double g = 0;
            for (size_t k = 0; k < D; k++)
                g += za[i * D + k] * zb[j * D + k];
            if (i != j)
                want += g * g / 6;
            if (y[i] == y[j])
                want -= 2 * g * (y[i] == 4 ? 0.125 : 0.5); /* 1/2 classes, 1/4 or 1 pairs */
        }
    ck_rel(value, want, 1e-13);
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(what_is_refused) {
    ctx = pl_ctx_new();
    double z[N * D], value = 7;
    normals(1, N, true, z);
    ck_fails(ctx, pl_supcon_loss(ctx, cmat(z, 1), label, 2, &value, (pl_mat){0}), PL_ESHAPE,
             "1 rows");
    ck_fails(ctx, pl_supcon_loss(ctx, cmat(z, N), label, 0, &value, (pl_mat){0}), PL_EDOMAIN,
             "alpha");
    ck_fails(ctx,
             pl_spectral_joint_loss(ctx, cmat(z, N), cmat(z, N), label, 1.5, &value, (pl_mat){0},
                                    (pl_mat){0}),
             PL_EDOMAIN, "1.5");
    ck_fails(ctx,
             pl_spectral_joint_loss(ctx, cmat(z, N), cmat(z, 2), label, 1, &value, (pl_mat){0},
                                    (pl_mat){0}),
             PL_ESHAPE, "2 x 3");
    ck_close(value, 7, 0);
    for (size_t k = 1; k <= 3; k++) {
        pl_ctx_fail_allocation(ctx, k);
        pl_status status = pl_spectral_joint_loss(ctx, cmat(z, N), cmat(z, N), label, 1, &value,
                                                  (pl_mat){0}, (pl_mat){0});
        ck_assert_int_eq(status, PL_ENOMEM);
        pl_ctx_fail_allocation(ctx, k);
        if (k < 3)
            ck_assert_int_eq(pl_supcon_loss(ctx, cmat(z, N), label, 2, &value, (pl_mat){0}),
                             PL_ENOMEM);
    }
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {supcon_is_its_definition, supcon_of_images_is_ntxent,
                                  joint_spectral_loss, supervised_spectral_loss_by_hand,
                                  what_is_refused};
    return test_main("ssl/supervised_losses", tests, TEST_COUNT(tests));
}
