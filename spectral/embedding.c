#include "spectral/embedding.h"

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"

void embedding_centre(pl_mat z, const pl_graph *g) {
    if (!g) {
        dense_centre(z);
        return;
    }
    for (size_t c = 0; c < z.cols; c++) {
        double mean = 0;
        for (size_t i = 0; i < z.rows; i++)
            mean += g->degree[i] * z.a[i * z.ld + c] / g->total;
        for (size_t i = 0; i < z.rows; i++)
            z.a[i * z.ld + c] = sqrt(g->degree[i]) * (z.a[i * z.ld + c] - mean);
    }
}

/* Modes tied with value `at` (of all that are kept) to its end, or to its beginning. */
static size_t tie_end(const modes *m, size_t rank) {
    size_t end = rank;
    while (rank > 0 && end < m->k && fabs(m->value[end] - m->value[rank - 1]) < 1e-8 * m->scale)
        end++;
    return end;
}

static size_t tie_start(const modes *m, size_t rank) {
    size_t start = rank;
    while (start > 0 && fabs(m->value[start - 1] - m->value[rank - 1]) < 1e-8 * m->scale)
        start--;
    return start;
}

pl_status embedding_sandwich(pl_ctx *ctx, const modes *m, pl_cmat y, size_t rank, double threshold,
                             double *out) {
    pl_status status = PL_OK;
    pl_mat q = {0};
    double *s = NULL, inward = 0, outward = 0;
    size_t found = 0, r = y.rows < y.cols ? y.rows : y.cols, upper = rank, lower = rank;
    PL_NEW(ctx, s, r);
    PL_TRY(dense_singular_values(ctx, y, s));
    while (found < r && s[found] > threshold)
        found++;
    /* the cut runs through an eigenspace when the next value, kept or not, is the same */
    bool cut =
        rank > 0 && (rank < m->k ? fabs(m->value[rank] - m->value[rank - 1]) < 1e-8 * m->scale
                                 : !modes_determined(m));
    if (cut) {
        upper = tie_end(m, rank);
        lower = tie_start(m, rank);
    }
    if (found != rank) {
        *out = 1;
        goto done;
    }
    PL_TRY(dense_new(ctx, y.rows, r, &q));
    PL_TRY(pl_orthonormal(ctx, y, -1, q, &found));
    pl_cmat mine = {q.a, y.rows, rank, q.ld};
    if (!(cut && upper == m->k)) /* otherwise the eigenspace's end is not known */
        PL_TRY(pl_subspace_sine(ctx, dense_columns(m->vector, upper), mine, &inward));
    PL_TRY(pl_subspace_sine(ctx, mine, dense_columns(m->vector, lower), &outward));
    *out = fmax(inward, outward);
done:
    dense_free(&q);
    pl_free(s);
    return status;
}
