#ifndef PL_SSL_CONFIGURATIONS_H
#define PL_SSL_CONFIGURATIONS_H
/* Named point configurations on the sphere: optima of the uniformity loss, witnesses against
 * statements about the uniform law (theory notes, WANG20.OPTCFG, WANG20.THM2). */

#include "base/array.h"

/** Rows of a configuration in R^d, each of unit norm.
 *  Given     name  N-gon, triangle, square, pentagon (d = 2); tetrahedron, octahedron, icosahedron
 *                  (d = 3); e8 (the 240 roots, d = 8); cross-polytope, antipodal (any d);
 *                  simplex-N (d >= N - 1)
 *  Returned  *out  points x d; free out->a with pl_free
 *  Status    PL_EUSAGE no such name (the nearest is said), or not in this dimension */
pl_status pl_configuration(pl_ctx *ctx, const char *name, size_t d, pl_mat *out);

/** A regular simplex: rows x cols with rows <= cols + 1, inner products -1/(rows - 1). */
void pl_simplex(pl_mat out);

#endif
