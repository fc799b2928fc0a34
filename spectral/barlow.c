/* BL22, Barlow Twins: under hard whitening the embedding is the top of the normalised adjacency
 * matrix (canonical correlation); with up to c columns the loss itself is 0, constant on the c
 * components. Beyond, the soft loss finds lower values than whitening, and other subspaces. */

#include <math.h>

#include "math/subspace.h"
#include "spectral/dense.h"
#include "spectral/embedding.h"
#include "spectral/modes.h"
#include "spectral/relation.h"
#include "spectral/search.h"
#include "spectral/spectral.h"
#include "spectral/whitened.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"embedding", PL_OPT_INT, "4", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"alpha", PL_OPT_REAL, "0.05", 0, 1e9, NULL, NULL, "weight of the off-diagonal terms", 0},
    {"centred", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "centre columns first, as BatchNorm does", 0},
    {"starts", PL_OPT_INT, "10", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k, from the largest eigenvalue", false},
    {"eigenvalue", "1", "a_k of D^-1/2 G D^-1/2: the k-th canonical correlation", false},
    {"found_correlation", "1", "eigenvalue of C at the best whitened embedding found", false},
    {0}};

typedef struct barlow {
    const relation *rel;
    pl_spectral_loss loss;
    size_t n, k;
    modes m;
    size_t zero_columns; /* c, or c - 1 when centred: so many columns have loss 0 */
} barlow;

/* Z = D^-1/2 V R with Z'DZ = I: the whitened optimum, at which the soft loss is the same number. */
static pl_status whitened_embedding(pl_ctx *ctx, const barlow *b, pl_mat *out) {
    pl_status status;
    pl_mat r = {0}, z = {0};
    PL_TRY(whitened_rotation(ctx, b->m.value, b->k, b->loss.alpha, &r));
    PL_TRY(dense_new(ctx, b->n, b->k, &z));
    dense_times(1, pl_const(b->m.vector), false, pl_const(r), false, 0, z);
    for (size_t i = 0; i < b->n; i++)
        for (size_t c = 0; c < b->k; c++)
            z.a[i * b->k + c] /= sqrt(b->rel->graph.degree[i]);
    *out = z;
    z = (pl_mat){0};
done:
    dense_free(&r);
    dense_free(&z);
    return status;
}

