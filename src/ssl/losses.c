#include "ssl/losses.h"

#include <math.h>
#include <string.h>

#include "math/stats.h"
#include "ssl/align_uniform.h"
#include "ssl/contrast.h"

const pl_loss_params pl_loss_defaults = {
    .alpha = 2, .lambda = 1, .nu = 1, .t = 2, .p = 2, .sigma = 0.5, .w_align = 1, .w_uniform = 1};

#define PARAMETER(field) offsetof(pl_loss_params, field)

const pl_loss_parameter pl_loss_parameters[] = {
    {"alpha", PL_USES_ALPHA, PARAMETER(alpha), true, "alpha = 1/tau must be positive and finite"},
    {"lambda", PL_USES_LAMBDA, PARAMETER(lambda), false, "lambda must be finite and not negative"},
    {"nu", PL_USES_NU, PARAMETER(nu), true, "nu must be positive and finite"},
    {"t", PL_USES_T, PARAMETER(t), true, "t must be positive and finite"},
    {"p", PL_USES_P, PARAMETER(p), true, "p must be positive and finite"},
    {"sigma", PL_USES_SIGMA, PARAMETER(sigma), true, "sigma must be positive and finite"},
    {"w-align", PL_USES_WEIGHTS, PARAMETER(w_align), false,
     "w-align must be finite and not negative"},
    {"w-uniform", PL_USES_WEIGHTS, PARAMETER(w_uniform), false,
     "w-uniform must be finite and not negative"},
    {0}};

/* What every loss works on: unit rows, z = [u; v] one below the other, and the gradients with
 * respect to them, to which the losses add. */
typedef struct pl_loss_batch {
    pl_cmat u, v, z;
    pl_mat grad_u, grad_v, grad_z;
    bool gradient;
    double value;
} batch;

static pl_mat *wanted(const batch *b, pl_mat *grad) {
    return b->gradient ? grad : NULL;
}

/* 2 - e^{s_i/sigma} / mean_j e^{s_j/sigma}, for the anchors u_i and, the same again, v_i. */
static pl_status dclw_weights(pl_ctx *ctx, const batch *b, double sigma, double *out) {
    size_t n = b->u.rows, d = b->u.cols;
    double *e = pl_alloc(ctx, n, sizeof *e), most = -INFINITY;
    if (!e)
        return PL_ENOMEM;
    for (size_t i = 0; i < n; i++) {
        for (size_t k = 0; k < d; k++)
            e[i] += b->u.a[i * d + k] * b->v.a[i * d + k];
        most = fmax(most, e[i]);
    }
    for (size_t i = 0; i < n; i++)
        e[i] = exp((e[i] - most) / sigma);
    double mean = pl_mean(e, n);
    for (size_t i = 0; i < n; i++)
        out[i] = out[i + n] = 2 - e[i] / mean;
    pl_free(e);
    return PL_OK;
}

static pl_status contrast(pl_ctx *ctx, const pl_contrast_form *form, const pl_loss_params *p,
                          batch *b) {
    pl_status status;
    double *pull = NULL;
    bool within = form->pairs == PL_PAIRS_WITHIN;
    double anchors = (double)(form->pairs == PL_PAIRS_CROSS ? b->u.rows : b->z.rows);
    pl_mat *gu = wanted(b, &b->grad_u), *gv = wanted(b, &b->grad_v), *gz = wanted(b, &b->grad_z);
    pl_contrast c = {.alpha = p->alpha,
                     .lambda = form->lambda == PL_LAMBDA_OUTSIDE   ? p->lambda
                               : form->lambda == PL_LAMBDA_OVER_NU ? p->lambda / p->nu
                                                                   : 1,
                     .weight = 1 / (form->per_alpha ? anchors * p->alpha : anchors),
                     .log_positive = form->positive ? 0 : -INFINITY,
                     .log_negative = form->lambda == PL_LAMBDA_INSIDE ? log(p->lambda) : 0,
                     .shift = within ? b->u.rows : 0,
                     .own = within,
                     .euclidean = p->similarity == PL_BY_DISTANCE};
    if (form->weighted) {
        PL_NEW(ctx, pull, b->z.rows);
        PL_TRY(dclw_weights(ctx, b, p->sigma, pull));
        c.pull = pull;
    }
    if (within)
        PL_TRY(pl_contrast_add(ctx, &c, b->z, b->z, NULL, &b->value, gz, gz));
    else
        PL_TRY(pl_contrast_add(ctx, &c, b->u, b->v, NULL, &b->value, gu, gv));
    if (form->pairs == PL_PAIRS_CROSS_BOTH)
        PL_TRY(pl_contrast_add(ctx, &c, b->v, b->u, NULL, &b->value, gv, gu));
done:
    pl_free(pull);
    return status;
}

