/* What the programs on XUE23 say of an encoder: its norms along the features, and how far it holds
 * classes and subclasses apart. */

#include <cblas.h>
#include <math.h>
#include <string.h>

#include "spectral/xue23_problem.h"

double xue23_second_moment(const xue23_problem *p, size_t k) {
    double sum = 0;
    for (size_t i = 0; i < p->x.rows; i++) {
        const double *x = p->x.a + i * p->x.ld;
        double at = p->direction.a
                        ? cblas_ddot((int)p->x.cols, x, 1, p->direction.a + k * p->direction.ld, 1)
                        : x[k];
        sum += at * at;
    }
    return sum / (double)p->x.rows;
}

pl_status xue23_add_features(pl_ctx *ctx, pl_table *t, const xue23_problem *p, pl_cmat w,
                             const double *closed) {
    pl_status status;
    size_t count = xue23_problem_directions(p);
    double *norm = NULL;
    PL_NEW(ctx, norm, count);
    PL_TRY(xue23_problem_norms(ctx, p, w, norm));
    for (size_t k = 0; k < count; k++)
        PL_TRY(pl_table_add(ctx, t,
                            (double[]){(double)k, xue23_second_moment(p, k), norm[k],
                                       closed ? closed[k] : (double)NAN},
                            NULL));
    PL_TRY(pl_table_summarise_column(ctx, t, "feature_norms", "1", "|W v_0|, |W v_1|, ..", "norm"));
done:
    pl_free(norm);
    return status;
}

pl_status xue23_problem_closed_form(pl_ctx *ctx, const xue23_problem *p, double share,
                                    double **closed, double *norm_squared, double *loss) {
    const xue23_set *s = &p->set;
    *norm_squared = *loss = NAN;
    if (!s->columns || !s->good || !s->balanced || (share < 1 && (s->mu != 0 || !s->bias)) ||
        (share == 1 && p->embedding < 2))
        return PL_OK;
    double *norm = pl_alloc(ctx, xue23_problem_directions(p), sizeof *norm);
    if (!norm)
        return PL_ENOMEM;
    pl_status status = xue23_closed_form(ctx, s, share, p->embedding, norm, norm_squared, loss);
    if (status)
        pl_free(norm);
    else
        *closed = norm;
    return status;
}

/* Mean embedding of every group, and its size. */
static void group_means(pl_cmat f, const size_t *group, size_t groups, double *mean, double *size) {
    for (size_t i = 0; i < f.rows; i++) {
        size[group[i]]++;
        cblas_daxpy((int)f.cols, 1, f.a + i * f.ld, 1, mean + group[i] * f.cols, 1);
    }
    for (size_t g = 0; g < groups; g++)
        cblas_dscal((int)f.cols, 1 / fmax(size[g], 1), mean + g * f.cols, 1);
}

static double distance_squared(const double *a, const double *b, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (a[i] - b[i]) * (a[i] - b[i]);
    return sum;
}

/* Root mean square distance of two group means; kin: NULL, or only groups of the same kin. */
static double spread(const double *mean, size_t groups, size_t p, const size_t *kin) {
    double sum = 0;
    size_t pairs = 0;
    for (size_t a = 0; a < groups; a++)
        for (size_t b = 0; b < a; b++)
            if (!kin || kin[a] == kin[b]) {
                sum += distance_squared(mean + a * p, mean + b * p, p);
                pairs++;
            }
    return pairs ? sqrt(sum / (double)pairs) : (double)NAN;
}

pl_status xue23_problem_separation(pl_ctx *ctx, const xue23_problem *p, pl_cmat w,
                                   xue23_separation *out) {
    pl_status status = PL_OK;
    size_t n = p->x.rows, e = w.rows, most = p->classes + p->subclasses;
    double *f = NULL, *mean = NULL, *size = NULL, within = 0;
    size_t *kin = NULL;
    if (!p->x.a)
        return pl_fail(ctx, PL_ESHAPE, "%zu examples in dimension %zu are not kept as a matrix", n,
                       p->x.cols);
    PL_NEW(ctx, f, n * e);
    PL_NEW(ctx, mean, most * e);
    PL_NEW(ctx, size, most);
    PL_NEW(ctx, kin, most);
    cblas_dgemm(CblasRowMajor, CblasNoTrans, CblasTrans, (int)n, (int)e, (int)p->x.cols, 1, p->x.a,
                (int)p->x.ld, w.a, (int)w.ld, 0, f, (int)e);
    group_means((pl_cmat){f, n, e, e}, p->label, p->classes, mean, size);
    for (size_t i = 0; i < n; i++)
        within += 2 * distance_squared(f + i * e, mean + p->label[i] * e, e) / (double)n;
    out->within = sqrt(within);
    out->classes = spread(mean, p->classes, e, NULL);
    for (size_t i = 0; p->subclasses && i < n; i++)
        kin[p->subclass[i]] = p->label[i];
    memset(mean, 0, most * e * sizeof *mean);
    memset(size, 0, most * sizeof *size);
    if (p->subclasses)
        group_means((pl_cmat){f, n, e, e}, p->subclass, p->subclasses, mean, size);
    out->subclasses = spread(mean, p->subclasses, e, kin);
done:
    pl_free(f);
    pl_free(mean);
    pl_free(size);
    pl_free(kin);
    return status;
}

void xue23_problem_unmet(const xue23_problem *p, pl_table *t) {
    if (p->set.columns && !p->set.balanced)
        pl_table_unmet(t, "balanced design: every class, subclass, feature and sign alike");
    if (p->set.columns && !p->set.good)
        pl_table_unmet(t, "noise coordinates are distinct and none is a feature's");
}

pl_status xue23_summarise(pl_ctx *ctx, pl_table *t, const xue23_problem *p, pl_cmat w,
                          const xue23_minimiser *m) {
    pl_status status;
    double loss, gradient, norm = 0;
    xue23_separation apart = {NAN, NAN, NAN};
    PL_TRY(xue23_problem_loss(ctx, p, p->share, w, &loss, &gradient));
    PL_TRY(xue23_problem_separation(ctx, p, w, &apart));
    for (size_t r = 0; r < w.rows; r++)
        norm += cblas_ddot((int)w.cols, w.a + r * w.ld, 1, w.a + r * w.ld, 1);
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {
        {"loss", "L(W)", loss},
        {"minimum_loss", "-sum of the p largest squared eigenvalues of R", m->loss},
        {"gradient_norm", "|dL/dW|_F", gradient},
        {"norm_squared", "|W|_F^2", norm},
        {"least_norm_squared", "tr(Q+ B), the least among global minimisers", m->norm_squared},
        {"tie_gap", "cost of the first direction left out less that of the last kept; inf: no tie",
         m->tie_gap},
        {"rank", "rank of the minimiser", (double)m->rank},
        {"class_separation", "rms distance of two classes' mean embeddings", apart.classes},
        {"subclass_separation", "the same for two subclasses of one class", apart.subclasses},
        {"within_class", "rms distance of two embeddings of one class", apart.within}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, t, list[i].name, "1", list[i].meaning, list[i].value));
done:
    return status;
}
