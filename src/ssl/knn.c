#include "ssl/knn.h"

#include <cblas.h>
#include <float.h>
#include <math.h>
#include <omp.h>
#include <stdlib.h>
#include <string.h>

#include "ssl/knn_tree.h"

/* Rows and columns of a tile of products, spare candidates, the largest D of the tree. */
enum { TILE = 256, WIDE = 1024, SPARE = 8, TREE_DIM = 12 };

/* Candidates of one row in order, the last the worst. */
void pl_candidate_insert(pl_candidate *list, size_t *count, size_t k, pl_candidate c) {
    size_t at = *count;
    if (at == k) {
        if (!pl_candidate_before(c, list[k - 1]))
            return;
        at--;
    } else {
        ++*count;
    }
    for (; at > 0 && pl_candidate_before(c, list[at - 1]); at--)
        list[at] = list[at - 1];
    list[at] = c;
}

double pl_square_distance(const double *a, const double *b, size_t d) {
    double sum = 0;
    for (size_t c = 0; c < d; c++)
        sum += (a[c] - b[c]) * (a[c] - b[c]);
    return sum;
}

static void store(const pl_candidate *list, size_t k, size_t i, uint32_t *neighbour,
                  double *square) {
    for (size_t c = 0; c < k; c++) {
        neighbour[i * k + c] = list[c].index;
        square[i * k + c] = list[c].square;
    }
}

static void scan_row(pl_cmat x, size_t i, size_t k, pl_candidate *list) {
    size_t count = 0;
    for (size_t j = 0; j < x.rows; j++)
        if (j != i)
            pl_candidate_insert(
                list, &count, k,
                (pl_candidate){pl_square_distance(x.a + i * x.ld, x.a + j * x.ld, x.cols),
                               (uint32_t)j});
}

static pl_status check(pl_ctx *ctx, pl_cmat x, size_t k, size_t *room) {
    if (k < 1 || k >= x.rows || x.rows > UINT32_MAX || x.cols == 0)
        return pl_fail(ctx, PL_ESHAPE, "%zu neighbours among %zu points; expected 1 to %zu", k,
                       x.rows, x.rows ? x.rows - 1 : 0);
    for (size_t i = 0; i < x.rows; i++)
        for (size_t c = 0; c < x.cols; c++)
            if (!isfinite(x.a[i * x.ld + c]))
                return pl_fail(ctx, PL_EDOMAIN, "row %zu, column %zu of the features is %g", i, c,
                               x.a[i * x.ld + c]);
    if (!pl_size_mul(x.rows, k, room))
        return pl_fail(ctx, PL_ENOMEM, "%zu neighbours of %zu points overflow", k, x.rows);
    return PL_OK;
}

pl_status pl_nearest_neighbours_ref(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour,
                                    double *square) {
    pl_status status;
    pl_candidate *list = NULL;
    size_t room;
    PL_TRY(check(ctx, x, k, &room));
    PL_NEW(ctx, list, k);
    for (size_t i = 0; i < x.rows; i++) {
        scan_row(x, i, k, list);
        store(list, k, i, neighbour, square);
    }
done:
    pl_free(list);
    return status;
}

/* Tile of rows first .. first + m - 1 against all: products give |x|^2 + |y|^2 - 2 x.y with an
 * error below `slack`; the k + SPARE least are measured again. Where the spare ones do not prove
 * that no other could be among the k, the row is scanned plainly. */
static void tile_rows(pl_cmat x, const double *norm, double slack, size_t first, size_t m, size_t k,
                      double *product, pl_candidate *list, uint32_t *neighbour, double *square) {
    size_t width = k + SPARE, counts[TILE] = {0};
    for (size_t j0 = 0; j0 < x.rows; j0 += WIDE) {
        size_t w = x.rows - j0 < WIDE ? x.rows - j0 : WIDE;
        cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)m, (int)w, (int)x.cols, -2,
                    x.a + first * x.ld, (int)x.ld, x.a + j0 * x.ld, (int)x.ld, 0, product, WIDE);
        for (size_t r = 0; r < m; r++) {
            pl_candidate *mine = list + r * width;
            for (size_t j = 0; j < w; j++) {
                double s = norm[first + r] + norm[j0 + j] + product[r * WIDE + j];
                if ((counts[r] < width || s < mine[width - 1].square) && j0 + j != first + r)
                    pl_candidate_insert(mine, &counts[r], width,
                                        (pl_candidate){s, (uint32_t)(j0 + j)});
            }
        }
    }
    for (size_t r = 0; r < m; r++) {
        size_t i = first + r, count = 0;
        pl_candidate *mine = list + r * width, *kept = list + TILE * width;
        double left_out = counts[r] < width ? (double)INFINITY : mine[width - 1].square;
        for (size_t c = 0; c < counts[r]; c++)
            pl_candidate_insert(
                kept, &count, k,
                (pl_candidate){
                    pl_square_distance(x.a + i * x.ld, x.a + mine[c].index * x.ld, x.cols),
                    mine[c].index});
        if (!(kept[k - 1].square + slack < left_out))
            scan_row(x, i, k, kept);
        store(kept, k, i, neighbour, square);
    }
}