static pl_status align_power(pl_ctx *ctx, batch *b, double p, double weight) {
    return pl_alignment_add(ctx, b->u, b->v, p, weight, &b->value, wanted(b, &b->grad_u),
                            wanted(b, &b->grad_v));
}

static pl_status align(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    return align_power(ctx, b, p->p, 1);
}

static pl_status moco_align(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    (void)p;
    return align_power(ctx, b, 2, 1); /* |q - k|^2 = 2 - 2 q.k */
}

/* The pairs of one view with itself: i < j, or, for the V-statistic, all i and j. */
static pl_pair_set pairs_of(const batch *b, pl_cmat a, pl_mat *grad, bool distinct) {
    return (pl_pair_set){.a = a,
                         .b = a,
                         .distinct = distinct,
                         .share = distinct ? 0.5 : 1,
                         .grad_a = wanted(b, grad),
                         .grad_b = wanted(b, grad)};
}

static pl_status uniform_mean(pl_ctx *ctx, batch *b, double t, double weight) {
    pl_pair_set u = pairs_of(b, b->u, &b->grad_u, true), v = pairs_of(b, b->v, &b->grad_v, true);
    pl_status status = pl_uniformity_add(ctx, &u, 1, t, weight / 2, &b->value);
    return status ? status : pl_uniformity_add(ctx, &v, 1, t, weight / 2, &b->value);
}

static pl_status unif(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    return uniform_mean(ctx, b, p->t, 1);
}

static pl_status unifv(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    pl_pair_set u = pairs_of(b, b->u, &b->grad_u, false);
    return pl_uniformity_add(ctx, &u, 1, p->t, 1, &b->value);
}

static pl_status moco_unif(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    const pl_pair_set sets[] = {{.a = b->u,
                                 .b = b->v,
                                 .share = 1,
                                 .grad_a = wanted(b, &b->grad_u),
                                 .grad_b = wanted(b, &b->grad_v)},
                                pairs_of(b, b->u, &b->grad_u, true)};
    return pl_uniformity_add(ctx, sets, 2, p->t, 1, &b->value);
}

static pl_status align_uniform(pl_ctx *ctx, const pl_loss_params *p, batch *b) {
    pl_status status = align_power(ctx, b, 2, p->w_align);
    return status ? status : uniform_mean(ctx, b, p->t, p->w_uniform);
}

#define ALPHA PL_USES_ALPHA
#define ALPHA_LAMBDA (PL_USES_ALPHA | PL_USES_LAMBDA)

