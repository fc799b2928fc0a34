#include "base/npy.h"
#include "tests/base/scratch.h"
#include "tests/bounds/programs.h"

/* Writes features (images, views, d), normal numbers scaled to unit norm, and labels. */
static void write_set(pl_ctx *ctx, size_t images, size_t views, size_t d, const int64_t *label) {
    pl_array z = {0}, y = {0};
    ck_ok(ctx, pl_array_new(ctx, PL_F64, 3, (size_t[]){images, views, d}, &z));
    ck_ok(ctx, pl_array_new(ctx, PL_I64, 1, (size_t[]){images}, &y));
    for (size_t r = 0; r < images * views; r++) {
        double *row = (double *)z.data + r * d, square = 0;
        for (size_t j = 0; j < d; j++) {
            row[j] = sin(1.0 + 3.7 * (double)r + 1.3 * (double)(j * j)) + 0.5;
            square += row[j] * row[j];
        }
        for (size_t j = 0; j < d; j++)
            row[j] /= sqrt(square);
    }
    memcpy(y.data, label, images * sizeof *label);
    ck_ok(ctx, pl_npy_write(ctx, scratch("z.npy"), &z));
    ck_ok(ctx, pl_npy_write(ctx, scratch("y.npy"), &y));
    pl_array_free(&z);
    pl_array_free(&y);
}

static const char *files(const char *options) {
    static char preset[1400];
    snprintf(preset, sizeof preset, "--features %s --labels %s %s", scratch("z.npy"),
             scratch("y.npy"), options);
    return preset;
}

/* Fails if unequal classes were taken for balanced ones, or log 1/pi_min for log n. */
START_TEST(unbalanced_classes) {
    static const int64_t label[] = {4, 4, 4, 4, 7, 7};
    scratch_begin();
    pl_ctx *ctx = pl_ctx_new();
    write_set(ctx, 6, 3, 5, label);
    pl_table *t = run_preset(ctx, &pl_bounds_repulsion, files(""));
    ck_assert_uint_eq(pl_table_unmets(t), 1);
    ck_close(result_at(t, "log_n", 0), log(2), 1e-15);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_repulsion, files("--prior smallest"));
    ck_assert_uint_eq(pl_table_unmets(t), 0);
    ck_close(result_at(t, "log_n", 0), log(3), 1e-15);
    ck_close(result_at(t, "violations_inside", 0), 0, 0);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_balance, files("--part chain"));
    ck_assert_uint_eq(pl_table_unmets(t), 1);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_best_alpha, files(""));
    ck_assert_uint_eq(pl_table_unmets(t), 1);
    pl_table_free(t);
    /* the identities do not ask for balance */
    ck_close(result_of(ctx, &pl_bounds_prototype_bias, files(""), "residual"), 0, 1e-14);
    t = run_preset(ctx, &pl_bounds_balance, files(""));
    for (size_t i = 0; i < pl_table_rows(t); i++)
        ck_close(result_at(t, "total_loss_with_constant", i), result_at(t, "sum", i), 1e-13);
    pl_table_free(t);
    pl_ctx_free(ctx);
    scratch_files(true);
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}
END_TEST

/* Fails if one image a class, or one view an image, came out as something that it cannot say. */
START_TEST(classes_of_one_image_of_one_view) {
    static const int64_t label[] = {0, 1, 2};
    scratch_begin();
    pl_ctx *ctx = pl_ctx_new();
    write_set(ctx, 3, 1, 4, label);
    pl_table *t = run_preset(ctx, &pl_bounds_attraction, files("--views 1"));
    for (size_t i = 0; i < 3; i++) { /* the mean view is the view: equality */
        ck_close(result_at(t, "lhs", i), -1, 1e-15);
        ck_close(result_at(t, "gap", i), 0, 1e-15);
    }
    ck_assert_uint_eq(pl_warnings(ctx), 1);
    ck_assert_ptr_nonnull(strstr(pl_warning(ctx, 0), "needs two"));
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_repulsion, files("--nu common"));
    ck_close(result_at(t, "nu", 0), 1, 1e-15);
    ck_close(result_at(t, "violations", 0), 0, 0);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_prototype_bias, files(""));
    ck_close(result_at(t, "prb_2", 0), 0, 1e-15);
    ck_assert(isnan(result_at(t, "prb_2_unbiased", 0)));
    ck_assert_uint_eq(pl_warnings(ctx), 3);
    pl_table_free(t);
    pl_table_free(run_preset(ctx, &pl_bounds_balance, files("--part chain")));
    ck_assert_uint_eq(pl_warnings(ctx), 4);
    ck_refused(ctx, &pl_bounds_repulsion, "--labels y.npy", PL_EUSAGE, "--features");
    pl_ctx_free(ctx);
    scratch_files(true);
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}
END_TEST

