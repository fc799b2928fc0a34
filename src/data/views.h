#ifndef PL_DATA_VIEWS_H
#define PL_DATA_VIEWS_H
/* Views of images: random resized crops and flips, as pixel features.
 *
 * primary    pl_views_make, pl_views_centre, pl_views_normalise
 * secondary  pl_view_law, pl_view_law_check (data/crop.h) */

#include "base/array.h"
#include "data/crop.h"
#include "data/images.h"

/** V views of each of n images.
 *  Given     chosen   n indices into the set
 *            law      checked (pl_view_law_check)
 *  Returned  *out     n x V x dim, float32; view v of item i is drawn from row i*V + v of a stream
 * of the seed, so that it depends neither on threads nor on n Status    PL_ESHAPE n or V is 0 |
 * PL_ENOMEM more bytes than this machine's memory (the number is said) Cost      O(n V dim) time; 4
 * n V dim bytes: 1.5 GB for 60000 images x 8 views x 784 */
pl_status pl_views_make(pl_ctx *ctx, const pl_images *images, const size_t *chosen, size_t n,
                        size_t V, const pl_view_law *law, uint64_t seed, pl_array *out);

/** Takes the mean over all rows off every dimension, in place.
 *  Given     features a float32 array; its last dimension is that of a row
 *  Status    PL_ENOMEM
 *  Cost      one pass for the means (double, in blocks of rows, added in order), one to subtract */
pl_status pl_views_centre(pl_ctx *ctx, pl_array *features);

/** Scales every row of an n x V x dim array to unit Euclidean norm, in place.
 *  Given     chosen   names the image in the message
 *  Status    PL_EDOMAIN a row is zero up to the rounding of centred pixels, norm <= sqrt(dim)
 * 2^-24; the image and view are said, nothing is changed | PL_ENOMEM */
pl_status pl_views_normalise(pl_ctx *ctx, const size_t *chosen, pl_array *features);

#endif
