#ifndef PL_SSL_KNN_TREE_H
#define PL_SSL_KNN_TREE_H
/* Nearest neighbours of all points by a k-d tree, and the candidates that every search keeps. */

#include "base/array.h"

typedef struct pl_candidate {
    double square;
    uint32_t index;
} pl_candidate;

static inline bool pl_candidate_before(pl_candidate a, pl_candidate b) {
    return a.square < b.square || (a.square == b.square && a.index < b.index);
}

/** Keeps the k first of all candidates that were inserted, in order. */
void pl_candidate_insert(pl_candidate *list, size_t *count, size_t k, pl_candidate c);

/** sum (a_c - b_c)^2, in this order always: symmetric to the bit. */
double pl_square_distance(const double *a, const double *b, size_t d);

/** As pl_nearest_neighbours; for few columns. */
pl_status pl_knn_tree(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour, double *square);

#endif
