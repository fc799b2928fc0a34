#ifndef PL_HLTM_LATENT_H
#define PL_HLTM_LATENT_H
/* What one node's inputs know about its latent, exactly: conditional moments over the leaves below
 * it, correlations and their ceilings. */

#include "hltm/operators.h"

/* Conditional moments of a node's inputs given its latent z = 0, 1. */
typedef struct hltm_latent {
    size_t level, node, in; /* node within its level                                */
    double prior;           /* P(z = 1)                                             */
    double *mean[2];        /* E[input | z]                                         */
    double *cov[2];         /* Var(input | z), in x in                              */
    double *half_gap;       /* u = (mean[1] - mean[0])/2                            */
    double *within;         /* E Var(input | z)                                     */
    double bayes;           /* sqrt(Var E[z|x]/Var z): ceiling of every function    */
} hltm_latent;

/** Given   pass   of all configurations of the tree (hltm_population_tree), forward done */
pl_status hltm_latent_new(pl_ctx *ctx, const hltm_tree *t, const hltm_net *net,
                          const hltm_pass *pass, size_t level, size_t node, hltm_latent *out);
void hltm_latent_free(hltm_latent *l);

/** The largest |corr(z, w . input)| over the node's units, by the formula
 *  2 sqrt(p(1-p)) (w.u)/sqrt(4p(1-p) (w.u)^2 + w^T Sigma_c w). */
double hltm_best_correlation(const hltm_net *net, const hltm_latent *l);
/** The largest over all w: sqrt(kappa/(1 + kappa)), kappa = 4p(1-p) u^T Sigma_c^+ u.
 *  Status   PL_ENOCONV */
pl_status hltm_best_linear(pl_ctx *ctx, const hltm_latent *l, double *out);

/** The row of the full enumeration whose leaves below a node are `config` and 0 elsewhere: the
 *  node's activation there is that of the configuration. */
size_t hltm_latent_row(const hltm_tree *t, size_t level, size_t node, size_t config);

#endif
