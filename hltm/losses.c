#include "hltm/losses.h"

#include <math.h>
#include <string.h>

#include "math/stats.h"

enum { BLOCK = 2048, MAX_TRIPLES = 1024, MAX_QUADRUPLES = 64, MAX_PAIRS = 4096 };

double hltm_sigmoid(double x) {
    return x >= 0 ? 1 / (1 + exp(-x)) : exp(x) / (1 + exp(x));
}

static double softplus(double x) { /* log(1 + e^x) */
    return fmax(x, 0) + log1p(exp(-fabs(x)));
}

double hltm_loss_at(const hltm_loss *loss, double rp, const double *rn, double *dp, double *dn) {
    size_t h = loss->kind == HLTM_NCE ? loss->negatives : 1;
    if (loss->kind == HLTM_NCE && h > 1) {
        double least = rp, sum, positive = 0;
        for (size_t i = 0; i < h; i++)
            least = fmin(least, rn[i]);
        sum = exp((least - rp) / loss->tau);
        for (size_t i = 0; i < h; i++) {
            dn[i] = exp((least - rn[i]) / loss->tau);
            sum += dn[i];
        }
        for (size_t i = 0; i < h; i++) {
            dn[i] /= -sum;
            positive -= dn[i];
        }
        *dp = positive;
        return rp - least + loss->tau * log(sum);
    }
    if (loss->kind == HLTM_TRI || loss->kind == HLTM_NCE) {
        double x = (rp - rn[0] + (loss->kind == HLTM_TRI ? loss->r0 : 0)) / loss->tau;
        *dp = hltm_sigmoid(x);
        dn[0] = -*dp;
        return loss->tau * softplus(x);
    }
    *dp = 1;
    dn[0] = -1;
    return rp - rn[0];
}

void hltm_distances(const double *out, size_t n, size_t d, double *r) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double s = 0;
            for (size_t c = 0; c < d; c++) {
                double e = out[i * d + c] - out[k * d + c];
                s += e * e;
            }
            r[i * n + k] = s / 2;
        }
}

void hltm_class_means(const hltm_population *p, const double *out, size_t d, double *means) {
    memset(means, 0, p->datapoints * d * sizeof *means);
    for (size_t z = 0; z < p->datapoints; z++)
        for (size_t i = 0; i < p->configs; i++)
            for (size_t c = 0; c < d; c++)
                means[z * d + c] += p->given[z * p->configs + i] * out[i * d + c];
}

/* P(i, k) of a positive pair. */
static double positive_pair(const hltm_population *p, size_t i, size_t k) {
    double c = 0;
    for (size_t z = 0; z < p->datapoints; z++)
        c += p->prior[z] * p->given[z * p->configs + i] * p->given[z * p->configs + k];
    return c;
}

pl_status hltm_simp_by_pairs(pl_ctx *ctx, const hltm_population *p, const double *out, size_t d,
                             double *value) {
    pl_status status = PL_OK;
    double *rows = NULL;
    size_t n = p->configs;
    if (n > MAX_PAIRS)
        return pl_fail(ctx, PL_EDOMAIN, "%zu configurations are too many for a sum over pairs", n);
    PL_NEW(ctx, rows, n);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double r = 0;
            for (size_t c = 0; c < d; c++) {
                double e = out[i * d + c] - out[k * d + c];
                r += e * e / 2;
            }
            rows[i] += (positive_pair(p, i, k) - p->marginal[i] * p->marginal[k]) * r;
        }
    *value = pl_sum(rows, n);
done:
    pl_free(rows);
    return status;
}

void hltm_pair_weights_free(hltm_pair_weights *w) {
    pl_free(w->positive);
    pl_free(w->negative);
    *w = (hltm_pair_weights){0};
}

/* One row i of A_+ and A_- for one negative: triples (i, k, m) of anchor, positive, negative. */
static double weigh_triples(const hltm_population *p, const hltm_loss *loss, const double *r,
                            size_t i, double *positive, double *negative) {
    size_t n = p->configs;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        double c = positive_pair(p, i, k), own = 0, value = 0;
        if (c == 0)
            continue;
        for (size_t m = 0; m < n; m++) {
            double dp, dn;
            value += p->marginal[m] * hltm_loss_at(loss, r[i * n + k], &r[i * n + m], &dp, &dn);
            own += p->marginal[m] * dp;
            negative[m] -= c * p->marginal[m] * dn;
        }
        positive[k] = c * own;
        sum += c * value;
    }
    return sum;
}

