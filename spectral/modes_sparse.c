#include "spectral/modes_sparse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "math/sparse.h"
#include "spectral/dense.h"

static const double TOLERANCE = 1e-10, CHEAP = 20000, FACTOR_BYTES = 2.5e9;
enum { RESTARTS = 100 };

/* The wanted modes are the smallest of B: L; I - A; or d_max - G. */
typedef struct problem {
    const pl_graph *g;
    modes_kind kind;
    double top;    /* spectrum of B in [0, top] */
    double offset; /* value of the mode = sign (value of B) + offset */
    double sign;
    pl_sparse matrix; /* B in breadth-first order; start NULL: only products are known */
    uint32_t *order;
    double *root; /* 1/sqrt(degree), normalised kinds */
} problem;

static void problem_free(problem *p) {
    pl_sparse_free(&p->matrix);
    pl_free(p->order);
    pl_free(p->root);
}

static bool normalised(modes_kind kind) {
    return kind == MODES_NORMALISED || kind == MODES_CUT;
}

/* Entry of B from entry w of G. */
static double entry_of(const problem *p, size_t i, size_t j, double w) {
    return -(normalised(p->kind) ? w * p->root[i] * p->root[j] : w);
}

static double diagonal_of(const problem *p, size_t i) {
    return p->kind == MODES_LAPLACIAN   ? p->g->degree[i]
           : p->kind == MODES_ADJACENCY ? p->offset
                                        : 1;
}

/* B as a matrix, rows and columns in the order that keeps neighbours together. */
static pl_status assemble(pl_ctx *ctx, problem *p) {
    pl_status status = PL_OK;
    const pl_csr *a = &p->g->csr;
    size_t n = p->g->nodes, *place = NULL;
    pl_sparse *m = &p->matrix;
    PL_NEW(ctx, p->order, n);
    PL_NEW(ctx, place, n);
    PL_TRY(pl_sparse_order(ctx, a->start, a->index, n, p->order));
    for (size_t i = 0; i < n; i++)
        place[p->order[i]] = i;
    m->n = n;
    PL_NEW(ctx, m->start, n + 1);
    PL_NEW(ctx, m->index, a->start[n] + n);
    PL_NEW(ctx, m->value, a->start[n] + n);
    size_t at = 0;
    for (size_t row = 0; row < n; row++) {
        size_t i = p->order[row], first = at;
        double loop = 0;
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
            double v = entry_of(p, i, a->index[e], a->weight ? a->weight[e] : 1);
            if (a->index[e] == i) {
                loop = v;
                continue;
            }
            size_t to = at++; /* insertion keeps columns ascending: rows are short */
            uint32_t column = (uint32_t)place[a->index[e]];
            for (; to > first && m->index[to - 1] > column; to--) {
                m->index[to] = m->index[to - 1];
                m->value[to] = m->value[to - 1];
            }
            m->index[to] = column;
            m->value[to] = v;
        }
        size_t to = at++;
        for (; to > first && m->index[to - 1] > row; to--) {
            m->index[to] = m->index[to - 1];
            m->value[to] = m->value[to - 1];
        }
        m->index[to] = (uint32_t)row;
        m->value[to] = diagonal_of(p, i) + loop;
        m->start[row + 1] = at;
    }
done:
    pl_free(place);
    return status;
}

/* y = B x by the graph's own products, for structured graphs. */
static pl_status by_graph(pl_ctx *ctx, const void *data, pl_cmat x, pl_mat y) {
    const problem *p = data;
    pl_status status;
    pl_mat scaled = {0};
    size_t n = p->g->nodes;
    if (!normalised(p->kind)) {
        PL_TRY(pl_graph_apply(ctx, p->g, x, y));
    } else {
        PL_TRY(dense_copy(ctx, x, &scaled));
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < x.cols; c++)
                scaled.a[i * x.cols + c] *= p->root[i];
        PL_TRY(pl_graph_apply(ctx, p->g, pl_const(scaled), y));
    }
    for (size_t i = 0; i < n; i++)
        for (size_t c = 0; c < x.cols; c++)
            y.a[i * y.ld + c] = diagonal_of(p, i) * x.a[i * x.ld + c] -
                                (p->root ? p->root[i] : 1) * y.a[i * y.ld + c];
done:
    dense_free(&scaled);
    return status;
}

