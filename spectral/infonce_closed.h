#ifndef PL_SPECTRAL_INFONCE_CLOSED_H
#define PL_SPECTRAL_INFONCE_CLOSED_H
/* Where InfoNCE on a graph has a minimum in closed form: balanced cliques (BL22.THM2e), and graphs
 * that are a softmax of an embedding (THM2g). On any graph there is the entropy bound. */

#include "ssl/graph.h"

typedef struct infonce_closed {
    bool cliques;        /* C cliques of one size V, no loops, unit weights, K >= C - 1      */
    size_t groups, size; /* C and V                                                          */
    double minimum;      /* of the cliques; NAN otherwise                                    */
    double entropy;      /* sum d_i H(P_i), P = D^-1 G: a bound for every graph              */
    double cosine;       /* between cliques: -1/(C - 1)                                      */
    pl_mat gram;         /* n x n, what ZZ' of unit rows is; a NULL: not known; dense_free it */
} infonce_closed;

/** Status PL_ENOMEM | PL_ESHAPE a graph too large for its Gram matrix */
pl_status infonce_closed_new(pl_ctx *ctx, const pl_graph *g, size_t k, double tau, bool softmax,
                             infonce_closed *out);

/** Unit rows with that Gram matrix, n x k. */
pl_status infonce_closed_rows(pl_ctx *ctx, const infonce_closed *c, size_t k, pl_mat *out);

#endif
