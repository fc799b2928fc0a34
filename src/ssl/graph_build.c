/* Relation graphs from views, labels, edges, models and matrices. */

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "ssl/graph.h"

typedef struct cell {
    size_t a, b; /* groups of the two partitions that a node lies in */
} cell;

static int by_cell(const void *x, const void *y) {
    const cell *p = x, *q = y;
    if (p->a != q->a)
        return p->a < q->a ? -1 : 1;
    return p->b < q->b ? -1 : p->b > q->b;
}

/* <P, Q> of two partition terms: sum over cells of w_a w_b n_ab^2, less what the loops take off. */
static pl_status partition_inner(pl_ctx *ctx, const pl_partition *p, const pl_partition *q,
                                 size_t n, double *out) {
    pl_status status = PL_OK;
    cell *cells = NULL;
    size_t used = 0;
    double sum = 0;
    PL_NEW(ctx, cells, n);
    for (size_t i = 0; i < n; i++)
        if (p->group[i] != SIZE_MAX && q->group[i] != SIZE_MAX)
            cells[used++] = (cell){p->group[i], q->group[i]};
    qsort(cells, used, sizeof *cells, by_cell);
    for (size_t i = 0, j; i < used; i = j) {
        for (j = i; j < used && by_cell(&cells[i], &cells[j]) == 0; j++) {
        }
        double members = (double)(j - i), a = p->weight[cells[i].a], b = q->weight[cells[i].b];
        sum += members * (a * b * members - q->loop * a - p->loop * b + p->loop * q->loop);
    }
    *out = sum;
done:
    pl_free(cells);
    return status;
}

/* |A' diag(p) A|_F^2 = sum_rs p_r p_s (a_r . a_s)^2. */
static double model_square(const pl_graph *g) {
    double sum = 0;
    for (size_t r = 0; r < g->model.rows; r++)
        for (size_t s = 0; s < g->model.rows; s++) {
            double inner = 0;
            for (size_t i = 0; i < g->nodes; i++)
                inner += g->model.a[r * g->model.ld + i] * g->model.a[s * g->model.ld + i];
            sum += g->prior[r] * g->prior[s] * inner * inner;
        }
    return sum;
}

/* d = G 1, its sum and |G|^2: what every builder ends with. Frees the graph on failure. */
static pl_status finish(pl_ctx *ctx, pl_graph *g, pl_graph *out) {
    pl_status status = PL_OK;
    double *ones = NULL;
    PL_NEW(ctx, ones, g->nodes);
    PL_NEW(ctx, g->degree, g->nodes);
    for (size_t i = 0; i < g->nodes; i++)
        ones[i] = 1;
    PL_TRY(pl_graph_apply(ctx, g, (pl_cmat){ones, g->nodes, 1, 1},
                          (pl_mat){g->degree, g->nodes, 1, 1}));
    for (size_t i = 0; i < g->nodes; i++)
        g->total += g->degree[i];
    for (size_t e = 0; g->csr.start && e < g->csr.start[g->nodes]; e++)
        g->square += g->csr.weight ? g->csr.weight[e] * g->csr.weight[e] : 1;
    for (int s = 0; s < PL_GRAPH_PARTITIONS; s++)
        for (int t = 0; t < PL_GRAPH_PARTITIONS; t++) {
            double inner = 0;
            if (g->partition[s].group && g->partition[t].group)
                PL_TRY(partition_inner(ctx, &g->partition[s], &g->partition[t], g->nodes, &inner));
            g->square += inner;
        }
    if (g->model.a)
        g->square += model_square(g);
    *out = *g;
    *g = (pl_graph){0};
done:
    pl_free(ones);
    pl_graph_free(g);
    return status;
}

static pl_status need_nodes(pl_ctx *ctx, size_t n) {
    if (n == 0 || n > UINT32_MAX)
        return pl_fail(ctx, PL_ESHAPE, "a graph of %zu nodes; expected 1 to 4294967295", n);
    return PL_OK;
}

