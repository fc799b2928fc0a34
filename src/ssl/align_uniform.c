#include "ssl/align_uniform.h"

#include <math.h>

#include "math/product.h"
#include "math/stats.h"

/* dL/du_i += factor (u_i - v_i), and the opposite for v_i. */
static void pull_together(double factor, const double *u, const double *v, size_t d, double *gu,
                          double *gv) {
    for (size_t k = 0; k < d; k++) {
        gu[k] += factor * (u[k] - v[k]);
        gv[k] -= factor * (u[k] - v[k]);
    }
}

pl_status pl_alignment_add(pl_ctx *ctx, pl_cmat u, pl_cmat v, double p, double weight,
                           double *value, pl_mat *grad_u, pl_mat *grad_v) {
    pl_status status = PL_OK;
    size_t n = u.rows, d = u.cols;
    double *term = NULL;
    PL_NEW(ctx, term, n);
    for (size_t i = 0; i < n; i++) {
        const double *a = u.a + i * u.ld, *b = v.a + i * v.ld;
        double square = 0;
        for (size_t k = 0; k < d; k++)
            square += (a[k] - b[k]) * (a[k] - b[k]);
        term[i] = pow(square, p / 2);
        if (grad_u && square > 0)
            pull_together(weight * p / (double)n * pow(square, p / 2 - 1), a, b, d,
                          grad_u->a + i * grad_u->ld, grad_v->a + i * grad_v->ld);
    }
    *value += weight * pl_mean(term, n);
done:
    pl_free(term);
    return status;
}

/* A set's exponents 2t(s - 1) = -t |a_i - b_j|^2, n x m, and the largest of each row. */
static pl_status exponents(pl_ctx *ctx, const pl_pair_set *set, double t, double **out,
                           double *row_most) {
    pl_status status = PL_OK;
    size_t n = set->a.rows, m = set->b.rows, size;
    double *e = NULL;
    if (!pl_size_mul(n, m, &size))
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu pairs are too many", n, m);
    PL_NEW(ctx, e, size);
    PL_TRY(pl_product(ctx, 1, set->a, false, set->b, true, 0, (pl_mat){e, n, m, m}));
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < n; i++) {
        row_most[i] = -INFINITY;
        for (size_t j = 0; j < m; j++) {
            double *x = &e[i * m + j];
            *x = set->distinct && i == j ? -HUGE_VAL : 2 * t * (*x - 1);
            row_most[i] = fmax(row_most[i], *x);
        }
    }
    *out = e;
    e = NULL;
done:
    pl_free(e);
    return status;
}

/* share e^{x - most} in place, and the sum of each row. */
static void potentials(pl_ctx *ctx, const pl_pair_set *set, double most, double *e,
                       double *row_sum) {
    size_t m = set->b.rows;
#pragma omp parallel for num_threads(pl_threads(ctx)) schedule(static)
    for (size_t i = 0; i < set->a.rows; i++) {
        for (size_t j = 0; j < m; j++)
            e[i * m + j] = set->share * exp(e[i * m + j] - most);
        row_sum[i] = pl_sum(e + i * m, m);
    }
}

pl_status pl_uniformity_add(pl_ctx *ctx, const pl_pair_set *sets, size_t n_sets, double t,
                            double weight, double *value) {
    pl_status status = PL_OK;
    double *e[PL_MAX_PAIR_SETS] = {NULL}, *row = NULL, most = -INFINITY, count = 0, total;
    size_t rows = 0, at = 0;
    for (size_t k = 0; k < n_sets; k++) {
        double a = (double)sets[k].a.rows, b = (double)sets[k].b.rows;
        rows += sets[k].a.rows;
        count += sets[k].share * (a * b - (sets[k].distinct ? a : 0));
    }
    if (!(count > 0))
        return pl_fail(ctx, PL_ESHAPE, "uniformity needs a pair of points, there is none");
    PL_NEW(ctx, row, rows);
    for (size_t k = 0; k < n_sets; at += sets[k++].a.rows)
        PL_TRY(exponents(ctx, &sets[k], t, &e[k], row + at));
    for (size_t i = 0; i < rows; i++)
        most = fmax(most, row[i]);
    at = 0;
    for (size_t k = 0; k < n_sets; at += sets[k++].a.rows)
        potentials(ctx, &sets[k], most, e[k], row + at);
    total = pl_sum(row, rows);
    /* dL/ds_ij = 2t P_ij */
    for (size_t k = 0; k < n_sets; k++) {
        const pl_pair_set *set = &sets[k];
        pl_cmat p = {e[k], set->a.rows, set->b.rows, set->b.rows};
        if (!set->grad_a)
            continue;
        double scale = weight * 2 * t / total;
        PL_TRY(pl_product(ctx, scale, p, false, set->b, false, 1, *set->grad_a));
        PL_TRY(pl_product(ctx, scale, p, true, set->a, false, 1, *set->grad_b));
    }
    *value += weight * (most + log(total) - log(count));
done:
    for (size_t k = 0; k < n_sets; k++)
        pl_free(e[k]);
    pl_free(row);
    return status;
}
