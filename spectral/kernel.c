/* BL22.KER: VICReg with a kernel encoder Z = K_c A, K_c = HKH, and a ridge rho tr(A'K_cA): the
 * closed form of the embedding with L + (rho n/(2 gamma)) K_c^+ in place of L on the range of K_c.
 */

#include <math.h>

#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("random:12"),
    {"embedding", PL_OPT_INT, "3", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"dim", PL_OPT_INT, "2", 1, 4096, NULL, "D", "columns of generated inputs", 0},
    {"inputs-seed", PL_OPT_SEED, "41", 0, 0, NULL, "S", "X = SM(S).mat(n, D) without --features",
     0},
    {"width", PL_OPT_REAL, "1", 1e-6, 1e6, NULL, "S", "K(x, y) = exp(-|x - y|^2/S^2)", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of variance and covariance", 0},
    {"gamma", PL_OPT_REAL, "0.3", 1e-9, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"ridge", PL_OPT_REAL, "0", 0, 1e12, NULL, "R", "weight of tr(A'K_cA)", 0},
    {"starts", PL_OPT_INT, "5", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k", false},
    {"eigenvalue", "1", "of L + (ridge n/(2 gamma)) K_c^+ on the range of K_c, ascending", false},
    {"laplacian", "1", "lambda_k of L alone", false},
    {"kernel", "1", "eigenvalue of K_c, descending", false},
    {0}};

typedef struct kernel {
    const pl_graph *g;
    size_t n, k, rank;
    double alpha, gamma, ridge;
    double *s;  /* eigenvalues of K_c above the cut, descending */
    pl_mat v;   /* n x rank                                     */
    double *nu; /* eigenvalues of the regularised Laplacian     */
    pl_mat p;   /* rank x rank, its eigenvectors                */
} kernel;

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

/* V'LV + (ridge n/(2 gamma)) S^-1. */
static pl_status regularised(pl_ctx *ctx, kernel *q) {
    pl_status status;
    pl_mat lv = {0}, a = {0};
    size_t r = q->rank;
    PL_TRY(dense_new(ctx, q->n, r, &lv));
    PL_TRY(dense_new(ctx, r, r, &a));
    PL_TRY(dense_new(ctx, r, r, &q->p));
    PL_NEW(ctx, q->nu, r);
    PL_TRY(pl_graph_laplacian(ctx, q->g, pl_const(q->v), lv));
    dense_times(1, pl_const(q->v), true, pl_const(lv), false, 0, a);
    for (size_t i = 0; i < r; i++)
        a.a[i * r + i] += q->ridge * (double)q->n / (2 * q->gamma) / q->s[i];
    for (size_t i = 0; i < r; i++)
        for (size_t j = 0; j < i; j++)
            a.a[i * r + j] = a.a[j * r + i] = (a.a[i * r + j] + a.a[j * r + i]) / 2;
    PL_TRY(dense_eigen(ctx, pl_const(a), true, q->nu, q->p));
done:
    dense_free(&lv);
    dense_free(&a);
    return status;
}

/* Z* = sqrt(nu) V P diag(sqrt mu), its loss and ridge: tr(A'K_cA) = tr(Z'K_c^+Z). */
static pl_status check(pl_ctx *ctx, const pl_options *o, const kernel *q, pl_table *out) {
    pl_status status;
    pl_mat c = {0}, z = {0}, basis = {0};
    size_t kept = q->k < q->rank ? q->k : q->rank;
    double nu = (double)q->n - 1, eta = q->gamma * nu / (q->alpha * (double)q->n);
    double closed = q->alpha * (double)q->k, ridge = 0, at, found = NAN, worst = NAN, plain = NAN;
    pl_spectral_loss loss = {PL_VICREG_SQUARED, q->alpha, q->alpha, q->gamma, 0, nu, 0, false};
    search_result best = {0};
    modes low = {0};
    PL_TRY(dense_new(ctx, q->rank, q->k, &c));
    PL_TRY(dense_new(ctx, q->n, q->k, &z));
    for (size_t j = 0; j < kept; j++) {
        double mu = fmax(1 - eta * q->nu[j], 0);
        closed -= q->alpha * mu * mu;
        for (size_t i = 0; i < q->rank; i++) {
            double w = sqrt(nu * mu) * q->p.a[i * q->rank + j];
            c.a[i * q->k + j] = w;
            ridge += q->ridge * w * w / q->s[i];
        }
    }
    dense_times(1, pl_const(q->v), false, pl_const(c), false, 0, z);
    PL_TRY(pl_spectral_loss_at(ctx, &loss, q->g, pl_const(z), &at, (pl_mat){0}));
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 1, {0}, 0};
    if (set.starts) { /* over W = S^1/2 V'A: Z = V S^1/2 W, tr(A'K_cA) = |W|^2 */
        PL_TRY(dense_copy(ctx, pl_const(q->v), &basis));
        for (size_t i = 0; i < q->rank; i++)
            dense_scale_column(basis, i, sqrt(q->s[i]));
        set.basis = pl_const(basis);
        set.ridge = q->ridge;
        PL_TRY(search_minimum(ctx, &loss, q->g, q->k, &set, &best));
        found = best.best;
        worst = best.worst;
    }
    if (q->ridge == 0 && q->rank == q->n - 1) { /* nothing is lost: the free embedding's minimum */
        PL_TRY(modes_new(ctx, q->g, MODES_LAPLACIAN, kept, &low));
        plain = q->alpha * (double)q->k;
        for (size_t j = 0; j < kept; j++)
            plain -= q->alpha * pow(fmax(1 - eta * low.value[j], 0), 2);
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "L*, the formula", closed},
        {"loss_at_closed_form", "1", "loss and ridge at K_cA*", at + ridge},
        {"best_found_loss", "1", "least loss of all starts over A", found},
        {"worst_found_loss", "1", "largest at the end of a start", worst},
        {"free_loss", "1", "minimum without a kernel; nan: ridge > 0, or K_c loses a direction",
         plain},
        {"kernel_rank", "1", "rank of K_c", (double)q->rank},
        {"condition", "1", "of K_c on its range", q->s[0] / q->s[q->rank - 1]}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&c);
    dense_free(&z);
    dense_free(&basis);
    search_free(&best);
    modes_free(&low);
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
                .ridge = pl_option_real(o, "ridge")};
    PL_TRY(relation_new(ctx, o, &rel));
    q.g = &rel.graph;
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
    PL_TRY(regularised(ctx, &q));
    PL_TRY(modes_new(ctx, q.g, MODES_LAPLACIAN, q.rank, &low));
    PL_TRY(check(ctx, o, &q, out));
    for (size_t j = 0; j < q.rank; j++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)(j + 1), q.nu[j], low.value[j], q.s[j]},
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
    .summary = "kernel encoders: VICReg's closed form with a ridge",
    .details = "Z = K_cA with an RBF kernel, against the loss and L-BFGS over A.",
    .source = "BL22 sec. 3; KER",
    .options = options,
    .columns = columns,
    .run = run};
