#ifndef PL_DATA_VIEWS_H
#define PL_DATA_VIEWS_H
/* Views of images: random resized crops and flips, as pixel features.
 *
 * primary    pl_views_make, pl_views_centre, pl_views_normalise
 * secondary  pl_view_law, pl_view_law_check
 * tertiary   pl_crop_draw, pl_crop_resize (tests, other augmentations) */

#include "base/array.h"
#include "data/images.h"
#include "math/random.h"

/* The law of the crops: a part of the image's area, an aspect ratio width/height. */
typedef struct pl_view_law {
    double scale_lo, scale_hi; /* uniform in between, 0 < lo <= hi <= 1       */
    double ratio_lo, ratio_hi; /* log-uniform in between, 0 < lo <= hi        */
    double flip;               /* probability of a horizontal flip            */
} pl_view_law;

/* SimCLR's crops as they are used for small images: (0.2, 1), (3/4, 4/3), 1/2. */
extern const pl_view_law pl_view_law_default;

/** NULL, or what is wrong with a law. A literal. */
const char *pl_view_law_check(const pl_view_law *law);

typedef struct pl_crop {
    size_t top, left, height, width;
    bool flip;
} pl_crop;

/** One crop of an image of height x width pixels.
 *  Ten times an area and an aspect ratio are drawn; the first crop that fits, its sides rounded to
 *  whole pixels (halves to even), is placed uniformly. When none fits, the largest central crop
 *  whose ratio is within the bounds.
 *  Given     row      a stream of this crop's own; words 0 .. 19 are the ten tries, 20 and 21 the
 *                     place, 22 the flip
 *  Source    the law of torchvision.transforms.RandomResizedCrop (GoogLeNet's, Szegedy et al. 2015)
 */
pl_crop pl_crop_draw(const pl_view_law *law, size_t height, size_t width, pl_stream row);

/** A crop, enlarged to the image's own size, flipped, as numbers in [0, 1] (pixel/255).
 *  Bilinear with half-pixel centres: output pixel k of n looks at (k + 1/2) m/n - 1/2 of the m
 *  cropped ones, held at the crop's edges. A crop is never larger than the image, so nothing is
 * ever made smaller and anti-aliasing has no part in it. The whole image comes back unchanged.
 *  Given     pixels   channels x height x width
 *  Returned  out      channels x height x width */
void pl_crop_resize(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                    pl_crop crop, float *out);

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