pl_status pl_graph_views(pl_ctx *ctx, size_t images, size_t views, pl_graph *out) {
    pl_status status;
    pl_graph g = {0};
    if (views < 2 || !pl_size_mul(images, views, &g.nodes))
        return pl_fail(ctx, PL_ESHAPE, "%zu images of %zu views; expected at least 2 views", images,
                       views);
    pl_partition *p = &g.partition[0];
    PL_TRY(need_nodes(ctx, g.nodes));
    PL_NEW(ctx, p->group, g.nodes);
    PL_NEW(ctx, p->weight, images);
    p->groups = images;
    p->loop = 1;
    for (size_t i = 0; i < g.nodes; i++)
        p->group[i] = i % images;
    for (size_t k = 0; k < images; k++)
        p->weight[k] = 1;
    return finish(ctx, &g, out);
done:
    pl_graph_free(&g);
    return status;
}

/* Node i belongs to the class of label[i % period]. */
static pl_status add_labels(pl_ctx *ctx, pl_graph *g, int term, const size_t *label, size_t period,
                            size_t classes, pl_label_relation relation) {
    pl_status status = PL_OK;
    pl_partition *p = &g->partition[term];
    PL_NEW(ctx, p->group, g->nodes);
    PL_NEW(ctx, p->weight, classes);
    p->groups = classes;
    p->loop = relation == PL_LABELS_NO_LOOPS ? 1 : 0;
    for (size_t i = 0; i < g->nodes; i++) {
        size_t k = label[i % period];
        if (k != SIZE_MAX && k >= classes) {
            status = pl_fail(ctx, PL_ESHAPE, "label %zu of sample %zu is not below %zu", k,
                             i % period, classes);
            goto done;
        }
        p->group[i] = k;
        if (k != SIZE_MAX)
            p->weight[k] += 1; /* members, for the moment */
    }
    for (size_t k = 0; k < classes; k++)
        p->weight[k] =
            relation == PL_LABELS_CORRECTED ? (p->weight[k] > 0 ? 1 / p->weight[k] : 0) : 1;
done:
    return status;
}

pl_status pl_graph_labels(pl_ctx *ctx, const size_t *label, size_t n, size_t classes,
                          pl_label_relation relation, pl_graph *out) {
    pl_status status;
    pl_graph g = {.nodes = n};
    PL_TRY(need_nodes(ctx, n));
    PL_TRY(add_labels(ctx, &g, 0, label, n, classes, relation));
    return finish(ctx, &g, out);
done:
    pl_graph_free(&g);
    return status;
}

/* Label term of a graph that is otherwise whole: its degrees are counted afresh. */
static pl_status with_labels(pl_ctx *ctx, pl_graph *g, const size_t *label, size_t period,
                             size_t classes, pl_label_relation relation) {
    pl_graph grown = *g;
    pl_status status = add_labels(ctx, &grown, 1, label, period, classes, relation);
    if (status) {
        pl_free(grown.partition[1].group);
        pl_free(grown.partition[1].weight);
        return status;
    }
    *g = (pl_graph){0};
    pl_free(grown.degree);
    grown.degree = NULL;
    grown.total = grown.square = 0;
    return finish(ctx, &grown, g);
}

pl_status pl_graph_add_labels(pl_ctx *ctx, pl_graph *g, const size_t *label, size_t classes,
                              pl_label_relation relation) {
    if (g->csr.start || !g->partition[0].group || g->partition[1].group || g->model.a)
        return pl_fail(ctx, PL_EUSAGE, "labels can be added to one partition of the nodes only");
    return with_labels(ctx, g, label, g->nodes, classes, relation);
}

pl_status pl_graph_partial_labels(pl_ctx *ctx, const size_t *label, size_t images, size_t views,
                                  size_t classes, pl_graph *out) {
    pl_graph g = {0};
    pl_status status = pl_graph_views(ctx, images, views, &g);
    if (status == PL_OK)
        status = with_labels(ctx, &g, label, images, classes, PL_LABELS_NO_LOOPS);
    if (status == PL_OK)
        *out = g;
    else
        pl_graph_free(&g);
    return status;
}

