/* TIAN20, Theorem 3: the gradient of L_simp is the covariance operator of the connection's
 * augmentation means applied to the weights,
 *     -g_l/2 = V_x[K-bar_l] vec W_l  (+ Cov_x[K-bar_l, c-bar_l] with biases),
 * level by level, by backpropagation and by the operator. With an l2-normalised output the operator
 * is Cov_x[K^b, K^f], neither symmetric nor PSD. */

#include <math.h>
#include <string.h>

#include "hltm/hltm.h"
#include "hltm/operators.h"
#include "hltm/setting.h"

enum { EXPLICIT_CONFIGS = 4096 };

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    HLTM_LOSS_OPTIONS,
    {"jacobian", PL_OPT_SPEC, "pre", 0, 0, "pre|post", NULL,
     "J with respect to the pre-activation, or (a control) with the node's own gate dropped", 0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"gradient_norm", "1", "of the level's weights, total gradient", false},
    {"operator_norm", "1", "Frobenius norm of the operator", false},
    {"trace", "1", "of the operator", false},
    {"lambda1", "1", "largest eigenvalue (of the symmetric part)", false},
    {"lambda2", "1", "second eigenvalue", false},
    {"lambda_min", "1", "smallest eigenvalue", false},
    {"psd_floor", "1", "-1e-14 lambda1: what rounding may make of 0", false},
    {"quadratic_form", "1", "<vec W, OP vec W>", false},
    {"output_variance", "1", "tr V_x[mean output], the same for every level", false},
    {"identity_residual", "1", "max |g + 2 (OP vec W + bias term)|", false},
    {"unbiased_residual", "1", "max |g + 2 OP vec W|", false},
    {"block_residual", "1", "the same with each node's own block only", false},
    {"marginal_residual", "1", "the same with Cov[K(x_1)]; nan for many configurations", false},
    {"balance", "1", "max over the level's units of |sum_in g w - sum_out g w|; 0 at the root",
     false},
    {0}};

/* Everything the levels share. */
typedef struct covariance {
    hltm_setting s;
    hltm_net grad;
    hltm_moments left, right;
    const hltm_moments *l, *r; /* factors of the operator: right when they agree */
    hltm_pass pass;            /* of all configurations, when they are few       */
    double **jacobian;
    hltm_pair_weights pairs; /* tri and nce                                    */
    double factor;           /* g + factor OP vec W = 0                        */
    bool few, pairwise;
    hltm_cost cost;
} covariance;

static void release(covariance *c) {
    for (size_t l = 0; c->jacobian && l < c->s.net.levels; l++)
        pl_free(c->jacobian[l]);
    pl_free(c->jacobian);
    hltm_pass_free(&c->pass);
    hltm_moments_free(&c->left);
    hltm_moments_free(&c->right);
    hltm_pair_weights_free(&c->pairs);
    hltm_net_free(&c->grad);
    hltm_setting_free(&c->s);
}

static pl_status explicit_connection(pl_ctx *ctx, bool own_gate, covariance *c) {
    pl_status status;
    const hltm_net *net = &c->s.net;
    size_t n = c->s.population.configs, d = hltm_outputs(net);
    PL_TRY(hltm_pass_new(ctx, net, n, &c->pass));
    hltm_forward(net, c->s.population.x, n, &c->pass);
    PL_NEW(ctx, c->jacobian, net->levels);
    for (size_t l = 0; l < net->levels; l++)
        PL_NEW(ctx, c->jacobian[l], n * d * hltm_width(&net->layer[l]));
    PL_TRY(hltm_jacobian(ctx, net, &c->pass, HLTM_HEAD_RAW, own_gate, c->jacobian));
    if (c->pairwise)
        PL_TRY(hltm_pair_weights_new(ctx, &c->s.population, c->pass.out, d, &c->s.loss, false,
                                     &c->pairs, NULL));
done:
    return status;
}

