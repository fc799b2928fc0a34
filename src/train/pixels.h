#ifndef PL_TRAIN_PIXELS_H
#define PL_TRAIN_PIXELS_H
/* Where a network's input comes from: images, and the law of their views. One place knows how a
 * view is drawn, so that training, monitoring, probes and `plumb embed` draw the same. */

#include "data/images.h"
#include "data/views.h"

typedef struct pl_pixels {
    const pl_images *images; /* borrowed */
    pl_view_law law;
    uint64_t seed;
} pl_pixels;

/* Series of views: training epochs count up from 0, the others have numbers of their own. */
#define PL_SERIES_MONITOR ((uint64_t)1 << 40)
#define PL_SERIES_EMBED ((uint64_t)1 << 41)

/** View `view` of an image in a series, channels x height x width, in [0, 1]: a function of (seed,
 *  series, view, index) alone. Training takes the epoch as the series. */
void pl_pixels_view(const pl_pixels *p, uint64_t series, size_t view, size_t index, float *out);
/** The image as it is. */
void pl_pixels_plain(const pl_pixels *p, size_t index, float *out);

#endif