pl_status pl_graph_augmentation(pl_ctx *ctx, pl_cmat a, const double *prior, pl_graph *out) {
    pl_status status;
    pl_graph g = {.nodes = a.cols};
    size_t room;
    PL_TRY(need_nodes(ctx, a.cols));
    if (a.rows == 0 || !pl_size_mul(a.rows, a.cols, &room))
        return pl_fail(ctx, PL_ESHAPE, "an augmentation model of %zu images", a.rows);
    for (size_t r = 0; r < a.rows; r++) {
        double sum = 0;
        for (size_t i = 0; i < a.cols; i++) {
            double v = a.a[r * a.ld + i];
            if (!(v >= 0) || isinf(v))
                return pl_fail(ctx, PL_EDOMAIN, "A[%zu][%zu] is %g, expected a probability", r, i,
                               v);
            sum += v;
        }
        if (fabs(sum - 1) > 1e-9)
            return pl_fail(ctx, PL_EDOMAIN, "row %zu of the augmentation model sums to %.12g", r,
                           sum);
    }
    PL_NEW(ctx, g.model.a, room);
    PL_NEW(ctx, g.prior, a.rows);
    g.model.rows = a.rows;
    g.model.cols = g.model.ld = a.cols;
    for (size_t r = 0; r < a.rows; r++) {
        memcpy(g.model.a + r * a.cols, a.a + r * a.ld, a.cols * sizeof *a.a);
        g.prior[r] = prior ? prior[r] : 1 / (double)a.rows;
    }
    return finish(ctx, &g, out);
done:
    pl_graph_free(&g);
    return status;
}

pl_status pl_graph_take_csr(pl_ctx *ctx, size_t n, pl_csr csr, pl_graph *out) {
    pl_graph g = {.nodes = n, .csr = csr};
    pl_status status = need_nodes(ctx, n);
    if (status) {
        pl_graph_free(&g);
        return status;
    }
    return finish(ctx, &g, out);
}

/* ---- from edges --------------------------------------------------------------------------- */

static int by_position(const void *a, const void *b) {
    const pl_edge *x = a, *y = b;
    if (x->i != y->i)
        return x->i < y->i ? -1 : 1;
    return x->j < y->j ? -1 : x->j > y->j;
}

/* Entries sorted by row and column; equal positions add up. */
static pl_status from_entries(pl_ctx *ctx, size_t n, pl_edge *entry, size_t count, pl_graph *out) {
    pl_status status;
    pl_csr csr = {0};
    size_t kept = 0;
    bool unit = true;
    qsort(entry, count, sizeof *entry, by_position);
    for (size_t e = 0; e < count; e++)
        if (kept && entry[kept - 1].i == entry[e].i && entry[kept - 1].j == entry[e].j)
            entry[kept - 1].weight += entry[e].weight;
        else
            entry[kept++] = entry[e];
    for (size_t e = 0; e < kept; e++)
        unit = unit && entry[e].weight == 1;
    PL_NEW(ctx, csr.start, n + 1);
    PL_NEW(ctx, csr.index, kept);
    if (!unit)
        PL_NEW(ctx, csr.weight, kept);
    for (size_t e = 0; e < kept; e++) {
        csr.start[entry[e].i + 1]++;
        csr.index[e] = (uint32_t)entry[e].j;
        if (!unit)
            csr.weight[e] = entry[e].weight;
    }
    for (size_t i = 0; i < n; i++)
        csr.start[i + 1] += csr.start[i];
    return pl_graph_take_csr(ctx, n, csr, out);
done:
    pl_free(csr.start);
    pl_free(csr.index);
    pl_free(csr.weight);
    return status;
}

