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

typedef struct moments {
    double first, second;
} moments;

/* Sums of x - mean and of its square, pairwise. */
static moments about(const double *x, size_t n, double mean) {
    moments m = {0, 0};
    if (n <= RUN) {
        for (size_t i = 0; i < n; i++) {
            double off = x[i] - mean;
            m.first += off;
            m.second += off * off;
        }
        return m;
    }
    size_t half = n / 2;
    moments left = about(x, half, mean), right = about(x + half, n - half, mean);
    return (moments){left.first + right.first, left.second + right.second};
}

/* The first moment about the rounded mean is what its rounding left over. */
double pl_variance(const double *x, size_t n) {
    if (n < 2)
        return NAN;
    moments m = about(x, n, pl_mean(x, n));
    return (m.second - m.first * m.first / (double)n) / (double)(n - 1);
}

double pl_normal_quantile(double p) {
    return gsl_cdf_ugaussian_Pinv(p);
}

/* From the lower tail, where GSL keeps its digits (but for Cauchy's law); 1 - p is exact for
 * p > 1/2. */
double pl_t_quantile(double p, double df) {
    if (p > 0.5)
        return -pl_t_quantile(1 - p, df);
    return df == 1 ? -1 / tan(M_PI * p) : gsl_cdf_tdist_Pinv(p, df);
}

pl_interval pl_mean_interval(const double *x, size_t n, double level) {
    double mean = pl_mean(x, n);
    double half =
        pl_t_quantile(0.5 + level / 2, (double)n - 1) * sqrt(pl_variance(x, n) / (double)n);
    return (pl_interval){mean - half, mean + half};
}

/* P(X < x), X ~ Beta(a, b), for x below (a+1)/(a+b+2): x^a (1-x)^b/(a B(a,b)) over the continued
 * fraction 1 + d_1/(1 + d_2/(1 + ...)) of DLMF 8.17.22, which settles within O(sqrt(a+b)) terms.
 * (GSL's inverse fails from a, b = 5000 on.) */
static double beta_fraction(double a, double b, double x) {
    int sign;
    double log_b = lgamma_r(a, &sign) + lgamma_r(b, &sign) - lgamma_r(a + b, &sign), f = 1;
    for (double m = ceil(50 + 5 * sqrt(a + b)); m >= 0; m--) {
        double even = (m + 1) * (b - m - 1) * x / ((a + 2 * m + 1) * (a + 2 * m + 2));
        double odd = (a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1));
        f = 1 - odd / (1 + even / f);
    }
    return exp(a * log(x) + b * log1p(-x) - log(a) - log_b) / f;
}

static double beta_below(double a, double b, double x) {
    return x < (a + 1) / (a + b + 2) ? beta_fraction(a, b, x) : 1 - beta_fraction(b, a, 1 - x);
}

/* The x that leaves `tail` below it (or above it), by bisection down to neighbouring doubles. */
static double beta_quantile(double a, double b, double tail, bool above) {
    double lo = 0, hi = 1;
    for (;;) {
        double mid = lo + (hi - lo) / 2, below = beta_below(a, b, mid);
        if (mid <= lo || mid >= hi)
            return mid;
        if (above ? 1 - below > tail : below < tail)
            lo = mid;
        else
            hi = mid;
    }
}

pl_interval pl_proportion_interval(size_t hits, size_t n, double level) {
    double k = (double)hits, m = (double)(n - hits), tail = (1 - level) / 2;
    return (pl_interval){hits == 0 ? 0 : beta_quantile(k, m + 1, tail, false),
                         hits == n ? 1 : beta_quantile(k + 1, m, tail, true)};
}

/* Weights relative to the smallest standard error, which neither overflow nor vanish together. */
static double weight(const double *se, size_t i, double least) {
    double w = se ? least / se[i] : 1;
    return w * w;
}

pl_status pl_slope(pl_ctx *ctx, const double *x, const double *y, const double *se, size_t n,
                   double *slope, double *slope_se) {
    double w_sum = 0, x_mean = 0, y_mean = 0, xx = 0, xy = 0, rest = 0, least = INFINITY;
    bool spread = false;
    if (n < 2)
        return pl_fail(ctx, PL_ESHAPE, "a slope needs at least two points, not %zu", n);
    for (size_t i = 0; i < n; i++) {
        if (!isfinite(x[i]) || !isfinite(y[i]))
            return pl_fail(ctx, PL_EDOMAIN, "point %zu of a slope is (%g, %g); both must be finite",
                           i, x[i], y[i]);
        if (se && (!(se[i] > 0) || !isfinite(se[i])))
            return pl_fail(ctx, PL_EDOMAIN,
                           "point %zu of a slope has standard error %g, expected > 0 and finite", i,
                           se[i]);
        spread = spread || x[i] != x[0];
        least = se ? fmin(least, se[i]) : 1;
    }
    if (!spread)
        return pl_fail(ctx, PL_EDOMAIN,
                       "a slope over %zu points that all have x = %g; at least two must differ", n,
                       x[0]);
    for (size_t i = 0; i < n; i++) {
        double w = weight(se, i, least);
        w_sum += w;
        x_mean += w * (x[i] - x[0]);
        y_mean += w * (y[i] - y[0]);
    }
    x_mean = x[0] + x_mean / w_sum;
    y_mean = y[0] + y_mean / w_sum;
    for (size_t i = 0; i < n; i++) {
        double w = weight(se, i, least);
        xx += w * (x[i] - x_mean) * (x[i] - x_mean);
        xy += w * (x[i] - x_mean) * (y[i] - y_mean);
    }
    double b = xy / xx;
    for (size_t i = 0; i < n; i++)
        rest += pow(y[i] - y_mean - b * (x[i] - x_mean), 2);
    *slope = b;
    *slope_se = se ? least / sqrt(xx) : n > 2 ? sqrt(rest / (double)(n - 2) / xx) : 0;
    return PL_OK;
}
