#ifndef PL_HLTM_RESIDUE_H
#define PL_HLTM_RESIDUE_H
/* Theorem 4 of TIAN20 in the exact form of the theory notes: -g = OP^x vec W, OP^x = Lambda +
 * theta. */

#include "hltm/operators.h"

/* The parts of one level. */
typedef struct hltm_residue {
    double operator_norm, leading_norm, residue_norm; /* OP^x, Lambda, theta: Frobenius         */
    double bound, lipschitz_bound; /* right sides of THM4(c); nan for two negatives             */
    double lambda_min, lambda_max; /* of OP^x                                                   */
    double identity_residual;      /* max |g + OP^x vec W|                                      */
    double residue_residual;       /* max |OP^x - Lambda - theta as a sum of expectations|      */
    double anchor_residual;        /* max |E[xi K_1(K_+ - K_-)^T] - Lambda/2|                   */
    double inner_product;          /* <W_l, -g_l>                                               */
} hltm_residue;

/* What the levels share; the operator is that of the pair weights, Lambda that of class means. */
typedef struct hltm_residue_setting {
    const hltm_net *net;
    const hltm_population *population;
    const hltm_loss *loss;
    hltm_net grad;
    hltm_objective value;
    hltm_pass pass;
    double **jacobian;
    hltm_moments moments;
    hltm_pair_weights exact, leading; /* xi, xi_0 */
} hltm_residue_setting;

/** Borrows net, population, loss.
 *  Status   PL_EDOMAIN too many configurations, another loss than simp, tri, nce */
pl_status hltm_residue_new(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                           const hltm_loss *loss, hltm_residue_setting *out);
void hltm_residue_free(hltm_residue_setting *s);
pl_status hltm_residue_level(pl_ctx *ctx, const hltm_residue_setting *s, size_t level,
                             hltm_residue *out);
/** 2 E[sum_h xi_h (r_h - r_+)]: what <W_l, -g_l> is for every level. */
double hltm_pair_expectation(const hltm_residue_setting *s);

#endif
