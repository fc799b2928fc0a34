#include "spectral/modes_sparse.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

#include "math/factor.h"
#include "spectral/dense.h"

/* A factor is cheap up to CHEAP operations an entry of the matrix and so many bytes. */
static const double TOLERANCE = 1e-10, CHEAP = 20000, FACTOR_BYTES = 2.5e9;
enum { COUNTED = 200000 }; /* nodes up to which a second factorisation counts the eigenvalues */

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

static bool is_cheap(const problem *p, const pl_factor *f) {
    return pl_factor_flops(f) <= CHEAP * (double)p->matrix.start[p->matrix.n] &&
           16 * pl_factor_entries(f) <= FACTOR_BYTES;
}

/* ---- solvers --------------------------------------------------------------------------------- */

typedef struct task {
    const problem *p;
    pl_factor *factor; /* NULL: there is no matrix, or it was not asked for */
    pl_operator op;
    pl_cmat deflate;
    size_t k;
    pl_eigen_settings settings;
} task;

typedef pl_status solver(pl_ctx *ctx, const task *t, double *values, pl_mat x,
                         pl_eigen_report *out);

static pl_status shift_invert(pl_ctx *ctx, const task *t, double *values, pl_mat x,
                              pl_eigen_report *out) {
    if (!t->factor)
        return pl_fail(ctx, PL_EUSAGE,
                       "--solver shift-invert factorises a matrix; this graph is a structured "
                       "operator: take filtered");
    return pl_eigen_shift_invert(ctx, t->factor, &t->op, -1e-7 * t->p->top, t->deflate, t->k,
                                 &t->settings, values, x, out);
}

static pl_status filtered(pl_ctx *ctx, const task *t, double *values, pl_mat x,
                          pl_eigen_report *out) {
    return pl_eigen_filtered(ctx, &t->op, t->deflate, t->k, &t->settings, values, x, out);
}

static pl_status subspace(pl_ctx *ctx, const task *t, double *values, pl_mat x,
                          pl_eigen_report *out) {
    return pl_eigen_chebyshev(ctx, &t->op, t->deflate, t->k, &t->settings, values, x, out);
}

static pl_status lanczos(pl_ctx *ctx, const task *t, double *values, pl_mat x,
                         pl_eigen_report *out) {
    return pl_eigen_lanczos(ctx, &t->op, t->deflate, t->k, &t->settings, values, x, out);
}

static pl_status slepc(pl_ctx *ctx, const task *t, double *values, pl_mat x, pl_eigen_report *out) {
    return pl_eigen_slepc(ctx, &t->op, t->deflate, t->k, &t->settings, values, x, out);
}

static const struct {
    const char *name, *words;
    solver *solve;
} solvers[] = {{"shift-invert", "shift-invert", shift_invert},
               {"filtered", "filtered block Lanczos", filtered},
               {"subspace", "Chebyshev-filtered subspace", subspace},
               {"lanczos", "ARPACK's Lanczos", lanczos},
               {"slepc", "SLEPc's Krylov-Schur", slepc}};

enum { SHIFT_INVERT, FILTERED, SUBSPACE };

static pl_status not_converged(pl_ctx *ctx, const char *name, const pl_eigen_report *r) {
    return pl_fail(ctx, PL_ENOCONV,
                   "%s did not converge: residual %.2g of the spectrum's width after %zu restarts, "
                   "wanted %.2g; ask for fewer modes, or more --iterations",
                   name, r->residual, r->iterations, TOLERANCE);
}

