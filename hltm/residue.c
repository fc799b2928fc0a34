/* TIAN20, Theorem 4 for weighted pair losses, H = 1 (exact form: theory notes, THM4):
 *     -g = OP^x vec W,  OP^x = E[xi A] = Lambda + theta,
 *     Lambda = E_{x,x'}[xi_0(r-bar) (K-bar - K-bar')(K-bar - K-bar')^T],
 *     theta = E[(xi - xi_0) A] (+ E[sum_h xi_0h (V_aug K(x_h) - V_aug K(x))], 0 for one negative),
 *     |theta|_F <= E[|xi - xi_0| D] <= E[|r_+ - r_- + r-bar| D]/(4 tau),
 * D = |K_1 - K_-|^2 + |K_1 - K_+|^2. */

#include "hltm/residue.h"

#include <math.h>

#include "hltm/blas.h"
#include "math/stats.h"

void hltm_residue_free(hltm_residue_setting *s) {
    for (size_t l = 0; s->jacobian && l < s->net->levels; l++)
        pl_free(s->jacobian[l]);
    pl_free(s->jacobian);
    hltm_net_free(&s->grad);
    hltm_pass_free(&s->pass);
    hltm_moments_free(&s->moments);
    hltm_pair_weights_free(&s->exact);
    hltm_pair_weights_free(&s->leading);
}

pl_status hltm_residue_new(pl_ctx *ctx, const hltm_net *net, const hltm_population *p,
                           const hltm_loss *loss, hltm_residue_setting *out) {
    pl_status status;
    size_t n = p->configs, d = hltm_outputs(net);
    hltm_residue_setting s = {.net = net, .population = p, .loss = loss};
    if (loss->kind != HLTM_SIMP && loss->kind != HLTM_TRI && loss->kind != HLTM_NCE)
        return pl_fail(ctx, PL_EUSAGE, "the weighted operator is that of --loss simp, tri or nce");
    PL_TRY(hltm_net_like(ctx, net, &s.grad));
    PL_TRY(hltm_pass_new(ctx, net, n, &s.pass));
    hltm_forward(net, p->x, n, &s.pass);
    PL_TRY(hltm_pair_weights_new(ctx, p, s.pass.out, d, loss, false, &s.exact, NULL));
    PL_TRY(hltm_pair_weights_new(ctx, p, s.pass.out, d, loss, true, &s.leading, NULL));
    PL_TRY(hltm_expected_loss(ctx, net, p, loss, &s.grad, &s.value));
    PL_TRY(hltm_moments_new(ctx, net, p, HLTM_HEAD_RAW, true, &s.moments));
    PL_NEW(ctx, s.jacobian, net->levels);
    for (size_t l = 0; l < net->levels; l++)
        PL_NEW(ctx, s.jacobian[l], n * d * hltm_width(&net->layer[l]));
    PL_TRY(hltm_jacobian(ctx, net, &s.pass, HLTM_HEAD_RAW, true, s.jacobian));
    *out = s;
    s = (hltm_residue_setting){.net = net};
done:
    hltm_residue_free(&s);
    return status;
}

double hltm_pair_expectation(const hltm_residue_setting *s) {
    size_t n = s->exact.n, d = hltm_outputs(s->net);
    const double *f = s->pass.out;
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            double r = 0;
            for (size_t c = 0; c < d; c++)
                r += pow(f[i * d + c] - f[k * d + c], 2) / 2;
            sum += 2 * (s->exact.negative[i * n + k] - s->exact.positive[i * n + k]) * r;
        }
    return sum;
}

/* V_aug K(z) = E[K K^T|z] - K-bar K-bar^T of one datapoint. */
static void augmentation_variance(const hltm_residue_setting *s, size_t level, size_t weights,
                                  const double *k, size_t z, double *scratch, double *out) {
    const hltm_population *p = s->population;
    size_t size = hltm_outputs(s->net) * weights;
    for (size_t x = 0; x < p->configs; x++)
        for (size_t i = 0; i < size; i++)
            scratch[x * size + i] = sqrt(p->given[z * p->configs + x]) *
                                    (k[x * size + i] - s->moments.k[level][z * size + i]);
    hltm_gemm(true, false, weights, weights, p->configs * hltm_outputs(s->net), 1, scratch, weights,
              scratch, weights, 0, out, weights);
}