static pl_status prepare(pl_ctx *ctx, const pl_options *o, covariance *c, hltm_objective *value) {
    pl_status status;
    bool own_gate = strcmp(pl_option_spec(o, "jacobian", NULL), "pre") == 0;
    c->cost = hltm_cost_exact((size_t)pl_option_int(o, "depth"), (size_t)pl_option_int(o, "hidden"),
                              HLTM_WITH_OPERATORS, 2);
    if (pl_option_int(o, "depth") <= HLTM_MAX_EXACT_DEPTH) /* else refused with the alternative */
        PL_TRY(hltm_announce(ctx, "exact operators", c->cost));
    PL_TRY(hltm_setting_new(ctx, o, &c->s));
    c->pairwise = c->s.loss.kind == HLTM_TRI || c->s.loss.kind == HLTM_NCE;
    c->few = c->s.population.configs <= EXPLICIT_CONFIGS;
    PL_TRY(hltm_net_like(ctx, &c->s.net, &c->grad));
    PL_TRY(hltm_expected_loss(ctx, &c->s.net, &c->s.population, &c->s.loss, &c->grad, value));
    c->factor = c->pairwise ? 1 : 2 * value->scale;
    bool l2 = c->s.net.norm == HLTM_NORM_L2;
    PL_TRY(
        hltm_moments_new(ctx, &c->s.net, &c->s.population, HLTM_HEAD_FORWARD, own_gate, &c->right));
    if (l2)
        PL_TRY(hltm_moments_new(ctx, &c->s.net, &c->s.population, HLTM_HEAD_BACKWARD, own_gate,
                                &c->left));
    c->r = &c->right;
    c->l = l2 ? &c->left : &c->right;
    if (c->few)
        PL_TRY(explicit_connection(ctx, own_gate, c));
done:
    return status;
}

static void add_symmetric_part(const double *op, size_t n, double *out) {
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++)
            out[i * n + k] = (op[i * n + k] + op[k * n + i]) / 2;
}

/* max |g + factor (OP w + extra)|, with only the diagonal blocks of `block` rows where block > 0.
 */
static double residual(const double *g, double factor, const double *op, const double *w,
                       const double *extra, size_t n, size_t block) {
    double worst = 0;
    for (size_t i = 0; i < n; i++) {
        double s = extra ? extra[i] : 0;
        size_t from = block ? i / block * block : 0, to = block ? from + block : n;
        for (size_t k = from; k < to; k++)
            s += op[i * n + k] * w[k];
        worst = fmax(worst, fabs(g[i] + factor * s));
    }
    return worst;
}

/* max over the units of a level of |sum over incoming g w - sum over outgoing g w|. */
static double balance(const hltm_net *net, const hltm_net *grad, size_t level) {
    double worst = 0;
    if (level == 0)
        return 0;
    const hltm_layer *y = &net->layer[level], *up = &net->layer[level - 1];
    for (size_t u = 0; u < hltm_width(y); u++) {
        double in = 0, out = 0;
        for (size_t a = 0; a < y->in; a++)
            in += grad->layer[level].w[u * y->in + a] * y->w[u * y->in + a];
        size_t node = u / up->in, column = u % up->in;
        for (size_t c = 0; c < up->out; c++) {
            size_t at = (node * up->out + c) * up->in + column;
            out += grad->layer[level - 1].w[at] * up->w[at];
        }
        worst = fmax(worst, fabs(in - out));
    }
    return worst;
}

