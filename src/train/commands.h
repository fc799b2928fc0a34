#ifndef PL_TRAIN_COMMANDS_H
#define PL_TRAIN_COMMANDS_H
/* The commands `plumb train`, `plumb eval` and `plumb embed`. The registry is not looked at; each
 * takes argc words without its own name. */

#include "base/options.h"

struct pl_registry;

/** Trains, or goes on with, a run. SIGINT, SIGTERM and SIGUSR1 finish the step, save, and say how
 *  to go on; the program then ends by that signal (pl_end_by). A second one ends it at once. */
pl_status pl_cmd_train(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv);
/** Probes of a run's frozen features. */
pl_status pl_cmd_eval(pl_ctx *ctx, const struct pl_registry *registry, int argc, char *const *argv);
/** A run's embeddings of views of images, as `plumb measure` reads them. */
pl_status pl_cmd_embed(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv);

/* Their options; train's are those of a run's settings. */
extern const pl_option pl_settings_rows[], pl_eval_options[], pl_embed_options[];

#endif
