#ifndef PL_MATH_SUBSPACE_H
#define PL_MATH_SUBSPACE_H
/* Column spans: orthonormal bases, the angle between two, and the rotation that equalises a
 * diagonal. */

#include "base/array.h"

/** An orthonormal basis of the span of a's columns: left singular vectors with s > tol s_1.
 *  Given     a     n x k, n >= 1
 *            tol   relative; < 0 keeps min(n, k)
 *  Returned  q     n x min(n, k): its first *rank columns; *rank 0 when a is zero
 *  Status    PL_ESHAPE q is too small | as pl_svd */
pl_status pl_orthonormal(pl_ctx *ctx, pl_cmat a, double tol, pl_mat q, size_t *rank);

/** Sine of the largest angle from span(b) to span(a): |(I - a a')b|_2, a and b orthonormal. 0 when
 *  span(b) lies in span(a); never by way of an arc cosine.
 *  Source    Bjorck & Golub 1973 */
pl_status pl_subspace_sine(pl_ctx *ctx, pl_cmat a, pl_cmat b, double *out);

/** The same of two spans given by any columns: both made orthonormal with `tol` first. Spans of
 *  different dimension: the sine is 1 when b has the larger one. */
pl_status pl_span_sine(pl_ctx *ctx, pl_cmat a, pl_cmat b, double tol, double *out);

/** Orthogonal r with every diagonal entry of r' diag(sigma) r equal to mean(sigma), by at most
 *  k - 1 plane rotations (Schur-Horn).
 *  Given     sigma  k numbers;  r  k x k */
pl_status pl_equalise(pl_ctx *ctx, const double *sigma, pl_mat r);

#endif
