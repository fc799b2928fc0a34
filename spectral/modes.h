#ifndef PL_SPECTRAL_MODES_H
#define PL_SPECTRAL_MODES_H
/* The modes of a relation graph that a closed form is made of. Small graphs are solved densely and
 * completely; large ones for the modes that are asked for. */

#include "base/array.h"
#include "base/table.h"
#include "ssl/graph.h"

typedef enum modes_kind {
    MODES_LAPLACIAN,  /* of L on the complement of the constant vector, ascending */
    MODES_ADJACENCY,  /* of G, descending                                         */
    MODES_NORMALISED, /* of D^-1/2 G D^-1/2, descending; nodes of degree 0 have 0 */
    MODES_CUT,        /* of I - D^-1/2 G D^-1/2 on the complement of D^1/2 1, ascending */
} modes_kind;

typedef struct modes {
    size_t n, k;                    /* nodes; modes kept, at most n (Laplacian: n - 1)  */
    double *value;                  /* k                                                */
    pl_mat vector;                  /* n x k, orthonormal columns                       */
    double next;                    /* value k + 1; NAN: there is none                  */
    double scale;                   /* largest modulus of an eigenvalue, or a bound     */
    double *all;                    /* every value, in order; NULL: only k are known    */
    size_t count;                   /* of `all`                                         */
    double residual, orthogonality; /* max |A u - value u|/scale, max |U'U - I| */
    char solver[160];               /* which, and why */
    size_t below, expected_below; /* eigenvalues before the next by inertia, and by count; SIZE_MAX:
                                   * not counted */
} modes;

/* How a spectrum is solved. */
typedef struct modes_settings {
    const char *solver; /* auto, dense, or one of MODES_SOLVERS                     */
    size_t iterations;  /* restarts of an iterative solver; 0: as many as are usual */
} modes_settings;
#define MODES_SOLVERS "shift-invert|filtered|subspace|lanczos|slepc"

pl_status modes_solve(pl_ctx *ctx, const pl_graph *g, modes_kind kind, size_t k,
                      const modes_settings *settings, modes *out);
/** The same by the rule: dense up to 1500 nodes, else as modes_sparse.h has it.
 *  Status  PL_ENOCONV the solver did not reach its tolerance (how far it came is said) | PL_ENOMEM
 */
pl_status modes_new(pl_ctx *ctx, const pl_graph *g, modes_kind kind, size_t k, modes *out);
void modes_free(modes *m);

/** Whether the k modes are a subspace of their own: value k and k + 1 differ by 1e-8 of the scale.
 *  Otherwise only the sandwich of whole eigenspaces is determined (theory notes, sec. 1.4). */
bool modes_determined(const modes *m);
/** Modes strictly before the eigenspace that k cuts. */
size_t modes_before_tie(const modes *m);
/** Positive values, > 1e-10 of the first (all values must be known). */
size_t modes_positive(const modes *m);
/** Values of modulus > 1e-10 of the scale. */
size_t modes_rank(const modes *m);

#endif
