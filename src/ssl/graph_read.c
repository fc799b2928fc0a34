/* Relation graphs from files: SciPy's sparse .npz and lists of edges. Nothing in the file is
 * trusted: sizes, indices, weights and symmetry are checked before a graph is made. */

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/npz.h"
#include "base/text.h"
#include "ssl/graph.h"

/* ---- SciPy: data, indices, indptr, shape; or data, row, col, shape -------------------------- */

typedef struct sparse_file {
    pl_array data, indices, indptr, row, shape;
} sparse_file;

static void sparse_file_free(sparse_file *f) {
    pl_array_free(&f->data);
    pl_array_free(&f->indices);
    pl_array_free(&f->indptr);
    pl_array_free(&f->row);
    pl_array_free(&f->shape);
}

static pl_status member(pl_ctx *ctx, const char *path, const char *name, bool whole,
                        pl_array *out) {
    pl_status status = pl_npz_read(ctx, path, name, out);
    if (status == PL_OK && whole && out->dtype != PL_I64)
        status = pl_fail(ctx, PL_EINPUT, "%s: '%s' does not hold whole numbers", path, name);
    if (status == PL_OK && out->dims != 1)
        status = pl_fail(ctx, PL_EINPUT, "%s: '%s' has %d dimensions, expected 1", path, name,
                         out->dims);
    return status;
}

static int64_t whole(const pl_array *a, size_t i) {
    return ((const int64_t *)a->data)[i];
}

/* The entries of a compressed matrix as (row, column, weight). */
static pl_status compressed(pl_ctx *ctx, const char *path, const sparse_file *f, size_t n,
                            pl_edge *entry) {
    if (f->indptr.count != n + 1 || whole(&f->indptr, 0) != 0 ||
        whole(&f->indptr, n) != (int64_t)f->data.count)
        return pl_fail(ctx, PL_EINPUT,
                       "%s: indptr has %zu numbers and ends at %lld; a matrix of %zu rows and %zu "
                       "entries needs %zu and %zu",
                       path, f->indptr.count,
                       f->indptr.count ? (long long)whole(&f->indptr, f->indptr.count - 1) : 0LL, n,
                       f->data.count, n + 1, f->data.count);
    for (size_t i = 0; i < n; i++) {
        int64_t first = whole(&f->indptr, i), last = whole(&f->indptr, i + 1);
        if (first > last || last > (int64_t)f->data.count)
            return pl_fail(ctx, PL_EINPUT, "%s: indptr falls from %lld to %lld at row %zu", path,
                           (long long)first, (long long)last, i);
        for (int64_t e = first; e < last; e++)
            entry[e] = (pl_edge){i, (size_t)whole(&f->indices, (size_t)e),
                                 pl_array_at(&f->data, (size_t)e)};
    }
    return PL_OK;
}

/* ---- checks --------------------------------------------------------------------------------- */

static int by_position(const void *a, const void *b) {
    const pl_edge *x = a, *y = b;
    if (x->i != y->i)
        return x->i < y->i ? -1 : 1;
    return x->j < y->j ? -1 : x->j > y->j;
}

static bool same(double v, double w) {
    return fabs(v - w) <= 1e-12 * fmax(fabs(v), fabs(w));
}

/* Sorts the entries, refuses what is no undirected graph, keeps i <= j of each pair.
 * `both`: every off-diagonal entry must stand in both triangles (a matrix). */
static pl_status to_edges(pl_ctx *ctx, const char *path, pl_edge *entry, size_t count, size_t n,
                          bool both, size_t *kept) {
    size_t used = 0;
    for (size_t e = 0; e < count; e++) {
        const pl_edge *x = &entry[e];
        if (x->i >= n || x->j >= n)
            return pl_fail(ctx, PL_EINPUT, "%s: entry %zu is at (%lld, %lld), outside %zu nodes",
                           path, e, (long long)x->i, (long long)x->j, n);
        if (!isfinite(x->weight) || x->weight < 0)
            return pl_fail(ctx, PL_EDOMAIN,
                           "%s: entry (%zu, %zu) is %g; a relation is finite and not negative",
                           path, x->i, x->j, x->weight);
    }
    qsort(entry, count, sizeof *entry, by_position);
    for (size_t e = 1; e < count; e++)
        if (by_position(&entry[e - 1], &entry[e]) == 0 &&
            !same(entry[e - 1].weight, entry[e].weight))
            return pl_fail(ctx, PL_EDOMAIN, "%s: (%zu, %zu) is given twice, as %g and as %g", path,
                           entry[e].i, entry[e].j, entry[e - 1].weight, entry[e].weight);
    for (size_t e = 0; e < count; e++) {
        pl_edge mirrored = {entry[e].j, entry[e].i, 0};
        const pl_edge *twin = bsearch(&mirrored, entry, count, sizeof *entry, by_position);
        double other = twin ? twin->weight : 0;
        if ((twin || both) && !same(entry[e].weight, other))
            return pl_fail(ctx, PL_EDOMAIN,
                           "%s: (%zu, %zu) is %g but (%zu, %zu) is %g; symmetrise the graph first "
                           "(max, min or mean of A and its transpose)",
                           path, entry[e].i, entry[e].j, entry[e].weight, entry[e].j, entry[e].i,
                           other);
    }
    for (size_t e = 0; e < count; e++) { /* a weight of -1 marks what another entry says too */
        pl_edge mirrored = {entry[e].j, entry[e].i, 0};
        bool repeated = e + 1 < count && by_position(&entry[e], &entry[e + 1]) == 0;
        bool below =
            entry[e].i > entry[e].j && bsearch(&mirrored, entry, count, sizeof *entry, by_position);
        if (repeated || below)
            entry[e].weight = -1;
    }
    for (size_t e = 0; e < count; e++)
        if (entry[e].weight >= 0)
            entry[used++] = entry[e];
    *kept = used;
    return PL_OK;
}

