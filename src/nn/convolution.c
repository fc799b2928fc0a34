/* Convolution without bias. Winograd F(4 x 4, 3 x 3) where it pays, direct elsewhere, float32 or
 * bf16 with float32 weight gradients. The parameters stay in PyTorch's order; each pass turns them
 * into the layout that its algorithm wants, next to the use, where they are in cache. */
#include "nn/graph.h"

#include <stdio.h>
#include <string.h>

typedef enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } pass;

typedef struct convolution {
    nn_op op;
    size_t weight; /* parameter */
    nn_window window;
    nn_call calls[3];
    nn_call turn[3]; /* weights to each pass's layout; of BACKWARD_WEIGHTS: the gradient back */
    bool turned[3];  /* false: the pass takes PyTorch's order as it is */
    nn_buffer turned_at[3];
    nn_call enter; /* the images into the first layer's layout */
    bool entered;
    nn_buffer entered_at;
} convolution;

static dnnl_memory_desc_t weight_order(const pl_parameter *p, dnnl_data_type_t type,
                                       dnnl_format_tag_t tag) {
    dnnl_memory_desc_t md;
    dnnl_dims_t dims = {(dnnl_dim_t)p->shape[0], (dnnl_dim_t)p->shape[1], (dnnl_dim_t)p->shape[2],
                        (dnnl_dim_t)p->shape[3]};
    dnnl_memory_desc_init_by_tag(&md, 4, dims, type, tag);
    return md;
}

/* The rule that run.json records: Winograd needs 3 x 3, stride 1 and 16 channels on both sides,
 * and pays in float32 only (measured: 1.3 to 2.3 times direct for every such layer and pass). */
static bool winograd_pays(const pl_net *net, const convolution *c) {
    const pl_parameter *p = &net->parameters[c->weight];
    return !net->spec.deterministic && net->spec.precision == PL_NET_F32 && c->window.kernel == 3 &&
           c->window.stride == 1 && p->shape[0] >= 16 && p->shape[1] >= 16;
}

static dnnl_status_t describe(const convolution *c, pass p, dnnl_alg_kind_t algorithm,
                              const dnnl_memory_desc_t *x, const dnnl_memory_desc_t *w,
                              const dnnl_memory_desc_t *y, dnnl_convolution_desc_t *out) {
    dnnl_dim_t stride = (dnnl_dim_t)c->window.stride, pad = (dnnl_dim_t)c->window.pad;
    dnnl_dims_t strides = {stride, stride}, pads = {pad, pad};
    switch (p) {
    case FORWARD:
        return dnnl_convolution_forward_desc_init(out, dnnl_forward_training, algorithm, x, w, NULL,
                                                  y, strides, pads, pads);
    case BACKWARD_DATA:
        return dnnl_convolution_backward_data_desc_init(out, algorithm, x, w, y, strides, pads,
                                                        pads);
    case BACKWARD_WEIGHTS:
        break;
    }
    return dnnl_convolution_backward_weights_desc_init(out, algorithm, x, w, NULL, y, strides, pads,
                                                       pads);
}

static const dnnl_memory_desc_t *weights_of(const nn_call *call, pass p) {
    return dnnl_primitive_desc_query_md(
        call->pd, p == BACKWARD_WEIGHTS ? dnnl_query_diff_weights_md : dnnl_query_weights_md, 0);
}

/* The primitive's descriptor: by Winograd where that pays and is offered, else direct. */
static pl_status choose(pl_ctx *ctx, pl_net *net, convolution *c, pass p,
                        const dnnl_memory_desc_t *x) {
    pl_status status = PL_OK;
    const nn_value *y = &net->values[c->op.out];
    dnnl_data_type_t type = y->bf16 && p != BACKWARD_WEIGHTS ? dnnl_bf16 : dnnl_f32;
    dnnl_memory_desc_t w = weight_order(&net->parameters[c->weight], type, dnnl_format_tag_any);
    dnnl_memory_desc_t y_md = nn_describe(net, y);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_convolution_desc_t d;
    nn_call *call = &c->calls[p];
    PL_TRY(nn_check(ctx, dnnl_primitive_attr_create(&attr), &c->op, "attributes"));
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    bool winograd =
        winograd_pays(net, c) &&
        describe(c, p, dnnl_convolution_winograd, x, &w, &y_md, &d) == dnnl_success &&
        dnnl_primitive_desc_create(&call->pd, &d, attr, net->engine, NULL) == dnnl_success;
    if (!winograd) {
        PL_TRY(nn_check(ctx, describe(c, p, dnnl_convolution_direct, x, &w, &y_md, &d), &c->op,
                        "convolution"));
        PL_TRY(nn_check(ctx, dnnl_primitive_desc_create(&call->pd, &d, attr, net->engine, NULL),
                        &c->op, "convolution"));
    }
    const char *kernel = "";
    dnnl_primitive_desc_query(call->pd, dnnl_query_impl_info_str, 0, &kernel);
    snprintf(c->op.algorithm[p], NN_ALGORITHM, "%s %s, %s", winograd ? "winograd" : "direct",
             y->bf16 ? "bf16" : "f32", kernel);
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}

