/* Where two columns put the nodes: Laplacian eigenmaps beside the low-rank factor of G. */

#include <math.h>

#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"

static const pl_option options[] = {RELATION_OPTIONS("karate"), {0}};

static const pl_column columns[] = {
    {"node", "1", "from 0", false},
    {"eigenmap_1", "1", "the smoothest eigenvector of L, unit variance", false},
    {"eigenmap_2", "1", "the next", false},
    {"low_rank_1", "1", "sqrt(g_1)_+ v_1 of G: MDS, on an ISOMAP graph ISOMAP", false},
    {"low_rank_2", "1", "the next", false},
    {0}};

/* Mode k at node i with the sign that makes its largest entry positive. */
static double entry(const modes *m, size_t i, size_t k) {
    double largest = 0;
    for (size_t j = 0; j < m->n; j++) {
        double v = m->vector.a[j * m->vector.ld + k];
        if (fabs(v) > fabs(largest) * (1 + 1e-9)) /* ties go to the first */
            largest = v;
    }
    return copysign(1, largest) * m->vector.a[i * m->vector.ld + k];
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    modes smooth = {0}, large = {0};
    PL_TRY(relation_new(ctx, o, &rel));
    PL_TRY(modes_new(ctx, &rel.graph, MODES_LAPLACIAN, 2, &smooth));
    PL_TRY(modes_new(ctx, &rel.graph, MODES_ADJACENCY, 2, &large));
    double unit = sqrt((double)rel.graph.nodes - 1);
    for (size_t i = 0; i < rel.graph.nodes; i++) {
        double row[5] = {(double)i};
        for (size_t k = 0; k < 2; k++) {
            row[1 + k] = unit * entry(&smooth, i, k);
            row[3 + k] = sqrt(fmax(large.value[k], 0)) * entry(&large, i, k);
        }
        PL_TRY(pl_table_add(ctx, out, row, NULL));
    }
    const pl_summary list[] = {
        {"eigenmap_determined", "1", "1: the third eigenvalue of L is another",
         modes_determined(&smooth)},
        {"low_rank_determined", "1", "1: the third eigenvalue of G is another",
         modes_determined(&large)}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    relation_free(&rel);
    modes_free(&smooth);
    modes_free(&large);
    return status;
}

const pl_program pl_spectral_coordinates = {
    .name = "coordinates",
    .summary = "a graph's nodes in the plane: Laplacian eigenmaps, MDS, ISOMAP",
    .details = "The two columns that VICReg and SimCLR would give every node.",
    .source = "BL22 sec. 3-4",
    .options = options,
    .columns = columns,
    .run = run};
