#ifndef PL_MATH_PRODUCT_H
#define PL_MATH_PRODUCT_H
/* Dense matrix products whose bits do not depend on the number of threads. */

#include "base/array.h"

/** out = keep * out + scale * A B, A = a or a^T, B = b or b^T.
 *  Given     a, b   and whether each is taken transposed; neither may overlap out
 *            keep   0: out is overwritten, whatever it held; 1: added to
 *  Returned  out
 *  Status    PL_ESHAPE the sizes do not fit together, or are beyond what BLAS counts
 *  Cost      one dgemm: the result's rows are cut into fixed blocks, each a serial call, because
 *            a threaded BLAS may cut, and so round, by the number of its threads */
pl_status pl_product(pl_ctx *ctx, double scale, pl_cmat a, bool a_transposed, pl_cmat b,
                     bool b_transposed, double keep, pl_mat out);

#endif