const pl_loss pl_losses[] = {
    {.name = "infonce",
     .formula = "mean_i [-a s+ + LSE_j a u_i.v_j]",
     .source = "WANG20 eq. 1 in-batch; LEE25 cross-view N-way",
     .uses = ALPHA,
     .form = {.pairs = PL_PAIRS_CROSS, .positive = true}},
    {.name = "infonce_sym",
     .formula = "mean over both directions of infonce",
     .source = "WANG20 app. B; CLIP",
     .uses = ALPHA,
     .form = {.pairs = PL_PAIRS_CROSS_BOTH, .positive = true}},
    {.name = "ntxent",
     .formula = "mean_{i<=2N} [-a s+ + LSE_{k != i} a z_i.z_k]",
     .source = "SimCLR",
     .uses = ALPHA,
     .form = {.pairs = PL_PAIRS_WITHIN, .positive = true}},
    {.name = "gntxent",
     .formula = "mean_{i<=2N} [-a s+ + lambda LSE_{k != i} a z_i.z_k]",
     .source = "LEE25 generalized NT-Xent, reading G1",
     .uses = ALPHA_LAMBDA,
     .form = {.pairs = PL_PAIRS_WITHIN, .positive = true, .lambda = PL_LAMBDA_OUTSIDE}},
    {.name = "gntxent_g2",
     .formula = "mean_{i<=2N} [-a s+ + log(e^{a s+} + lambda sum_{k != i,p(i)} e^{a z_i.z_k})]",
     .source = "LEE25 generalized NT-Xent, reading G2",
     .uses = ALPHA_LAMBDA,
     .form = {.pairs = PL_PAIRS_WITHIN, .positive = true, .lambda = PL_LAMBDA_INSIDE}},
    {.name = "gntxent_g3",
     .formula = "mean_{i<=2N} [-a s+ + lambda LSE_{k != i,p(i)} a z_i.z_k]",
     .source = "LEE25 generalized NT-Xent, reading G3: dcl with exponent lambda",
     .uses = ALPHA_LAMBDA,
     .least = 2,
     .form = {.pairs = PL_PAIRS_WITHIN, .lambda = PL_LAMBDA_OUTSIDE}},
    {.name = "bcl",
     .formula = "1/a mean_i [-a s+ + lambda LSE_j a u_i.v_j]",
     .source = "LEE25 balanced contrastive loss",
     .uses = ALPHA_LAMBDA,
     .form = {.pairs = PL_PAIRS_CROSS,
              .positive = true,
              .lambda = PL_LAMBDA_OUTSIDE,
              .per_alpha = true}},
    {.name = "bcl_sym",
     .formula = "mean over both directions of bcl",
     .source = "LEE25 balanced contrastive loss",
     .uses = ALPHA_LAMBDA,
     .form = {.pairs = PL_PAIRS_CROSS_BOTH,
              .positive = true,
              .lambda = PL_LAMBDA_OUTSIDE,
              .per_alpha = true}},
    {.name = "dcl",
     .formula = "mean_{i<=2N} [-a s+ + LSE_{k != i,p(i)} a z_i.z_k]",
     .source = "Yeh et al. 2022, DCL",
     .uses = ALPHA,
     .least = 2,
     .form = {.pairs = PL_PAIRS_WITHIN}},
    {.name = "dcl_cross",
     .formula = "mean_i [-a s+ + LSE_{j != i} a u_i.v_j]",
     .source = "dcl over the other view only",
     .uses = ALPHA,
     .least = 2,
     .form = {.pairs = PL_PAIRS_CROSS}},
    {.name = "dclw",
     .formula = "dcl with s+ weighted by 2 - e^{s_i/sigma}/mean_j e^{s_j/sigma}, held constant",
     .source = "Yeh et al. 2022, DCLW",
     .uses = ALPHA | PL_USES_SIGMA,
     .least = 2,
     .form = {.pairs = PL_PAIRS_WITHIN, .weighted = true}},
    {.name = "align",
     .formula = "mean_i |u_i - v_i|^p",
     .source = "WANG20 sec. 4.1.1",
     .uses = PL_USES_P,
     .run = align},
    {.name = "unif",
     .formula = "(unif(u) + unif(v))/2, unif(u) = log mean_{i<j} e^{-t |u_i - u_j|^2}",
     .source = "WANG20 sec. 4.1.2 and its code",
     .uses = PL_USES_T,
     .least = 2,
     .run = unif},
    {.name = "unifv",
     .formula = "log mean_{i,j} e^{-t |u_i - u_j|^2}, i = j included",
     .source = "WANG20, the V-statistic",
     .uses = PL_USES_T,
     .run = unifv},
    {.name = "align_uniform",
     .formula = "w-align mean_i |u_i - v_i|^2 + w-uniform (unif(u) + unif(v))/2",
     .source = "WANG20 sec. 5",
     .uses = PL_USES_WEIGHTS | PL_USES_T,
     .least = 2,
     .run = align_uniform},
    {.name = "lee_total",
     .formula = "1/a mean_i -log( e^{a s+} / (sum_j e^{a u_i.v_j})^{lambda/nu} )",
     .source = "LEE25 total loss as printed, one view t'; more views: the mean over them",
     .uses = ALPHA_LAMBDA | PL_USES_NU,
     .form = {.pairs = PL_PAIRS_CROSS,
              .positive = true,
              .lambda = PL_LAMBDA_OVER_NU,
              .per_alpha = true}},
    {.name = "moco_align",
     .formula = "2 - 2 mean_i q_i.k_i, q = u, k = v",
     .source = "WANG20, MoCo variant",
     .run = moco_align},
    {.name = "moco_unif",
     .formula = "log mean of e^{-t |.|^2} over {q_i - queue_j} and {q_i - q_j, i < j}, queue = v",
     .source = "WANG20, MoCo variant",
     .uses = PL_USES_T,
     .queue = true,
     .run = moco_unif},
    {0}};

