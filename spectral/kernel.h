#ifndef PL_SPECTRAL_KERNEL_H
#define PL_SPECTRAL_KERNEL_H
/* Kernel encoders Z = K_c A, K_c = HKH = V S V' (BL22.KER): what `plumb spectral kernel` compares,
 * method by method. */

#include "base/table.h"
#include "spectral/relation.h"

typedef struct kernel {
    const pl_graph *g;
    bool regular;
    size_t n, k, rank;
    double alpha, gamma, ridge;
    size_t starts;
    uint64_t seed;
    double *s;  /* eigenvalues of K_c above the cut, descending */
    pl_mat v;   /* n x rank, their eigenvectors                 */
    double *nu; /* eigenvalues of the method's problem          */
    pl_mat p;   /* rank x rank, its eigenvectors                */
} kernel;

/* Each fills nu, and adds its summary. */
pl_status kernel_vicreg(pl_ctx *ctx, kernel *q, pl_table *out);
pl_status kernel_simclr(pl_ctx *ctx, kernel *q, pl_table *out);
pl_status kernel_barlow(pl_ctx *ctx, kernel *q, pl_table *out);

#endif