static pl_status problem_new(pl_ctx *ctx, const pl_graph *g, modes_kind kind, problem *p) {
    pl_status status = PL_OK;
    double largest = 0;
    for (size_t i = 0; i < g->nodes; i++)
        largest = fmax(largest, fabs(g->degree[i]));
    *p = (problem){.g = g, .kind = kind, .sign = 1};
    p->top = normalised(kind) ? 2 : 2 * largest;
    if (kind == MODES_ADJACENCY || kind == MODES_NORMALISED) {
        p->sign = -1;
        p->offset = kind == MODES_ADJACENCY ? largest : 1;
    }
    if (normalised(kind)) {
        PL_NEW(ctx, p->root, g->nodes);
        for (size_t i = 0; i < g->nodes; i++)
            p->root[i] = g->degree[i] > 0 ? 1 / sqrt(g->degree[i]) : 0;
    }
    if (g->csr.start && !g->partition[0].group && !g->model.a)
        PL_TRY(assemble(ctx, p));
done:
    return status;
}

/* The known null vectors of B: w^1/2 on each component, w 1 or the degree; and, orthogonal to the
 * first of them (their sum), the contrasts of component j with all before it (Helmert). */
static pl_status null_space(pl_ctx *ctx, const problem *p, size_t most, pl_mat *whole,
                            pl_mat *contrasts, size_t *components) {
    pl_status status = PL_OK;
    size_t n = p->g->nodes, *component = NULL, c;
    double *mass = NULL, total = 0;
    PL_NEW(ctx, component, n);
    PL_TRY(pl_graph_components(ctx, p->g, component, &c));
    PL_NEW(ctx, mass, c);
    for (size_t i = 0; i < n; i++) {
        double w = normalised(p->kind) ? p->g->degree[i] : 1;
        mass[component[i]] += w;
        total += w;
    }
    size_t kept = c - 1 < most ? c - 1 : most;
    PL_TRY(dense_new(ctx, n, 1, whole));
    PL_TRY(dense_new(ctx, n, kept, contrasts));
    for (size_t i = 0; i < n; i++)
        whole->a[i] = sqrt((normalised(p->kind) ? p->g->degree[i] : 1) / total);
    double before = mass[0];
    for (size_t j = 0; j < kept; j++) {
        double own = mass[j + 1], scale = 1 / sqrt(own * before * (own + before));
        for (size_t i = 0; i < n; i++) {
            double w = sqrt(normalised(p->kind) ? p->g->degree[i] : 1);
            contrasts->a[i * kept + j] = component[i] == j + 1 ? -w * before * scale
                                         : component[i] <= j   ? w * own * scale
                                                               : 0;
        }
        before += own;
    }
    *components = c;
done:
    pl_free(component);
    pl_free(mass);
    return status;
}

/* By the rule, and on to the next way when one does not converge. `x` in the order of the matrix.
 */
static pl_status solve(pl_ctx *ctx, const problem *p, pl_cmat deflate, size_t k, double *values,
                       pl_mat x, modes *m) {
    pl_status status = PL_OK;
    pl_eigen_settings set = {.tolerance = TOLERANCE};
    pl_eigen_report report = {.residual = INFINITY};
    bool matrix = p->matrix.start != NULL;
    pl_operator op = matrix ? pl_sparse_operator(&p->matrix, 0, p->top)
                            : (pl_operator){p->g->nodes, by_graph, p, 0, p->top};
    if (matrix) {
        double entries, flops, size = (double)p->matrix.start[p->matrix.n];
        PL_TRY(pl_sparse_fill(ctx, &p->matrix, &entries, &flops));
        if (flops <= CHEAP * size && 16 * entries <= FACTOR_BYTES) {
            double shift = -1e-7 * p->top;
            PL_TRY(pl_eigen_shift_invert(ctx, &p->matrix, 0, p->top, shift, deflate, k, &set,
                                         values, x, &report));
            snprintf(m->solver, sizeof m->solver,
                     "shift-invert (the factor's %.2g operations are %.0f per entry, <= %.0f)",
                     flops, flops / size, CHEAP);
        } else {
            snprintf(
                m->solver, sizeof m->solver,
                "filtered block Lanczos (a factor would take %.2g operations, %.0f per entry, > "
                "%.0f)",
                flops, flops / size, CHEAP);
        }
    } else {
        snprintf(m->solver, sizeof m->solver, "filtered block Lanczos (a structured operator)");
    }
    if (!(report.residual <= TOLERANCE)) {
        set.iterations = RESTARTS;
        PL_TRY(pl_eigen_filtered(ctx, &op, deflate, k, &set, values, x, &report));
        set.iterations = 0;
    }
    if (!(report.residual <= TOLERANCE)) {
        snprintf(m->solver, sizeof m->solver,
                 "Chebyshev-filtered subspace (a factor is dear, %d restarts of Lanczos too few)",
                 RESTARTS);
        PL_TRY(pl_eigen_chebyshev(ctx, &op, deflate, k, &set, values, x, &report));
    }
    status = PL_OK;
    if (!(report.residual <= 100 * TOLERANCE))
        status =
            pl_fail(ctx, PL_ENOCONV,
                    "the eigensolver stopped at a residual of %.2g, wanted %.2g: ask for fewer "
                    "modes",
                    report.residual, TOLERANCE);
done:
    return status;
}

