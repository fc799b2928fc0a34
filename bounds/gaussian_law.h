#ifndef PL_BOUNDS_GAUSSIAN_LAW_H
#define PL_BOUNDS_GAUSSIAN_LAW_H
/* Un-normalised features u ~ N(0, I_d), aligned pairs: what the theory of the limit loses without
 * the sphere (theory notes, THM1.RATE). With r = |v|: s+ = r^2, s- ~ N(0, r^2), U(v) = e^{kappa^2
 * r^2/2}. */

#include "base/ctx.h"

/** L_inf = -kappa d + kappa^2 d/2. */
double gaussian_limit(double d, double kappa);

/** C1 = (1-kappa)^{-d} - ((1 - 2 kappa^2)^{-d/2} - 1)/2; infinite for kappa >= 1/sqrt 2. */
double gaussian_c1(double d, double kappa);

/** D_M = L - log M - L_inf by quadrature over r, s- and the logarithm; absolute error below 1e-10.
 *  Status  PL_EDOMAIN kappa outside (0, 1), d > 64 | PL_ENOMEM */
pl_status gaussian_deviation(pl_ctx *ctx, double d, double kappa, double m, double *out);

#endif
