/* The edges of the trunk: maximum over overlapping windows (oneDNN's), mean over all pixels, and
 * the trunk's layout as a matrix. */
#include "nn/graph.h"

#include <stdint.h>
#include <string.h>

/* ---- maximum ---- */

typedef struct pool {
    nn_op op;
    nn_window window;
    nn_call forward, backward;
    nn_buffer places; /* which element was the largest */
} pool;

static pl_status pool_plan(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    pool *p = (pool *)op;
    dnnl_memory_desc_t x = nn_describe(net, &net->values[op->in]);
    dnnl_memory_desc_t y = nn_describe(net, &net->values[op->out]);
    dnnl_dim_t k = (dnnl_dim_t)p->window.kernel, s = (dnnl_dim_t)p->window.stride,
               pad = (dnnl_dim_t)p->window.pad;
    dnnl_dims_t kernel = {k, k}, stride = {s, s}, before = {pad, pad}, after;
    for (int i = 0; i < 2; i++) /* the far edge: only what the last window needs */
        after[i] = (y.dims[2 + i] - 1) * s + k - x.dims[2 + i] - pad;
    dnnl_pooling_desc_t d;
    dnnl_primitive_attr_t attr = NULL;
    int f = nn_forward_step(op), b = nn_backward_step(net, op);
    PL_TRY(nn_check(ctx, dnnl_primitive_attr_create(&attr), op, "attributes"));
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    PL_TRY(nn_check(ctx,
                    dnnl_pooling_forward_desc_init(&d, dnnl_forward_training, dnnl_pooling_max, &x,
                                                   &y, stride, kernel, before, after),
                    op, "pool"));
    PL_TRY(nn_check(ctx, dnnl_primitive_desc_create(&p->forward.pd, &d, attr, net->engine, NULL),
                    op, "pool"));
    PL_TRY(nn_check(ctx,
                    dnnl_pooling_backward_desc_init(&d, dnnl_pooling_max, &x, &y, stride, kernel,
                                                    before, after),
                    op, "pool"));
    PL_TRY(nn_check(
        ctx, dnnl_primitive_desc_create(&p->backward.pd, &d, attr, net->engine, p->forward.pd), op,
        "pool"));
    PL_TRY(nn_call_plan(ctx, net, op, &p->forward, f));
    PL_TRY(nn_call_plan(ctx, net, op, &p->backward, b));
    const dnnl_memory_desc_t *places =
        dnnl_primitive_desc_query_md(p->forward.pd, dnnl_query_workspace_md, 0);
    PL_TRY(nn_need(ctx, net, dnnl_memory_desc_get_size(places), f, b, &p->places));
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}

static pl_status pool_bind(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    pool *p = (pool *)op;
    dnnl_memory_desc_t x = nn_describe(net, &net->values[op->in]);
    dnnl_memory_desc_t y = nn_describe(net, &net->values[op->out]);
    dnnl_memory_desc_t places =
        *dnnl_primitive_desc_query_md(p->forward.pd, dnnl_query_workspace_md, 0);
    void *at = nn_at(net, p->places);
    nn_call *f = &p->forward, *b = &p->backward;
    PL_TRY(nn_call_bind(ctx, net, op, f));
    PL_TRY(nn_call_argument(ctx, net, op, f, DNNL_ARG_SRC, &x, nn_data(net, op->in)));
    PL_TRY(nn_call_argument(ctx, net, op, f, DNNL_ARG_DST, &y, nn_data(net, op->out)));
    PL_TRY(nn_call_argument(ctx, net, op, f, DNNL_ARG_WORKSPACE, &places, at));
    PL_TRY(nn_call_bind(ctx, net, op, b));
    PL_TRY(nn_call_argument(ctx, net, op, b, DNNL_ARG_DIFF_SRC, &x,
                            nn_gradient(net, op->in, op->slot)));
    PL_TRY(nn_call_argument(ctx, net, op, b, DNNL_ARG_DIFF_DST, &y, nn_gradient(net, op->out, 0)));
    PL_TRY(nn_call_argument(ctx, net, op, b, DNNL_ARG_WORKSPACE, &places, at));
done:
    return status;
}

static pl_status pool_forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)train;
    return nn_call_run(ctx, net, op, &((pool *)op)->forward);
}

static pl_status pool_backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    return nn_call_run(ctx, net, op, &((pool *)op)->backward);
}

static void pool_free(nn_op *op) {
    nn_call_free(&((pool *)op)->forward);
    nn_call_free(&((pool *)op)->backward);
}

static const nn_kind pool_kind = {.plan = pool_plan,
                                  .bind = pool_bind,
                                  .forward = pool_forward,
                                  .backward = pool_backward,
                                  .free = pool_free};

pl_status nn_pool(pl_ctx *ctx, pl_net *net, const char *name, size_t in, nn_window window,
                  size_t *out) {
    nn_value shape = net->values[in];
    if (shape.h + 2 * window.pad < window.kernel || shape.w + 2 * window.pad < window.kernel)
        return pl_fail(ctx, PL_EDOMAIN, "%s: maps of %zu x %zu are too small for it", name, shape.h,
                       shape.w);
    shape.h = (shape.h + 2 * window.pad - window.kernel) / window.stride + 1;
    shape.w = (shape.w + 2 * window.pad - window.kernel) / window.stride + 1;
    shape.consumers = 0;
    nn_op *op;
    pl_status status = nn_add(ctx, net, &pool_kind, sizeof(pool), name, in, shape, &op);
    if (status != PL_OK)
        return status;
    ((pool *)op)->window = window;
    *out = op->out;
    return PL_OK;
}

/* ---- mean ---- */

