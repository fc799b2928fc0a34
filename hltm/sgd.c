/* The trainer around its arithmetic (sgd_step.c): memory, samples, loss, the run. */

#include <math.h>
#include <string.h>

#include "hltm/trainer.h"

/* Samples of the batch: positives share the anchors' roots, negatives have their own. */
static void draw_batch(hltm_trainer *t) {
    size_t batch = t->s.batch, branches = 2 + t->s.loss.negatives;
    size_t nodes = (size_t)1 << t->base, leaves = hltm_leaves(&t->tree, t->base);
    size_t first = hltm_node(t->depth, 0);
    for (size_t at = 0; at < batch; at += 64) {
        size_t count = batch - at < 64 ? batch - at : 64;
        uint64_t root = 0;
        for (size_t branch = 0; branch < branches; branch++) {
            if (branch != 1)
                root = hltm_bernoulli(&t->words, t->tree.root_prior);
            hltm_forest_sample(&t->tree, &t->words, root, t->z);
            for (size_t i = 0; i < nodes; i++) {
                uint64_t masks[8] = {0};
                unsigned char bytes[64];
                memcpy(masks + 8 - leaves, t->z + first + i * leaves, leaves * sizeof *masks);
                hltm_transpose_bytes(masks, bytes);
                memcpy(t->config + i * t->samples + branch * batch + at, bytes, count);
            }
        }
    }
}

/* Columns of the base level: every configuration, or those that occur. */
static void place_samples(hltm_trainer *t) {
    hltm_sgd_level *y = &t->levels[t->base];
    for (size_t i = 0; i < y->nodes; i++) {
        const unsigned char *config = t->config + i * t->samples;
        int32_t *column = t->column + i * t->stride;
        if (y->kind == HLTM_TABLE) {
            for (size_t s = 0; s < t->samples; s++)
                column[s] = config[s];
            continue;
        }
        int32_t seen[256], count = 0;
        memset(seen, 0xFF, sizeof seen);
        int32_t *left = y->from[0] + i * y->ld, *right = y->from[1] + i * y->ld;
        for (size_t s = 0; s < t->samples; s++) {
            int32_t at = seen[config[s]];
            if (at < 0) {
                at = seen[config[s]] = count++;
                left[at] = config[s] >> 4;
                right[at] = config[s] & 15;
            }
            column[s] = at;
        }
        y->columns[i] = ((size_t)count + HLTM_LANES - 1) / HLTM_LANES * HLTM_LANES;
        for (size_t p = (size_t)count; p < y->columns[i]; p++)
            left[p] = right[p] = 0; /* padding: computed, and given no gradient */
    }
}

double hltm_trainer_weigh(hltm_trainer *t) {
    size_t batch = t->s.batch, h = t->s.loss.negatives;
    double b = (double)batch, mean[2] = {0}, mse = 2 / (double)t->hidden, scale, value, sum = 0;
    for (size_t i = 0; i < batch; i++) {
        mean[0] += t->r[i] / b;
        for (size_t k = 1; k <= h; k++)
            mean[1] += t->r[k * batch + i] / (b * (double)h);
    }
    switch (t->s.loss.kind) {
    case HLTM_TRI:
    case HLTM_NCE:
        scale = t->s.loss.kind == HLTM_NCE ? 1 / t->s.loss.tau : 1;
        for (size_t i = 0; i < batch; i++) {
            double negative[HLTM_MAX_NEGATIVES], dp, dn[HLTM_MAX_NEGATIVES];
            for (size_t k = 0; k < h; k++)
                negative[k] = t->r[(k + 1) * batch + i];
            sum += scale * hltm_loss_at(&t->s.loss, t->r[i], negative, &dp, dn);
            t->weight[i] = (float)(scale * dp / b);
            for (size_t k = 0; k < h; k++)
                t->weight[(k + 1) * batch + i] = (float)(-scale * dn[k] / b);
        }
        return sum / b;
    case HLTM_RELEASED: {
        double p = hltm_sigmoid(mse * (mean[1] - mean[0]) / t->s.loss.tau);
        value = -p;
        scale = mse * p * (1 - p) / t->s.loss.tau;
        break;
    }
    case HLTM_SUBTRACT:
        value = mse * (mean[0] - mean[1]);
        scale = mse;
        break;
    case HLTM_SIMP:
    default:
        value = mean[0] - mean[1];
        scale = 1;
        break;
    }
    for (size_t i = 0; i < (h + 1) * batch; i++)
        t->weight[i] = (float)(scale / (i < batch ? b : b * (double)h));
    return value;
}

