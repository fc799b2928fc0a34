#include "math/stats.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

enum { RUN = 32 };

double pl_sum(const double *x, size_t n) {
    if (n <= RUN) {
        double s = 0;
        for (size_t i = 0; i < n; i++)
            s += x[i];
        return s;
    }
    size_t half = n / 2;
    return pl_sum(x, half) + pl_sum(x + half, n - half);
}

double pl_mean(const double *x, size_t n) {
    return pl_sum(x, n) / (double)n;
}

static double squares(const double *x, size_t n, double mean) {
    if (n <= RUN) {
        double s = 0;
        for (size_t i = 0; i < n; i++)
            s += (x[i] - mean) * (x[i] - mean);
        return s;
    }
    size_t half = n / 2;
    return squares(x, half, mean) + squares(x + half, n - half, mean);
}

double pl_variance(const double *x, size_t n) {
    return n < 2 ? (double)NAN : squares(x, n, pl_mean(x, n)) / (double)(n - 1);
}

double pl_normal_quantile(double p) {
    return gsl_cdf_ugaussian_Pinv(p);
}

double pl_t_quantile(double p, double df) {
    return gsl_cdf_tdist_Pinv(p, df);
}

pl_interval pl_mean_interval(const double *x, size_t n, double level) {
    double mean = pl_mean(x, n);
    double half =
        pl_t_quantile(0.5 + level / 2, (double)n - 1) * sqrt(pl_variance(x, n) / (double)n);
    return (pl_interval){mean - half, mean + half};
}

pl_interval pl_proportion_interval(size_t hits, size_t n, double level) {
    double k = (double)hits, m = (double)(n - hits), tail = (1 - level) / 2;
    return (pl_interval){hits == 0 ? 0 : gsl_cdf_beta_Pinv(tail, k, m + 1),
                         hits == n ? 1 : gsl_cdf_beta_Qinv(tail, k + 1, m)};
}

pl_status pl_slope(pl_ctx *ctx, const double *x, const double *y, const double *se, size_t n,
                   double *slope, double *slope_se) {
    double w_sum = 0, x_mean = 0, y_mean = 0, xx = 0, xy = 0, rest = 0;
    if (n < 2)
        return pl_fail(ctx, PL_ESHAPE, "a slope needs two points, not %zu", n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]) || (se && !(se[i] > 0)))
            return pl_fail(ctx, PL_EDOMAIN, "point %zu of a slope is (%g, %g)", i, x[i], y[i]);
        double w = se ? 1 / (se[i] * se[i]) : 1;
        w_sum += w;
        x_mean += w * x[i];
        y_mean += w * y[i];
    }
    x_mean /= w_sum;
    y_mean /= w_sum;
    for (size_t i = 0; i < n; i++) {
        double w = se ? 1 / (se[i] * se[i]) : 1;
        xx += w * (x[i] - x_mean) * (x[i] - x_mean);
        xy += w * (x[i] - x_mean) * (y[i] - y_mean);
    }
    if (!(xx > 0))
        return pl_fail(ctx, PL_EDOMAIN, "a slope over points that all have x = %g", x[0]);
    double b = xy / xx;
    for (size_t i = 0; i < n; i++)
        rest += pow(y[i] - y_mean - b * (x[i] - x_mean), 2);
    *slope = b;
    *slope_se = se ? sqrt(1 / xx) : n > 2 ? sqrt(rest / (double)(n - 2) / xx) : 0;
    return PL_OK;
}
