/* The programs of the first and the last lab: distances of pairs, and the plane of encoders. */

#include "bounds/bounds.h"
#include "tests/support.h"

static pl_table *ran(const pl_program *program, const char *preset) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    ck_ok(ctx, pl_program_run_preset(ctx, program, preset, 1, NULL, &t));
    pl_ctx_free(ctx);
    return t;
}

static double cell(const pl_table *t, size_t row, const char *column) {
    return pl_table_at(t, row, pl_table_find(t, column));
}

/* On S^2 the density is r/2, on the circle 1/(pi sqrt(1 - r^2/4)): fails if an exponent is off. */
START_TEST(densities_of_two_and_three_dimensions) {
    pl_table *circle = ran(&pl_bounds_pair_distances, "--dim 2 --bins 20");
    pl_table *sphere = ran(&pl_bounds_pair_distances, "--dim 3 --bins 20");
    for (size_t b = 0; b < 20; b++) {
        double lo = (double)b / 10, hi = (double)(b + 1) / 10;
        ck_close(cell(sphere, b, "exact"), (hi * hi - lo * lo) / 4 / 0.1, 1e-12);
        ck_close(cell(circle, b, "exact"), 2 * (asin(hi / 2) - asin(lo / 2)) / acos(-1) / 0.1,
                 1e-7);
    }
    pl_table_free(circle);
    pl_table_free(sphere);
}
END_TEST

/* Fails if the sampled pairs do not follow the density (five standard errors, each bin), or either
 * lost mass. */
START_TEST(samples_follow_the_density) {
    const char *presets[] = {"--dim 2 --bins 16", "--dim 8 --bins 16", "--dim 128 --bins 40"};
    for (size_t p = 0; p < TEST_COUNT(presets); p++) {
        pl_table *t = ran(&pl_bounds_pair_distances, presets[p]);
        double mass = 0, exact = 0, width = 2 / (double)pl_table_rows(t), mean, quadrature;
        for (size_t b = 0; b < pl_table_rows(t); b++) {
            mass += cell(t, b, "density") * width;
            exact += cell(t, b, "exact") * width;
            ck_close(cell(t, b, "density"), cell(t, b, "exact"),
                     5 * cell(t, b, "standard_error") + 1e-3);
        }
        ck_close(mass, 1, 1e-12);
        ck_close(exact, 1, 1e-12);
        ck_assert(pl_table_lookup(t, "mean", &mean) &&
                  pl_table_lookup(t, "exact_mean", &quadrature));
        ck_close(mean, quadrature, 5 * 0.5 / sqrt(20000));
        pl_table_free(t);
    }
}
END_TEST

/* K = 0 is the uniform law: no pair is recognised, E |z - z'|^2 = 2, and both uniformities agree
 * with L_uniform; a collapsed encoder is at (0, 0). Fails if a formula
 * changes. */
START_TEST(the_plane_has_the_right_ends) {
    pl_table *t = ran(&pl_bounds_encoder_plane, "--dim 3 --concentration 0,5,1000000");
    ck_close(cell(t, 0, "blind_alignment"), 2, 1e-12);
    ck_close(cell(t, 0, "view_alignment"), 2, 1e-12);
    ck_close(cell(t, 0, "blind_uniformity"), log(sinh(4.0) / 4) - 4, 1e-12); /* d = 3, t = 2 */
    ck_close(cell(t, 0, "uniform_law"), log(sinh(4.0) / 4) - 4, 1e-12);
    double a = 1 / tanh(5.0) - 0.2; /* A(3, 5) */
    ck_close(cell(t, 1, "blind_alignment"), 2 - 2 * a * a, 1e-12);
    ck_close(cell(t, 1, "view_alignment"), 2 - 2 * a, 1e-12);
    ck_assert(cell(t, 1, "blind_uniformity") > cell(t, 0, "blind_uniformity"));
    ck_close(cell(t, 2, "blind_alignment"), 0, 1e-5);
    ck_close(cell(t, 2, "blind_uniformity"), 0, 1e-5);
    pl_table_free(t);
}
END_TEST

/* Fails if memory is lost, or a failure unreported, when the k-th allocation fails. */
START_TEST(allocation_failure_is_reported) {
    const pl_program *programs[] = {&pl_bounds_pair_distances, &pl_bounds_encoder_plane};
    const char *presets[] = {"--dim 3 --pairs 200 --bins 4", "--dim 3 --concentration 2"};
    for (size_t p = 0; p < TEST_COUNT(programs); p++)
        for (size_t k = 1; k < 200; k++) {
            pl_ctx *ctx = pl_ctx_new();
            pl_table *t = NULL;
            pl_ctx_fail_allocation(ctx, k);
            pl_status status = pl_program_run_preset(ctx, programs[p], presets[p], 1, NULL, &t);
            ck_assert(status == PL_OK || (status == PL_ENOMEM && !t));
            pl_table_free(t);
            pl_ctx_free(ctx);
            if (status == PL_OK)
                break;
        }
}
END_TEST

int main(void) {
    const TTest *const tests[] = {densities_of_two_and_three_dimensions, samples_follow_the_density,
                                  the_plane_has_the_right_ends, allocation_failure_is_reported};
    return test_main("bounds/sphere_programs", tests, TEST_COUNT(tests));
}
