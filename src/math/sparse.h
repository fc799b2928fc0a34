#ifndef PL_MATH_SPARSE_H
#define PL_MATH_SPARSE_H
/* Large symmetric eigenproblems: the few smallest eigenpairs of an operator that is known by its
 * products. Shift-invert (math/factor.h) where a factorisation is cheap; otherwise block Lanczos on
 * a Chebyshev filter. A filtered subspace iteration, ARPACK's Lanczos method and SLEPc's
 * Krylov-Schur method stand beside them.
 *
 * primary    pl_eigen_filtered, pl_eigen_chebyshev, pl_eigen_lanczos, pl_eigen_slepc
 * tertiary   pl_sparse_operator, pl_sparse_order */

#include "base/array.h"

/* y = A x for n x m blocks; the spectrum lies in [lower, upper]. */
typedef struct pl_operator {
    size_t n;
    pl_status (*apply)(pl_ctx *ctx, const void *data, pl_cmat x, pl_mat y);
    const void *data;
    double lower, upper;
} pl_operator;

/* A symmetric matrix by rows, both triangles, columns ascending. */
typedef struct pl_sparse {
    size_t n;
    size_t *start;
    uint32_t *index;
    double *value;
} pl_sparse;

typedef struct pl_eigen_settings {
    double tolerance;  /* of |Au - value u|, relative to upper - lower; 0: 1e-10 */
    size_t block;      /* Chebyshev: columns; 0: chosen                          */
    size_t iterations; /* 0: chosen                                              */
    size_t loose;      /* so many of the last pairs need only be told from the one before: their
                        * residual may be 1e-3 of the gap (filtered, shift-invert) */
} pl_eigen_settings;

typedef struct pl_eigen_report {
    double residual;             /* largest of those not loose, relative to upper - lower */
    size_t iterations, products; /* products count columns */
    bool converged;              /* otherwise the best that was reached: a result that says so */
} pl_eigen_report;

/** The k smallest eigenpairs on the complement of `deflate`.
 *  Given     a        the operator
 *            deflate  n x q orthonormal columns that are left out (q 0: none)
 *  Returned  values k ascending, vectors n x k orthonormal columns, *out
 *  Status    PL_ESHAPE k + q > n | PL_ENOMEM | what apply returned
 *  Cost      filtered: 4 x degree products a step, n x (k + max(k, 48) + 20) numbers; Chebyshev:
 *            block x degree products an iteration, 3 n x block numbers, and the same bits for any
 *            number of threads; Lanczos: one product a step, n x ncv numbers
 *  Source    Wu & Simon 2000; Zhou & Saad 2007; Lehoucq, Sorensen & Yang 1998 (ARPACK) */
pl_status pl_eigen_chebyshev(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                             const pl_eigen_settings *settings, double *values, pl_mat vectors,
                             pl_eigen_report *out);
pl_status pl_eigen_filtered(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                            const pl_eigen_settings *settings, double *values, pl_mat vectors,
                            pl_eigen_report *out);
pl_status pl_eigen_lanczos(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                           const pl_eigen_settings *settings, double *values, pl_mat vectors,
                           pl_eigen_report *out);

/** The same by SLEPc's Krylov-Schur method.
 *  Status    PL_EUSAGE this build is without SLEPc */
pl_status pl_eigen_slepc(pl_ctx *ctx, const pl_operator *a, pl_cmat deflate, size_t k,
                         const pl_eigen_settings *settings, double *values, pl_mat vectors,
                         pl_eigen_report *out);

void pl_sparse_free(pl_sparse *a); /* an all-zero one is fine */
/** Products with a matrix, rows in parallel. Borrows the matrix. */
pl_operator pl_sparse_operator(const pl_sparse *a, double lower, double upper);
/** Breadth-first order of the nodes, component by component: order[new] = old. Neighbours come to
 * lie near each other in memory. */
pl_status pl_sparse_order(pl_ctx *ctx, const size_t *start, const uint32_t *index, size_t n,
                          uint32_t *order);

#endif