static bool first_layer(const pl_net *net, const convolution *c) {
    return !nn_wants_gradient(net, c->op.in);
}

/* One pass: its descriptor, its scratch, its weights' layout. */
static pl_status plan_pass(pl_ctx *ctx, pl_net *net, convolution *c, pass p,
                           const dnnl_memory_desc_t *x) {
    pl_status status = PL_OK;
    int step = p == FORWARD ? nn_forward_step(&c->op) : nn_backward_step(net, &c->op);
    dnnl_memory_desc_t plain = weight_order(&net->parameters[c->weight], dnnl_f32, dnnl_oihw);
    PL_TRY(choose(ctx, net, c, p, x));
    PL_TRY(nn_call_plan(ctx, net, &c->op, &c->calls[p], step));
    const dnnl_memory_desc_t *w = weights_of(&c->calls[p], p);
    if (dnnl_memory_desc_equal(w, &plain))
        return PL_OK;
    c->turned[p] = true;
    PL_TRY(nn_need(ctx, net, dnnl_memory_desc_get_size(w), step, step, &c->turned_at[p]));
    PL_TRY(nn_reorder_plan(ctx, net, &c->op, &c->turn[p], p == BACKWARD_WEIGHTS ? w : &plain,
                           p == BACKWARD_WEIGHTS ? &plain : w, step));
done:
    return status;
}

static pl_status plan(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    convolution *c = (convolution *)op;
    const nn_value *in = &net->values[op->in];
    dnnl_memory_desc_t x = nn_describe(net, in), images = x;
    if (first_layer(net, c)) { /* whatever layout of the images suits the kernel */
        dnnl_dims_t dims;
        memcpy(dims, x.dims, sizeof dims);
        dnnl_memory_desc_init_by_tag(&x, 4, dims, net->values[op->out].bf16 ? dnnl_bf16 : dnnl_f32,
                                     dnnl_format_tag_any);
    }
    PL_TRY(plan_pass(ctx, net, c, FORWARD, &x));
    x = *dnnl_primitive_desc_query_md(c->calls[FORWARD].pd, dnnl_query_src_md, 0);
    if (first_layer(net, c) && !dnnl_memory_desc_equal(&x, &images)) {
        c->entered = true;
        PL_TRY(nn_need(ctx, net, dnnl_memory_desc_get_size(&x), nn_forward_step(op),
                       nn_backward_step(net, op), &c->entered_at));
        PL_TRY(nn_reorder_plan(ctx, net, op, &c->enter, &images, &x, nn_forward_step(op)));
    }
    PL_TRY(plan_pass(ctx, net, c, BACKWARD_WEIGHTS, &x));
    if (!first_layer(net, c))
        PL_TRY(plan_pass(ctx, net, c, BACKWARD_DATA, &x));
done:
    return status;
}

