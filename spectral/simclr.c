/* BL22, SimCLR: |ZZ' - G|^2 keeps the K largest positive eigenvalues of G (multidimensional scaling
 * when centred, ISOMAP for squared geodesics); InfoNCE has a closed form on balanced cliques and on
 * graphs that are a softmax. */

#include <math.h>
#include <string.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/infonce_closed.h"
#include "spectral/low_rank.h"
#include "spectral/relation.h"
#include "spectral/relation_named.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "4", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"loss", PL_OPT_SPEC, "squared", 0, 0, "squared|centred|infonce", NULL,
     "|ZZ' - G|^2, |HZZ'H - HGH|^2, or InfoNCE of cosines", 0},
    {"tau", PL_OPT_REAL, "0.5", 1e-3, 1e3, NULL, NULL, "temperature of InfoNCE", 0},
    {"starts", PL_OPT_INT, "10", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

/* Sine from the K leading eigenvectors to the K leading singular vectors, which order by modulus.
 */
static pl_status singular_vectors(pl_ctx *ctx, const low_rank *l, double *out) {
    pl_status status;
    modes all = {0};
    pl_mat leading = {0};
    bool *taken = NULL;
    PL_TRY(modes_new(ctx, l->g, MODES_ADJACENCY, l->n, &all));
    PL_TRY(dense_new(ctx, l->n, l->m.k, &leading));
    PL_NEW(ctx, taken, l->n);
    for (size_t c = 0; c < l->m.k; c++) {
        size_t best = SIZE_MAX;
        for (size_t i = 0; i < l->n; i++)
            if (!taken[i] &&
                (best == SIZE_MAX || fabs(all.value[i]) > fabs(all.value[best]) + 1e-9 * all.scale))
                best = i;
        taken[best] = true;
        for (size_t i = 0; i < l->n; i++)
            leading.a[i * l->m.k + c] = all.vector.a[i * all.vector.ld + best];
    }
    PL_TRY(pl_subspace_sine(ctx, dense_columns(l->m.vector, l->m.k), pl_const(leading), out));
done:
    modes_free(&all);
    dense_free(&leading);
    pl_free(taken);
    return status;
}

/* Sine between the leading eigenvectors and those of ISOMAP's Gram matrix of the same graph (of
 * isomap:NAME, which is that matrix already, itself). */
static pl_status isomap_sine(pl_ctx *ctx, const pl_options *o, const low_rank *l, double *out) {
    pl_status status;
    pl_mat gram = {0}, vectors = {0};
    double *values = NULL;
    bool itself = strncmp(pl_option_text(o, "graph"), "isomap:", 7) == 0;
    PL_NEW(ctx, values, l->n);
    PL_TRY(dense_new(ctx, l->n, l->n, &vectors));
    if (itself) {
        PL_TRY(dense_new(ctx, l->n, l->n, &gram));
        PL_TRY(pl_graph_dense(ctx, l->g, gram));
    } else {
        PL_TRY(relation_isomap_gram(ctx, l->g, &gram));
    }
    PL_TRY(dense_eigen(ctx, pl_const(gram), false, values, vectors));
    PL_TRY(pl_subspace_sine(ctx, dense_columns(vectors, l->m.k), pl_const(l->m.vector), out));
done:
    dense_free(&gram);
    dense_free(&vectors);
    pl_free(values);
    return status;
}

static pl_status run_squared(pl_ctx *ctx, const pl_options *o, const relation *rel, pl_table *out) {
    pl_status status;
    low_rank l = {0};
    search_result found = {0};
    pl_spectral_loss loss = {.kind = PL_SIMCLR_SQUARED,
                             .centred = strcmp(pl_option_text(o, "loss"), "centred") == 0};
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 0.7, {0}, 0};
    double singular = NAN, isomap = NAN, rank_g = NAN, positive = NAN;
    size_t k = (size_t)pl_option_int(o, "embedding");
    PL_TRY(low_rank_new(ctx, &rel->graph, &loss, k, &l));
    if (l.m.all) {
        positive = (double)modes_positive(&l.m);
        rank_g = (double)modes_rank(&l.m);
        PL_TRY(singular_vectors(ctx, &l, &singular));
    }
    if (l.n <= 500 && rel->facts.components == 1)
        PL_TRY(isomap_sine(ctx, o, &l, &isomap));
    PL_TRY(low_rank_report(ctx, &l, &set, &found, out));
    const pl_summary list[] = {
        {"positive_eigenvalues", "1", "n+ of the matrix that is approximated", positive},
        {"matrix_rank", "1", "its rank", rank_g},
        {"claimed_rank", "1", "min(K, rank): what a non-negative spectrum would give",
         fmin((double)k, rank_g)},
        {"rank_shortfall", "1", "claimed rank less the closed form's",
         fmin((double)k, rank_g) - (double)l.rank},
        {"singular_vector_sine", "1", "leading eigenvectors against leading singular vectors",
         singular},
        {"isomap_sine", "1", "leading eigenvectors against ISOMAP's of the same graph", isomap}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    low_rank_free(&l);
    search_free(&found);
    return status;
}

/* Gram matrix of unit rows against the closed form's, and the lowest Laplacian modes. */
static pl_status infonce_geometry(pl_ctx *ctx, const relation *rel, const infonce_closed *closed,
                                  pl_cmat z, size_t *rank, double *gram_error, double *laplacian,
                                  double *cosine) {
    pl_status status;
    pl_mat u = {0}, gram = {0};
    modes low = {0};
    size_t n = z.rows, k = z.cols;
    PL_TRY(dense_new(ctx, n, k, &u));
    PL_TRY(dense_new(ctx, n, n, &gram));
    PL_TRY(pl_unit_rows(ctx, z, u));
    dense_times(1, pl_const(u), false, pl_const(u), true, 0, gram);
    *cosine = INFINITY;
    for (size_t i = 0; i < n * n; i++)
        *cosine = fmin(*cosine, gram.a[i]);
    for (size_t i = 0; closed->gram.a && i < n * n; i++)
        *gram_error =
            fmax(isnan(*gram_error) ? 0 : *gram_error, fabs(gram.a[i] - closed->gram.a[i]));
    PL_TRY(dense_rank(ctx, pl_const(u), 2e-2, rank));
    if (k <= n - 1) {
        dense_centre(u);
        PL_TRY(modes_new(ctx, &rel->graph, MODES_LAPLACIAN, k, &low));
        PL_TRY(pl_span_sine(ctx, pl_const(low.vector), pl_const(u), 1e-3, laplacian));
    }
done:
    dense_free(&u);
    dense_free(&gram);
    modes_free(&low);
    return status;
}

static pl_status run_infonce(pl_ctx *ctx, const pl_options *o, const relation *rel, pl_table *out) {
    pl_status status;
    infonce_closed closed = {0};
    search_result r = {.best = NAN, .worst = NAN};
    pl_mat z = {0};
    double tau = pl_option_real(o, "tau"), at = NAN, gradient = NAN, gram_error = NAN;
    double laplacian = NAN, cosine = NAN;
    size_t k = (size_t)pl_option_int(o, "embedding"), rank = 0;
    pl_spectral_loss loss = {.kind = PL_GRAPH_INFONCE, .tau = tau};
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 1, {0}, 0};
    bool softmax =
        strncmp(pl_option_text(o, "graph"), "softmax:", 8) == 0 && tau == RELATION_SOFTMAX_TAU;
    PL_TRY(infonce_closed_new(ctx, &rel->graph, k, tau, softmax, &closed));
    if (closed.gram.a) {
        PL_TRY(infonce_closed_rows(ctx, &closed, k, &z));
        PL_TRY(search_gradient(ctx, &loss, &rel->graph, pl_const(z), &at, &gradient));
    }
    if (set.starts) {
        PL_TRY(search_minimum(ctx, &loss, &rel->graph, k, &set, &r));
        PL_TRY(infonce_geometry(ctx, rel, &closed, pl_const(r.z), &rank, &gram_error, &laplacian,
                                &cosine));
    }
    const pl_summary list[] = {
        {"known", "1", "1: balanced cliques and K >= C - 1, or a softmax graph: a closed form",
         closed.gram.a != NULL},
        {"closed_form_loss", "nats", "L*, the formula",
         closed.cliques ? closed.minimum
         : softmax      ? closed.entropy
                        : (double)NAN},
        {"loss_at_closed_form", "nats", "the loss itself at the closed form's embedding", at},
        {"gradient_norm", "nats", "|gradient| there", gradient},
        {"entropy_bound", "nats", "sum d_i H(P_i): no embedding can be below", closed.entropy},
        {"best_found_loss", "nats", "least loss of all starts", r.best},
        {"worst_found_loss", "nats", "largest loss at the end of a start", r.worst},
        {"rank", "1", "rank of the best unit embedding found",
         set.starts ? (double)rank : (double)NAN},
        {"closed_rank", "1", "C - 1 for C balanced cliques",
         closed.cliques ? (double)closed.groups - 1 : (double)NAN},
        {"claimed_rank", "1", "min(K, C): the rank of the graph's positive part",
         closed.cliques ? fmin((double)k, (double)closed.groups) : (double)NAN},
        {"cosine_between_cliques", "1", "closed form: -1/(C - 1)", closed.cosine},
        {"least_cosine", "1", "least cosine of the best embedding found", cosine},
        {"gram_error", "1", "largest difference of its cosines to the closed form's", gram_error},
        {"laplacian_sine", "1", "its centred rows against the K lowest Laplacian modes",
         laplacian}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    pl_free(closed.gram.a);
    search_free(&r);
    dense_free(&z);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    relation rel = {0};
    pl_status status;
    bool infonce = strcmp(pl_option_text(o, "loss"), "infonce") == 0;
    PL_TRY(relation_new(ctx, o, &rel));
    PL_TRY(infonce ? run_infonce(ctx, o, &rel, out) : run_squared(ctx, o, &rel, out));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    return status;
}

const pl_program pl_spectral_simclr = {
    .name = "simclr",
    .summary = "SimCLR on a graph: low-rank approximation, MDS, ISOMAP; InfoNCE's simplex",
    .details = "The minimum of |ZZ' - G|^2 keeps the K largest signed eigenvalues of G; that of "
               "InfoNCE\nis known on balanced cliques and softmax graphs. Both against L-BFGS.",
    .source = "BL22 sec. 4; THM2, 2m, ISO, 2e, 2g",
    .options = options,
    .columns = low_rank_columns,
    .run = run};
