#include "spectral/relation.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/npz.h"
#include "math/splitmix.h"
#include "spectral/dense.h"
#include "spectral/relation_named.h"
#include "ssl/knn.h"

void relation_free(relation *r) {
    pl_graph_free(&r->graph);
    pl_free(r->features.a);
    pl_free(r->label);
    *r = (relation){0};
}

double splitmix_entry(uint64_t *state) {
    pl_splitmix s = {*state};
    double u = (double)(pl_splitmix_next(&s) >> 11) * 0x1p-53;
    *state = s.state;
    return 2 * u - 1;
}

pl_status splitmix_matrix(pl_ctx *ctx, uint64_t seed, size_t rows, size_t cols, pl_mat *out) {
    pl_status status = dense_new(ctx, rows, cols, out);
    for (size_t i = 0; status == PL_OK && i < rows * cols; i++)
        out->a[i] = splitmix_entry(&seed);
    return status;
}

/* ---- a user's files ------------------------------------------------------------------------- */

pl_status relation_read_rows(pl_ctx *ctx, const char *path, pl_mat *rows, size_t *views) {
    pl_array a = {0};
    pl_status status = pl_array_load(ctx, path, &a);
    if (status)
        return status;
    if ((a.dims != 2 && a.dims != 3) || a.count == 0) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: %d dimensions; expected (N, D) or (N, V, D)", path,
                         a.dims);
        goto done;
    }
    size_t d = a.shape[a.dims - 1], n = a.count / d;
    pl_mat found;
    PL_TRY(dense_new(ctx, n, d, &found));
    pl_array_doubles(&a, 0, a.count, found.a);
    for (size_t i = 0; i < a.count; i++)
        if (!isfinite(found.a[i])) {
            status = pl_fail(ctx, PL_EDOMAIN, "%s: row %zu, column %zu is %g", path, i / d, i % d,
                             found.a[i]);
            dense_free(&found);
            goto done;
        }
    *rows = found;
    *views = a.dims == 3 ? a.shape[1] : 1;
done:
    pl_array_free(&a);
    return status;
}

static int by_value(const void *a, const void *b) {
    const int64_t *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

pl_status relation_read_labels(pl_ctx *ctx, const char *path, size_t **label, size_t *count,
                               size_t *classes) {
    pl_array a = {0};
    int64_t *sorted = NULL;
    size_t *found = NULL, kinds = 0;
    pl_status status = pl_array_load(ctx, path, &a);
    if (status)
        return status;
    if (a.dims != 1 || a.dtype != PL_I64 || a.count == 0) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: labels are whole numbers (N,)", path);
        goto done;
    }
    const int64_t *value = a.data;
    PL_NEW(ctx, sorted, a.count);
    PL_NEW(ctx, found, a.count);
    memcpy(sorted, value, a.count * sizeof *sorted);
    qsort(sorted, a.count, sizeof *sorted, by_value);
    for (size_t i = 0; i < a.count; i++)
        if (sorted[i] >= 0 && (kinds == 0 || sorted[kinds - 1] != sorted[i]))
            sorted[kinds++] = sorted[i];
    for (size_t i = 0; i < a.count; i++) {
        const int64_t *at =
            value[i] < 0 ? NULL : bsearch(&value[i], sorted, kinds, sizeof *sorted, by_value);
        found[i] = at ? (size_t)(at - sorted) : SIZE_MAX;
    }
    *label = found;
    *count = a.count;
    *classes = kinds;
    found = NULL;
done:
    pl_array_free(&a);
    pl_free(sorted);
    pl_free(found);
    return status;
}

/* ---- which graph ---------------------------------------------------------------------------- */

