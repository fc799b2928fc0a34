#ifndef PL_SPECTRAL_LOW_RANK_H
#define PL_SPECTRAL_LOW_RANK_H
/* Losses whose minimum is a low-rank approximation: |ZZ' - G|^2 (BL22.THM2) and the spectral
 * contrastive loss |FF' - A|^2 - |A|^2, F = D_w^1/2 f, A = D^-1/2 G D^-1/2 (HC21). The minimiser
 * keeps the K largest *signed* eigenvalues, where they are positive. */

#include "spectral/modes.h"
#include "spectral/search.h"

typedef struct low_rank {
    const pl_graph *g; /* borrowed                                        */
    pl_graph centred;  /* HGH, when the loss is centred                   */
    pl_spectral_loss loss;
    size_t n, k;
    modes m; /* the K leading ones of what is approximated          */
    double loss_minimum;
    size_t rank; /* min(K, number of positive eigenvalues)              */
    pl_mat z;    /* V diag(sqrt((value)_+)) R, scaled by w^-1/2 for SCL */
} low_rank;

/** The closed form. Status PL_EDOMAIN isolated nodes in the spectral contrastive loss | as modes */
pl_status low_rank_new(pl_ctx *ctx, const pl_graph *g, const pl_spectral_loss *loss, size_t k,
                       low_rank *out);
void low_rank_free(low_rank *l);

/** An embedding in the coordinates of the modes: HZ when centred, w^1/2 f for SCL, Z itself. */
void low_rank_coordinates(const low_rank *l, pl_mat z);

/** Closed form against loss and optimiser: closed_form_loss, loss_at_closed_form, gradient_norm,
 *  curvature, best_found_loss, worst_found_loss, rank, closed_rank, subspace_sine, determined, and
 *  one row (mode, eigenvalue, singular_value, found_singular_value) a mode.
 *  Returned  *found  the optimiser's best; search_free it */
pl_status low_rank_report(pl_ctx *ctx, const low_rank *l, const search_settings *settings,
                          search_result *found, pl_table *out);

extern const pl_column low_rank_columns[];

#endif