const pl_loss *pl_loss_find(const char *name) {
    for (const pl_loss *l = pl_losses; l->name; l++)
        if (strcmp(l->name, name) == 0)
            return l;
    return NULL;
}

const char *pl_loss_check(const pl_loss *loss, const pl_loss_params *p) {
    for (const pl_loss_parameter *q = pl_loss_parameters; q->name; q++) {
        double value = *(const double *)((const char *)p + q->offset);
        bool inside = isfinite(value) && (q->positive ? value > 0 : value >= 0);
        if ((loss->uses & q->uses) && !inside)
            return q->reason;
    }
    if (p->similarity != PL_BY_COSINE && (loss->run || loss->form.weighted))
        return "this loss is defined with the cosine similarity alone";
    return NULL;
}

static pl_status check_shapes(pl_ctx *ctx, const pl_loss *loss, pl_cmat x, pl_cmat y,
                              const pl_mat *grad_x, const pl_mat *grad_y) {
    if (x.cols != y.cols || x.cols == 0 || x.rows == 0 || y.rows == 0 ||
        (x.rows != y.rows && !loss->queue))
        return pl_fail(ctx, PL_ESHAPE, "%s: x is %zu x %zu and y %zu x %zu; expected one shape",
                       loss->name, x.rows, x.cols, y.rows, y.cols);
    if (x.rows < loss->least)
        return pl_fail(ctx, PL_ESHAPE, "%s: %zu pairs, at least %zu are needed", loss->name, x.rows,
                       loss->least);
    if ((grad_x && (grad_x->rows != x.rows || grad_x->cols != x.cols)) ||
        (grad_y && (grad_y->rows != y.rows || grad_y->cols != y.cols)))
        return pl_fail(ctx, PL_ESHAPE, "%s: a gradient's shape is not its features'", loss->name);
    return PL_OK;
}

/* Unit rows and norms. Rows are brought near 1 by a power of 2 first, which is exact, so that no
 * square over- or underflows. */
static pl_status normalise(pl_ctx *ctx, const char *name, pl_cmat x, double *unit, double *norm) {
    size_t d = x.cols;
    for (size_t i = 0; i < x.rows; i++, unit += d) {
        const double *row = x.a + i * x.ld;
        double most = 0, square = 0;
        int power;
        for (size_t k = 0; k < d; k++) {
            if (!isfinite(row[k]))
                return pl_fail(ctx, PL_EDOMAIN,
                               "%s: row %zu, column %zu is %g; every feature "
                               "must be finite",
                               name, i, k, row[k]);
            most = fmax(most, fabs(row[k]));
        }
        if (most == 0)
            return pl_fail(ctx, PL_EDOMAIN, "%s: row %zu is zero; it has no direction", name, i);
        frexp(most, &power);
        for (size_t k = 0; k < d; k++) {
            unit[k] = ldexp(row[k], -power);
            square += unit[k] * unit[k];
        }
        for (size_t k = 0; k < d; k++)
            unit[k] /= sqrt(square);
        norm[i] = ldexp(sqrt(square), power);
    }
    return PL_OK;
}

