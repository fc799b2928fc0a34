#ifndef PL_HLTM_PROBE_H
#define PL_HLTM_PROBE_H
/* What a net's nodes know of their latents, measured on samples: the released code's evaluation
 * pass, with its ceilings. Any depth. */

#include "hltm/operators.h"

typedef struct hltm_probe {
    double best;   /* max over units of |corr(z, pre-activation)|                         */
    double linear; /* the same over all linear read-outs of the node's input; nan: not asked */
    double bayes;  /* sqrt(Var E[z|leaves below]/Var z); nan: not asked                    */
} hltm_probe;

/** Given     rows      samples; stream of `seed` whose rows they are
 *            ceilings  also linear and bayes
 *  Returned  probes    by heap index of the nodes above the leaves (2^L of them, [0] unused)
 *  Status    PL_EDOMAIN fewer than 2 rows | PL_ENOCONV | PL_ENOMEM */
pl_status hltm_probe_nodes(pl_ctx *ctx, const hltm_tree *t, const hltm_net *net, uint64_t seed,
                           uint64_t stream, size_t rows, bool ceilings, hltm_probe *probes);

#endif
