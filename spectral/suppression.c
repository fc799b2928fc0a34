/* XUE23, Theorem 5.1: on the good event every choice of p orthogonal group directions minimises the
 * unsupervised loss, and least norm keeps the p largest of (1, phi_1^2, phi_2^2, phi_k^2/(K-2)):
 *     |W** v_k| = sqrt(s_k)/(s_k + eps) if kept, else 0;   |W**|^2 = sum of 1/(s_k + eps),
 * so that the class is suppressed wherever p irrelevant features are stronger. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "spectral/spectral.h"
#include "spectral/xue23_problem.h"

static const pl_option options[] = {
    XUE23_MODEL_OPTIONS,
    {"loss", PL_OPT_SPEC, "ucl", 0, 1, "scl|ucl|joint:BETA", NULL,
     "supervised, unsupervised, or BETA of the first and the rest of the second", 0},
    {"embedding", PL_OPT_INT, "4", 1, 65536, NULL, "p", "dimension of the embedding", 0},
    XUE23_FILE_OPTIONS,
    {"minimiser", PL_OPT_SPEC, "least", 0, 0, "least|class-for-weakest", NULL,
     "of least norm, or with the class in place of the weakest kept direction", 0},
    {0}};

static const pl_column columns[] = {XUE23_FEATURE_COLUMNS, {0}};

/* The costliest kept direction is the last row; y/sqrt(N) replaces its embedding. */
static pl_status replace_weakest(pl_ctx *ctx, const xue23_problem *p, xue23_minimiser *m,
                                 double *closed) {
    const xue23_set *s = &p->set;
    if (!s->columns || p->share != 0 || m->rank > s->features + 1)
        return pl_fail(ctx, PL_EDOMAIN,
                       "--minimiser class-for-weakest needs a set of the model, "
                       "--loss ucl and --embedding at most K + 1");
    double *f = pl_alloc(ctx, s->columns, sizeof *f);
    if (!f)
        return PL_ENOMEM;
    for (size_t i = 0; i < s->columns; i++)
        f[i] = s->label[i] == 0 ? 1 : -1; /* sqrt(N) times the unit vector y/sqrt(N) */
    pl_status status = xue23_interpolate(ctx, pl_const(p->x), f, m->w.a + (m->rank - 1) * m->w.ld);
    pl_free(f);
    if (closed && closed[1] == 0) {
        size_t weakest = 0;
        for (size_t k = 1; k <= s->features; k++)
            if (closed[k] > 0 && s->moment[k] < s->moment[weakest])
                weakest = k;
        closed[weakest] = 0;
        closed[1] = s->phi[1] / (s->moment[1] + s->epsilon);
    }
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    xue23_problem p = {0};
    xue23_minimiser m = {0};
    double *closed = NULL, closed_norm, closed_loss;
    PL_TRY(xue23_problem_new(ctx, o, NULL, &p));
    PL_TRY(xue23_problem_minimise(ctx, &p, p.share, p.embedding, &m));
    PL_TRY(xue23_problem_closed_form(ctx, &p, p.share, &closed, &closed_norm, &closed_loss));
    if (strcmp(pl_option_spec(o, "minimiser", NULL), "class-for-weakest") == 0)
        PL_TRY(replace_weakest(ctx, &p, &m, closed));
    xue23_problem_unmet(&p, out);
    if (fabs(m.tie_gap) < 1e-8) { /* Remark 5.2: any mixture of the tied features is as good */
        pl_free(closed);
        closed = NULL;
    }
    PL_TRY(xue23_add_features(ctx, out, &p, pl_const(m.w), closed));
    PL_TRY(xue23_summarise(ctx, out, &p, pl_const(m.w), &m));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"class_norm", "|W v_1|; 0: the class is suppressed", pl_table_at(out, 1, 2)},
                {"subclass_norm", "|W v_2|", pl_table_at(out, 2, 2)},
                {"closed_norm_squared", "least |W|^2 by the theorem", closed_norm},
                {"closed_loss", "minimum by the theorem: -min(p, n) for UCL", closed_loss}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
done:
    xue23_problem_free(&p);
    xue23_minimiser_free(&m);
    pl_free(closed);
    return status;
}

const pl_program pl_spectral_suppression = {
    .name = "suppression",
    .summary = "which features the unsupervised loss keeps in p dimensions",
    .details = "Least norm keeps the p largest of (1, phi_1^2, phi_2^2, phi_k^2/(K-2)); a class "
               "feature below the p-th is lost.",
    .source = "XUE23, Theorem 5.1 (closed form: THM51)",
    .options = options,
    .columns = columns,
    .run = run};
