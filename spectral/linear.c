/* BL22, the linear regime: VICReg recovers LPP, LDA and least squares, SimCLR low-rank regression
 * and PCA, Barlow Twins canonical correlation. */

#include "spectral/linear.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "spectral/dense.h"
#include "spectral/relation.h"
#include "spectral/spectral.h"

static const pl_option options[] = {
    RELATION_OPTIONS("karate"),
    {"task", PL_OPT_SPEC, "vicreg", 0, 0, "vicreg|simclr|pca|barlow|cca", NULL,
     "vicreg: LPP, LDA, least squares; simclr: low rank; pca: the same with G = XX'; barlow: tied "
     "CCA; cca: two encoders",
     0},
    {"embedding", PL_OPT_INT, "3", 1, 4096, NULL, "K", "columns of the embedding", 0},
    {"inputs", PL_OPT_SPEC, "random", 0, 0, "random|classes", NULL,
     "X without --features: SM(S).mat(n, D), or classes: SM(21).mat + 0.8 Y SM(22).mat, Y the "
     "graph's components",
     0},
    {"inputs-seed", PL_OPT_SEED, "11", 0, 0, NULL, "S", "seed of random inputs", 0},
    {"dim", PL_OPT_INT, "5", 1, 4096, NULL, "D", "columns of generated inputs", 0},
    {"alpha", PL_OPT_REAL, "1", 0, 1e9, NULL, NULL,
     "weight of variance and covariance; barlow, cca: of the off-diagonal", 0},
    {"gamma", PL_OPT_REAL, "0.3", 0, 1e12, NULL, NULL, "weight of the invariance term", 0},
    {"starts", PL_OPT_INT, "10", 0, 10000, NULL, NULL, "random starts of the optimiser", 0},
    {"seed", PL_OPT_SEED, "1", 0, 0, NULL, NULL, "seed of the starts", 0},
    {0}};

static const pl_column columns[] = {
    {"mode", "1", "k", false},
    {"eigenvalue", "1",
     "vicreg: eps of X'LXw = eps (X'HX/nu) w, ascending; simclr, pca: of U'GU; barlow: rho of "
     "X'GXw = rho X'DXw; cca: rho",
     false},
    {"second", "1",
     "vicreg: within-to-total ratio of LDA; pca: squared singular value of X; barlow, cca: "
     "canonical correlation, by another way",
     false},
    {"scaled", "1", "vicreg: eps/nu; barlow: |rho| in order", false},
    {0}};

pl_status thin_svd_new(pl_ctx *ctx, pl_cmat x, bool centred, thin_svd *out) {
    pl_status status;
    thin_svd t = {0};
    pl_mat copy = {0};
    size_t r = x.rows < x.cols ? x.rows : x.cols, most = x.rows > x.cols ? x.rows : x.cols;
    PL_TRY(dense_copy(ctx, x, &copy));
    if (centred)
        dense_centre(copy);
    PL_TRY(dense_new(ctx, x.rows, r, &t.u));
    PL_TRY(dense_new(ctx, x.cols, r, &t.v));
    PL_NEW(ctx, t.s, r);
    PL_TRY(dense_svd(ctx, pl_const(copy), t.u, t.s, t.v));
    while (t.rank < r && t.s[t.rank] > DBL_EPSILON * (double)most * t.s[0])
        t.rank++;
    if (t.rank == 0) {
        status = pl_fail(ctx, PL_EDOMAIN, "the inputs are all the same: their rank is 0");
        goto done;
    }
    t.u.cols = t.v.cols = t.rank;
    *out = t;
    t = (thin_svd){0};
done:
    thin_svd_free(&t);
    dense_free(&copy);
    return status;
}

void thin_svd_free(thin_svd *t) {
    dense_free(&t->u);
    dense_free(&t->v);
    pl_free(t->s);
    *t = (thin_svd){0};
}

pl_status thin_svd_weights(pl_ctx *ctx, const thin_svd *t, pl_cmat p, pl_mat *out) {
    pl_status status;
    pl_mat scaled = {0}, w = {0};
    PL_TRY(dense_copy(ctx, p, &scaled));
    PL_TRY(dense_new(ctx, t->v.rows, p.cols, &w));
    for (size_t i = 0; i < t->rank; i++)
        for (size_t j = 0; j < p.cols; j++)
            scaled.a[i * p.cols + j] /= t->s[i];
    dense_times(1, pl_const(t->v), false, pl_const(scaled), false, 0, w);
    *out = w;
    w = (pl_mat){0};
done:
    dense_free(&scaled);
    dense_free(&w);
    return status;
}

