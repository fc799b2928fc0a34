/* Relation graphs: what they are, and their spectrum. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"spectrum", PL_OPT_SPEC, "laplacian", 0, 0, "laplacian|adjacency|normalised|cut", NULL,
     "of L on 1-perp, G, D^-1/2 G D^-1/2, or I less that on its complement", 0},
    {"count", PL_OPT_INT, "8", 1, 100000, NULL, "K", "leading eigenvalues that are wanted", 0},
    {"solver", PL_OPT_SPEC, "auto", 0, 0, "auto|dense|" MODES_SOLVERS, NULL,
     "auto: dense for at most 1500 nodes, else by the cost of a factor; which one, and why, is "
     "said",
     0},
    {"iterations", PL_OPT_INT, "0", 0, 1e6, NULL, "N",
     "restarts of an iterative solver before it gives up; 0: as many as are usual", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k", false},
    {"eigenvalue", "1", "computed", false},
    {"analytic", "1", "closed form where the graph has one (grid, path, cycle, views)", false},
    {"relative", "1", "|eigenvalue - analytic|/analytic", false},
    {0}};

static int ascending(const void *a, const void *b) {
    const double *x = a, *y = b;
    return *x < *y ? -1 : *x > *y;
}

/* The count smallest values of lambda_pq = 4 sin^2(pi p/2r) + 4 sin^2(pi q/2c), (p, q) /= 0: only p
 * and q up to count matter, since each term rises. */
static pl_status grid_spectrum(pl_ctx *ctx, size_t r, size_t c, size_t count, double *out) {
    pl_status status = PL_OK;
    double *all = NULL;
    size_t p1 = r < count + 1 ? r : count + 1, q1 = c < count + 1 ? c : count + 1, used = 0, room;
    if (!pl_size_mul(p1, q1, &room))
        return pl_fail(ctx, PL_ENOMEM, "%zu eigenvalues overflow", count);
    PL_NEW(ctx, all, room);
    for (size_t p = 0; p < p1; p++)
        for (size_t q = 0; q < q1; q++) {
            double a = sin(M_PI * (double)p / (2 * (double)r));
            double b = sin(M_PI * (double)q / (2 * (double)c));
            if (p || q)
                all[used++] = 4 * a * a + 4 * b * b;
        }
    qsort(all, used, sizeof *all, ascending);
    for (size_t k = 0; k < count; k++)
        out[k] = k < used ? all[k] : (double)NAN;
done:
    pl_free(all);
    return status;
}

/* Laplacian eigenvalues of named graphs in closed form; NAN where there is none. */
static pl_status analytic(pl_ctx *ctx, const char *name, size_t count, double *out) {
    unsigned long a, b;
    for (size_t k = 0; k < count; k++)
        out[k] = NAN;
    if (sscanf(name, "grid:%lux%lu", &a, &b) == 2)
        return grid_spectrum(ctx, a, b, count, out);
    if (sscanf(name, "path:%lu", &a) == 1)
        return grid_spectrum(ctx, 1, a, count, out);
    if (sscanf(name, "cycle:%lu", &a) == 1)
        for (size_t k = 0; k < count && k + 1 < a;
             k++) { /* each twice, but the last of an even cycle */
            double s = sin(M_PI * (double)(k / 2 + 1) / (double)a);
            out[k] = 4 * s * s;
        }
    if (sscanf(name, "views:%lux%lu", &a, &b) == 2)
        for (size_t k = 0; k < count && k + 1 < a * b; k++)
            out[k] = k + 1 < a ? 0 : (double)b;
    return PL_OK;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    static const struct {
        const char *name;
        modes_kind kind;
    } kinds[] = {{"laplacian", MODES_LAPLACIAN},
                 {"adjacency", MODES_ADJACENCY},
                 {"normalised", MODES_NORMALISED},
                 {"cut", MODES_CUT}};
    pl_status status;
    relation rel = {0};
    modes m = {0};
    double *closed = NULL;
    modes_kind kind = MODES_LAPLACIAN;
    size_t count = (size_t)pl_option_int(o, "count");
    PL_TRY(relation_new(ctx, o, &rel));
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, pl_option_text(o, "spectrum")) == 0)
            kind = kinds[i].kind;
    modes_settings settings = {pl_option_text(o, "solver"), (size_t)pl_option_int(o, "iterations")};
    PL_TRY(modes_solve(ctx, &rel.graph, kind, count, &settings, &m));
    pl_warn(ctx, "solver: %s", m.solver);
    PL_NEW(ctx, closed, m.k);
    PL_TRY(analytic(ctx,
                    kind == MODES_LAPLACIAN && !rel.features.a ? pl_option_text(o, "graph") : "",
                    m.k, closed));
    for (size_t k = 0; k < m.k; k++)
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)(k + 1), m.value[k], closed[k],
                                       fabs(m.value[k] - closed[k]) / fabs(closed[k])},
                            NULL));
    const pl_summary list[] = {
        {"positive_eigenvalues", "1", "n+ of the whole spectrum; nan: only a part is known",
         m.all ? (double)modes_positive(&m) : (double)NAN},
        {"matrix_rank", "1", "its rank", m.all ? (double)modes_rank(&m) : (double)NAN},
        {"semidefinite", "1", "1: no eigenvalue of G is negative (by construction, or computed)",
         rel.facts.semidefinite ||
             (m.all && kind == MODES_ADJACENCY && m.all[m.count - 1] > -1e-10 * m.scale)},
        {"residual", "1", "max |Au - value u| over the largest eigenvalue", m.residual},
        {"orthogonality", "1", "max |U'U - I|", m.orthogonality},
        {"modes_below", "1", "eigenvalues before the next one by inertia; nan: not counted",
         m.below == SIZE_MAX ? (double)NAN : (double)m.below},
        {"modes_expected", "1", "the same by count, null vectors included",
         m.below == SIZE_MAX ? (double)NAN : (double)m.expected_below},
        {"determined", "1", "1: the next eigenvalue is another", modes_determined(&m)}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    modes_free(&m);
    pl_free(closed);
    return status;
}

const pl_program pl_spectral_graph = {
    .name = "graph",
    .summary = "build a relation graph, describe it, and its leading spectrum",
    .details =
        "Components, degrees, regularity, bipartiteness, and the leading eigenvalues of L, G "
        "or the\nnormalised G, with residuals.",
    .source = "BL22 sec. 2",
    .options = options,
    .columns = columns,
    .run = run};
