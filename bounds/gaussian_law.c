#include "bounds/gaussian_law.h"

#include <gsl/gsl_integration.h>
#include <math.h>

#include "math/logsum.h"

enum { RADII = 64, NODES = 301 };
static const double WIDEST = 13; /* e^{-13^2/2} = 2e-37 */

double gaussian_limit(double d, double kappa) {
    return d * kappa * (kappa / 2 - 1);
}

double gaussian_c1(double d, double kappa) {
    if (2 * kappa * kappa > 1 - 1e-12)
        return kappa < 1 ? -(double)INFINITY : (double)NAN;
    return pow(1 - kappa, -d) - (pow(1 - 2 * kappa * kappa, -d / 2) - 1) / 2;
}

/* s = 1 + r g - r^2, g normal: e^{kappa(s - 1)} is e^{kappa(s- - s+)}, and the positive's term is
 * 1, as pl_logsum_mean takes it. Trapezoid in g, spectral. */
static void negatives(double r, pl_zonal *law) {
    double step = 2 * WIDEST / (NODES - 1), total = 0;
    for (size_t i = 0; i < NODES; i++) {
        double g = -WIDEST + step * (double)i;
        law->s[i] = 1 + r * g - r * r;
        law->w[i] = exp(-g * g / 2);
        total += law->w[i];
    }
    for (size_t i = 0; i < NODES; i++)
        law->w[i] /= total;
}

pl_status gaussian_deviation(pl_ctx *ctx, double d, double kappa, double m, double *out) {
    pl_status status = PL_OK;
    pl_zonal law = {NODES, NULL, NULL};
    gsl_integration_glfixed_table *table = NULL;
    double sum = 0, mass = 0, end = sqrt(d) + 9;
    if (!(kappa > 0) || kappa >= 1 || d > 64)
        return pl_fail(ctx, PL_EDOMAIN,
                       "Gaussian features are computed for kappa in (0, 1) and d <= 64, not "
                       "kappa = %g, d = %g",
                       kappa, d);
    PL_NEW(ctx, law.s, NODES);
    PL_NEW(ctx, law.w, NODES);
    table = gsl_integration_glfixed_table_alloc(RADII);
    if (!table) {
        status = pl_fail(ctx, PL_ENOMEM, "out of memory for a quadrature table");
        goto done;
    }
    for (size_t i = 0; i < RADII; i++) {
        double r, w, mean;
        gsl_integration_glfixed_point(0, end, i, &r, &w, table);
        w *= exp((d - 1) * log(r) - r * r / 2 - (d - 1) * log(d) / 2);
        negatives(r, &law);
        /* mean is kappa + E log(1 + sum e^{kappa(s- - s+)}); log U - kappa s+ = kappa r^2 (kappa/2
         * - 1) */
        PL_TRY(pl_logsum_mean(ctx, kappa, m, &law, 1, NULL, true, &mean));
        sum += w * (mean - kappa - log(m) - kappa * r * r * (kappa / 2 - 1));
        mass += w;
    }
    *out = sum / mass;
done:
    pl_zonal_free(&law);
    if (table)
        gsl_integration_glfixed_table_free(table);
    return status;
}