/* Fails if one class were enough for a maximum over the others, or labels did not count images. */
START_TEST(labels_that_do_not_fit) {
    static const int64_t one[] = {5, 5, 5, 5};
    scratch_begin();
    pl_ctx *ctx = pl_ctx_new();
    write_set(ctx, 4, 2, 3, one);
    ck_refused(ctx, &pl_bounds_repulsion, files(""), PL_EDOMAIN, "two classes");
    char preset[700];
    snprintf(preset, sizeof preset, "--features %s", scratch("z.npy"));
    ck_refused(ctx, &pl_bounds_repulsion, preset, PL_EUSAGE, "--labels");
    ck_refused(ctx, &pl_bounds_balance, preset, PL_EUSAGE, "--labels");
    snprintf(preset, sizeof preset, "--features %s --labels %s", scratch("z.npy"),
             scratch("z.npy"));
    pl_table *t = NULL;
    ck_assert_int_ne(pl_program_run_preset(ctx, &pl_bounds_repulsion, preset, 1, NULL, &t), PL_OK);
    pl_ctx_free(ctx);
    scratch_files(true);
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}
END_TEST

/* Fails if the laws of views broke at their ends: concentration 0 is the uniform law, 1e6 nearly
 * equal views; alpha out of its range is refused. */
START_TEST(extreme_concentrations_and_alpha) {
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = run_preset(ctx, &pl_bounds_attraction, "--law vmf:0 --dim 16 --images 2");
    ck_close(result_at(t, "mean_lhs", 0), result_at(t, "closed_lhs", 0), 1e-13);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_attraction, "--law vmf:1e6 --dim 16 --images 2");
    ck_close(result_at(t, "mean_gap", 0), 0, 1e-4);
    ck_close(result_at(t, "violations", 0), 0, 0);
    pl_table_free(t);
    t = run_preset(ctx, &pl_bounds_repulsion,
                   "--law vmf:1e6 --class-law vmf:1e6 --dim 16 --images 2 --classes 4");
    ck_close(result_at(t, "lhs", 0), -1.0 / 3, 1e-2); /* a simplex */
    ck_close(result_at(t, "nu", 0), 1, 1e-4);
    pl_table_free(t);
    ck_refused(ctx, &pl_bounds_attraction, "--data population --law vmf:0", PL_EDOMAIN, "mean");
    ck_refused(ctx, &pl_bounds_repulsion, "--alpha 0", PL_EUSAGE, "alpha");
    ck_refused(ctx, &pl_bounds_repulsion, "--alpha -2", PL_EUSAGE, "alpha");
    ck_refused(ctx, &pl_bounds_repulsion, "--data population --classes 20 --dim 8", PL_EDOMAIN,
               "simplex");
    ck_refused(ctx, &pl_bounds_repulsion, "--nu 0", PL_EUSAGE, "nu");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    survives_failed_allocations(&pl_bounds_repulsion, "--data golden", 500, 1);
    survives_failed_allocations(&pl_bounds_repulsion, "--data h4", 500, 1);
    survives_failed_allocations(&pl_bounds_repulsion, "--data population --dim 12", 500, 1);
    survives_failed_allocations(&pl_bounds_attraction, "--data population --dim 12", 500, 1);
    survives_failed_allocations(&pl_bounds_attraction, "--dim 3 --images 2 --views 2", 500, 1);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {unbalanced_classes, classes_of_one_image_of_one_view,
                                  labels_that_do_not_fit, extreme_concentrations_and_alpha,
                                  every_failed_allocation_is_survived};
    return test_main("bounds/view_data", tests, TEST_COUNT(tests));
}
