#include "math/sparse.h"

#include <omp.h>
#include <string.h>

enum { PARALLEL = 4096 }; /* rows that are worth a team of threads */

void pl_sparse_free(pl_sparse *a) {
    pl_free(a->start);
    pl_free(a->index);
    pl_free(a->value);
    *a = (pl_sparse){0};
}

/* Row i of A x. With m a constant the sums stay in registers. */
static inline __attribute__((always_inline)) void row_times(const pl_sparse *a, size_t i, pl_cmat x,
                                                            size_t m, double *out) {
    double sum[4] = {0};
    for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
        const double *in = x.a + (size_t)a->index[e] * x.ld;
        double w = a->value[e];
        for (size_t c = 0; c < m; c++)
            sum[c] += w * in[c];
    }
    memcpy(out, sum, m * sizeof *out);
}

static pl_status multiply(pl_ctx *ctx, const void *data, pl_cmat x, pl_mat y) {
    const pl_sparse *a = data;
    size_t m = x.cols;
#pragma omp parallel for schedule(static, 512) num_threads(pl_threads(ctx)) if (a->n > PARALLEL)
    for (size_t i = 0; i < a->n; i++) {
        double *out = y.a + i * y.ld;
        if (m == 4) {
            row_times(a, i, x, 4, out);
            continue;
        }
        if (m == 1) {
            row_times(a, i, x, 1, out);
            continue;
        }
        memset(out, 0, m * sizeof *out);
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
            const double *in = x.a + (size_t)a->index[e] * x.ld;
            double w = a->value[e];
            for (size_t c = 0; c < m; c++)
                out[c] += w * in[c];
        }
    }
    return PL_OK;
}

pl_operator pl_sparse_operator(const pl_sparse *a, double lower, double upper) {
    return (pl_operator){a->n, multiply, a, lower, upper};
}

pl_status pl_sparse_order(pl_ctx *ctx, const size_t *start, const uint32_t *index, size_t n,
                          uint32_t *order) {
    pl_status status = PL_OK;
    bool *seen = NULL;
    size_t used = 0, next = 0;
    PL_NEW(ctx, seen, n);
    for (size_t root = 0; root < n; root++) {
        if (seen[root])
            continue;
        seen[root] = true;
        order[used++] = (uint32_t)root;
        for (; next < used; next++)
            for (size_t e = start[order[next]]; e < start[order[next] + 1]; e++)
                if (!seen[index[e]]) {
                    seen[index[e]] = true;
                    order[used++] = index[e];
                }
    }
done:
    pl_free(seen);
    return status;
}
