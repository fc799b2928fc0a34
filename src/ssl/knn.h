#ifndef PL_SSL_KNN_H
#define PL_SSL_KNN_H
/* Exact nearest neighbours of every row, and the relation graph that they make. */

#include "ssl/graph.h"

typedef enum pl_symmetrise {
    PL_KNN_UNION,  /* max(A, A')     */
    PL_KNN_MUTUAL, /* min(A, A')     */
    PL_KNN_MEAN,   /* (A + A')/2     */
} pl_symmetrise;

/** The k nearest other rows of each row, by (distance, index): ties go to the lower index.
 *  Given     x     n x D, finite
 *  Returned  neighbour, square   n x k: indices and squared distances, nearest first
 *  Status    PL_ESHAPE k < 1 or k >= n | PL_EDOMAIN a value is not finite | PL_ENOMEM
 *  Cost      D <= 12: a k-d tree, O(n log n) for the low dimensions it serves; otherwise O(n^2 D)
 *            by blocks of products, whose candidates are measured again without cancellation.
 *            The same answer for any number of threads */
pl_status pl_nearest_neighbours(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour,
                                double *square);
/** The plain twin: all distances of a row, then the k least. O(n^2 (D + k)). */
pl_status pl_nearest_neighbours_ref(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour,
                                    double *square);

/** The kNN graph of rows.
 *  Given     bandwidth  0: weights 1; > 0: exp(-|x_i - x_j|^2/bandwidth^2)
 *  Status    as above, and PL_EDOMAIN bandwidth < 0 */
pl_status pl_graph_knn(pl_ctx *ctx, pl_cmat x, size_t k, pl_symmetrise symmetrise, double bandwidth,
                       pl_graph *out);

#endif
