#ifndef PL_SSL_GRAPH_INFONCE_H
#define PL_SSL_GRAPH_INFONCE_H
/* InfoNCE weighted by a relation graph, and its partition terms. */

#include "ssl/graph.h"

/** -sum_{i/=j} G_ij log( e^{s_ij/tau} / sum_{k/=i} e^{s_ik/tau} ), s the cosines of rows.
 *  Returned  *value, gradient (a NULL: not wanted): (I - u u')(M + M')u/(tau |z|),
 *            M = diag(d) softmax - G. Self-loops of G are left out
 *  Status    PL_EDOMAIN tau <= 0, a zero row
 *  Cost      O(n^2 K), memory O(n K)
 *  Source    BL22 sec. 2.2; TAN23 */
pl_status pl_graph_infonce(pl_ctx *ctx, const pl_graph *g, double tau, pl_cmat z, double *value,
                           pl_mat gradient);

/** The free energies tau log sum_{k/=i} e^{s_ik/tau}, one a row, of unit rows u. */
pl_status pl_infonce_free_energy(pl_ctx *ctx, pl_cmat u, double tau, double *out);

#endif
