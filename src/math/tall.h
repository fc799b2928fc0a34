#ifndef PL_MATH_TALL_H
#define PL_MATH_TALL_H
/* Products of tall matrices, n rows and few columns. Rows are cut into blocks of a fixed size and
 * block results added in order, so that the bits do not depend on the number of threads. */

#include "base/array.h"

/** out = a' b, columns of a x columns of b.
 *  Status  PL_ESHAPE rows differ | PL_ENOMEM
 *  Cost    2 n k l */
pl_status pl_tall_gram(pl_ctx *ctx, pl_cmat a, pl_cmat b, pl_mat out);

/** out = alpha a s + beta out, s with as many rows as a has columns. `out` is not a. */
pl_status pl_tall_times(pl_ctx *ctx, double alpha, pl_cmat a, pl_cmat s, double beta, pl_mat out);

#endif
