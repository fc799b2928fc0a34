#ifndef PL_MATH_EIGEN_H
#define PL_MATH_EIGEN_H
/* Dense symmetric eigenproblems and singular values, over LAPACK. Vectors come as rows, each
 * contiguous; their signs are arbitrary, and within a repeated value so is the basis. LAPACK runs
 * on one thread here, so that the bits do not depend on how many there are. */

#include "base/array.h"

/** Eigenvalues of a symmetric matrix.
 *  Given     a       n x n, both triangles (the upper one is read); destroyed
 *  Returned  values  n, descending; absolute error a few n eps |a|
 *  Status    PL_ESHAPE not square, empty, or n > 32000 | PL_EDOMAIN an element is not finite |
 *            PL_ENOCONV | PL_ENOMEM. On failure values are untouched, a is not.
 *  Cost      4/3 n^3 flops */
pl_status pl_eigen_symmetric(pl_ctx *ctx, pl_mat a, double *values);

/** The same, and row k of a becomes the unit eigenvector of values[k].
 *  Cost      about 9 n^3 flops, 2 n^2 doubles */
pl_status pl_eigen_symmetric_vectors(pl_ctx *ctx, pl_mat a, double *values);

/** Singular values of an n x d matrix.
 *  Given     a       destroyed
 *  Returned  values  r = min(n, d), descending
 *  Status    as above */
pl_status pl_svd_values(pl_ctx *ctx, pl_mat a, double *values);

/** Thin singular value decomposition a = u diag(values) vt.
 *  Returned  u       n x r, orthonormal columns;  vt  r x d, orthonormal rows */
pl_status pl_svd(pl_ctx *ctx, pl_mat a, pl_mat u, double *values, pl_mat vt);

#endif
