#include "hltm/latent.h"

#include <math.h>

void hltm_latent_free(hltm_latent *l) {
    pl_free(l->mean[0]); /* one block holds them all */
    *l = (hltm_latent){0};
}

size_t hltm_latent_row(const hltm_tree *t, size_t level, size_t node, size_t config) {
    size_t own = hltm_leaves(t, level), all = hltm_leaves(t, 0);
    return config << (all - (node + 1) * own);
}

static const double *input_of(const hltm_net *net, const hltm_pass *pass, size_t level, size_t node,
                              size_t row) {
    const hltm_layer *y = &net->layer[level];
    const double *below = level + 1 == net->levels ? pass->x : pass->f[level + 1];
    return below + (row * y->nodes + node) * y->in;
}

static void moments(const hltm_tree *t, const hltm_net *net, const hltm_pass *pass,
                    const double *chance, hltm_latent *l, double *mean, double *cov) {
    size_t n = hltm_configs(t, l->level), in = l->in;
    for (size_t x = 0; x < n; x++) {
        const double *f =
            input_of(net, pass, l->level, l->node, hltm_latent_row(t, l->level, l->node, x));
        for (size_t a = 0; a < in; a++)
            mean[a] += chance[x] * f[a];
    }
    for (size_t x = 0; x < n; x++) {
        const double *f =
            input_of(net, pass, l->level, l->node, hltm_latent_row(t, l->level, l->node, x));
        for (size_t a = 0; a < in; a++)
            for (size_t b = 0; b < in; b++)
                cov[a * in + b] += chance[x] * (f[a] - mean[a]) * (f[b] - mean[b]);
    }
}

/* sqrt(Var E[z|x]/Var z) over the leaves below. */
static double bayes(const double *p0, const double *p1, size_t n, double prior) {
    double variance = 0;
    for (size_t x = 0; x < n; x++) {
        double q = (1 - prior) * p0[x] + prior * p1[x];
        if (q > 0)
            variance += q * pow(prior * p1[x] / q - prior, 2);
    }
    return sqrt(variance / (prior * (1 - prior)));
}

pl_status hltm_latent_new(pl_ctx *ctx, const hltm_tree *t, const hltm_net *net,
                          const hltm_pass *pass, size_t level, size_t node, hltm_latent *out) {
    pl_status status = PL_OK;
    size_t in = net->layer[level].in, n = hltm_configs(t, level);
    double *block = NULL, *chance = NULL;
    hltm_latent l = {.level = level, .node = node, .in = in};
    l.prior = (1 + hltm_tree_path(t, hltm_node(level, node)) * (2 * t->root_prior - 1)) / 2;
    PL_NEW(ctx, block, 3 * in + 3 * in * in);
    PL_NEW(ctx, chance, 2 * n);
    l.mean[0] = block;
    l.mean[1] = l.mean[0] + in;
    l.half_gap = l.mean[1] + in;
    l.cov[0] = l.half_gap + in;
    l.cov[1] = l.cov[0] + in * in;
    l.within = l.cov[1] + in * in;
    PL_TRY(hltm_tree_inside(ctx, t, hltm_node(level, node), chance, chance + n));
    for (size_t b = 0; b < 2; b++)
        moments(t, net, pass, chance + b * n, &l, l.mean[b], l.cov[b]);
    for (size_t a = 0; a < in; a++)
        l.half_gap[a] = (l.mean[1][a] - l.mean[0][a]) / 2;
    for (size_t k = 0; k < in * in; k++)
        l.within[k] = (1 - l.prior) * l.cov[0][k] + l.prior * l.cov[1][k];
    l.bayes = bayes(chance, chance + n, n, l.prior);
    *out = l;
    block = NULL;
done:
    pl_free(block);
    pl_free(chance);
    return status;
}

double hltm_best_correlation(const hltm_net *net, const hltm_latent *l) {
    const hltm_layer *y = &net->layer[l->level];
    double best = 0, spread = 4 * l->prior * (1 - l->prior);
    for (size_t j = 0; j < y->out; j++) {
        const double *w = y->w + (l->node * y->out + j) * y->in;
        double along = 0, noise = 0;
        for (size_t a = 0; a < l->in; a++) {
            along += w[a] * l->half_gap[a];
            for (size_t b = 0; b < l->in; b++)
                noise += w[a] * l->within[a * l->in + b] * w[b];
        }
        double total = spread * along * along + fmax(noise, 0);
        if (total > 0)
            best = fmax(best, sqrt(spread * along * along / total));
    }
    return best;
}

pl_status hltm_best_linear(pl_ctx *ctx, const hltm_latent *l, double *out) {
    pl_status status = PL_OK;
    const double rcond = 1e-12;
    size_t n = l->in;
    double *e = NULL, *v = NULL, kappa = 0;
    PL_NEW(ctx, e, n);
    PL_NEW(ctx, v, n * n);
    PL_TRY(hltm_eigen(ctx, l->within, n, e, v));
    for (size_t i = 0; i < n; i++) {
        double along = 0;
        for (size_t a = 0; a < n; a++)
            along += v[i * n + a] * l->half_gap[a];
        if (e[i] > rcond * e[0])
            kappa += along * along / e[i];
    }
    kappa *= 4 * l->prior * (1 - l->prior);
    *out = sqrt(kappa / (1 + kappa));
done:
    pl_free(e);
    pl_free(v);
    return status;
}
