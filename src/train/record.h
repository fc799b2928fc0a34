#ifndef PL_TRAIN_RECORD_H
#define PL_TRAIN_RECORD_H
/* RUN/epochs.csv and RUN/run.json. */

#include "base/table.h"
#include "train/trainer.h"

/* Columns of epochs.csv with units and meanings. */
extern const pl_column pl_epoch_columns[];

/** Writes epochs.csv: rows x PL_EPOCH_COLUMNS.  Status PL_EIO | PL_ENOMEM */
pl_status pl_record_epochs(pl_ctx *ctx, const char *run, const double *history, size_t rows);

typedef struct pl_record {
    const char *state; /* "running", "finished", "stopped" */
    const char *settings, *hash, *data_hash;
    const pl_dataset *data;
    const pl_net *net;
    uint64_t step, steps;
    int ranks;
    double seconds, images_per_second; /* of this call */
    double theory_seconds;             /* of these, what the theory columns took */
} pl_record;

/** Writes run.json: settings after defaults, hashes, versions, threads, what computes each layer,
 *  columns, state, warnings.  Status PL_EIO | PL_ENOMEM */
pl_status pl_record_run(pl_ctx *ctx, const char *run, const pl_record *r);

/** Writes a text file at once. */
pl_status pl_record_text(pl_ctx *ctx, const char *run, const char *file, const char *text);

#endif
