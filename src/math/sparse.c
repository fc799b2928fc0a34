#include "math/sparse.h"

#include <omp.h>
#include <string.h>
#include <suitesparse/cholmod.h>

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
#pragma omp parallel for schedule(static, 512) num_threads(pl_threads(ctx))
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

/* ---- CHOLMOD -------------------------------------------------------------------------------- */

/* The upper triangle of A - shift, 64-bit indices; CHOLMOD owns it. */
static pl_status to_cholmod(pl_ctx *ctx, const pl_sparse *a, double shift, cholmod_common *common,
                            cholmod_sparse **out) {
    size_t entries = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
            entries += a->index[e] >= i; /* row i, read as column i of the lower triangle */
    cholmod_sparse *s =
        cholmod_l_allocate_sparse(a->n, a->n, entries, true, true, -1, CHOLMOD_REAL, common);
    if (!s)
        return pl_fail(ctx, PL_ENOMEM, "CHOLMOD has no memory for %zu entries", entries);
    SuiteSparse_long *p = s->p, *index = s->i;
    double *x = s->x;
    SuiteSparse_long at = 0;
    for (size_t i = 0; i < a->n; i++) {
        p[i] = at;
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
            if (a->index[e] >= i) {
                index[at] = (SuiteSparse_long)a->index[e];
                x[at++] = a->value[e] - (a->index[e] == i ? shift : 0);
            }
    }
    p[a->n] = at;
    *out = s;
    return PL_OK;
}

pl_status pl_sparse_fill(pl_ctx *ctx, const pl_sparse *a, double *entries, double *flops) {
    cholmod_common common;
    cholmod_sparse *s = NULL;
    cholmod_l_start(&common);
    common.print = 0;
    const double OUT_OF_REACH = 1e5; /* operations per entry */
    common.nmethods = 1; /* nested dissection takes longer than many a solution of the problem */
    common.method[0].ordering = CHOLMOD_AMD;
    pl_status status = to_cholmod(ctx, a, 0, &common, &s);
    cholmod_factor *f = status == PL_OK ? cholmod_l_analyze(s, &common) : NULL;
    if (f && common.fl < OUT_OF_REACH * (double)a->start[a->n]) {
        cholmod_l_free_factor(&f, &common);
        common.nmethods = 0; /* CHOLMOD's own choice, as the factorisation will make it */
        f = cholmod_l_analyze(s, &common);
    }
    if (status == PL_OK && !f)
        status = pl_fail(ctx, PL_ENOMEM, "CHOLMOD's analysis failed (status %d)", common.status);
    if (status == PL_OK) {
        *entries = common.lnz;
        *flops = common.fl;
    }
    cholmod_l_free_factor(&f, &common);
    cholmod_l_free_sparse(&s, &common);
    cholmod_l_finish(&common);
    return status;
}

pl_status pl_sparse_inertia(pl_ctx *ctx, const pl_sparse *a, double theta, size_t *below) {
    cholmod_common common;
    cholmod_sparse *s = NULL;
    cholmod_l_start(&common);
    common.print = 0;
    common.supernodal = CHOLMOD_SIMPLICIAL; /* LDL' keeps signs; a supernodal LL' cannot */
    common.final_ll = false;
    pl_status status = to_cholmod(ctx, a, theta, &common, &s);
    cholmod_factor *f = status == PL_OK ? cholmod_l_analyze(s, &common) : NULL;
    if (status == PL_OK && (!f || !cholmod_l_factorize(s, f, &common)))
        status = pl_fail(ctx, PL_ENOMEM, "CHOLMOD could not factorise (status %d)", common.status);
    if (status == PL_OK && f->minor < f->n)
        status = pl_fail(ctx, PL_EDOMAIN, "pivot %zu of A - %g is 0: theta must lie in a gap",
                         f->minor, theta);
    if (status == PL_OK) {
        const SuiteSparse_long *p = f->p;
        const double *x = f->x;
        *below = 0;
        for (size_t j = 0; j < f->n; j++) /* the diagonal D stands first in each column */
            *below += x[p[j]] < 0;
    }
    cholmod_l_free_factor(&f, &common);
    cholmod_l_free_sparse(&s, &common);
    cholmod_l_finish(&common);
    return status;
}

/* ---- (A - shift)^-1 as an operator: its largest eigenvalues are A's smallest ----------------- */