/* Over the class means, sums over z, u (and v) of chances times xi_0:
 *  Lambda   xi_0 (K-bar - K-bar')(K-bar - K-bar')^T
 *  noise    xi_0 (V_aug K(x') - V_aug K(x)), which cancels for one negative only
 * Two negatives are exchangeable: twice the first one's share. */
static void leading_operator(const hltm_residue_setting *s, size_t level, size_t weights,
                             const double *variance, double *difference, double *lambda,
                             double *noise) {
    const hltm_population *p = s->population;
    size_t d = hltm_outputs(s->net), classes = p->datapoints, square = weights * weights;
    bool two = s->loss->kind == HLTM_NCE && s->loss->negatives == 2;
    const double *f = s->moments.out, *k = s->moments.k[level];
    for (size_t z = 0; z < classes; z++)
        for (size_t u = 0; u < classes; u++) {
            double share = 0;
            for (size_t v = 0; v < (two ? classes : 1); v++) {
                double r[2] = {0}, dp, dn[2];
                for (size_t c = 0; c < d; c++) {
                    r[0] += pow(f[z * d + c] - f[u * d + c], 2) / 2;
                    r[1] += pow(f[z * d + c] - f[v * d + c], 2) / 2;
                }
                hltm_loss_at(s->loss, 0, r, &dp, dn);
                share -= p->prior[z] * p->prior[u] * (two ? 2 * p->prior[v] : 1) * dn[0];
            }
            for (size_t i = 0; i < d * weights; i++)
                difference[i] = k[z * d * weights + i] - k[u * d * weights + i];
            hltm_gemm(true, false, weights, weights, d, share, difference, weights, difference,
                      weights, 1, lambda, weights);
            for (size_t i = 0; i < square; i++)
                noise[i] += share * (variance[u * square + i] - variance[z * square + i]);
        }
}

/* Both right sides of THM4(c), row by row of anchors. */
static pl_status bounds(pl_ctx *ctx, const hltm_residue_setting *s, const double *k, size_t size,
                        double *bound, double *lipschitz) {
    pl_status status = PL_OK;
    const hltm_population *p = s->population;
    size_t n = p->configs, classes = p->datapoints, d = hltm_outputs(s->net);
    double *distance = NULL, *r = NULL, *rbar = NULL, *leading = NULL, *rows = NULL;
    PL_NEW(ctx, distance, n * n);
    PL_NEW(ctx, r, n * n);
    PL_NEW(ctx, rbar, classes * classes);
    PL_NEW(ctx, leading, classes * classes);
    PL_NEW(ctx, rows, 2 * n);
    hltm_distances(k, n, size, distance);
    hltm_distances(s->pass.out, n, d, r);
    hltm_distances(s->moments.out, classes, d, rbar);
    for (size_t z = 0; z < classes; z++)
        for (size_t u = 0; u < classes; u++) {
            double dn[2];
            hltm_loss_at(s->loss, 0, (double[]){rbar[z * classes + u], 0},
                         &leading[z * classes + u], dn);
        }
#pragma omp parallel for schedule(static) num_threads(pl_threads(ctx)) if (n > 64)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < n; j++)
            for (size_t m = 0; m < n; m++) {
                double xi, dn[2], gap = r[i * n + j] - r[i * n + m];
                hltm_loss_at(s->loss, r[i * n + j], (double[]){r[i * n + m], 0}, &xi, dn);
                double both = 2 * (distance[i * n + j] + distance[i * n + m]);
                for (size_t z = 0; z < classes; z++)
                    for (size_t u = 0; u < classes; u++) {
                        double chance = p->prior[z] * p->given[z * n + i] * p->given[z * n + j] *
                                        p->prior[u] * p->given[u * n + m];
                        rows[i] += chance * fabs(xi - leading[z * classes + u]) * both;
                        rows[n + i] +=
                            chance * fabs(gap + rbar[z * classes + u]) * both / (4 * s->loss->tau);
                    }
            }
    *bound = pl_sum(rows, n);
    *lipschitz = pl_sum(rows + n, n);
done:
    pl_free(distance);
    pl_free(r);
    pl_free(rbar);
    pl_free(leading);
    pl_free(rows);
    return status;
}

