/* TIAN20, node by node: correlations with the latent under their ceilings (CORR), the path formula
 * of activation covariance (PATH), the gap of a ReLU (RELU.GAP), the factorised operator of linear
 * trees (LINTREE), the operator's norm as the paper and as the released code contract it. */

#include <math.h>

#include "hltm/hltm.h"
#include "hltm/latent.h"
#include "hltm/setting.h"

static const pl_option options[] = {
    HLTM_TREE_OPTIONS,
    HLTM_NET_OPTIONS,
    {"drop-edge", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "leave the node's own edge out of the path product (a control)", 0},
    {"exchange", PL_OPT_FLAG, NULL, 0, 0, NULL, NULL,
     "bounds of the ReLU gap with their sides exchanged (a control)", 0},
    {0}};

static const pl_column columns[] = {
    {"level", "1", "0 the root", false},
    {"node", "1", "within the level", false},
    {"rho", "1", "polarity of the edge above; 2 p_1 - 1 at the root", false},
    {"best_correlation", "1", "max over units of |corr(z, pre-activation)|, by its formula", false},
    {"direct_correlation", "1", "the same by direct regression over all configurations", false},
    {"best_linear_correlation", "1", "largest over linear read-outs of the node's input", false},
    {"bayes_correlation", "1", "largest over all functions of the leaves below", false},
    {"covariance_max", "1", "max |V_{z_0}[E[input | z_0]]|", false},
    {"path_residual", "1", "max |V - (1 - rho_0^2) rho_path^2 u u^T|", false},
    {"edge_residual", "1", "max |u - rho_child s| over the node's children", false},
    {"gap_slack", "1", "least slack of both bounds on E[psi(h)|1] - E[psi(h)|0]", false},
    {"operator_max", "1", "max |OP_mu|", false},
    {"factor_residual", "1", "max |OP_mu - (1 - rho_0^2) rho_path^2 (u u^T) x (J^T J)|, mean J",
     false},
    {"operator_norm", "1", "|OP_mu|_F", false},
    {"released_norm", "1", "|OP_mu|_F as the released code contracts it", false},
    {0}};

typedef struct nodes {
    hltm_setting s;
    hltm_pass pass;
    hltm_moments m;
    double **mean_jacobian; /* by level: outputs x width */
    bool drop_edge, exchange;
} nodes;

static void release(nodes *n) {
    for (size_t l = 0; n->mean_jacobian && l < n->s.net.levels; l++)
        pl_free(n->mean_jacobian[l]);
    pl_free(n->mean_jacobian);
    hltm_pass_free(&n->pass);
    hltm_moments_free(&n->m);
    hltm_setting_free(&n->s);
}

static pl_status average_jacobian(pl_ctx *ctx, nodes *n) {
    pl_status status = PL_OK;
    const hltm_net *net = &n->s.net;
    const hltm_population *p = &n->s.population;
    size_t d = hltm_outputs(net);
    double **jacobian = NULL;
    PL_NEW(ctx, n->mean_jacobian, net->levels);
    PL_NEW(ctx, jacobian, net->levels);
    for (size_t l = 0; l < net->levels; l++) {
        PL_NEW(ctx, n->mean_jacobian[l], d * hltm_width(&net->layer[l]));
        PL_NEW(ctx, jacobian[l], p->configs * d * hltm_width(&net->layer[l]));
    }
    PL_TRY(hltm_jacobian(ctx, net, &n->pass, HLTM_HEAD_RAW, true, jacobian));
    for (size_t l = 0; l < net->levels; l++) {
        size_t size = d * hltm_width(&net->layer[l]);
        for (size_t x = 0; x < p->configs; x++)
            for (size_t k = 0; k < size; k++)
                n->mean_jacobian[l][k] += p->marginal[x] * jacobian[l][x * size + k];
    }
done:
    for (size_t l = 0; jacobian && l < net->levels; l++)
        pl_free(jacobian[l]);
    pl_free(jacobian);
    return status;
}

/* max over units of |corr(z, h)| from the joint law of z and the leaves below. */
static pl_status direct_correlation(pl_ctx *ctx, const nodes *n, const hltm_latent *l,
                                    double *out) {
    pl_status status = PL_OK;
    const hltm_tree *t = &n->s.tree;
    const hltm_layer *y = &n->s.net.layer[l->level];
    size_t configs = hltm_configs(t, l->level), width = hltm_width(y);
    double *chance = NULL, best = 0;
    PL_NEW(ctx, chance, 2 * configs);
    PL_TRY(hltm_tree_inside(ctx, t, hltm_node(l->level, l->node), chance, chance + configs));
    for (size_t j = 0; j < y->out; j++) {
        double mean = 0, square = 0, with = 0;
        const double *h = n->pass.h[l->level] + l->node * y->out + j;
        for (size_t x = 0; x < configs; x++) {
            double v = h[hltm_latent_row(t, l->level, l->node, x) * width];
            double p1 = l->prior * chance[configs + x];
            mean += ((1 - l->prior) * chance[x] + p1) * v;
            with += p1 * v;
        }
        for (size_t x = 0; x < configs; x++) {
            double v = h[hltm_latent_row(t, l->level, l->node, x) * width] - mean;
            square += ((1 - l->prior) * chance[x] + l->prior * chance[configs + x]) * v * v;
        }
        if (square > 0)
            best =
                fmax(best, fabs(with - l->prior * mean) / sqrt(square * l->prior * (1 - l->prior)));
    }
    *out = best;
done:
    pl_free(chance);
    return status;
}