static pl_status by_products(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour,
                             double *square) {
    pl_status status = PL_OK;
    double *norm = NULL, *product = NULL, largest = 0;
    pl_candidate *list = NULL;
    size_t threads = (size_t)pl_threads(ctx), tiles = (x.rows + TILE - 1) / TILE;
    size_t lists = (k + SPARE) * (TILE + 1), room;
    if (!pl_size_mul(threads, lists, &room))
        return pl_fail(ctx, PL_ENOMEM, "%zu neighbours overflow", k);
    PL_NEW(ctx, norm, x.rows);
    PL_NEW(ctx, product, threads * TILE * WIDE);
    PL_NEW(ctx, list, room);
    for (size_t i = 0; i < x.rows; i++) {
        for (size_t c = 0; c < x.cols; c++)
            norm[i] += x.a[i * x.ld + c] * x.a[i * x.ld + c];
        largest = fmax(largest, norm[i]);
    }
    double slack = 8 * DBL_EPSILON * (double)(x.cols + 4) * largest;
#pragma omp parallel for schedule(dynamic) num_threads((int)threads)
    for (size_t t = 0; t < tiles; t++) {
        size_t me = (size_t)omp_get_thread_num(), first = t * TILE;
        size_t m = x.rows - first < TILE ? x.rows - first : TILE;
        tile_rows(x, norm, slack, first, m, k, product + me * TILE * WIDE, list + me * lists,
                  neighbour, square);
    }
done:
    pl_free(norm);
    pl_free(product);
    pl_free(list);
    return status;
}

pl_status pl_nearest_neighbours(pl_ctx *ctx, pl_cmat x, size_t k, uint32_t *neighbour,
                                double *square) {
    size_t room;
    pl_status status = check(ctx, x, k, &room);
    if (status)
        return status;
    if (x.cols <= TREE_DIM)
        return pl_knn_tree(ctx, x, k, neighbour, square);
    return by_products(ctx, x, k, neighbour, square);
}

/* ---- the graph ------------------------------------------------------------------------------ */

static int by_index(const void *a, const void *b) {
    const pl_candidate *x = a, *y = b;
    return x->index < y->index ? -1 : x->index > y->index;
}

static bool has(const pl_candidate *row, size_t k, uint32_t j) {
    pl_candidate key = {0, j};
    return bsearch(&key, row, k, sizeof *row, by_index) != NULL;
}

/* Row i keeps its own neighbours; of the rows that name i, those it does not name itself. `square`
 * is symmetric in exact arithmetic and here too, since the same subtractions are squared. */
pl_status pl_graph_knn(pl_ctx *ctx, pl_cmat x, size_t k, pl_symmetrise symmetrise, double bandwidth,
                       pl_graph *out) {
    pl_status status;
    uint32_t *neighbour = NULL;
    double *square = NULL;
    pl_candidate *row = NULL, *entry = NULL;
    size_t *fill = NULL, n = x.rows, room;
    pl_csr csr = {0};
    if (!(bandwidth >= 0) || isinf(bandwidth))
        return pl_fail(ctx, PL_EDOMAIN, "the kernel's bandwidth is %g, expected >= 0", bandwidth);
    PL_TRY(check(ctx, x, k, &room));
    PL_NEW(ctx, neighbour, room);
    PL_NEW(ctx, square, room);
    PL_NEW(ctx, row, room);
    PL_TRY(pl_nearest_neighbours(ctx, x, k, neighbour, square));
    for (size_t e = 0; e < room; e++)
        row[e] = (pl_candidate){square[e], neighbour[e]};
    for (size_t i = 0; i < n; i++)
        qsort(row + i * k, k, sizeof *row, by_index);
    PL_NEW(ctx, csr.start, n + 1);
    PL_NEW(ctx, fill, n);
    for (int pass = 0; pass < 2; pass++) { /* count, then fill */
        for (size_t i = 0; i < n; i++)
            for (size_t c = 0; c < k; c++) {
                pl_candidate to = row[i * k + c];
                bool mutual = has(row + to.index * k, k, (uint32_t)i);
                if (symmetrise == PL_KNN_MUTUAL && !mutual)
                    continue;
                /* a negative square marks an entry that only one of the two names */
                double mark = mutual ? to.square : -1 - to.square;
                if (pass == 0) {
                    csr.start[i + 1]++;
                    csr.start[to.index + 1] += !mutual;
                } else {
                    entry[fill[i]++] = (pl_candidate){mark, to.index};
                    if (!mutual)
                        entry[fill[to.index]++] = (pl_candidate){mark, (uint32_t)i};
                }
            }
        for (size_t i = 0; pass == 0 && i < n; i++) {
            csr.start[i + 1] += csr.start[i];
            fill[i] = csr.start[i];
        }
        if (pass == 0)
            PL_NEW(ctx, entry, csr.start[n]);
    }
    PL_NEW(ctx, csr.index, csr.start[n]);
    if (bandwidth > 0 || symmetrise == PL_KNN_MEAN)
        PL_NEW(ctx, csr.weight, csr.start[n]);
    for (size_t i = 0; i < n; i++) {
        qsort(entry + csr.start[i], csr.start[i + 1] - csr.start[i], sizeof *entry, by_index);
        for (size_t e = csr.start[i]; e < csr.start[i + 1]; e++) {
            bool single = entry[e].square < 0;
            double s = single ? -1 - entry[e].square : entry[e].square;
            csr.index[e] = entry[e].index;
            if (csr.weight)
                csr.weight[e] = (bandwidth > 0 ? exp(-s / (bandwidth * bandwidth)) : 1) *
                                (single && symmetrise == PL_KNN_MEAN ? 0.5 : 1);
        }
    }
    status = pl_graph_take_csr(ctx, n, csr, out);
    csr = (pl_csr){0};
done:
    pl_free(neighbour);
    pl_free(square);
    pl_free(row);
    pl_free(entry);
    pl_free(fill);
    pl_free(csr.start);
    pl_free(csr.index);
    pl_free(csr.weight);
    return status;
}
