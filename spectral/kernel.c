/* BL22.KER: VICReg, SimCLR and Barlow Twins with a kernel encoder Z = K_c A, K_c = HKH. */

#include "spectral/kernel.h"

#include <math.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/modes.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("random:12"),
    {"task", PL_OPT_SPEC, "vicreg", 0, 0, "vicreg|simclr|barlow", NULL,
     "vicreg: with a ridge; simclr: low rank on the range of K_c; barlow: tied kernel CCA", 0},
    {"embedding", PL_OPT_INT, "3", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"dim", PL_OPT_INT, "2", 1, 4096, NULL, "D", "columns of generated inputs", 0},
    {"inputs-seed", PL_OPT_SEED, "41", 0, 0, NULL, "S", "X = SM(S).mat(n, D) without --features",
     0},
    {"width", PL_OPT_REAL, "1", 1e-6, 1e6, NULL, "S", "K(x, y) = exp(-|x - y|^2/S^2)", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL,
     "weight of variance and covariance; barlow: of the off-diagonal", 0},
    {"gamma", PL_OPT_REAL, "0.3", 1e-9, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"ridge", PL_OPT_REAL, "0", 0, 1e12, NULL, "R",
     "vicreg: weight of tr(A'K_cA); barlow: delta, its part in the whitening", 0},
    {"starts", PL_OPT_INT, "5", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k", false},
    {"eigenvalue", "1",
     "on the range of K_c, vicreg: of L + (ridge n/(2 gamma)) K_c^+, ascending; simclr: of G; "
     "barlow: rho of K_cGK_ca = rho (K_cDK_c + ridge K_c)a, descending",
     false},
    {"laplacian", "1", "vicreg: lambda_k of L alone", false},
    {"kernel", "1", "eigenvalue of K_c, descending", false},
    {0}};

static pl_status centred_kernel(pl_ctx *ctx, pl_cmat x, double width, kernel *q) {
    pl_status status;
    pl_mat k = {0}, vectors = {0};
    double *values = NULL;
    size_t n = q->n;
    PL_TRY(dense_new(ctx, n, n, &k));
    PL_TRY(dense_new(ctx, n, n, &vectors));
    PL_NEW(ctx, values, n);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++) {
            double square = 0;
            for (size_t c = 0; c < x.cols; c++)
                square += pow(x.a[i * x.ld + c] - x.a[j * x.ld + c], 2);
            k.a[i * n + j] = exp(-square / (width * width));
        }
    dense_centre_both(k);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            k.a[i * n + j] = k.a[j * n + i];
    PL_TRY(dense_eigen(ctx, pl_const(k), false, values, vectors));
    while (q->rank < n && values[q->rank] > 1e-13 * values[0])
        q->rank++;
    if (q->rank > n - 1)
        q->rank = n - 1; /* H takes one dimension, whatever rounding says */
    q->s = values;
    values = NULL;
    PL_TRY(dense_copy(ctx, dense_columns(vectors, q->rank), &q->v));
done:
    dense_free(&k);
    dense_free(&vectors);
    pl_free(values);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    pl_mat x = {0};
    modes low = {0};
    kernel q = {.k = (size_t)pl_option_int(o, "embedding"),
                .alpha = pl_option_real(o, "alpha"),
                .gamma = pl_option_real(o, "gamma"),
                .ridge = pl_option_real(o, "ridge"),
                .starts = (size_t)pl_option_int(o, "starts"),
                .seed = pl_option_seed(o, "seed")};
    const char *task = pl_option_text(o, "task");
    bool vicreg = strcmp(task, "vicreg") == 0;
    PL_TRY(relation_new(ctx, o, &rel));
    q.g = &rel.graph;
    q.regular = rel.facts.regular;
    q.n = rel.graph.nodes;
    if (q.n > 3000) {
        status =
            pl_fail(ctx, PL_EUSAGE, "%zu samples: a kernel matrix is kept for at most 3000", q.n);
        goto done;
    }
    if (rel.features.a)
        PL_TRY(dense_copy(ctx, pl_const(rel.features), &x));
    else
        PL_TRY(splitmix_matrix(ctx, pl_option_seed(o, "inputs-seed"), q.n,
                               (size_t)pl_option_int(o, "dim"), &x));
    PL_TRY(centred_kernel(ctx, pl_const(x), pl_option_real(o, "width"), &q));
    if (q.rank == 0) {
        status = pl_fail(ctx, PL_EDOMAIN, "the inputs are all the same: the centred kernel is 0");
        goto done;
    }
    if (strcmp(task, "barlow") == 0 && (rel.facts.isolated || !rel.facts.nonnegative)) {
        status = pl_fail(ctx, PL_EDOMAIN, "Barlow Twins divides by degrees: none may be 0");
        goto done;
    }
    PL_TRY(vicreg                        ? kernel_vicreg(ctx, &q, out)
           : strcmp(task, "simclr") == 0 ? kernel_simclr(ctx, &q, out)
                                         : kernel_barlow(ctx, &q, out));
    if (vicreg)
        PL_TRY(modes_new(ctx, q.g, MODES_LAPLACIAN, q.rank, &low));
    for (size_t j = 0; j < q.rank; j++)
        PL_TRY(pl_table_add(
            ctx, out,
            (double[]){(double)(j + 1), q.nu[j], vicreg ? low.value[j] : (double)NAN, q.s[j]},
            NULL));
done:
    relation_free(&rel);
    dense_free(&x);
    modes_free(&low);
    pl_free(q.s);
    pl_free(q.nu);
    dense_free(&q.v);
    dense_free(&q.p);
    return status;
}

const pl_program pl_spectral_kernel = {
    .name = "kernel",
    .summary = "kernel encoders: VICReg with a ridge, SimCLR, Barlow Twins as tied kernel CCA",
    .details =
        "Z = K_cA with an RBF kernel: closed forms against the loss and an optimiser over A.",
    .source = "BL22 sec. 3; KER",
    .options = options,
    .columns = columns,
    .run = run};