/* E[psi(h)|b] of a unit: sums over the leaves below. */
static pl_status gap_slack(pl_ctx *ctx, const nodes *n, const hltm_latent *l, double *out) {
    pl_status status = PL_OK;
    const hltm_tree *t = &n->s.tree;
    const hltm_layer *y = &n->s.net.layer[l->level];
    size_t configs = hltm_configs(t, l->level), width = hltm_width(y);
    double *chance = NULL, least = INFINITY;
    PL_NEW(ctx, chance, 2 * configs);
    PL_TRY(hltm_tree_inside(ctx, t, hltm_node(l->level, l->node), chance, chance + configs));
    for (size_t j = 0; j < y->out; j++) {
        double m[2] = {0}, root[2], psi[2] = {0}, of_mean[2];
        const double *h = n->pass.h[l->level] + l->node * y->out + j;
        for (size_t b = 0; b < 2; b++) {
            double square = 0;
            for (size_t x = 0; x < configs; x++) {
                double v = h[hltm_latent_row(t, l->level, l->node, x) * width];
                double p = chance[b * configs + x];
                m[b] += p * v;
                square += p * v * v;
                psi[b] += p * (v > 0 ? v : n->s.net.slope * v);
            }
            root[b] = sqrt(square); /* sqrt(m^2 + s^2) */
            of_mean[b] = fmax(m[b], 0);
        }
        double gap = psi[1] - psi[0];
        double lower = of_mean[1] - (m[0] + root[0]) / 2;
        double upper = (m[1] + root[1]) / 2 - of_mean[0];
        if (n->exchange) {
            double keep = lower;
            lower = upper;
            upper = keep;
        }
        least = fmin(least, fmin(gap - lower, upper - gap));
    }
    *out = least;
done:
    pl_free(chance);
    return status;
}

/* V_{z_0}[E[input | z_0]] against (1 - rho_0^2) rho_path^2 u u^T. */
static void path_formula(const nodes *n, const hltm_latent *l, double *most, double *residual) {
    const hltm_population *p = &n->s.population;
    const hltm_layer *y = &n->s.net.layer[l->level];
    const double *below = l->level + 1 == n->s.net.levels ? n->pass.x : n->pass.f[l->level + 1];
    size_t node = hltm_node(l->level, l->node);
    double p01 = p->prior[0] * p->prior[1], path = hltm_tree_path(&n->s.tree, node);
    if (n->drop_edge && node > 1)
        path /= n->s.tree.rho[node];
    *most = *residual = 0;
    double gap[2 * 64];
    for (size_t a = 0; a < l->in; a++) {
        gap[a] = 0;
        for (size_t x = 0; x < p->configs; x++)
            gap[a] += (p->given[p->configs + x] - p->given[x]) *
                      below[(x * y->nodes + l->node) * y->in + a];
    }
    for (size_t a = 0; a < l->in; a++)
        for (size_t b = 0; b < l->in; b++) {
            double v = p01 * gap[a] * gap[b];
            double want = 4 * p01 * path * path * l->half_gap[a] * l->half_gap[b];
            *most = fmax(*most, fabs(v));
            *residual = fmax(*residual, fabs(v - want));
        }
}

/* u against rho_child s: s is the half gap given the child's own latent. */
static pl_status edge_formula(pl_ctx *ctx, const nodes *n, const hltm_latent *l, double *out) {
    pl_status status = PL_OK;
    const hltm_tree *t = &n->s.tree;
    size_t half = l->in / 2, child_level = l->level + 1, configs = hltm_configs(t, child_level);
    double *chance = NULL, worst = 0;
    PL_NEW(ctx, chance, 2 * configs);
    for (size_t side = 0; side < 2; side++) {
        size_t child = 2 * l->node + side;
        PL_TRY(hltm_tree_inside(ctx, t, hltm_node(child_level, child), chance, chance + configs));
        for (size_t a = 0; a < half; a++) {
            double s = 0;
            for (size_t x = 0; x < configs; x++) {
                size_t row = hltm_latent_row(t, child_level, child, x);
                double f =
                    child_level == t->depth
                        ? (double)x
                        : n->pass.f[child_level][row * hltm_width(&n->s.net.layer[child_level]) +
                                                 child * half + a];
                s += (chance[configs + x] - chance[x]) * f / 2;
            }
            double u = l->half_gap[side * half + a];
            worst = fmax(worst, fabs(u - t->rho[hltm_node(child_level, child)] * s));
        }
    }
    *out = worst;
done:
    pl_free(chance);
    return status;
}