static pl_status add_level(pl_ctx *ctx, const covariance *c, size_t level, double variance,
                           pl_table *out) {
    pl_status status = PL_OK;
    const hltm_net *net = &c->s.net;
    const hltm_layer *y = &net->layer[level];
    size_t n = hltm_weights(y), d = hltm_outputs(net);
    double *op = NULL, *wrong = NULL, *w = NULL, *g = NULL, *extra = NULL, *k = NULL, *e = NULL;
    double marginal = NAN, trace = 0, form = 0;
    PL_NEW(ctx, op, n * n);
    PL_NEW(ctx, wrong, n * n);
    PL_NEW(ctx, w, 4 * n);
    g = w + n;
    extra = g + n;
    e = extra + n;
    hltm_vec(y, w);
    hltm_vec(&c->grad.layer[level], g);
    if (c->few) {
        PL_NEW(ctx, k, c->s.population.configs * d * n);
        hltm_connection(net, &c->pass, level, c->jacobian[level], k);
    }
    if (c->pairwise)
        PL_TRY(hltm_pair_operator(ctx, &c->pairs, k, d, n, op));
    else {
        PL_TRY(hltm_operator(ctx, &c->s.population, c->l, c->r, level, n, op));
        hltm_bias_term(&c->s.population, c->l, c->r, level, n, extra);
    }
    if (c->few) {
        PL_TRY(hltm_marginal_operator(ctx, &c->s.population, k, d, n, wrong));
        marginal = residual(g, c->factor, wrong, w, NULL, n, 0);
    }
    add_symmetric_part(op, n, wrong);
    PL_TRY(hltm_eigen(ctx, wrong, n, e, NULL));
    for (size_t i = 0; i < n; i++) {
        trace += op[i * n + i];
        for (size_t j = 0; j < n; j++)
            form += w[i] * op[i * n + j] * w[j];
    }
    PL_TRY(pl_table_add(ctx, out,
                        (double[]){(double)level, hltm_frobenius(g, n), hltm_frobenius(op, n * n),
                                   trace, e[0], n > 1 ? e[1] : (double)NAN, e[n - 1],
                                   -1e-14 * fabs(e[0]), form, variance,
                                   residual(g, c->factor, op, w, extra, n, 0),
                                   residual(g, c->factor, op, w, NULL, n, 0),
                                   residual(g, c->factor, op, w, NULL, n, n / y->nodes), marginal,
                                   balance(net, &c->grad, level)},
                        NULL));
done:
    pl_free(op);
    pl_free(wrong);
    pl_free(w);
    pl_free(k);
    return status;
}

/* tr V_x[f-bar] */
static double variance_of_means(const hltm_population *p, const hltm_moments *m) {
    double sum = 0;
    for (size_t c = 0; c < m->outputs; c++) {
        double mean = 0;
        for (size_t z = 0; z < p->datapoints; z++)
            mean += p->prior[z] * m->out[z * m->outputs + c];
        for (size_t z = 0; z < p->datapoints; z++)
            sum += p->prior[z] * pow(m->out[z * m->outputs + c] - mean, 2);
    }
    return sum;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    covariance c = {0};
    hltm_objective value;
    double pairs = NAN;
    PL_TRY(prepare(ctx, o, &c, &value));
    if (c.pairwise && (c.s.net.norm != HLTM_NORM_NONE))
        pl_warn(ctx, "the weighted operator does not hold the normalisation: its identity is not "
                     "expected to close");
    double variance = variance_of_means(&c.s.population, &c.right);
    if (c.few)
        PL_TRY(
            hltm_simp_by_pairs(ctx, &c.s.population, c.pass.out, hltm_outputs(&c.s.net), &pairs));
    for (size_t l = 0; l < c.s.net.levels; l++)
        PL_TRY(add_level(ctx, &c, l, variance, out));
    const struct {
        const char *name, *meaning;
        double value;
    } list[] = {{"loss", "the loss's exact expectation", value.value},
                {"loss_by_pairs", "E L_simp by the sum over pairs of configurations", pairs},
                {"negative_variance", "-tr V_x[mean output]", -variance},
                {"configurations", "of the leaves", (double)c.s.population.configs}};
    for (size_t i = 0; i < sizeof list / sizeof *list; i++)
        PL_TRY(pl_table_summarise(ctx, out, list[i].name, "1", list[i].meaning, list[i].value));
    PL_TRY(hltm_cost_summarise(ctx, out, c.cost));
done:
    release(&c);
    return status;
}

const pl_program pl_hltm_covariance = {
    .name = "covariance",
    .summary = "gradients by backpropagation and by the covariance operator, level by level",
    .details =
        "-g/2 = V_x[K-bar] vec W for L_simp (with tri and nce: -g = OP^x vec W), exact over "
        "all configurations of the leaves.\nMemory and time, ten units a latent: depth 1 to 3 "
        "a few MiB, milliseconds; depth 4 (65536 configurations) about 30 MiB, 2 s; depth 5 "
        "has 2^32 and is refused. A level's operator is a matrix of its weights: 20 units take 260 "
        "MiB and 12 s at depth 4, and what exceeds 4 GiB is refused.",
    .source = "TIAN20, Theorem 3 (THM3, NORM, BALANCE)",
    .options = options,
    .columns = columns,
    .run = run};
