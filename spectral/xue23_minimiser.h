#ifndef PL_SPECTRAL_XUE23_MINIMISER_H
#define PL_SPECTRAL_XUE23_MINIMISER_H
/* All global minimisers of the spectral contrastive loss of a linear encoder, and the one of least
 * norm (XUE23 Lemma B.2, completed in theory notes, sec. 3):
 *     L(W) = |Q^1/2 W^T W Q^1/2 - R|^2 - |R|^2,   R = Q^+1/2 P Q^+1/2,
 * so that W is optimal iff Q^1/2 W^T W Q^1/2 keeps the p largest eigenvalues of R. Where the p-th
 * is shared, the choice inside its eigenspace is free and least norm decides. */

#include "base/array.h"

typedef struct xue23_minimiser {
    pl_mat w;            /* p x D, owned; rows beyond `rank` are 0; rows in order of eigenvalue,
                          * within the last tied block in order of cost */
    size_t rank;         /* min(p, rank R) */
    double loss;         /* -sum of the kept squared eigenvalues */
    double norm_squared; /* |W|_F^2 as the trace of the kept block, without forming W^T W */
    double tie_gap;      /* cost of the first direction left out of the tied block, less that of
                          * the last one kept; INFINITY: no tie, the Gram matrix is unique */
    double *eigenvalue;  /* of R, descending, owned */
    size_t eigenvalues;
} xue23_minimiser;

/** From moments, through the square root of the pseudo-inverse of Q.
 *  Given     p, q   D x D symmetric, positive semi-definite, col(P) in col(Q)
 *            embedding   p >= 1
 *  Returned  *out; free with xue23_minimiser_free
 *  Status    PL_EDOMAIN p < 1, Q = 0 | PL_ENOCONV
 *  Cost      two eigenproblems of size D */
pl_status xue23_minimise_moments(pl_ctx *ctx, pl_cmat p, pl_cmat q, size_t embedding,
                                 xue23_minimiser *out);

/** From independent examples, on the N x N side: G = X X^T / N is positive definite and W = F X^+.
 *  Given     x   N x D, rank N;   s   N x N pairs
 *  Status    PL_EDOMAIN p < 1, or the rows of x are not independent | PL_ENOCONV
 *  Cost      O(N^3 + N^2 D); no D x D matrix */
pl_status xue23_minimise_examples(pl_ctx *ctx, pl_cmat x, pl_cmat s, size_t embedding,
                                  xue23_minimiser *out);

/** The row that embeds example i as f_i: w = sum_i f_i (X^+)_i, the least-norm one. */
pl_status xue23_interpolate(pl_ctx *ctx, pl_cmat x, const double *f, double *w);

void xue23_minimiser_free(xue23_minimiser *m); /* an all-zero one is fine */

/** Projector onto col(Q) (the span of the examples), D x D. */
pl_status xue23_projector(pl_ctx *ctx, pl_cmat q, pl_mat out);

#endif