pl_status pl_graph_edges(pl_ctx *ctx, size_t n, const pl_edge *edges, size_t count,
                         bool signed_weights, pl_graph *out) {
    pl_status status;
    pl_edge *entry = NULL;
    size_t room, used = 0;
    PL_TRY(need_nodes(ctx, n));
    if (!pl_size_mul(count, 2, &room))
        return pl_fail(ctx, PL_ENOMEM, "%zu edges overflow", count);
    PL_NEW(ctx, entry, room);
    for (size_t e = 0; e < count; e++) {
        if (edges[e].i >= n || edges[e].j >= n) {
            status = pl_fail(ctx, PL_ESHAPE, "edge %zu joins %zu and %zu, but nodes are 0 to %zu",
                             e, edges[e].i, edges[e].j, n - 1);
            goto done;
        }
        if (!isfinite(edges[e].weight) || (edges[e].weight < 0 && !signed_weights)) {
            status = pl_fail(ctx, PL_EDOMAIN, "edge %zu (%zu, %zu) has weight %g, expected >= 0", e,
                             edges[e].i, edges[e].j, edges[e].weight);
            goto done;
        }
        entry[used++] = edges[e];
        if (edges[e].i != edges[e].j)
            entry[used++] = (pl_edge){edges[e].j, edges[e].i, edges[e].weight};
    }
    PL_TRY(from_entries(ctx, n, entry, used, out));
done:
    pl_free(entry);
    return status;
}

pl_status pl_graph_from_dense(pl_ctx *ctx, pl_cmat g, pl_graph *out) {
    pl_status status;
    pl_edge *edge = NULL;
    size_t count = 0, room;
    double largest = 0;
    if (g.rows != g.cols || !pl_size_mul(g.rows, g.rows + 1, &room))
        return pl_fail(ctx, PL_ESHAPE, "a relation of %zu x %zu numbers is not square", g.rows,
                       g.cols);
    for (size_t i = 0; i < g.rows; i++)
        for (size_t j = 0; j < g.cols; j++)
            largest = fmax(largest, fabs(g.a[i * g.ld + j]));
    PL_NEW(ctx, edge, room / 2);
    for (size_t i = 0; i < g.rows; i++)
        for (size_t j = i; j < g.cols; j++) {
            double v = g.a[i * g.ld + j], w = g.a[j * g.ld + i];
            if (!isfinite(v) || !(fabs(v - w) <= 1e-12 * largest)) {
                status = pl_fail(ctx, PL_EDOMAIN,
                                 "entry (%zu, %zu) is %g and (%zu, %zu) is %g: not a symmetric "
                                 "matrix of finite numbers",
                                 i, j, v, j, i, w);
                goto done;
            }
            if (v != 0)
                edge[count++] = (pl_edge){i, j, v};
        }
    PL_TRY(pl_graph_edges(ctx, g.rows, edge, count, true, out));
done:
    pl_free(edge);
    return status;
}

pl_status pl_graph_grid(pl_ctx *ctx, size_t rows, size_t columns, pl_graph *out) {
    pl_status status;
    pl_csr csr = {0};
    size_t n, at = 0;
    if (!pl_size_mul(rows, columns, &n))
        return pl_fail(ctx, PL_ESHAPE, "a grid of %zu x %zu nodes overflows", rows, columns);
    PL_TRY(need_nodes(ctx, n));
    PL_NEW(ctx, csr.start, n + 1);
    PL_NEW(ctx, csr.index, 4 * n);
    for (size_t i = 0; i < n; i++) {
        size_t r = i / columns, c = i % columns;
        if (r > 0)
            csr.index[at++] = (uint32_t)(i - columns);
        if (c > 0)
            csr.index[at++] = (uint32_t)(i - 1);
        if (c + 1 < columns)
            csr.index[at++] = (uint32_t)(i + 1);
        if (r + 1 < rows)
            csr.index[at++] = (uint32_t)(i + columns);
        csr.start[i + 1] = at;
    }
    return pl_graph_take_csr(ctx, n, csr, out);
done:
    pl_free(csr.start);
    pl_free(csr.index);
    return status;
}
