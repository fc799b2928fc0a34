/* Every reference value of WANG20 in golden/bounds.json against the programs of the bounds room. A
 * rule says which program, under which preset, holds a quantity; a value without a rule fails. */

#include <stdarg.h>
#include <stdio.h>

#include "bounds/bounds.h"
#include "bounds/golden_pair.h"
#include "tests/support.h"

static pl_ctx *ctx;
static pl_table *table; /* of the last preset: neighbouring values mostly share it */
static char last[512];

/* Runs a program unless the last table is just that. */
static void at(const pl_program *program, const char *format, ...) {
    char preset[400], key[512];
    va_list args;
    va_start(args, format);
    vsnprintf(preset, sizeof preset, format, args);
    va_end(args);
    snprintf(key, sizeof key, "%s %s", program->name, preset);
    if (table && strcmp(key, last) == 0)
        return;
    pl_table_free(table);
    table = NULL;
    pl_status status = pl_program_run_preset(ctx, program, preset, 1, NULL, &table);
    ck_assert_msg(status == PL_OK, "%s: %s", key, pl_message(ctx));
    strcpy(last, key);
}

static double cell(const char *column, size_t row) {
    double x = NAN;
    size_t c = pl_table_find(table, column);
    if (c != SIZE_MAX && row < pl_table_rows(table))
        return pl_table_at(table, row, c);
    ck_assert_msg(pl_table_lookup(table, column, &x), "%s: no column or summary '%s'", last,
                  column);
    return x;
}

static double value(const char *column) {
    return cell(column, 0);
}

static double number(const golden_value *g, const char *name) {
    return golden_number(g, name, NAN);
}

static bool has(const golden_value *g, const char *name) {
    return json_object_get(g->parameters, name) != NULL;
}

static bool is(const golden_value *g, const char *parameter, const char *word) {
    return strcmp(golden_text(g, parameter, ""), word) == 0;
}

/* Names of the reference values with hyphens, as the programs have them. */
static const char *law_name(const golden_value *g) {
    static const char *const names[][2] = {
        {"antipodal_vmf", "antipodal-vmf"}, {"four_vmf", "four-vmf"},
        {"half_circle", "half-circle"},     {"quarter_circle", "quarter-circle"},
        {"antipodal_pair", "antipodal"},    {"", ""}};
    const char *law = golden_text(g, "law", "uniform");
    for (size_t i = 0; *names[i][0]; i++)
        if (strcmp(law, names[i][0]) == 0)
            return names[i][1];
    return law;
}

static size_t dimension(const char *configuration, char name[64]) {
    static const char *const listed[][3] = {{"simplex_129", "simplex-129", "128"},
                                            {"cross_polytope_8", "cross-polytope", "8"},
                                            {"cross_polytope_128", "cross-polytope", "128"},
                                            {"tetrahedron", "tetrahedron", "3"},
                                            {"octahedron", "octahedron", "3"},
                                            {"icosahedron", "icosahedron", "3"},
                                            {"e8", "e8", "8"},
                                            {"", "", ""}};
    for (size_t i = 0; *listed[i][0]; i++)
        if (strcmp(configuration, listed[i][0]) == 0) {
            strcpy(name, listed[i][1]);
            return strtoul(listed[i][2], NULL, 10);
        }
    snprintf(name, 64, "%s", configuration);
    return 2;
}

/* infonce-limit under the value's dim, kappa, law, pairs, loss, negatives or batch size. */
static void limit_table(const golden_value *g, const char *more) {
    char law[64] = "uniform", pairs[64] = "aligned", negatives[64] = "1", kappa[64];
    json_t *m = json_object_get(g->parameters, "negatives");
    snprintf(kappa, sizeof kappa, "%.17g", golden_number(g, "kappa", 2));
    if (is(g, "kappa_rule", "log M") && json_is_array(m))
        strcpy(kappa, "log-negatives");
    if (is(g, "law", "vmf"))
        snprintf(law, sizeof law, "vmf:%.17g", number(g, "law_concentration"));
    if (is(g, "law", "gaussian"))
        strcpy(law, "gaussian");
    if (has(g, "pair_concentration") || is(g, "pairs", "independent"))
        snprintf(pairs, sizeof pairs, "vmf:%.17g", golden_number(g, "pair_concentration", 0));
    if (json_is_array(m))
        snprintf(negatives, sizeof negatives, "%.0f,%.0f", json_number_value(json_array_get(m, 0)),
                 json_number_value(json_array_get(m, 1)));
    else if (json_is_number(m))
        snprintf(negatives, sizeof negatives, "%.0f", json_number_value(m));
    else if (has(g, "batch_size"))
        snprintf(negatives, sizeof negatives, "%.0f", 2 * number(g, "batch_size") - 2);
    else if (is(g, "loss", "ntxent") || has(g, "coupled_negatives"))
        strcpy(negatives, "2");
    at(&pl_bounds_infonce_limit,
       "--dim %.0f --kappa %s --law %s --pairs %s --negatives %s --loss %s%s%s",
       golden_number(g, "dim", 3), kappa, law, pairs, negatives, golden_text(g, "loss", "infonce"),
       has(g, "coupled_negatives") ? "-couples" : "", more);
}

