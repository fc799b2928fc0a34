#ifndef PL_TRAIN_CHECKPOINT_H
#define PL_TRAIN_CHECKPOINT_H
/* A run on disk. RUN/checkpoint.safetensors holds all that a run needs to go on to the same bits:
 * parameters and BatchNorm's buffers under torchvision's names, the optimiser's state under
 * "optimiser.", the epochs' rows, and in its remarks the settings, step, seed and hashes.
 * RUN/weights.safetensors holds parameters and buffers alone, for PyTorch's load_state_dict. */

#include "base/safetensors.h"
#include "base/text.h"
#include "nn/net.h"
#include "nn/optimiser.h"

#define PL_CHECKPOINT_FILE "checkpoint.safetensors"
#define PL_WEIGHTS_FILE "weights.safetensors"

/* Where a run stands. */
typedef struct pl_standing {
    uint64_t step;
    double loss_sum; /* of the epoch that is under way */
    double *history; /* rows x columns: the epochs that are over; borrowed */
    size_t rows, columns;
} pl_standing;

/* What a checkpoint says beside numbers; borrowed. */
typedef struct pl_identity {
    const char *settings;         /* pl_settings_json */
    const char *hash, *data_hash; /* of settings and data; of data */
    uint64_t seed;
    int threads, ranks;
} pl_identity;

/** Writes RUN/checkpoint.safetensors.
 *  Status  PL_EIO the old one is intact | PL_ENOMEM */
pl_status pl_checkpoint_save(pl_ctx *ctx, const char *run, const pl_net *net, pl_optimiser *o,
                             const pl_standing *standing, const pl_identity *identity);
/** Writes RUN/weights.safetensors. */
pl_status pl_weights_save(pl_ctx *ctx, const char *run, const pl_net *net);

/** Fills a network (and an optimiser, unless NULL) from a file.
 *  Status  PL_EINPUT a tensor is missing or has another shape: which, and both shapes; network and
 *          optimiser are then untouched */
pl_status pl_checkpoint_load(pl_ctx *ctx, const pl_tensors *t, pl_net *net, pl_optimiser *o);

/** A number that tells two networks and their optimisers apart, by all that a checkpoint holds of
 *  them: FNV-1a over 32-bit words. */
uint64_t pl_checkpoint_digest(const pl_net *net, pl_optimiser *o);

/** Where the run stood.
 *  Given     out    history has room for `most` rows of out->columns
 *  Status    PL_EINPUT it is not there, or does not fit */
pl_status pl_checkpoint_standing(pl_ctx *ctx, const pl_tensors *t, size_t most, pl_standing *out);

/** RUN/FILE as text to free with pl_text_free. */
pl_status pl_run_path(pl_ctx *ctx, const char *run, const char *file, pl_text *out);

#endif