/* One-hot labels: a user's, or the graph's components when inputs are made from classes. */
static pl_status one_hot(pl_ctx *ctx, const relation *rel, bool components, pl_mat *out) {
    pl_status status = PL_OK;
    size_t *component = NULL, classes = rel->classes;
    const size_t *label = rel->label;
    if (components) {
        PL_NEW(ctx, component, rel->graph.nodes);
        PL_TRY(pl_graph_components(ctx, &rel->graph, component, &classes));
        label = component;
    }
    if (!label)
        goto done;
    PL_TRY(dense_new(ctx, rel->graph.nodes, classes, out));
    for (size_t i = 0; i < rel->graph.nodes; i++)
        if (label[i] != SIZE_MAX)
            out->a[i * classes + label[i]] = 1;
done:
    pl_free(component);
    return status;
}

static pl_status make_inputs(pl_ctx *ctx, const pl_options *o, const relation *rel, linear *l) {
    pl_status status;
    pl_mat means = {0};
    bool classes = strcmp(pl_option_text(o, "inputs"), "classes") == 0 && !rel->features.a;
    uint64_t seed = classes ? 21 : pl_option_seed(o, "inputs-seed");
    PL_TRY(one_hot(ctx, rel, classes, &l->y));
    if (rel->features.a) {
        PL_TRY(dense_copy(ctx, pl_const(rel->features), &l->x));
    } else {
        PL_TRY(splitmix_matrix(ctx, seed, l->n, (size_t)pl_option_int(o, "dim"), &l->x));
    }
    if (classes) {
        PL_TRY(splitmix_matrix(ctx, 22, l->y.cols, l->x.cols, &means));
        dense_times(0.8, pl_const(l->y), false, pl_const(means), false, 1, l->x);
    }
    l->dim = l->x.cols;
done:
    dense_free(&means);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    relation rel = {0};
    pl_graph gram = {0};
    pl_mat xx = {0};
    const char *task = pl_option_text(o, "task");
    linear l = {.k = (size_t)pl_option_int(o, "embedding"),
                .starts = (size_t)pl_option_int(o, "starts"),
                .seed = pl_option_seed(o, "seed"),
                .alpha = pl_option_real(o, "alpha"),
                .gamma = pl_option_real(o, "gamma")};
    if (strcmp(task, "cca") == 0)
        return linear_cca(ctx, &l, out);
    PL_TRY(relation_new(ctx, o, &rel));
    l.g = &rel.graph;
    l.n = rel.graph.nodes;
    if (l.n > 20000) {
        status = pl_fail(ctx, PL_EUSAGE, "%zu samples: linear takes at most 20000", l.n);
        goto done;
    }
    PL_TRY(make_inputs(ctx, o, &rel, &l));
    if (strcmp(task, "vicreg") == 0) {
        if (!(l.alpha > 0)) {
            status = pl_fail(ctx, PL_EUSAGE, "--alpha is 0, expected > 0 for VICReg");
            goto done;
        }
        PL_TRY(linear_vicreg(ctx, &l, out));
    } else if (strcmp(task, "barlow") == 0) {
        if (rel.facts.isolated || !rel.facts.nonnegative) {
            status = pl_fail(ctx, PL_EDOMAIN, "Barlow Twins divides by degrees: none may be 0");
            goto done;
        }
        PL_TRY(linear_barlow(ctx, &l, out));
    } else {
        if (strcmp(task, "pca") == 0) { /* the relation is the inputs' own Gram matrix */
            PL_TRY(dense_new(ctx, l.n, l.n, &xx));
            dense_times(1, pl_const(l.x), false, pl_const(l.x), true, 0, xx);
            for (size_t i = 0; i < l.n; i++)
                for (size_t j = 0; j < i; j++)
                    xx.a[i * l.n + j] = xx.a[j * l.n + i];
            PL_TRY(pl_graph_from_dense(ctx, pl_const(xx), &gram));
            l.g = &gram;
        }
        PL_TRY(linear_simclr(ctx, &l, out));
    }
done:
    relation_free(&rel);
    pl_graph_free(&gram);
    dense_free(&xx);
    dense_free(&l.x);
    dense_free(&l.y);
    return status;
}

const pl_program pl_spectral_linear = {
    .name = "linear",
    .summary = "linear encoders: LPP, LDA, least squares, PCA and CCA recovered",
    .details = "Z = XW: generalised eigenproblems by the singular vectors of X, against the loss, "
               "L-BFGS, and\nthe classical methods each computed on its own.",
    .source = "BL22 sec. 3-5; LIN1, LIN1f, LIN2, LIN2p, LIN3, LDA, SUP, CCA",
    .options = options,
    .columns = columns,
    .run = run};