static double limit_value(const golden_value *g, const char *column) {
    limit_table(g, "");
    return value(column);
}

/* A rule: one of these functions, and what it reads. */
typedef double rule_function(const golden_value *g, const char *column);

static double second_order(const golden_value *g, const char *column) {
    (void)column;
    limit_table(g, "");
    double m = value("negatives");
    return m * m * (value("deviation") - value("c1_over_m"));
}

/* phi(a) solved from the lower bound R/M - phi (V/M + R^2/M^2) at M = 1. */
static double phi(const golden_value *g, const char *column) {
    (void)column;
    limit_table(g, "");
    double r = value("positive_ratio"), v = value("relative_variance");
    return (r - value("lower")) / (v + r * r);
}

static double slope(const golden_value *g, const char *column) {
    (void)column;
    limit_table(g, "");
    double s = log(fabs(cell("deviation", 1) / cell("deviation", 0))) /
               log(cell("negatives", 1) / cell("negatives", 0));
    return has(g, "exact_rate") ? s - number(g, "exact_rate") : s;
}

static double noisy_couples(const golden_value *g, const char *column) {
    limit_table(g, has(g, "pair_concentration") ? " --method monte-carlo --replicates 200" : "");
    return value(column);
}

static double couples_apart(const golden_value *g, const char *column) {
    (void)column;
    at(&pl_bounds_infonce_limit, "--loss ntxent --dim %.0f --kappa %.17g --negatives %.0f",
       number(g, "dim"), number(g, "kappa"), 2 * number(g, "batch_size") - 2);
    return value("deviation") - value("independent_deviation");
}

/* With couples the bound is -phi V (1 + rho), rho = 1: half of it is the independent one. */
static double independent_gap(const golden_value *g, const char *column) {
    (void)column;
    limit_table(g, "");
    return value("scaled_deviation") - value("negatives") * value("lower") / 2;
}

static double information(const golden_value *g, const char *column) {
    at(&pl_bounds_infonce_limit, "--dim %.0f --kappa 1 --pairs vmf:%.17g --negatives 1",
       number(g, "dim"), number(g, "pair_concentration"));
    return value(column);
}

static double range(const golden_value *g, const char *column) {
    limit_table(g, "");
    ck_rel(value("least"), json_number_value(json_array_get(g->value, 0)), g->tolerance);
    ck_rel(value("most"), json_number_value(json_array_get(g->value, 1)), g->tolerance);
    (void)column;
    return NAN;
}

static double terms(const golden_value *g, const char *column) {
    at(&pl_bounds_limit_terms, "--dim %.0f --law %s --concentration %.17g --kappa %.17g",
       golden_number(g, "dim", 2), law_name(g), golden_number(g, "law_concentration", 0),
       has(g, "t") ? 2 * number(g, "t") : number(g, "kappa"));
    return value(column);
}

/* The limit with negatives of the uniform law in place of the features' own is off by the excess.
 */
static double mismatch(const golden_value *g, const char *column) {
    double excess = terms(g, column);
    at(&pl_bounds_infonce_limit,
       "--dim %.0f --kappa %.17g --law vmf:%.17g --negative-law uniform --negatives 1000000000",
       number(g, "dim"), number(g, "kappa"), number(g, "law_concentration"));
    ck_close(-value("deviation"), excess, 1e-8);
    return excess;
}

