/* Every printed value of features.json, through the programs that a user runs. Not walked here:
 * XUE23.LOSS (tests/ssl/moment_losses_test.c), RNG (xue23_model_test.c). Each value fails if its
 * formula changes by more than the value's tolerance. */

#include <stdio.h>

#include "spectral/spectral.h"
#include "tests/support.h"

enum { PRESET = 512 };

static const struct {
    const char *name, *preset;
} sets[] = {
    {"A", "--phi 0.9,0.8,1.5,1.2,0.6 --sigma 0.6 --views 2"},
    {"A_PRIME", "--phi 0.9,0.8,1.5,1.2,0.6 --sigma 0.6 --views 2 --mu 0.7"},
    {"A_PRIME_NO_BIAS", "--phi 0.9,0.8,1.5,1.2,0.6 --sigma 0.6 --views 2 --mu 0.7 --no-bias"},
    {"B", "--phi 1,1,1,1 --sigma 1 --views 3 --mu 1"},
    {"B_NO_MEAN", "--phi 1,1,1,1 --sigma 1 --views 3 --mu 0"},
    {"D", "--phi 0.65,0.8,1.5,1.2,0.6 --sigma 0.6 --views 2"},
    {"D_TIE", "--phi 0.6928203230275509,0.8,1.5,1.2,0.6 --sigma 0.6 --views 2"},
    {"E", "--phi 0.7071067811865476,0.8944271909999159,1.6733200530681511,1.5491933384829668,"
          "0.8944271909999159,0.6324555320336759 --sigma 0.6 --views 2"},
    {"E_WEAK_SUBCLASS",
     "--phi 0.7071067811865476,0.5477225575051661,1.6733200530681511,1.5491933384829668,"
     "0.8944271909999159,0.6324555320336759 --sigma 0.6 --views 2"},
    {"UNBALANCED", "--phi 0.9,0.8,1 --sigma 0.6 --views 2 --unbalanced"},
    {"SLOPE_0.5", "--phi 0.9,0.8,1 --sigma 0.5 --views 2 --mu 0.7"},
    {"SLOPE_0.05", "--phi 0.9,0.8,1 --sigma 0.05 --views 2 --mu 0.7"},
    {"FIGURE4_0.1", "--phi 0.8,1,0.31622776601683794 --sigma 2 --views 3"},
    {"FIGURE4_0.6", "--phi 0.8,1,0.7745966692414834 --sigma 2 --views 3"},
    {"FIGURE4_0.7", "--phi 0.8,1,0.8366600265340756 --sigma 2 --views 3"},
    {"FIGURE4_4", "--phi 0.8,1,2 --sigma 2 --views 3"},
    {"SCL", "--mu 0.7"},
    {"SCL_NO_BIAS", "--mu 0.7 --no-bias"},
    {"SCL_CORRELATED", "--correlation 0.5 --irrelevant 0"},
    {"UCL_UNIFORM", "--class 0.65"},
    {"UCL_CLASS_PERTURBED", "--class 0.65 --variances 0.64,0.04"},
    {"UCL_IRRELEVANT_PERTURBED", "--class 0.65 --variances 0.04,0.04,2"},
    {"JOINT", "--class 0.65 --subclass 1.4142135623730951 --irrelevant 0 --variances 0.5"},
    {"IMPERFECT_0.2", ""},
    {"IMPERFECT_0.5", "--class-perturbation 0.5 --subclass-perturbation 0.5"},
    {"IMPERFECT_CLASS_KEPT", "--class-perturbation 0"},
    {"IMPERFECT_SHARED", "--shared"},
    {"COS_5x9", "--data cos-5x9"},
    {"COS_9x6", "--data cos-9x6"},
    {"B_P3", "--start-seed 7"},
    {"B_P2", "--start-seed 9"},
    {"POPULATION_SCL", "--start-seed 13"},
    {"POPULATION_UCL", "--start-seed 17"},
    {"IMPERFECT", "--start-seed 11"},
    {"noncollapsed", "--minimiser noncollapsed"},
    {"class_for_weakest", "--minimiser class-for-weakest"},
    {"unwhitened_eigenvectors", "--minimiser unwhitened"},
    {"kernel_perturbed", "--minimiser kernel"},
};

static const char *named(const char *name) {
    for (size_t i = 0; i < TEST_COUNT(sets); i++)
        if (strcmp(sets[i].name, name) == 0)
            return sets[i].preset;
    ck_abort_msg("no preset stands for %s", name);
    return NULL;
}

