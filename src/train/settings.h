#ifndef PL_TRAIN_SETTINGS_H
#define PL_TRAIN_SETTINGS_H
/* What a run is: the options of `plumb train`, as one struct, as JSON, and compared with those of a
 * checkpoint. */

#include "base/options.h"
#include "data/augment.h"
#include "data/choose.h"
#include "data/subset.h"
#include "nn/net.h"
#include "nn/optimiser.h"
#include "nn/schedule.h"
#include "train/criterion.h"
#include "train/ranks.h"

/* Theory columns as often as they stay cheap: the trainer works it out. */
#define PL_EVERY_AS_CHEAP SIZE_MAX

typedef struct pl_settings {
    const char *data; /* strings are borrowed from the options */
    const char *out;
    const char *long_tail, *coarsen; /* NULL: none */
    size_t randbit;                  /* channels */
    size_t images;                   /* trained on; 0: all */
    pl_choice choice;
    pl_net_spec net; /* its image shape is the data's, its batch the loader's */
    pl_criterion_spec loss;
    pl_optimiser_spec optimiser;
    pl_schedule schedule; /* in epochs until pl_settings_schedule */
    double warmup_epochs;
    pl_augment_spec augment;
    size_t batch, epochs;
    size_t every, monitor, monitor_views; /* theory columns; monitor 0: as help says */
    size_t probe_every, save_every, steps;
    uint64_t seed;
    pl_ranks *ranks; /* that share every batch: no option, the command's; NULL: none */
} pl_settings;

extern const pl_option pl_settings_rows[];

/** The options as one struct.
 *  Status  PL_EUSAGE values that do not fit together */
pl_status pl_settings_take(pl_ctx *ctx, const pl_options *o, pl_settings *out);

/** The schedule in steps, once it is known how many an epoch has. */
pl_status pl_settings_schedule(pl_ctx *ctx, const pl_settings *s, uint64_t epoch_steps,
                               pl_schedule *out);

/** Every option that has a value, as {"name": "text", ...}, one line. */
pl_status pl_settings_json(pl_ctx *ctx, const pl_options *o, pl_text *out);
/** SHA-256 of the settings that decide a run's bits, and of its data's hash. */
pl_status pl_settings_hash(pl_ctx *ctx, const pl_options *o, const char *data_hash, char out[65]);

/** What all ranks must have alike, a line each: version, data, what computes, every option but
 *  those that may differ from machine to machine. */
pl_status pl_settings_lines(pl_ctx *ctx, const pl_options *o, const char *data_hash, pl_text *out);

/** The options of a stored run, changed by what argv says beside.
 *  Given     stored  JSON of pl_settings_json
 *  Status    PL_EUSAGE argv asks for another run: every difference is listed | PL_EINPUT the stored
 *            text is no such JSON, or holds options that this version does not know */
pl_status pl_settings_resume(pl_ctx *ctx, const char *stored, int argc, char *const *argv,
                             pl_options **out);

#endif
