#ifndef PL_MATH_ZONAL_H
#define PL_MATH_ZONAL_H
/* Quadrature of functions of one inner product on the sphere (theory notes, sec. 1.2). */

#include "base/ctx.h"

/* The law of s = u.v as nodes in [-1, 1] with positive weights that sum to 1. */
typedef struct pl_zonal {
    size_t n;
    double *s, *w; /* owned */
} pl_zonal;

/** Law of s = u.v for u ~ vMF(v, k) on S^{d-1}; k = 0: the uniform law.
 *  Given     d >= 2 and at most 2^24, k >= 0
 *  Returned  *out   free with pl_zonal_free. d even: trapezoid in the angle, spectrally exact;
 *            d odd: Gauss-Legendre in the angle. The number of nodes is doubled until two rules
 *            agree on the normaliser to 1e-12 and on the mean to 1e-13; k up to some 10^7.
 *  Status    PL_EDOMAIN | PL_ENOCONV | PL_ENOMEM */
pl_status pl_zonal_new(pl_ctx *ctx, size_t d, double k, pl_zonal *out);

/** The same with at least `least` nodes: for integrands sharper than the law itself, such as
 *  exp(-t e^{kappa s}), whose steps are 1/kappa wide. */
pl_status pl_zonal_new_fine(pl_ctx *ctx, size_t d, double k, size_t least, pl_zonal *out);

/** Law of s = u.v for u ~ vMF(mu, k) and v.mu = r: given s, the part of u orthogonal to v is
 *  uniform on a sphere of one dimension less, so that the density is that of the uniform law times
 *  exp(k s r) c(d-1, k sqrt(1-s^2) sqrt(1-r^2)).
 *  Status    as above, and PL_EDOMAIN |r| > 1 */
pl_status pl_zonal_new_tilted(pl_ctx *ctx, size_t d, double k, double r, pl_zonal *out);

/** The same with at least `least` nodes. */
pl_status pl_zonal_new_tilted_fine(pl_ctx *ctx, size_t d, double k, double r, size_t least,
                                   pl_zonal *out);

void pl_zonal_free(pl_zonal *rule); /* an all-zero rule is fine; leaves it all-zero */

/** E f(s). */
double pl_zonal_mean(const pl_zonal *rule, double (*f)(double s, const void *arg), const void *arg);

/** h_n = E_sigma[f(s) P_n(s)], P_n the Gegenbauer polynomial of S^{d-1} with P_n(1) = 1, over a
 *  rule of the uniform law. */
double pl_zonal_coefficient(const pl_zonal *uniform, size_t d, size_t order,
                            double (*f)(double s, const void *arg), const void *arg);

/** P(u.v < 0) for u ~ vMF(v, k), by Gauss-Legendre over the far half of the angle: the rules above
 *  do not see the jump. d = 3: 1/(1 + e^k). */
pl_status pl_far_hemisphere(pl_ctx *ctx, size_t d, double k, double *out);

/** E |u - v|^power for v ~ vMF(u, k), by quadrature over the distance itself: sqrt(2 - 2s) has a
 *  kink where the rules above converge slowly. */
pl_status pl_distance_mean(pl_ctx *ctx, size_t d, double k, double power, double *out);

#endif
