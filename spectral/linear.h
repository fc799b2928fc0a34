#ifndef PL_SPECTRAL_LINEAR_H
#define PL_SPECTRAL_LINEAR_H
/* The linear regime Z = XW (BL22.LIN1-3, LDA, SUP, CCA): what the program `linear` hands to each of
 * its tasks. Everything goes by the singular vectors of X, never by normal equations. */

#include "base/options.h"
#include "base/table.h"
#include "ssl/spectral_losses.h"

typedef struct linear {
    const pl_graph *g;
    pl_mat x; /* n x D                                              */
    pl_mat y; /* n x C one-hot labels; a NULL: there are none       */
    size_t n, dim, k, starts;
    uint64_t seed;
    double alpha, gamma;
} linear;

/** X = U diag(s) V', singular values below eps max(n, D) s_1 dropped; centred: of HX. */
typedef struct thin_svd {
    pl_mat u, v; /* n x r, D x r, columns */
    double *s;
    size_t rank;
} thin_svd;

pl_status thin_svd_new(pl_ctx *ctx, pl_cmat x, bool centred, thin_svd *out);
void thin_svd_free(thin_svd *t);
/** W = V diag(1/s) p for r x k coefficients p: the embedding X W is U p. */
pl_status thin_svd_weights(pl_ctx *ctx, const thin_svd *t, pl_cmat p, pl_mat *out);

/* One task each: rows and summary. */
pl_status linear_vicreg(pl_ctx *ctx, const linear *l, pl_table *out); /* LPP, LDA, OLS  */
pl_status linear_simclr(pl_ctx *ctx, const linear *l, pl_table *out); /* low rank, PCA  */
pl_status linear_barlow(pl_ctx *ctx, const linear *l, pl_table *out); /* tied CCA       */
pl_status linear_cca(pl_ctx *ctx, const linear *l, pl_table *out);    /* two encoders   */

#endif
