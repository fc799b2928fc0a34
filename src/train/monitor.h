#ifndef PL_TRAIN_MONITOR_H
#define PL_TRAIN_MONITOR_H
/* The theory columns: the papers' quantities of the current network on views of a fixed set of
 * images, the same views every time. */

#include "train/encode.h"

typedef struct pl_theory {
    double alignment, uniformity;
    double attraction_gap, attraction_violations;
    double repulsion_gap, repulsion_violations;
    double prototype_bias; /* E |m - mu|^2, m an image's mean view, mu its class's */
    double effective_rank;
} pl_theory;

typedef struct pl_monitor pl_monitor;

/** Chooses the images among those of the run: as many of each class as can be had alike, else at
 *  random.
 *  Given     e       borrowed with all it points to; its series is the monitor's
 *            chosen  the run's images, count of them; borrowed
 *            n       images to watch, at most count are taken
 *            alpha   inverse temperature of the repulsion bound
 *  Status    PL_ENOMEM */
pl_status pl_monitor_new(pl_ctx *ctx, const pl_encoding *e, const size_t *chosen, size_t count,
                         size_t n, double alpha, pl_monitor **out);
void pl_monitor_free(pl_monitor *m); /* NULL is fine */

/** Encodes the views and measures.
 *  Returned  *out  a quantity that does not exist here (a collapsed network's rank, a prototype of
 *                  norm 0) is NaN
 *  Status    PL_EDOMAIN the network's output is not finite | PL_ENOMEM */
pl_status pl_monitor_measure(pl_ctx *ctx, pl_monitor *m, pl_theory *out);

#endif
