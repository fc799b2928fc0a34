#include "math/logsum.h"

#include <math.h>

#include "math/stats.h"

/* Trapezoid in x = log t: the integrand is analytic in |Im x| < pi/2, so that a step h costs
 * e^{-pi^2/h} = 3e-29. Below x = -60 it is smaller than 1e-20 for every M here. */
static const double STEP = 0.15, FIRST = -60;

/* E[1 - exp(-t a)] over nodes a with weights w. */
static double omega(const double *a, const double *w, size_t n, double t) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum -= w[i] * expm1(-t * a[i]);
    return fmin(sum, 1 - 0x1p-53);
}

/* e^{kappa (s - 1)} at the nodes. */
static pl_status scaled(pl_ctx *ctx, double kappa, const pl_zonal *law, double multiplicity,
                        double **out) {
    double *a = pl_alloc(ctx, law->n, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    for (size_t i = 0; i < law->n; i++)
        a[i] = multiplicity * exp(kappa * (law->s[i] - 1));
    *out = a;
    return PL_OK;
}

pl_status pl_logsum_mean(pl_ctx *ctx, double kappa, double negatives, const pl_zonal *negative_law,
                         double multiplicity, const pl_zonal *positive_law, bool with_positive,
                         double *out) {
    pl_status status;
    double *a = NULL, *b = NULL, *term = NULL;
    if (!(kappa > 0) || !isfinite(kappa) || !(negatives >= 1))
        return pl_fail(ctx, PL_EDOMAIN,
                       "kappa is %g and the number of negatives %g; expected > 0 and >= 1", kappa,
                       negatives);
    bool aligned = with_positive && !positive_law;
    double last = aligned ? 6.2 : log(120) + 2 * kappa;
    size_t n = (size_t)ceil((last - FIRST) / STEP) + 1;
    PL_TRY(scaled(ctx, kappa, negative_law, multiplicity, &a));
    if (with_positive && positive_law)
        PL_TRY(scaled(ctx, kappa, positive_law, 1, &b));
    PL_NEW(ctx, term, n);
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < n; i++) {
        double t = exp(FIRST + STEP * (double)i);
        double log_psi = !with_positive ? 0
                         : aligned      ? -t
                                        : log1p(-omega(b, positive_law->w, positive_law->n, t));
        double log_phi = log1p(-omega(a, negative_law->w, negative_law->n, t));
        term[i] = expm1(-t) - expm1(log_psi + negatives * log_phi);
    }
    *out = kappa + STEP * pl_sum(term, n);
done:
    pl_free(a);
    pl_free(b);
    pl_free(term);
    return status;
}

double pl_logsum_mean_single_ref(double kappa, const pl_zonal *negative_law, double multiplicity,
                                 const pl_zonal *positive_law, bool with_positive) {
    double sum = 0;
    for (size_t i = 0; i < negative_law->n; i++)
        for (size_t j = 0; j < (positive_law ? positive_law->n : 1); j++) {
            double s = positive_law ? positive_law->s[j] : 1;
            double w = positive_law ? positive_law->w[j] : 1;
            double positive = with_positive ? exp(kappa * (s - 1)) : 0;
            sum += negative_law->w[i] * w *
                   log(positive + multiplicity * exp(kappa * (negative_law->s[i] - 1)));
        }
    return kappa + sum;
}