/* dL/dx_i = (g_i - (g_i.z_i) z_i)/|x_i|, in place; false when a component is not finite. */
static bool project(pl_cmat z, const double *norm, pl_mat g) {
    bool finite = true;
    for (size_t i = 0; i < z.rows; i++) {
        const double *unit = z.a + i * z.ld;
        double *row = g.a + i * g.ld, radial = 0;
        for (size_t k = 0; k < z.cols; k++)
            radial += row[k] * unit[k];
        for (size_t k = 0; k < z.cols; k++) {
            row[k] = (row[k] - radial * unit[k]) / norm[i];
            finite = finite && isfinite(row[k]);
        }
    }
    return finite;
}

/* Rows and gradients as they are: what dot products and distances work on. */
static pl_status take_raw(pl_ctx *ctx, const char *name, pl_cmat x, double *out) {
    for (size_t i = 0; i < x.rows; i++)
        for (size_t k = 0; k < x.cols; k++) {
            double value = x.a[i * x.ld + k];
            if (!isfinite(value))
                return pl_fail(ctx, PL_EDOMAIN,
                               "%s: row %zu, column %zu is %g; every feature must be finite", name,
                               i, k, value);
            *out++ = value;
        }
    return PL_OK;
}

static bool all_finite(pl_cmat g) {
    for (size_t i = 0; i < g.rows; i++)
        for (size_t k = 0; k < g.cols; k++)
            if (!isfinite(g.a[i * g.ld + k]))
                return false;
    return true;
}

static void copy_rows(pl_mat from, pl_mat *to) {
    for (size_t i = 0; to && i < from.rows; i++)
        memcpy(to->a + i * to->ld, from.a + i * from.ld, from.cols * sizeof *from.a);
}

pl_status pl_loss_eval(pl_ctx *ctx, const pl_loss *loss, const pl_loss_params *p, pl_cmat x,
                       pl_cmat y, double *value, pl_mat *grad_x, pl_mat *grad_y) {
    pl_status status;
    double *unit = NULL, *grad = NULL, *norm = NULL;
    size_t n = x.rows, m = y.rows, d = x.cols, size;
    const char *reason = pl_loss_check(loss, p);
    if (reason)
        return pl_fail(ctx, PL_EDOMAIN, "%s: %s", loss->name, reason);
    PL_TRY(check_shapes(ctx, loss, x, y, grad_x, grad_y));
    if (!pl_size_mul(n + m, d, &size))
        return pl_fail(ctx, PL_ESHAPE, "%zu x %zu features are too many", n + m, d);
    PL_NEW(ctx, unit, size);
    PL_NEW(ctx, grad, size);
    PL_NEW(ctx, norm, n + m);
    bool cosine = p->similarity == PL_BY_COSINE;
    PL_TRY(cosine ? normalise(ctx, "x", x, unit, norm) : take_raw(ctx, "x", x, unit));
    PL_TRY(cosine ? normalise(ctx, "y", y, unit + n * d, norm + n)
                  : take_raw(ctx, "y", y, unit + n * d));
    batch b = {.u = {unit, n, d, d},
               .v = {unit + n * d, m, d, d},
               .z = {unit, n + m, d, d},
               .grad_u = {grad, n, d, d},
               .grad_v = {grad + n * d, m, d, d},
               .grad_z = {grad, n + m, d, d},
               .gradient = grad_x || grad_y};
    PL_TRY(loss->run ? loss->run(ctx, p, &b) : contrast(ctx, &loss->form, p, &b));
    bool good =
        !b.gradient || (cosine ? project(b.z, norm, b.grad_z) : all_finite(pl_const(b.grad_z)));
    if (!isfinite(b.value) || !good) {
        status = pl_fail(ctx, PL_EDOMAIN,
                         "%s: its value %g or its gradient is beyond double's "
                         "range; look at its parameters and the rows' norms",
                         loss->name, b.value);
        goto done;
    }
    copy_rows(b.grad_u, grad_x);
    copy_rows(b.grad_v, grad_y);
    *value = b.value;
done:
    pl_free(unit);
    pl_free(grad);
    pl_free(norm);
    return status;
}
