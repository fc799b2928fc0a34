#ifndef PL_MATH_SAMPLER_H
#define PL_MATH_SAMPLER_H
/* Random points on the sphere. Row i of the output uses row stream.row + i of the stream, so that
 * it does not depend on how many rows are drawn, nor on threads. */

#include "base/array.h"
#include "math/random.h"

/** Rows uniform on S^{d-1}: normals, normalised.
 *  Status  PL_EDOMAIN d < 2 */
pl_status pl_sample_sphere(pl_ctx *ctx, pl_stream stream, pl_mat out);

/** Rows from the von Mises-Fisher law vMF(mean, kappa).
 *  Given   mean    d numbers of unit norm (checked to 1e-6), or NULL for e1
 *          kappa   >= 0; 0: the uniform law
 *  Status  PL_EDOMAIN d < 2, kappa < 0 or not finite, a mean direction that is not unit
 *  Cost    O(d) a row, with about 1.5 tries at most on average
 *  Source  Wood 1994 (theory notes, sec. 1.4), its Beta variate by Ulrich 1984 */
pl_status pl_sample_vmf(pl_ctx *ctx, pl_stream stream, const double *mean, double kappa,
                        pl_mat out);

/** The same with a mean direction for every row; means and out may not overlap.
 *  Status  PL_ESHAPE means and out differ in size */
pl_status pl_sample_vmf_around(pl_ctx *ctx, pl_stream stream, pl_cmat means, double kappa,
                               pl_mat out);

#endif