/* Eigenvalues of B below the middle of the gap behind mode k, counted by inertia. */
static pl_status count_below(pl_ctx *ctx, const problem *p, const double *values, size_t k,
                             modes *m) {
    double gap = values[k] - values[k - 1];
    m->below = SIZE_MAX;
    if (!p->matrix.start || gap < 1e-10 * p->top || p->matrix.n > 200000)
        return PL_OK;
    double entries, flops;
    pl_status status = pl_sparse_fill(ctx, &p->matrix, &entries, &flops);
    if (status || flops > CHEAP * (double)p->matrix.start[p->matrix.n])
        return status;
    return pl_sparse_inertia(ctx, &p->matrix, (values[k] + values[k - 1]) / 2, &m->below);
}

pl_status modes_solve_sparse(pl_ctx *ctx, const pl_graph *g, modes_kind kind, modes *m) {
    pl_status status;
    problem p;
    pl_mat whole = {0}, contrasts = {0}, deflate = {0}, x = {0};
    double *values = NULL;
    bool complement = kind == MODES_LAPLACIAN || kind == MODES_CUT;
    size_t n = g->nodes, c = 1, known = 0;
    PL_TRY(problem_new(ctx, g, kind, &p));
    if (kind != MODES_ADJACENCY)
        PL_TRY(null_space(ctx, &p, m->k, &whole, &contrasts, &c));
    known = (complement ? 0 : kind == MODES_NORMALISED) + contrasts.cols;
    known = known < m->k ? known : m->k;
    size_t most = complement ? n - 1 : n;
    m->k = m->k < most - 1 ? m->k : most - 1;
    size_t wanted = m->k - known, solved = wanted + 1;
    PL_NEW(ctx, m->value, m->k + 1);
    PL_NEW(ctx, values, m->k + 2);
    PL_TRY(dense_new(ctx, n, m->k, &m->vector));
    m->scale = p.top;
    m->next = NAN;
    for (size_t j = 0; j < known; j++) { /* B's value is 0 there */
        m->value[j] = p.offset;
        for (size_t i = 0; i < n; i++) {
            bool constant = !complement && j == 0;
            m->vector.a[i * m->k + j] =
                constant ? whole.a[i] : contrasts.a[i * contrasts.cols + j - (complement ? 0 : 1)];
        }
    }
    if (c - 1 > contrasts.cols || (c - 1 == contrasts.cols && known == m->k && c > m->k)) {
        m->next = p.offset; /* more zero modes than were asked for: no solver is needed */
        snprintf(m->solver, sizeof m->solver, "written down: indicators of the components");
        goto done;
    }
    size_t left_out = kind == MODES_ADJACENCY ? 0 : 1 + contrasts.cols;
    PL_TRY(dense_new(ctx, n, left_out, &deflate));
    PL_TRY(dense_new(ctx, n, solved, &x));
    for (size_t row = 0; row < n; row++) {
        size_t i = p.order ? p.order[row] : row;
        for (size_t j = 0; j < left_out; j++)
            deflate.a[row * left_out + j] =
                j == 0 ? whole.a[i] : contrasts.a[i * contrasts.cols + j - 1];
    }
    PL_TRY(solve(ctx, &p, pl_const(deflate), solved, values, x, m));
    for (size_t j = 0; j < wanted; j++) {
        m->value[known + j] = p.sign * values[j] + p.offset;
        for (size_t row = 0; row < n; row++)
            m->vector.a[(p.order ? p.order[row] : row) * m->k + known + j] = x.a[row * solved + j];
    }
    m->next = p.sign * values[wanted] + p.offset;
    if (wanted > 0) {
        PL_TRY(count_below(ctx, &p, values, wanted, m));
        m->expected_below = left_out + wanted;
    }
done:
    problem_free(&p);
    dense_free(&whole);
    dense_free(&contrasts);
    dense_free(&deflate);
    dense_free(&x);
    pl_free(values);
    return status;
}
