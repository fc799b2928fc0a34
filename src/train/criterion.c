#include "train/criterion.h"

#include <math.h>
#include <string.h>

#include "base/text.h"
#include "ssl/moment_losses.h"
#include "ssl/supervised_losses.h"

struct pl_criterion {
    pl_criterion_spec spec;
    const struct kind *kind; /* NULL: a loss of pl_losses */
    const pl_loss *loss;
    size_t pairs, dim;
    pl_graph views; /* VICReg's relation graph */
    double *memory; /* z, its gradient, unit rows, norms */
    pl_mat z, grad, unit;
    double *norm;
    size_t *label; /* twice the images': of all rows */
};

typedef pl_status (*evaluate)(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                              double *value, pl_mat grad);

static pl_cmat half(pl_cmat z, size_t which) {
    return (pl_cmat){z.a + which * z.rows / 2 * z.ld, z.rows / 2, z.cols, z.ld};
}

static pl_mat half_of(pl_mat z, size_t which) {
    return (pl_mat){z.a + which * z.rows / 2 * z.ld, z.rows / 2, z.cols, z.ld};
}

/* ---- the kinds ---------------------------------------------------------------------------- */

static pl_status vicreg(pl_ctx *ctx, const pl_criterion *c, pl_spectral_kind kind, pl_cmat z,
                        double *value, pl_mat grad) {
    const pl_spectral_loss loss = {.kind = kind,
                                   .alpha = c->spec.variance,
                                   .beta = c->spec.covariance,
                                   .gamma = c->spec.invariance};
    return pl_spectral_loss_at(ctx, &loss, &c->views, z, value, grad);
}

static pl_status vicreg_hinge(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                              double *value, pl_mat grad) {
    (void)label;
    return vicreg(ctx, c, PL_VICREG_HINGE, z, value, grad);
}

static pl_status vicreg_squared(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                                double *value, pl_mat grad) {
    (void)label;
    return vicreg(ctx, c, PL_VICREG_SQUARED, z, value, grad);
}

static pl_status barlow(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                        double *value, pl_mat grad) {
    (void)label;
    return pl_barlow_pairs(ctx, half(z, 0), half(z, 1), c->spec.redundancy, true, value,
                           half_of(grad, 0), half_of(grad, 1));
}

static pl_status spectral(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                          double *value, pl_mat grad) {
    (void)c;
    (void)label;
    return pl_spectral_batch_loss(ctx, half(z, 0), half(z, 1), value, half_of(grad, 0),
                                  half_of(grad, 1));
}

static pl_status spectral_mixed(pl_ctx *ctx, double beta, pl_cmat z, const size_t *label,
                                double *value, pl_mat grad) {
    return pl_spectral_joint_loss(ctx, half(z, 0), half(z, 1), label, beta, value, half_of(grad, 0),
                                  half_of(grad, 1));
}

static pl_status spectral_supervised(pl_ctx *ctx, const pl_criterion *c, pl_cmat z,
                                     const size_t *label, double *value, pl_mat grad) {
    (void)c;
    return spectral_mixed(ctx, 1, z, label, value, grad);
}

static pl_status spectral_joint(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                                double *value, pl_mat grad) {
    return spectral_mixed(ctx, c->spec.beta, z, label, value, grad);
}

static pl_status supcon(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                        double *value, pl_mat grad) {
    return pl_supcon_loss(ctx, z, label, c->spec.params.alpha, value, grad);
}

static pl_status triplet(pl_ctx *ctx, const pl_criterion *c, pl_triplet_kind kind, pl_cmat z,
                         double *value, pl_mat grad) {
    const pl_triplet loss = {kind, 1 / c->spec.params.alpha, c->spec.r0, c->spec.negatives};
    return pl_triplet_loss(ctx, &loss, half(z, 0), half(z, 1), value, half_of(grad, 0),
                           half_of(grad, 1));
}

static pl_status simp(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                      double *value, pl_mat grad) {
    (void)label;
    return triplet(ctx, c, PL_TRIPLET_SIMP, z, value, grad);
}

static pl_status tri(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                     double *value, pl_mat grad) {
    (void)label;
    return triplet(ctx, c, PL_TRIPLET_TRI, z, value, grad);
}

static pl_status nce(pl_ctx *ctx, const pl_criterion *c, pl_cmat z, const size_t *label,
                     double *value, pl_mat grad) {
    (void)label;
    return triplet(ctx, c, PL_TRIPLET_NCE, z, value, grad);
}

/* Rows of z scaled to unit norm: of cosines. Moments: rows as they are, no similarity to choose. */
typedef struct kind {
    const char *name;
    evaluate run;
    bool moments, supervised, triplets;
} kind;

