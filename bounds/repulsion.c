/* LEE25, repulsion upper bound: for balanced classes, unit features and prototypes of norm nu,
 *     max_{y' != y} s(z, mu_y') <= E_T' (1/(nu alpha)) log E_X' e^{alpha s(z, f(T'X'))}
 *                                  + (1/(nu alpha)) log n,
 * which needs nu to be the prototypes' common norm, or their least norm where the left side is
 * >= 0. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/search.h"
#include "bounds/view_data.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"alpha", PL_OPT_REAL, "2", 1e-6, 1e6, NULL, NULL, "inverse temperature of the bound", 0},
    {"nu", PL_OPT_SPEC, "min", 1e-12, 1e12, "min|common|VALUE", NULL,
     "prototype norm: the least, the common one (refused when there is none), a value", 0},
    {"prior", PL_OPT_SPEC, "balanced", 0, 0, "balanced|smallest", NULL,
     "log n as published, or log 1/pi_min, which unbalanced classes need", 0},
    {"data", PL_OPT_SPEC, "views", 0, 0, "views|population|golden|h3f|h4f|h4bf|h3|h4|h4b|unequal",
     NULL,
     "generated views, simplex classes in closed form, the golden set, a counterexample (h3, h4, "
     "h4b: as laws)",
     0},
    VIEW_DATA_OPTIONS,
    SEARCH_OPTIONS("unit|balance|common-norm|nu"),
    {0}};

static const pl_column columns[] = {
    {"class", "1", "class y of the anchor", false},
    {"image", "1", "image of the anchor", false},
    {"view", "1", "view that is the anchor", false},
    {"lhs", "1", "max over other classes of s(z, mu_y')", false},
    {"rhs", "1", "log-mean-exp over the features + log n, over nu alpha", false},
    {"gap", "1", "rhs - lhs; negative where the bound is violated", false},
    {"margin", "1", "s(z, mu_y) - lhs, which the gap cannot fall below for equal norms", false},
    {"rhs_without_own", "1", "rhs with the anchor's own class left out", false},
    {"gap_minus_margin", "1", "what the gap has beyond the margin; >= 0 for equal norms", false},
    {"applies", "1", "1 where the hypotheses are met", false},
    {0}};

static pl_status summarise(pl_ctx *ctx, pl_table *t, double nu, double log_n) {
    pl_status status = PL_OK;
    size_t n = pl_table_rows(t), violations = 0, outside = 0, among = 0;
    double *lhs = NULL, *rhs = NULL, least = INFINITY, most = -INFINITY;
    PL_NEW(ctx, lhs, n);
    PL_NEW(ctx, rhs, n);
    for (size_t i = 0; i < n; i++) {
        lhs[i] = pl_table_at(t, i, 3);
        rhs[i] = pl_table_at(t, i, 4);
        double gap = rhs[i] - lhs[i];
        least = fmin(least, gap);
        most = fmax(most, gap);
        bool applies = pl_table_at(t, i, 9) > 0;
        outside += !applies;
        violations += gap < -1e-12;
        among += applies && gap < -1e-12;
    }
    double mean_lhs = pl_mean(lhs, n), mean_rhs = pl_mean(rhs, n);
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"mean_lhs", "mean of the left side", mean_lhs},
                {"mean_rhs", "mean of the bound", mean_rhs},
                {"mean_gap", "mean gap", mean_rhs - mean_lhs},
                {"min_gap", "least gap", least},
                {"max_gap", "largest gap", most},
                {"violations", "anchors whose gap is negative", (double)violations},
                {"violations_inside", "of them, anchors that meet the hypotheses", (double)among},
                {"violation_rate", "share of anchors whose gap is negative",
                 (double)violations / (double)n},
                {"outside", "anchors that miss a hypothesis", (double)outside},
                {"nu", "prototype norm used", nu},
                {"log_n", "log n, or log 1/pi_min", log_n}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value));
done:
    pl_free(lhs);
    pl_free(rhs);
    return status;
}

static double exponential(double s, const void *alpha) {
    return exp(*(const double *)alpha * (s - 1));
}

/* n vMF(kc) classes at the vertices of a simplex, anchor z = mu_1: nu = A(kc), lhs = -1/(n-1),
 * rhs = [log((r(1) + (n-1) r(-1/(n-1)))/n) + log n]/(nu alpha), r(s) = c(|alpha v + kc mu|)/c(kc);
 * beside it the same by quadrature over each class's law. */