static double distance(const golden_value *g, const char *column) {
    char pairs[64];
    const char *law = law_name(g);
    if (is(g, "pairs", "aligned"))
        strcpy(pairs, "aligned");
    else if (is(g, "pairs", "vmf"))
        snprintf(pairs, sizeof pairs, "vmf:%.17g", number(g, "pair_concentration"));
    else if (strcmp(law, "vmf") == 0)
        snprintf(pairs, sizeof pairs, "shuffled:%.17g", number(g, "law_concentration"));
    else
        strcpy(pairs, strcmp(law, "antipodal") == 0 ? "antipodal" : "independent");
    at(&pl_bounds_distances, "--dim %.0f --pairs %s --kappa %.17g", golden_number(g, "dim", 2),
       pairs, golden_number(g, "kappa", 2));
    if (number(g, "power") == 1)
        return value("mean_distance");
    if (number(g, "power") == 2)
        ck_close(value("closed_form"), g->number, fmax(g->tolerance, 1e-13));
    return value(column);
}

/* Similarities across the golden pair's first side, its rows scaled to unit norm. */
static void unit_rows(double u[GOLDEN_ROWS][GOLDEN_DIM]) {
    double y[GOLDEN_ROWS][GOLDEN_DIM];
    golden_pair((pl_mat){u[0], GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_DIM},
                (pl_mat){y[0], GOLDEN_ROWS, GOLDEN_DIM, GOLDEN_DIM});
    for (size_t i = 0; i < GOLDEN_ROWS; i++) {
        double square = 0;
        for (size_t k = 0; k < GOLDEN_DIM; k++)
            square += u[i][k] * u[i][k];
        for (size_t k = 0; k < GOLDEN_DIM; k++)
            u[i][k] /= sqrt(square);
    }
}

static double derangements(const golden_value *g, const char *column) {
    double u[GOLDEN_ROWS][GOLDEN_DIM], square = 0, shifted = 0, n = GOLDEN_ROWS;
    (void)column;
    unit_rows(u);
    for (size_t k = 0; k < GOLDEN_DIM; k++) {
        double m = 0;
        for (size_t i = 0; i < GOLDEN_ROWS; i++) {
            m += u[i][k] / n;
            shifted += u[i][k] * u[(i + 1) % GOLDEN_ROWS][k] / n;
        }
        square += m * m;
    }
    return has(g, "permutation") ? shifted : (n * square - 1) / (n - 1);
}

static double finite_support(const golden_value *g, const char *column) {
    at(&pl_bounds_batch_optimum, "--loss second-term --dim %.0f --batch %.0f --kappa %.17g",
       number(g, "dim"), number(g, "points"), number(g, "kappa"));
    ck_close(value("simplex"), g->number, 1e-13);
    ck_close(value("least"), g->number, 1e-12);
    return value(column);
}

static double square_energy(const golden_value *g, const char *column) {
    (void)column;
    at(&pl_bounds_kernels, "--dim 2 --kernel single-negative:%.17g", number(g, "tau"));
    return value("energy_square") - value("energy_uniform");
}

static void witness_table(const golden_value *g, const char *configuration) {
    char name[64];
    dimension(configuration, name);
    at(&pl_bounds_single_negative, "--dim %.0f --tau %.17g --witness %s --negatives %.0f",
       number(g, "dim"), number(g, "tau"), *name ? name : "cross-polytope",
       golden_number(g, "negatives", 1));
}

static double witness(const golden_value *g, const char *column) {
    const char *name = golden_text(g, "witness", golden_text(g, "law", ""));
    bool uniform = strcmp(name, "uniform") == 0;
    witness_table(g, uniform ? "" : name);
    return value(uniform ? "loss_uniform" : column);
}

static double negative_order(const golden_value *g, const char *column) {
    at(&pl_bounds_single_negative, "--dim %.0f --tau %.17g --witness cross-polytope",
       number(g, "dim"), golden_number(g, "tau", 1));
    return value(column);
}

static double monotone(const golden_value *g, const char *column) {
    at(&pl_bounds_monotonicity, "--tau %.17g --t %.17g", golden_number(g, "tau", 0.5),
       golden_number(g, "x", 0.5));
    return value(column);
}

/* a_n = 2 h_n, by the residue series and by quadrature. */
static double circle_coefficient(const golden_value *g, const char *column) {
    size_t row = (size_t)number(g, "order") - 1;
    at(&pl_bounds_kernels, "--dim 2 --kernel single-negative:%.17g --orders %zu", number(g, "tau"),
       row + 1);
    ck_close(2 * cell("coefficient", row), g->number, g->tolerance);
    return 2 * cell(column, row);
}