/* The same for two negatives: quadruples. */
static double weigh_quadruples(const hltm_population *p, const hltm_loss *loss, const double *r,
                               size_t i, double *positive, double *negative) {
    size_t n = p->configs;
    double sum = 0;
    for (size_t k = 0; k < n; k++) {
        double c = positive_pair(p, i, k);
        for (size_t m = 0; m < n; m++)
            for (size_t l = 0; l < n; l++) {
                double w = c * p->marginal[m] * p->marginal[l], dp, dn[2];
                sum += w * hltm_loss_at(loss, r[i * n + k], (double[]){r[i * n + m], r[i * n + l]},
                                        &dp, dn);
                positive[k] += w * dp;
                negative[m] -= w * dn[0];
                negative[l] -= w * dn[1];
            }
    }
    return sum;
}

/* xi_0 at the mean distances: weights factorise over datapoints z (anchor, positive), u, v (of the
 * negatives). */
static void weigh_leading(const hltm_population *p, const hltm_loss *loss, const double *rbar,
                          hltm_pair_weights *w) {
    size_t n = p->configs, d = p->datapoints;
    bool two = loss->kind == HLTM_NCE && loss->negatives == 2;
    for (size_t z = 0; z < d; z++)
        for (size_t u = 0; u < d; u++)
            for (size_t v = 0; v < (two ? d : 1); v++) {
                double dp, dn[2];
                hltm_loss_at(loss, 0, (double[]){rbar[z * d + u], rbar[z * d + v]}, &dp, dn);
                double chance = p->prior[z] * p->prior[u] * (two ? p->prior[v] : 1);
                for (size_t i = 0; i < n; i++)
                    for (size_t k = 0; k < n; k++) {
                        double anchor = chance * p->given[z * n + i];
                        w->positive[i * n + k] += anchor * p->given[z * n + k] * dp;
                        w->negative[i * n + k] -= anchor * p->given[u * n + k] * dn[0];
                        if (two)
                            w->negative[i * n + k] -= anchor * p->given[v * n + k] * dn[1];
                    }
            }
}

static pl_status check(pl_ctx *ctx, const hltm_population *p, const hltm_loss *loss) {
    bool pairwise = loss->kind == HLTM_TRI || loss->kind == HLTM_NCE;
    if (loss->kind != HLTM_SIMP && loss->kind != HLTM_SUBTRACT && !(loss->tau > 0))
        return pl_fail(ctx, PL_EDOMAIN, "temperature %g: it must be positive", loss->tau);
    if (pairwise && p->configs > MAX_TRIPLES)
        return pl_fail(ctx, PL_EDOMAIN,
                       "the exact expectation of tri and nce sums over n^3 triples; n = %zu "
                       "configurations, at most %d (depth 3)",
                       p->configs, MAX_TRIPLES);
    if (loss->kind == HLTM_NCE && loss->negatives > 1 &&
        (loss->negatives > 2 || p->configs > MAX_QUADRUPLES))
        return pl_fail(ctx, PL_EDOMAIN,
                       "exact nce takes one negative, or two over at most %d configurations",
                       MAX_QUADRUPLES);
    return PL_OK;
}

pl_status hltm_pair_weights_new(pl_ctx *ctx, const hltm_population *p, const double *out, size_t d,
                                const hltm_loss *loss, bool leading, hltm_pair_weights *weights,
                                double *value) {
    pl_status status = check(ctx, p, loss);
    if (status)
        return status;
    size_t n = p->configs, classes = p->datapoints;
    hltm_pair_weights w = {.n = n};
    double *r = NULL, *rows = NULL, *means = NULL;
    PL_NEW(ctx, w.positive, n * n);
    PL_NEW(ctx, w.negative, n * n);
    PL_NEW(ctx, r, n * n > classes * classes ? n * n : classes * classes);
    PL_NEW(ctx, rows, n);
    if (leading) {
        PL_NEW(ctx, means, classes * d);
        hltm_class_means(p, out, d, means);
        hltm_distances(means, classes, d, r);
        weigh_leading(p, loss, r, &w);
    } else {
        bool two = loss->kind == HLTM_NCE && loss->negatives == 2;
        hltm_distances(out, n, d, r);
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (n > 64)
        for (size_t i = 0; i < n; i++)
            rows[i] = (two ? weigh_quadruples : weigh_triples)(p, loss, r, i, w.positive + i * n,
                                                               w.negative + i * n);
        if (value)
            *value = pl_sum(rows, n);
    }
    *weights = w;
    w = (hltm_pair_weights){0};
done:
    hltm_pair_weights_free(&w);
    pl_free(r);
    pl_free(rows);
    pl_free(means);
    return status;
}

void hltm_pair_gradient(const hltm_pair_weights *w, const double *out, size_t d, double *g) {
    size_t n = w->n;
    memset(g, 0, n * d * sizeof *g);
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double s = w->positive[i * n + k] + w->positive[k * n + i] - w->negative[i * n + k] -
                       w->negative[k * n + i];
            for (size_t c = 0; c < d; c++)
                g[i * d + c] += s * (out[i * d + c] - out[k * d + c]);
        }
}

