#ifndef PL_DATA_CROP_H
#define PL_DATA_CROP_H
/* Random resized crops.
 *
 * primary    pl_crop_draw, pl_crop_resize
 * secondary  pl_view_law, pl_view_law_check */

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

/** A crop, scaled to out_height x out_width, flipped, as numbers in [0, 1] (pixel/255).
 *  Bilinear with half-pixel centres: output pixel k of n looks at (k + 1/2) m/n - 1/2 of the m
 *  cropped ones, held at the crop's edges. Nothing is averaged where a crop is made smaller, as
 *  torchvision resizes tensors. The whole image at its own size comes back unchanged.
 *  Given     pixels   channels x height x width
 *  Returned  out      channels x out_height x out_width; the same bits for any instruction set */
void pl_crop_resize(const unsigned char *pixels, size_t channels, size_t height, size_t width,
                    pl_crop crop, size_t out_height, size_t out_width, float *out);

#endif