/* max |sum_ik (A_+ - A_-)_ik K_i K_k^T - Lambda/2|: the operator of the anchor's branch. */
static pl_status anchor(pl_ctx *ctx, const hltm_residue_setting *s, const double *k, size_t d,
                        size_t weights, const double *lambda, double *out) {
    pl_status status = PL_OK;
    size_t n = s->exact.n;
    double *b = NULL, *bk = NULL, *op = NULL;
    PL_NEW(ctx, b, n * n);
    PL_NEW(ctx, bk, n * d * weights);
    PL_NEW(ctx, op, weights * weights);
    for (size_t i = 0; i < n * n; i++)
        b[i] = s->exact.positive[i] - s->exact.negative[i];
    hltm_gemm(false, false, n, (d * weights), n, 1, b, n, k, (d * weights), 0, bk, (d * weights));
    hltm_gemm(true, false, weights, weights, (n * d), 1, k, weights, bk, weights, 0, op, weights);
    *out = 0;
    for (size_t i = 0; i < weights * weights; i++)
        *out = fmax(*out, fabs(op[i] - lambda[i] / 2));
done:
    pl_free(b);
    pl_free(bk);
    pl_free(op);
    return status;
}

pl_status hltm_residue_level(pl_ctx *ctx, const hltm_residue_setting *s, size_t level,
                             hltm_residue *out) {
    pl_status status = PL_OK;
    const hltm_layer *y = &s->net->layer[level];
    size_t n = hltm_weights(y), d = hltm_outputs(s->net), configs = s->population->configs;
    size_t classes = s->population->datapoints;
    double *op = NULL, *lambda = NULL, *theta = NULL, *k = NULL, *w = NULL, *difference = NULL;
    double *noise = NULL, *variance = NULL, *scratch = NULL;
    hltm_residue found = {.bound = NAN, .lipschitz_bound = NAN};
    PL_NEW(ctx, op, n * n);
    PL_NEW(ctx, lambda, n * n);
    PL_NEW(ctx, theta, n * n);
    PL_NEW(ctx, k, configs * d * n);
    PL_NEW(ctx, w, 4 * n);
    PL_NEW(ctx, difference, d * n);
    PL_NEW(ctx, noise, n * n);
    PL_NEW(ctx, variance, classes * n * n);
    PL_NEW(ctx, scratch, configs * d * n);
    double *g = w + n, *product = g + n, *e = product + n;
    hltm_vec(y, w);
    hltm_vec(&s->grad.layer[level], g);
    hltm_connection(s->net, &s->pass, level, s->jacobian[level], k);
    PL_TRY(hltm_pair_operator(ctx, &s->exact, k, d, n, op));
    PL_TRY(hltm_pair_operator(ctx, &s->leading, k, d, n, theta));
    for (size_t z = 0; z < classes; z++)
        augmentation_variance(s, level, n, k, z, scratch, variance + z * n * n);
    leading_operator(s, level, n, variance, difference, lambda, noise);
    for (size_t i = 0; i < n * n; i++) {
        theta[i] = op[i] - theta[i]; /* E[(xi - xi_0) A] */
        found.residue_residual =
            fmax(found.residue_residual, fabs(op[i] - lambda[i] - noise[i] - theta[i]));
        theta[i] = op[i] - lambda[i];
    }
    found.operator_norm = hltm_frobenius(op, n * n);
    found.leading_norm = hltm_frobenius(lambda, n * n);
    found.residue_norm = hltm_frobenius(theta, n * n);
    hltm_apply(op, n, w, product);
    for (size_t i = 0; i < n; i++) {
        found.identity_residual = fmax(found.identity_residual, fabs(g[i] + product[i]));
        found.inner_product -= w[i] * g[i];
    }
    PL_TRY(hltm_eigen(ctx, op, n, e, NULL));
    found.lambda_min = e[n - 1];
    found.lambda_max = e[0];
    PL_TRY(anchor(ctx, s, k, d, n, lambda, &found.anchor_residual));
    if (!(s->loss->kind == HLTM_NCE && s->loss->negatives > 1))
        PL_TRY(bounds(ctx, s, k, d * n, &found.bound, &found.lipschitz_bound));
    *out = found;
done:
    pl_free(op);
    pl_free(lambda);
    pl_free(theta);
    pl_free(k);
    pl_free(w);
    pl_free(difference);
    pl_free(noise);
    pl_free(variance);
    pl_free(scratch);
    return status;
}
