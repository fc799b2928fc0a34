#ifndef PL_MATH_PAIRS_H
#define PL_MATH_PAIRS_H
/* The pair kernel: log sum_j exp(scale x_i.y_j) for every anchor, which is the whole cost of the
 * contrastive losses, of uniformity and of every log-partition, without ever storing the n x m
 * similarities.
 *
 * primary    pl_points_f32, pl_points_f64, pl_pairs_logsum, pl_pairs_logsum_mean
 * secondary  pl_pairs_kernel, PL_SKIP_NONE
 * tertiary   pl_pairs_logsum_on, pl_pairs_logsum_ref (tests) */

#include "base/array.h"

/* Points as rows, in the precision in which they are held; borrowed, passed by value. */
typedef struct pl_points {
    const void *data; /* element (i, k) is data[i*ld + k]: float when single, else double */
    bool single;
    size_t rows, cols, ld;
} pl_points;

static inline pl_points pl_points_f32(const float *a, size_t rows, size_t cols) {
    return (pl_points){a, true, rows, cols, cols};
}
static inline pl_points pl_points_f64(pl_cmat a) {
    return (pl_points){a.a, false, a.rows, a.cols, a.ld};
}

#define PL_SKIP_NONE PTRDIFF_MIN

/** Log-sum-exp of the scaled similarities of each anchor with all points.
 *    out[i] = log sum_{j != i + skip} exp(scale x_i.y_j)                               [nats]
 *  Uniformity's inner sum, over points u_i of unit norm, is x = y = u, skip = 0:
 *    log sum_{j != i} exp(-t |u_i - u_j|^2) = out[i] - 2t   with scale = 2t.
 *  Given     x      n x d anchors;  y  m x d points; either precision, any finite numbers
 *            scale  inverse temperature, finite, of any sign
 *            skip   leaves out the pair of i with j = i + skip; PL_SKIP_NONE: no pair
 *  Returned  out    n values; -INFINITY where the sum is empty. With B = |scale| max|x| max|y|:
 *                   both inputs single and B <= 700: similarities and exponentials in float, sums
 *                   of a tile's few terms promoted to double; error about 1e-7 (1 + B).
 *                   Else in double; error about 1e-15 (1 + B). No B overflows: large ones take a
 *                   running maximum.
 *  Status    PL_ESHAPE no points, no dimension, or two dimensions | PL_EDOMAIN an element or the
 *            scale is not finite, or B > 1e300 | PL_ENOMEM
 *  Cost      O(n m d) time, O(threads d tile) memory; the same bits for any number of threads
 *  Note      n is what is shared out: one anchor costs as much as a panel of 8 to 32 */
pl_status pl_pairs_logsum(pl_ctx *ctx, pl_points x, pl_points y, double scale, ptrdiff_t skip,
                          double *out);

/** *mean = mean over the anchors of the above. */
pl_status pl_pairs_logsum_mean(pl_ctx *ctx, pl_points x, pl_points y, double scale, ptrdiff_t skip,
                               double *mean);

/** The instruction set that pl_pairs_logsum uses here: "avx512", "avx2" or "generic". */
const char *pl_pairs_kernel(void);

/** pl_pairs_logsum on a named instruction set.
 *  Status  PL_EUSAGE when this build or this processor does not have it */
pl_status pl_pairs_logsum_on(pl_ctx *ctx, const char *kernel, pl_points x, pl_points y,
                             double scale, ptrdiff_t skip, double *out);

/** The same as the textbook says it: in double, the largest term taken out first. */
void pl_pairs_logsum_ref(pl_points x, pl_points y, double scale, ptrdiff_t skip, double *out);

#endif
