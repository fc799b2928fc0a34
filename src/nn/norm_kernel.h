#ifndef PL_NN_NORM_KERNEL_H
#define PL_NN_NORM_KERNEL_H
/* The inner loops of BatchNorm on one block of 16 channels, for float32 and bf16, compiled for
 * several instruction sets and chosen at load time. */

#include <stdbool.h>
#include <stddef.h>

enum { NN_BLOCK = 16 };

/* Where the 16 channels of a block lie: element (image, pixel, lane) at
 * image * image_stride + pixel * pixel_stride + lane. Serves nChw16c, channels last and matrices;
 * `lanes` is below 16 in the last block of a matrix whose width is no multiple of 16. */
typedef struct nn_layout {
    size_t images, width; /* pixels = height x width */
    size_t height;
    size_t image_stride, pixel_stride;
    size_t lanes;
    bool bf16;
} nn_layout;

/* A block's affine map y = scale x + shift and its moments. */
typedef struct nn_affine {
    float scale[NN_BLOCK], shift[NN_BLOCK];
} nn_affine;

/* sums[0] += sum (x - origin), sums[1] += sum (x - origin)^2 over images first .. last - 1. */
void nn_norm_moments(const nn_layout *l, const void *x, size_t first, size_t last,
                     const float origin[NN_BLOCK], double sums[2][NN_BLOCK]);

/* y = scale x + shift (+ r), at least 0 when relu. r may be NULL. */
void nn_norm_apply(const nn_layout *l, const void *x, const void *r, void *y, size_t first,
                   size_t last, const nn_affine *a, bool relu);
/* y = max over 2 x 2 of max(scale x + shift, 0); y has layout `pooled`. */
void nn_norm_apply_pool(const nn_layout *l, const nn_layout *pooled, const void *x, void *y,
                        size_t first, size_t last, const nn_affine *a);

/* What the backward loops read and write. g is the gradient past the ReLU: (dy + dy2) where the
 * output was positive. */
typedef struct nn_norm_back {
    const void *x;
    const void *dy, *dy2; /* dy2 NULL: one consumer */
    const void *y;        /* the output, where a residual was added to it; else NULL */
    void *g;              /* where g is left, if not NULL */
    void *dx;
    bool relu;
} nn_norm_back;

/* sums[0] += sum g, sums[1] += sum g (x - origin). */
void nn_norm_back_moments(const nn_layout *l, const nn_norm_back *b, size_t first, size_t last,
                          const nn_affine *a, const float origin[NN_BLOCK],
                          double sums[2][NN_BLOCK]);
/* dx = c0 g + c1 x + c2; g is read from b->g if that is not NULL. */
void nn_norm_back_apply(const nn_layout *l, const nn_norm_back *b, size_t first, size_t last,
                        const nn_affine *a, const float c[3][NN_BLOCK]);

/* The same where a 2 x 2 maximum follows: dy has layout `pooled`, and goes to the first pixel of
 * its window that has the largest output. */
void nn_norm_back_moments_pool(const nn_layout *l, const nn_layout *pooled, const nn_norm_back *b,
                               size_t first, size_t last, const nn_affine *a,
                               const float origin[NN_BLOCK], double sums[2][NN_BLOCK]);
void nn_norm_back_apply_pool(const nn_layout *l, const nn_layout *pooled, const nn_norm_back *b,
                             size_t first, size_t last, const nn_affine *a,
                             const float c[3][NN_BLOCK]);

#endif
