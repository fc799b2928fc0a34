#ifndef PL_SPECTRAL_EMBEDDING_H
#define PL_SPECTRAL_EMBEDDING_H
/* What the programs of this room measure on an embedding. */

#include "base/table.h"
#include "spectral/modes.h"

/** Z = HZ; with a graph, D^1/2 (I - 1 d'/vol) Z, whose Gram matrix is the degree-weighted one. */
void embedding_centre(pl_mat z, const pl_graph *by_degree);

/** How far span(y) is from the first `rank` modes: the larger sine of both directions. Where the
 *  eigenspace is cut, only what is determined is asked: all whole eigenspaces before the cut lie in
 *  span(y), and span(y) in those up to it.
 *  Given  threshold  columns' singular values above it count, absolute
 *  Returned  *out; 1 when the dimensions differ */
pl_status embedding_sandwich(pl_ctx *ctx, const modes *m, pl_cmat y, size_t rank, double threshold,
                             double *out);

#endif
