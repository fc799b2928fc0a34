#include "train/probe_ridge.h"

#include <lapacke.h>
#include <math.h>

#include "math/product.h"
#include "math/stats.h"

/* W (dim x classes) and the means that stand for b. */
static pl_status fit(pl_ctx *ctx, pl_probe_set s, size_t dim, size_t classes, double ridge,
                     double *mean, double *share, double *w) {
    pl_status status = PL_OK;
    pl_mat x = {NULL, s.n, dim, dim}, y = {NULL, s.n, classes, classes}, g = {NULL, dim, dim, dim};
    PL_NEW(ctx, x.a, s.n * dim);
    PL_NEW(ctx, y.a, s.n * classes);
    PL_NEW(ctx, g.a, dim * dim);
    for (size_t k = 0; k < dim; k++) {
        double sum = 0;
        for (size_t i = 0; i < s.n; i++)
            sum += (double)s.x[i * dim + k];
        mean[k] = sum / (double)s.n;
    }
    for (size_t i = 0; i < s.n; i++)
        share[s.label[i]] += 1 / (double)s.n;
    for (size_t i = 0; i < s.n; i++) {
        for (size_t k = 0; k < dim; k++)
            x.a[i * dim + k] = (double)s.x[i * dim + k] - mean[k];
        for (size_t c = 0; c < classes; c++)
            y.a[i * classes + c] = (s.label[i] == c) - share[c];
    }
    PL_TRY(pl_product(ctx, 1, pl_const(x), true, pl_const(x), false, 0, g));
    PL_TRY(pl_product(ctx, 1, pl_const(x), true, pl_const(y), false, 0,
                      (pl_mat){w, dim, classes, classes}));
    for (size_t k = 0; k < dim; k++)
        g.a[k * dim + k] += ridge * (double)s.n;
    if (LAPACKE_dposv(LAPACK_ROW_MAJOR, 'U', (lapack_int)dim, (lapack_int)classes, g.a,
                      (lapack_int)dim, w, (lapack_int)classes) != 0)
        status = pl_fail(ctx, PL_EDOMAIN,
                         "the ridge probe's %zu x %zu matrix is singular; a ridge above %g helps",
                         dim, dim, ridge);
done:
    pl_free(x.a);
    pl_free(y.a);
    pl_free(g.a);
    return status;
}

pl_status pl_probe_ridge(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                         size_t classes, double ridge, double level, pl_probe_score *out) {
    pl_status status = PL_OK;
    double *mean = NULL, *share = NULL, *w = NULL;
    size_t hits = 0;
    if (train.n < 2 || test.n < 1 || dim < 1 || classes < 1)
        return pl_fail(ctx, PL_ESHAPE, "a ridge probe of %zu training and %zu test features",
                       train.n, test.n);
    if (!(ridge >= 0) || !isfinite(ridge))
        return pl_fail(ctx, PL_EDOMAIN, "the ridge is %g, expected a number from 0", ridge);
    PL_NEW(ctx, mean, dim);
    PL_NEW(ctx, share, classes);
    PL_NEW(ctx, w, dim * classes);
    PL_TRY(fit(ctx, train, dim, classes, ridge, mean, share, w));
    for (size_t i = 0; i < test.n; i++) {
        size_t best = 0;
        double most = -(double)INFINITY;
        for (size_t c = 0; c < classes; c++) {
            double score = share[c];
            for (size_t k = 0; k < dim; k++)
                score += ((double)test.x[i * dim + k] - mean[k]) * w[k * classes + c];
            if (score > most) {
                most = score;
                best = c;
            }
        }
        hits += best == test.label[i];
    }
    pl_interval interval = pl_proportion_interval(hits, test.n, level);
    *out = (pl_probe_score){.hits = hits,
                            .n = test.n,
                            .accuracy = (double)hits / (double)test.n,
                            .lo = interval.lo,
                            .hi = interval.hi,
                            .converged = true};
done:
    pl_free(mean);
    pl_free(share);
    pl_free(w);
    return status;
}
