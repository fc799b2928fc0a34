#include "ssl/graph.h"

#include <math.h>
#include <omp.h>
#include <string.h>

/* Below this many multiplications a parallel region costs more than it saves. */
enum { PARALLEL_WORK = 1 << 16 };

void pl_graph_free(pl_graph *g) {
    pl_free(g->csr.start);
    pl_free(g->csr.index);
    pl_free(g->csr.weight);
    for (int t = 0; t < PL_GRAPH_PARTITIONS; t++) {
        pl_free(g->partition[t].group);
        pl_free(g->partition[t].weight);
    }
    pl_free(g->model.a);
    pl_free(g->prior);
    pl_free(g->degree);
    *g = (pl_graph){0};
}

static void apply_csr(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out) {
    const pl_csr *a = &g->csr;
    size_t k = z.cols;
    bool parallel = (a->start[g->nodes] + g->nodes) * k > PARALLEL_WORK;
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (parallel)
    for (size_t i = 0; i < g->nodes; i++) {
        double *y = out.a + i * out.ld;
        for (size_t e = a->start[i]; e < a->start[i + 1]; e++) {
            const double *x = z.a + (size_t)a->index[e] * z.ld;
            double w = a->weight ? a->weight[e] : 1;
            for (size_t c = 0; c < k; c++)
                y[c] += w * x[c];
        }
    }
}

/* y += sum_g w_g 1_g (1_g' z) - loop z on grouped nodes: sums of groups, then spread. */
static pl_status apply_partition(pl_ctx *ctx, const pl_graph *g, const pl_partition *p, pl_cmat z,
                                 pl_mat out) {
    pl_status status = PL_OK;
    double *sums = NULL;
    size_t k = z.cols, room;
    if (!pl_size_mul(p->groups, k, &room))
        return pl_fail(ctx, PL_ENOMEM, "%zu groups of %zu columns overflow", p->groups, k);
    PL_NEW(ctx, sums, room);
    for (size_t i = 0; i < g->nodes; i++)
        if (p->group[i] != SIZE_MAX)
            for (size_t c = 0; c < k; c++)
                sums[p->group[i] * k + c] += z.a[i * z.ld + c];
    for (size_t i = 0; i < g->nodes; i++)
        if (p->group[i] != SIZE_MAX) {
            double w = p->weight[p->group[i]];
            for (size_t c = 0; c < k; c++)
                out.a[i * out.ld + c] +=
                    w * sums[p->group[i] * k + c] - p->loop * z.a[i * z.ld + c];
        }
done:
    pl_free(sums);
    return status;
}

/* y += A' diag(p) (A z), two thin products. */
static pl_status apply_model(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out) {
    pl_status status = PL_OK;
    double *t = NULL;
    size_t k = z.cols, m = g->model.rows;
    PL_NEW(ctx, t, k);
    for (size_t r = 0; r < m; r++) {
        const double *a = g->model.a + r * g->model.ld;
        memset(t, 0, k * sizeof *t);
        for (size_t i = 0; i < g->nodes; i++)
            for (size_t c = 0; c < k; c++)
                t[c] += a[i] * z.a[i * z.ld + c];
        for (size_t i = 0; i < g->nodes; i++)
            for (size_t c = 0; c < k; c++)
                out.a[i * out.ld + c] += g->prior[r] * a[i] * t[c];
    }
done:
    pl_free(t);
    return status;
}

pl_status pl_graph_apply(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out) {
    pl_status status = PL_OK;
    if (z.rows != g->nodes || out.rows != g->nodes || out.cols != z.cols)
        return pl_fail(ctx, PL_ESHAPE, "a graph of %zu nodes cannot act on %zu x %zu numbers",
                       g->nodes, z.rows, z.cols);
    for (size_t i = 0; i < out.rows; i++)
        memset(out.a + i * out.ld, 0, out.cols * sizeof *out.a);
    if (g->csr.start)
        apply_csr(ctx, g, z, out);
    for (int t = 0; t < PL_GRAPH_PARTITIONS; t++)
        if (g->partition[t].group)
            PL_TRY(apply_partition(ctx, g, &g->partition[t], z, out));
    if (g->model.a)
        PL_TRY(apply_model(ctx, g, z, out));
done:
    return status;
}

