#ifndef PL_SSL_SUPERVISED_LOSSES_H
#define PL_SSL_SUPERVISED_LOSSES_H
/* Losses of a mini-batch whose positive pairs are named by labels. Rows are as they come: the
 * caller normalises where the loss is one of cosines. A gradient whose `a` is NULL is not computed;
 * one that is, is overwritten. */

#include "base/array.h"

/** Supervised contrastive loss, the mean over positives outside the logarithm.
 *    L = 1/n sum_i -1/|P(i)| sum_{p in P(i)} log( e^{a s_ip} / sum_{k != i} e^{a s_ik} ),
 *    P(i) = {p != i: y_p = y_i},  s_ik = z_i.z_k;   anchors with empty P(i) contribute 0
 *  Given     z      n x d, all views of the batch;  label  n;  alpha = 1/tau > 0
 *  Returned  *value [nats];  gradient n x d
 *  Status    PL_ESHAPE n < 2 | PL_EDOMAIN alpha | PL_ENOMEM
 *  Cost      O(n^2 d) time, n^2 doubles; the same bits for any number of threads
 *  Source    Khosla et al. 2020, eq. 2; labels that name the image alone give SimCLR's NT-Xent */
pl_status pl_supcon_loss(pl_ctx *ctx, pl_cmat z, const size_t *label, double alpha, double *value,
                         pl_mat gradient);

/** Spectral contrastive loss of two views with positives from images, from classes, or both.
 *    L = -2 sum_ij Pi_ij G_ij + sum_{i != j} G_ij^2 / (B(B-1)),   G = Za Zb^T
 *    Pi = (1 - beta) I/B + beta (1/C) sum_c 1_c 1_c^T / N_c^2
 *  the sum over the C classes that the batch holds, N_c their numbers of images.
 *  Given     za, zb  B x p, B >= 2;  label  B;  beta in [0, 1]: 0 is UCL, 1 SCL
 *  Returned  *value;  ga, gb B x p
 *  Status    PL_ESHAPE | PL_EDOMAIN beta | PL_ENOMEM
 *  Cost      O(B^2 p) time, O(B^2) memory
 *  Source    HaoChen et al. 2021, eq. 6; XUE23 sec. 3, 6 (theory notes, features, XUE23.LOSS) */
pl_status pl_spectral_joint_loss(pl_ctx *ctx, pl_cmat za, pl_cmat zb, const size_t *label,
                                 double beta, double *value, pl_mat ga, pl_mat gb);

#endif
