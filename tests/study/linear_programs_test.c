#include "math/product.h"
#include "study/linear.h"
#include "study/study.h"
#include "tests/train/fixture.h"

static pl_ctx *ctx;

static pl_table *table_of(const pl_program *program, const char *preset) {
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, program, preset, 1, NULL, &t));
    return t;
}

static double at(const pl_table *t, size_t row, const char *column) {
    return pl_table_at(t, row, pl_table_find(t, column));
}

/* Fails if the network were not z = W x, or a step were not W -= rate dz'x: bias or identity moved,
 * a ReLU cut, the gradient were scaled. */
START_TEST(a_step_is_that_of_the_linear_map) {
    enum { IN = 3, OUT = 2, BATCH = 4 };
    const float x[BATCH * IN] = {1, 0, 0.5f, 0, 1, 0, 0.25f, 0.25f, 1, 0, 0, 2};
    const float dz[BATCH * OUT] = {1, -1, 0.5f, 0, 0, 2, -1, 1};
    double w[OUT * IN] = {1, -2, 0.5, 0, 1, -1};
    study_linear l = {0};
    const float *z;
    ctx = pl_ctx_new();
    ck_ok(ctx, study_linear_new(ctx, (pl_cmat){w, OUT, IN, IN}, BATCH, &l));
    for (int step = 0; step < 3; step++) {
        ck_ok(ctx, study_linear_forward(ctx, &l, x, &z));
        for (size_t i = 0; i < BATCH; i++)
            for (size_t c = 0; c < OUT; c++) {
                double want = 0;
                for (size_t k = 0; k < IN; k++)
                    want += w[c * IN + k] * (double)x[i * IN + k];
                ck_close((double)z[i * OUT + c], want, 1e-6);
            }
        ck_ok(ctx, study_linear_step(ctx, &l, dz, 0.1));
        for (size_t i = 0; i < BATCH; i++)
            for (size_t c = 0; c < OUT; c++)
                for (size_t k = 0; k < IN; k++)
                    w[c * IN + k] -= 0.1 * (double)dz[i * OUT + c] * (double)x[i * IN + k];
    }
    for (size_t k = 0; k < OUT * IN; k++)
        ck_close((double)l.weight[k], w[k], 1e-6);
    study_linear_free(&l);
    pl_ctx_free(ctx);
}
END_TEST

/* Fails if the network left the exact curve by more than float32 and the second order in the step,
 * if its error were not of first order, or the eigenvalues were not 2 cos(j pi/(n + 1)). */
START_TEST(training_follows_the_riccati_curve) {
    ctx = pl_ctx_new();
    pl_table *t = table_of(&pl_study_riccati,
                           "--nodes 16 --embedding 3 --start 0.05 --times 0.2,0.4 --steps 500");
    ck_assert_uint_eq(pl_table_rows(t), 6);
    for (size_t r = 0; r < 6; r++) {
        double mode = at(t, r, "mode");
        ck_close(at(t, r, "eigenvalue"), 2 * cos(mode * acos(-1) / 17), 1e-12);
        ck_close(at(t, r, "extrapolated"), at(t, r, "exact"), 2e-4);
        ck_assert(fabs(at(t, r, "trained") - at(t, r, "exact")) > 3e-4);
        ck_close(at(t, r, "order"), 2, 0.1);
    }
    pl_table_free(t);
    pl_ctx_free(ctx);
}
END_TEST

/* Without augmentation and with the whole set as one batch nothing is random: fails if V, its
 * order, its factor 2 or the step were off by a per mille. */
START_TEST(weights_grow_by_power_iteration) {
    char preset[900];
    double growth;
    ctx = pl_ctx_new();
    fixture_begin();
    snprintf(
        preset, sizeof preset,
        "--data mnist:%s --images 80 --batch 80 --epochs 40 --views 1 --leading 2 --augment none "
        "--replicates 2",
        scratch_dir);
    pl_table *t = table_of(&pl_study_covariance, preset);
    ck_assert_uint_eq(pl_table_rows(t), 41);
    for (size_t r = 0; r < 41; r++)
        ck_close(at(t, r, "leading"), at(t, r, "predicted"), 1e-4);
    ck_assert(at(t, 0, "leading") < 0.1);
    ck_assert(at(t, 40, "leading") > 0.3);
    ck_assert(pl_table_lookup(t, "growth", &growth));
    ck_close(growth, 1, 1e-4);
    pl_table_free(t);
    scratch_end();
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {a_step_is_that_of_the_linear_map,
                                  training_follows_the_riccati_curve,
                                  weights_grow_by_power_iteration};
    return test_main("study/linear_programs", tests, TEST_COUNT(tests));
}
