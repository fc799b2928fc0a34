#ifndef PL_SSL_TRIPLET_LOSSES_H
#define PL_SSL_TRIPLET_LOSSES_H
/* The losses of TIAN20 on a mini-batch: anchor x_i, positive y_i, negatives y_{i+1} .. y_{i+H}
 * (indices modulo N, so that a shuffled batch draws them independently), in the halved squares
 * r_+ = |x_i - y_i|^2/2, r_h = |x_i - y_{i+h}|^2/2:
 *
 *     simp   mean_i [ r_+ - mean_h r_h ]
 *     tri    mean_i mean_h tau log(1 + e^{(r_+ - r_h + r_0)/tau})
 *     nce    mean_i -tau log( e^{-r_+/tau} / (e^{-r_+/tau} + sum_h e^{-r_h/tau}) )
 *
 * nce with H = 1 is the per-sample InfoNCE. Rows are as they come. */

#include "base/array.h"

typedef enum pl_triplet_kind { PL_TRIPLET_SIMP, PL_TRIPLET_TRI, PL_TRIPLET_NCE } pl_triplet_kind;

typedef struct pl_triplet {
    pl_triplet_kind kind;
    double tau, r0;
    size_t negatives; /* H, below N */
} pl_triplet;

/** Value and gradients with respect to x and y.
 *  Returned  *value; grad_x, grad_y n x d (a NULL: neither is computed)
 *  Status    PL_ESHAPE | PL_EDOMAIN tau <= 0, r0 not finite | PL_ENOMEM
 *  Cost      O(N H d) time; serial, so that threads have no say
 *  Source    TIAN20 (theory notes, hltm: losses) */
pl_status pl_triplet_loss(pl_ctx *ctx, const pl_triplet *loss, pl_cmat x, pl_cmat y, double *value,
                          pl_mat grad_x, pl_mat grad_y);

#endif
