#ifndef PL_SSL_GRAPH_H
#define PL_SSL_GRAPH_H
/* The relation graph G of BL22: which samples are views of one another, share a label or are
 * neighbours. Everything the theory needs of it are products with few columns, so that structured
 * graphs (views, labels, an augmentation model) are kept as the few numbers that make them and
 * never form their N^2 entries:
 *
 *     G = CSR + sum over partitions ( sum_g w_g 1_g 1_g' - loop I ) + A' diag(p) A
 *
 * primary    pl_graph_views, pl_graph_labels, pl_graph_edges, pl_graph_read, pl_graph_free
 * secondary  pl_graph_apply, pl_graph_laplacian, pl_graph_describe
 * tertiary   the struct's fields */

#include "base/array.h"

/* Row i holds index[start[i]] .. index[start[i+1] - 1], ascending. */
typedef struct pl_csr {
    size_t *start;
    uint32_t *index;
    double *weight; /* NULL: every entry is 1 */
} pl_csr;

/* Groups of nodes that are all related to each other; group SIZE_MAX: related to none. */
typedef struct pl_partition {
    size_t *group; /* n; NULL: no such term */
    size_t groups;
    double *weight; /* one a group           */
    double loop; /* taken off the diagonal of grouped nodes: 1 leaves no self-loops of weight 1 */
} pl_partition;

enum { PL_GRAPH_PARTITIONS = 2 };

typedef struct pl_graph {
    size_t nodes;
    pl_csr csr; /* start NULL: none */
    pl_partition partition[PL_GRAPH_PARTITIONS];
    pl_mat model; /* A, images x nodes; a NULL: none */
    double *prior;
    double *degree; /* d = G 1 */
    double total;   /* 1' G 1: the volume */
    double square;  /* |G|_F^2            */
} pl_graph;

typedef struct pl_edge {
    size_t i, j;
    double weight;
} pl_edge;

typedef enum pl_label_relation {
    PL_LABELS_NO_LOOPS,  /* YY' - I                                      */
    PL_LABELS_LOOPS,     /* YY'                                          */
    PL_LABELS_CORRECTED, /* Y (Y'Y)^-1 Y': class sizes divided out       */
} pl_label_relation;

/** V views of each of N' images, in the paper's order v N' + n: G = (J_V - I_V) x I_N'.
 *  Status  PL_ESHAPE views < 2 or no images | PL_ENOMEM */
pl_status pl_graph_views(pl_ctx *ctx, size_t images, size_t views, pl_graph *out);

/** Nodes that share a label. SIZE_MAX as a label: unlabelled, related to none.
 *  Given   label  n classes below `classes`; copied */
pl_status pl_graph_labels(pl_ctx *ctx, const size_t *label, size_t n, size_t classes,
                          pl_label_relation relation, pl_graph *out);

/** Views, and beside them label cliques among the views of labelled images: the semi-supervised
 *  sum of the two. Given label one per image, SIZE_MAX: unlabelled */
pl_status pl_graph_partial_labels(pl_ctx *ctx, const size_t *label, size_t images, size_t views,
                                  size_t classes, pl_graph *out);

/** Adds label cliques to a graph that has one partition so far (views, or other labels). */
pl_status pl_graph_add_labels(pl_ctx *ctx, pl_graph *g, const size_t *label, size_t classes,
                              pl_label_relation relation);

/** A finite augmentation model (HC21): W = A' diag(p) A over the views, self-loops included.
 *  Given   a      images x views, rows sum to 1; copied
 *          prior  one per image, NULL: uniform */
pl_status pl_graph_augmentation(pl_ctx *ctx, pl_cmat a, const double *prior, pl_graph *out);

/** Undirected edges, each once; entries of the same pair add up; i = j is a self-loop.
 *  Status  PL_ESHAPE a node is not below n | PL_EDOMAIN a weight is not finite, or is negative
 *          and `signed_weights` is false */
pl_status pl_graph_edges(pl_ctx *ctx, size_t n, const pl_edge *edges, size_t count,
                         bool signed_weights, pl_graph *out);

/** Every entry of a symmetric matrix that is not 0. Weights may be negative (MDS, ISOMAP).
 *  Status  PL_EDOMAIN not symmetric to 1e-12 of its largest entry, or not finite */
pl_status pl_graph_from_dense(pl_ctx *ctx, pl_cmat g, pl_graph *out);

/** rows x columns nodes joined to their neighbours right and below; rows = 1: a path. */
pl_status pl_graph_grid(pl_ctx *ctx, size_t rows, size_t columns, pl_graph *out);

/** Takes a CSR matrix that is already checked; computes degrees. Frees it on failure. */
pl_status pl_graph_take_csr(pl_ctx *ctx, size_t n, pl_csr csr, pl_graph *out);

void pl_graph_free(pl_graph *g); /* an all-zero graph is fine; leaves it all-zero */

/** out = G z, row-major n x K. `out` is not z.
 *  Cost    O((entries + n) K); the same bits for any number of threads */
pl_status pl_graph_apply(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out);
/** out = L z = D z - G z. Self-loops drop out. */
pl_status pl_graph_laplacian(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out);
/** G as n x n numbers, for small graphs. Status PL_ESHAPE n > 20000 */
pl_status pl_graph_dense(pl_ctx *ctx, const pl_graph *g, pl_mat out);
/** The self-loops G_ii. */
void pl_graph_diagonal(const pl_graph *g, double *out);

/** Connected components by union-find: component[i] in 0 .. *count - 1, in order of first node. */
pl_status pl_graph_components(pl_ctx *ctx, const pl_graph *g, size_t *component, size_t *count);

typedef struct pl_graph_facts {
    size_t nodes, entries; /* off the diagonal, as a sparse matrix would hold them; edges: half */
    size_t loops, components, isolated;
    double min_degree, max_degree, total;
    bool regular;   /* degrees agree to 1e-12 of the largest   */
    bool bipartite; /* no odd cycle, no loop                   */
    bool nonnegative, unit_weights;
    bool semidefinite; /* positive semidefinite by construction: labels with loops, models */
} pl_graph_facts;

pl_status pl_graph_describe(pl_ctx *ctx, const pl_graph *g, pl_graph_facts *out);

/** Reads a graph from a file: .npz as SciPy's save_npz writes a CSR, CSC or COO matrix, or text
 *  with "i j [weight]" lines, `#` comments, nodes counted from 0, each edge once or in both
 *  directions with the same weight.
 *  Status  PL_EINPUT not such a file | PL_ESHAPE not square | PL_EDOMAIN asymmetric, negative, not
 *          finite, contradicting itself (position and values are said) | PL_EIO | PL_ENOMEM */
pl_status pl_graph_read(pl_ctx *ctx, const char *path, pl_graph *out);

#endif
