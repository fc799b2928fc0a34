#ifndef PL_SPECTRAL_DENSE_H
#define PL_SPECTRAL_DENSE_H
/* Small dense algebra in which the programs of this room read like their formulas. Matrices that
 * dense_new makes are the caller's: dense_free. */

#include "base/array.h"

pl_status dense_new(pl_ctx *ctx, size_t rows, size_t cols, pl_mat *out); /* zeros */
pl_status dense_copy(pl_ctx *ctx, pl_cmat a, pl_mat *out);
void dense_free(pl_mat *a); /* an all-zero one is fine */

/** out = alpha op(a) op(b) + beta out. */
void dense_times(double alpha, pl_cmat a, bool ta, pl_cmat b, bool tb, double beta, pl_mat out);
double dense_inner(pl_cmat a, pl_cmat b); /* sum a_ij b_ij */
double dense_square(pl_cmat a);           /* |a|_F^2 */
double dense_trace(pl_cmat a);
/** Takes the column means off: a = H a. */
void dense_centre(pl_mat a);
/** Both sides of a square matrix: a = H a H. */
void dense_centre_both(pl_mat a);
/** The first k columns. */
pl_cmat dense_columns(pl_mat a, size_t k);
/** Column j times s. */
void dense_scale_column(pl_mat a, size_t j, double s);

/** Eigenpairs of a symmetric matrix, vectors as columns.
 *  Given     ascending  order of the values
 *  Returned  values n; vectors n x n (a NULL: not wanted) */
pl_status dense_eigen(pl_ctx *ctx, pl_cmat a, bool ascending, double *values, pl_mat vectors);
/** Singular values of a, min(rows, cols), descending. */
pl_status dense_singular_values(pl_ctx *ctx, pl_cmat a, double *values);
/** Thin decomposition a = u diag(s) v', u rows x r, v cols x r, r = min(rows, cols). */
pl_status dense_svd(pl_ctx *ctx, pl_cmat a, pl_mat u, double *s, pl_mat v);
/** Singular values above tol s_1. */
pl_status dense_rank(pl_ctx *ctx, pl_cmat a, double tol, size_t *rank);
/** x = a^-1 b for symmetric positive definite a, in place of b. Status PL_EDOMAIN not definite */
pl_status dense_solve(pl_ctx *ctx, pl_cmat a, pl_mat b);

/** The k x k orthogonal matrix of a fixed stream: a rotation that no formula prefers. */
pl_status dense_rotation(pl_ctx *ctx, size_t k, uint64_t seed, pl_mat *out);
/** rows x cols standard normals. */
pl_status dense_normals(pl_ctx *ctx, size_t rows, size_t cols, uint64_t seed, uint64_t stream,
                        pl_mat *out);

#endif