static pl_status check_whitened(pl_ctx *ctx, const pl_options *o, const barlow *b, double *found,
                                pl_table *out) {
    pl_status status;
    pl_mat z = {0}, a = {0}, y = {0}, c = {0}, ay = {0};
    double at, best = NAN, sine = NAN;
    size_t starts = (size_t)pl_option_int(o, "starts");
    PL_TRY(whitened_embedding(ctx, b, &z));
    PL_TRY(pl_spectral_loss_at(ctx, &b->loss, &b->rel->graph, pl_const(z), &at, (pl_mat){0}));
    if (starts && b->n <= 500) {
        const pl_graph *g = &b->rel->graph;
        PL_TRY(dense_new(ctx, b->n, b->n, &a));
        PL_TRY(dense_new(ctx, b->n, b->k, &y));
        PL_TRY(dense_new(ctx, b->n, b->k, &ay));
        PL_TRY(dense_new(ctx, b->k, b->k, &c));
        PL_TRY(pl_graph_dense(ctx, g, a));
        for (size_t i = 0; i < b->n; i++)
            for (size_t j = 0; j < b->n; j++) {
                double d = sqrt(g->degree[i] * g->degree[j]);
                a.a[i * b->n + j] = a.a[i * b->n + j] / d - (b->loss.centred ? d / g->total : 0);
            }
        PL_TRY(whitened_search(ctx, pl_const(a), b->k, b->loss.alpha, starts,
                               pl_option_seed(o, "seed"), &best, y));
        dense_times(1, pl_const(a), false, pl_const(y), false, 0, ay);
        dense_times(1, pl_const(y), true, pl_const(ay), false, 0, c);
        PL_TRY(dense_eigen(ctx, pl_const(c), false, found, (pl_mat){0}));
        PL_TRY(embedding_sandwich(ctx, &b->m, pl_const(y), b->k, 0.5, &sine));
    }
    const pl_summary list[] = {
        {"closed_form_loss", "1", "least whitened loss, the formula",
         whitened_minimum(b->m.value, b->k, b->loss.alpha)},
        {"loss_at_closed_form", "1", "the loss itself at D^-1/2 V R", at},
        {"best_whitened_loss", "1", "least whitened loss that was found", best},
        {"subspace_sine", "1", "its angle to the leading modes", sine}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    dense_free(&z);
    dense_free(&a);
    dense_free(&y);
    dense_free(&c);
    dense_free(&ay);
    return status;
}

/* Columns scaled to z'Dz = 1: the gauge of the cosines. */
static void unit_columns(const pl_graph *g, pl_mat z) {
    for (size_t c = 0; c < z.cols; c++) {
        double q = 0;
        for (size_t i = 0; i < z.rows; i++)
            q += g->degree[i] * z.a[i * z.ld + c] * z.a[i * z.ld + c];
        dense_scale_column(z, c, 1 / sqrt(q));
    }
}

/* Largest distance of a node from its component's mean, unit columns. */
static pl_status spread(pl_ctx *ctx, const pl_graph *g, pl_cmat z, double *out) {
    pl_status status;
    size_t *component = NULL, count;
    double *sum = NULL;
    *out = 0;
    PL_NEW(ctx, component, g->nodes);
    PL_TRY(pl_graph_components(ctx, g, component, &count));
    PL_NEW(ctx, sum, 2 * count);
    for (size_t c = 0; c < z.cols; c++) {
        for (size_t k = 0; k < 2 * count; k++)
            sum[k] = 0;
        for (size_t i = 0; i < z.rows; i++) {
            sum[component[i]] += z.a[i * z.ld + c];
            sum[count + component[i]] += 1;
        }
        for (size_t i = 0; i < z.rows; i++)
            *out =
                fmax(*out, fabs(z.a[i * z.ld + c] - sum[component[i]] / sum[count + component[i]]));
    }
done:
    pl_free(component);
    pl_free(sum);
    return status;
}

/* rank of the projection of y on the range of the normalised adjacency matrix */
static pl_status projected_rank(pl_ctx *ctx, const barlow *b, pl_cmat y, size_t *rank,
                                size_t *matrix) {
    pl_status status;
    modes all = {0};
    pl_mat inner = {0};
    size_t used = 0;
    PL_TRY(modes_new(ctx, &b->rel->graph, MODES_NORMALISED, b->n, &all));
    *matrix = modes_rank(&all);
    PL_TRY(dense_new(ctx, b->n, b->k, &inner));
    for (size_t c = 0; c < b->n; c++) {
        if (fabs(all.value[c]) <= 1e-10 * all.scale)
            continue;
        for (size_t j = 0; j < b->k; j++)
            for (size_t i = 0; i < b->n; i++)
                inner.a[used * b->k + j] += all.vector.a[i * b->n + c] * y.a[i * y.ld + j];
        used++;
    }
    PL_TRY(dense_rank(ctx, (pl_cmat){inner.a, used, b->k, b->k}, 2e-2, rank));
done:
    modes_free(&all);
    dense_free(&inner);
    return status;
}

static pl_status check_soft(pl_ctx *ctx, const pl_options *o, const barlow *b, pl_table *out) {
    pl_status status;
    search_result r = {.best = NAN, .worst = NAN, .gradient = NAN};
    pl_mat ones = {0}, y = {0};
    const pl_graph *g = &b->rel->graph;
    double collapsed = NAN, cosine = NAN, apart = NAN;
    size_t rank = 0, projected = 0, matrix = 0;
    search_settings set = {
        (size_t)pl_option_int(o, "starts"), pl_option_seed(o, "seed"), 1, {0}, 0};
    bool searched = set.starts > 0 && b->n <= 3000;
    PL_TRY(dense_new(ctx, b->n, b->k, &ones));
    for (size_t i = 0; i < b->n * b->k; i++)
        ones.a[i] = 1;
    if (!b->loss.centred)
        PL_TRY(pl_spectral_loss_at(ctx, &b->loss, g, pl_const(ones), &collapsed, (pl_mat){0}));
    if (searched) {
        PL_TRY(search_minimum(ctx, &b->loss, g, b->k, &set, &r));
        if (b->loss.centred) {
            PL_TRY(dense_copy(ctx, pl_const(r.z), &y));
            embedding_centre(y, g);
            for (size_t i = 0; i < b->n; i++)
                for (size_t c = 0; c < b->k; c++)
                    r.z.a[i * b->k + c] = y.a[i * b->k + c] / sqrt(g->degree[i]);
        }
        unit_columns(g, r.z);
        PL_TRY(spread(ctx, g, pl_const(r.z), &apart));
        PL_TRY(dense_rank(ctx, pl_const(r.z), 2e-2, &rank));
        for (size_t i = 0; i < b->n; i++)
            for (size_t c = 0; c < b->k; c++)
                r.z.a[i * b->k + c] *= sqrt(g->degree[i]);
        PL_TRY(projected_rank(ctx, b, pl_const(r.z), &projected, &matrix));
        cosine = 0;
        for (size_t p = 0; p < b->k; p++)
            for (size_t q = 0; q < p; q++) {
                double inner = 0;
                for (size_t i = 0; i < b->n; i++)
                    inner += r.z.a[i * b->k + p] * r.z.a[i * b->k + q];
                cosine = fmax(cosine, fabs(inner));
            }
    }
    bool zero = b->k <= b->zero_columns;
    const pl_summary list[] = {
        {"best_found_loss", "1", "least soft loss of all starts", r.best},
        {"softness", "1", "least whitened loss less the least soft loss",
         whitened_minimum(b->m.value, b->k, b->loss.alpha) - r.best},
        {"worst_found_loss", "1", "largest at the end of a start", r.worst},
        {"gradient_norm", "1", "|gradient| at the best", r.gradient},
        {"collapsed_loss", "1", "all columns constant: alpha K (K - 1)", collapsed},
        {"column_cosine", "1", "largest D-cosine of two columns of the best, modulus", cosine},
        {"component_spread", "1", "largest distance from the component's mean", apart},
        {"zero_columns", "1", "so many columns have loss 0: the components (centred: less one)",
         (double)b->zero_columns},
        {"zero_applies", "1", "1: K is not beyond that", zero},
        {"rank", "1", "rank of the best soft embedding", searched ? (double)rank : (double)NAN},
        {"projected_rank", "1", "of its projection on the range of G",
         searched ? (double)projected : (double)NAN},
        {"matrix_rank", "1", "rank of G", searched ? (double)matrix : (double)NAN}};
    PL_TRY(pl_table_summarise_list(ctx, out, list, sizeof list / sizeof *list));
done:
    search_free(&r);
    dense_free(&ones);
    dense_free(&y);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    double *found = NULL;
    barlow b = {.rel = &rel, .k = (size_t)pl_option_int(o, "embedding")};
    PL_TRY(relation_new(ctx, o, &rel));
    b.n = rel.graph.nodes;
    b.loss = (pl_spectral_loss){.kind = PL_BARLOW_TWINS,
                                .alpha = pl_option_real(o, "alpha"),
                                .centred = pl_option_flag(o, "centred")};
    b.zero_columns = rel.facts.components - (b.loss.centred ? 1 : 0);
    if (rel.facts.isolated || !rel.facts.nonnegative) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "Barlow Twins divides by the degrees: %zu of them are 0, or some weight "
                         "is negative",
                         rel.facts.isolated);
        goto done;
    }
    if (b.k > b.n - 1) {
        status = pl_fail(ctx, PL_EUSAGE,
                         "--embedding %zu: whitened columns are orthogonal, and "
                         "%zu nodes have room for %zu",
                         b.k, b.n, b.n - 1);
        goto done;
    }
    /* centred: the mode a = 1 along D^1/2 1 is gone; 1 - (eigenvalue of I - A) are the others */
    PL_TRY(modes_new(ctx, &rel.graph, b.loss.centred ? MODES_CUT : MODES_NORMALISED, b.k, &b.m));
    PL_NEW(ctx, found, b.k);
    for (size_t c = 0; c < b.k; c++) {
        b.m.value[c] = b.loss.centred ? 1 - b.m.value[c] : b.m.value[c];
        found[c] = NAN;
    }
    b.m.next = b.loss.centred ? 1 - b.m.next : b.m.next;
    PL_TRY(check_whitened(ctx, o, &b, found, out));
    PL_TRY(check_soft(ctx, o, &b, out));
    for (size_t c = 0; c < b.k; c++)
        PL_TRY(pl_table_add(ctx, out, (double[]){(double)(c + 1), b.m.value[c], found[c]}, NULL));
    PL_TRY(relation_summarise(ctx, &rel, out));
done:
    modes_free(&b.m);
    relation_free(&rel);
    pl_free(found);
    return status;
}

const pl_program pl_spectral_barlow = {
    .name = "barlow",
    .summary = "Barlow Twins on a graph: whitened (canonical correlations) and soft",
    .details = "The minimum under Z'DZ = I in closed form and by descent on the Stiefel manifold; "
               "the soft\nloss by L-BFGS.",
    .source = "BL22 sec. 5; THM3a, 3b",
    .options = options,
    .columns = columns,
    .run = run};