pl_status pl_graph_laplacian(pl_ctx *ctx, const pl_graph *g, pl_cmat z, pl_mat out) {
    pl_status status = pl_graph_apply(ctx, g, z, out);
    for (size_t i = 0; status == PL_OK && i < g->nodes; i++)
        for (size_t c = 0; c < z.cols; c++)
            out.a[i * out.ld + c] = g->degree[i] * z.a[i * z.ld + c] - out.a[i * out.ld + c];
    return status;
}

pl_status pl_graph_dense(pl_ctx *ctx, const pl_graph *g, pl_mat out) {
    pl_status status = PL_OK;
    double *identity = NULL;
    size_t n = g->nodes;
    if (n > 20000 || out.rows != n || out.cols != n)
        return pl_fail(ctx, PL_ESHAPE, "a graph of %zu nodes is not kept as a dense matrix", n);
    PL_NEW(ctx, identity, n * n);
    for (size_t i = 0; i < n; i++)
        identity[i * n + i] = 1;
    PL_TRY(pl_graph_apply(ctx, g, (pl_cmat){identity, n, n, n}, out));
done:
    pl_free(identity);
    return status;
}

void pl_graph_diagonal(const pl_graph *g, double *out) {
    for (size_t i = 0; i < g->nodes; i++) {
        out[i] = 0;
        for (size_t e = g->csr.start ? g->csr.start[i] : 1; g->csr.start && e < g->csr.start[i + 1];
             e++)
            if (g->csr.index[e] == i)
                out[i] += g->csr.weight ? g->csr.weight[e] : 1;
        for (int t = 0; t < PL_GRAPH_PARTITIONS; t++) {
            const pl_partition *p = &g->partition[t];
            if (p->group && p->group[i] != SIZE_MAX)
                out[i] += p->weight[p->group[i]] - p->loop;
        }
        for (size_t r = 0; r < g->model.rows; r++) {
            double a = g->model.a[r * g->model.ld + i];
            out[i] += g->prior[r] * a * a;
        }
    }
}

/* ---- facts -------------------------------------------------------------------------------- */

static size_t root(size_t *parent, size_t i) {
    while (parent[i] != i) {
        parent[i] = parent[parent[i]];
        i = parent[i];
    }
    return i;
}

static void join(size_t *parent, size_t i, size_t j) {
    i = root(parent, i);
    j = root(parent, j);
    if (i < j)
        parent[j] = i;
    else
        parent[i] = j;
}

/* Calls join for every related pair; groups and model rows are chained, not enumerated. With
 * `sides`, node i is also n + i, its copy on the other side: an edge joins i to n + j. */
static pl_status join_all(pl_ctx *ctx, const pl_graph *g, size_t *parent, bool sides) {
    pl_status status = PL_OK;
    size_t n = g->nodes, other = sides ? n : 0;
    size_t *first = NULL;
    for (size_t i = 0; g->csr.start && i < n; i++)
        for (size_t e = g->csr.start[i]; e < g->csr.start[i + 1]; e++)
            if (!g->csr.weight || g->csr.weight[e] != 0)
                join(parent, i, other + g->csr.index[e]);
    for (int t = 0; t < PL_GRAPH_PARTITIONS; t++) {
        const pl_partition *p = &g->partition[t];
        if (!p->group)
            continue;
        size_t *count;
        PL_NEW(ctx, first, 2 * p->groups + 1);
        count = first + p->groups;
        for (size_t i = 0; i < n; i++) {
            size_t k = p->group[i];
            if (k == SIZE_MAX)
                continue;
            if (count[k]++ == 0)
                first[k] = i;
            else {
                join(parent, i, other + first[k]);
                join(parent, other + i, first[k]);
            }
            /* a loop, or a third member, closes an odd cycle */
            if (sides && (count[k] > 2 || p->weight[k] != p->loop))
                join(parent, first[k], n + first[k]);
        }
        pl_free(first);
        first = NULL;
    }
    for (size_t r = 0; r < g->model.rows; r++) {
        size_t head = SIZE_MAX;
        for (size_t i = 0; i < n; i++)
            if (g->model.a[r * g->model.ld + i] != 0) {
                head = head == SIZE_MAX ? i : head;
                join(parent, i, other + head);
                join(parent, other + i, head);
            }
    }
done:
    pl_free(first);
    return status;
}