static double kernel_value(const golden_value *g, const char *column) {
    static const char *const energies[][2] = {{"uniform", "energy_uniform"},
                                              {"antipodal_pair", "energy_antipodal"},
                                              {"dirac", "energy_dirac"}};
    char kernel[64];
    snprintf(kernel, sizeof kernel, "%s", golden_text(g, "kernel", "gaussian"));
    for (char *c = kernel; *c; c++)
        *c = *c == '_' ? '-' : *c;
    if (strcmp(kernel, "gaussian") == 0)
        snprintf(kernel, sizeof kernel, "gaussian:%.17g", number(g, "t"));
    at(&pl_bounds_kernels, "--dim %.0f --kernel %s --orders 40", number(g, "dim"), kernel);
    if (has(g, "order")) {
        size_t row = (size_t)number(g, "order") - 1;
        ck_close(cell("coefficient", row), g->number, fmax(g->tolerance, 1e-13));
        return cell("closed_form", row);
    }
    for (size_t i = 0; has(g, "law") && i < TEST_COUNT(energies); i++)
        if (is(g, "law", energies[i][0]))
            return value(energies[i][1]);
    return value(column);
}

static double potential(const golden_value *g, const char *column) {
    at(&pl_bounds_uniformity, "--dim %.0f --law %s --concentration %.17g --t %.17g",
       number(g, "dim"), law_name(g), golden_number(g, "law_concentration", 0), number(g, "t"));
    ck_rel(value("potential_quadrature"), value("potential"), 1e-12);
    return value(column);
}

static double batches(const golden_value *g, const char *column) {
    if (has(g, "configuration"))
        at(&pl_bounds_uniformity_batches, "--dim 2 --t %.17g --configuration %s", number(g, "t"),
           golden_text(g, "configuration", ""));
    else
        at(&pl_bounds_uniformity_batches, "--dim %.0f --t %.17g --batch %.0f --exact",
           number(g, "dim"), number(g, "t"), golden_number(g, "batch_size", 2));
    return value(column);
}

static double configuration(const golden_value *g, const char *column) {
    char name[64];
    size_t d = dimension(golden_text(g, "configuration", "antipodal"), name);
    at(&pl_bounds_configurations, "--dim %.0f --t %.17g --configuration %s",
       golden_number(g, "dim", (double)d), number(g, "t"), name);
    if (value("has_known") == 1 && strcmp(name, "cap") != 0)
        ck_rel(value("known"), value("potential"), 1e-12);
    return value(column);
}

/* The bound on the mean's square needs no minimiser, only N points. */
static double mean_bound(const golden_value *g, const char *column) {
    double n = number(g, "points"), d = number(g, "dim");
    if (n == 2 * d)
        at(&pl_bounds_configurations, "--dim %.0f --configuration cross-polytope", d);
    else
        at(&pl_bounds_configurations, "--dim %.0f --points %.0f --starts 1", d, n);
    return value(column);
}

static double aliasing(const golden_value *g, const char *column) {
    at(&pl_bounds_uniformity, "--dim 2 --law %.0f-gon --t %.17g", number(g, "points"),
       number(g, "t"));
    return value(column);
}

static double batch_optimum(const golden_value *g, const char *column) {
    double n = number(g, "batch_size");
    at(&pl_bounds_batch_optimum, "--loss %s --dim %.0f --batch %.0f --kappa %.17g --starts 0",
       golden_text(g, "loss", ""), fmax(2, n - 1), n, number(g, "kappa"));
    ck_rel(value("simplex"), g->number, 1e-12);
    return value(column);
}

static double entropy(const golden_value *g, const char *column) {
    at(&pl_bounds_kde_entropy, "--kappa %.17g --normaliser-kappa %.17g%s", number(g, "kappa"),
       golden_number(g, "normaliser_kappa", number(g, "kappa")),
       has(g, "self_term") ? " --drop-self" : "");
    return value(column);
}

