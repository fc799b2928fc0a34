#include "hltm/probe.h"

#include <math.h>

#include "hltm/blas.h"
#include "hltm/forest.h"

enum { BLOCK = 512 };

/* Sums over samples of one node: of its units' pre-activations, and of its inputs. */
typedef struct sums {
    double n[2];      /* samples with z = 0, 1                       */
    double *h, *hh;   /* 2 x out by z; out                           */
    double *x, *xx;   /* 2 x in by z; in x in, both values together  */
    double posterior; /* of (E[z|x] - p)^2                           */
} sums;

static pl_status allocate(pl_ctx *ctx, const hltm_layer *y, sums *s) {
    pl_status status = PL_OK;
    PL_NEW(ctx, s->h, 3 * y->out + 2 * y->in + y->in * y->in);
    s->hh = s->h + 2 * y->out;
    s->x = s->hh + y->out;
    s->xx = s->x + 2 * y->in;
done:
    return status;
}

static void add_block(const hltm_net *net, const hltm_pass *pass, size_t level, size_t node,
                      const unsigned char *z, size_t z_ld, bool ceilings, sums *s) {
    const hltm_layer *y = &net->layer[level];
    size_t width = hltm_width(y), below = y->nodes * y->in;
    const double *h = pass->h[level] + node * y->out;
    const double *x = (level + 1 == net->levels ? pass->x : pass->f[level + 1]) + node * y->in;
    for (size_t r = 0; r < pass->rows; r++) {
        size_t b = z[r * z_ld];
        s->n[b]++;
        for (size_t c = 0; c < y->out; c++) {
            double v = h[r * width + c];
            s->h[b * y->out + c] += v;
            s->hh[c] += v * v;
        }
        for (size_t a = 0; ceilings && a < y->in; a++)
            s->x[b * y->in + a] += x[r * below + a];
    }
    if (ceilings)
        hltm_gram(y->in, pass->rows, x, below, 1, s->xx);
}

/* P(z_node = 1 | leaves below) of one sample, for every node: the inside recursion on likelihoods,
 * scaled at every step. */
static void posteriors(const hltm_tree *t, const double *leaves, double *inside, double *out) {
    size_t first = hltm_node(t->depth, 0);
    for (size_t i = 0; i < first; i++) {
        inside[2 * (first + i)] = leaves[i] > 0.5 ? 0 : 1;
        inside[2 * (first + i) + 1] = leaves[i] > 0.5 ? 1 : 0;
    }
    for (size_t k = first; k-- > 1;) {
        double p[2] = {1, 1};
        for (size_t child = 2 * k; child <= 2 * k + 1; child++) {
            double same = (1 + t->rho[child]) / 2, other = (1 - t->rho[child]) / 2;
            const double *c = inside + 2 * child;
            p[0] *= same * c[0] + other * c[1];
            p[1] *= other * c[0] + same * c[1];
        }
        double all = p[0] + p[1];
        inside[2 * k] = p[0] / all;
        inside[2 * k + 1] = p[1] / all;
        double prior = (1 + hltm_tree_path(t, k) * (2 * t->root_prior - 1)) / 2;
        double one = prior * p[1], zero = (1 - prior) * p[0];
        out[k] = one / (one + zero) - prior;
    }
}

static double best_of(const hltm_layer *y, const sums *s) {
    double n = s->n[0] + s->n[1], p = s->n[1] / n, best = 0;
    for (size_t c = 0; c < y->out; c++) {
        double mean = (s->h[c] + s->h[y->out + c]) / n;
        double variance = s->hh[c] / n - mean * mean;
        double with = s->h[y->out + c] / n - p * mean;
        if (variance > 1e-12 * (s->hh[c] / n) && p > 0 && p < 1)
            best = fmax(best, fabs(with) / sqrt(variance * p * (1 - p)));
    }
    return fmin(best, 1);
}

