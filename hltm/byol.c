/* TIAN20 on BYOL (theory notes, BYOL): loss E|P f_W(x_1) - sg f_W'(x_2)|^2/2 with W' = W, a linear
 * predictor P, and optionally both towers centred (the zero mean of BatchNorm):
 *     -g = -E[K P^T P K^T] w + E_x[K-bar P^T K-bar^T] w  (+ E[K](P^T P - P^T)E[K]^T w, centred).
 * The last term contrasts; it vanishes for P = I, so that it takes predictor and centring both. */

#include <math.h>
#include <string.h>

#include "hltm/blas.h"
#include "hltm/byol_loss.h"
#include "hltm/hltm.h"
#include "hltm/operators.h"
#include "hltm/setting.h"

enum { MAX_OUTPUTS = HLTM_BYOL_MAX_OUTPUTS };

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    {"predictor", PL_OPT_LIST, NULL, -1e6, 1e6, NULL, "LIST",
     "P, row by row; the identity unless given", 0},
    {"zero-mean", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL, "centre both towers", 0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"gradient_norm", "1", "by backpropagation", false},
    {"identity_residual", "1", "max |g + operator vec W|", false},
    {"centring_gradient_difference", "1", "max |g centred - g not centred|", false},
    {"contrastive_term_norm", "1", "|E[K](P^T P - P^T)E[K]^T|_F", false},
    {"contrastive_gradient", "1", "max |E[K](P^T P - P^T)E[K]^T vec W|", false},
    {"lambda_max", "1", "largest eigenvalue of the operator's symmetric part", false},
    {"lambda_min", "1", "its smallest eigenvalue", false},
    {0}};

typedef struct byol {
    hltm_setting s;
    hltm_pass pass;
    hltm_net grad[2]; /* not centred, centred */
    hltm_moments m;
    double **jacobian;
    double p[MAX_OUTPUTS * MAX_OUTPUTS], ptp[MAX_OUTPUTS * MAX_OUTPUTS];
    bool centred;
} byol;

static void release(byol *b) {
    for (size_t l = 0; b->jacobian && l < b->s.net.levels; l++)
        pl_free(b->jacobian[l]);
    pl_free(b->jacobian);
    hltm_pass_free(&b->pass);
    hltm_net_free(&b->grad[0]);
    hltm_net_free(&b->grad[1]);
    hltm_moments_free(&b->m);
    hltm_setting_free(&b->s);
}

/* The target is the net itself, not differentiated. */
static pl_status backpropagate(pl_ctx *ctx, byol *b, bool centred, hltm_net *grad) {
    pl_status status = PL_OK;
    const hltm_population *pop = &b->s.population;
    size_t d = hltm_outputs(&b->s.net);
    double *g = NULL, means[2 * MAX_OUTPUTS];
    PL_NEW(ctx, g, pop->configs * d);
    hltm_class_means(pop, b->pass.out, d, means);
    hltm_byol_gradient(pop, b->pass.out, means, d, b->p, centred, g);
    hltm_backward(&b->s.net, &b->pass, g, grad);
done:
    pl_free(g);
    return status;
}

/* op += factor sum_r,c left[r] m[r][c] right[c]^T: K M K^T of one K, `left` and `right` d x n. */
static void add_product(const double *left, const double *m, const double *right, size_t d,
                        size_t n, double factor, double *scratch, double *op) {
    hltm_gemm(false, false, d, n, d, factor, m, d, right, n, 0, scratch, n);
    hltm_gemm(true, false, n, n, d, 1, left, n, scratch, n, 1, op, n);
}