typedef struct inverse {
    cholmod_common common;
    cholmod_factor *factor;
    cholmod_dense *y, *e; /* CHOLMOD's workspaces, kept between solves */
} inverse;

/* y = -(A - shift)^-1 x: the smallest of the negative are wanted. One column at a time. */
static pl_status solve(pl_ctx *ctx, const void *data, pl_cmat x, pl_mat y) {
    inverse *v = (inverse *)data;
    cholmod_dense *b = cholmod_l_allocate_dense(x.rows, x.cols, x.rows, CHOLMOD_REAL, &v->common);
    cholmod_dense *out = NULL;
    if (!b)
        return pl_fail(ctx, PL_ENOMEM, "CHOLMOD has no memory for a right-hand side");
    double *bx = b->x;
    for (size_t i = 0; i < x.rows; i++)
        for (size_t c = 0; c < x.cols; c++)
            bx[c * x.rows + i] = x.a[i * x.ld + c];
    int good =
        cholmod_l_solve2(CHOLMOD_A, v->factor, b, NULL, &out, NULL, &v->y, &v->e, &v->common);
    if (good) {
        const double *ox = out->x;
        for (size_t i = 0; i < x.rows; i++)
            for (size_t c = 0; c < x.cols; c++)
                y.a[i * y.ld + c] = -ox[c * x.rows + i];
    }
    cholmod_l_free_dense(&b, &v->common);
    cholmod_l_free_dense(&out, &v->common);
    return good ? PL_OK : pl_fail(ctx, PL_ENOMEM, "CHOLMOD could not solve");
}

pl_status pl_eigen_shift_invert(pl_ctx *ctx, const pl_sparse *a, double lower, double upper,
                                double shift, pl_cmat deflate, size_t k,
                                const pl_eigen_settings *settings, double *values, pl_mat vectors,
                                pl_eigen_report *out) {
    inverse v = {.factor = NULL};
    cholmod_sparse *s = NULL;
    pl_mat y = {0};
    pl_eigen_report report;
    pl_eigen_settings set = settings ? *settings : (pl_eigen_settings){0};
    double tolerance = set.tolerance > 0 ? set.tolerance : 1e-10;
    set.tolerance = 1e-11; /* of the inverse: its products are no better */
    cholmod_l_start(&v.common);
    v.common.print = 0;
    pl_status status = to_cholmod(ctx, a, shift, &v.common, &s);
    if (status == PL_OK)
        v.factor = cholmod_l_analyze(s, &v.common);
    if (status == PL_OK && (!v.factor || !cholmod_l_factorize(s, v.factor, &v.common)))
        status =
            pl_fail(ctx, PL_ENOMEM, "CHOLMOD could not factorise (status %d)", v.common.status);
    if (status == PL_OK && v.factor->minor < v.factor->n)
        status = pl_fail(ctx, PL_EDOMAIN, "A - %g is not positive definite", shift);
    cholmod_l_free_sparse(&s, &v.common);
    pl_operator op = {a->n, solve, &v, -1 / (lower - shift), 0};
    if (status == PL_OK)
        status = pl_eigen_lanczos(ctx, &op, deflate, k, &set, values, vectors, &report);
    cholmod_l_free_dense(&v.y, &v.common);
    cholmod_l_free_dense(&v.e, &v.common);
    cholmod_l_free_factor(&v.factor, &v.common);
    cholmod_l_finish(&v.common);
    if (status)
        return status;
    /* values and residuals of A itself: Rayleigh quotients */
    y.a = pl_alloc(ctx, a->n * k, sizeof *y.a);
    if (!y.a)
        return PL_ENOMEM;
    y = (pl_mat){y.a, a->n, k, k};
    status = multiply(ctx, a, pl_const(vectors), y);
    report.residual = 0;
    for (size_t c = 0; c < k; c++) {
        double quotient = 0, sum = 0;
        for (size_t i = 0; i < a->n; i++)
            quotient += y.a[i * k + c] * vectors.a[i * vectors.ld + c];
        for (size_t i = 0; i < a->n; i++) {
            double r = y.a[i * k + c] - quotient * vectors.a[i * vectors.ld + c];
            sum += r * r;
        }
        values[c] = quotient;
        double relative = __builtin_sqrt(sum) / (upper - lower);
        report.residual = relative > report.residual ? relative : report.residual;
    }
    report.converged = report.residual <= tolerance;
    pl_free(y.a);
    *out = report;
    return status;
}
