#ifndef PL_SPECTRAL_MODES_SPARSE_H
#define PL_SPECTRAL_MODES_SPARSE_H
/* Modes of graphs too large for a dense solver. */

#include "spectral/modes.h"

/** The k first modes and the value of the next. Zero modes of a disconnected graph are written down
 *  from its components; the others come from shift-invert where a factor is cheap (at most 4000
 *  operations per entry of the matrix and 2.5 GB), else from Lanczos where 40 restarts do (large
 *  gaps), else from the Chebyshev-filtered block.
 *  Status  PL_ENOCONV none of them reached 1e-10 of the spectrum's width */
pl_status modes_solve_sparse(pl_ctx *ctx, const pl_graph *g, modes_kind kind, modes *m);

#endif
