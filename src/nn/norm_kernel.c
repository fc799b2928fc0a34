/* Vectors of 16 floats in GCC's vector extension: one zmm register with AVX-512, two ymm with AVX2,
 * four xmm elsewhere; target_clones picks when the program is loaded. Every body is one inline
 * function whose flags (precision, whole block) are constants at each place it is inlined into.
 * Sums are kept in float32 for at most FLUSH terms a lane, then in double. */
#include "nn/norm_kernel.h"

#include <stdint.h>
#include <string.h>

#define CLONES __attribute__((target_clones("avx512f", "avx2", "default")))
#define INLINE static inline __attribute__((always_inline))

typedef float v16 __attribute__((vector_size(64)));
typedef int32_t i16v __attribute__((vector_size(64)));
typedef uint32_t u16v __attribute__((vector_size(64)));
typedef uint16_t h16v __attribute__((vector_size(32)));

enum { FLUSH = 512 };

/* ---- one pixel's lanes, from and to memory ---- */

INLINE v16 widen(const uint16_t *p) {
    h16v h;
    memcpy(&h, p, sizeof h);
    return (v16)(__builtin_convertvector(h, u16v) << 16);
}

/* Round to nearest even; NaN stays NaN. */
INLINE h16v narrow(v16 x) {
    u16v u = (u16v)x;
    u16v rounded = (u + 0x7fff + ((u >> 16) & 1)) >> 16;
    u16v nan = (u16v)(x != x);
    return __builtin_convertvector((rounded & ~nan) | (((u >> 16) | 0x40) & nan), h16v);
}

INLINE v16 load(const void *p, size_t at, bool bf16, size_t lanes) {
    if (bf16)
        return widen((const uint16_t *)p + at);
    v16 v = {0};
    if (lanes == NN_BLOCK)
        memcpy(&v, (const float *)p + at, sizeof v);
    else
        for (size_t i = 0; i < lanes; i++)
            v[i] = ((const float *)p)[at + i];
    return v;
}

INLINE void store(void *p, size_t at, bool bf16, size_t lanes, v16 v) {
    if (bf16) {
        h16v h = narrow(v);
        memcpy((uint16_t *)p + at, &h, sizeof h);
    } else if (lanes == NN_BLOCK)
        memcpy((float *)p + at, &v, sizeof v);
    else
        for (size_t i = 0; i < lanes; i++)
            ((float *)p)[at + i] = v[i];
}

INLINE v16 row(const float *a) {
    v16 v;
    memcpy(&v, a, sizeof v);
    return v;
}

INLINE v16 where(i16v mask, v16 v) {
    return (v16)((i16v)v & mask);
}

INLINE v16 largest(v16 a, v16 b) { /* a where a >= b or NaN */
    i16v less = a < b;
    return (v16)(((i16v)a & ~less) | ((i16v)b & less));
}

INLINE v16 positive(v16 a) { /* NaN stays */
    return where(~(i16v)(a < 0), a);
}

INLINE void flush(double sum[NN_BLOCK], const v16 *v) {
    for (int i = 0; i < NN_BLOCK; i++)
        sum[i] += (double)(*v)[i];
}

/* ---- the bodies ---- */

INLINE void moments(const nn_layout *l, const void *x, size_t first, size_t last,
                    const float *origin, double sums[2][NN_BLOCK], bool bf16, size_t lanes) {
    v16 o = row(origin), s0 = {0}, s1 = {0}, q0 = {0}, q1 = {0};
    size_t pixels = l->height * l->width, since = 0;
    for (size_t n = first; n < last; n++)
        for (size_t from = 0; from < pixels; from += FLUSH) {
            size_t to = pixels - from < FLUSH ? pixels : from + FLUSH, p = from;
            size_t at = n * l->image_stride + p * l->pixel_stride;
            for (; p + 1 < to; p += 2, at += 2 * l->pixel_stride) {
                v16 a = load(x, at, bf16, lanes) - o;
                v16 b = load(x, at + l->pixel_stride, bf16, lanes) - o;
                s0 += a, s1 += b, q0 += a * a, q1 += b * b;
            }
            if (p < to) {
                v16 a = load(x, at, bf16, lanes) - o;
                s0 += a, q0 += a * a;
            }
            since += to - from;
            if (since >= FLUSH || n + 1 == last) {
                s0 += s1, q0 += q1;
                flush(sums[0], &s0);
                flush(sums[1], &q0);
                s0 = s1 = q0 = q1 = (v16){0};
                since = 0;
            }
        }
}

INLINE void apply(const nn_layout *l, const void *x, const void *r, void *y, size_t first,
                  size_t last, const nn_affine *a, bool relu, bool bf16, size_t lanes) {
    v16 scale = row(a->scale), shift = row(a->shift);
    size_t pixels = l->height * l->width;
    for (size_t n = first; n < last; n++)
        for (size_t p = 0, at = n * l->image_stride; p < pixels; p++, at += l->pixel_stride) {
            v16 v = load(x, at, bf16, lanes) * scale + shift;
            if (r)
                v += load(r, at, bf16, lanes);
            store(y, at, bf16, lanes, relu ? positive(v) : v);
        }
}