static const struct {
    const char *claim, *quantity;
    rule_function *rule;
    const char *column;
} rules[] = {
    {"WANG20.THM1.LIM", "limit", limit_value, "limit"},
    {"WANG20.THM1.LIM", "deviation", limit_value, "deviation"},
    {"WANG20.THM1.LIM", "second_term_mismatch", mismatch, "excess"},
    {"WANG20.THM1.1", "alignment", distance, "squared_distance"},
    {"WANG20.THM1.1", "first_term", distance, "first_term"},
    {"WANG20.THM1.1", "mean_similarity_over_derangements", derangements, NULL},
    {"WANG20.THM1.1", "mean_similarity", derangements, NULL},
    {"WANG20.THM1.2", "second_term", terms, "second_term"},
    {"WANG20.THM1.2", "excess", terms, "excess"},
    {"WANG20.THM1.2", "kl_smoothed_to_uniform", terms, "kl_smoothed"},
    {"WANG20.THM1.2", "smoothing_kernel_minimum", terms, "least_smoothing"},
    {"WANG20.THM1.2", "log_inside_energy", terms, "log_inside"},
    {"WANG20.THM1.2", "finite_support_bound", finite_support, "closed_form"},
    {"WANG20.THM1.2", "energy_minus_uniform", square_energy, NULL},
    {"WANG20.THM1.3", "rate_bound", limit_value, "rate_bound"},
    {"WANG20.THM1.3", "rate_bound_range", limit_value, "rate_bound_range"},
    {"WANG20.THM1.RATE", "c1", limit_value, "c1"},
    {"WANG20.THM1.RATE", "c2", limit_value, "c2"},
    {"WANG20.THM1.RATE", "positive_ratio", limit_value, "positive_ratio"},
    {"WANG20.THM1.RATE", "mean_positive_ratio", limit_value, "positive_ratio"},
    {"WANG20.THM1.RATE", "relative_variance", limit_value, "relative_variance"},
    {"WANG20.THM1.RATE", "phi", phi, NULL},
    {"WANG20.THM1.RATE", "loss", limit_value, "loss"},
    {"WANG20.THM1.RATE", "deviation", limit_value, "deviation"},
    {"WANG20.THM1.RATE", "scaled_deviation", limit_value, "scaled_deviation"},
    {"WANG20.THM1.RATE", "second_order", second_order, NULL},
    {"WANG20.THM1.RATE", "lower", limit_value, "lower"},
    {"WANG20.THM1.RATE", "upper", limit_value, "upper"},
    {"WANG20.THM1.RATE", "slope", slope, NULL},
    {"WANG20.THM1.RATE", "slope_distance", slope, NULL},
    {"WANG20.THM1.NTX", "c1", noisy_couples, "c1"},
    {"WANG20.THM1.NTX", "couple_correlation", noisy_couples, "couple_correlation"},
    {"WANG20.THM1.NTX", "loss", limit_value, "loss"},
    {"WANG20.THM1.NTX", "scaled_deviation", limit_value, "scaled_deviation"},
    {"WANG20.THM1.NTX", "loss_minus_independent", couples_apart, NULL},
    {"WANG20.THM1.DCL", "scaled_deviation_limit", limit_value, "c1"},
    {"WANG20.THM1.DCL", "loss", limit_value, "loss"},
    {"WANG20.THM1.DCL", "scaled_deviation", limit_value, "scaled_deviation"},
    {"WANG20.THM1.DCL", "gap", independent_gap, NULL},
    {"WANG20.THM2", "first_negative_order", negative_order, "first_negative_order"},
    {"WANG20.THM2", "zonal_coefficient", negative_order, "zonal_coefficient"},
    {"WANG20.THM2", "third_derivative", monotone, "third_derivative"},
    {"WANG20.THM2", "complete_monotonicity_threshold", monotone, "threshold"},
    {"WANG20.THM2", "loss", witness, "loss_witness"},
    {"WANG20.THM2", "witness_minus_uniform", witness, "difference"},
    {"WANG20.THM2", "witness_minus_uniform_limit", witness, "limit_difference"},
    {"WANG20.THM2", "kappa_star", negative_order, "kappa_star"},
    {"WANG20.THM2", "tau_star", negative_order, "tau_star"},
    {"WANG20.THM2", "circle_coefficient", circle_coefficient, "closed_form"},
    {"WANG20.PROP1", "zonal_coefficient", kernel_value, NULL},
    {"WANG20.PROP1", "energy", kernel_value, NULL},
    {"WANG20.PROP1", "energy_minus_uniform", square_energy, NULL},
    {"WANG20.PROP2", "mean_vector_bound", mean_bound, "first_bound"},
    {"WANG20.PROP2", "mean_potential_distinct", configuration, "potential"},
    {"WANG20.PROP2", "lower", configuration, "lower"},
    {"WANG20.PROP2", "upper", configuration, "upper"},
    {"WANG20.PROP3", "uniformity_lower_bound", potential, "lower"},
    {"WANG20.PROP3", "mean_potential", potential, "potential"},
    {"WANG20.PROP3.EST", "mean_potential", potential, "potential"},
    {"WANG20.PROP3.EST", "potential_variance", batches, "exact_variance_u"},
    {"WANG20.PROP3.EST", "u_statistic_variance", batches, "exact_variance_u"},
    {"WANG20.PROP3.EST", "paper_lower_bound", batches, "paper_lower"},
    {"WANG20.PROP3.EST", "jensen_lower_bound", batches, "jensen_lower"},
    {"WANG20.PROP3.EST", "relative_standard_deviation", batches, "relative_deviation"},
    {"WANG20.PROP3.EST", "log_bias_approximation", batches, "log_bias"},
    {"WANG20.PROP3.EST", "log_bias", batches, "log_bias_two"},
    {"WANG20.PROP3.EST", "mean_v_statistic", batches, "exact_mean_v"},
    {"WANG20.PROP3.EST", "u_statistic", batches, "least_log_u"},
    {"WANG20.PROP3.EST", "eigenvalue_square_sum", kernel_value, "square_sum"},
    {"WANG20.PROP3.EST", "limit_skewness", kernel_value, "limit_skewness"},
    {"WANG20.OPTCFG", "mean_potential_distinct", configuration, "potential"},
    {"WANG20.OPTCFG", "log_mean_potential_distinct", configuration, "log_potential"},
    {"WANG20.OPTCFG", "mean_potential_with_self", configuration, "with_self"},
    {"WANG20.OPTCFG", "aliasing_sum", aliasing, "potential"},
    {"WANG20.BATCH.OPT", "minimum", batch_optimum, "closed_form"},
    {"WANG20.ENT", "mean_log_mean_exponential", entropy, "mean_log"},
    {"WANG20.ENT", "kde_entropy", entropy, "entropy"},
    {"WANG20.ENT", "identity_residual", entropy, "residual"},
    {"WANG20.AU", "log_mean_potential", terms, "log_mean"},
    {"WANG20.AU", "uniformity", terms, "uniformity"},
    {"WANG20.AU", "upper", terms, "au_upper"},
    {"WANG20.AU", "lower", terms, "au_lower"},
    {"WANG20.EUCL", "mean_distance", distance, "mean_distance"},
    {"WANG20.EUCL", "mean_squared_distance", distance, "squared_distance"},
    {"WANG20.LOGPOS", "energy", terms, "log_inside"},
    {"WANG20.MI", "mutual_information", information, "mutual_information"},
    {"WANG20.MI", "loss", limit_value, "loss"},
    {"WANG20.MI", "lower_bound_on_information", limit_value, "information_bound"},
    {"WANG20.MI", "scaled_deviation", limit_value, "scaled_deviation"},
    {"WANG20.MI", "loss_range", range, NULL},
};

