#ifndef PL_SPECTRAL_WHITENED_H
#define PL_SPECTRAL_WHITENED_H
/* Barlow Twins under hard whitening (BL22.THM3b, CCA): over orthonormal Y, C = Y'A Y,
 *     sum (1 - C_kk)^2 + alpha sum_{k/=l} C_kl^2
 * has the minimum sum (1 - a_k)^2 for alpha >= 1, and K(1 - mean)^2 + alpha sum (a_k - mean)^2
 * below, a the K largest eigenvalues of A (or canonical correlations). */

#include "base/array.h"

double whitened_minimum(const double *a, size_t k, double alpha);

/** R with which V R attains it: I for alpha >= 1, else the rotation that levels diag(C). */
pl_status whitened_rotation(pl_ctx *ctx, const double *a, size_t k, double alpha, pl_mat *out);

/** Descent on the Stiefel manifold from random orthonormal starts: steps of Barzilai and Borwein,
 *  polar retraction.
 *  Given     a      n x n symmetric
 *  Returned  *best the least loss, y n x K where it is */
pl_status whitened_search(pl_ctx *ctx, pl_cmat a, size_t k, double alpha, size_t starts,
                          uint64_t seed, double *best, pl_mat y);

#endif