static pl_status add_level(pl_ctx *ctx, const byol *b, size_t level, pl_table *out) {
    pl_status status = PL_OK;
    const hltm_population *pop = &b->s.population;
    size_t n = hltm_weights(&b->s.net.layer[level]), d = hltm_outputs(&b->s.net);
    double *k = NULL, *op = NULL, *contrast = NULL, *mean = NULL, *scratch = NULL, *w = NULL;
    double *e = NULL, pt[MAX_OUTPUTS * MAX_OUTPUTS], gap[MAX_OUTPUTS * MAX_OUTPUTS];
    PL_NEW(ctx, k, pop->configs * d * n);
    PL_NEW(ctx, op, n * n);
    PL_NEW(ctx, contrast, n * n);
    PL_NEW(ctx, mean, d * n);
    PL_NEW(ctx, scratch, d * n);
    PL_NEW(ctx, e, n);
    PL_NEW(ctx, w, 4 * n);
    double *plain = w + n, *centred = plain + n, *product = centred + n;
    for (size_t r = 0; r < d; r++)
        for (size_t c = 0; c < d; c++) {
            pt[r * d + c] = b->p[c * d + r];
            gap[r * d + c] = b->ptp[r * d + c] - pt[r * d + c];
        }
    hltm_connection(&b->s.net, &b->pass, level, b->jacobian[level], k);
    for (size_t x = 0; x < pop->configs; x++) {
        cblas_daxpy((int)(d * n), pop->marginal[x], k + x * d * n, 1, mean, 1);
        add_product(k + x * d * n, b->ptp, k + x * d * n, d, n, -pop->marginal[x], scratch, op);
    }
    for (size_t z = 0; z < 2; z++)
        add_product(b->m.k[level] + z * d * n, pt, b->m.k[level] + z * d * n, d, n, pop->prior[z],
                    scratch, op);
    add_product(mean, gap, mean, d, n, 1, scratch, contrast);
    if (b->centred)
        cblas_daxpy((int)(n * n), 1, contrast, 1, op, 1);
    hltm_vec(&b->s.net.layer[level], w);
    hltm_vec(&b->grad[0].layer[level], plain);
    hltm_vec(&b->grad[1].layer[level], centred);
    const double *g = b->centred ? centred : plain;
    double residual = 0;
    hltm_apply(op, n, w, product);
    for (size_t i = 0; i < n; i++)
        residual = fmax(residual, fabs(g[i] + product[i]));
    hltm_apply(contrast, n, w, product);
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < i; j++)
            op[i * n + j] = op[j * n + i] = (op[i * n + j] + op[j * n + i]) / 2;
    PL_TRY(hltm_eigen(ctx, op, n, e, NULL));
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){(double)level, hltm_frobenius(g, n), residual,
                                   hltm_max_difference(plain, centred, n),
                                   hltm_frobenius(contrast, n * n), hltm_max_abs(product, n), e[0],
                                   e[n - 1]},
                        NULL));
done:
    pl_free(k);
    pl_free(op);
    pl_free(contrast);
    pl_free(mean);
    pl_free(scratch);
    pl_free(e);
    pl_free(w);
    return status;
}

static pl_status predictor(pl_ctx *ctx, const pl_options *o, size_t d, byol *b) {
    pl_status status = PL_OK;
    const double *p = NULL;
    if (pl_option_has(o, "predictor"))
        status = hltm_setting_list(ctx, o, "predictor", d * d, &p);
    for (size_t i = 0; status == PL_OK && i < d * d; i++)
        b->p[i] = p ? p[i] : i % (d + 1) == 0;
    for (size_t r = 0; r < d; r++)
        for (size_t c = 0; c < d; c++)
            for (size_t k = 0; k < d; k++)
                b->ptp[r * d + c] += b->p[k * d + r] * b->p[k * d + c];
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    byol *b = NULL;
    PL_NEW(ctx, b, 1);
    b->centred = pl_option_flag(o, "zero-mean");
    if (pl_option_int(o, "depth") < HLTM_MAX_EXACT_DEPTH)
        PL_TRY(hltm_announce(ctx, "exact operators",
                             hltm_cost_exact((size_t)pl_option_int(o, "depth"),
                                             (size_t)pl_option_int(o, "hidden"),
                                             HLTM_WITH_OPERATORS, 2)));
    PL_TRY(hltm_setting_new(ctx, o, &b->s));
    const hltm_net *net = &b->s.net;
    size_t n = b->s.population.configs, d = hltm_outputs(net);
    if (n > 4096 || net->norm != HLTM_NORM_NONE) {
        status = pl_fail(ctx, PL_EUSAGE, "byol is exact for depth 3 at most, and --norm none");
        goto done;
    }
    PL_TRY(predictor(ctx, o, d, b));
    PL_TRY(hltm_pass_new(ctx, net, n, &b->pass));
    hltm_forward(net, b->s.population.x, n, &b->pass);
    for (size_t i = 0; i < 2; i++) {
        PL_TRY(hltm_net_like(ctx, net, &b->grad[i]));
        PL_TRY(backpropagate(ctx, b, i == 1, &b->grad[i]));
    }
    PL_TRY(hltm_moments_new(ctx, net, &b->s.population, HLTM_HEAD_RAW, true, &b->m));
    PL_NEW(ctx, b->jacobian, net->levels);
    for (size_t l = 0; l < net->levels; l++)
        PL_NEW(ctx, b->jacobian[l], n * d * hltm_width(&net->layer[l]));
    PL_TRY(hltm_jacobian(ctx, net, &b->pass, HLTM_HEAD_RAW, true, b->jacobian));
    for (size_t l = 0; l < net->levels; l++)
        PL_TRY(add_level(ctx, b, l, out));
done:
    if (b)
        release(b);
    pl_free(b);
    return status;
}

const pl_program pl_hltm_byol = {
    .name = "byol",
    .summary = "BYOL's implicit contrast: predictor and zero mean, level by level",
    .details = "-g = -E[K P^T P K^T] w + E_x[K-bar P^T K-bar^T] w, and centred also E[K](P^T P - "
               "P^T)E[K]^T w.",
    .source = "TIAN20, BYOL (form derived here)",
    .options = options,
    .columns = columns,
    .run = run};
