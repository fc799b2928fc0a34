#include "math/factor.h"

#include <omp.h>
#include <suitesparse/cholmod.h>

struct pl_factor {
    const pl_sparse *a;
    cholmod_common common;
    cholmod_factor *l;
    cholmod_dense *b, *x, *y, *e; /* right-hand sides, solutions, CHOLMOD's workspaces */
    double entries, flops;
};

void pl_factor_free(pl_factor *f) {
    if (!f)
        return;
    cholmod_l_free_dense(&f->b, &f->common);
    cholmod_l_free_dense(&f->x, &f->common);
    cholmod_l_free_dense(&f->y, &f->common);
    cholmod_l_free_dense(&f->e, &f->common);
    cholmod_l_free_factor(&f->l, &f->common);
    cholmod_l_finish(&f->common);
    pl_free(f);
}

double pl_factor_entries(const pl_factor *f) {
    return f->entries;
}

double pl_factor_flops(const pl_factor *f) {
    return f->flops;
}

/* The lower triangle of A - shift by columns, 64-bit indices; CHOLMOD owns it. */
static pl_status to_cholmod(pl_ctx *ctx, const pl_sparse *a, double shift, cholmod_common *common,
                            cholmod_sparse **out) {
    size_t entries = 0;
    for (size_t i = 0; i < a->n; i++)
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++)
            entries += a->index[e] >= i; /* row i, read as column i */
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

/* CHOLMOD's many small products lose more to a team of threads than they gain, and the bits are to
 * be the same for any number of them. Returns how many there were. */
static int one_thread(void) {
    int before = omp_get_max_threads();
    omp_set_num_threads(1);
    return before;
}

static cholmod_factor *analyse(pl_factor *f, cholmod_sparse *s, int ordering) {
    f->common.nmethods = 1;
    f->common.method[0].ordering = ordering;
    return cholmod_l_analyze(s, &f->common);
}

pl_status pl_factor_new(pl_ctx *ctx, const pl_sparse *a, pl_factor **out) {
    /* Operations an entry of A: below, minimum degree is good enough; above, a factor is out of
     * reach by any order. Nested dissection takes longer than many a solution of the problem. */
    const double GOOD = 1500, OUT_OF_REACH = 1e5;
    pl_status status = PL_OK;
    cholmod_sparse *s = NULL;
    pl_factor *f = NULL;
    PL_NEW(ctx, f, 1);
    f->a = a;
    cholmod_l_start(&f->common);
    f->common.print = 0;
    PL_TRY(to_cholmod(ctx, a, 0, &f->common, &s));
    f->l = analyse(f, s, CHOLMOD_AMD);
    f->entries = f->common.lnz;
    f->flops = f->common.fl;
    double each = f->flops / (double)a->start[a->n];
    if (f->l && each > GOOD && each < OUT_OF_REACH) {
        cholmod_factor *other = analyse(f, s, CHOLMOD_METIS);
        if (other && f->common.fl < f->flops) {
            cholmod_factor *swap = f->l;
            f->l = other;
            other = swap;
            f->entries = f->common.lnz;
            f->flops = f->common.fl;
        }
        cholmod_l_free_factor(&other, &f->common);
    }
    cholmod_l_free_sparse(&s, &f->common);
    if (!f->l) {
        status = pl_fail(ctx, PL_ENOMEM, "CHOLMOD's analysis failed (status %d)", f->common.status);
        goto done;
    }
    *out = f;
    f = NULL;
done:
    pl_factor_free(f);
    return status;
}

static pl_status factorise(pl_ctx *ctx, pl_factor *f, double shift) {
    cholmod_sparse *s = NULL;
    pl_status status = to_cholmod(ctx, f->a, shift, &f->common, &s);
    int threads = one_thread();
    if (status == PL_OK && !cholmod_l_factorize(s, f->l, &f->common))
        status =
            pl_fail(ctx, PL_ENOMEM, "CHOLMOD could not factorise (status %d)", f->common.status);
    omp_set_num_threads(threads);
    cholmod_l_free_sparse(&s, &f->common);
    return status;
}

pl_status pl_factor_at(pl_ctx *ctx, pl_factor *f, double shift) {
    pl_status status = factorise(ctx, f, shift);
    if (status == PL_OK && f->l->minor < f->l->n)
        status = pl_fail(ctx, PL_EDOMAIN, "A - %g is not positive definite", shift);
    return status;
}

pl_status pl_factor_solve(pl_ctx *ctx, pl_factor *f, pl_mat x) {
    size_t n = x.rows, m = x.cols;
    if (!f->b || f->b->ncol != m) {
        cholmod_l_free_dense(&f->b, &f->common);
        f->b = cholmod_l_allocate_dense(n, m, n, CHOLMOD_REAL, &f->common);
    }
    if (!f->b)
        return pl_fail(ctx, PL_ENOMEM, "CHOLMOD has no memory for %zu right-hand sides", m);
    double *b = f->b->x;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < m; c++)
            b[c * n + i] = x.a[i * x.ld + c];
    int threads = one_thread();
    int good = cholmod_l_solve2(CHOLMOD_A, f->l, f->b, NULL, &f->x, NULL, &f->y, &f->e, &f->common);
    omp_set_num_threads(threads);
    if (!good)
        return pl_fail(ctx, PL_ENOMEM, "CHOLMOD could not solve (status %d)", f->common.status);
    const double *found = f->x->x;
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < m; c++)
            x.a[i * x.ld + c] = found[c * n + i];
    return PL_OK;
}

pl_status pl_factor_inertia(pl_ctx *ctx, pl_factor *f, double theta, size_t *below) {
    /* simplicial LDL' keeps signs; a supernodal LL' cannot */
    if (!cholmod_l_change_factor(CHOLMOD_PATTERN, false, false, false, false, f->l, &f->common))
        return pl_fail(ctx, PL_ENOMEM, "CHOLMOD has no memory for a simplicial factor");
    f->common.final_ll = false;
    pl_status status = factorise(ctx, f, theta);
    if (status)
        return status;
    if (f->l->minor < f->l->n)
        return pl_fail(ctx, PL_EDOMAIN, "pivot %zu of A - %g is 0: theta must lie in a gap",
                       f->l->minor, theta);
    const SuiteSparse_long *p = f->l->p;
    const double *x = f->l->x;
    *below = 0;
    for (size_t j = 0; j < f->l->n; j++) /* the diagonal D stands first in each column */
        *below += x[p[j]] < 0;
    return PL_OK;
}
