#ifndef PL_HLTM_SGD_H
#define PL_HLTM_SGD_H
/* Training on sampled triplets by plain SGD in single precision, as the released code does, with
 * the work arranged so that nothing is computed twice: a node over two or four leaves has 4 or 16
 * different inputs, a node over eight has as many as the batch shows, and only nodes above that are
 * computed sample by sample. Gradients are summed over the samples that share an input.
 *
 * One trainer runs on one thread; seeds run in parallel. */

#include "hltm/losses.h"

/* A batch is `batch` anchors, as many positives that share the anchor's root, and `negatives` times
 * as many with roots of their own; every batch is drawn afresh. */
typedef struct hltm_sgd {
    hltm_loss loss; /* simp, released, subtract over batch means; tri and nce per sample, nce as
                     * -log without the factor tau, as in the tables of theory notes, sec. 6 */
    double rate;
    size_t batch;
    uint64_t seed, row; /* of the samples: row is the replicate */
} hltm_sgd;

typedef struct hltm_trainer hltm_trainer;

enum { HLTM_MAX_SGD_DEPTH = 8 };

/** Copies tree, weights and settings.
 *  Status   PL_EDOMAIN batch 0, depth beyond HLTM_MAX_SGD_DEPTH, tau <= 0, no negatives
 *           PL_EUSAGE magnitude-only normalisation */
pl_status hltm_trainer_new(pl_ctx *ctx, const hltm_tree *tree, const hltm_net *net,
                           const hltm_sgd *settings, hltm_trainer **out);
void hltm_trainer_free(hltm_trainer *t); /* NULL is fine */

/** Up to `steps` steps; *done of them were taken: fewer when the loss or a weight is no longer
 *  finite, and the step at which it was noticed is then the trainer's last.
 *  Returned  *loss  mean over the steps */
void hltm_trainer_run(hltm_trainer *t, size_t steps, size_t *done, double *loss);

/** Copies the weights out into a net of the same shape. */
void hltm_trainer_weights(const hltm_trainer *t, hltm_net *net);

/** The leaves of the last batch, for tests: rows anchors, positives, negatives; inputs doubles. */
void hltm_trainer_batch(const hltm_trainer *t, double *x);

#endif
