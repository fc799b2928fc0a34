#ifndef PL_MATH_LOGSUM_H
#define PL_MATH_LOGSUM_H
/* The exact expectation of the log of a sum of exponentials (theory notes, sec. 1.3): the ground
 * truth of every finite-M contrastive loss. */

#include "math/zonal.h"

/** E log( [with_positive] e^{kappa s+} + multiplicity * sum_{i<=M} e^{kappa s_i} ), s_i i.i.d.
 *    = kappa + int [ e^{-t} - psi(t) phi(t)^M ] dx,  t = e^x,
 *    phi(t) = E exp(-t multiplicity e^{kappa(s-1)}),  psi(t) = E exp(-t e^{kappa(s+ -1)}).
 *  Given     kappa in (0, 1e6]; negatives M >= 1, need not fit an integer; multiplicity > 0
 *            negative_law   law of s_i;  positive_law  law of s+, NULL: s+ = 1. Both with nodes
 *                           that resolve exp(-t e^{kappa s}): pl_zonal_new_fine
 *  Returned  *out   [nats], absolute error below 1e-12 for every M: the integrand is formed with
 *                   expm1 and log1p, where phi^M itself would lose M roundings; the same bits for
 *                   any number of threads
 *  Status    PL_EDOMAIN | PL_ENOMEM
 *  Cost      O((65 + log M + 2 kappa) nodes) exponentials; no 2 kappa when s+ = 1 */
pl_status pl_logsum_mean(pl_ctx *ctx, double kappa, double negatives, const pl_zonal *negative_law,
                         double multiplicity, const pl_zonal *positive_law, bool with_positive,
                         double *out);

/** The same by direct enumeration for M = 1: sum over the nodes of both laws. */
double pl_logsum_mean_single_ref(double kappa, const pl_zonal *negative_law, double multiplicity,
                                 const pl_zonal *positive_law, bool with_positive);

#endif
