#include "spectral/modes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/modes_sparse.h"

static const double TIE = 1e-8, ZERO = 1e-10;
enum { DENSE_NODES = 1500 };

void modes_free(modes *m) {
    pl_free(m->value);
    pl_free(m->all);
    dense_free(&m->vector);
    *m = (modes){0};
}

static bool ascending(modes_kind kind) {
    return kind == MODES_LAPLACIAN || kind == MODES_CUT;
}

/* The operator as a dense matrix; L is lifted along 1, and I - A along D^1/2 1, above its largest
 * eigenvalue. */
static pl_status operator_of(pl_ctx *ctx, const pl_graph *g, modes_kind kind, double lift,
                             pl_mat a) {
    pl_status status = pl_graph_dense(ctx, g, a);
    size_t n = g->nodes;
    for (size_t i = 0; status == PL_OK && i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double *v = &a.a[i * n + j], d = g->degree[i] * g->degree[j];
            if (kind == MODES_LAPLACIAN)
                *v = (i == j ? g->degree[i] : 0) - *v + lift / (double)n;
            else if (kind != MODES_ADJACENCY)
                *v = d > 0 ? *v / sqrt(d) : 0;
            if (kind == MODES_CUT)
                *v = (i == j) - *v + (d > 0 ? 3 * sqrt(d) / g->total : 0);
        }
    return status;
}

/* max |A u - value u| and max |U'U - I|, measured with the graph's own products. */
static pl_status measure(pl_ctx *ctx, const pl_graph *g, modes_kind kind, modes *m) {
    pl_status status;
    pl_mat y = {0}, gram = {0}, x = {0};
    size_t n = m->n, k = m->k;
    PL_TRY(dense_copy(ctx, pl_const(m->vector), &x));
    PL_TRY(dense_new(ctx, n, k, &y));
    PL_TRY(dense_new(ctx, k, k, &gram));
    bool normalised = kind == MODES_NORMALISED || kind == MODES_CUT;
    for (size_t i = 0; normalised && i < n; i++)
        for (size_t c = 0; c < k; c++)
            x.a[i * k + c] *= g->degree[i] > 0 ? 1 / sqrt(g->degree[i]) : 0;
    if (kind == MODES_LAPLACIAN)
        PL_TRY(pl_graph_laplacian(ctx, g, pl_const(x), y));
    else
        PL_TRY(pl_graph_apply(ctx, g, pl_const(x), y));
    m->residual = m->orthogonality = 0;
    for (size_t c = 0; c < k; c++) {
        double sum = 0;
        for (size_t i = 0; i < n; i++) {
            double d = normalised && g->degree[i] > 0 ? 1 / sqrt(g->degree[i]) : 1;
            double u = m->vector.a[i * m->vector.ld + c], r = d * y.a[i * k + c];
            r = kind == MODES_CUT ? u - r - m->value[c] * u : r - m->value[c] * u;
            sum += r * r;
        }
        m->residual = fmax(m->residual, sqrt(sum) / m->scale);
    }
    dense_times(1, pl_const(m->vector), true, pl_const(m->vector), false, 0, gram);
    for (size_t a = 0; a < k; a++)
        for (size_t b = 0; b < k; b++)
            m->orthogonality = fmax(m->orthogonality, fabs(gram.a[a * k + b] - (a == b)));
done:
    dense_free(&x);
    dense_free(&y);
    dense_free(&gram);
    return status;
}

static pl_status solve_dense(pl_ctx *ctx, const pl_graph *g, modes_kind kind, modes *m) {
    pl_status status;
    pl_mat a = {0}, vectors = {0};
    size_t n = g->nodes;
    double lift = 0;
    for (size_t i = 0; i < n; i++)
        lift = fmax(lift, 3 * fabs(g->degree[i]) + 1); /* > 2 max d >= every eigenvalue of L */
    PL_TRY(dense_new(ctx, n, n, &a));
    PL_TRY(dense_new(ctx, n, n, &vectors));
    PL_NEW(ctx, m->all, n);
    PL_TRY(operator_of(ctx, g, kind, lift, a));
    PL_TRY(dense_eigen(ctx, pl_const(a), ascending(kind), m->all, vectors));
    m->count = ascending(kind) ? n - 1 : n;
    m->k = m->k < m->count ? m->k : m->count;
    m->next = m->k < m->count ? m->all[m->k] : (double)NAN;
    for (size_t i = 0; i < m->count; i++)
        m->scale = fmax(m->scale, fabs(m->all[i]));
    PL_NEW(ctx, m->value, m->k + 1);
    PL_TRY(dense_new(ctx, n, m->k, &m->vector));
    memcpy(m->value, m->all, m->k * sizeof *m->value);
    for (size_t i = 0; i < n; i++)
        memcpy(m->vector.a + i * m->k, vectors.a + i * n, m->k * sizeof(double));
    snprintf(m->solver, sizeof m->solver, "dense (at most %d nodes)", DENSE_NODES);
done:
    dense_free(&a);
    dense_free(&vectors);
    return status;
}

pl_status modes_solve(pl_ctx *ctx, const pl_graph *g, modes_kind kind, size_t k,
                      const modes_settings *settings, modes *out) {
    pl_status status;
    modes m = {.n = g->nodes, .k = k, .below = SIZE_MAX};
    bool dense = strcmp(settings->solver, "auto") == 0 ? g->nodes <= DENSE_NODES || 3 * k > g->nodes
                                                       : strcmp(settings->solver, "dense") == 0;
    PL_TRY(dense ? solve_dense(ctx, g, kind, &m) : modes_solve_sparse(ctx, g, kind, settings, &m));
    if (m.scale == 0)
        m.scale = 1;
    PL_TRY(measure(ctx, g, kind, &m));
    *out = m;
    m = (modes){0};
done:
    modes_free(&m);
    return status;
}

pl_status modes_new(pl_ctx *ctx, const pl_graph *g, modes_kind kind, size_t k, modes *out) {
    return modes_solve(ctx, g, kind, k, &(modes_settings){.solver = "auto"}, out);
}

bool modes_determined(const modes *m) {
    return m->k == 0 || isnan(m->next) || fabs(m->next - m->value[m->k - 1]) >= TIE * m->scale;
}

size_t modes_before_tie(const modes *m) {
    size_t k = m->k;
    while (k > 0 && fabs(m->value[k - 1] - m->value[m->k - 1]) < TIE * m->scale)
        k--;
    return k;
}

size_t modes_positive(const modes *m) {
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        count += m->all[i] > ZERO * m->scale;
    return count;
}

size_t modes_rank(const modes *m) {
    size_t count = 0;
    for (size_t i = 0; i < m->count; i++)
        count += fabs(m->all[i]) > ZERO * m->scale;
    return count;
}
