#ifndef PL_SSL_MOMENT_LOSSES_H
#define PL_SSL_MOMENT_LOSSES_H
/* The spectral contrastive loss (HaoChen et al. 2021) in its three forms: of a linear encoder and
 * two second moments, of embeddings and pair weights, of a mini-batch of two views. Supervised
 * (SCL), unsupervised (UCL) and joint losses differ in the positive pairs only.
 *
 * Rows are examples: X is N x D, W is p x D, the embeddings F = X W^T are N x p. (The paper writes
 * them as columns.) A gradient whose `a` is NULL is not computed. */

#include "base/array.h"

/** Q = X^T X / N, D x D. Status PL_ESHAPE */
pl_status pl_second_moment(pl_ctx *ctx, pl_cmat x, pl_mat q);

/** Moment of positive pairs that are drawn from one group, groups uniformly:
 *    P = (1/C) sum_c xbar_c xbar_c^T
 *  Given     group   of every row, 0 .. groups-1: classes for SCL, originals for UCL
 *  Returned  P D x D
 *  Status    PL_EDOMAIN a group has no row, or an index is out of range | PL_ESHAPE
 *  Source    XUE23 sec. 3, M+ and M~ */
pl_status pl_group_moment(pl_ctx *ctx, pl_cmat x, const size_t *group, size_t groups, pl_mat p);

/** The same pairs as an operator on examples, P = X^T S X / N:
 *    S = (N/C) sum_c 1_c 1_c^T / N_c^2     [a projection iff the groups are balanced]
 *  Status    PL_EDOMAIN as above | PL_ESHAPE S is not N x N */
pl_status pl_group_pairs(pl_ctx *ctx, const size_t *group, size_t n, size_t groups, pl_mat s);

/** Spectral contrastive loss of a linear encoder.
 *    L = -2 tr(W P W^T) + |W Q W^T|_F^2,    dL/dW = -4 W P + 4 W Q W^T W Q
 *  Given     w   p x D;   p, q   D x D, symmetric
 *  Returned  *loss, gradient p x D
 *  Status    PL_ESHAPE
 *  Cost      O(p D^2)
 *  Source    XUE23 app. A */
pl_status pl_moment_loss(pl_ctx *ctx, pl_cmat w, pl_cmat p, pl_cmat q, double *loss,
                         pl_mat gradient);

/** The same of any embeddings and pair weights.
 *    L = -2 sum_ij Pi_ij C_ij + sum_ij Nu_ij C_ij^2, C = F F^T,   dL/dF = -4 Pi F + 4 (Nu o C) F
 *  Given     f   N x p;   positive, negative   N x N, symmetric, each of sum 1
 *  Returned  *loss, gradient N x p
 *  Status    PL_ESHAPE
 *  Cost      O(N^2 p) time, O(N^2) memory */
pl_status pl_pair_loss(pl_ctx *ctx, pl_cmat f, pl_cmat positive, pl_cmat negative, double *loss,
                       pl_mat gradient);

/** The same of a mini-batch: row i of both views is one example, all others are negatives.
 *    L = -(2/B) sum_i G_ii + sum_{i != j} G_ij^2 / (B(B-1)),   G = Za Zb^T
 *  Given     za, zb   B x p, B >= 2
 *  Returned  *loss, ga, gb B x p
 *  Status    PL_ESHAPE
 *  Cost      O(B^2 p) time, O(B^2) memory
 *  Source    HaoChen et al. 2021, eq. 6 */
pl_status pl_spectral_batch_loss(pl_ctx *ctx, pl_cmat za, pl_cmat zb, double *loss, pl_mat ga,
                                 pl_mat gb);

#endif
