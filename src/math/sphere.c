#include "math/sphere.h"

#include <gsl/gsl_sf_bessel.h>
#include <math.h>

double pl_log_c(double d, double kappa) {
    double q = kappa * kappa / 4, term = 1, sum = 1, log_scale = 0;
    const double big = 0x1p600;
    if (!(d >= 1) || !isfinite(kappa))
        return NAN;
    /* t_{k+1} = t_k (kappa^2/4)/((k+1)(d/2+k)); terms rise, then fall faster than geometrically */
    for (double k = 0;; k++) {
        double ratio = q / ((k + 1) * (d / 2 + k));
        term *= ratio;
        sum += term;
        if (ratio < 1 && term < 1e-18 * sum * (1 - ratio))
            break;
        if (sum > big) {
            sum /= big;
            term /= big;
            log_scale += log(big);
        }
    }
    return log_scale == 0 ? log1p(sum - 1) : log(sum) + log_scale;
}

double pl_log_c_ref(double d, double kappa) {
    double nu = d / 2 - 1, k = fabs(kappa);
    if (k == 0)
        return 0;
    double log_bessel = nu < 0 ? log(sqrt(2 / (M_PI * k)) * cosh(k)) /* I_{-1/2} */
                               : log(gsl_sf_bessel_Inu_scaled(nu, k)) + k;
    return lgamma(d / 2) + nu * log(2 / k) + log_bessel;
}

double pl_resultant(double d, double kappa) {
    /* A = kappa/(d + kappa^2/(d+2 + kappa^2/(d+4 + ...))) */
    const double tiny = 1e-300;
    double k2 = kappa * kappa, f = d, c = d, b = 0;
    if (!(d >= 1) || !isfinite(kappa))
        return NAN;
    if (kappa == 0)
        return 0;
    for (int j = 1; j < 10000000; j++) {
        double den = d + 2 * j;
        b = den + k2 * b;
        c = den + k2 / c;
        b = 1 / (b == 0 ? tiny : b);
        double delta = c * b;
        f *= delta;
        if (fabs(delta - 1) < 1e-16)
            break;
    }
    return kappa / f;
}

double pl_resultant_ref(double d, double kappa) {
    double h = 1e-4 * (1 + fabs(kappa));
    return (8 * (pl_log_c(d, kappa + h) - pl_log_c(d, kappa - h)) -
            (pl_log_c(d, kappa + 2 * h) - pl_log_c(d, kappa - 2 * h))) /
           (12 * h);
}

double pl_log_sphere_area(double d) {
    return log(2) + d / 2 * log(M_PI) - lgamma(d / 2);
}
