#include "math/sphere.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>
#include <stdbool.h>

static double log_gamma(double x) {
    int sign; /* lgamma would write a global */
    return lgamma_r(x, &sign);
}

/* c = 1 + t_1 + t_2 + ..., t_{k+1} = t_k (kappa^2/4)/((k+1)(d/2+k)): the terms rise, then fall
 * faster than geometrically. `sum` holds c - 1 until the first rescaling, so that a c near 1 keeps
 * its digits. */
static double log_c_series(double d, double kappa) {
    const double big = 0x1p600;
    double q = kappa * kappa / 4, term = 1, sum = 0, rescaled = 0;
    for (double k = 0;; k++) {
        double ratio = q / ((k + 1) * (d / 2 + k));
        term *= ratio;
        sum += term;
        if (ratio < 1 && term <= 1e-18 * sum * (1 - ratio))
            break;
        if (sum > big) {
            sum /= big;
            term /= big;
            rescaled++;
        }
    }
    return rescaled > 0 ? log(sum) + rescaled * log(big) : log1p(sum);
}

/* Hankel's series less its leading 1 (DLMF 10.40.1): I_nu(k) = e^k/sqrt(2 pi k) (1 + rest),
 * rest = -(4nu^2-1)/(8k) + (4nu^2-1)(4nu^2-9)/(2! (8k)^2) - ... */
static double hankel(double nu, double k) {
    double term = 1, rest = 0;
    for (double j = 1; fabs(term) > 1e-18 && j < 60; j++) {
        term *= ((2 * j - 1) * (2 * j - 1) - 4 * nu * nu) / (8 * j * k);
        rest += term;
    }
    return rest;
}

/* Where its terms shrink fourfold from the first on, and e^{-2k}, which it leaves out, is nothing.
 */
static bool hankel_serves(double nu, double k) {
    return k > 50 + 2 * nu * nu;
}

double pl_log_c(double d, double kappa) {
    double k = fabs(kappa), nu = d / 2 - 1;
    if (!(d >= 1) || !isfinite(d) || !isfinite(kappa))
        return NAN;
    if (!hankel_serves(nu, k))
        return log_c_series(d, k);
    return k + log_gamma(d / 2) - (d - 1) / 2 * log(k / 2) - log(4 * M_PI) / 2 +
           log1p(hankel(nu, k));
}

double pl_log_c_ref(double d, double kappa) {
    double nu = d / 2 - 1, k = fabs(kappa);
    if (k == 0)
        return 0;
    double bessel = nu >= 0 ? gsl_sf_bessel_Inu_scaled(nu, k)
                            : gsl_sf_bessel_Inu_scaled(nu + 2, k) +
                                  2 * (nu + 1) / k * gsl_sf_bessel_Inu_scaled(nu + 1, k);
    return log_gamma(d / 2) + nu * log(2 / k) + log(bessel) + k;
}

/* A(d) = k/(d + k A(d+2)) = k/(d + k^2/(d+2 + k^2/(d+4 + ...))). From the tail up every step
 * shrinks an error by A(d)^2, and `steps` of them by exp(-steps^2/k) or better; the tail starts
 * between Amos's bounds (1974). */
static double from_the_tail(double d, double k) {
    double steps = fmin(ceil(20 + sqrt(40 * k)), 1e5), top = d + 2 * steps;
    double a = k / ((top - 1) / 2 + hypot(k, (top + 1) / 2));
    for (double j = steps - 1; j >= 0; j--)
        a = k / (d + 2 * j + k * a);
    return fmin(a, 1);
}

double pl_resultant(double d, double kappa) {
    double k = fabs(kappa), nu = d / 2 - 1;
    if (!(d >= 1) || !isfinite(d) || !isfinite(kappa))
        return NAN;
    double a = hankel_serves(nu + 1, k) ? (1 + hankel(nu + 1, k)) / (1 + hankel(nu, k))
                                        : from_the_tail(d, k);
    return copysign(a, kappa);
}

double pl_resultant_ref(double d, double kappa) {
    double h = 1e-4 * (1 + fabs(kappa));
    return (8 * (pl_log_c(d, kappa + h) - pl_log_c(d, kappa - h)) -
            (pl_log_c(d, kappa + 2 * h) - pl_log_c(d, kappa - 2 * h))) /
           (12 * h);
}

double pl_log_sphere_area(double d) {
    return log(2) + d / 2 * log(M_PI) - log_gamma(d / 2);
}