static const kind kinds[] = {
    {"vicreg", vicreg_hinge, .moments = true},
    {"vicreg_squared", vicreg_squared, .moments = true},
    {"barlow", barlow, .moments = true},
    {"spectral", spectral, .moments = true},
    {"spectral_sup", spectral_supervised, .moments = true, .supervised = true},
    {"spectral_joint", spectral_joint, .moments = true, .supervised = true},
    {"supcon", supcon, .supervised = true},
    {"simp", simp, .triplets = true},
    {"tri", tri, .triplets = true},
    {"nce", nce, .triplets = true}};

enum { KINDS = sizeof kinds / sizeof *kinds };

const pl_criterion_kind pl_criteria[] = {
    {"vicreg", "VICReg, hinge: alpha sum max(0, 1 - sqrt C_kk) + beta sum C_kl^2 + gamma |u - v|^2",
     "BL22 sec. 2 (Bardes et al. 2022)"},
    {"vicreg_squared", "VICReg with (1 - C_kk)^2 for the hinge", "BL22 sec. 2"},
    {"barlow", "Barlow Twins: sum (C_kk - 1)^2 + alpha sum_{k != l} C_kl^2, C cross-correlations",
     "BL22 sec. 2 (Zbontar et al. 2021)"},
    {"spectral", "spectral contrastive, unsupervised (UCL)", "HaoChen et al. 2021, eq. 6"},
    {"spectral_sup", "spectral contrastive, positives of one class (SCL)", "XUE23 sec. 3"},
    {"spectral_joint", "beta SCL + (1 - beta) UCL", "XUE23 sec. 6"},
    {"supcon", "supervised contrastive, sum over positives outside the logarithm",
     "Khosla et al. 2020, eq. 2"},
    {"simp", "L_simp = r_+ - r_-", "TIAN20"},
    {"tri", "L_tri = tau log(1 + e^{(r_+ - r_- + r_0)/tau})", "TIAN20"},
    {"nce", "L_nce with H negatives; H = 1: per-sample InfoNCE", "TIAN20"},
    {0}};

static const kind *find_kind(const char *name) {
    for (size_t i = 0; i < KINDS; i++)
        if (strcmp(kinds[i].name, name) == 0)
            return &kinds[i];
    return NULL;
}

/* ---- making ------------------------------------------------------------------------------- */

pl_criterion_spec pl_criterion_defaults(void) {
    return (pl_criterion_spec){.loss = "ntxent",
                               .params = pl_loss_defaults,
                               .variance = 25,
                               .covariance = 1,
                               .invariance = 25,
                               .redundancy = 0.005,
                               .beta = 0.5,
                               .negatives = 1};
}

static bool at_least_zero(double x) {
    return isfinite(x) && x >= 0;
}

const char *pl_criterion_check(const pl_criterion_spec *s) {
    const kind *k = find_kind(s->loss);
    const pl_loss *loss = pl_loss_find(s->loss);
    if (loss)
        return pl_loss_check(loss, &s->params);
    if (!k)
        return "there is no such loss";
    if (!(s->params.alpha > 0) || !isfinite(s->params.alpha))
        return "tau must be positive and finite";
    if (k->moments && s->similarity_given)
        return "this loss is one of moments: no similarity can be chosen";
    if (k == find_kind("supcon") && s->params.similarity == PL_BY_DISTANCE)
        return "supcon is defined with cosines and dot products alone";
    if (!at_least_zero(s->variance) || !at_least_zero(s->covariance) ||
        !at_least_zero(s->invariance) || !at_least_zero(s->redundancy))
        return "weights of VICReg and Barlow Twins must be finite and not negative";
    if (!(s->beta >= 0 && s->beta <= 1))
        return "beta must be 0 to 1";
    if (k->triplets && s->negatives < 1)
        return "there must be at least one negative";
    return NULL;
}

static pl_status unknown_loss(pl_ctx *ctx, const char *name) {
    size_t best = SIZE_MAX;
    const char *nearest = NULL;
    for (const pl_loss *l = pl_losses; l->name; l++)
        pl_nearest(name, l->name, &best, &nearest);
    for (size_t i = 0; i < KINDS; i++)
        pl_nearest(name, kinds[i].name, &best, &nearest);
    return pl_fail(ctx, PL_EUSAGE, "there is no loss '%s'%s%s%s; plumb train --losses lists them",
                   name, nearest ? "; did you mean '" : "", nearest ? nearest : "",
                   nearest ? "'?" : "");
}

