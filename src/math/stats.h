#ifndef PL_MATH_STATS_H
#define PL_MATH_STATS_H
/* Sums, moments, quantiles and intervals. */

#include "base/ctx.h"

typedef struct pl_interval {
    double lo, hi;
} pl_interval;

/** Pairwise sum: error O(log n) roundings; the same bits on every machine. */
double pl_sum(const double *x, size_t n);
double pl_mean(const double *x, size_t n);     /* n >= 1 */
double pl_variance(const double *x, size_t n); /* unbiased, corrected two passes; NAN for n < 2 */

double pl_normal_quantile(double p);
double pl_t_quantile(double p, double df);

/** t interval of a mean at two-sided `level`; n >= 2. */
pl_interval pl_mean_interval(const double *x, size_t n, double level);
/** Clopper-Pearson interval of a proportion; hits <= n, n = 0: [0, 1].
 *  Cost  O(sqrt n) */
pl_interval pl_proportion_interval(size_t hits, size_t n, double level);

/** Least-squares slope of y on x.
 *  Given     se   standard errors of y, > 0: weighted by 1/se^2; NULL: unweighted
 *  Returned  *slope, *slope_se (from se; unweighted: from the residuals, 0 when n = 2)
 *  Status    PL_ESHAPE n < 2 | PL_EDOMAIN a value is not finite, se <= 0, or all x are equal */
pl_status pl_slope(pl_ctx *ctx, const double *x, const double *y, const double *se, size_t n,
                   double *slope, double *slope_se);

#endif