static pl_status from_features(pl_ctx *ctx, const pl_options *o, relation *r) {
    pl_status status;
    bool views = pl_option_has(o, "views"), labels = pl_option_has(o, "labels"),
         knn = pl_option_has(o, "knn");
    size_t carried = 1, count = 0;
    size_t *node = NULL;
    PL_TRY(relation_read_rows(ctx, pl_option_text(o, "features"), &r->features, &carried));
    size_t n = r->features.rows;
    r->views = views ? (size_t)pl_option_int(o, "views") : carried;
    if (n % r->views != 0) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu rows are not images of %zu views each", n, r->views);
        goto done;
    }
    r->images = n / r->views;
    views = views || carried > 1;
    if (knn ? labels : !(views || labels)) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "--features needs one relation: --views V, --labels FILE, both, or --knn "
                         "K alone");
        goto done;
    }
    if (labels) {
        PL_TRY(
            relation_read_labels(ctx, pl_option_text(o, "labels"), &r->label, &count, &r->classes));
        if (count != r->images && count != n) {
            status = pl_fail(ctx, PL_ESHAPE, "%s: %zu labels for %zu images of %zu views",
                             pl_option_text(o, "labels"), count, r->images, r->views);
            goto done;
        }
        PL_NEW(ctx, node, n); /* one label a row */
        for (size_t i = 0; i < n; i++)
            node[i] = r->label[count == n ? i : i / r->views];
        pl_free(r->label);
        r->label = node;
        node = NULL;
    }
    if (knn) {
        const char *how = pl_option_text(o, "symmetrise");
        PL_TRY(pl_graph_knn(ctx, (pl_cmat){r->features.a, n, r->features.cols, r->features.ld},
                            (size_t)pl_option_int(o, "knn"),
                            strcmp(how, "mutual") == 0 ? PL_KNN_MUTUAL
                            : strcmp(how, "mean") == 0 ? PL_KNN_MEAN
                                                       : PL_KNN_UNION,
                            pl_option_real(o, "bandwidth"), &r->graph));
    } else if (labels && !views) {
        PL_TRY(pl_graph_labels(ctx, r->label, n, r->classes, PL_LABELS_NO_LOOPS, &r->graph));
    } else { /* rows of one image follow one another */
        PL_NEW(ctx, node, n);
        for (size_t i = 0; i < n; i++)
            node[i] = i / r->views;
        PL_TRY(pl_graph_labels(ctx, node, n, r->images, PL_LABELS_NO_LOOPS, &r->graph));
        if (labels)
            PL_TRY(pl_graph_add_labels(ctx, &r->graph, r->label, r->classes, PL_LABELS_NO_LOOPS));
    }
done:
    pl_free(node);
    return status;
}

pl_status relation_new(pl_ctx *ctx, const pl_options *o, relation *out) {
    pl_status status;
    relation r = {.views = 1};
    const char *graph = pl_option_text(o, "graph");
    if (pl_option_has(o, "features")) {
        PL_TRY(from_features(ctx, o, &r));
    } else if (pl_option_has(o, "knn") || pl_option_has(o, "views") || pl_option_has(o, "labels")) {
        status = pl_fail(ctx, PL_EUSAGE, "--views, --labels and --knn need --features FILE");
        goto done;
    } else if (relation_is_name(graph)) {
        PL_TRY(relation_named(ctx, graph, &r.graph));
    } else {
        PL_TRY(pl_graph_read(ctx, graph, &r.graph));
    }
    PL_TRY(pl_graph_describe(ctx, &r.graph, &r.facts));
    if (r.graph.nodes < 3) {
        status =
            pl_fail(ctx, PL_ESHAPE, "a graph of %zu nodes; at least 3 are needed", r.graph.nodes);
        goto done;
    }
    if (r.facts.isolated)
        pl_warn(ctx,
                "%zu of %zu nodes are related to none: each is a component of its own, and the "
                "normalised embeddings leave it at 0",
                r.facts.isolated, r.graph.nodes);
    *out = r;
    r = (relation){0};
done:
    relation_free(&r);
    return status;
}

pl_status relation_summarise(pl_ctx *ctx, const relation *r, pl_table *t) {
    const pl_graph_facts *f = &r->facts;
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"nodes", "samples", (double)f->nodes},
                {"edges", "related pairs", (double)f->entries / 2},
                {"loops", "self-loops", (double)f->loops},
                {"components", "connected components c: c - 1 zero modes", (double)f->components},
                {"min_degree", "least degree", f->min_degree},
                {"max_degree", "largest degree", f->max_degree},
                {"total_weight", "volume, sum of degrees", f->total},
                {"regular", "1: every degree is the same", f->regular},
                {"bipartite", "1: no odd cycle", f->bipartite}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++) {
        pl_status status =
            pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value);
        if (status)
            return status;
    }
    return PL_OK;
}
