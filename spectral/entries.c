/* A relation graph's matrix, entry by entry: what a picture of G shows. */

#include <math.h>

#include "spectral/dense.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"

static const pl_option options[] = {RELATION_OPTIONS("karate"), {0}};

static const pl_column columns[] = {{"row", "1", "i, from 0", false},
                                    {"column", "1", "j, from 0", false},
                                    {"weight", "1", "G_ij /= 0", false},
                                    {0}};

enum { LARGEST = 2000 };

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    pl_mat a = {0};
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    if (n > LARGEST) {
        status =
            pl_fail(ctx, PL_EUSAGE, "%zu nodes: entries are listed for at most %d", n, LARGEST);
        goto done;
    }
    PL_TRY(dense_new(ctx, n, n, &a));
    PL_TRY(pl_graph_dense(ctx, &rel.graph, a));
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            if (a.a[i * n + j] != 0)
                PL_TRY(
                    pl_table_add(ctx, out, (double[]){(double)i, (double)j, a.a[i * n + j]}, NULL));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    dense_free(&a);
    return status;
}

const pl_program pl_spectral_entries = {
    .name = "entries",
    .summary = "a relation graph's matrix, entry by entry",
    .details = "Every G_ij that is not 0, for graphs of at most 2000 nodes.",
    .source = "BL22 sec. 2, Fig. 3",
    .options = options,
    .columns = columns,
    .run = run};
