#ifndef PL_SPECTRAL_SEARCH_H
#define PL_SPECTRAL_SEARCH_H
/* The optimiser's side of a closed form: L-BFGS from many random starts. */

#include "ssl/spectral_losses.h"

typedef struct search_result {
    double best, worst; /* losses at the ends of the starts         */
    double gradient;    /* |gradient| at the best                   */
    pl_mat z;           /* the best embedding, n x K; dense_free it */
} search_result;

typedef struct search_settings {
    size_t starts;
    uint64_t seed;
    double scale;  /* size of the random starts                                  */
    pl_cmat basis; /* Z = basis W is all that is searched; a NULL: every Z       */
    double ridge;  /* with a basis: ridge |W|^2 is added, to the losses reported too */
} search_settings;

/** Minimises a loss over embeddings of K columns.
 *  A hinge is smoothed, by 3e-2 down to 1e-8, with kicks while it is above 1e-2 so that no saddle
 *  holds the walk; then columns are centred and cut to variance 1, which raises no term.
 *  Returned  *out; the losses are those of `loss` itself, not of its smoothed form
 *  Cost      starts x iterations x one gradient; serial over starts: deterministic */
pl_status search_minimum(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, size_t k,
                         const search_settings *settings, search_result *out);
void search_free(search_result *r);

/** How the loss rises around z: f(z + h E) - f(z) for a random unit direction E, divided by h^2, h
 *  1e-3 of |z|; the least of `tries` directions. >= 0 at a minimum.
 *  The linear term is taken off by averaging +E and -E. */
pl_status search_curvature(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                           size_t tries, uint64_t seed, double *out);

/** |gradient| of the loss at z. */
pl_status search_gradient(pl_ctx *ctx, const pl_spectral_loss *loss, const pl_graph *g, pl_cmat z,
                          double *value, double *norm);

#endif
