/* The spectral contrastive loss in its two forms (XUE23 app. A, with its typographical errors
 * repaired): of moments, L = -2 tr(W P W') + |W Q W'|^2, and of embeddings and pairs; their
 * gradients, joined by the chain rule, and checked by central differences. Beside them what the
 * paper prints otherwise: beta on the other loss, and the positives of the other loss. */

#include <cblas.h>
#include <math.h>

#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"
#include "ssl/moment_losses.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    {"loss", PL_OPT_SPEC, "scl", 0, 1, "scl|ucl|joint:BETA", NULL,
     "supervised, unsupervised, or BETA of the first and the rest of the second", 0},
    {"embedding", PL_OPT_INT, "2", 1, 4096, NULL, "p", "dimension of the embedding", 0},
    XUE23_FILE_OPTIONS,
    {"data", PL_OPT_TEXT, "cos-5x6", 0, 0, NULL, "model|cos-5x6|cos-5x9|cos-9x6",
     "a set of the model, or cos(1 + 3i + 2j + ij)", 0},
    {"difference", PL_OPT_REAL, "1e-6", 1e-12, 1, NULL, "h", "step of the central differences", 0},
    {0}};

static const pl_column columns[] = {{"row", "1", "row of W", false},
                                    {"column", "1", "column of W", false},
                                    {"gradient", "1", "dL/dW from the moments", false},
                                    {"chained", "1", "(dL/dF)^T X from the pairs", false},
                                    {"quotient", "1", "central difference of the loss", false},
                                    {0}};

/* The pieces of one loss on one problem. */
typedef struct pieces {
    double *s, *nu, *p, *q, *f, *df, *w, *gradient, *chained;
    size_t n, d, e;
} pieces;

static void pieces_free(pieces *t) {
    double *const all[] = {t->s, t->nu, t->p, t->q, t->f, t->df, t->w, t->gradient, t->chained};
    for (size_t i = 0; i < sizeof all / sizeof *all; i++)
        pl_free(all[i]);
}

/* share * classes + (1 - share) * originals, as Pi = S/N and as P; W_ij = 0.5 sin(2 + i + 3j). */
static pl_status fill(pl_ctx *ctx, const xue23_problem *p, double share, pieces *t) {
    pl_status status;
    double *s = NULL, *m = NULL;
    size_t n = t->n, d = t->d, e = t->e;
    pl_cmat x = pl_const(p->x);
    PL_NEW(ctx, s, n * n);
    PL_NEW(ctx, m, d * d);
    PL_TRY(pl_group_pairs(ctx, p->label, n, p->classes, (pl_mat){t->s, n, n, n}));
    PL_TRY(pl_group_pairs(ctx, p->original, n, p->originals, (pl_mat){s, n, n, n}));
    PL_TRY(pl_group_moment(ctx, x, p->label, p->classes, (pl_mat){t->p, d, d, d}));
    PL_TRY(pl_group_moment(ctx, x, p->original, p->originals, (pl_mat){m, d, d, d}));
    PL_TRY(pl_second_moment(ctx, x, (pl_mat){t->q, d, d, d}));
    for (size_t i = 0; i < n * n; i++) {
        t->s[i] = (share * t->s[i] + (1 - share) * s[i]) / (double)n;
        t->nu[i] = 1 / ((double)n * (double)n);
    }
    for (size_t i = 0; i < d * d; i++)
        t->p[i] = share * t->p[i] + (1 - share) * m[i];
    for (size_t i = 0; i < e; i++)
        for (size_t j = 0; j < d; j++)
            t->w[i * d + j] = 0.5 * sin((double)(2 + i + 3 * j));
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)e, (int)d, 1, x.a, (int)x.ld,
                t->w, (int)d, 0, t->f, (int)e);
done:
    pl_free(s);
    pl_free(m);
    return status;
}

static pl_status moment_loss(pl_ctx *ctx, const pieces *t, double *loss, double *gradient) {
    size_t d = t->d;
    return pl_moment_loss(ctx, (pl_cmat){t->w, t->e, d, d}, (pl_cmat){t->p, d, d, d},
                          (pl_cmat){t->q, d, d, d}, loss, (pl_mat){gradient, t->e, d, d});
}

