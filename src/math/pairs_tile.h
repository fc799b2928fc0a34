#ifndef PL_MATH_PAIRS_TILE_H
#define PL_MATH_PAIRS_TILE_H
/* Between the driver of the pair kernel (pairs.c) and its innermost loops (pairs_tile.c), which are
 * compiled once for each instruction set. Private to these files.
 *
 * A panel is a group of points stored dimension by dimension: element k of its point l is
 * panel[k*width + l]. Anchors lie in panels of `lanes` points, one per vector lane, so that a sum
 * over points never crosses lanes and what an anchor gets does not depend on its neighbours; points
 * lie in panels of `rows`, as many as the register tile has rows. */

#include "math/pairs.h"

enum {
    PL_PAIR_LANES = 32 /* no tile has more */
};

typedef struct pl_pair_tile {
    size_t lanes, rows, size; /* size: bytes of an element */
    double unseen;            /* a running maximum that has seen nothing: below any exponent */

    /* sum_k row[k]^2 in the tile's precision, for a bound; it may overflow or underflow. */
    double (*square)(const void *row, size_t d);

    /* Rows first .. first + count - 1 of p as a panel of the width, each element scaled by
     * down * gain; the rest of the panel is zero. */
    void (*pack)(const pl_points *p, size_t first, size_t count, double down, double gain,
                 size_t width, void *panel);

    /* total[l] += sum over points j of the block of 2^(x_l.y_j - shift[l]), j = hole + l left out.
     * With `shifted`, shift[l] is raised to the largest exponent seen and total[l] rescaled;
     * without, it is taken as 0. `count` points lie in panels one behind the other. */
    void (*sum)(size_t d, const void *anchors, const void *points, size_t count, ptrdiff_t hole,
                bool shifted, double *shift, double *total);
} pl_pair_tile;

typedef struct pl_pair_kernel {
    const char *name;
    pl_pair_tile f32, f64;
} pl_pair_kernel;

extern const pl_pair_kernel pl_pair_generic, pl_pair_avx2, pl_pair_avx512;

#endif
