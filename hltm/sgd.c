/* The training kernel. Activations of a node are rows of units, columns of inputs: products run
 * along columns in full vectors whatever the number of units. This file alone is compiled with
 * contraction of a*b + c, and for several instruction sets: its sums are of single precision
 * anyway, and reductions over the batch are in double. */

#pragma GCC optimize("O3", "fp-contract=fast")

#include "hltm/sgd.h"

#include <math.h>
#include <string.h>

#include "hltm/forest.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

enum { LANES = 16, TILE = 5, MAX_NEGATIVES = 16 };

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * sizeof(int32_t))));

/* How a level's columns arise. */
typedef enum kind {
    TABLE,    /* all configurations of two or four leaves */
    DISTINCT, /* the configurations of eight leaves that the batch shows */
    SAMPLE,   /* one column a sample */
} kind;

typedef struct level {
    kind kind;
    size_t nodes, in, out, ld; /* ld: room for columns */
    float *w, *b;              /* nodes x out x in, nodes x out */
    float *x;           /* nodes x in x ld: inputs; NULL where they are the children's rows */
    float *act, *delta; /* nodes x out x ld */
    size_t *columns;    /* of every node, a multiple of LANES */
    int32_t *from[2];   /* nodes x ld: column of the left and right child; NULL over 16
                         * leaves, where the children's columns are those of samples */
} level;

struct hltm_trainer {
    hltm_tree tree;
    hltm_sgd s;
    size_t depth, hidden, samples, stride; /* stride: samples rounded up to LANES */
    bool bias, l2;
    float slope, epsilon, rate;
    level *levels;
    float *parameters;
    size_t base;           /* level whose nodes' configurations are drawn: at most 8 leaves */
    unsigned char *config; /* base nodes x samples */
    int32_t *column;       /* base nodes x stride: where DISTINCT or TABLE put a sample */
    float *out, *gradient; /* hidden x stride: normalised outputs of samples */
    float *f;              /* hidden x ld of the root: outputs, then gradients of its columns */
    float *size;           /* |f|, 1/(|f| + eps), share along f: of the root's columns */
    float *scratch;        /* 2 hidden x ld: gradient of inputs */
    double *r;             /* distances: positives, then negatives */
    float *weight;         /* of pairs: positives, then negatives */
    uint64_t *z;
    hltm_words words;
    size_t taken;
};

/* By pointer: vectors wider than the baseline's registers are not passed by value. */
INLINE float horizontal(const vec *of) {
    vec v = *of;
    v += __builtin_shuffle(v, (ivec){8, 9, 10, 11, 12, 13, 14, 15, 0, 1, 2, 3, 4, 5, 6, 7});
    v += __builtin_shuffle(v, (ivec){4, 5, 6, 7, 0, 1, 2, 3, 12, 13, 14, 15, 8, 9, 10, 11});
    v += __builtin_shuffle(v, (ivec){2, 3, 0, 1, 6, 7, 4, 5, 10, 11, 8, 9, 14, 15, 12, 13});
    return v[0] + v[1];
}

/* `rows` rows and `wide` vectors of y = a x (+ b): a[m rs + k cs], x and y of stride ld. */
INLINE void product_tile(const float *a, size_t rs, size_t cs, size_t inner, const float *b,
                         const float *x, float *y, size_t ld, size_t rows, size_t wide) {
    vec sum[TILE][2];
    for (size_t m = 0; m < rows; m++)
        for (size_t v = 0; v < wide; v++)
            sum[m][v] = (vec){0} + (b ? b[m] : 0);
    for (size_t k = 0; k < inner; k++)
        for (size_t v = 0; v < wide; v++) {
            vec in = *(const vec *)(x + k * ld + v * LANES);
            for (size_t m = 0; m < rows; m++)
                sum[m][v] += a[m * rs + k * cs] * in;
        }
    for (size_t m = 0; m < rows; m++)
        for (size_t v = 0; v < wide; v++)
            *(vec *)(y + m * ld + v * LANES) = sum[m][v];
}