pl_status pl_criterion_new(pl_ctx *ctx, const pl_criterion_spec *spec, size_t pairs, size_t dim,
                           pl_criterion **out) {
    pl_status status = PL_OK;
    pl_criterion *c = NULL;
    const char *reason = pl_criterion_check(spec);
    size_t rows = PL_CRITERION_VIEWS * pairs, size;
    if (!pl_loss_find(spec->loss) && !find_kind(spec->loss))
        return unknown_loss(ctx, spec->loss);
    if (reason)
        return pl_fail(ctx, PL_EUSAGE, "--loss %s: %s", spec->loss, reason);
    if (pairs < 2)
        return pl_fail(ctx, PL_ESHAPE,
                       "a batch of %zu image has no negatives and no covariance; pass --batch 2 or "
                       "more",
                       pairs);
    const kind *k = find_kind(spec->loss);
    if (k && k->triplets && spec->negatives >= pairs)
        return pl_fail(ctx, PL_ESHAPE, "%zu negatives an anchor, a batch of %zu has at most %zu",
                       spec->negatives, pairs, pairs - 1);
    if (!pl_size_mul(rows, dim, &size))
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu embeddings are too many", rows, dim);
    PL_NEW(ctx, c, 1);
    c->spec = *spec;
    c->kind = k;
    c->loss = pl_loss_find(spec->loss);
    c->pairs = pairs;
    c->dim = dim;
    PL_NEW(ctx, c->memory, 3 * size + rows);
    PL_NEW(ctx, c->label, rows);
    c->z = (pl_mat){c->memory, rows, dim, dim};
    c->grad = (pl_mat){c->memory + size, rows, dim, dim};
    c->unit = (pl_mat){c->memory + 2 * size, rows, dim, dim};
    c->norm = c->memory + 3 * size;
    if (k && k->moments)
        PL_TRY(pl_graph_views(ctx, pairs, PL_CRITERION_VIEWS, &c->views));
    *out = c;
    c = NULL;
done:
    pl_criterion_free(c);
    return status;
}

void pl_criterion_free(pl_criterion *c) {
    if (!c)
        return;
    pl_graph_free(&c->views);
    pl_free(c->memory);
    pl_free(c->label);
    pl_free(c);
}

bool pl_criterion_supervised(const pl_criterion *c) {
    return c->kind && c->kind->supervised;
}

/* ---- evaluating --------------------------------------------------------------------------- */

static pl_status make_unit(pl_ctx *ctx, pl_criterion *c) {
    for (size_t i = 0; i < c->z.rows; i++) {
        double square = 0;
        for (size_t k = 0; k < c->dim; k++)
            square += c->z.a[i * c->dim + k] * c->z.a[i * c->dim + k];
        c->norm[i] = sqrt(square);
        if (!(c->norm[i] > 0))
            return pl_fail(ctx, PL_EDOMAIN, "embedding %zu has norm %g; it has no direction", i,
                           c->norm[i]);
        for (size_t k = 0; k < c->dim; k++)
            c->unit.a[i * c->dim + k] = c->z.a[i * c->dim + k] / c->norm[i];
    }
    return PL_OK;
}

/* dL/dz_i = (g_i - (g_i.u_i) u_i)/|z_i| */
static void project(pl_criterion *c) {
    for (size_t i = 0; i < c->z.rows; i++) {
        double *g = c->grad.a + i * c->dim, radial = 0;
        const double *u = c->unit.a + i * c->dim;
        for (size_t k = 0; k < c->dim; k++)
            radial += g[k] * u[k];
        for (size_t k = 0; k < c->dim; k++)
            g[k] = (g[k] - radial * u[k]) / c->norm[i];
    }
}

static pl_status eval_kind(pl_ctx *ctx, pl_criterion *c, const size_t *label, double *value) {
    bool cosine = !c->kind->moments && c->spec.params.similarity == PL_BY_COSINE;
    pl_status status;
    for (size_t i = 0; label && i < 2 * c->pairs; i++)
        c->label[i] = label[i % c->pairs];
    if (cosine)
        PL_TRY(make_unit(ctx, c));
    PL_TRY(c->kind->run(ctx, c, pl_const(cosine ? c->unit : c->z), c->label, value, c->grad));
    if (cosine)
        project(c);
done:
    return status;
}

/* Where element i of a network's output (row 2 k + v: view v of image k) lies in z = [u; v]. */
static size_t place(const pl_criterion *c, size_t i) {
    size_t row = i / c->dim, view = row % PL_CRITERION_VIEWS, pair = row / PL_CRITERION_VIEWS;
    return (view * c->pairs + pair) * c->dim + i % c->dim;
}

pl_status pl_criterion_eval(pl_ctx *ctx, pl_criterion *c, const float *z, const size_t *label,
                            double *value, float *dz) {
    pl_status status;
    size_t size = c->z.rows * c->dim;
    double v = 0;
    for (size_t i = 0; i < size; i++) {
        c->z.a[place(c, i)] = (double)z[i];
        if (!isfinite(z[i])) {
            *value = (double)NAN;
            return PL_OK;
        }
    }
    if (c->kind) {
        PL_TRY(eval_kind(ctx, c, label, &v));
    } else {
        pl_mat gx = half_of(c->grad, 0), gy = half_of(c->grad, 1);
        PL_TRY(pl_loss_eval(ctx, c->loss, &c->spec.params, half(pl_const(c->z), 0),
                            half(pl_const(c->z), 1), &v, &gx, &gy));
    }
    *value = v;
    for (size_t i = 0; i < size; i++)
        dz[i] = (float)c->grad.a[place(c, i)];
done:
    return status;
}
