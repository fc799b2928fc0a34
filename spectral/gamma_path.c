/* BL22.RANK along the invariance weight: the singular values of the optimal embedding, and where
 * each loss loses a dimension. VICReg's vanish one by one at gamma/alpha = n/(nu lambda_k), the
 * hinge's together, those of SimCLR and whitened Barlow Twins never. */

#include <math.h>

#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"
#include "spectral/vicreg_closed.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "6", 1, 256, NULL, "K", "columns of the embedding", 0},
    {"gammas", PL_OPT_LIST, "0.0625..16", 1e-9, 1e9, NULL, "G,..",
     "invariance weights over the variance's, rising", 0},
    {"ratio", PL_OPT_REAL, "25", 8, 1e6, NULL, NULL, "alpha/beta of the hinge", 0},
    {0}};

static const pl_column columns[] = {
    {"gamma", "1", "gamma/alpha", false},
    {"mode", "1", "k", false},
    {"squared", "1", "singular value of HZ*, squared variance, alpha = beta", false},
    {"hinge", "1", "the same, the paper's hinge", false},
    {"threshold", "1", "n/(nu lambda_k): where the squared one vanishes; nan: never", false},
    {"squared_rank", "1", "singular values > 0 at this gamma", false},
    {"hinge_rank", "1", "the same", false},
    {"simclr_rank", "1", "min(K, n+)", false},
    {"barlow_rank", "1", "K, under hard whitening", false},
    {0}};

static size_t rank_of(const double *sigma, size_t k) {
    size_t rank = 0;
    for (size_t i = 0; i < k; i++)
        rank += sigma[i] > 1e-10;
    return rank;
}

/* Eigenvalues of Cov(Z*) at gamma/alpha = gamma: squared variance, and the hinge. */
static void minima(double gamma, double ratio, size_t n, const double *lambda, size_t k,
                   double *squared, double *hinge) {
    double nu = (double)n - 1, kappa = 2 * gamma * nu / (double)n;
    pl_spectral_loss loss = {PL_VICREG_SQUARED, 1, 1, gamma, 0, nu, 0, false};
    vicreg_optimum at;
    vicreg_minimum(&loss, kappa, lambda, k, k, squared, &at);
    loss = (pl_spectral_loss){PL_VICREG_HINGE, ratio, 1, ratio * gamma, 0, nu, 0, false};
    vicreg_minimum(&loss, ratio * kappa, lambda, k, k, hinge, &at);
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    modes low = {0}, top = {0};
    double *squared = NULL, *hinge = NULL;
    size_t count, k = (size_t)pl_option_int(o, "embedding");
    const double *gammas = pl_option_list(o, "gammas", &count);
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    double nu = (double)n - 1, ratio = pl_option_real(o, "ratio");
    if (k > n - 1) {
        status =
            pl_fail(ctx, PL_EUSAGE, "--embedding %zu: %zu nodes leave room for %zu", k, n, n - 1);
        goto done;
    }
    PL_TRY(modes_new(ctx, &rel.graph, MODES_LAPLACIAN, k, &low));
    PL_TRY(modes_new(ctx, &rel.graph, MODES_ADJACENCY, k, &top));
    PL_NEW(ctx, squared, k);
    PL_NEW(ctx, hinge, k);
    for (size_t j = 0; j < k; j++)
        low.value[j] = fmax(low.value[j], 0);
    size_t positive = 0;
    while (positive < k && top.value[positive] > 1e-10 * top.scale)
        positive++;
    for (size_t j = 0; j < k; j++) { /* mode by mode: a curve's points stand together */
        double lambda = low.value[j];
        double threshold = lambda > 1e-10 * low.scale ? (double)n / (nu * lambda) : (double)NAN;
        for (size_t g = 0; g < count; g++) {
            minima(gammas[g], ratio, n, low.value, k, squared, hinge);
            PL_TRY(
                pl_table_add(ctx, out,
                             (double[]){gammas[g], (double)(j + 1), sqrt(nu * squared[j]),
                                        sqrt(nu * hinge[j]), threshold, (double)rank_of(squared, k),
                                        (double)rank_of(hinge, k), (double)positive, (double)k},
                             NULL));
        }
    }
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    modes_free(&low);
    modes_free(&top);
    pl_free(squared);
    pl_free(hinge);
    return status;
}

const pl_program pl_spectral_gamma_path = {
    .name = "gamma-path",
    .summary = "singular values and rank of the optimum against the invariance weight",
    .details = "VICReg's modes vanish at gamma/alpha = n/(nu lambda_k); the hinge's, SimCLR's and "
               "whitened\nBarlow Twins' ranks beside them, all in closed form.",
    .source = "BL22, RANK, THM1, THM1h",
    .options = options,
    .columns = columns,
    .run = run};
