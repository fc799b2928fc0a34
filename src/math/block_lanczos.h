#ifndef PL_MATH_BLOCK_LANCZOS_H
#define PL_MATH_BLOCK_LANCZOS_H
/* Block Lanczos with thick restarts for the largest eigenvalues of a function f(A) of a symmetric
 * operator: a polynomial (eigen_filtered.c) or the inverse (eigen_shift_invert.c). The whole basis
 * is kept orthonormal. Of an eigenvalue that is repeated, a block of b columns finds b copies. */

#include "math/random.h"
#include "math/sparse.h"

enum { PL_LANCZOS_BLOCK = 4 };

typedef struct pl_block_lanczos {
    size_t n, k, b, m, used; /* size; wanted; block; columns of the basis, and those in use   */
    size_t fresh;            /* columns from here on belong to one Krylov sequence             */
    pl_cmat deflate;         /* n x q, orthonormal: left out                                   */
    pl_mat v;                /* n x m, the basis                                               */
    pl_mat w;                /* n x b, the next block, outside the basis                       */
    pl_mat s;                /* m x m, V' f(A) V                                               */
    pl_mat h;                /* u x u after pl_block_lanczos_ritz: Ritz vectors as rows        */
    pl_mat r;                /* b x b, what w was before it was orthonormal                    */
    double *theta;           /* m Ritz values of f(A), largest first                           */
    double *rest;            /* m, |f(A) x - theta x| of each                                  */
    pl_status (*apply)(pl_ctx *ctx, void *data, pl_mat w); /* w = f(A) w */
    void *data;
    pl_stream stream;
    uint64_t drawn;
    double *work;
} pl_block_lanczos;

/** Whether a basis for k pairs and a block have room beside what is left out. */
bool pl_block_lanczos_fits(size_t n, size_t k, size_t left_out);
/** A basis for k pairs, and a random first block, another for every attempt: beside what one start
 *  found, it has no part left in the other copies of a repeated value. Borrows deflate.
 *  Status  PL_ESHAPE no room for a basis and a block beside what is left out | PL_ENOMEM */
pl_status pl_block_lanczos_new(pl_ctx *ctx, size_t n, size_t k, pl_cmat deflate, uint64_t attempt,
                               pl_block_lanczos *out);
void pl_block_lanczos_free(pl_block_lanczos *l); /* an all-zero one is fine */

/** w joins the basis, and f(A) w less its part in the basis is the next w. */
pl_status pl_block_lanczos_extend(pl_ctx *ctx, pl_block_lanczos *l);
/** theta, h and rest of the basis as it stands. */
pl_status pl_block_lanczos_ritz(pl_ctx *ctx, pl_block_lanczos *l);
/** The basis becomes its `kept` leading Ritz vectors. */
pl_status pl_block_lanczos_contract(pl_ctx *ctx, pl_block_lanczos *l, size_t kept);
/** Another f has another Krylov space: it starts from random sums of the wanted Ritz vectors. */
pl_status pl_block_lanczos_again(pl_ctx *ctx, pl_block_lanczos *l);

/** Values and vectors of A itself on the span of x (n x u, orthonormal columns, destroyed), by
 *  Rayleigh and Ritz: the k smallest.
 *  Returned  *residual, the largest |Au - value u| of all but the last `loose` */
pl_status pl_rayleigh_ritz(pl_ctx *ctx, const pl_operator *a, pl_mat x, size_t k, size_t loose,
                           double *values, pl_mat vectors, double *residual);

/** What a residual of A may be for pair c of k, the last `loose` of which need only be told from
 *  the value before. */
double pl_lanczos_allowed(size_t c, size_t k, size_t loose, double tolerance, double before,
                          double value);

/* One solution: k pairs beside what is left out. */
typedef struct pl_eigen_run {
    pl_status (*solve)(pl_ctx *ctx, const void *data, uint64_t attempt, pl_cmat deflate, size_t k,
                       double *values, pl_mat vectors, pl_eigen_report *out);
    const void *data;
    size_t n;
    double width; /* of the spectrum */
} pl_eigen_run;

/** A solution that misses no copy. Where a value comes as often as the block is wide, copies may be
 *  missing: the solver then runs again beside what it found, until nothing smaller is left. */
pl_status pl_eigen_complete(pl_ctx *ctx, const pl_eigen_run *run, pl_cmat deflate, size_t k,
                            double *values, pl_mat vectors, pl_eigen_report *out);

#endif