INLINE void product_rows(const float *a, size_t rs, size_t cs, size_t inner, const float *b,
                         const float *x, float *y, size_t ld, size_t columns, size_t rows) {
    size_t p = 0;
    for (; p + 2 * LANES <= columns; p += 2 * LANES)
        product_tile(a, rs, cs, inner, b, x + p, y + p, ld, rows, 2);
    if (p < columns)
        product_tile(a, rs, cs, inner, b, x + p, y + p, ld, rows, 1);
}

/* y = a x (+ b), outer rows. */
INLINE void product(const float *a, size_t rs, size_t cs, size_t outer, size_t inner,
                    const float *b, const float *x, float *y, size_t ld, size_t columns) {
    size_t m = 0;
    for (; m + TILE <= outer; m += TILE)
        product_rows(a + m * rs, rs, cs, inner, b ? b + m : NULL, x, y + m * ld, ld, columns, TILE);
    const float *rest = b ? b + m : NULL;
    a += m * rs;
    y += m * ld;
    switch (outer - m) {
    case 4:
        product_rows(a, rs, cs, inner, rest, x, y, ld, columns, 4);
        break;
    case 3:
        product_rows(a, rs, cs, inner, rest, x, y, ld, columns, 3);
        break;
    case 2:
        product_rows(a, rs, cs, inner, rest, x, y, ld, columns, 2);
        break;
    case 1:
        product_rows(a, rs, cs, inner, rest, x, y, ld, columns, 1);
        break;
    default:
        break;
    }
}

/* w -= rate * delta x^T for `rows` x `cols` weights. */
INLINE void update_tile(const float *delta, const float *x, size_t ld, size_t columns, float rate,
                        float *w, size_t in, size_t rows, size_t cols) {
    vec sum[TILE][4];
    for (size_t m = 0; m < rows; m++)
        for (size_t k = 0; k < cols; k++)
            sum[m][k] = (vec){0};
    for (size_t p = 0; p < columns; p += LANES)
        for (size_t m = 0; m < rows; m++) {
            vec d = *(const vec *)(delta + m * ld + p);
            for (size_t k = 0; k < cols; k++)
                sum[m][k] += d * *(const vec *)(x + k * ld + p);
        }
    for (size_t m = 0; m < rows; m++)
        for (size_t k = 0; k < cols; k++)
            w[m * in + k] -= rate * horizontal(&sum[m][k]);
}

INLINE void update_rows(const float *delta, const float *x, size_t ld, size_t columns, float rate,
                        float *w, size_t in, size_t rows) {
    size_t k = 0;
    for (; k + 4 <= in; k += 4)
        update_tile(delta, x + k * ld, ld, columns, rate, w + k, in, rows, 4);
    for (; k + 2 <= in; k += 2) /* in is even: two children, or two leaves */
        update_tile(delta, x + k * ld, ld, columns, rate, w + k, in, rows, 2);
}

INLINE void update(const level *y, size_t node, const float *x, float rate, bool bias) {
    size_t columns = y->columns[node], m = 0;
    const float *delta = y->delta + node * y->out * y->ld;
    float *w = y->w + node * y->out * y->in;
    for (; m + TILE <= y->out; m += TILE)
        update_rows(delta + m * y->ld, x, y->ld, columns, rate, w + m * y->in, y->in, TILE);
    for (; m + 2 <= y->out; m += 2)
        update_rows(delta + m * y->ld, x, y->ld, columns, rate, w + m * y->in, y->in, 2);
    if (m < y->out)
        update_rows(delta + m * y->ld, x, y->ld, columns, rate, w + m * y->in, y->in, 1);
    for (size_t c = 0; bias && c < y->out; c++) {
        vec sum = {0};
        for (size_t p = 0; p < columns; p += LANES)
            sum += *(const vec *)(delta + c * y->ld + p);
        y->b[node * y->out + c] -= rate * horizontal(&sum);
    }
}

