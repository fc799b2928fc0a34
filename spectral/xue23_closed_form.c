/* Closed forms of the minimum-norm minimisers on the good event, balanced: XUE23 theorems 4.4, 4.7,
 * 5.1 and 6.1, with the constants of the theory notes. */

#include <math.h>
#include <string.h>

#include "spectral/xue23_model.h"

/* Supervised: a constant, and the class. |W v_2| = |mu| eps / den is 0 only for mu = 0. */
static void supervised(const xue23_set *s, size_t p, double *norm, double *norm_squared) {
    double e = s->epsilon, phi1 = s->phi[1], phi2 = s->phi[2], mu = s->mu;
    double den = xue23_denominator(s);
    if (s->bias) {
        norm[0] = (phi2 * phi2 + e) / den;
        norm[2] = fabs(mu) * e / den;
        /* tr(Gamma G^-1): (K^-1)_11 along 1, and 1/(phi_1^2 + eps) along y */
        *norm_squared = (phi2 * phi2 + e) / den + 1 / (phi1 * phi1 + e);
    } else { /* the first component of [[mu^2+eps, mu phi2], [mu phi2, phi2^2+eps]]^-1 (mu, phi2) */
        double det = (mu * mu + e) * (phi2 * phi2 + e) - mu * mu * phi2 * phi2;
        norm[2] = fabs(mu) * e / det;
        *norm_squared = (phi2 * phi2 + e) / det + 1 / (phi1 * phi1 + e);
    }
    if (p >= 2)
        norm[1] = phi1 / (phi1 * phi1 + e);
}

/* Gram eigenvalues of features s_k + eps, noise directions eps: the p cheapest within the top
 * eigenspaces of the pairs (THM51, THM61). */
static pl_status selected(pl_ctx *ctx, const xue23_set *s, double share, size_t p, double *norm,
                          double *norm_squared, double *loss) {
    size_t count = s->features + 1;
    bool *taken = pl_alloc(ctx, count, sizeof *taken);
    if (!taken)
        return PL_ENOMEM;
    double weak = 1 - share; /* eigenvalue of R for all but the constant and the class */
    *norm_squared = *loss = 0;
    for (size_t slot = 0; slot < p && slot < s->originals; slot++) {
        size_t best = count;
        for (size_t k = 0; k < count; k++) {
            bool strong = share > 0 && k<2, best_strong = share> 0 && best < 2;
            if (!taken[k] && s->moment[k] > 0 &&
                (best == count || (strong && !best_strong) ||
                 (strong == best_strong && s->moment[k] > s->moment[best])))
                best = k;
        }
        double lambda = best < 2 ? 1 : weak, moment = best < count ? s->moment[best] : 0;
        *loss -= lambda * lambda;
        *norm_squared += lambda / (moment + s->epsilon);
        if (best < count) {
            taken[best] = true;
            norm[best] = sqrt(lambda * moment) / (moment + s->epsilon);
        }
    }
    pl_free(taken);
    return PL_OK;
}

pl_status xue23_closed_form(pl_ctx *ctx, const xue23_set *s, double share, size_t p, double *norm,
                            double *norm_squared, double *loss) {
    if (share < 1 && (s->mu != 0 || !s->bias))
        return pl_fail(ctx, PL_EDOMAIN,
                       "no closed form of UCL and the joint loss for mu = %g%s; take mu = 0 and a "
                       "bias",
                       s->mu, s->bias ? "" : " without a bias");
    if (share == 1 && p < 2)
        return pl_fail(ctx, PL_EDOMAIN, "with p = 1 the SCL minimiser is one of two ties");
    memset(norm, 0, (s->features + 1) * sizeof *norm);
    if (share == 1) {
        supervised(s, p, norm, norm_squared);
        *loss = -2;
        return PL_OK;
    }
    return selected(ctx, s, share, p, norm, norm_squared, loss);
}