static pl_status factorised(pl_ctx *ctx, const nodes *n, const hltm_latent *l, double *most,
                            double *residual) {
    pl_status status = PL_OK;
    const hltm_layer *y = &n->s.net.layer[l->level];
    size_t weights = hltm_weights(y), d = n->m.outputs, own = y->in * y->out, width = hltm_width(y);
    const hltm_population *p = &n->s.population;
    double path = hltm_tree_path(&n->s.tree, hltm_node(l->level, l->node)), *op = NULL;
    double scale = 4 * p->prior[0] * p->prior[1] * path * path;
    PL_NEW(ctx, op, weights * weights);
    PL_TRY(hltm_operator(ctx, p, &n->m, &n->m, l->level, weights, op));
    *most = *residual = 0;
    for (size_t i = 0; i < own; i++)
        for (size_t k = 0; k < own; k++) {
            double jj = 0;
            for (size_t r = 0; r < d; r++) {
                const double *j = n->mean_jacobian[l->level] + r * width + l->node * y->out;
                jj += j[i % y->out] * j[k % y->out];
            }
            double v = op[(l->node * own + i) * weights + l->node * own + k];
            double want = scale * l->half_gap[i / y->out] * l->half_gap[k / y->out] * jj;
            *most = fmax(*most, fabs(v));
            *residual = fmax(*residual, fabs(v - want));
        }
done:
    pl_free(op);
    return status;
}

static pl_status add_node(pl_ctx *ctx, const nodes *n, size_t level, size_t node, pl_table *out) {
    pl_status status;
    hltm_latent l = {0};
    double direct, linear, covariance, path, edge, slack, most, factor, norm, released;
    PL_TRY(hltm_latent_new(ctx, &n->s.tree, &n->s.net, &n->pass, level, node, &l));
    PL_TRY(direct_correlation(ctx, n, &l, &direct));
    PL_TRY(hltm_best_linear(ctx, &l, &linear));
    path_formula(n, &l, &covariance, &path);
    PL_TRY(edge_formula(ctx, n, &l, &edge));
    PL_TRY(gap_slack(ctx, n, &l, &slack));
    PL_TRY(factorised(ctx, n, &l, &most, &factor));
    PL_TRY(hltm_node_norm(ctx, &n->s.net, &n->s.population, &n->m, level, node, false, &norm));
    PL_TRY(hltm_node_norm(ctx, &n->s.net, &n->s.population, &n->m, level, node, true, &released));
    PL_TRY(
        pl_table_add(ctx, out,
                     (double[]){(double)level, (double)node, n->s.tree.rho[hltm_node(level, node)],
                                hltm_best_correlation(&n->s.net, &l), direct, linear, l.bayes,
                                covariance, path, edge, slack, most, factor, norm, released},
                     NULL));
done:
    hltm_latent_free(&l);
    return status;
}

static pl_status run(pl_ctx *ctx, const pl_options *o, pl_table *out) {
    pl_status status;
    nodes n = {.drop_edge = pl_option_flag(o, "drop-edge"),
               .exchange = pl_option_flag(o, "exchange")};
    double worst_path = 0, least_slack = INFINITY;
    if (pl_option_int(o, "depth") >= HLTM_MAX_EXACT_DEPTH)
        return pl_fail(ctx, PL_EDOMAIN,
                       "depth %lld: this program holds all Jacobians at once and ends at depth 3; "
                       "`latents` and `operators` sample deeper trees",
                       pl_option_int(o, "depth"));
    PL_TRY(hltm_setting_new(ctx, o, &n.s));
    PL_TRY(hltm_pass_new(ctx, &n.s.net, n.s.population.configs, &n.pass));
    hltm_forward(&n.s.net, n.s.population.x, n.s.population.configs, &n.pass);
    PL_TRY(hltm_moments_new(ctx, &n.s.net, &n.s.population, HLTM_HEAD_RAW, true, &n.m));
    PL_TRY(average_jacobian(ctx, &n));
    for (size_t l = 0; l < n.s.net.levels; l++)
        for (size_t i = 0; i < n.s.net.layer[l].nodes; i++) {
            PL_TRY(add_node(ctx, &n, l, i, out));
            size_t row = pl_table_rows(out) - 1;
            worst_path =
                fmax(worst_path, pl_table_at(out, row, pl_table_find(out, "path_residual")));
            least_slack = fmin(least_slack, pl_table_at(out, row, pl_table_find(out, "gap_slack")));
        }
    PL_TRY(pl_table_summarise(ctx, out, "worst_path_residual", "1", "over all nodes", worst_path));
    PL_TRY(pl_table_summarise(ctx, out, "min_slack", "1", "of both bounds, over nodes and units",
                              least_slack));
done:
    release(&n);
    return status;
}

const pl_program pl_hltm_nodes = {
    .name = "nodes",
    .summary = "every node: correlation with its latent, ceilings, path formula, operator",
    .details = "Exact over all configurations, depth 3 at most.\nbest <= linear <= Bayes; "
               "V_{z_0}[E f] = (1 - rho_0^2) rho_path^2 u u^T.",
    .source = "TIAN20, hierarchical latent trees (CORR, PATH, LINTREE, RELU.GAP, CODE.OPNORM)",
    .options = options,
    .columns = columns,
    .run = run};