static const float *inputs_of(const hltm_trainer *t, size_t l, size_t node) {
    const level *y = &t->levels[l];
    if (y->x)
        return y->x + node * y->in * y->ld;
    const level *below = &t->levels[l + 1];
    return below->act + 2 * node * below->out * below->ld;
}

INLINE const int32_t *from_of(const hltm_trainer *t, const level *y, size_t node, size_t side) {
    return y->from[side] ? y->from[side] + node * y->ld : t->column + (2 * node + side) * t->stride;
}

/* Rows of the children, gathered to this node's columns, a few rows at a time: the column is looked
 * up once for all of them. */
INLINE void gather_rows(const int32_t *from, const float *source, size_t from_ld, float *x,
                        size_t ld, size_t columns, size_t rows) {
    for (size_t p = 0; p < columns; p++)
        for (size_t c = 0; c < rows; c++)
            x[c * ld + p] = source[c * from_ld + (size_t)from[p]];
}

INLINE void gather(const hltm_trainer *t, size_t l, size_t node) {
    const level *y = &t->levels[l], *below = &t->levels[l + 1];
    for (size_t side = 0; side < 2; side++) {
        const int32_t *from = from_of(t, y, node, side);
        const float *source = below->act + (2 * node + side) * below->out * below->ld;
        float *x = y->x + (node * y->in + side * below->out) * y->ld;
        size_t c = 0;
        for (; c + TILE <= below->out; c += TILE)
            gather_rows(from, source + c * below->ld, below->ld, x + c * y->ld, y->ld,
                        y->columns[node], TILE);
        for (; c < below->out; c++)
            gather_rows(from, source + c * below->ld, below->ld, x + c * y->ld, y->ld,
                        y->columns[node], 1);
    }
}

/* The gradient of gathered rows, added up where columns coincide; rows side by side hide the wait
 * for a sum that was stored just before. */
INLINE void scatter_rows(const int32_t *from, float *restrict sink, size_t to_ld,
                         const float *restrict g, size_t ld, size_t columns, size_t rows) {
    for (size_t p = 0; p < columns; p++)
        for (size_t c = 0; c < rows; c++)
            sink[c * to_ld + (size_t)from[p]] += g[c * ld + p];
}

INLINE void scatter(const hltm_trainer *t, size_t l, size_t node, const float *gradient) {
    const level *y = &t->levels[l], *below = &t->levels[l + 1];
    for (size_t side = 0; side < 2; side++) {
        const int32_t *from = from_of(t, y, node, side);
        float *sink = below->delta + (2 * node + side) * below->out * below->ld;
        const float *g = gradient + side * below->out * y->ld;
        size_t c = 0;
        memset(sink, 0, below->out * below->ld * sizeof *sink);
        for (; c + TILE <= below->out; c += TILE)
            scatter_rows(from, sink + c * below->ld, below->ld, g + c * y->ld, y->ld,
                         y->columns[node], TILE);
        for (; c < below->out; c++)
            scatter_rows(from, sink + c * below->ld, below->ld, g + c * y->ld, y->ld,
                         y->columns[node], 1);
    }
}

INLINE void activate(const level *y, size_t node, float slope) {
    float *a = y->act + node * y->out * y->ld;
    for (size_t c = 0; c < y->out; c++, a += y->ld)
        for (size_t p = 0; p < y->columns[node]; p++)
            a[p] = a[p] > 0 ? a[p] : slope * a[p];
}

INLINE void gate(const level *y, size_t node, float slope) {
    const float *a = y->act + node * y->out * y->ld;
    float *d = y->delta + node * y->out * y->ld;
    for (size_t c = 0; c < y->out; c++, a += y->ld, d += y->ld)
        for (size_t p = 0; p < y->columns[node]; p++)
            d[p] = a[p] > 0 ? d[p] : slope * d[p];
}

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
    level *y = &t->levels[t->base];
    for (size_t i = 0; i < y->nodes; i++) {
        const unsigned char *config = t->config + i * t->samples;
        int32_t *column = t->column + i * t->stride;
        if (y->kind == TABLE) {
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
        y->columns[i] = ((size_t)count + LANES - 1) / LANES * LANES;
        for (size_t p = (size_t)count; p < y->columns[i]; p++)
            left[p] = right[p] = 0; /* padding: computed, and given no gradient */
    }
}

