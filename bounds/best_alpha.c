/* LEE25, the inverse temperature at which the repulsion bound is tightest: its right side
 *     (1/(nu alpha)) (K(alpha) + log n),   K(alpha) = log E e^{alpha s},
 * is least where alpha K'(alpha) - K(alpha) = log n, the divergence of the tilted law from the
 * data. For features uniform on the sphere K = log c(d, alpha) and K' = A(d, alpha); roughly alpha
 * = sqrt(2 d log n). On views the mean over anchors and over T' is minimised. */

#include <math.h>
#include <string.h>

#include "bounds/bounds.h"
#include "bounds/view_data.h"
#include "math/sphere.h"

static const pl_option options[] = {
    {"data", PL_OPT_SPEC, "uniform", 0, 0, "uniform|views|golden", NULL,
     "the uniform law in closed form, generated views, the golden set", 0},
    {"n", PL_OPT_LIST, "10", 2, 1e9, NULL, "LIST",
     "--data uniform: numbers of classes, a..b doubles; otherwise the data's own", 0},
    VIEW_DATA_OPTIONS,
    {0}};

static const pl_column columns[] = {
    {"n", "1", "number of classes", false},
    {"alpha_star", "1", "root of alpha K' - K = log n", false},
    {"alpha_minimised", "1", "minimiser of (K + log n)/alpha, without its derivative", false},
    {"nu_times_rhs", "1", "nu times the bound at alpha_star", false},
    {"approximation", "1", "sqrt(2 d log n)", false},
    {"divergence", "nats", "alpha K' - K there", false},
    {"log_n", "nats", "what it must be", false},
    {0}};

enum { MOST_ANCHORS = 64 }; /* of views, evenly spaced */

/* K of the uniform law, or its mean over anchors and views of the data. */
typedef struct generating {
    double d;
    size_t groups, size; /* anchor x view t' groups of `size` similarities each; 0: uniform law */
    double *s;
} generating;

/* K, or alpha K' - K, formed so that it keeps its digits for large alpha. */
typedef enum { GENERATING, DIVERGENCE } which;

static double evaluate(const generating *g, double alpha, which w) {
    double mean = 0;
    if (g->groups == 0)
        return w == GENERATING ? pl_log_c(g->d, alpha)
                               : alpha * pl_resultant(g->d, alpha) - pl_log_c(g->d, alpha);
    for (size_t i = 0; i < g->groups; i++) {
        const double *s = g->s + i * g->size;
        double top = -INFINITY, sum = 0, tilted = 0; /* of s - top */
        for (size_t j = 0; j < g->size; j++)
            top = fmax(top, s[j]);
        for (size_t j = 0; j < g->size; j++) {
            double e = exp(alpha * (s[j] - top));
            sum += e;
            tilted += e * (s[j] - top);
        }
        double log_mean = log(sum / (double)g->size);
        mean += w == GENERATING ? alpha * top + log_mean : alpha * tilted / sum - log_mean;
    }
    return mean / (double)g->groups;
}

static double bound(const generating *g, double alpha, double log_n) {
    return (evaluate(g, alpha, GENERATING) + log_n) / alpha;
}

/* alpha K' - K grows from 0 with alpha: bisection in log alpha; NAN when it stays below log n. */
static double root(const generating *g, double log_n) {
    double lo = log(1e-6), hi = log(1e7);
    if (evaluate(g, exp(hi), DIVERGENCE) < log_n * (1 + 1e-9))
        return NAN;
    for (int i = 0; i < 100; i++) {
        double x = (lo + hi) / 2;
        if (evaluate(g, exp(x), DIVERGENCE) < log_n)
            lo = x;
        else
            hi = x;
    }
    return exp((lo + hi) / 2);
}

/* Golden-section search in log alpha: good to the square root of rounding. */
static double minimiser(const generating *g, double log_n) {
    const double ratio = (sqrt(5) - 1) / 2;
    double lo = log(1e-6), hi = log(1e7);
    for (int i = 0; i < 120; i++) {
        double a = hi - ratio * (hi - lo), b = lo + ratio * (hi - lo);
        if (bound(g, exp(a), log_n) < bound(g, exp(b), log_n))
            hi = b;
        else
            lo = a;
    }
    return exp((lo + hi) / 2);
}

/* Similarities of some anchors to all images, view by view. */
static pl_status similarities(pl_ctx *ctx, const pl_views *v, generating *out) {
    pl_status status = PL_OK;
    size_t rows = v->z.rows, d = v->z.cols, cells;
    size_t anchors = rows < MOST_ANCHORS ? rows : MOST_ANCHORS, next = 0;
    double *s = NULL;
    if (!pl_size_mul(anchors, rows, &cells))
        return pl_fail(ctx, PL_ESHAPE, "%zu views are too many", rows);
    PL_NEW(ctx, s, cells);
    for (size_t a = 0; a < anchors; a++)
        for (size_t t = 0; t < v->views; t++)
            for (size_t i = 0; i < v->images; i++) {
                const double *z = v->z.a + a * rows / anchors * v->z.ld;
                const double *x = v->z.a + (i * v->views + t) * v->z.ld;
                double zx = 0, zz = 0, xx = 0;
                for (size_t j = 0; j < d; j++) {
                    zx += z[j] * x[j];
                    zz += z[j] * z[j];
                    xx += x[j] * x[j];
                }
                s[next++] = zx / sqrt(zz * xx);
            }
    *out = (generating){(double)d, anchors * v->views, v->images, s};
done:
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status = PL_OK;
    const char *data = pl_option_spec(o, "data", NULL);
    bool uniform = strcmp(data, "uniform") == 0 && !pl_option_has(o, "features");
    view_data v = {0};
    generating g = {.d = (double)pl_option_int(o, "dim")};
    double classes;
    size_t count = 1, smallest;
    const double *list = pl_option_list(o, "n", &count);
    if (!uniform) {
        PL_TRY(view_data_new(ctx, o, data, true, &v));
        PL_TRY(similarities(ctx, &v.views, &g));
        if (!view_data_balanced(&v, &smallest))
            pl_table_unmet(out, "balanced classes");
        classes = (double)v.views.classes;
        list = &classes;
        count = 1;
    }
    for (size_t i = 0; i < count; i++) {
        double log_n = log(list[i]), alpha = root(&g, log_n);
        if (isnan(alpha))
            pl_warn(ctx,
                    "the bound falls for every alpha: some anchors have too few similar features "
                    "for a divergence of log n = %.3g",
                    log_n);
        PL_TRY(
            pl_table_add(ctx, out,
                         (double[]){list[i], alpha, minimiser(&g, log_n), bound(&g, alpha, log_n),
                                    sqrt(2 * g.d * log_n), evaluate(&g, alpha, DIVERGENCE), log_n},
                         NULL));
    }
done:
    pl_free(g.s);
    view_data_free(&v);
    return status;
}

const pl_program pl_bounds_best_alpha = {
    .name = "best-alpha",
    .summary = "the inverse temperature at which the repulsion bound is tightest",
    .details =
        "(K(alpha) + log n)/alpha is least where alpha K' - K = log n, K = log E e^{alpha s}.",
    .source = "LEE25, repulsion upper bound (derived here: LEE25.THM2.ALPHA)",
    .positional = "features labels",
    .options = options,
    .columns = columns,
    .run = run};