static pl_status population(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    pl_zonal own = {0}, other = {0};
    double kc, nu_given, n = (double)pl_option_int(o, "classes");
    double d = (double)pl_option_int(o, "dim"), alpha = pl_option_real(o, "alpha");
    if (strcmp(pl_option_spec(o, "class-law", &kc), "vmf") != 0 || !(kc > 0))
        return pl_fail(ctx, PL_EUSAGE, "--data population needs --class-law vmf:KC with KC > 0");
    if (n > d + 1)
        return pl_fail(ctx, PL_EDOMAIN,
                       "%.0f classes have no simplex in dimension %.0f; at most %.0f", n, d, d + 1);
    double nu =
        strcmp(pl_option_spec(o, "nu", &nu_given), "VALUE") == 0 ? nu_given : pl_resultant(d, kc);
    double far = -1 / (n - 1), log_c = pl_log_c(d, kc);
    double r1 = exp(pl_log_c(d, alpha + kc) - log_c);
    double r2 = exp(pl_log_c(d, sqrt(alpha * alpha + kc * kc + 2 * alpha * kc * far)) - log_c);
    double rhs = (log((r1 + (n - 1) * r2) / n) + log(n)) / (nu * alpha);
    double without = (log(r2) + log(n - 1)) / (nu * alpha);
    PL_TRY(pl_zonal_new_tilted(ctx, (size_t)d, kc, 1, &own));
    PL_TRY(pl_zonal_new_tilted(ctx, (size_t)d, kc, far, &other));
    double q1 = pl_zonal_mean(&own, exponential, &alpha);
    double q2 = pl_zonal_mean(&other, exponential, &alpha);
    PL_TRY(pl_table_add(
        ctx, out, (double[]){0, 0, 0, far, rhs, rhs - far, 1 - far, without, rhs - 1, 1}, NULL));
    PL_TRY(summarise(ctx, out, nu, log(n)));
    PL_TRY(pl_table_summarise(ctx, out, "rhs_by_quadrature", "1", "rhs over each class's own law",
                              (alpha + log((q1 + (n - 1) * q2) / n) + log(n)) / (nu * alpha)));
done:
    pl_zonal_free(&own);
    pl_zonal_free(&other);
    return status;
}

/* The counterexamples as laws of the similarity, one value a class, without the anchor itself: the
 * share of each class, its similarity, s(z, mu_y) of the anchor's own (theory notes, Appendix R, H3
 * to H4b); "unequal" has prototypes of norms 1 and 0.1, where the gap falls below the margin. */
static const struct law {
    const char *name;
    double alpha, nu, lhs, own, share[2], s[2];
} laws[] = {{"h3", 10, 0.1, -0.5, -1, {0.5, 0.5}, {-0.1, -0.5}},
            {"h4", 2, 1, 1, -1, {0.999, 0.001}, {-1, 1}},
            {"h4b", 8, 1, 1, 1, {0.5, 0.5}, {0.5, 0.5}},
            {"unequal", 8, 0.1, -1, -0.5, {0.5, 0.5}, {-0.5, -0.1}}};

static const struct law *law_named(const char *name) {
    for (size_t i = 0; i < sizeof laws / sizeof *laws; i++)
        if (strcmp(laws[i].name, name) == 0)
            return &laws[i];
    return NULL;
}

static pl_status from_law(pl_ctx *ctx, const pl_options *o, const struct law *law, pl_table *out) {
    pl_status status;
    double nu, alpha = law->alpha, nan = NAN;
    if (strcmp(pl_option_spec(o, "nu", &nu), "VALUE") != 0)
        nu = law->nu;
    bool smallest = strcmp(pl_option_spec(o, "prior", NULL), "smallest") == 0;
    double log_n = smallest ? -log(fmin(law->share[0], law->share[1])) : log(2);
    double sum = law->share[0] * exp(alpha * law->s[0]) + law->share[1] * exp(alpha * law->s[1]);
    double rhs = (log(sum) + log_n) / (nu * alpha);
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){0, nan, nan, law->lhs, rhs, rhs - law->lhs, law->own - law->lhs,
                                   nan, rhs - law->own, 0},
                        NULL));
    PL_TRY(summarise(ctx, out, nu, log_n));
done:
    return status;
}