static pl_status read_npz(pl_ctx *ctx, const char *path, pl_graph *out) {
    pl_status status;
    sparse_file f = {0};
    pl_edge *entry = NULL;
    size_t kept = 0;
    PL_TRY(member(ctx, path, "shape", true, &f.shape));
    PL_TRY(member(ctx, path, "data", false, &f.data));
    if (f.shape.count != 2 || whole(&f.shape, 0) != whole(&f.shape, 1) || whole(&f.shape, 0) < 1) {
        status = pl_fail(ctx, PL_ESHAPE, "%s: a graph is a square sparse matrix", path);
        goto done;
    }
    size_t n = (size_t)whole(&f.shape, 0), count = f.data.count;
    PL_NEW(ctx, entry, count);
    if (member(ctx, path, "indptr", true, &f.indptr) == PL_OK) {
        PL_TRY(member(ctx, path, "indices", true, &f.indices));
        if (f.indices.count != count) {
            status = pl_fail(ctx, PL_EINPUT, "%s: %zu indices for %zu entries", path,
                             f.indices.count, count);
            goto done;
        }
        PL_TRY(compressed(ctx, path, &f, n, entry));
    } else {
        PL_TRY(member(ctx, path, "row", true, &f.row));
        PL_TRY(member(ctx, path, "col", true, &f.indices));
        if (f.row.count != count || f.indices.count != count) {
            status = pl_fail(ctx, PL_EINPUT, "%s: %zu rows and %zu columns for %zu entries", path,
                             f.row.count, f.indices.count, count);
            goto done;
        }
        for (size_t e = 0; e < count; e++)
            entry[e] = (pl_edge){(size_t)whole(&f.row, e), (size_t)whole(&f.indices, e),
                                 pl_array_at(&f.data, e)};
    }
    PL_TRY(to_edges(ctx, path, entry, count, n, true, &kept));
    PL_TRY(pl_graph_edges(ctx, n, entry, kept, false, out));
done:
    sparse_file_free(&f);
    pl_free(entry);
    return status;
}

/* ---- lines "i j [weight]" ------------------------------------------------------------------- */

static pl_status read_line(pl_ctx *ctx, const char *path, size_t number, char *line, pl_edge *edge,
                           bool *empty) {
    char *save = NULL, *word[4];
    size_t words = 0;
    long long i, j;
    line[strcspn(line, "#\r\n")] = '\0';
    for (char *w = strtok_r(line, " \t,", &save); w && words < 4; w = strtok_r(NULL, " \t,", &save))
        word[words++] = w;
    *empty = words == 0;
    if (*empty)
        return PL_OK;
    edge->weight = 1;
    if (words < 2 || words > 3 || !pl_parse_int(word[0], &i) || !pl_parse_int(word[1], &j) ||
        i < 0 || j < 0 || i >= UINT32_MAX || j >= UINT32_MAX ||
        (words == 3 && !pl_parse_real(word[2], &edge->weight)))
        return pl_fail(ctx, PL_EINPUT,
                       "%s: line %zu is not \"i j\" or \"i j weight\" with nodes from 0", path,
                       number);
    edge->i = (size_t)i;
    edge->j = (size_t)j;
    return PL_OK;
}

static pl_status read_text(pl_ctx *ctx, const char *path, pl_graph *out) {
    pl_status status = PL_OK;
    pl_edge *edge = NULL;
    size_t count = 0, capacity = 0, number = 0, n = 0, kept = 0, size = 0;
    char *line = NULL;
    FILE *file = fopen(path, "r");
    if (!file)
        return pl_fail(ctx, PL_EIO, "%s: %s", path, strerror(errno));
    while (getline(&line, &size, file) >= 0) {
        pl_edge next;
        bool empty;
        PL_TRY(read_line(ctx, path, ++number, line, &next, &empty));
        if (empty)
            continue;
        if (count == capacity) {
            pl_edge *more;
            capacity = capacity ? 2 * capacity : 256;
            PL_NEW(ctx, more, capacity);
            if (count)
                memcpy(more, edge, count * sizeof *more);
            pl_free(edge);
            edge = more;
        }
        edge[count++] = next;
        n = next.i >= n ? next.i + 1 : n;
        n = next.j >= n ? next.j + 1 : n;
    }
    if (ferror(file)) {
        status = pl_fail(ctx, PL_EIO, "%s: reading failed", path);
        goto done;
    }
    if (count == 0) {
        status =
            pl_fail(ctx, PL_EINPUT, "%s: no edge in it; expected lines \"i j [weight]\"", path);
        goto done;
    }
    PL_TRY(to_edges(ctx, path, edge, count, n, false, &kept));
    PL_TRY(pl_graph_edges(ctx, n, edge, kept, false, out));
done:
    fclose(file);
    free(line);
    pl_free(edge);
    return status;
}

pl_status pl_graph_read(pl_ctx *ctx, const char *path, pl_graph *out) {
    size_t length = strlen(path);
    if (length > 4 && strcmp(path + length - 4, ".npz") == 0)
        return read_npz(ctx, path, out);
    return read_text(ctx, path, out);
}