/* By name, or by the rule and on to the next way when one does not converge. */
static pl_status solve(pl_ctx *ctx, task *t, const char *name, double *values, pl_mat x, modes *m) {
    pl_status status = PL_OK;
    pl_eigen_report report = {.residual = INFINITY};
    size_t way = 0;
    double flops = t->factor ? pl_factor_flops(t->factor) : 0;
    double size = t->factor ? (double)t->p->matrix.start[t->op.n] : 1;
    if (strcmp(name, "auto") != 0) {
        while (way < sizeof solvers / sizeof *solvers && strcmp(name, solvers[way].name) != 0)
            way++;
        if (way == sizeof solvers / sizeof *solvers)
            return pl_fail(ctx, PL_EBUG, "no solver '%s'", name);
        snprintf(m->solver, sizeof m->solver, "%s (by name)", solvers[way].words);
        PL_TRY(solvers[way].solve(ctx, t, values, x, &report));
        return report.converged ? PL_OK : not_converged(ctx, solvers[way].words, &report);
    }
    bool cheap = t->factor && is_cheap(t->p, t->factor);
    if (!t->factor)
        snprintf(m->solver, sizeof m->solver, "filtered block Lanczos (a structured operator)");
    else
        snprintf(m->solver, sizeof m->solver,
                 cheap ? "shift-invert (the factor's %.2g operations are %.0f per entry, <= %.0f)"
                       : "filtered block Lanczos (a factor would take %.2g operations, %.0f per "
                         "entry, > %.0f)",
                 flops, flops / size, CHEAP);
    for (way = cheap ? SHIFT_INVERT : FILTERED; way <= SUBSPACE && !report.converged; way++)
        PL_TRY(solvers[way].solve(ctx, t, values, x, &report));
    if (way - 1 > (cheap ? SHIFT_INVERT : FILTERED))
        snprintf(m->solver, sizeof m->solver, "%s (the quicker ways did not converge)",
                 solvers[way - 1].words);
    /* the last way's best may serve: its residual is said */
    if (!report.converged && !(report.residual <= 100 * TOLERANCE))
        status = not_converged(ctx, solvers[way - 1].words, &report);
done:
    return status;
}

/* Eigenvalues of B below the middle of the gap behind mode k, counted by inertia: as many as were
 * found, or the solver missed some. */
static pl_status count_below(pl_ctx *ctx, const task *t, const double *values, size_t k, modes *m) {
    double gap = values[k] - values[k - 1], theta = (values[k] + values[k - 1]) / 2;
    if (!t->factor || gap < 1e-10 * t->p->top || t->op.n > COUNTED || !is_cheap(t->p, t->factor))
        return PL_OK;
    pl_status status = pl_factor_inertia(ctx, t->factor, theta, &m->below);
    if (status == PL_OK && m->below != m->expected_below)
        status = pl_fail(ctx, PL_ENOCONV,
                         "%zu eigenvalues were found below %g, and inertia counts %zu: the solver "
                         "missed some; try --solver subspace",
                         m->expected_below, theta, m->below);
    return status;
}

pl_status modes_solve_sparse(pl_ctx *ctx, const pl_graph *g, modes_kind kind,
                             const modes_settings *settings, modes *m) {
    pl_status status;
    problem p;
    pl_factor *factor = NULL;
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
    bool wants_factor = strcmp(settings->solver, "auto") == 0 ||
                        strcmp(settings->solver, solvers[SHIFT_INVERT].name) == 0;
    if (p.matrix.start && wants_factor)
        PL_TRY(pl_factor_new(ctx, &p.matrix, &factor));
    task t = {.p = &p,
              .factor = factor,
              .op = p.matrix.start ? pl_sparse_operator(&p.matrix, 0, p.top)
                                   : (pl_operator){n, by_graph, &p, 0, p.top},
              .deflate = pl_const(deflate),
              .k = solved,
              .settings = {.tolerance = TOLERANCE,
                           .iterations = settings->iterations,
                           .loose = wanted > 0}}; /* the next value: only the gap */
    PL_TRY(solve(ctx, &t, settings->solver, values, x, m));
    for (size_t j = 0; j < wanted; j++) {
        m->value[known + j] = p.sign * values[j] + p.offset;
        for (size_t row = 0; row < n; row++)
            m->vector.a[(p.order ? p.order[row] : row) * m->k + known + j] = x.a[row * solved + j];
    }
    m->next = p.sign * values[wanted] + p.offset;
    if (wanted > 0) {
        m->expected_below = left_out + wanted;
        PL_TRY(count_below(ctx, &t, values, wanted, m));
    }
done:
    pl_factor_free(factor);
    problem_free(&p);
    dense_free(&whole);
    dense_free(&contrasts);
    dense_free(&deflate);
    dense_free(&x);
    pl_free(values);
    return status;
}
