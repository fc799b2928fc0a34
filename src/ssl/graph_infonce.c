#include "ssl/graph_infonce.h"

#include <math.h>
#include <omp.h>

#include "ssl/spectral_losses.h"

pl_status pl_unit_rows(pl_ctx *ctx, pl_cmat z, pl_mat out) {
    for (size_t i = 0; i < z.rows; i++) {
        double norm = 0;
        for (size_t c = 0; c < z.cols; c++)
            norm = hypot(norm, z.a[i * z.ld + c]);
        if (!(norm > 0))
            return pl_fail(ctx, PL_EDOMAIN, "row %zu of the embedding is zero: it has no cosine",
                           i);
        for (size_t c = 0; c < z.cols; c++)
            out.a[i * out.ld + c] = z.a[i * z.ld + c] / norm;
    }
    return PL_OK;
}

static double cosine(pl_cmat u, size_t i, size_t j) {
    double s = 0;
    for (size_t c = 0; c < u.cols; c++)
        s += u.a[i * u.ld + c] * u.a[j * u.ld + c];
    return s;
}

/* sums[i] = sum_{k/=i} e^{(s_ik - 1)/tau}: never overflows, s <= 1. */
static void partition_sums(pl_ctx *ctx, pl_cmat u, double tau, double *sums) {
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (u.rows > 256)
    for (size_t i = 0; i < u.rows; i++) {
        double sum = 0;
        for (size_t k = 0; k < u.rows; k++)
            if (k != i)
                sum += exp((cosine(u, i, k) - 1) / tau);
        sums[i] = sum;
    }
}

pl_status pl_infonce_free_energy(pl_ctx *ctx, pl_cmat u, double tau, double *out) {
    if (!(tau > 0))
        return pl_fail(ctx, PL_EDOMAIN, "tau is %g, expected > 0", tau);
    partition_sums(ctx, u, tau, out);
    for (size_t i = 0; i < u.rows; i++)
        out[i] = 1 + tau * log(out[i]);
    return PL_OK;
}

/* Row i of sum_j (M_ij + M_ji) u_j, with M_ij = d_i e_ij/R_i - G_ij and e symmetric. */
static void attraction_and_repulsion(pl_ctx *ctx, pl_cmat u, double tau, const double *degree,
                                     const double *sums, pl_cmat gu, pl_mat out) {
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (u.rows > 256)
    for (size_t i = 0; i < u.rows; i++) {
        double *y = out.a + i * out.ld;
        for (size_t c = 0; c < u.cols; c++)
            y[c] = -2 * gu.a[i * gu.ld + c];
        for (size_t j = 0; j < u.rows; j++) {
            if (j == i)
                continue;
            double w =
                exp((cosine(u, i, j) - 1) / tau) * (degree[i] / sums[i] + degree[j] / sums[j]);
            for (size_t c = 0; c < u.cols; c++)
                y[c] += w * u.a[j * u.ld + c];
        }
    }
}

pl_status pl_graph_infonce(pl_ctx *ctx, const pl_graph *g, double tau, pl_cmat z, double *value,
                           pl_mat gradient) {
    pl_status status = PL_OK;
    double *work = NULL;
    size_t n = z.rows, k = z.cols, room;
    if (!(tau > 0))
        return pl_fail(ctx, PL_EDOMAIN, "tau is %g, expected > 0", tau);
    if (!pl_size_mul(n, 2 * k + 3, &room))
        return pl_fail(ctx, PL_ENOMEM, "an embedding of %zu x %zu overflows", n, k);
    PL_NEW(ctx, work, room);
    double *sums = work, *degree = sums + n, *loop = degree + n;
    pl_mat u = {loop + n, n, k, k}, gu = {u.a + n * k, n, k, k};
    PL_TRY(pl_unit_rows(ctx, z, u));
    partition_sums(ctx, pl_const(u), tau, sums);
    PL_TRY(pl_graph_apply(ctx, g, pl_const(u), gu));
    pl_graph_diagonal(g, loop);
    double total = 0;
    for (size_t i = 0; i < n; i++) {
        double pull = 0;
        degree[i] = g->degree[i] - loop[i];
        for (size_t c = 0; c < k; c++) {
            gu.a[i * k + c] -= loop[i] * u.a[i * k + c];
            pull += u.a[i * k + c] * gu.a[i * k + c];
        }
        total += degree[i] * (log(sums[i]) + 1 / tau) - pull / tau;
    }
    if (gradient.a) {
        attraction_and_repulsion(ctx, pl_const(u), tau, degree, sums, pl_const(gu), gradient);
        for (size_t i = 0; i < n; i++) {
            double norm = 0, along = 0, *y = gradient.a + i * gradient.ld;
            for (size_t c = 0; c < k; c++) {
                norm = hypot(norm, z.a[i * z.ld + c]);
                along += y[c] * u.a[i * k + c];
            }
            for (size_t c = 0; c < k; c++)
                y[c] = (y[c] - along * u.a[i * k + c]) / (tau * norm);
        }
    }
    *value = total;
done:
    pl_free(work);
    return status;
}