/* The last table, kept: many values are read from one run. */
static pl_ctx *ctx;
static pl_table *table;
static const pl_program *ran;
static char ran_preset[PRESET];

static const pl_table *run(const pl_program *program, const char *preset) {
    if (!ctx)
        ctx = pl_ctx_new();
    if (ran == program && strcmp(ran_preset, preset) == 0)
        return table;
    pl_table_free(table);
    ran = NULL;
    table = NULL;
    pl_status status = pl_program_run_preset(ctx, program, preset, 1, NULL, &table);
    ck_assert_msg(status == PL_OK, "%s %s: %s", program->name, preset, pl_message(ctx));
    ran = program;
    snprintf(ran_preset, sizeof ran_preset, "%s", preset);
    return table;
}

static double summary(const pl_table *t, const char *name) {
    double value;
    ck_assert_msg(pl_table_lookup(t, name, &value), "%s has no %s", ran->name, name);
    return value;
}

static double cell(const pl_table *t, size_t row, const char *column) {
    ck_assert_msg(pl_table_find(t, column) != SIZE_MAX, "%s has no %s", ran->name, column);
    ck_assert_uint_lt(row, pl_table_rows(t));
    return pl_table_at(t, row, pl_table_find(t, column));
}

static void add(char *preset, const char *words) {
    size_t used = strlen(preset);
    snprintf(preset + used, PRESET - used, " %s", words);
}

static void add_number(char *preset, const char *option, double value) {
    char text[64];
    snprintf(text, sizeof text, "%s %.17g", option, value);
    add(preset, text);
}

/* Options that several programs share, out of the value's parameters. */
static void describe(const golden_value *v, bool loss, char *preset) {
    static const char *const keys[] = {"set",     "population", "inputs",
                                       "initial", "minimizer",  "control"};
    preset[0] = '\0';
    for (size_t i = 0; i < TEST_COUNT(keys); i++) {
        const char *name = golden_text(v, keys[i], NULL);
        if (name && (i < 5 || strstr("unwhitened_eigenvectors kernel_perturbed", name)) &&
            !(strstr(name, "COS_5x9") && strstr(golden_text(v, "groups", ""), "45")))
            add(preset, named(name));
    }
    if (strcmp(golden_text(v, "groups", ""), "GROUPS_45") == 0)
        add(preset, "--data cos-5x9-2");
    const char *which = golden_text(v, "loss", NULL);
    if (loss && which) {
        char text[64];
        snprintf(text, sizeof text, "--loss %s", which);
        if (strcmp(which, "joint") == 0)
            snprintf(text, sizeof text, "--loss joint:%.17g", golden_number(v, "beta", NAN));
        if (strcmp(which, "joint") != 0 || golden_number(v, "beta", NAN) > 0)
            add(preset, text);
    }
    if (golden_number(v, "embedding", 0) > 0)
        add_number(preset, "--embedding", golden_number(v, "embedding", 0));
}

/* Our name for a quantity, where it differs. */
static const char *ours(const char *quantity) {
    static const char *const names[][2] = {
        {"minimum_loss", "loss"},
        {"noise_feature_norm_squared", "noise_norm_squared"},
        {"subclass_readout_probability", "readout_positive"},
        {"cost_gap", "tie_gap"},
        {"linearization_error", "distance"},
        {"probability_lower_bound", "lower_bound"},
        {"best_homogeneous_margin", "best_homogeneous_margin"},
        {"start_kernel_norm", "kernel_start"},
        {"squared_weight", "closed_form"},
        {"gradient_term_ratio", "term_ratio"},
    };
    for (size_t i = 0; i < TEST_COUNT(names); i++)
        if (strcmp(names[i][0], quantity) == 0)
            return names[i][1];
    return quantity;
}

static double element(const golden_value *v, size_t i) {
    return json_number_value(json_array_get(v->value, i));
}

static bool is(const golden_value *v, const char *quantity) {
    return strcmp(v->quantity, quantity) == 0;
}

/* A column against the value's list. */
static void check_list(const golden_value *v, const pl_table *t, const char *column) {
    for (size_t i = 0; i < json_array_size(v->value); i++)
        ck_close(cell(t, i, column), element(v, i), v->tolerance);
}

static size_t checked;