void hltm_trainer_run(hltm_trainer *t, size_t steps, size_t *done, double *loss) {
    double sum = 0;
    size_t k = 0;
    for (; k < steps; k++) {
        draw_batch(t);
        place_samples(t);
        double value = hltm_trainer_step(t);
        if (!isfinite(value))
            break;
        sum += value;
    }
    t->taken += k;
    *done = k;
    *loss = k ? sum / (double)k : (double)NAN;
}

void hltm_trainer_weights(const hltm_trainer *t, hltm_net *net) {
    for (size_t l = 0; l < t->depth; l++) {
        const hltm_sgd_level *y = &t->levels[l];
        for (size_t i = 0; i < y->nodes * y->out * y->in; i++)
            net->layer[l].w[i] = (double)y->w[i];
        for (size_t i = 0; i < y->nodes * y->out; i++)
            net->layer[l].b[i] = (double)y->b[i];
    }
}

void hltm_trainer_batch(const hltm_trainer *t, double *x) {
    size_t leaves = hltm_leaves(&t->tree, t->base), nodes = (size_t)1 << t->base;
    for (size_t s = 0; s < t->samples; s++)
        for (size_t i = 0; i < nodes; i++)
            for (size_t k = 0; k < leaves; k++)
                x[(s * nodes + i) * leaves + k] =
                    (double)(t->config[i * t->samples + s] >> (leaves - 1 - k) & 1);
}

void hltm_trainer_free(hltm_trainer *t) {
    if (!t)
        return;
    for (size_t l = 0; t->levels && l < t->depth; l++) {
        hltm_sgd_level *y = &t->levels[l];
        pl_free(y->x);
        pl_free(y->act);
        pl_free(y->delta);
        pl_free(y->columns);
        pl_free(y->from[0]);
        pl_free(y->from[1]);
    }
    pl_free(t->levels);
    pl_free(t->parameters);
    pl_free(t->config);
    pl_free(t->column);
    pl_free(t->out);
    pl_free(t->gradient);
    pl_free(t->f);
    pl_free(t->size);
    pl_free(t->scratch);
    pl_free(t->r);
    pl_free(t->weight);
    pl_free(t->z);
    hltm_tree_free(&t->tree);
    pl_free(t);
}

static size_t rounded(size_t n) {
    return (n + HLTM_LANES - 1) / HLTM_LANES * HLTM_LANES;
}

static pl_status new_level(pl_ctx *ctx, hltm_trainer *t, size_t l, const hltm_layer *shape) {
    pl_status status = PL_OK;
    hltm_sgd_level *y = &t->levels[l];
    size_t leaves = hltm_leaves(&t->tree, l);
    y->kind = leaves <= 4 ? HLTM_TABLE : leaves == 8 ? HLTM_DISTINCT : HLTM_SAMPLE;
    y->nodes = shape->nodes;
    y->in = shape->in;
    y->out = shape->out;
    size_t most = leaves <= 8 ? (size_t)1 << leaves : t->samples;
    if (y->kind == HLTM_DISTINCT && t->samples < most)
        most = t->samples;
    y->ld = rounded(most);
    PL_NEW(ctx, y->columns, y->nodes);
    for (size_t i = 0; i < y->nodes; i++)
        y->columns[i] = y->ld;
    if (leaves <= 16)
        PL_NEW(ctx, y->x, y->nodes * y->in * y->ld);
    PL_NEW(ctx, y->act, y->nodes * y->out * y->ld);
    PL_NEW(ctx, y->delta, y->nodes * y->out * y->ld);
    if (leaves == 2) /* inputs are the bits of the four configurations */
        for (size_t i = 0; i < y->nodes; i++)
            for (size_t p = 0; p < 4; p++) {
                y->x[(i * 2) * y->ld + p] = (float)(p >> 1);
                y->x[(i * 2 + 1) * y->ld + p] = (float)(p & 1);
            }
    for (size_t side = 0; leaves > 2 && leaves <= 8 && side < 2; side++)
        PL_NEW(ctx, y->from[side], y->nodes * y->ld);
    for (size_t i = 0; leaves == 4 && i < y->nodes; i++)
        for (size_t p = 0; p < 16; p++) {
            y->from[0][i * y->ld + p] = (int32_t)(p >> 2);
            y->from[1][i * y->ld + p] = (int32_t)(p & 3);
        }
done:
    return status;
}

