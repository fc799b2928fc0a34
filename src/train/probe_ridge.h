#ifndef PL_TRAIN_PROBE_RIDGE_H
#define PL_TRAIN_PROBE_RIDGE_H
/* Least squares on one-hot classes with an absolute ridge: features are not rescaled, so that what
 * an encoder has made small is hard to read. A scale-free probe reads it all the same, and hides a
 * collapse (XUE23; theory notes, features, sec. 9). */

#include "train/probe.h"

/** min_W,b |X W + 1 b' - Y|^2 + ridge n |W|^2, the class of the largest entry.
 *  Given     ridge  >= 0; 1e-3 is usual
 *  Returned  *out   hits on the test features, Clopper-Pearson interval at `level`
 *  Status    PL_ESHAPE an empty set | PL_EDOMAIN ridge, a singular matrix at ridge 0 | PL_ENOMEM
 *  Cost      O(n dim^2), 8 n dim bytes; the same bits for any number of threads */
pl_status pl_probe_ridge(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                         size_t classes, double ridge, double level, pl_probe_score *out);

#endif