/* Minimisers: collapse, suppression, minnorm, imperfect-augmentation, population. */
static void check_minimiser(const golden_value *v) {
    char preset[PRESET];
    bool imperfect = strncmp(golden_text(v, "inputs", ""), "IMPERFECT", 9) == 0;
    const pl_program *program =
        golden_text(v, "population", NULL)     ? &pl_spectral_population
        : imperfect                            ? &pl_spectral_imperfect_augmentation
        : strcmp(v->claim, "XUE23.LEMB2") == 0 ? &pl_spectral_minnorm
        : strcmp(golden_text(v, "minimizer", ""), "class_for_weakest") == 0 || is(v, "cost_gap")
            ? &pl_spectral_suppression
            : &pl_spectral_collapse;
    describe(v, !imperfect, preset);
    if (is(v, "kernel_norm_squared"))
        add(preset, "--minimiser noncollapsed");
    if (golden_number(v, "ambient_dimension", 0) > 0 && golden_text(v, "set", NULL))
        add_number(preset, "--ambient", golden_number(v, "ambient_dimension", 0));
    const pl_table *t = run(program, preset);
    size_t feature = (size_t)golden_number(v, "feature", 0);
    checked++;
    if (is(v, "feature_norms"))
        check_list(v, t, "norm");
    else if (is(v, "second_moments"))
        check_list(v, t, "second_moment");
    else if (is(v, "feature_norm"))
        ck_close(cell(t, feature, "norm"), v->number, v->tolerance);
    else if (is(v, "norm_squared_excess"))
        ck_close(summary(t, "norm_squared") - summary(t, "least_norm_squared"), v->number,
                 v->tolerance);
    else if (is(v, "loss_excess"))
        ck_close(summary(t, "loss") - summary(t, "minimum_loss"), v->number, v->tolerance);
    else if (is(v, "whitened_eigenvalues"))
        ck_close(summary(t, "largest_eigenvalue"), element(v, 0), v->tolerance);
    else if (is(v, "positive_cases")) {
        ck_close(summary(t, "positive_cases"), element(v, 0), 0);
        ck_close(summary(t, "cases"), element(v, 1), 0);
    } else if (is(v, "within_class_gram")) /* 2 within a class, 0 between */
        ck_close(summary(t, "gram_deviation"), 0, v->tolerance);
    else
        ck_close(summary(t, ours(v->quantity)), v->number, v->tolerance);
}

/* Paths of gradient descent: early-learning, population, imperfect-augmentation. */
static void check_path(const golden_value *v) {
    char preset[PRESET];
    bool population = golden_text(v, "population", NULL) != NULL;
    bool imperfect = strncmp(golden_text(v, "inputs", ""), "IMPERFECT", 9) == 0;
    describe(v, !imperfect, preset);
    double at = golden_number(v, "iteration", golden_number(v, "iterations", NAN));
    double last = isnan(at) || is(v, "affine_margin") || strstr(v->quantity, "homogeneous")
                      ? (population && golden_number(v, "feature", 0) == 1) ? 500 : 100
                      : fmax(at, 1);
    if (is(v, "start_kernel_norm") || is(v, "perturbation_kernel_norm"))
        last = 1;
    add_number(preset, "--iterations", last);
    if (golden_number(v, "perturbation", 0) > 0)
        add_number(preset, "--kernel-part", golden_number(v, "perturbation", 0));
    if (golden_number(v, "initial_scale", 0) > 0)
        add_number(preset, "--start-scale", 1e-3 * golden_number(v, "initial_scale", 0));
    size_t feature = (size_t)golden_number(v, "feature", 2);
    if (population)
        add_number(preset, "--watch", (double)feature);
    else if (!imperfect)
        add_number(preset, "--every", last > 100 ? last : 1);
    const pl_table *t = run(population  ? &pl_spectral_population
                            : imperfect ? &pl_spectral_imperfect_augmentation
                                        : &pl_spectral_early_learning,
                            preset);
    double got;
    checked++;
    if (is(v, "feature_norm") && (population || imperfect))
        got = cell(t, feature, "descent_norm");
    else if (is(v, "feature_norm") && isnan(at))
        got = summary(t, "least_norm_subclass");
    else if (is(v, "feature_norm"))
        got = cell(t, at < last ? (size_t)at : pl_table_rows(t) - 1,
                   feature == 1 ? "class_norm" : "subclass_norm");
    else if (is(v, "linearization_error"))
        got = cell(t, (size_t)at, "distance");
    else if (is(v, "peak_feature_norm") || is(v, "largest_feature_norm"))
        got = summary(t, population  ? "peak_norm"
                         : imperfect ? "peak_class_norm"
                                     : "peak_subclass_norm");
    else if (is(v, "loss"))
        got = summary(t, "final_loss");
    else if (is(v, "perturbation_kernel_norm")) { /* W_0 without and with the perturbation */
        char plain[PRESET] = "--phi 1,1,1,1 --sigma 1 --views 3 --mu 1 --start-scale 0 "
                             "--iterations 1 --kernel-part 40";
        got = summary(run(&pl_spectral_early_learning, plain), "kernel_start");
    } else
        got = summary(t, ours(v->quantity));
    ck_close(got, v->number, v->tolerance);
}

