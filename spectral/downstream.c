/* BL22.DOWN, DOWNb: the error of a linear probe with intercept depends on the span of the embedding
 * alone; VICReg's is what the target has beyond the lowest modes, and is bounded by the cut value
 * over the spectral gap. */

#include <math.h>
#include <string.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"
#include "spectral/target.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    TARGET_OPTION,
    {"dims", PL_OPT_LIST, "1,2,4,8,33", 1, 3000, NULL, "K,..", "columns of the embeddings", 0},
    {"alpha", PL_OPT_REAL, "1", 1e-9, 1e9, NULL, NULL, "weight of variance and covariance", 0},
    {"gamma", PL_OPT_REAL, "0.01", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {0}};

static const pl_column columns[] = {
    {"embedding", "1", "K", false},
    {"vicreg_error", "1", "|(I - P)Y|^2/n, from the modes: sum over k > rank of |u_k'HY|^2/n",
     false},
    {"vicreg_probe", "1", "the same by fitting [1, Z*] to Y", false},
    {"simclr_error", "1", "SimCLR-squared, from the modes of G", false},
    {"simclr_probe", "1", "the same by fitting [1, Z*] to Y", false},
    {"bound", "1", "tr(Y'LY)/(n lambda_{K+1})", false},
    {"vicreg_rank", "1", "modes that VICReg keeps at this gamma", false},
    {"simclr_rank", "1", "modes that SimCLR keeps", false},
    {"bounded", "1", "1 where the bound's hypotheses hold: eta lambda_K < 1, K < n - 1", false},
    {"determined", "1", "1 where no tied eigenvalue is cut", false},
    {0}};

/* |(I - P_[1,Z])Y|^2/n by an orthonormal basis of [1, Z]. */
static pl_status probe(pl_ctx *ctx, pl_cmat z, pl_cmat y, double *out) {
    pl_status status;
    pl_mat basis = {0}, q = {0}, inner = {0}, rest = {0};
    size_t n = y.rows, rank, most = z.cols + 1 < n ? z.cols + 1 : n;
    PL_TRY(dense_new(ctx, n, z.cols + 1, &basis));
    PL_TRY(dense_new(ctx, n, most, &q));
    for (size_t i = 0; i < n; i++) {
        basis.a[i * basis.ld] = 1;
        for (size_t c = 0; c < z.cols; c++)
            basis.a[i * basis.ld + c + 1] = z.a[i * z.ld + c];
    }
    PL_TRY(pl_orthonormal(ctx, pl_const(basis), 1e-10, q, &rank));
    PL_TRY(dense_new(ctx, rank, y.cols, &inner));
    PL_TRY(dense_copy(ctx, y, &rest));
    pl_cmat span = {q.a, n, rank, q.ld};
    dense_times(1, span, true, y, false, 0, inner);
    dense_times(-1, span, false, pl_const(inner), false, 1, rest);
    *out = dense_square(pl_const(rest)) / (double)n;
done:
    dense_free(&basis);
    dense_free(&q);
    dense_free(&inner);
    dense_free(&rest);
    return status;
}

/* What HY has beyond the first `rank` Laplacian modes: sum over k > rank of |u_k'Y|^2/n. */
static double beyond(const modes *low, pl_cmat y, size_t rank) {
    double sum = 0;
    for (size_t k = rank; k < low->k; k++)
        for (size_t c = 0; c < y.cols; c++) {
            double inner = 0;
            for (size_t i = 0; i < y.rows; i++)
                inner += low->vector.a[i * low->vector.ld + k] * y.a[i * y.ld + c];
            sum += inner * inner;
        }
    return sum / (double)y.rows;
}

/* SimCLR's error from its own modes: Y less its projection on [1, V_r], by the Gram matrix of
 * {1, v_1, .., v_r}, whose only oblique vector is 1. */
static double beyond_constant(const modes *top, pl_cmat y, size_t rank) {
    double n = (double)y.rows, error = 0, outside = n;
    for (size_t k = 0; k < rank; k++) {
        double s = 0;
        for (size_t i = 0; i < y.rows; i++)
            s += top->vector.a[i * top->vector.ld + k];
        outside -= s * s; /* |1 - V V'1|^2 */
    }
    for (size_t c = 0; c < y.cols; c++) {
        double square = 0, along = 0;
        for (size_t i = 0; i < y.rows; i++) {
            square += y.a[i * y.ld + c] * y.a[i * y.ld + c];
            along += y.a[i * y.ld + c];
        }
        for (size_t k = 0; k < rank; k++) {
            double inner = 0, s = 0;
            for (size_t i = 0; i < y.rows; i++) {
                inner += top->vector.a[i * top->vector.ld + k] * y.a[i * y.ld + c];
                s += top->vector.a[i * top->vector.ld + k];
            }
            square -= inner * inner;
            along -= inner * s;
        }
        error += square - (outside > 1e-10 * n ? along * along / outside : 0);
    }
    return error / n;
}

