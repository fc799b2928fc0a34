#ifndef PL_STUDY_CELL_H
#define PL_STUDY_CELL_H
/* A cell of a study: one network, trained and probed, whose result is kept on disk and not computed
 * again. KEEP/HASH is a run like any of `plumb train`, named by the hash of its settings and data;
 * cell.json in it has what the study reads. Studies share cells. */

#include "train/trainer.h"

/* All cells on one set of images. */
typedef struct study_store {
    const char *keep; /* borrowed */
    char data_hash[65];
} study_store;

/** Hashes the images, so that a cell of other images is not taken for one of these.
 *  Given     keep      directory of all cells
 *            data      "NAME:DIR" or "NAME"
 *            stand_in  said when they are not there: what the study takes instead
 *  Status    those of pl_images_open */
pl_status study_store_new(pl_ctx *ctx, const char *keep, const char *data, const char *stand_in,
                          study_store *out);

typedef struct study_cell {
    /* Test accuracies on the classes and on the subclasses, NaN where the data have none: a linear
     * probe of standardised features, the neighbours' vote (NaN where a feature is zero), least
     * squares with an absolute ridge. */
    double linear, knn, ridge, linear_subclass, knn_subclass, ridge_subclass;
    size_t epochs;
    double *history; /* owned: epochs x PL_EPOCH_COLUMNS */
} study_cell;

/** Trains and probes, goes on with a run that was interrupted, or reads the result that is there.
 *  Given     words  options of `plumb train` without seed and place, NULL ends; the last of two
 *                   counts
 *            note   what progress calls it
 *  Returned  *out   free with study_cell_free
 *  Status    those of the trainer; PL_EINPUT a cell.json that is damaged */
pl_status study_cell_get(pl_ctx *ctx, const study_store *store, const char *const *words,
                         uint64_t seed, const char *note, study_cell *out);
void study_cell_free(study_cell *c);

/** Whether its result is there already. */
pl_status study_cell_known(pl_ctx *ctx, const study_store *store, const char *const *words,
                           uint64_t seed, bool *out);

#endif
