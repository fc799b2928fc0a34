#ifndef PL_SSL_FEATURES_H
#define PL_SSL_FEATURES_H
/* A user's features and labels, checked before anything is computed from them. */

#include "base/array.h"

typedef struct pl_features {
    pl_array array; /* owned; float32 or float64, C order */
    size_t images, views, dim;
    size_t *label; /* owned, per image, 0..classes-1 in the order of the labels' values;
                    * NULL: none were given */
    size_t classes;
    bool normalized;      /* rows were scaled to unit norm on request */
    double largest_error; /* largest |norm - 1| of a row, before any scaling */
} pl_features;

/** Reads features (N, V, d) or (N V, d) and integer labels, one per image (or one per row, when the
 *  views of an image agree).
 *  Given     features   path of .npy or .npz, float16, float32 or float64
 *            labels     path, or NULL
 *            views      V >= 1 for a two-dimensional array; a three-dimensional one carries its
 *                       own, and V must be that or 1
 *            normalize  scale every row to unit norm; otherwise rows off by more than 1e-3 are
 *                       refused
 *  Status    PL_EINPUT not features | PL_ESHAPE sizes do not fit | PL_EDOMAIN NaN, infinity, a
 *            zero row, a row that is not unit (position and value are said) | PL_EIO
 *  Cost      two passes; the array is held once, in the file's precision */
pl_status pl_features_read(pl_ctx *ctx, const char *features, const char *labels, size_t views,
                           bool normalize, pl_features *out);
void pl_features_free(pl_features *f); /* an all-zero one is fine */

/** Scales every row to unit norm; rows must not be zero. */
void pl_features_normalize(pl_features *f);

/** Rows first .. first + n - 1 as doubles (n x dim, contiguous). */
void pl_features_rows(const pl_features *f, size_t first, size_t n, double *out);

#endif