static pl_status pieces_new(pl_ctx *ctx, const xue23_problem *p, pieces *t) {
    pl_status status = PL_OK;
    *t = (pieces){.n = p->x.rows, .d = p->x.cols, .e = p->embedding};
    if (!p->x.a || t->n > 4096 || t->d > 4096)
        return pl_fail(ctx, PL_ESHAPE,
                       "%zu examples in dimension %zu; the pair form takes up to "
                       "4096 of each",
                       t->n, t->d);
    PL_NEW(ctx, t->s, t->n * t->n);
    PL_NEW(ctx, t->nu, t->n * t->n);
    PL_NEW(ctx, t->p, t->d * t->d);
    PL_NEW(ctx, t->q, t->d * t->d);
    PL_NEW(ctx, t->f, t->n * t->e);
    PL_NEW(ctx, t->df, t->n * t->e);
    PL_NEW(ctx, t->w, t->e * t->d);
    PL_NEW(ctx, t->gradient, t->e * t->d);
    PL_NEW(ctx, t->chained, t->e * t->d);
done:
    return status;
}

static pl_status central_difference(pl_ctx *ctx, pieces *t, size_t i, double h, double *out) {
    double up, down, w = t->w[i];
    t->w[i] = w + h;
    pl_status status = moment_loss(ctx, t, &up, NULL);
    t->w[i] = w - h;
    if (status == PL_OK)
        status = moment_loss(ctx, t, &down, NULL);
    t->w[i] = w;
    if (status == PL_OK)
        *out = (up - down) / (2 * h);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    pieces t = {0};
    double loss, pair_loss, swapped, supervised, unsupervised, h = pl_option_real(o, "difference");
    PL_TRY(xue23_problem_new(ctx, o, pl_option_text(o, "data"), &p));
    PL_TRY(pieces_new(ctx, &p, &t));
    PL_TRY(fill(ctx, &p, 1 - p.share, &t));
    PL_TRY(moment_loss(ctx, &t, &swapped, NULL));
    PL_TRY(fill(ctx, &p, 1, &t));
    PL_TRY(moment_loss(ctx, &t, &supervised, NULL));
    PL_TRY(fill(ctx, &p, 0, &t));
    PL_TRY(moment_loss(ctx, &t, &unsupervised, NULL));
    PL_TRY(fill(ctx, &p, p.share, &t));
    PL_TRY(moment_loss(ctx, &t, &loss, t.gradient));
    size_t n = t.n, e = t.e, d = t.d;
    PL_TRY(pl_pair_loss(ctx, (pl_cmat){t.f, n, e, e}, (pl_cmat){t.s, n, n, n},
                        (pl_cmat){t.nu, n, n, n}, &pair_loss, (pl_mat){t.df, n, e, e}));
    cblas_dgemm(CblasRowMajor, CblasTrans, CblasNoTrans, (int)e, (int)d, (int)n, 1, t.df, (int)e,
                p.x.a, (int)p.x.ld, 0, t.chained, (int)d);
    for (size_t i = 0; i < e * d; i++) {
        double quotient = NAN;
        PL_TRY(central_difference(ctx, &t, i, h, &quotient));
        PL_TRY(pl_table_add(
            ctx, out,
            (double[]){(double)(i / d), (double)(i % d), t.gradient[i], t.chained[i], quotient},
            NULL));
    }
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"loss", "from the moments", loss},
                {"pair_loss", "from embeddings and pairs", pair_loss},
                {"gradient_norm", "|dL/dW|", cblas_dnrm2((int)(e * d), t.gradient, 1)},
                {"embedding_gradient_norm", "|dL/dF|", cblas_dnrm2((int)(n * e), t.df, 1)},
                {"swapped_loss", "with beta on the other loss", swapped},
                {"swap_gap", "its distance", fabs(loss - swapped)},
                {"supervised_loss", "L_SCL", supervised},
                {"unsupervised_loss", "L_UCL: what App. A prints for L_SCL", unsupervised},
                {"positives_gap", "their distance", fabs(supervised - unsupervised)}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    xue23_problem_free(&p);
    pieces_free(&t);
    return status;
}

const pl_program pl_spectral_spectral_loss = {
    .name = "spectral-loss",
    .summary = "the spectral contrastive loss from moments and from pairs, with gradients",
    .source = "XUE23, app. A (repaired: LOSS)",
    .options = options,
    .columns = columns,
    .run = run};
