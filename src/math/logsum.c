#include "math/logsum.h"

#include <math.h>

#include "math/stats.h"

/* Trapezoid in x = log t: the integrand is analytic in |Im x| < pi/2, so that a step h costs
 * e^{-pi^2/h} = 3e-29. It starts where t (1 + M multiplicity) is e^{-60}. */
static const double STEP = 0.15, START = -60, END = 4.8; /* e^{-e^4.8} = 1e-53 */
static const double LARGEST_KAPPA = 1e6;

/* log(multiplicity e^{kappa (s - 1)}) at the nodes. */
static pl_status exponents(pl_ctx *ctx, double kappa, const pl_zonal *law, double multiplicity,
                           double **out) {
    double *a = pl_alloc(ctx, law->n, sizeof *a);
    if (!a)
        return PL_ENOMEM;
    for (size_t i = 0; i < law->n; i++)
        a[i] = log(multiplicity) + kappa * (law->s[i] - 1);
    *out = a;
    return PL_OK;
}

/* log E exp(-t e^a), t = e^x, over the nodes: log1p of E[exp(-t e^a) - 1], which keeps its digits
 * where t is small. Kahan; all terms have one sign. x + a, not t e^a, where one factor overflows
 * and the other vanishes. */
static double log_laplace(const pl_zonal *law, const double *a, double x) {
    double sum = 0, lost = 0;
    for (size_t i = 0; i < law->n; i++) {
        double y = law->w[i] * expm1(-exp(x + a[i])) - lost, t = sum + y;
        lost = (t - sum) - y;
        sum = t;
    }
    return log1p(fmax(sum, -1 + 0x1p-53));
}

pl_status pl_logsum_mean(pl_ctx *ctx, double kappa, double negatives, const pl_zonal *negative_law,
                         double multiplicity, const pl_zonal *positive_law, bool with_positive,
                         double *out) {
    pl_status status;
    double *a = NULL, *b = NULL, *term = NULL;
    if (!(kappa > 0) || kappa > LARGEST_KAPPA || !(negatives >= 1) || !isfinite(negatives) ||
        !(multiplicity > 0) || !isfinite(multiplicity))
        return pl_fail(ctx, PL_EDOMAIN,
                       "kappa is %g, the number of negatives %g, their multiplicity %g; expected "
                       "kappa in (0, %g], a number >= 1 and a multiplicity > 0",
                       kappa, negatives, multiplicity, LARGEST_KAPPA);
    /* past the last x all of it is below 1e-53: s+ = 1 sees to that by itself, else the smallest
     * term that the sum can have, e^{-2 kappa} beside kappa */
    bool aligned = with_positive && !positive_law;
    double first = START - log1p(negatives * multiplicity);
    double last = aligned ? END : END + 2 * kappa - (with_positive ? 0 : log(multiplicity));
    last = fmax(last, END);
    size_t n = (size_t)ceil((last - first) / STEP) + 1;
    PL_TRY(exponents(ctx, kappa, negative_law, multiplicity, &a));
    if (with_positive && positive_law)
        PL_TRY(exponents(ctx, kappa, positive_law, 1, &b));
    PL_NEW(ctx, term, n);
    bool worth_threads = n * negative_law->n > 400000; /* some milliseconds */
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static) if (worth_threads)
    for (size_t i = 0; i < n; i++) {
        double x = first + STEP * (double)i;
        double log_psi = !with_positive ? 0 : aligned ? -exp(x) : log_laplace(positive_law, b, x);
        double log_phi = log_laplace(negative_law, a, x);
        term[i] = expm1(-exp(x)) - expm1(log_psi + negatives * log_phi);
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
    for (size_t i = 0; i < negative_law->n; i++) {
        double x = log(multiplicity) + kappa * negative_law->s[i], given = with_positive ? 0 : x;
        for (size_t j = 0; with_positive && j < (positive_law ? positive_law->n : 1); j++) {
            double y = kappa * (positive_law ? positive_law->s[j] : 1);
            double w = positive_law ? positive_law->w[j] : 1;
            given += w * (fmax(x, y) + log1p(exp(-fabs(x - y)))); /* log(e^x + e^y) */
        }
        sum += negative_law->w[i] * given;
    }
    return sum;
}