static bool used[TEST_COUNT(rules)];
static size_t checked;

static void check(const golden_value *g) {
    if (strncmp(g->claim, "WANG20.", 7) != 0)
        return;
    for (size_t i = 0; i < TEST_COUNT(rules); i++) {
        if (strcmp(rules[i].claim, g->claim) != 0 || strcmp(rules[i].quantity, g->quantity) != 0)
            continue;
        double got = rules[i].rule(g, rules[i].column);
        used[i] = true;
        checked++;
        ck_assert_msg(json_is_array(g->value) || fabs(got - g->number) <= g->tolerance,
                      "%s %s %s: %.17g, expected %.17g within %.3g (off by %.3g), from %s",
                      g->claim, g->quantity, json_dumps(g->parameters, JSON_COMPACT), got,
                      g->number, g->tolerance, fabs(got - g->number), last);
        return;
    }
    ck_abort_msg("%s %s: no rule covers this reference value", g->claim, g->quantity);
}

/* Fails if any printed value were not met by the program that states it, or covered by no rule, or
 * if a rule covered nothing. */
START_TEST(every_reference_value) {
    ctx = pl_ctx_new();
    golden_each("bounds.json", NULL, NULL, check);
    ck_assert_uint_ge(checked, 1100);
    for (size_t i = 0; i < TEST_COUNT(rules); i++)
        ck_assert_msg(used[i], "the rule for %s %s covers nothing", rules[i].claim,
                      rules[i].quantity);
    pl_table_free(table);
    pl_ctx_free(ctx);
}
END_TEST

int main(void) {
    const TTest *const tests[] = {every_reference_value};
    return test_main("bounds/wang20_golden", tests, TEST_COUNT(tests));
}
