#include "train/probe_knn.h"

#include <cblas.h>
#include <math.h>
#include <omp.h>
#include <string.h>

enum { QUERIES = 64, POINTS = 4096 }; /* of one product: its result stays in cache */

/* A neighbour found so far. */
typedef struct near {
    float similarity;
    size_t index;
} near;

/* Whether a is the worse one: less similar, or as similar and later in the set. */
static bool worse(near a, near b) {
    return a.similarity < b.similarity || (a.similarity == b.similarity && a.index > b.index);
}

/* The k best so far as a heap whose root is the worst of them. */
static void sink(near *heap, size_t n, size_t i) {
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= n)
            return;
        if (child + 1 < n && worse(heap[child + 1], heap[child]))
            child++;
        if (!worse(heap[child], heap[i]))
            return;
        near kept = heap[i];
        heap[i] = heap[child];
        heap[child] = kept;
        i = child;
    }
}

static void offer(near *heap, size_t k, near candidate) {
    if (worse(candidate, heap[0]))
        return;
    heap[0] = candidate;
    sink(heap, k, 0);
}

static size_t vote(const near *heap, size_t k, const size_t *label, double tau, size_t classes,
                   double *weight) {
    size_t best = 0;
    memset(weight, 0, classes * sizeof *weight);
    for (size_t i = 0; i < k; i++) /* e^{(s-1)/tau}: the same vote, and no overflow */
        weight[label[heap[i].index]] += exp(((double)heap[i].similarity - 1) / tau);
    for (size_t c = 1; c < classes; c++)
        if (weight[c] > weight[best])
            best = c;
    return best;
}

static pl_status unit_copy(pl_ctx *ctx, pl_probe_set s, size_t dim, const char *which, float *out) {
    for (size_t i = 0; i < s.n; i++) {
        double square = 0;
        for (size_t k = 0; k < dim; k++)
            square += (double)s.x[i * dim + k] * (double)s.x[i * dim + k];
        if (!(square > 0))
            return pl_fail(ctx, PL_EDOMAIN, "%s feature %zu is zero; it has no neighbours", which,
                           i);
        for (size_t k = 0; k < dim; k++)
            out[i * dim + k] = (float)((double)s.x[i * dim + k] / sqrt(square));
    }
    return PL_OK;
}

typedef struct search {
    const float *train, *test; /* unit rows */
    size_t n, dim, k;
} search;

/* The k nearest of test features first .. first + m - 1; heaps m x k, s QUERIES x POINTS. */
static void nearest(const search *q, size_t first, size_t m, near *heaps, float *s) {
    for (size_t i = 0; i < m * q->k; i++)
        heaps[i] = (near){-INFINITY, SIZE_MAX};
    for (size_t start = 0; start < q->n; start += POINTS) {
        size_t points = q->n - start < POINTS ? q->n - start : POINTS;
        cblas_sgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)points, (int)q->dim, 1,
                    q->test + first * q->dim, (int)q->dim, q->train + start * q->dim, (int)q->dim,
                    0, s, POINTS);
        for (size_t i = 0; i < m; i++)
            for (size_t j = 0; j < points; j++)
                offer(heaps + i * q->k, q->k, (near){s[i * POINTS + j], start + j});
    }
}

pl_status pl_knn_vote(pl_ctx *ctx, pl_probe_set train, pl_probe_set test, size_t dim,
                      size_t classes, size_t k, double tau, size_t *hits) {
    pl_status status = PL_OK;
    size_t threads = (size_t)pl_threads(ctx), per_heap, found = 0;
    float *unit = NULL, *products = NULL;
    near *heaps = NULL;
    double *weights = NULL;
    size_t size;
    if (!pl_size_mul(train.n + test.n, dim, &size) || !pl_size_mul(QUERIES, k, &per_heap))
        return pl_fail(ctx, PL_ESHAPE, "%zu features are too many", train.n + test.n);
    PL_NEW(ctx, unit, size);
    PL_NEW(ctx, products, threads * QUERIES * POINTS);
    PL_NEW(ctx, heaps, threads * per_heap);
    PL_NEW(ctx, weights, threads * classes);
    PL_TRY(unit_copy(ctx, train, dim, "training", unit));
    PL_TRY(unit_copy(ctx, test, dim, "test", unit + train.n * dim));
    const search q = {unit, unit + train.n * dim, train.n, dim, k};
#pragma omp parallel num_threads(threads) reduction(+ : found)
    {
        size_t me = (size_t)omp_get_thread_num();
        near *heap = heaps + me * per_heap;
        omp_set_num_threads(1); /* of this region's tasks only: BLAS inside it is serial */
#pragma omp for schedule(static)
        for (size_t first = 0; first < test.n; first += QUERIES) {
            size_t m = test.n - first < QUERIES ? test.n - first : QUERIES;
            nearest(&q, first, m, heap, products + me * QUERIES * POINTS);
            for (size_t i = 0; i < m; i++)
                found += vote(heap + i * k, k, train.label, tau, classes, weights + me * classes) ==
                         test.label[first + i];
        }
    }
    *hits = found;
done:
    pl_free(unit);
    pl_free(products);
    pl_free(heaps);
    pl_free(weights);
    return status;
}
