#ifndef PL_TRAIN_RUN_H
#define PL_TRAIN_RUN_H
/* What `plumb train`, `eval` and `embed` share: the images of a run, its network, a run that lies
 * on disk. */

#include "train/checkpoint.h"
#include "train/settings.h"

/* Images and which of them a run works on. */
typedef struct pl_dataset {
    pl_images images;
    size_t *chosen; /* owned: count indices */
    size_t count;
    size_t *label; /* owned: classes of all images */
} pl_dataset;

/** Opens a set and chooses as the settings say (train), or takes it whole (test).
 *  Status  those of pl_images_open, pl_images_choose */
pl_status pl_dataset_open(pl_ctx *ctx, const pl_settings *s, pl_split split, pl_dataset *out);
void pl_dataset_free(pl_dataset *d); /* an all-zero one is fine */
/** SHA-256 of shape, labels, pixels and choice. */
void pl_dataset_hash(const pl_dataset *d, char out[65]);

/** The settings' network for these images and views, for `batch` of them at once.
 *  Status  PL_EUSAGE the model does not take such images | those of pl_net_new */
pl_status pl_network_new(pl_ctx *ctx, const pl_settings *s, const pl_augment *augment, size_t batch,
                         pl_net **out);

/* A run on disk. */
typedef struct pl_run {
    pl_tensors tensors;
    pl_options *options;
    pl_settings settings; /* points into the options */
} pl_run;

/** Reads RUN/checkpoint.safetensors; argv changes the call's options (pl_settings_resume).
 *  Status  PL_EIO no run there | PL_EINPUT a damaged checkpoint | PL_EUSAGE */
pl_status pl_run_open(pl_ctx *ctx, const char *dir, int argc, char *const *argv, pl_run *out);
void pl_run_free(pl_run *r); /* an all-zero one is fine */

/** The run's network with its weights, for evaluation; and its views made ready, as they were drawn
 *  in training (*augment, NULL: not wanted) and with nothing random (*plain, the same). */
pl_status pl_run_network(pl_ctx *ctx, const pl_run *r, const pl_images *images, pl_net **net,
                         pl_augment **augment, pl_augment **plain);

#endif
