#ifndef PL_HLTM_OPERATORS_H
#define PL_HLTM_OPERATORS_H
/* Covariance operators of TIAN20: class means of the connection K_l, V_x[mean K_l], the operator of
 * weighted pair losses with its residue, eigenvalues. vec is column-stacked, nodes ascending.
 *
 * primary    hltm_moments_new, hltm_operator, hltm_pair_operator, hltm_eigen
 * secondary  hltm_moments_free, hltm_released_norm, hltm_block */

#include "hltm/losses.h"

/* Class means over the augmentations of each datapoint. */
typedef struct hltm_moments {
    size_t levels, datapoints, outputs;
    double *out;   /* datapoints x outputs: f-bar (the head's output)                 */
    double **k;    /* by level: datapoints x outputs x weights, K-bar^T               */
    double **bias; /* by level: datapoints x outputs, c-bar_l = sum_{above, at} J b   */
} hltm_moments;

/** One pass over the configurations, in blocks; class sums as matrix products.
 *  Given     head      what J is the derivative of
 *            own_gate  false: J with respect to the post-activation (a control)
 *  Cost      O(configs outputs weights) time, O(block outputs units) memory */
pl_status hltm_moments_new(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                           hltm_head head, bool own_gate, hltm_moments *out);
void hltm_moments_free(hltm_moments *m);

/** Cov_x[left, right] = sum_z p_z (L_z - L)(R_z - R)^T of the level's class means; left = right:
 *  the covariance operator V_x[K-bar].
 *  Returned  op   weights x weights */
pl_status hltm_operator(pl_ctx *ctx, const hltm_population *p, const hltm_moments *left,
                        const hltm_moments *right, size_t level, size_t weights, double *op);

/** Cov_x[K-bar_l, c-bar_l]: what biases add to OP vec W; `weights` numbers. */
void hltm_bias_term(const hltm_population *p, const hltm_moments *left, const hltm_moments *right,
                    size_t level, size_t weights, double *out);

/** sum_ik S_ik/2 (K_i - K_k)(K_i - K_k)^T for S = B + B^T, B = A_- - A_+, as in sec. 1 "C kernels".
 *  Given     k    n x outputs x weights (hltm_connection)
 *  Returned  op   weights x weights */
pl_status hltm_pair_operator(pl_ctx *ctx, const hltm_pair_weights *w, const double *k,
                             size_t outputs, size_t weights, double *op);

/** Marginal covariance Cov[K(x_1)], which is not the operator (a control). */
pl_status hltm_marginal_operator(pl_ctx *ctx, const hltm_population *p, const double *k,
                                 size_t outputs, size_t weights, double *op);

/** Eigenvalues of a symmetric matrix, descending, and with `vectors` (n x n; NULL: not wanted) the
 *  eigenvectors in rows. a is not changed.
 *  Status   PL_EDOMAIN an element is not finite | PL_ENOCONV | PL_ENOMEM */
pl_status hltm_eigen(pl_ctx *ctx, const double *a, size_t n, double *values, double *vectors);

/** Frobenius norm of OP_mu of a node; `released`: with the contraction of the released code, whose
 *  rows are (input, output) and columns the node's own units. */
pl_status hltm_node_norm(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                         const hltm_moments *m, size_t level, size_t node, bool released,
                         double *out);

double hltm_frobenius(const double *a, size_t n); /* of n numbers */
double hltm_max_abs(const double *a, size_t n);
double hltm_max_difference(const double *a, const double *b, size_t n);
/** out = A v for a square matrix. */
void hltm_apply(const double *a, size_t n, const double *v, double *out);

#endif
