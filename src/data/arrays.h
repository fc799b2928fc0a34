#ifndef PL_DATA_ARRAYS_H
#define PL_DATA_ARRAYS_H
/* Images that NumPy wrote. */

#include "data/images.h"

/** Images (N, H, W), (N, H, W, C) or (N, C, H, W), C being 1 or 3 and looked for at the end first;
 *  integers from 0 to 255, or floats in [0, 1], which are rounded to 255ths; or V
 *  views of each, (N, V, H, W, C) or (N, V, C, H, W). Labels: integers (N).
 *  out->name is left to the caller.
 *  Given     labels   NULL: one class, 0
 *            limit    no more than the first `limit` images; 0: all
 *  Status    those of pl_npy_read | PL_ESHAPE not so many dimensions, an empty one, N differs |
 *            PL_EDOMAIN a pixel or a label out of range (which)
 *  Cost      8 bytes a pixel while integers are read, 1 after */
pl_status pl_arrays_read(pl_ctx *ctx, const char *images, const char *labels, size_t limit,
                         pl_images *out);

#endif
