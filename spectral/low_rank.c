#include "spectral/low_rank.h"

#include <math.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"

const pl_column low_rank_columns[] = {
    {"mode", "1", "k, from the largest signed eigenvalue", false},
    {"eigenvalue", "1", "of the matrix that is approximated", false},
    {"singular_value", "1", "sqrt of it where positive: of Z* (SCL: of w^1/2 f*)", false},
    {"found_singular_value", "1", "the same of the best embedding that was found", false},
    {0}};

void low_rank_free(low_rank *l) {
    pl_graph_free(&l->centred);
    modes_free(&l->m);
    dense_free(&l->z);
}

static pl_status centre_graph(pl_ctx *ctx, const pl_graph *g, pl_graph *out) {
    pl_mat a = {0};
    pl_status status = dense_new(ctx, g->nodes, g->nodes, &a);
    if (status == PL_OK)
        status = pl_graph_dense(ctx, g, a);
    if (status == PL_OK) {
        dense_centre_both(a);
        for (size_t i = 0; i < a.rows; i++)
            for (size_t j = 0; j < i; j++)
                a.a[i * a.ld + j] = a.a[j * a.ld + i];
        status = pl_graph_from_dense(ctx, pl_const(a), out);
    }
    dense_free(&a);
    return status;
}

static bool is_scl(const low_rank *l) {
    return l->loss.kind == PL_SPECTRAL_CONTRASTIVE;
}

/* w^1/2 of node i for SCL, 1 otherwise. */
static double root_weight(const low_rank *l, size_t i) {
    return is_scl(l) ? sqrt(l->g->degree[i] / l->g->total) : 1;
}

pl_status low_rank_new(pl_ctx *ctx, const pl_graph *g, const pl_spectral_loss *loss, size_t k,
                       low_rank *out) {
    pl_status status = PL_OK;
    low_rank l = {.g = g, .loss = *loss, .n = g->nodes, .k = k};
    pl_mat r = {0}, scaled = {0};
    const pl_graph *source = g;
    for (size_t i = 0; is_scl(&l) && i < g->nodes; i++)
        if (!(g->degree[i] > 0)) {
            status = pl_fail(ctx, PL_EDOMAIN,
                             "node %zu has degree %g: the spectral contrastive loss divides by it; "
                             "take it out of the graph",
                             i, g->degree[i]);
            goto done;
        }
    if (loss->centred) {
        PL_TRY(centre_graph(ctx, g, &l.centred));
        source = &l.centred;
    }
    PL_TRY(modes_new(ctx, source, is_scl(&l) ? MODES_NORMALISED : MODES_ADJACENCY, k, &l.m));
    l.loss_minimum = is_scl(&l) ? 0 : source->square;
    PL_TRY(dense_rotation(ctx, k, 9, &r));
    PL_TRY(dense_new(ctx, l.n, k, &scaled));
    PL_TRY(dense_new(ctx, l.n, k, &l.z));
    for (size_t c = 0; c < l.m.k; c++) {
        double v = l.m.value[c] > 1e-10 * l.m.scale ? l.m.value[c] : 0;
        l.rank += v > 0;
        l.loss_minimum -= v * v;
        for (size_t i = 0; i < l.n; i++)
            scaled.a[i * k + c] =
                sqrt(v) * l.m.vector.a[i * l.m.vector.ld + c] / root_weight(&l, i);
    }
    dense_times(1, pl_const(scaled), false, pl_const(r), false, 0, l.z);
    *out = l;
    l = (low_rank){0};
done:
    dense_free(&r);
    dense_free(&scaled);
    low_rank_free(&l);
    return status;
}

void low_rank_coordinates(const low_rank *l, pl_mat z) {
    if (l->loss.centred)
        dense_centre(z);
    for (size_t i = 0; i < z.rows; i++)
        for (size_t c = 0; c < z.cols; c++)
            z.a[i * z.ld + c] *= root_weight(l, i);
}

pl_status low_rank_report(pl_ctx *ctx, const low_rank *l, const search_settings *settings,
                          search_result *found, pl_table *out) {
    pl_status status;
    pl_mat y = {0};
    double *s = NULL, at, gradient, curvature = NAN, sine = NAN;
    size_t rank = 0;
    search_result r = {.best = NAN, .worst = NAN};
    bool searched = settings->starts > 0;
    PL_NEW(ctx, s, l->k);
    PL_TRY(search_gradient(ctx, &l->loss, l->g, pl_const(l->z), &at, &gradient));
    if (l->n <= 3000)
        PL_TRY(search_curvature(ctx, &l->loss, l->g, pl_const(l->z), 20, 5, &curvature));
    if (searched) {
        PL_TRY(search_minimum(ctx, &l->loss, l->g, l->k, settings, &r));
        PL_TRY(dense_copy(ctx, pl_const(r.z), &y));
        low_rank_coordinates(l, y);
        PL_TRY(dense_singular_values(ctx, pl_const(y), s));
        while (rank < l->k && rank < l->n && s[rank] > 2e-2)
            rank++;
        PL_TRY(embedding_sandwich(ctx, &l->m, pl_const(y), l->rank, 2e-2, &sine));
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", l->loss_minimum},
        {"loss_at_closed_form", "1", "the loss itself at Z*", at},
        {"gradient_norm", "1", "|gradient| at Z*", gradient},
        {"curvature", "1", "least second difference of the loss around Z*", curvature},
        {"best_found_loss", "1", "least loss of all starts", r.best},
        {"worst_found_loss", "1", "largest loss at the end of a start", r.worst},
        {"rank", "1", "rank of the best embedding found (singular values > 2e-2)",
         searched ? (double)rank : (double)NAN},
        {"closed_rank", "1", "min(K, positive eigenvalues)", (double)l->rank},
        {"subspace_sine", "1", "largest angle between what was found and the eigenspaces", sine},
        {"determined", "1", "1: the spectral gap behind mode K determines the subspace",
         modes_determined(&l->m)}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    for (size_t c = 0; c < l->m.k; c++)
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)(c + 1), l->m.value[c], sqrt(fmax(l->m.value[c], 0)),
                                       searched ? s[c] : (double)NAN},
                            NULL));
    PL_TRY(pl_table_summarise_column(ctx, out, "singular_values", "1",
                                     "of Z* (SCL: of w^1/2 f*), closed form", "singular_value"));
    *found = r;
    r = (search_result){0};
done:
    search_free(&r);
    dense_free(&y);
    pl_free(s);
    return status;
}