static void check_run(const golden_value *v) { /* FIG2, FIG6: the portable run */
    const pl_table *t = run(&pl_spectral_early_learning,
                            "--sigma 2 --views 5 --repeats 62 --noise sampled:2000 --start-seed "
                            "2024 --step 0.05 --iterations 500");
    size_t at = (size_t)golden_number(v, "iteration", 0);
    double got =
        is(v, "peak_iteration")        ? summary(t, "peak_iteration")
        : is(v, "peak_feature_norm")   ? summary(t, "peak_subclass_norm")
        : is(v, "gradient_term_ratio") ? cell(t, at, "term_ratio")
        : is(v, "feature_norm")
            ? cell(t, at, golden_number(v, "feature", 0) == 1 ? "class_norm" : "subclass_norm")
            : summary(t, "first_ratio_below");
    checked++;
    ck_close(got, v->number, v->tolerance);
}

static void check_selection(const golden_value *v) { /* GDSEL */
    const pl_table *t = run(&pl_spectral_descent_selection, "--moments 1,0.9,0.75,0.4");
    size_t row = 0;
    while (row < 4 && fabs(log10(golden_number(v, "sigma0", 1e-3)) + 3 + 2 * (double)row) > 0.1)
        row++;
    checked++;
    if (is(v, "feature_norm"))
        ck_close(cell(t, row, "leak"), v->number, v->tolerance);
    else if (is(v, "leakage_exponent"))
        ck_close(cell(t, 3, "exponent"), v->number, v->tolerance);
    else
        ck_close(cell(t, 0, "predicted_exponent"), v->number, v->tolerance);
}

static void check_value(const golden_value *v) {
    if (strncmp(v->claim, "XUE23.", 6) != 0 || strcmp(v->claim, "XUE23.LOSS") == 0)
        return;
    const char *claim = v->claim + 6;
    checked++;
    if (strncmp(claim, "FIG2", 4) == 0 || strcmp(claim, "FIG6") == 0) {
        checked--;
        check_run(v);
    } else if (strcmp(claim, "GDSEL") == 0) {
        checked--;
        check_selection(v);
    } else if (strcmp(claim, "GOODEVENT") == 0) {
        const pl_table *t = run(&pl_spectral_good_event, "--ambient 4000 --replicates 200");
        ck_close(cell(t, 0, ours(v->quantity)), v->number, v->tolerance);
    } else if (strcmp(claim, "GDLOG") == 0) {
        const pl_table *t = run(&pl_spectral_gradient_flow, "--points 1");
        ck_close(cell(t, 1, "closed_form"), v->number, v->tolerance);
    } else if (is(v, "log_slope")) {
        const pl_table *t = run(&pl_spectral_selection_map,
                                "--phi 0.9,0.8,1 --mu 0.7 --vary sigma --values 0.5,0.05");
        ck_close(summary(t, "endpoint_slope"), v->number, v->tolerance);
    } else if (is(v, "norm_squared_excess") && strcmp(claim, "THM51") == 0) {
        const pl_table *t = run(&pl_spectral_suppression,
                                "--phi 0.65,0.8,1.5,1.2,0.6 --minimiser class-for-weakest");
        ck_close(summary(t, "norm_squared") - summary(t, "least_norm_squared"), v->number,
                 v->tolerance);
    } else if (strcmp(claim, "GDLIM") == 0 || golden_text(v, "initial", NULL)) {
        checked--;
        check_path(v);
    } else {
        checked--;
        check_minimiser(v);
    }
}

/* Fails if any printed value is missed, or if one is not reached by this walk. */
START_TEST(every_reference_value) {
    size_t all = golden_each("features.json", NULL, NULL, check_value);
    size_t losses = golden_each("features.json", "XUE23.LOSS", NULL, check_value);
    size_t random = golden_each("features.json", "RNG", NULL, check_value);
    ck_assert_uint_eq(checked + losses + random, all);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_reference_value};
    return test_main("spectral/xue23_golden", tests, TEST_COUNT(tests));
}