static pl_status embedding_of(pl_ctx *ctx, const modes *m, const double *weight, size_t k,
                              pl_mat *out) {
    pl_status status = dense_new(ctx, m->n, k, out);
    for (size_t i = 0; status == PL_OK && i < m->n; i++)
        for (size_t c = 0; c < k && c < m->k; c++)
            out->a[i * k + c] = sqrt(fmax(weight[c], 0)) * m->vector.a[i * m->vector.ld + c];
    return status;
}

static bool cuts_a_tie(const modes *m, size_t rank) {
    return rank > 0 && rank < m->k && fabs(m->value[rank] - m->value[rank - 1]) < 1e-8 * m->scale;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    modes low = {0}, top = {0};
    pl_mat y = {0}, ly = {0}, z = {0};
    double *mu = NULL;
    size_t count;
    const double *dims = pl_option_list(o, "dims", &count);
    PL_TRY(relation_new(ctx, o, &rel));
    size_t n = rel.graph.nodes;
    if (n > 3000) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu nodes: all modes are needed, for at most 3000", n);
        goto done;
    }
    double eta =
        pl_option_real(o, "gamma") * ((double)n - 1) / (pl_option_real(o, "alpha") * (double)n);
    PL_TRY(target_new(ctx, o, &rel, &y));
    PL_TRY(modes_new(ctx, &rel.graph, MODES_LAPLACIAN, n - 1, &low));
    PL_TRY(modes_new(ctx, &rel.graph, MODES_ADJACENCY, n, &top));
    PL_TRY(dense_new(ctx, n, y.cols, &ly));
    PL_TRY(pl_graph_laplacian(ctx, &rel.graph, pl_const(y), ly));
    PL_NEW(ctx, mu, n);
    double cut = dense_inner(pl_const(y), pl_const(ly)) / (double)n;
    for (size_t k = 0; k < n - 1; k++)
        mu[k] = 1 - eta * low.value[k];
    for (size_t d = 0; d < count; d++) {
        size_t k = (size_t)dims[d], kept = 0, positive = modes_positive(&top);
        double vicreg, simclr;
        if (k > n - 1) {
            status =
                pl_fail(ctx, PL_EUSAGE, "--dims %zu: at most %zu modes on %zu nodes", k, n - 1, n);
            goto done;
        }
        while (kept < k && mu[kept] > 1e-12)
            kept++;
        size_t r = k < positive ? k : positive;
        PL_TRY(embedding_of(ctx, &low, mu, k, &z));
        PL_TRY(probe(ctx, pl_const(z), pl_const(y), &vicreg));
        dense_free(&z);
        PL_TRY(embedding_of(ctx, &top, top.value, r, &z));
        PL_TRY(probe(ctx, pl_const(z), pl_const(y), &simclr));
        dense_free(&z);
        bool bounded = k < n - 1 && kept == k && low.value[k] > 1e-10 * low.scale;
        PL_TRY(pl_table_add(ctx, out,
                            (double[]){(double)k, beyond(&low, pl_const(y), kept), vicreg,
                                       beyond_constant(&top, pl_const(y), r), simclr,
                                       bounded ? cut / low.value[k] : (double)NAN, (double)kept,
                                       (double)r, bounded,
                                       !cuts_a_tie(&low, kept) && !cuts_a_tie(&top, r)},
                            NULL));
    }
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    relation_free(&rel);
    modes_free(&low);
    modes_free(&top);
    dense_free(&y);
    dense_free(&ly);
    dense_free(&z);
    pl_free(mu);
    return status;
}

const pl_program pl_spectral_downstream = {
    .name = "downstream",
    .summary = "linear probes: what VICReg and SimCLR leave of a target, against its bound",
    .details = "The error from the modes, and by a fit of [1, Z*]; --labels of a user's --features "
               "are the target.",
    .source = "BL22 sec. 6; DOWN, DOWNb",
    .options = options,
    .columns = columns,
    .run = run};