/* --search: two classes of single views, with multiplicities. Without 'nu' it is 1. */
static pl_status searched(pl_ctx *ctx, const pl_options *o, view_data *out) {
    pl_status status;
    const char *hypothesis = pl_option_spec(o, "search", NULL);
    const search_problem problem = {.hypothesis = hypothesis,
                                    .images = 5,
                                    .views = 1,
                                    .dim = SEARCH_MOST_DIM,
                                    .classes = 2,
                                    .most_times = 1000,
                                    .unit = strcmp(hypothesis, "unit") != 0,
                                    .balanced = strcmp(hypothesis, "balance") != 0,
                                    .alpha = pl_option_real(o, "alpha"),
                                    .remedy = "a larger --alpha, as 4, or another --seed",
                                    .gap = search_repulsion_gap};
    PL_TRY(search_views(ctx, o, &problem, "repulsion", out));
    if (strcmp(hypothesis, "nu") == 0)
        out->nu = 1;
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    const char *data = pl_option_spec(o, "data", NULL);
    view_data v = {0};
    double *lhs = NULL, *rhs = NULL, *without = NULL, *margin = NULL, *means = NULL, *norms = NULL;
    size_t *sizes = NULL, smallest;
    double nu = 0;
    PL_TRY(search_options_check(ctx, o));
    if (pl_option_has(o, "search"))
        PL_TRY(searched(ctx, o, &v));
    else if (strcmp(data, "population") == 0 && !pl_option_has(o, "features"))
        return population(ctx, o, out);
    else if (law_named(data) && !pl_option_has(o, "features"))
        return from_law(ctx, o, law_named(data), out);
    else
        PL_TRY(view_data_new(ctx, o, data, true, &v));
    size_t classes = v.views.classes, d = v.views.z.cols;
    size_t n = v.anchor_only == SIZE_MAX ? v.views.images * v.views.views : 1;
    PL_NEW(ctx, lhs, n);
    PL_NEW(ctx, rhs, n);
    PL_NEW(ctx, without, n);
    PL_NEW(ctx, margin, n);
    PL_NEW(ctx, means, classes * d);
    PL_NEW(ctx, norms, classes);
    PL_NEW(ctx, sizes, classes);
    PL_TRY(pl_prototypes(ctx, &v.views, (pl_mat){means, classes, d, d}, norms, sizes));
    double least, most;
    PL_TRY(view_data_nu(ctx, o, &v, norms, &nu));
    view_data_extremes(norms, classes, &least, &most);
    bool balanced = view_data_balanced(&v, &smallest);
    bool by_smallest = strcmp(pl_option_spec(o, "prior", NULL), "smallest") == 0;
    double log_n =
        by_smallest ? log((double)v.views.images / (double)smallest) : log((double)classes);
    if (!balanced && !by_smallest)
        pl_table_unmet(out, "balanced classes; pass --prior smallest");
    bool common = fabs(nu - least) <= 1e-9 && most - least <= 1e-9;
    double alpha = isnan(v.alpha) ? pl_option_real(o, "alpha") : v.alpha;
    size_t first = v.anchor_only;
    PL_TRY(pl_repulsion(ctx, &v.views, alpha, nu, log_n, first == SIZE_MAX ? NULL : &first, n, lhs,
                        rhs, without, margin));
    for (size_t i = 0; i < n; i++) {
        bool applies = common || (nu <= least + 1e-12 && lhs[i] >= 0);
        PL_TRY(
            pl_table_add(ctx, out,
                         (double[]){(double)v.label[i / v.views.views], (double)(i / v.views.views),
                                    (double)(i % v.views.views), lhs[i], rhs[i], rhs[i] - lhs[i],
                                    margin[i], without[i], rhs[i] - lhs[i] - margin[i], applies},
                         NULL));
    }
    PL_TRY(summarise(ctx, out, nu, log_n));
done:
    pl_free(lhs);
    pl_free(rhs);
    pl_free(without);
    pl_free(margin);
    pl_free(means);
    pl_free(norms);
    pl_free(sizes);
    view_data_free(&v);
    return status;
}

const pl_program pl_bounds_repulsion = {
    .name = "repulsion",
    .summary = "the repulsion bound's two sides, gap and margin, anchor by anchor",
    .details = "max over other classes of s(z, mu_y') <= E (1/(nu alpha)) log E e^{alpha s} + "
               "log n/(nu alpha),\nfor balanced classes with prototypes of norm nu.",
    .source = "LEE25, repulsion upper bound",
    .positional = "features labels",
    .options = options,
    .columns = columns,
    .run = run};