static pl_status expected_pairs(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                                const hltm_loss *loss, hltm_net *grad, hltm_objective *out) {
    pl_status status;
    hltm_pass pass = {0};
    hltm_pair_weights w = {0};
    double *g = NULL;
    size_t d = hltm_outputs(net);
    PL_TRY(hltm_pass_new(ctx, net, p->configs, &pass));
    hltm_forward(net, p->x, p->configs, &pass);
    PL_TRY(hltm_pair_weights_new(ctx, p, pass.out, d, loss, false, &w, &out->value));
    if (grad) {
        PL_NEW(ctx, g, p->configs * d);
        hltm_pair_gradient(&w, pass.out, d, g);
        hltm_backward(net, &pass, g, grad);
    }
done:
    hltm_pass_free(&pass);
    hltm_pair_weights_free(&w);
    pl_free(g);
    return status;
}

/* Means of a loss in E r_+ - E r_-: E r_+ = E|f|^2 - E|f-bar|^2, E r_- = E|f|^2 - |E f-bar|^2. */
static void finish_means(const hltm_population *p, const double *means, size_t d, double square,
                         double *centre, hltm_objective *o) {
    double between = 0, mean = 0;
    memset(centre, 0, d * sizeof *centre);
    for (size_t z = 0; z < p->datapoints; z++)
        for (size_t c = 0; c < d; c++) {
            centre[c] += p->prior[z] * means[z * d + c];
            between += p->prior[z] * means[z * d + c] * means[z * d + c];
        }
    for (size_t c = 0; c < d; c++)
        mean += centre[c] * centre[c];
    o->positive = square - between;
    o->negative = square - mean;
}

static void finish_value(const hltm_loss *loss, size_t d, hltm_objective *o) {
    double mse = 2 / (double)d, gap = o->negative - o->positive;
    o->value = -gap;
    o->scale = 1;
    if (loss->kind == HLTM_SUBTRACT) {
        o->value = -mse * gap;
        o->scale = mse;
    } else if (loss->kind == HLTM_RELEASED) {
        double s = hltm_sigmoid(mse * gap / loss->tau);
        o->value = -s;
        o->scale = mse * s * (1 - s) / loss->tau;
    }
}

static pl_status expected_means(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                                const hltm_loss *loss, hltm_net *grad, hltm_objective *out) {
    pl_status status;
    hltm_pass pass = {0};
    double *means = NULL, *centre = NULL, *g = NULL, square = 0;
    size_t d = hltm_outputs(net), n = p->configs, block = n < BLOCK ? n : BLOCK;
    PL_TRY(hltm_pass_new(ctx, net, block, &pass));
    PL_NEW(ctx, means, p->datapoints * d);
    PL_NEW(ctx, centre, d);
    PL_NEW(ctx, g, block * d);
    for (size_t at = 0; at < n; at += block) {
        size_t rows = n - at < block ? n - at : block;
        hltm_forward(net, p->x + at * p->inputs, rows, &pass);
        for (size_t i = 0; i < rows; i++)
            for (size_t c = 0; c < d; c++) {
                double f = pass.out[i * d + c];
                square += p->marginal[at + i] * f * f;
                for (size_t z = 0; z < p->datapoints; z++)
                    means[z * d + c] += p->given[z * n + at + i] * f;
            }
    }
    finish_means(p, means, d, square, centre, out);
    finish_value(loss, d, out);
    for (size_t at = 0; grad && at < n; at += block) {
        size_t rows = n - at < block ? n - at : block;
        if (n > block)
            hltm_forward(net, p->x + at * p->inputs, rows, &pass);
        for (size_t i = 0; i < rows; i++) /* G_i = -2 sum_z p_z P(i|z) (f-bar(z) - E f-bar) */
            for (size_t c = 0; c < d; c++) {
                double s = 0;
                for (size_t z = 0; z < p->datapoints; z++)
                    s += p->prior[z] * p->given[z * n + at + i] * (means[z * d + c] - centre[c]);
                g[i * d + c] = -2 * out->scale * s;
            }
        hltm_backward(net, &pass, g, grad);
    }
done:
    hltm_pass_free(&pass);
    pl_free(means);
    pl_free(centre);
    pl_free(g);
    return status;
}

pl_status hltm_expected_loss(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                             const hltm_loss *loss, hltm_net *grad, hltm_objective *out) {
    pl_status status = check(ctx, p, loss);
    hltm_objective o = {.scale = 1, .positive = NAN, .negative = NAN};
    if (status)
        return status;
    if (grad)
        memset(grad->parameters, 0, grad->count * sizeof(double));
    if (loss->kind == HLTM_TRI || loss->kind == HLTM_NCE)
        PL_TRY(expected_pairs(ctx, net, p, loss, grad, &o));
    else
        PL_TRY(expected_means(ctx, net, p, loss, grad, &o));
    *out = o;
done:
    return status;
}
