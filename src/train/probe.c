#include "train/probe.h"

#include <math.h>

#include "math/stats.h"
#include "math/tall.h"
#include "train/probe_knn.h"
#include "train/probe_linear.h"

pl_linear_spec pl_linear_defaults(void) {
    return (pl_linear_spec){.by = PL_PROBE_LBFGS,
                            .decay = 1e-4,
                            .iterations = 300,
                            .gradient = 1e-3,
                            .epochs = 100,
                            .batch = 256,
                            .seed = 1};
}

/* mean and 1/sd of every column; a constant column keeps the factor 1. */
static pl_status moments(pl_ctx *ctx, pl_probe_set s, size_t dim, double *mean, double *scale) {
    pl_status status = PL_OK;
    double *column = NULL;
    PL_NEW(ctx, column, s.n);
    for (size_t k = 0; k < dim; k++) {
        for (size_t i = 0; i < s.n; i++)
            column[i] = (double)s.x[i * dim + k];
        mean[k] = pl_mean(column, s.n);
        double variance = pl_variance(column, s.n);
        scale[k] = variance > 1e-24 ? 1 / sqrt(variance) : 1;
    }
done:
    pl_free(column);
    return status;
}

static void standardise(pl_ctx *ctx, pl_probe_set s, size_t dim, const double *mean,
                        const double *scale, pl_mat out) {
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < s.n; i++) {
        for (size_t k = 0; k < dim; k++)
            out.a[i * out.ld + k] = ((double)s.x[i * dim + k] - mean[k]) * scale[k];
        out.a[i * out.ld + dim] = 1;
    }
}

static size_t best_class(const double *row, size_t classes) {
    size_t best = 0;
    for (size_t c = 1; c < classes; c++)
        if (row[c] > row[best])
            best = c;
    return best;
}

static pl_status check_sets(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                            size_t classes) {
    const pl_probe_set sets[] = {train, test};
    if (train.n < 2 || test.n < 1 || dim < 1)
        return pl_fail(ctx, PL_ESHAPE,
                       "a probe of %zu training and %zu test features of dimension %zu; it wants "
                       "2, 1 and 1 at least",
                       train.n, test.n, dim);
    for (size_t k = 0; k < 2; k++)
        for (size_t i = 0; i < sets[k].n; i++)
            if (sets[k].label[i] >= classes)
                return pl_fail(ctx, PL_EDOMAIN, "label %zu is %zu, expected less than %zu", i,
                               sets[k].label[i], classes);
    return PL_OK;
}

static void score(size_t hits, size_t n, double level, pl_probe_score *out) {
    pl_interval i = pl_proportion_interval(hits, n, level);
    out->hits = hits;
    out->n = n;
    out->accuracy = (double)hits / (double)n;
    out->lo = i.lo;
    out->hi = i.hi;
}

static pl_status check_spec(pl_ctx *ctx, const pl_linear_spec *s) {
    if (!(s->decay >= 0) || !isfinite(s->decay))
        return pl_fail(ctx, PL_EDOMAIN, "the probe's decay is %g, expected at least 0", s->decay);
    if (s->by == PL_PROBE_SGD && (s->batch < 1 || s->epochs < 1 || !(s->rate >= 0)))
        return pl_fail(ctx, PL_EDOMAIN,
                       "SGD of %zu epochs in batches of %zu at rate %g; expected at least 1, 1, 0",
                       s->epochs, s->batch, s->rate);
    return PL_OK;
}

/* Value and gradient at the last weights, by whatever way they were reached. */
static pl_status measure(pl_linear_problem *q, const double *w, pl_probe_score *out) {
    size_t size = q->x.cols * q->classes;
    double *g = pl_alloc(q->ctx, size, sizeof *g), square = 0;
    if (!g)
        return PL_ENOMEM;
    out->loss = pl_linear_objective(q, w, g);
    for (size_t j = 0; j < size; j++)
        square += g[j] * g[j];
    out->gradient = sqrt(square);
    pl_free(g);
    return q->status;
}

pl_status pl_probe_linear(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                          size_t classes, const pl_linear_spec *spec, double level,
                          pl_probe_score *out) {
    pl_status status;
    double *mean = NULL, *scale = NULL, *x = NULL, *p = NULL, *w = NULL, *term = NULL;
    size_t most = train.n > test.n ? train.n : test.n, size, logits, hits = 0;
    pl_probe_score s = {0};
    PL_TRY(check_sets(ctx, train, test, dim, classes));
    PL_TRY(check_spec(ctx, spec));
    if (!pl_size_mul(most, dim + 1, &size) || !pl_size_mul(most, classes, &logits))
        return pl_fail(ctx, PL_ESHAPE, "%zu features of dimension %zu are too many", most, dim);
    PL_NEW(ctx, mean, dim);
    PL_NEW(ctx, scale, dim);
    PL_NEW(ctx, x, size);
    PL_NEW(ctx, p, logits);
    PL_NEW(ctx, w, (dim + 1) * classes);
    PL_NEW(ctx, term, train.n);
    PL_TRY(moments(ctx, train, dim, mean, scale));
    pl_linear_problem q = {.ctx = ctx,
                           .x = {x, train.n, dim + 1, dim + 1},
                           .label = train.label,
                           .classes = classes,
                           .decay = spec->decay,
                           .p = {p, train.n, classes, classes},
                           .term = term};
    standardise(ctx, train, dim, mean, scale, q.x);
    PL_TRY((spec->by == PL_PROBE_SGD ? pl_linear_sgd : pl_linear_lbfgs)(&q, spec, w, &s));
    PL_TRY(measure(&q, w, &s));
    q.x.rows = q.p.rows = test.n;
    standardise(ctx, test, dim, mean, scale, q.x);
    PL_TRY(pl_tall_times(ctx, 1, pl_const(q.x), (pl_cmat){w, dim + 1, classes, classes}, 0, q.p));
    for (size_t i = 0; i < test.n; i++)
        hits += best_class(p + i * classes, classes) == test.label[i];
    score(hits, test.n, level, &s);
    *out = s;
done:
    pl_free(mean);
    pl_free(scale);
    pl_free(x);
    pl_free(p);
    pl_free(w);
    pl_free(term);
    return status;
}

pl_status pl_probe_knn(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                       size_t classes, size_t k, double tau, double level, pl_probe_score *out) {
    pl_status status;
    size_t hits;
    PL_TRY(check_sets(ctx, train, test, dim, classes));
    if (k < 1 || k > train.n)
        return pl_fail(ctx, PL_EDOMAIN, "k is %zu, there are %zu training features", k, train.n);
    if (!(tau > 0))
        return pl_fail(ctx, PL_EDOMAIN, "the vote's temperature is %g, expected > 0", tau);
    PL_TRY(pl_knn_vote(ctx, train, test, dim, classes, k, tau, &hits));
    pl_probe_score s = {.converged = true};
    score(hits, test.n, level, &s);
    *out = s;
done:
    return status;
}
