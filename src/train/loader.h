#ifndef PL_TRAIN_LOADER_H
#define PL_TRAIN_LOADER_H
/* Batches of views, drawn by a thread of their own while the network computes. */

#include "data/augment.h"

typedef struct pl_loader_spec {
    const pl_images *images; /* borrowed */
    const pl_augment_spec *augment;
    uint64_t seed;
    const size_t *chosen;  /* the images that are trained on; borrowed */
    size_t count, batch;   /* of them; images of a step, at most count */
    size_t own, own_first; /* images of a batch whose views are drawn, and the first; own 0: all */
    size_t views;
    uint64_t first, last; /* steps [first, last) are drawn */
} pl_loader_spec;

typedef struct pl_batch {
    const float *pixels; /* all views of the first own image, of the second, ... */
    const size_t *index; /* which images are in the batch: batch numbers of the set */
} pl_batch;

typedef struct pl_loader pl_loader;

/** Starts the thread. An epoch is count / batch steps over a random order of its own; what does
 *  not fill a batch is left out. Step k's views depend on the seed and k alone, however its batch
 * is shared out. Status  PL_ENOMEM | PL_ESHAPE a batch larger than the data */
pl_status pl_loader_new(pl_ctx *ctx, const pl_loader_spec *spec, pl_loader **out);
/** The next step's batch, once it is drawn.
 *  Returned  *out  borrowed until the next call; NULL pixels: there is no more
 *  Status    what pl_augment_batch said in the thread */
pl_status pl_loader_next(pl_ctx *ctx, pl_loader *l, pl_batch *out);
/** Stops the thread, wherever it is. NULL is fine. */
void pl_loader_free(pl_loader *l);

#endif
