#ifndef PL_MATH_FACTOR_H
#define PL_MATH_FACTOR_H
/* Sparse Cholesky factors through CHOLMOD: the order of elimination and the pattern of L are found
 * once, and serve every A - shift. */

#include "math/sparse.h"

typedef struct pl_factor pl_factor;

/** Analyses A; nothing is factorised. Minimum degree order, and nested dissection beside it where
 *  that may pay. Borrows A.
 *  Status  PL_ENOMEM */
pl_status pl_factor_new(pl_ctx *ctx, const pl_sparse *a, pl_factor **out);
void pl_factor_free(pl_factor *f); /* NULL is fine */

/* What L would have, and take. */
double pl_factor_entries(const pl_factor *f);
double pl_factor_flops(const pl_factor *f);

/** A - shift = LL'.
 *  Status  PL_EDOMAIN it is not positive definite | PL_ENOMEM */
pl_status pl_factor_at(pl_ctx *ctx, pl_factor *f, double shift);
/** x = (A - shift)^-1 x, n x m, after pl_factor_at. */
pl_status pl_factor_solve(pl_ctx *ctx, pl_factor *f, pl_mat x);

/** Eigenvalues below theta, by Sylvester's law of inertia from A - theta = LDL'. Unpivoted: meant
 *  for theta inside a gap. What pl_factor_at made is lost.
 *  Status  PL_EDOMAIN a pivot is 0: move theta */
pl_status pl_factor_inertia(pl_ctx *ctx, pl_factor *f, double theta, size_t *below);

/** The k smallest eigenpairs of `a`, the products of the factor's matrix, by block Lanczos on
 *  (A - shift)^-1, shift below the spectrum.
 *  Given     as pl_eigen_filtered (math/sparse.h)
 *  Status    PL_EDOMAIN A - shift is not positive definite | PL_ESHAPE n is too small for a basis
 *  Cost      four right-hand sides a step, n x (k + max(k, 48) + 8) numbers */
pl_status pl_eigen_shift_invert(pl_ctx *ctx, pl_factor *f, const pl_operator *a, double shift,
                                pl_cmat deflate, size_t k, const pl_eigen_settings *settings,
                                double *values, pl_mat vectors, pl_eigen_report *out);

#endif
