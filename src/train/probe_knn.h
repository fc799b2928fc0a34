#ifndef PL_TRAIN_PROBE_KNN_H
#define PL_TRAIN_PROBE_KNN_H
/* The search and vote behind pl_probe_knn; its arguments are checked there. */

#include "train/probe.h"

/** Returned  *hits of the test features.  Status PL_EDOMAIN a zero feature | PL_ENOMEM */
pl_status pl_knn_vote(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                      size_t classes, size_t k, double tau, size_t *hits);

#endif
