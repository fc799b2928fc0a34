#ifndef PL_TRAIN_CRITERION_H
#define PL_TRAIN_CRITERION_H
/* What is minimised: any loss of src/ssl on a batch of two views, in double, with its gradient in
 * float for the network. */

#include "ssl/losses.h"
#include "ssl/spectral_losses.h"
#include "ssl/triplet_losses.h"

enum { PL_CRITERION_VIEWS = 2 };

typedef struct pl_criterion_spec {
    const char *loss; /* a name of pl_criteria or of pl_losses; borrowed */
    pl_loss_params params;
    bool similarity_given; /* else the loss's own: cosine, but raw rows for the moment losses */
    double variance, covariance, invariance; /* VICReg's alpha, beta, gamma   */
    double redundancy;                       /* Barlow Twins' alpha           */
    double beta;                             /* spectral_joint's share of SCL */
    double r0;                               /* tri                           */
    size_t negatives;                        /* simp, tri, nce                */
} pl_criterion_spec;

/** ntxent with pl_loss_defaults; VICReg 25, 1, 25; Barlow Twins 0.005; beta 0.5; r0 0; H = 1. */
pl_criterion_spec pl_criterion_defaults(void);
/** NULL, or the reason why the values do not fit together (static storage). */
const char *pl_criterion_check(const pl_criterion_spec *spec);

/* The losses beside those of pl_losses; name NULL ends. */
typedef struct pl_criterion_kind {
    const char *name, *formula, *source;
} pl_criterion_kind;

extern const pl_criterion_kind pl_criteria[];

typedef struct pl_criterion pl_criterion;

/** A criterion for batches of `pairs` images.
 *  Status  PL_EUSAGE no such loss (the nearest is said) or values outside its domain | PL_ESHAPE
 *          fewer than two pairs: in-batch negatives and batch covariances need two | PL_ENOMEM */
pl_status pl_criterion_new(pl_ctx *ctx, const pl_criterion_spec *spec, size_t pairs, size_t dim,
                           pl_criterion **out);
void pl_criterion_free(pl_criterion *c); /* NULL is fine */

/** Value and gradient of a batch.
 *  Given     z       2 pairs x dim: both views of the first image, of the second, ...
 *            label   the images' classes; read by the supervised losses only
 *  Returned  *value, may be NaN when z is; dz like z, untouched then
 *  Status    that of the loss; PL_ENOMEM */
pl_status pl_criterion_eval(pl_ctx *ctx, pl_criterion *c, const float *z, const size_t *label,
                            double *value, float *dz);

/** True when the loss reads labels. */
bool pl_criterion_supervised(const pl_criterion *c);

#endif
