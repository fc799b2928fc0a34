#ifndef PL_MATH_LBFGS_H
#define PL_MATH_LBFGS_H
/* Minimisation of a smooth function of many variables: limited-memory BFGS (Nocedal & Wright, 2nd
 * ed., Algorithm 7.5) with the bisection line search of Lewis & Overton (2013), which asks for the
 * weak Wolfe conditions only and so survives a kink.
 *
 * A function on the sphere is minimised as f(x/|x|): let the objective normalise, and return the
 * gradient of the composite; the gauge of scale costs nothing. */

#include "base/ctx.h"

/** f(x), with its gradient in g (n numbers). Not finite: x lies outside the domain; the line
 *  search then takes a shorter step. `data` is the caller's, with its workspace. */
typedef double (*pl_objective)(void *data, const double *x, double *g);

typedef struct pl_lbfgs_settings {
    size_t memory;     /* pairs kept; 0: 30                                          */
    size_t iterations; /* 0: 2000                                                    */
    double gradient;   /* stop when |g| <= gradient max(1, |f|); 0: 1e-10            */
} pl_lbfgs_settings;

typedef struct pl_minimum {
    double value, gradient; /* f and |g| at the last point                           */
    size_t iterations, evaluations;
    bool converged; /* the gradient is small; false: no step lowers f any further, or
                     * the iterations are used up: a result to report, not an error  */
} pl_minimum;

/** Walks from x to a local minimum.
 *  Given     f, data, n; settings (NULL: defaults)
 *  Returned  x the last point, *out what it came to
 *  Status    PL_EDOMAIN f is not finite at the start | PL_ENOMEM; x is then as it was
 *  Cost      O(memory n) beside one or two evaluations an iteration; serial, so that the same
 *            start gives the same bits
 *  Source    Nocedal & Wright 2006; Lewis & Overton, Math. Program. 141 (2013) */
pl_status pl_lbfgs(pl_ctx *ctx, pl_objective f, void *data, size_t n,
                   const pl_lbfgs_settings *settings, double *x, pl_minimum *out);

#endif
