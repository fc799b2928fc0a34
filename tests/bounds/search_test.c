#include "base/npz.h"
#include "bounds/search.h"
#include "tests/base/scratch.h"
#include "tests/bounds/programs.h"

/* Every hypothesis that a program offers to drop, with options under which its loss is felt. */
static const struct hunt {
    const pl_program *program;
    const char *preset, *lhs, *rhs;
    bool unit; /* the set keeps unit features, so that it can be read back */
} hunts[] = {
    {&pl_bounds_attraction, "--search sign", "lhs", "rhs", true},
    {&pl_bounds_attraction, "--search unit", "lhs", "rhs", false},
    {&pl_bounds_repulsion, "--search unit --alpha 2", "lhs", "rhs", false},
    {&pl_bounds_repulsion, "--search balance --alpha 2", "lhs", "rhs", true},
    {&pl_bounds_repulsion, "--search nu --alpha 2", "lhs", "rhs", true},
    {&pl_bounds_repulsion, "--search common-norm --alpha 4", "lhs", "rhs", true},
    {&pl_bounds_balance, "--part chain --search bias --lambda 0.1", "supervised",
     "bound_without_bias", true},
    {&pl_bounds_balance, "--part chain --search sign --lambda 0.1", "supervised", "bound", true},
    {&pl_bounds_balance, "--part chain --search nu --lambda 0.1", "supervised", "bound", true},
};

/* Fails if the searched gap were not the program's own, if a set did not violate clearly, or the
 * same seed gave another set. */
START_TEST(every_hypothesis_is_needed) {
    for (size_t h = 0; h < TEST_COUNT(hunts); h++) {
        pl_ctx *ctx = pl_ctx_new(), *again = pl_ctx_new();
        pl_table *t = run_preset(ctx, hunts[h].program, hunts[h].preset);
        ck_assert_msg(result_at(t, hunts[h].lhs, 0) >= result_at(t, hunts[h].rhs, 0) + 0.99e-2,
                      "'%s' does not violate: %g, %g", hunts[h].preset,
                      result_at(t, hunts[h].lhs, 0), result_at(t, hunts[h].rhs, 0));
        pl_table_free(t);
        pl_table_free(run_preset(again, hunts[h].program, hunts[h].preset));
        ck_assert_str_eq(pl_warning(ctx, 0), pl_warning(again, 0));
        pl_ctx_free(ctx);
        pl_ctx_free(again);
    }
}
END_TEST

/* Fails if a saved set did not come back as it was: the program on the files says the same. */
START_TEST(saved_sets_are_read_back) {
    scratch_begin();
    for (size_t h = 0; h < TEST_COUNT(hunts); h++) {
        char preset[1400];
        const char *z = scratch("found.npy"), *y = scratch("found-labels.npy");
        pl_ctx *ctx = pl_ctx_new();
        snprintf(preset, sizeof preset, "%s --save %s", hunts[h].preset, z);
        pl_table *t = run_preset(ctx, hunts[h].program, preset), *back = NULL;
        bool labels = access(y, R_OK) == 0;
        ck_assert_int_eq(labels, hunts[h].program != &pl_bounds_attraction);
        /* the same options, but the files in place of the search; 'nu' was 1 */
        char *search = strstr(preset, "--search ");
        char options[200] = "";
        size_t word = strcspn(search + strlen("--search "), " ") + strlen("--search ");
        snprintf(options, sizeof options, "%.*s%s", (int)(search - preset), preset,
                 hunts[h].preset + (search - preset) + word);
        snprintf(preset, sizeof preset, "%s --features %s%s%s%s", options, z,
                 labels ? " --labels " : "", labels ? y : "",
                 strstr(hunts[h].preset, "search nu") ? " --nu 1" : "");
        pl_status status = pl_program_run_preset(ctx, hunts[h].program, preset, 1, NULL, &back);
        if (hunts[h].unit) {
            ck_assert_msg(status == PL_OK, "%s: %s", preset, pl_message(ctx));
            ck_close(result_at(back, hunts[h].lhs, 0), result_at(t, hunts[h].lhs, 0), 1e-12);
            ck_close(result_at(back, hunts[h].rhs, 0), result_at(t, hunts[h].rhs, 0), 1e-12);
        } else {
            ck_assert_msg(status == PL_EDOMAIN, "%s: status %d", preset, (int)status);
        }
        pl_table_free(t);
        pl_table_free(back);
        pl_ctx_free(ctx);
        scratch_files(true);
    }
    ck_assert_int_eq(rmdir(scratch_dir), 0);
}
END_TEST

/* Fails if the search "found" a violation of a bound whose hypotheses are all kept. */
START_TEST(true_bounds_are_not_violated) {
    static const search_problem problems[] = {
        {"none", 1, 4, 3, 1, 1, true, true, 1, 1, "x", search_attraction_gap},
        {"none", 5, 1, 3, 2, 1000, true, true, 2, 1, "x", search_repulsion_gap},
        {"none", 4, 2, 3, 2, 1, true, true, 2, 0.1, "x", search_chain_gap},
    };
    for (size_t i = 0; i < TEST_COUNT(problems); i++) {
        pl_ctx *ctx = pl_ctx_new();
        view_data v = {0};
        double gap;
        ck_fails(ctx, search_violation(ctx, &problems[i], 7, &v, &gap), PL_ENOCONV, "least gap");
        ck_assert_ptr_null(v.z);
        pl_ctx_free(ctx);
    }
}
END_TEST

/* Fails if common norms were needed where theory says they are not: with two classes the bound
 * without them needs alpha > log 2/(c - c^2) >= 4 log 2. */
START_TEST(common_norms_are_not_needed_at_low_alpha) {
    pl_ctx *ctx = pl_ctx_new();
    ck_refused(ctx, &pl_bounds_repulsion, "--search common-norm --alpha 2.7", PL_ENOCONV,
               "larger --alpha");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(bad_input_is_refused) {
    pl_ctx *ctx = pl_ctx_new();
    ck_refused(ctx, &pl_bounds_attraction, "--search balance", PL_EUSAGE, "sign");
    ck_refused(ctx, &pl_bounds_attraction, "--search sign --features z.npy", PL_EUSAGE,
               "--features");
    ck_refused(ctx, &pl_bounds_attraction, "--search sign --save /nowhere/z.npy", PL_EIO,
               "/nowhere");
    ck_refused(ctx, &pl_bounds_attraction, "--save z.npy", PL_EUSAGE, "--search");
    pl_ctx_free(ctx);
}
END_TEST

START_TEST(every_failed_allocation_is_survived) {
    survives_failed_allocations(&pl_bounds_attraction, "--search sign", 300, 1);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {
        every_hypothesis_is_needed,   saved_sets_are_read_back,
        true_bounds_are_not_violated, common_norms_are_not_needed_at_low_alpha,
        bad_input_is_refused,         every_failed_allocation_is_survived};
    return test_main("bounds/search", tests, TEST_COUNT(tests));
}
