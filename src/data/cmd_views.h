#ifndef PL_DATA_CMD_VIEWS_H
#define PL_DATA_CMD_VIEWS_H
/* The command `plumb views`. */

#include "base/options.h"

struct pl_registry;

extern const pl_option pl_views_options[];

/** plumb views DATASET[:DIR] -o Z.npy [--labels-out Y.npy]: random crops and flips of real images,
 *  as centred and normalised pixel features (images x views x pixels, float32), and the images'
 *  labels. Both files or none.
 *  Given     registry  not looked at
 *            argv      argc words, without the command's own name
 *  Status    PL_EUSAGE | those of pl_images_open, pl_views_make, pl_views_normalise | PL_EIO */
pl_status pl_cmd_views(pl_ctx *ctx, const struct pl_registry *registry, int argc,
                       char *const *argv);

#endif