static void copy_weights(hltm_trainer *t, const hltm_net *net) {
    float *at = t->parameters;
    for (size_t l = 0; l < t->depth; l++) {
        hltm_sgd_level *y = &t->levels[l];
        y->w = at;
        y->b = y->w + y->nodes * y->out * y->in;
        at = y->b + y->nodes * y->out;
        for (size_t i = 0; i < y->nodes * y->out * y->in; i++)
            y->w[i] = (float)net->layer[l].w[i];
        for (size_t i = 0; i < y->nodes * y->out; i++)
            y->b[i] = (float)net->layer[l].b[i];
    }
}

static pl_status check(pl_ctx *ctx, const hltm_tree *tree, const hltm_net *net, const hltm_sgd *s) {
    if (tree->depth > HLTM_MAX_SGD_DEPTH || tree->depth != net->levels)
        return pl_fail(ctx, PL_EDOMAIN, "training on a tree of depth %zu: at most %d", tree->depth,
                       HLTM_MAX_SGD_DEPTH);
    if (s->batch < 1 || s->batch > 1 << 20)
        return pl_fail(ctx, PL_EDOMAIN, "batch %zu: expected 1 to 2^20", s->batch);
    if (s->loss.negatives < 1 || s->loss.negatives > HLTM_MAX_NEGATIVES ||
        (s->loss.kind == HLTM_TRI && s->loss.negatives != 1))
        return pl_fail(ctx, PL_EDOMAIN, "%zu negatives: expected 1 to %d, 1 for tri",
                       s->loss.negatives, HLTM_MAX_NEGATIVES);
    if (!(s->loss.tau > 0) || !(s->rate > 0))
        return pl_fail(ctx, PL_EDOMAIN, "temperature %g and learning rate %g must be positive",
                       s->loss.tau, s->rate);
    if (net->norm == HLTM_NORM_MAG)
        return pl_fail(ctx, PL_EUSAGE, "training takes --norm none or l2");
    return PL_OK;
}

pl_status hltm_trainer_new(pl_ctx *ctx, const hltm_tree *tree, const hltm_net *net,
                           const hltm_sgd *s, hltm_trainer **out) {
    pl_status status = check(ctx, tree, net, s);
    if (status)
        return status;
    hltm_trainer *t = NULL;
    PL_NEW(ctx, t, 1);
    t->s = *s;
    t->depth = tree->depth;
    t->hidden = hltm_outputs(net);
    t->samples = (2 + s->loss.negatives) * s->batch;
    t->stride = rounded(t->samples);
    t->bias = net->bias;
    t->l2 = net->norm == HLTM_NORM_L2;
    t->slope = (float)net->slope;
    t->epsilon = (float)net->epsilon;
    t->rate = (float)s->rate;
    t->base = tree->depth > 3 ? tree->depth - 3 : 0;
    t->words = hltm_words_of(s->seed, 3, s->row);
    PL_TRY(hltm_tree_new(ctx, tree->depth, tree->root_prior, tree->rho + 2,
                         ((size_t)2 << tree->depth) - 2, &t->tree));
    size_t base_nodes = (size_t)1 << t->base;
    PL_NEW(ctx, t->levels, t->depth);
    PL_NEW(ctx, t->parameters, net->count);
    PL_NEW(ctx, t->config, base_nodes * t->samples);
    PL_NEW(ctx, t->column, base_nodes * t->stride);
    for (size_t l = 0; l < t->depth; l++)
        PL_TRY(new_level(ctx, t, l, &net->layer[l]));
    size_t widest = t->levels[0].ld;
    for (size_t l = 0; l < t->depth; l++)
        widest = t->levels[l].ld > widest ? t->levels[l].ld : widest;
    PL_NEW(ctx, t->out, t->hidden * t->stride);
    PL_NEW(ctx, t->gradient, t->hidden * t->stride);
    PL_NEW(ctx, t->f, t->hidden * t->levels[0].ld);
    PL_NEW(ctx, t->size, 3 * t->levels[0].ld);
    PL_NEW(ctx, t->scratch, 2 * t->hidden * widest);
    PL_NEW(ctx, t->r, t->samples);
    PL_NEW(ctx, t->weight, t->samples);
    PL_NEW(ctx, t->z, (size_t)2 << t->depth);
    copy_weights(t, net);
    *out = t;
    t = NULL;
done:
    hltm_trainer_free(t);
    return status;
}
