#ifndef PL_HLTM_POPULATION_H
#define PL_HLTM_POPULATION_H
/* Finite data: datapoints, and the law of their augmentations over configurations (theory notes,
 * sec. 1). In the tree the datapoint is the root's value, and augmenting resamples all other
 * latents. */

#include "hltm/tree.h"

typedef struct hltm_population {
    size_t datapoints, configs, inputs;
    double *prior;    /* P(datapoint)                                    */
    double *given;    /* datapoints x configs: P(config | datapoint)     */
    double *marginal; /* q(config)                                       */
    double *x;        /* configs x inputs                                */
} hltm_population;

/** Copies what is given.
 *  Status   PL_EDOMAIN a probability is negative, or a row does not sum to 1 within 1e-9 */
pl_status hltm_population_new(pl_ctx *ctx, size_t datapoints, size_t configs, size_t inputs,
                              const double *prior, const double *given, const double *x,
                              hltm_population *out);

/** All configurations of a tree's leaves; configuration k is row k, leftmost leaf first.
 *  Status   PL_EDOMAIN depth beyond HLTM_MAX_EXACT_DEPTH
 *  Cost     2^(2^L) rows: 16, 256, 65536 for L = 2, 3, 4 */
pl_status hltm_population_tree(pl_ctx *ctx, const hltm_tree *t, hltm_population *out);

/** `rows` independent samples of a tree as a population whose datapoints are the two values of the
 *  root: the plug-in estimate of everything that the exact one gives.
 *  Returned  z   rows x 2^(L+1) latents by heap index, or NULL: not wanted
 *  Status    PL_EDOMAIN a value of the root does not occur */
pl_status hltm_population_sampled(pl_ctx *ctx, const hltm_tree *t, uint64_t seed, uint64_t stream,
                                  size_t rows, unsigned char *z, hltm_population *out);

void hltm_population_free(hltm_population *p); /* leaves it all-zero */

#endif
