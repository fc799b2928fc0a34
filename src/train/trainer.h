#ifndef PL_TRAIN_TRAINER_H
#define PL_TRAIN_TRAINER_H
/* The training loop: batches from the loader's thread, forward, loss, backward, step; theory
 * columns and a checkpoint at the end of an epoch. */

#include "train/run.h"

typedef struct pl_trainer pl_trainer;

/* Columns of RUN/epochs.csv. */
enum {
    PL_EPOCH,
    PL_STEP,
    PL_LOSS,
    PL_RATE,
    PL_ALIGNMENT,
    PL_UNIFORMITY,
    PL_ATTRACTION_GAP,
    PL_ATTRACTION_VIOLATIONS,
    PL_REPULSION_GAP,
    PL_REPULSION_VIOLATIONS,
    PL_PROTOTYPE_BIAS,
    PL_EFFECTIVE_RANK,
    PL_LINEAR,
    PL_KNN,
    PL_EPOCH_COLUMNS
};

typedef struct pl_train_report {
    uint64_t step, steps, epoch, epochs; /* taken, of the run; under way, from 1 */
    double loss, images_per_second, seconds_left;
} pl_train_report;

/* What a caller sees and says while it runs; either function may be NULL. */
typedef struct pl_train_hooks {
    bool (*stop)(void *data); /* asked after every step: true, on any rank, ends the run there */
    void (*step)(void *data, const pl_train_report *report);
    void (*epoch)(void *data, const double row[PL_EPOCH_COLUMNS]);
    void *data;
} pl_train_hooks;

typedef enum { PL_TRAIN_FINISHED, PL_TRAIN_STOPPED } pl_train_end;

/** Opens the data and builds everything; the options are borrowed, as are the settings' ranks.
 *  Status  PL_EUSAGE, PL_ESHAPE settings that do not fit together or the data | those of
 *          pl_dataset_open | PL_ENOMEM */
pl_status pl_trainer_new(pl_ctx *ctx, const pl_options *o, const pl_settings *s, pl_trainer **out);
void pl_trainer_free(pl_trainer *t); /* NULL is fine */

/** Goes back to a checkpoint.
 *  Status  PL_EINPUT it is of other data (both hashes are said), another model, or damaged */
pl_status pl_trainer_resume(pl_ctx *ctx, pl_trainer *t, const pl_tensors *checkpoint);

/** Trains to the last step, or until it is told to stop, and leaves a checkpoint, epochs.csv,
 *  run.json and, at the end, weights.safetensors in the settings' directory, which exists.
 *  The same bits for the same settings, data, threads and instruction set, however often it was
 *  interrupted; with other numbers of threads or ranks the same up to float32 rounding.
 *  With ranks, every one takes its equal part of each batch: BatchNorm and the loss are of the
 *  whole, gradients are summed while they are computed, and rank 0 alone measures and writes.
 *  Status  PL_EUSAGE the ranks have not the same data, options, version or processor | PL_EBUG
 *          their weights have come apart |
 *          PL_ENOCONV the loss, or a weight, is not finite: the step is said, the last good
 *          checkpoint kept | PL_EIO the last checkpoint could not be written (an earlier one that
 *          cannot be is a warning) | PL_ENOMEM */
pl_status pl_trainer_run(pl_ctx *ctx, pl_trainer *t, const pl_train_hooks *hooks,
                         pl_train_end *out);

/* Where a step's time goes; waiting for other ranks is in none of the parts. */
typedef struct pl_step_seconds {
    double forward, loss, backward, optimiser, waited;
} pl_step_seconds;

/** Trains one step, then `steps` more, and writes nothing; the weights are then of no run.
 *  Returned  *out  of the fastest
 *  Status    as pl_trainer_run */
pl_status pl_trainer_time(pl_ctx *ctx, pl_trainer *t, size_t steps, pl_step_seconds *out);
pl_net *pl_trainer_net(pl_trainer *t); /* borrowed */

/** Steps taken, and of the whole run. */
uint64_t pl_trainer_step(const pl_trainer *t, uint64_t *steps);

#endif