pl_status pl_graph_components(pl_ctx *ctx, const pl_graph *g, size_t *component, size_t *count) {
    pl_status status = PL_OK;
    size_t *parent = NULL, found = 0;
    PL_NEW(ctx, parent, g->nodes);
    for (size_t i = 0; i < g->nodes; i++)
        parent[i] = i;
    PL_TRY(join_all(ctx, g, parent, false));
    for (size_t i = 0; i < g->nodes; i++) /* roots are the least nodes: seen first */
        component[i] = root(parent, i) == i ? found++ : component[root(parent, i)];
    *count = found;
done:
    pl_free(parent);
    return status;
}

/* No component holds a node on both of its sides. */
static pl_status is_bipartite(pl_ctx *ctx, const pl_graph *g, bool *out) {
    pl_status status = PL_OK;
    size_t *parent = NULL, n = g->nodes, sides;
    if (!pl_size_mul(n, 2, &sides))
        return pl_fail(ctx, PL_ENOMEM, "%zu nodes overflow", n);
    PL_NEW(ctx, parent, sides);
    for (size_t i = 0; i < sides; i++)
        parent[i] = i;
    PL_TRY(join_all(ctx, g, parent, true));
    *out = true;
    for (size_t i = 0; i < n && *out; i++)
        *out = root(parent, i) != root(parent, n + i);
done:
    pl_free(parent);
    return status;
}

static pl_status count_entries(pl_ctx *ctx, const pl_graph *g, pl_graph_facts *f) {
    pl_status status = PL_OK;
    size_t *members = NULL, n = g->nodes;
    for (size_t i = 0; g->csr.start && i < n; i++)
        for (size_t e = g->csr.start[i]; e < g->csr.start[i + 1]; e++) {
            double w = g->csr.weight ? g->csr.weight[e] : 1;
            f->nonnegative = f->nonnegative && w >= 0;
            f->unit_weights = f->unit_weights && w == 1;
            f->loops += g->csr.index[e] == i && w != 0;
            f->entries += g->csr.index[e] != i && w != 0;
        }
    for (int t = 0; t < PL_GRAPH_PARTITIONS; t++) {
        const pl_partition *p = &g->partition[t];
        if (!p->group)
            continue;
        PL_NEW(ctx, members, p->groups);
        for (size_t i = 0; i < n; i++)
            if (p->group[i] != SIZE_MAX)
                members[p->group[i]]++;
        for (size_t k = 0; k < p->groups; k++) {
            f->unit_weights = f->unit_weights && p->weight[k] == 1;
            f->nonnegative = f->nonnegative && p->weight[k] >= p->loop;
            f->loops += p->weight[k] != p->loop ? members[k] : 0;
            f->entries += members[k] > 0 ? members[k] * (members[k] - 1) : 0;
        }
        f->semidefinite = f->semidefinite && p->loop <= 0;
        pl_free(members);
        members = NULL;
    }
    if (g->model.a) {
        f->unit_weights = false;
        f->loops = n;
        f->entries = n * (n - 1);
    }
done:
    pl_free(members);
    return status;
}

pl_status pl_graph_describe(pl_ctx *ctx, const pl_graph *g, pl_graph_facts *out) {
    pl_status status = PL_OK;
    size_t *component = NULL;
    pl_graph_facts f = {.nodes = g->nodes,
                        .min_degree = INFINITY,
                        .max_degree = -INFINITY,
                        .total = g->total,
                        .nonnegative = true,
                        .unit_weights = true,
                        .semidefinite = !g->csr.start};
    PL_NEW(ctx, component, g->nodes);
    PL_TRY(pl_graph_components(ctx, g, component, &f.components));
    PL_TRY(is_bipartite(ctx, g, &f.bipartite));
    PL_TRY(count_entries(ctx, g, &f));
    for (size_t i = 0; i < g->nodes; i++) {
        f.min_degree = fmin(f.min_degree, g->degree[i]);
        f.max_degree = fmax(f.max_degree, g->degree[i]);
        f.isolated += g->degree[i] == 0 && f.nonnegative;
    }
    f.regular = f.max_degree - f.min_degree <= 1e-12 * fabs(f.max_degree);
    *out = f;
done:
    pl_free(component);
    return status;
}
