#ifndef PL_BOUNDS_GOLDEN_PAIR_H
#define PL_BOUNDS_GOLDEN_PAIR_H
/* The small pair of arrays that the printed values of theory notes, sec. 2 are computed on. */

#include "base/array.h"

enum { GOLDEN_ROWS = 4, GOLDEN_DIM = 3 };

/** x[i][k] = sin(0.7 i + 1.3 k + 0.1) + 0.05 i, y[i][k] = x[i][k] + 0.3 cos(1.1 i - 0.9 k), both
 *  un-normalised; 4 x 3, or any other size. */
void golden_pair(pl_mat x, pl_mat y);

#endif
