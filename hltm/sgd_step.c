/* The trainer's arithmetic. Products run along columns in full vectors whatever the number of
 * units. This file alone is compiled with contraction of a*b + c, and for several instruction sets:
 * its sums are of single precision anyway, and reductions over the batch are in double. */

#pragma GCC optimize("O3", "fp-contract=fast")

#include <math.h>
#include <string.h>

#include "hltm/trainer.h"

#define CLONES __attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#define INLINE static inline __attribute__((always_inline))

enum { LANES = HLTM_LANES, TILE = 5 };

typedef float vec __attribute__((vector_size(LANES * sizeof(float)), may_alias));
typedef int32_t ivec __attribute__((vector_size(LANES * sizeof(int32_t))));

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

INLINE void update(const hltm_sgd_level *y, size_t node, const float *x, float rate, bool bias) {
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
    const hltm_sgd_level *y = &t->levels[l];
    if (y->x)
        return y->x + node * y->in * y->ld;
    const hltm_sgd_level *below = &t->levels[l + 1];
    return below->act + 2 * node * below->out * below->ld;
}

INLINE const int32_t *from_of(const hltm_trainer *t, const hltm_sgd_level *y, size_t node,
                              size_t side) {
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
    const hltm_sgd_level *y = &t->levels[l], *below = &t->levels[l + 1];
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
    const hltm_sgd_level *y = &t->levels[l], *below = &t->levels[l + 1];
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

INLINE void activate(const hltm_sgd_level *y, size_t node, float slope) {
    float *a = y->act + node * y->out * y->ld;
    for (size_t c = 0; c < y->out; c++, a += y->ld)
        for (size_t p = 0; p < y->columns[node]; p++)
            a[p] = a[p] > 0 ? a[p] : slope * a[p];
}

INLINE void gate(const hltm_sgd_level *y, size_t node, float slope) {
    const float *a = y->act + node * y->out * y->ld;
    float *d = y->delta + node * y->out * y->ld;
    for (size_t c = 0; c < y->out; c++, a += y->ld, d += y->ld)
        for (size_t p = 0; p < y->columns[node]; p++)
            d[p] = a[p] > 0 ? d[p] : slope * d[p];
}

INLINE void forward(hltm_trainer *t) {
    for (size_t l = t->depth; l-- > 0;) {
        hltm_sgd_level *y = &t->levels[l];
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
        hltm_sgd_level *y = &t->levels[l];
        for (size_t i = 0; i < y->nodes; i++) {
            const float *delta = y->delta + i * y->out * y->ld;
            if (l + 1 < t->depth) {
                hltm_sgd_level *below = &t->levels[l + 1];
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
    hltm_sgd_level *y = &t->levels[0];
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
    float *f = y->kind == HLTM_SAMPLE ? t->out : t->f; /* of the same stride when HLTM_SAMPLE */
    for (size_t c = 0; c < d; c++)
        for (size_t p = 0; p < columns; p++)
            f[c * y->ld + p] = y->act[c * y->ld + p] * scale[p];
    for (size_t c = 0; y->kind != HLTM_SAMPLE && c < d; c++)
        for (size_t s = 0; s < t->samples; s++)
            t->out[c * t->stride + s] = f[c * y->ld + (size_t)t->column[s]];
}

/* The same way back: to columns, then through N. */
INLINE void outputs_back(hltm_trainer *t) {
    hltm_sgd_level *y = &t->levels[0];
    size_t columns = y->columns[0], d = t->hidden;
    const float *size = t->size, *scale = t->size + y->ld, *g = t->gradient;
    float *restrict back = t->size + 2 * y->ld, *restrict delta = y->delta;
    if (y->kind != HLTM_SAMPLE) {
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
    double value = hltm_trainer_weigh(t);
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

CLONES double hltm_trainer_step(hltm_trainer *t) {
    forward(t);
    outputs(t);
    double value = loss_and_gradient(t);
    if (!isfinite(value))
        return value;
    outputs_back(t);
    backward(t);
    return value;
}
