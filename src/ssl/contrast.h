#ifndef PL_SSL_CONTRAST_H
#define PL_SSL_CONTRAST_H
/* The common form of the contrastive losses (theory notes, sec. 2):
 *     L = sum_i w [ -alpha b_i S_{i,p(i)} + lambda log sum_k c_ik e^{alpha S_ik} ],   S = A B^T,
 *     G_ik = dL/dS_ik = w alpha ( lambda P_ik - b_i [k = p(i)] ),   P = softmax over the sum,
 *     dL/dA = G B,   dL/dB = G^T A.
 * With S_ik = -|a_i - b_k| the last line is, H_ik = G_ik/|a_i - b_k| (0 for equal points),
 *     dL/dA = H B - diag(H 1) A,   dL/dB = H^T A - diag(H^T 1) B.
 * Which loss it is stands in the few numbers of a pl_contrast; losses.c has one row for each. */

#include "base/array.h"

typedef struct pl_contrast {
    double alpha;        /* inverse temperature                                              */
    double lambda;       /* exponent: factor of the whole log-sum-exp                        */
    double weight;       /* w                                                                */
    double log_positive; /* log c_ik for k = p(i); -INFINITY leaves the positive out of K(i) */
    double log_negative; /* log c_ik for the others                                          */
    size_t shift;        /* p(i) = (i + shift) mod points                                    */
    bool own;            /* anchors are the points themselves: k = i is not in K(i)          */
    const double *pull;  /* b_i, one per anchor; NULL: 1                                     */
    bool euclidean;      /* S_ik = -|a_i - b_k| instead of the inner product                 */
} pl_contrast;

/** Adds a contrastive loss to a value, and its gradient to gradients.
 *  Given     anchors  n x d, points m x d with n <= m; any finite rows
 *  Returned  terms    the n anchors' brackets, unweighted; NULL: not wanted
 *            *value   += L [nats / w]
 *            *grad_anchors, *grad_points  += dL/dA, dL/dB; both NULL: not wanted. They may be one
 *                     matrix, as for S = z z^T, where dL/dz = (G + G^T) z
 *  Status    PL_ESHAPE | PL_ENOMEM
 *  Cost      O(n m d) time, n m doubles */
pl_status pl_contrast_add(pl_ctx *ctx, const pl_contrast *c, pl_cmat anchors, pl_cmat points,
                          double *terms, double *value, pl_mat *grad_anchors, pl_mat *grad_points);

#endif
