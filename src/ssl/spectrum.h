#ifndef PL_SSL_SPECTRUM_H
#define PL_SSL_SPECTRUM_H
/* The covariance spectrum of features, and how many directions it uses. */

#include "ssl/features.h"

typedef struct pl_spectrum {
    double *values;        /* owned: of the covariance of centred rows, descending, dim of them */
    size_t dim, possible;  /* possible = min(rows - 1, dim), the largest rank there can be */
    double effective_rank; /* exp of the entropy of eigenvalue shares                        */
    double rankme;         /* exp of the entropy of singular-value shares (Garrido et al. 2023),
                            * here of the centred features                                  */
} pl_spectrum;

/** Spectrum of all rows of the features, centred.
 *  Returned  values below dim eps of the largest, which are rounding, as 0
 *  Status    PL_ESHAPE fewer than two rows, dim > 8192 | PL_EDOMAIN all rows are equal
 *  Cost      O(rows dim^2 + dim^3) time, O(dim^2) memory beside the features; the same bits for any
 *            number of threads
 *  Source    effective rank: Roy & Vetterli 2007; RankMe: Garrido et al., ICML 2023 */
pl_status pl_spectrum_new(pl_ctx *ctx, const pl_features *f, pl_spectrum *out);
void pl_spectrum_free(pl_spectrum *s); /* an all-zero one is fine */

/** exp(-sum p log p), p = x / sum x: 1 for one direction, n for n equal ones. */
double pl_entropy_rank(const double *x, size_t n);

#endif
