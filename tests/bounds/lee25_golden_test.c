#include "bounds/bounds.h"
#include "bounds/view_data.h"
#include "tests/support.h"

/* Every LEE25 value of tests/golden/bounds.json through the programs. A rule says where a quantity
 * stands: the program, what of the preset the value's own parameters do not say, the column or
 * summary number. The parameters become options by `translations`. */
typedef struct rule {
    const char *claim, *quantity;
    const char *when, *equals; /* only values with this parameter; of this text, if not NULL */
    const pl_program *program;
    const char *preset; /* %d: the parameter "classes" */
    const char *result;
} rule;

#define POPULATION "--data population"

static const rule rules[] = {
    {"LEE25.P0.OPT", "optimum", NULL, NULL, &pl_bounds_balance,
     "--part optimum --starts 1 --dim %d", "optimum"},
    {"LEE25.P0.OPT", "objective", "prototypes", "free", &pl_bounds_balance,
     "--part optimum --starts 1 --dim %d", "collapsed_free"},
    {"LEE25.PRB.CF", "prototype_bias_squared", "dim", NULL, &pl_bounds_prototype_bias, POPULATION,
     "bias_squared"},
    {"LEE25.PRB.CF", "mean_positive_similarity", "dim", NULL, &pl_bounds_prototype_bias, POPULATION,
     "positive_similarity"},
    {"LEE25.PRB.CF", "mean_same_class_similarity", "dim", NULL, &pl_bounds_prototype_bias,
     POPULATION, "same_class_similarity"},
    {"LEE25.PRB.CF", "plug_in_prototype_bias_squared", "views", NULL, &pl_bounds_prototype_bias,
     POPULATION, "closed_plug_in"},
    {"LEE25.PRB.CF", "plug_in_factor", NULL, NULL, &pl_bounds_prototype_bias, POPULATION,
     "plug_in_factor"},
    {"LEE25.PRB.LIP", "plug_in_bias", "views", NULL, &pl_bounds_prototype_bias, POPULATION,
     "plug_in_bias"},
    {"LEE25.PRB.LIP", "min_slack", "data", NULL, &pl_bounds_prototype_bias, "", "least_slack"},
    {"LEE25.PRB", "prototype_bias", "data", NULL, &pl_bounds_prototype_bias, "", "prb_1"},
    {"LEE25.PRB", "prototype_bias_squared", "data", NULL, &pl_bounds_prototype_bias, "", "prb_2"},
    {"LEE25.PRB.ANOVA", "mean_positive_similarity", "data", NULL, &pl_bounds_prototype_bias, "",
     "mean_positive"},
    {"LEE25.PRB.ANOVA", "mean_same_class_similarity", "data", NULL, &pl_bounds_prototype_bias, "",
     "mean_same_class"},
    {"LEE25.PRB.ANOVA", "difference", "data", NULL, &pl_bounds_prototype_bias, "", "difference"},
    {"LEE25.PRB.ANOVA", "identity_residual", "own_view", "excluded", &pl_bounds_prototype_bias, "",
     "residual_without_own"},
    {"LEE25.PRB.ANOVA", "identity_residual", NULL, NULL, &pl_bounds_prototype_bias, "", "residual"},
    {"LEE25.CHAIN", "mean_supervised_attraction", "dim", NULL, &pl_bounds_balance,
     "--part chain " POPULATION, "supervised_attraction"},
    {"LEE25.CHAIN", "mean_attraction_bound", "dim", NULL, &pl_bounds_balance,
     "--part chain " POPULATION, "attraction_bound"},
    {"LEE25.CHAIN", "gap", "dim", NULL, &pl_bounds_balance, "--part chain " POPULATION, "gap"},
    {"LEE25.CHAIN", "mean_supervised_loss", "data", NULL, &pl_bounds_balance, "--part chain",
     "mean_supervised_loss"},
    {"LEE25.CHAIN", "mean_surrogate_loss", "data", NULL, &pl_bounds_balance, "--part chain",
     "mean_surrogate_loss"},
    {"LEE25.CHAIN", "mean_attraction_difference", "data", NULL, &pl_bounds_balance, "--part chain",
     "mean_attraction_difference"},
    {"LEE25.CHAIN", "surrogate_minus_supervised", "data", NULL, &pl_bounds_balance, "--part chain",
     "surrogate_minus_supervised"},
    {"LEE25.THM1.AVG", "mean_lhs", "dim", NULL, &pl_bounds_attraction, POPULATION, "mean_lhs"},
    {"LEE25.THM1.AVG", "mean_rhs", "dim", NULL, &pl_bounds_attraction, POPULATION, "mean_rhs"},
    {"LEE25.THM1.AVG", "mean_gap", "dim", NULL, &pl_bounds_attraction, POPULATION, "mean_gap"},
    {"LEE25.THM1", "violation_probability", "dim", NULL, &pl_bounds_attraction, POPULATION,
     "violation_probability"},
    {"LEE25.THM1", "lhs", "counterexample", NULL, &pl_bounds_attraction, "", "lhs"},
    {"LEE25.THM1", "rhs", "counterexample", NULL, &pl_bounds_attraction, "", "rhs"},
    {"LEE25.THM1", "gap", NULL, NULL, &pl_bounds_attraction, "", "gap"},
    {"LEE25.THM1", "gaps", "data", NULL, &pl_bounds_attraction, "", "gap"},
    {"LEE25.THM1", "mean_lhs", "data", NULL, &pl_bounds_attraction, "", "mean_lhs"},
    {"LEE25.THM1", "mean_rhs", "data", NULL, &pl_bounds_attraction, "", "mean_rhs"},
    {"LEE25.THM1", "mean_gap", "data", NULL, &pl_bounds_attraction, "", "mean_gap"},
    {"LEE25.THM1", "min_gap", "data", NULL, &pl_bounds_attraction, "", "min_gap"},
    {"LEE25.THM1", "max_gap", "data", NULL, &pl_bounds_attraction, "", "max_gap"},
    {"LEE25.THM1", "violations", "data", NULL, &pl_bounds_attraction, "", "violations"},
    {"LEE25.THM1", "similarity_to_mean_view", "anchor", NULL, &pl_bounds_attraction, "",
     "mean_similarity"},
    {"LEE25.THM2", "nu", "dim", NULL, &pl_bounds_repulsion, POPULATION, "nu"},
    {"LEE25.THM2", "lhs", "dim", NULL, &pl_bounds_repulsion, POPULATION, "lhs"},
    {"LEE25.THM2", "rhs", "dim", NULL, &pl_bounds_repulsion, POPULATION, "rhs"},
    {"LEE25.THM2", "gap", "dim", NULL, &pl_bounds_repulsion, POPULATION, "gap"},
    {"LEE25.THM2", "rhs_without_own_class", "dim", NULL, &pl_bounds_repulsion, POPULATION,
     "rhs_without_own"},
    {"LEE25.THM2.GAP", "margin", "dim", NULL, &pl_bounds_repulsion, POPULATION, "margin"},
    {"LEE25.THM2.GAP", "gap_minus_margin", "dim", NULL, &pl_bounds_repulsion, POPULATION,
     "gap_minus_margin"},
    {"LEE25.THM2", "nu", "counterexample", NULL, &pl_bounds_repulsion, "", "nu"},
    {"LEE25.THM2", "lhs", NULL, NULL, &pl_bounds_repulsion, "", "lhs"},
    {"LEE25.THM2", "rhs", NULL, NULL, &pl_bounds_repulsion, "", "rhs"},
    {"LEE25.THM2", "gap", "counterexample", NULL, &pl_bounds_repulsion, "", "gap"},
    {"LEE25.THM2", "gaps", "data", NULL, &pl_bounds_repulsion, "", "gap"},
    {"LEE25.THM2", "mean_gap", "data", NULL, &pl_bounds_repulsion, "", "mean_gap"},
    {"LEE25.THM2", "min_gap", "data", NULL, &pl_bounds_repulsion, "", "min_gap"},
    {"LEE25.THM2", "violations", "data", NULL, &pl_bounds_repulsion, "", "violations"},
    {"LEE25.THM2", "anchors_outside_hypothesis", "data", NULL, &pl_bounds_repulsion, "", "outside"},
    {"LEE25.THM2.UNBAL", "rhs", "counterexample", NULL, &pl_bounds_repulsion, "--prior smallest",
     "rhs"},
    {"LEE25.THM2.UNBAL", "gap", "counterexample", NULL, &pl_bounds_repulsion, "--prior smallest",
     "gap"},
    {"LEE25.THM2.ALPHA", "alpha_star", "dim", NULL, &pl_bounds_best_alpha, "", "alpha_star"},
    {"LEE25.THM2.ALPHA", "nu_times_rhs", "dim", NULL, &pl_bounds_best_alpha, "", "nu_times_rhs"},
    {"LEE25.THM2.ALPHA", "alpha_star_approximation", "dim", NULL, &pl_bounds_best_alpha, "",
     "approximation"},
    {"LEE25.TOTAL", "mean_total_loss", "data", NULL, &pl_bounds_balance, "", "mean_total_loss"},
    {"LEE25.TOTAL", "constant", "data", NULL, &pl_bounds_balance, "", "constant"},
    {"LEE25.TOTAL", "mean_total_loss_with_constant", "data", NULL, &pl_bounds_balance, "",
     "mean_total_loss_with_constant"},
    {"LEE25.BCL.LIM", "limit", "dim", NULL, &pl_bounds_balance, "--part limit", "limit"},
    {"LEE25.BCL.LIM", "scaled_finite_batch_error", "dim", NULL, &pl_bounds_balance, "--part limit",
     "scaled_error"},
    {"LEE25.BCL.LIM", "scaled_finite_batch_error_limit", "dim", NULL, &pl_bounds_balance,
     "--part limit", "scaled_error_limit"},
    {"LEE25.BCL.LAMC", "lambda_1", NULL, NULL, &pl_bounds_balance,
     "--part phases --starts 1 --lambda 1", "lambda_1"},
    {"LEE25.BCL.LAMC", "lambda_crossing", NULL, NULL, &pl_bounds_balance,
     "--part phases --starts 1 --lambda 1", "lambda_crossing"},
    {"LEE25.BCL.LAMC", "minimum", NULL, NULL, &pl_bounds_balance, "--part phases --starts 1",
     "minimum"},
    {"LEE25.BCL.LAMC", "mean_positive_similarity", NULL, NULL, &pl_bounds_balance,
     "--part phases --starts 3", "optimised_positive"},
    {"LEE25.BCL.LAMC", "loss", "configuration", "aligned_simplex", &pl_bounds_balance,
     "--part phases --starts 1", "aligned"},
    {"LEE25.BCL.LAMC", "loss", "configuration", "anti_collapse", &pl_bounds_balance,
     "--part phases --starts 1", "anti_collapse"},
};

