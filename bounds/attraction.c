/* LEE25, attraction upper bound: for an anchor z = f(t x) and m = E_T f(T x),
 *     -s(z, m) <= -E_T s(z, f(T x))        whenever E_T s(z, f(T x)) >= 0
 * for unit features; averaged over the anchor's own view it holds always, with gap |m| - |m|^2. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/search.h"
#include "bounds/view_data.h"
#include "math/sphere.h"
#include "math/stats.h"
#include "math/zonal.h"

static const pl_option options[] = {
    {"data", PL_OPT_SPEC, "views", 0, 0, "views|population|golden|ce1|ce2", NULL,
     "generated views, their law by quadrature, the golden set, a counterexample", 0},
    VIEW_DATA_OPTIONS,
    SEARCH_OPTIONS("sign|unit"),
    {0}};

static const pl_column columns[] = {
    {"class", "1", "class of the anchor's image", false},
    {"image", "1", "image of the anchor", false},
    {"view", "1", "view that is the anchor", false},
    {"weight", "1", "share of the anchor in the means", false},
    {"lhs", "1", "-s(z, m), attraction to the mean view", false},
    {"rhs", "1", "-E s(z, z'), mean attraction to the views", false},
    {"gap", "1", "rhs - lhs; negative where the bound is violated", false},
    {"mean_similarity", "1", "z.m = E s(z, z'), which the bound needs to be >= 0", false},
    {"applies", "1", "1 where the hypotheses are met", false},
    {0}};

/* Weighted means over the rows of the table, and the extreme gaps. */
static pl_status summarise(pl_ctx *ctx, pl_table *t) {
    pl_status status = PL_OK;
    size_t n = pl_table_rows(t), violations = 0, outside = 0;
    double lhs = 0, rhs = 0, share = 0, least = INFINITY, most = -INFINITY;
    for (size_t i = 0; i < n; i++) {
        double w = pl_table_at(t, i, 3), gap = pl_table_at(t, i, 6);
        lhs += w * pl_table_at(t, i, 4);
        rhs += w * pl_table_at(t, i, 5);
        least = fmin(least, gap);
        most = fmax(most, gap);
        violations += gap < -1e-12;
        share += gap < -1e-12 ? w : 0;
        outside += pl_table_at(t, i, 8) == 0;
    }
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"mean_lhs", "mean of -s(z, m)", lhs},
                {"mean_rhs", "mean of -E s(z, z')", rhs},
                {"mean_gap", "mean gap", rhs - lhs},
                {"min_gap", "least gap", least},
                {"max_gap", "largest gap", most},
                {"violations", "anchors whose gap is negative", (double)violations},
                {"violation_rate", "their share", share},
                {"outside", "anchors that miss a hypothesis", (double)outside}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value));
done:
    return status;
}

/* The population of vMF(mu, k) views: an anchor z with z.mu = s has z.m = s A and |m| = A, so
 * lhs = -s, rhs = -s A; rows are the nodes of the quadrature over s. */
static pl_status population(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    pl_zonal rule = {0};
    double k;
    size_t d = (size_t)pl_option_int(o, "dim");
    if (strcmp(pl_option_spec(o, "law", &k), "uniform") == 0)
        k = 0;
    double a = pl_resultant((double)d, k), negative;
    if (!(a > 0))
        return pl_fail(ctx, PL_EDOMAIN, "--law %s has mean vector 0, which has no direction",
                       pl_option_text(o, "law"));
    PL_TRY(pl_far_hemisphere(ctx, d, k, &negative));
    PL_TRY(pl_zonal_new(ctx, d, k, &rule));
    double nan = NAN;
    for (size_t i = 0; i < rule.n; i++) {
        double s = rule.s[i];
        PL_TRY(pl_table_add(
            ctx, out, (double[]){nan, nan, nan, rule.w[i], -s, -s * a, s * (1 - a), s * a, s >= 0},
            NULL));
    }
    PL_TRY(summarise(ctx, out));
    PL_TRY(pl_table_summarise(ctx, out, "violation_probability", "1",
                              "P(z.mu < 0), where the pointwise bound fails", negative));
    PL_TRY(pl_table_summarise(ctx, out, "closed_lhs", "1", "-A(d, k)", -a));
    PL_TRY(pl_table_summarise(ctx, out, "closed_rhs", "1", "-A(d, k)^2", -a * a));
done:
    pl_zonal_free(&rule);
    return status;
}

