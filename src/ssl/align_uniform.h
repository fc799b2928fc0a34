#ifndef PL_SSL_ALIGN_UNIFORM_H
#define PL_SSL_ALIGN_UNIFORM_H
/* Alignment and uniformity of points on the sphere (WANG20 sec. 4.1), with gradients. Rows are unit
 * (not checked; losses.c normalises). Gradients are right up to a multiple of each row, which
 * normalisation removes, because |u - v|^2 is taken as 2 - 2 u.v. */

#include "base/array.h"

/** Adds weight * mean_i |u_i - v_i|^p, and its gradient.
 *  Given     u, v    n x d; p > 0
 *  Returned  *value  += ;  *grad_u, *grad_v +=, both NULL: not wanted. The gradient of a pair of
 *                    equal points is 0, also for p < 2, where the power has none
 *  Status    PL_ENOMEM
 *  Source    WANG20 sec. 4.1.1 */
pl_status pl_alignment_add(pl_ctx *ctx, pl_cmat u, pl_cmat v, double p, double weight,
                           double *value, pl_mat *grad_u, pl_mat *grad_v);

/* Pairs over which the Gaussian potential is averaged: every row of a with every row of b. */
typedef struct pl_pair_set {
    pl_cmat a, b;
    bool distinct;           /* a and b are the same rows, i = j is left out                  */
    double share;            /* how often each pair counts: 1/2 where both orders of it stand */
    pl_mat *grad_a, *grad_b; /* +=, both NULL: not wanted; may be one matrix        */
} pl_pair_set;

enum { PL_MAX_PAIR_SETS = 2 };

/** Adds weight * log mean exp(-t |a_i - b_j|^2), the mean over all pairs of the sets together.
 *  Given     sets, n_sets <= PL_MAX_PAIR_SETS; t > 0
 *  Returned  *value +=   [nats; in [-4t, 0] for weight 1]; the sets' gradients +=
 *  Status    PL_ESHAPE there is no pair | PL_ENOMEM
 *  Cost      O(pairs d) time, one double a pair
 *  Source    WANG20 sec. 4.1.2; MoCo's pooled form: theory notes, sec. 0.1 */
pl_status pl_uniformity_add(pl_ctx *ctx, const pl_pair_set *sets, size_t n_sets, double t,
                            double weight, double *value);

#endif