/* Element (pixel 0, channel c) of image n, and the way to the next pixel. */
static size_t channel_at(const pl_net *net, const nn_value *v, size_t n, size_t c, size_t *next) {
    size_t pixels = v->h * v->w;
    if (net->trunk != dnnl_nChw16c) {
        *next = v->c;
        return n * pixels * v->c + c;
    }
    *next = NN_LANES;
    return (n * v->c + c / NN_LANES * NN_LANES) * pixels + c % NN_LANES;
}

static float from_bf16(uint16_t h) {
    uint32_t bits = (uint32_t)h << 16;
    float f;
    memcpy(&f, &bits, sizeof f);
    return f;
}

static uint16_t to_bf16(float f) { /* nearest, ties to even; NaN stays NaN */
    uint32_t u;
    memcpy(&u, &f, sizeof u);
    if (f != f)
        return (uint16_t)(u >> 16 | 0x40);
    return (uint16_t)((u + 0x7fff + (u >> 16 & 1)) >> 16);
}

/* Channels are taken by sixteens: they lie beside each other in both layouts. */
static pl_status mean_forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)ctx, (void)train;
    const nn_value *in = &net->values[op->in];
    const void *x = nn_data(net, op->in);
    float *y = nn_data(net, op->out);
    size_t pixels = in->h * in->w, blocks = in->c / NN_LANES;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t t = 0; t < net->spec.batch * blocks; t++) {
        size_t n = t / blocks, c = t % blocks * NN_LANES, next, at;
        float sum[NN_LANES] = {0};
        at = channel_at(net, in, n, c, &next);
        for (size_t p = 0; p < pixels; p++, at += next)
            for (int i = 0; i < NN_LANES; i++)
                sum[i] += in->bf16 ? from_bf16(((const uint16_t *)x)[at + i])
                                   : ((const float *)x)[at + i];
        for (int i = 0; i < NN_LANES; i++)
            y[n * in->c + c + i] = sum[i] / (float)pixels;
    }
    return PL_OK;
}

static pl_status mean_backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    (void)ctx;
    const nn_value *in = &net->values[op->in];
    const float *dy = nn_gradient(net, op->out, 0);
    void *dx = nn_gradient(net, op->in, op->slot);
    size_t pixels = in->h * in->w, blocks = in->c / NN_LANES;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t t = 0; t < net->spec.batch * blocks; t++) {
        size_t n = t / blocks, c = t % blocks * NN_LANES, next, at;
        float part[NN_LANES];
        uint16_t half[NN_LANES];
        for (int i = 0; i < NN_LANES; i++) {
            part[i] = dy[n * in->c + c + i] / (float)pixels;
            half[i] = to_bf16(part[i]);
        }
        at = channel_at(net, in, n, c, &next);
        for (size_t p = 0; p < pixels; p++, at += next)
            if (in->bf16)
                memcpy((uint16_t *)dx + at, half, sizeof half);
            else
                memcpy((float *)dx + at, part, sizeof part);
    }
    return PL_OK;
}

static const nn_kind mean_kind = {.forward = mean_forward, .backward = mean_backward};

pl_status nn_mean(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out) {
    nn_op *op;
    nn_value shape = {.c = net->values[in].c, .h = 1, .w = 1, .plain = true};
    pl_status status = nn_add(ctx, net, &mean_kind, sizeof(nn_op), name, in, shape, &op);
    if (status != PL_OK)
        return status;
    *out = op->out;
    return PL_OK;
}

/* ---- flatten ---- */

typedef struct flatten {
    nn_op op;
    nn_call there, back;
} flatten;

static pl_status flatten_plan(pl_ctx *ctx, pl_net *net, nn_op *op) {
    flatten *f = (flatten *)op;
    nn_value plain = net->values[op->in];
    dnnl_memory_desc_t x = nn_describe(net, &plain), y;
    plain.plain = true;
    plain.bf16 = false;
    y = nn_describe(net, &plain);
    pl_status status = nn_reorder_plan(ctx, net, op, &f->there, &x, &y, nn_forward_step(op));
    if (status == PL_OK)
        status = nn_reorder_plan(ctx, net, op, &f->back, &y, &x, nn_backward_step(net, op));
    return status;
}

static pl_status flatten_bind(pl_ctx *ctx, pl_net *net, nn_op *op) {
    flatten *f = (flatten *)op;
    pl_status status =
        nn_reorder_bind(ctx, net, op, &f->there, nn_data(net, op->in), nn_data(net, op->out));
    if (status == PL_OK)
        status = nn_reorder_bind(ctx, net, op, &f->back, nn_gradient(net, op->out, 0),
                                 nn_gradient(net, op->in, op->slot));
    return status;
}

static pl_status flatten_forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)train;
    return nn_call_run(ctx, net, op, &((flatten *)op)->there);
}

static pl_status flatten_backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    return nn_call_run(ctx, net, op, &((flatten *)op)->back);
}

static void flatten_free(nn_op *op) {
    nn_call_free(&((flatten *)op)->there);
    nn_call_free(&((flatten *)op)->back);
}

static const nn_kind flatten_kind = {.plan = flatten_plan,
                                     .bind = flatten_bind,
                                     .forward = flatten_forward,
                                     .backward = flatten_backward,
                                     .free = flatten_free};

pl_status nn_flatten(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out) {
    const nn_value *x = &net->values[in];
    nn_op *op;
    nn_value shape = {.c = x->c * x->h * x->w, .h = 1, .w = 1, .plain = true};
    pl_status status = nn_add(ctx, net, &flatten_kind, sizeof(flatten), name, in, shape, &op);
    if (status != PL_OK)
        return status;
    *out = op->out;
    return PL_OK;
}