/* A parameter of the reference file, the option it is, and what stands before its number. */
static const struct translation {
    const char *parameter, *option, *before;
} translations[] = {
    {"dim", "dim", ""},
    {"classes", "n", ""}, /* where there is no such option, the next one */
    {"classes", "classes", ""},
    {"class_concentration", "class-law", "vmf:"},
    {"view_concentration", "law", "vmf:"},
    {"views", "views", ""},
    {"images_per_class", "images", ""},
    {"alpha", "alpha", ""},
    {"lambda", "lambda", ""},
    {"nu", "nu", ""},
    {"batch_size", "batch", ""},
};

static bool has_option(const pl_program *program, const char *name) {
    for (const pl_option *o = program->options; o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

static void append(char preset[256], const char *option, const char *before, const char *value) {
    size_t used = strlen(preset);
    snprintf(preset + used, 256 - used, " --%s %s%s", option, before, value);
}

/* "H3_law" -> "h3", "CE1" -> "ce1", "golden_views" -> "golden". */
static void append_data(char preset[256], const char *name) {
    char lower[32] = "";
    for (size_t i = 0; i + 1 < sizeof lower && name[i] && name[i] != '_'; i++)
        lower[i] = (char)(name[i] >= 'A' && name[i] <= 'Z' ? name[i] - 'A' + 'a' : name[i]);
    append(preset, "data", "", lower);
}

static void build_preset(const rule *r, const golden_value *v, char preset[256]) {
    const char *data = golden_text(v, "counterexample", golden_text(v, "data", NULL));
    snprintf(preset, 256, r->preset, (int)golden_number(v, "classes", 0));
    if (data)
        append_data(preset, data);
    for (size_t i = 0; i < TEST_COUNT(translations); i++) {
        const struct translation *t = &translations[i];
        json_t *value = json_object_get(v->parameters, t->parameter);
        char number[32];
        bool taken = i > 0 && strcmp(t->parameter, translations[i - 1].parameter) == 0 &&
                     has_option(r->program, translations[i - 1].option);
        char flag[40];
        snprintf(flag, sizeof flag, "--%s ", t->option);
        if (!value || taken || !has_option(r->program, t->option) || strstr(preset, flag))
            continue;
        if (json_is_string(value)) {
            append(preset, t->option, t->before, json_string_value(value));
        } else {
            snprintf(number, sizeof number, "%.17g", json_number_value(value));
            append(preset, t->option, t->before, number);
        }
    }
}

static const rule *rule_of(const golden_value *v) {
    for (size_t i = 0; i < TEST_COUNT(rules); i++) {
        const rule *r = &rules[i];
        if (strcmp(r->claim, v->claim) != 0 || strcmp(r->quantity, v->quantity) != 0)
            continue;
        if (r->when && !json_object_get(v->parameters, r->when))
            continue;
        if (r->equals && strcmp(golden_text(v, r->when, ""), r->equals) != 0)
            continue;
        return r;
    }
    return NULL;
}

/* Row of an anchor [class, image, view] of the golden set: 4 images of 5 views a class. */
static size_t row_of(const golden_value *v) {
    json_t *anchor = json_object_get(v->parameters, "anchor");
    if (!anchor)
        return 0;
    size_t index[3];
    for (size_t i = 0; i < 3; i++)
        index[i] = (size_t)json_integer_value(json_array_get(anchor, i));
    return (index[0] * 4 + index[1]) * 5 + index[2];
}

static double result(const pl_table *t, const char *name, size_t row) {
    size_t c = pl_table_find(t, name);
    double number = NAN;
    if (c != SIZE_MAX)
        return pl_table_at(t, row, c);
    ck_assert_msg(pl_table_lookup(t, name, &number), "no result '%s'", name);
    return number;
}

static void compare(const char *preset, const char *what, size_t i, double got, double want,
                    double tolerance) {
    ck_assert_msg(fabs(got - want) <= tolerance, "%s of '%s' [%zu]: %.17g, expected %.17g +- %.2g",
                  what, preset, i, got, want, tolerance);
}

/* Arrays that are no column: rows of the golden views, norms of prototypes. */
static bool array_of_views(pl_ctx *ctx, const golden_value *v) {
    char preset[256] = "";
    double value[8], norms[8];
    size_t sizes[8], n = json_array_size(v->value), first = 0;
    bool prototypes = strcmp(v->quantity, "prototype_norms") == 0;
    bool row = strcmp(v->quantity, "first_row") == 0 || strcmp(v->quantity, "last_row") == 0;
    if (!prototypes && !row)
        return false;
    pl_options *o = NULL;
    view_data d = {0};
    append_data(preset, golden_text(v, "counterexample", golden_text(v, "data", "")));
    ck_ok(ctx, pl_options_parse_text(ctx, pl_bounds_repulsion.options, NULL, preset, &o));
    ck_ok(ctx, view_data_new(ctx, o, pl_option_spec(o, "data", NULL), true, &d));
    size_t cols = d.views.z.cols;
    if (prototypes) {
        double means[8 * 8];
        ck_ok(ctx, pl_prototypes(ctx, &d.views, (pl_mat){means, n, cols, cols}, norms, sizes));
        memcpy(value, norms, sizeof value);
    } else {
        first = strcmp(v->quantity, "last_row") == 0 ? d.views.z.rows - 1 : 0;
        memcpy(value, d.views.z.a + first * cols, cols * sizeof *value);
    }
    for (size_t i = 0; i < n; i++)
        compare(preset, v->quantity, i, value[i], json_number_value(json_array_get(v->value, i)),
                v->tolerance);
    view_data_free(&d);
    pl_options_free(o);
    return true;
}

static size_t checked;

static void check(const golden_value *v) {
    if (strncmp(v->claim, "LEE25.", 6) != 0)
        return;
    pl_ctx *ctx = pl_ctx_new();
    pl_table *t = NULL;
    char preset[256];
    checked++;
    if (!array_of_views(ctx, v)) {
        const rule *r = rule_of(v);
        ck_assert_msg(r != NULL, "no rule covers %s %s", v->claim, v->quantity);
        build_preset(r, v, preset);
        ck_ok(ctx, pl_program_run_preset(ctx, r->program, preset, 1, NULL, &t));
        if (json_is_array(v->value))
            for (size_t i = 0; i < json_array_size(v->value); i++)
                compare(preset, r->result, i, result(t, r->result, i),
                        json_number_value(json_array_get(v->value, i)), v->tolerance);
        else
            compare(preset, r->result, row_of(v), result(t, r->result, row_of(v)), v->number,
                    v->tolerance);
    }
    pl_table_free(t);
    pl_ctx_free(ctx);
}

/* Fails if a formula of LEE25's programs were off in any printed digit, or a printed quantity stood
 * under no rule. */
START_TEST(every_reference_value_is_met) {
    golden_each("bounds.json", NULL, NULL, check);
    ck_assert_uint_ge(checked, 200);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_reference_value_is_met};
    return test_main("bounds/lee25_golden", tests, TEST_COUNT(tests));
}
