#ifndef PL_SPECTRAL_MODES_SPARSE_H
#define PL_SPECTRAL_MODES_SPARSE_H
/* Modes of graphs too large for a dense solver. */

#include "spectral/modes.h"

/** The k first modes and the value of the next. Zero modes of a disconnected graph are written down
 *  from its components; the others come from the solver that settings name. By the rule: from
 *  shift-invert where a factor is cheap (at most 20000 operations an entry of the matrix and 2.5
 *  GB), else from block Lanczos on a Chebyshev filter, else from a filtered subspace.
 *  Status  PL_ENOCONV the solver did not reach 1e-10 of the spectrum's width, or missed a mode that
 *          inertia counts | PL_EUSAGE it does not take this graph */
pl_status modes_solve_sparse(pl_ctx *ctx, const pl_graph *g, modes_kind kind,
                             const modes_settings *settings, modes *m);

#endif
