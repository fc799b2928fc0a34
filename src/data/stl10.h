#ifndef PL_DATA_STL10_H
#define PL_DATA_STL10_H
/* The binary version of STL-10: images of 3 x 96 x 96 bytes, plane by plane and each plane column
 * by column; labels, one byte each, from 1 to 10, in a file of their own. */

#include "data/images.h"

/** Reads one part of the set; out->name is left to the caller.
 *  Given     labels   NULL for the unlabelled part: one class, 0
 *            limit    no more than the first `limit` images; 0: all
 *  Status    PL_EIO | PL_EINPUT compressed, no whole number of images, a label outside 1 .. 10 |
 *            PL_ESHAPE as many labels as images are not there | PL_ENOMEM
 *  Cost      27648 bytes an image: 2.8 GB for the unlabelled part */
pl_status pl_stl10_read(pl_ctx *ctx, const char *images, const char *labels, size_t limit,
                        pl_images *out);

#endif