INLINE void forward(hltm_trainer *t) {
    for (size_t l = t->depth; l-- > 0;) {
        level *y = &t->levels[l];
        for (size_t i = 0; i < y->nodes; i++) {
            if (y->x && l + 1 < t->depth)
                gather(t, l, i);
            product(y->w + i * y->out * y->in, y->in, 1, y->out, y->in, y->b + i * y->out,
                    inputs_of(t, l, i), y->act + i * y->out * y->ld, y->ld, y->columns[i]);
            if (l > 0)
                activate(y, i, t->slope);
        }
    }
}

INLINE void backward(hltm_trainer *t) {
    for (size_t l = 0; l < t->depth; l++) {
        level *y = &t->levels[l];
        for (size_t i = 0; i < y->nodes; i++) {
            const float *delta = y->delta + i * y->out * y->ld;
            if (l + 1 < t->depth) {
                level *below = &t->levels[l + 1];
                float *sink = y->x ? t->scratch : below->delta + 2 * i * below->out * below->ld;
                product(y->w + i * y->out * y->in, 1, y->in, y->in, y->out, NULL, delta, sink,
                        y->ld, y->columns[i]);
                if (y->x)
                    scatter(t, l, i, sink);
                gate(below, 2 * i, t->slope);
                gate(below, 2 * i + 1, t->slope);
            }
            update(y, i, inputs_of(t, l, i), t->rate, t->bias);
        }
    }
}

/* Normalised outputs of the root's columns, then of the samples. */
INLINE void outputs(hltm_trainer *t) {
    level *y = &t->levels[0];
    size_t columns = y->columns[0], d = t->hidden;
    float *restrict size = t->size, *restrict scale = t->size + y->ld;
    for (size_t p = 0; p < columns; p++)
        size[p] = 0;
    for (size_t c = 0; c < d; c++)
        for (size_t p = 0; p < columns; p++)
            size[p] += y->act[c * y->ld + p] * y->act[c * y->ld + p];
    for (size_t p = 0; p < columns; p++) {
        size[p] = sqrtf(size[p]);
        scale[p] = t->l2 ? 1 / (size[p] + t->epsilon) : 1;
    }
    float *f = y->kind == SAMPLE ? t->out : t->f; /* of the same stride when SAMPLE */
    for (size_t c = 0; c < d; c++)
        for (size_t p = 0; p < columns; p++)
            f[c * y->ld + p] = y->act[c * y->ld + p] * scale[p];
    for (size_t c = 0; y->kind != SAMPLE && c < d; c++)
        for (size_t s = 0; s < t->samples; s++)
            t->out[c * t->stride + s] = f[c * y->ld + (size_t)t->column[s]];
}

/* The same way back: to columns, then through N. */
INLINE void outputs_back(hltm_trainer *t) {
    level *y = &t->levels[0];
    size_t columns = y->columns[0], d = t->hidden;
    const float *size = t->size, *scale = t->size + y->ld, *g = t->gradient;
    float *restrict back = t->size + 2 * y->ld, *restrict delta = y->delta;
    if (y->kind != SAMPLE) {
        memset(t->f, 0, d * y->ld * sizeof *t->f);
        for (size_t c = 0; c < d; c++)
            for (size_t s = 0; s < t->samples; s++)
                t->f[c * y->ld + (size_t)t->column[s]] += g[c * t->stride + s];
        g = t->f;
    }
    for (size_t p = 0; p < columns; p++)
        back[p] = 0;
    for (size_t c = 0; t->l2 && c < d; c++)
        for (size_t p = 0; p < columns; p++)
            back[p] += y->act[c * y->ld + p] * g[c * y->ld + p];
    for (size_t p = 0; p < columns; p++) /* <f, g>/(|f| (|f| + eps)^2) */
        back[p] = size[p] > 0 ? back[p] * scale[p] * scale[p] / size[p] : 0;
    for (size_t c = 0; c < d; c++)
        for (size_t p = 0; p < columns; p++)
            delta[c * y->ld + p] = scale[p] * g[c * y->ld + p] - back[p] * y->act[c * y->ld + p];
}

