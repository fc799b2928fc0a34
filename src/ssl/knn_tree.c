#include "ssl/knn_tree.h"

#include <math.h>
#include <omp.h>
#include <string.h>

enum { LEAF = 16, MAX_DIM = 16 };

/* Node t has children 2t + 1 and 2t + 2; leaves hold a run of `order`. The points are copied in
 * tree order, so that a leaf is contiguous. */
typedef struct tree {
    size_t n, d, nodes;
    uint32_t *order;
    double *point;        /* n x d, in the order of `order` */
    double *lo, *hi;      /* nodes x d: bounding boxes      */
    size_t *first, *last; /* nodes                          */
} tree;

/* Before in column c, ties by index: the tree does not depend on the order of equal numbers. */
static bool before(pl_cmat x, size_t c, uint32_t i, uint32_t j) {
    double a = x.a[i * x.ld + c], b = x.a[j * x.ld + c];
    return a < b || (a == b && i < j);
}

/* Puts the element that belongs at `middle` there, smaller ones before it (Hoare's selection). */
static void select_middle(pl_cmat x, uint32_t *order, ptrdiff_t lo, ptrdiff_t hi, ptrdiff_t middle,
                          size_t c) {
    while (lo < hi) {
        uint32_t pivot = order[middle];
        ptrdiff_t i = lo, j = hi;
        do {
            while (before(x, c, order[i], pivot))
                i++;
            while (before(x, c, pivot, order[j]))
                j--;
            if (i <= j) {
                uint32_t swap = order[i];
                order[i++] = order[j];
                order[j--] = swap;
            }
        } while (i <= j);
        if (j < middle)
            lo = i;
        if (middle < i)
            hi = j;
    }
}

static void build(tree *t, pl_cmat x, size_t node, size_t first, size_t last) {
    double *lo = t->lo + node * t->d, *hi = t->hi + node * t->d;
    size_t widest = 0;
    for (size_t c = 0; c < t->d; c++) {
        lo[c] = INFINITY;
        hi[c] = -INFINITY;
        for (size_t i = first; i < last; i++) {
            lo[c] = fmin(lo[c], x.a[t->order[i] * x.ld + c]);
            hi[c] = fmax(hi[c], x.a[t->order[i] * x.ld + c]);
        }
        if (hi[c] - lo[c] > hi[widest] - lo[widest])
            widest = c;
    }
    t->first[node] = first;
    t->last[node] = last;
    if (2 * node + 2 >= t->nodes)
        return;
    size_t middle = first + (last - first) / 2;
    select_middle(x, t->order, (ptrdiff_t)first, (ptrdiff_t)last - 1, (ptrdiff_t)middle, widest);
    build(t, x, 2 * node + 1, first, middle);
    build(t, x, 2 * node + 2, middle, last);
}

static double box_distance(const tree *t, size_t node, const double *q) {
    const double *lo = t->lo + node * t->d, *hi = t->hi + node * t->d;
    double sum = 0;
    for (size_t c = 0; c < t->d; c++) {
        double out = fmax(fmax(lo[c] - q[c], q[c] - hi[c]), 0);
        sum += out * out;
    }
    return sum;
}

static void search(const tree *t, size_t node, size_t self, const double *q, size_t k,
                   pl_candidate *list, size_t *count) {
    if (2 * node + 2 >= t->nodes) {
        for (size_t i = t->first[node]; i < t->last[node]; i++)
            if (i != self)
                pl_candidate_insert(
                    list, count, k,
                    (pl_candidate){pl_square_distance(q, t->point + i * t->d, t->d), t->order[i]});
        return;
    }
    size_t near = 2 * node + 1, far = near + 1;
    double a = box_distance(t, near, q), b = box_distance(t, far, q);
    if (b < a) {
        double swap = a;
        a = b;
        b = swap;
        near = far;
        far = near - 1;
    }
    if (*count < k || a <= list[k - 1].square) /* <=: an equal distance may have a lower index */
        search(t, near, self, q, k, list, count);
    if (*count < k || b <= list[k - 1].square)
        search(t, far, self, q, k, list, count);
}

pl_status pl_knn_tree(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour, double *square) {
    pl_status status = PL_OK;
    tree t = {.n = x.rows, .d = x.cols, .nodes = 1};
    pl_candidate *lists = NULL;
    size_t threads = (size_t)pl_threads(ctx), room;
    if (!pl_size_mul(x.rows, x.cols, &room) || x.cols > MAX_DIM)
        return pl_fail(ctx, PL_ESHAPE, "a k-d tree of %zu columns; at most %d", x.cols, MAX_DIM);
    while (t.n / (t.nodes + 1) > LEAF / 2) /* complete: 2^depth - 1 nodes */
        t.nodes = 2 * t.nodes + 1;
    PL_NEW(ctx, t.order, t.n);
    PL_NEW(ctx, t.point, room);
    PL_NEW(ctx, t.lo, t.nodes * t.d);
    PL_NEW(ctx, t.hi, t.nodes * t.d);
    PL_NEW(ctx, t.first, t.nodes);
    PL_NEW(ctx, t.last, t.nodes);
    PL_NEW(ctx, lists, threads * k);
    for (size_t i = 0; i < t.n; i++)
        t.order[i] = (uint32_t)i;
    build(&t, x, 0, 0, t.n);
    for (size_t i = 0; i < t.n; i++)
        memcpy(t.point + i * t.d, x.a + t.order[i] * x.ld, t.d * sizeof *t.point);
#pragma omp parallel for schedule(static, 256) num_threads((int)threads)
    for (size_t i = 0; i < t.n; i++) { /* neighbours in the tree are neighbours in memory */
        pl_candidate *list = lists + (size_t)omp_get_thread_num() * k;
        size_t count = 0, to = t.order[i];
        search(&t, 0, i, t.point + i * t.d, k, list, &count);
        for (size_t c = 0; c < k; c++) {
            neighbour[to * k + c] = list[c].index;
            square[to * k + c] = list[c].square;
        }
    }
done:
    pl_free(t.order);
    pl_free(t.point);
    pl_free(t.lo);
    pl_free(t.hi);
    pl_free(t.first);
    pl_free(t.last);
    pl_free(lists);
    return status;
}