/* The four affine values of a window, and the largest. */
INLINE v16 window(const nn_layout *l, const void *x, size_t at, v16 scale, v16 shift, bool bf16,
                  v16 in[4]) {
    size_t below = l->width * l->pixel_stride;
    const size_t offsets[4] = {0, l->pixel_stride, below, below + l->pixel_stride};
    for (int i = 0; i < 4; i++)
        in[i] = load(x, at + offsets[i], bf16, NN_BLOCK) * scale + shift;
    return largest(largest(in[0], in[1]), largest(in[2], in[3]));
}

#define EACH_WINDOW                                                                                \
    for (size_t n = first; n < last; n++)                                                          \
        for (size_t i = 0; i < pooled->height; i++)                                                \
            for (size_t j = 0, at = n * l->image_stride + 2 * i * l->width * l->pixel_stride,      \
                        to = n * pooled->image_stride + i * pooled->width * pooled->pixel_stride;  \
                 j < pooled->width; j++, at += 2 * l->pixel_stride, to += pooled->pixel_stride)

INLINE void apply_pool(const nn_layout *l, const nn_layout *pooled, const void *x, void *y,
                       size_t first, size_t last, const nn_affine *a, bool bf16) {
    v16 scale = row(a->scale), shift = row(a->shift), in[4];
    EACH_WINDOW {
        store(y, to, bf16, NN_BLOCK, positive(window(l, x, at, scale, shift, bf16, in)));
    }
}

/* Gradient past the ReLU at one place. */
INLINE v16 gradient(const nn_norm_back *b, size_t at, v16 x, v16 scale, v16 shift, bool bf16,
                    size_t lanes) {
    v16 g = load(b->dy, at, bf16, lanes);
    if (b->dy2)
        g += load(b->dy2, at, bf16, lanes);
    if (!b->relu)
        return g;
    v16 y = b->y ? load(b->y, at, bf16, lanes) : x * scale + shift;
    return where(y > 0, g);
}

INLINE void back_moments(const nn_layout *l, const nn_norm_back *b, size_t first, size_t last,
                         const nn_affine *a, const float *origin, double sums[2][NN_BLOCK],
                         bool bf16, size_t lanes) {
    v16 scale = row(a->scale), shift = row(a->shift), o = row(origin), s = {0}, q = {0};
    size_t pixels = l->height * l->width, since = 0;
    for (size_t n = first; n < last; n++)
        for (size_t from = 0; from < pixels; from += FLUSH) {
            size_t to = pixels - from < FLUSH ? pixels : from + FLUSH;
            size_t at = n * l->image_stride + from * l->pixel_stride;
            for (size_t p = from; p < to; p++, at += l->pixel_stride) {
                v16 x = load(b->x, at, bf16, lanes);
                v16 g = gradient(b, at, x, scale, shift, bf16, lanes);
                if (b->g)
                    store(b->g, at, bf16, lanes, g);
                s += g, q += g * (x - o);
            }
            since += to - from;
            if (since >= FLUSH || n + 1 == last) {
                flush(sums[0], &s);
                flush(sums[1], &q);
                s = q = (v16){0};
                since = 0;
            }
        }
}

INLINE void back_apply(const nn_layout *l, const nn_norm_back *b, size_t first, size_t last,
                       const nn_affine *a, const float c[3][NN_BLOCK], bool bf16, size_t lanes) {
    v16 scale = row(a->scale), shift = row(a->shift), c0 = row(c[0]), c1 = row(c[1]),
        c2 = row(c[2]);
    size_t pixels = l->height * l->width;
    for (size_t n = first; n < last; n++)
        for (size_t p = 0, at = n * l->image_stride; p < pixels; p++, at += l->pixel_stride) {
            v16 x = load(b->x, at, bf16, lanes);
            v16 g =
                b->g ? load(b->g, at, bf16, lanes) : gradient(b, at, x, scale, shift, bf16, lanes);
            store(b->dx, at, bf16, lanes, c0 * g + (c1 * x + c2));
        }
}

/* Where in a window the gradient goes: the first that is largest, nowhere unless it is positive. */
INLINE void route(const v16 in[4], v16 top, i16v mask[4]) {
    i16v left = top > 0;
    for (int i = 0; i < 4; i++) {
        mask[i] = (in[i] == top) & left;
        left &= ~mask[i];
    }
}