/* R of the regression of z on the inputs: cov' Var^+ cov / Var z. */
static pl_status linear_of(pl_ctx *ctx, const hltm_layer *y, const sums *s, double *out) {
    pl_status status = PL_OK;
    const double rcond = 1e-10;
    size_t in = y->in;
    double n = s->n[0] + s->n[1], p = s->n[1] / n, explained = 0;
    double *v = NULL, *e = NULL, *vectors = NULL;
    PL_NEW(ctx, v, in * in);
    PL_NEW(ctx, vectors, in * in);
    PL_NEW(ctx, e, in);
    for (size_t a = 0; a < in; a++)
        for (size_t b = a; b < in; b++) {
            double ma = (s->x[a] + s->x[in + a]) / n, mb = (s->x[b] + s->x[in + b]) / n;
            v[a * in + b] = v[b * in + a] = s->xx[a * in + b] / n - ma * mb;
        }
    PL_TRY(hltm_eigen(ctx, v, in, e, vectors));
    for (size_t i = 0; i < in; i++) {
        double along = 0;
        for (size_t a = 0; a < in; a++)
            along += vectors[i * in + a] * (s->x[in + a] / n - p * (s->x[a] + s->x[in + a]) / n);
        if (e[i] > rcond * e[0])
            explained += along * along / e[i];
    }
    *out = p > 0 && p < 1 ? sqrt(explained / (p * (1 - p))) : 0;
done:
    pl_free(v);
    pl_free(vectors);
    pl_free(e);
    return status;
}

static pl_status finish(pl_ctx *ctx, const hltm_tree *t, const hltm_net *net, const sums *s,
                        bool ceilings, hltm_probe *probes) {
    pl_status status = PL_OK;
    for (size_t k = 1; k < (size_t)1 << t->depth; k++) {
        const hltm_layer *y = &net->layer[hltm_level(k)];
        double prior = (1 + hltm_tree_path(t, k) * (2 * t->root_prior - 1)) / 2;
        probes[k] = (hltm_probe){best_of(y, &s[k]), NAN, NAN};
        if (!ceilings)
            continue;
        probes[k].bayes = sqrt(s[k].posterior / (s[k].n[0] + s[k].n[1]) / (prior * (1 - prior)));
        PL_TRY(linear_of(ctx, y, &s[k], &probes[k].linear));
    }
done:
    return status;
}

pl_status hltm_probe_nodes(pl_ctx *ctx, const hltm_tree *t, const hltm_net *net, uint64_t seed,
                           uint64_t stream, size_t rows, bool ceilings, hltm_probe *probes) {
    pl_status status;
    hltm_pass pass = {0};
    sums *s = NULL;
    hltm_words words = hltm_words_of(seed, stream, 0);
    unsigned char *z = NULL;
    uint64_t *masks = NULL;
    double *x = NULL, *inside = NULL, *posterior = NULL;
    size_t nodes = (size_t)2 << t->depth, inner = nodes / 2, leaves = inner;
    if (rows < 2)
        return pl_fail(ctx, PL_EDOMAIN, "%zu samples are too few for a correlation", rows);
    PL_TRY(hltm_pass_new(ctx, net, BLOCK, &pass));
    PL_NEW(ctx, s, inner);
    for (size_t k = 1; k < inner; k++)
        PL_TRY(allocate(ctx, &net->layer[hltm_level(k)], &s[k]));
    PL_NEW(ctx, z, BLOCK * nodes);
    PL_NEW(ctx, masks, nodes);
    PL_NEW(ctx, x, BLOCK * leaves);
    PL_NEW(ctx, inside, 2 * nodes);
    PL_NEW(ctx, posterior, inner);
    for (size_t at = 0; at < rows; at += BLOCK) {
        size_t count = rows - at < BLOCK ? rows - at : BLOCK;
        for (size_t r = 0; r < count; r++) {
            if (r % 64 == 0)
                hltm_forest_sample(t, &words, hltm_bernoulli(&words, t->root_prior), masks);
            for (size_t k = 1; k < nodes; k++)
                z[r * nodes + k] = masks[k] >> r % 64 & 1;
            for (size_t i = 0; i < leaves; i++)
                x[r * leaves + i] = z[r * nodes + leaves + i];
            if (ceilings)
                posteriors(t, x + r * leaves, inside, posterior);
            for (size_t k = 1; ceilings && k < inner; k++)
                s[k].posterior += posterior[k] * posterior[k];
        }
        hltm_forward(net, x, count, &pass);
        for (size_t k = 1; k < inner; k++) {
            size_t level = hltm_level(k);
            add_block(net, &pass, level, k - hltm_node(level, 0), z + k, nodes, ceilings, &s[k]);
        }
    }
    PL_TRY(finish(ctx, t, net, s, ceilings, probes));
done:
    for (size_t k = 1; s && k < inner; k++)
        pl_free(s[k].h);
    pl_free(s);
    pl_free(z);
    pl_free(masks);
    pl_free(x);
    pl_free(inside);
    pl_free(posterior);
    hltm_pass_free(&pass);
    return status;
}