/* |m| and |m|^2 averaged over images: what the two sides are after averaging over the anchor's own
 * view, whatever the sign (THM1.AVG). */
static pl_status summarise_norms(pl_ctx *ctx, const pl_views *v, bool unit, pl_table *out) {
    pl_status status = PL_OK;
    double *norm = NULL, *square = NULL;
    size_t d = v->z.cols;
    PL_NEW(ctx, norm, v->images);
    PL_NEW(ctx, square, v->images);
    for (size_t i = 0; i < v->images; i++) {
        for (size_t j = 0; j < d; j++) {
            double m = 0;
            for (size_t t = 0; t < v->views; t++)
                m += v->z.a[(i * v->views + t) * v->z.ld + j];
            m /= (double)v->views;
            square[i] += m * m;
        }
        norm[i] = sqrt(square[i]);
    }
    PL_TRY(pl_table_summarise(ctx, out, "closed_lhs", "1", "-E |m|, what mean_lhs must be",
                              -pl_mean(norm, v->images)));
    PL_TRY(pl_table_summarise(ctx, out, "closed_rhs", "1", "-E |m|^2, what mean_rhs must be",
                              -pl_mean(square, v->images)));
    if (!unit)
        pl_table_unmet(out, "unit features");
done:
    pl_free(norm);
    pl_free(square);
    return status;
}

static bool all_unit(const pl_views *v) {
    for (size_t i = 0; i < v->z.rows; i++) {
        double square = 0;
        for (size_t j = 0; j < v->z.cols; j++)
            square += v->z.a[i * v->z.ld + j] * v->z.a[i * v->z.ld + j];
        if (fabs(sqrt(square) - 1) > 1e-3)
            return false;
    }
    return true;
}

/* --search: one image whose views violate the bound. */
static pl_status searched(pl_ctx *ctx, const pl_options *o, view_data *out) {
    const char *hypothesis = pl_option_spec(o, "search", NULL);
    const search_problem problem = {.hypothesis = hypothesis,
                                    .images = 1,
                                    .views = SEARCH_MOST_VIEWS,
                                    .dim = SEARCH_MOST_DIM,
                                    .classes = 1,
                                    .unit = strcmp(hypothesis, "unit") != 0,
                                    .remedy = "another --seed",
                                    .gap = search_attraction_gap};
    return search_views(ctx, o, &problem, "attraction", out);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    const char *data = pl_option_spec(o, "data", NULL);
    view_data v = {0};
    double *lhs = NULL, *rhs = NULL, *mean_similarity = NULL;
    PL_TRY(search_options_check(ctx, o));
    if (pl_option_has(o, "search"))
        PL_TRY(searched(ctx, o, &v));
    else if (strcmp(data, "population") == 0 && !pl_option_has(o, "features"))
        return population(ctx, o, out);
    else
        PL_TRY(view_data_new(ctx, o, data, false, &v));
    size_t n = v.views.images * v.views.views;
    if (v.views.views < 2)
        pl_warn(ctx, "one view an image is its own mean view: both sides are equal; the bound "
                     "needs two, pass --views or an (N, V, d) array");
    bool unit = all_unit(&v.views);
    PL_NEW(ctx, lhs, n);
    PL_NEW(ctx, rhs, n);
    PL_NEW(ctx, mean_similarity, n);
    PL_TRY(pl_attraction(ctx, &v.views, lhs, rhs, mean_similarity));
    size_t anchors = v.anchor_only == SIZE_MAX ? n : 1;
    for (size_t i = 0; i < anchors; i++)
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)v.label[i / v.views.views],
                                       (double)(i / v.views.views), (double)(i % v.views.views),
                                       1 / (double)anchors, lhs[i], rhs[i], rhs[i] - lhs[i],
                                       mean_similarity[i], unit && mean_similarity[i] >= 0},
                            NULL));
    PL_TRY(summarise(ctx, out));
    PL_TRY(summarise_norms(ctx, &v.views, unit, out));
done:
    pl_free(lhs);
    pl_free(rhs);
    pl_free(mean_similarity);
    view_data_free(&v);
    return status;
}

const pl_program pl_bounds_attraction = {
    .name = "attraction",
    .summary = "the attraction bound's two sides and gap, anchor by anchor",
    .details = "-s(z, m) <= -E s(z, z') for unit features where E s(z, z') >= 0; m is the mean "
               "view.\nWith --features FILE --views V the anchors are a user's own.",
    .source = "LEE25, attraction upper bound",
    .positional = "features labels",
    .options = options,
    .columns = columns,
    .run = run};