/* Weights of the pairs, d loss/d r over the batch, and the loss. */
static double weigh_pairs(hltm_trainer *t) {
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
            double negative[MAX_NEGATIVES], dp, dn[MAX_NEGATIVES];
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

INLINE double loss_and_gradient(hltm_trainer *t) {
    size_t batch = t->s.batch, h = t->s.loss.negatives, d = t->hidden;
    float *restrict weight = t->weight;
    for (size_t k = 0; k <= h; k++) { /* float accumulation over d, doubles over the batch */
        memset(weight + k * batch, 0, batch * sizeof *weight);
        for (size_t c = 0; c < d; c++) {
            const float *f = t->out + c * t->stride, *other = f + (k + 1) * batch;
            for (size_t i = 0; i < batch; i++) {
                float e = f[i] - other[i];
                weight[k * batch + i] += e * e;
            }
        }
    }
    for (size_t i = 0; i < (h + 1) * batch; i++)
        t->r[i] = (double)weight[i] / 2;
    double value = weigh_pairs(t);
    for (size_t c = 0; c < d; c++) {
        const float *f = t->out + c * t->stride;
        float *restrict g = t->gradient + c * t->stride;
        for (size_t i = 0; i < batch; i++) {
            float e = weight[i] * (f[i] - f[batch + i]);
            g[i] = e;
            g[batch + i] = -e;
        }
        for (size_t k = 1; k <= h; k++)
            for (size_t i = 0; i < batch; i++) {
                float e = weight[k * batch + i] * (f[i] - f[(k + 1) * batch + i]);
                g[i] -= e;
                g[(k + 1) * batch + i] = e;
            }
    }
    return value;
}

CLONES static double step(hltm_trainer *t) {
    forward(t);
    outputs(t);
    double value = loss_and_gradient(t);
    if (!isfinite(value))
        return value;
    outputs_back(t);
    backward(t);
    return value;
}

void hltm_trainer_run(hltm_trainer *t, size_t steps, size_t *done, double *loss) {
    double sum = 0;
    size_t k = 0;
    for (; k < steps; k++) {
        draw_batch(t);
        place_samples(t);
        double value = step(t);
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
        const level *y = &t->levels[l];
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
        level *y = &t->levels[l];
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
    return (n + LANES - 1) / LANES * LANES;
}

static pl_status new_level(pl_ctx *ctx, hltm_trainer *t, size_t l, const hltm_layer *shape) {
    pl_status status = PL_OK;
    level *y = &t->levels[l];
    size_t leaves = hltm_leaves(&t->tree, l);
    y->kind = leaves <= 4 ? TABLE : leaves == 8 ? DISTINCT : SAMPLE;
    y->nodes = shape->nodes;
    y->in = shape->in;
    y->out = shape->out;
    size_t most = leaves <= 8 ? (size_t)1 << leaves : t->samples;
    if (y->kind == DISTINCT && t->samples < most)
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
        level *y = &t->levels[l];
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
    if (s->loss.negatives < 1 || s->loss.negatives > MAX_NEGATIVES ||
        (s->loss.kind == HLTM_TRI && s->loss.negatives != 1))
        return pl_fail(ctx, PL_EDOMAIN, "%zu negatives: expected 1 to %d, 1 for tri",
                       s->loss.negatives, MAX_NEGATIVES);
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