static pl_status bind_pass(pl_ctx *ctx, pl_net *net, convolution *c, pass p) {
    static const struct {
        dnnl_query_t x, y;
        int arg_x, arg_w, arg_y;
    } of[] = {
        {dnnl_query_src_md, dnnl_query_dst_md, DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST},
        {dnnl_query_diff_src_md, dnnl_query_diff_dst_md, DNNL_ARG_DIFF_SRC, DNNL_ARG_WEIGHTS,
         DNNL_ARG_DIFF_DST},
        {dnnl_query_src_md, dnnl_query_diff_dst_md, DNNL_ARG_SRC, DNNL_ARG_DIFF_WEIGHTS,
         DNNL_ARG_DIFF_DST},
    };
    pl_status status = PL_OK;
    nn_op *op = &c->op;
    nn_call *call = &c->calls[p];
    const pl_parameter *parameter = &net->parameters[c->weight];
    float *plain = p == BACKWARD_WEIGHTS ? parameter->gradient : parameter->value;
    void *w = c->turned[p] ? nn_at(net, c->turned_at[p]) : (void *)plain;
    void *x = p == BACKWARD_DATA ? nn_gradient(net, op->in, op->slot)
              : c->entered       ? nn_at(net, c->entered_at)
                                 : nn_data(net, op->in);
    void *y = p == FORWARD ? nn_data(net, op->out) : nn_gradient(net, op->out, 0);
    PL_TRY(nn_call_bind(ctx, net, op, call));
    PL_TRY(nn_call_argument(ctx, net, op, call, of[p].arg_x,
                            dnnl_primitive_desc_query_md(call->pd, of[p].x, 0), x));
    PL_TRY(nn_call_argument(ctx, net, op, call, of[p].arg_w, weights_of(call, p), w));
    PL_TRY(nn_call_argument(ctx, net, op, call, of[p].arg_y,
                            dnnl_primitive_desc_query_md(call->pd, of[p].y, 0), y));
    if (c->turned[p])
        PL_TRY(nn_reorder_bind(ctx, net, op, &c->turn[p], p == BACKWARD_WEIGHTS ? w : plain,
                               p == BACKWARD_WEIGHTS ? plain : w));
done:
    return status;
}

static pl_status bind(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    convolution *c = (convolution *)op;
    for (pass p = FORWARD; p <= BACKWARD_WEIGHTS; p++)
        if (c->calls[p].pd)
            PL_TRY(bind_pass(ctx, net, c, p));
    if (c->entered)
        PL_TRY(nn_reorder_bind(ctx, net, op, &c->enter, nn_data(net, op->in),
                               nn_at(net, c->entered_at)));
done:
    return status;
}

static pl_status forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    pl_status status = PL_OK;
    convolution *c = (convolution *)op;
    (void)train;
    if (c->entered)
        PL_TRY(nn_call_run(ctx, net, op, &c->enter));
    if (c->turned[FORWARD])
        PL_TRY(nn_call_run(ctx, net, op, &c->turn[FORWARD]));
    PL_TRY(nn_call_run(ctx, net, op, &c->calls[FORWARD]));
done:
    return status;
}

static pl_status backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    convolution *c = (convolution *)op;
    PL_TRY(nn_call_run(ctx, net, op, &c->calls[BACKWARD_WEIGHTS]));
    if (c->turned[BACKWARD_WEIGHTS])
        PL_TRY(nn_call_run(ctx, net, op, &c->turn[BACKWARD_WEIGHTS]));
    if (!c->calls[BACKWARD_DATA].pd)
        return PL_OK;
    if (c->turned[BACKWARD_DATA])
        PL_TRY(nn_call_run(ctx, net, op, &c->turn[BACKWARD_DATA]));
    PL_TRY(nn_call_run(ctx, net, op, &c->calls[BACKWARD_DATA]));
done:
    return status;
}

static void release(nn_op *op) {
    convolution *c = (convolution *)op;
    for (int p = 0; p < 3; p++) {
        nn_call_free(&c->calls[p]);
        nn_call_free(&c->turn[p]);
    }
    nn_call_free(&c->enter);
}

static const nn_kind kind = {.plan = plan,
                             .bind = bind,
                             .forward = forward,
                             .backward = backward,
                             .free = release,
                             .keeps_input = true};

pl_status nn_convolution(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t out_channels,
                         nn_window window, nn_initial initial, size_t *out) {
    pl_status status = PL_OK;
    const nn_value *x = &net->values[in];
    size_t shape[] = {out_channels, x->c, window.kernel, window.kernel};
    nn_value y = {.c = out_channels,
                  .h = (x->h + 2 * window.pad - window.kernel) / window.stride + 1,
                  .w = (x->w + 2 * window.pad - window.kernel) / window.stride + 1,
                  .bf16 = net->spec.precision == PL_NET_BF16};
    nn_op *op;
    if (x->h + 2 * window.pad < window.kernel || x->w + 2 * window.pad < window.kernel)
        return pl_fail(ctx, PL_EDOMAIN, "%s: maps of %zu x %zu are too small for it", name, x->h,
                       x->w);
    PL_TRY(nn_add(ctx, net, &kind, sizeof(convolution), name, in, y, &op));
    ((convolution *)op)->window = window;
    PL_TRY(nn_add_parameter(ctx, net, name, "weight", 4, shape, true, initial,
                            &((convolution *)op)->weight));
    *out = op->out;
done:
    return status;
}
