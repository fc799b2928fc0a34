#ifndef PL_SPECTRAL_RELATION_NAMED_H
#define PL_SPECTRAL_RELATION_NAMED_H
/* Graphs of the theory by name. */

#include "ssl/graph.h"

/** Whether a word names a graph of the theory ("karate", "path:6"); otherwise it is a file. */
bool relation_is_name(const char *word);

/** tau of the softmax graph and of its embedding (BL22.THM2g). */
#define RELATION_SOFTMAX_TAU 0.5

/** Unit rows SM(3).mat(n, 3): the embedding that makes softmax:N. */
pl_status relation_softmax_rows(pl_ctx *ctx, size_t n, pl_mat *out);

/** The model A of augmentation:MxN: |SM(23).mat|, rows divided by their sums. */
pl_status relation_augmentation_model(pl_ctx *ctx, size_t images, size_t views, pl_mat *out);

/** Squared hop distances, then -1/2 H D H: ISOMAP's Gram matrix. Status PL_EDOMAIN disconnected */
pl_status relation_isomap_gram(pl_ctx *ctx, const pl_graph *g, pl_mat *out);

#endif