INLINE void back_moments_pool(const nn_layout *l, const nn_layout *pooled, const nn_norm_back *b,
                              size_t first, size_t last, const nn_affine *a, const float *origin,
                              double sums[2][NN_BLOCK], bool bf16) {
    v16 scale = row(a->scale), shift = row(a->shift), o = row(origin), s = {0}, q = {0}, in[4];
    size_t since = 0, below = l->width * l->pixel_stride;
    const size_t offsets[4] = {0, l->pixel_stride, below, below + l->pixel_stride};
    EACH_WINDOW {
        i16v mask[4];
        v16 top = window(l, b->x, at, scale, shift, bf16, in);
        route(in, top, mask);
        v16 g = load(b->dy, to, bf16, NN_BLOCK), x = {0};
        for (int k = 0; k < 4; k++)
            x += where(mask[k], load(b->x, at + offsets[k], bf16, NN_BLOCK) - o);
        s += where(top > 0, g), q += g * x;
        if (++since == FLUSH) {
            flush(sums[0], &s);
            flush(sums[1], &q);
            s = q = (v16){0};
            since = 0;
        }
    }
    flush(sums[0], &s);
    flush(sums[1], &q);
}

INLINE void back_apply_pool(const nn_layout *l, const nn_layout *pooled, const nn_norm_back *b,
                            size_t first, size_t last, const nn_affine *a,
                            const float c[3][NN_BLOCK], bool bf16) {
    v16 scale = row(a->scale), shift = row(a->shift), c0 = row(c[0]), c1 = row(c[1]),
        c2 = row(c[2]), in[4];
    size_t below = l->width * l->pixel_stride;
    const size_t offsets[4] = {0, l->pixel_stride, below, below + l->pixel_stride};
    EACH_WINDOW {
        i16v mask[4];
        route(in, window(l, b->x, at, scale, shift, bf16, in), mask);
        v16 g = c0 * load(b->dy, to, bf16, NN_BLOCK);
        for (int k = 0; k < 4; k++) {
            v16 x = load(b->x, at + offsets[k], bf16, NN_BLOCK);
            store(b->dx, at + offsets[k], bf16, NN_BLOCK, where(mask[k], g) + (c1 * x + c2));
        }
    }
    for (size_t n = first; n < last; n++) /* pixels of an odd side that no window covers */
        for (size_t i = 0; i < l->height; i++)
            for (size_t j = i < 2 * pooled->height ? 2 * pooled->width : 0; j < l->width; j++) {
                size_t at = n * l->image_stride + (i * l->width + j) * l->pixel_stride;
                store(b->dx, at, bf16, NN_BLOCK, c1 * load(b->x, at, bf16, NN_BLOCK) + c2);
            }
}

/* ---- one clone per precision, and for a part of a block ---- */

#define DISPATCH(body, ...)                                                                        \
    do {                                                                                           \
        if (l->bf16)                                                                               \
            body(__VA_ARGS__, true, NN_BLOCK);                                                     \
        else if (l->lanes == NN_BLOCK)                                                             \
            body(__VA_ARGS__, false, NN_BLOCK);                                                    \
        else                                                                                       \
            body(__VA_ARGS__, false, l->lanes);                                                    \
    } while (0)

CLONES void nn_norm_moments(const nn_layout *l, const void *x, size_t first, size_t last,
                            const float origin[NN_BLOCK], double sums[2][NN_BLOCK]) {
    DISPATCH(moments, l, x, first, last, origin, sums);
}

CLONES void nn_norm_apply(const nn_layout *l, const void *x, const void *r, void *y, size_t first,
                          size_t last, const nn_affine *a, bool relu) {
    DISPATCH(apply, l, x, r, y, first, last, a, relu);
}

CLONES void nn_norm_back_moments(const nn_layout *l, const nn_norm_back *b, size_t first,
                                 size_t last, const nn_affine *a, const float origin[NN_BLOCK],
                                 double sums[2][NN_BLOCK]) {
    DISPATCH(back_moments, l, b, first, last, a, origin, sums);
}

CLONES void nn_norm_back_apply(const nn_layout *l, const nn_norm_back *b, size_t first, size_t last,
                               const nn_affine *a, const float c[3][NN_BLOCK]) {
    DISPATCH(back_apply, l, b, first, last, a, c);
}

CLONES void nn_norm_apply_pool(const nn_layout *l, const nn_layout *pooled, const void *x, void *y,
                               size_t first, size_t last, const nn_affine *a) {
    if (l->bf16)
        apply_pool(l, pooled, x, y, first, last, a, true);
    else
        apply_pool(l, pooled, x, y, first, last, a, false);
}

CLONES void nn_norm_back_moments_pool(const nn_layout *l, const nn_layout *pooled,
                                      const nn_norm_back *b, size_t first, size_t last,
                                      const nn_affine *a, const float origin[NN_BLOCK],
                                      double sums[2][NN_BLOCK]) {
    if (l->bf16)
        back_moments_pool(l, pooled, b, first, last, a, origin, sums, true);
    else
        back_moments_pool(l, pooled, b, first, last, a, origin, sums, false);
}

CLONES void nn_norm_back_apply_pool(const nn_layout *l, const nn_layout *pooled,
                                    const nn_norm_back *b, size_t first, size_t last,
                                    const nn_affine *a, const float c[3][NN_BLOCK]) {
    if (l->bf16)
        back_apply_pool(l, pooled, b, first, last, a, c, true);
    else
        back_apply_pool(l, pooled, b, first, last, a, c, false);
}
