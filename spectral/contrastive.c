/* HC21, the spectral contrastive loss: f* = w^-1/2 V diag(sqrt a) R with the leading eigenpairs of
 * the normalised adjacency matrix, minimum -sum (a_k)_+^2. */

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/low_rank.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "3", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"starts", PL_OPT_INT, "10", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    low_rank l = {0};
    search_result found = {0};
    pl_mat weighted = {0};
    double bare = NAN, with_root = NAN, positive = NAN, rank = NAN, least = NAN;
    pl_spectral_loss loss = {.kind = PL_SPECTRAL_CONTRASTIVE};
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 0.7, {0}, 0};
    PL_TRY(relation_new(ctx, o, &rel));
    PL_TRY(low_rank_new(ctx, &rel.graph, &loss, (size_t)pl_option_int(o, "embedding"), &l));
    PL_TRY(dense_copy(ctx, pl_const(l.z), &weighted));
    low_rank_coordinates(&l, weighted);
    pl_cmat v = dense_columns(l.m.vector, l.rank);
    PL_TRY(pl_span_sine(ctx, v, pl_const(l.z), 1e-10, &bare));
    PL_TRY(pl_span_sine(ctx, v, pl_const(weighted), 1e-10, &with_root));
    if (l.m.all) {
        positive = (double)modes_positive(&l.m);
        rank = (double)modes_rank(&l.m);
        least = l.m.all[l.m.count - 1];
    }
    PL_TRY(low_rank_report(ctx, &l, &set, &found, out));
    const pl_summary list[] = {
        {"bare_sine", "1", "f* itself against the eigenvectors", bare},
        {"weighted_sine", "1", "w^1/2 f* against the eigenvectors", with_root},
        {"positive_eigenvalues", "1", "n+ of the normalised adjacency matrix", positive},
        {"matrix_rank", "1", "its rank", rank},
        {"least_eigenvalue", "1", "its least eigenvalue; >= 0: positive semidefinite", least}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    low_rank_free(&l);
    search_free(&found);
    dense_free(&weighted);
    return status;
}

const pl_program pl_spectral_contrastive = {
    .name = "spectral-contrastive",
    .summary = "the spectral contrastive loss: the normalised adjacency's leading modes",
    .details = "min -2 tr F'WF + |F'diag(w)F|^2 in closed form, and by L-BFGS from random starts.",
    .source = "HC21, Theorem B.1 and eq. 4",
    .options = options,
    .columns = low_rank_columns,
    .run = run};
