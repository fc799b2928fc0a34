/* Linear layers in float32, row-major: three matrix products, y = x W^T (+ b) (and ReLU),
 * dW = dy^T x, dx = dy W. */
#include "nn/graph.h"

typedef enum { FORWARD, BACKWARD_DATA, BACKWARD_WEIGHTS } pass;

typedef struct linear {
    nn_op op;
    size_t weight, bias; /* parameters; bias NN_NONE: none */
    size_t inner, width;
    nn_call calls[3];
} linear;

/* rows x cols; transposed: of a matrix that lies in memory as cols x rows. */
static dnnl_memory_desc_t matrix(size_t rows, size_t cols, bool transposed) {
    dnnl_memory_desc_t md;
    dnnl_dims_t dims = {(dnnl_dim_t)rows, (dnnl_dim_t)cols};
    dnnl_memory_desc_init_by_tag(&md, 2, dims, dnnl_f32, transposed ? dnnl_ba : dnnl_ab);
    return md;
}

/* The factors and the product of a pass. */
static void shapes(const pl_net *net, const linear *l, pass p, dnnl_memory_desc_t md[3]) {
    size_t n = net->spec.batch;
    switch (p) {
    case FORWARD:
        md[0] = matrix(n, l->inner, false);
        md[1] = matrix(l->inner, l->width, true);
        md[2] = matrix(n, l->width, false);
        break;
    case BACKWARD_DATA:
        md[0] = matrix(n, l->width, false);
        md[1] = matrix(l->width, l->inner, false);
        md[2] = matrix(n, l->inner, false);
        break;
    case BACKWARD_WEIGHTS:
        md[0] = matrix(l->width, n, true);
        md[1] = matrix(n, l->inner, false);
        md[2] = matrix(l->width, l->inner, false);
        break;
    }
}

static pl_status plan_pass(pl_ctx *ctx, pl_net *net, linear *l, pass p) {
    pl_status status = PL_OK;
    nn_op *op = &l->op;
    dnnl_memory_desc_t md[3], row = matrix(1, l->width, false);
    dnnl_primitive_attr_t attr = NULL;
    dnnl_matmul_desc_t d;
    shapes(net, l, p, md);
    PL_TRY(nn_check(ctx, dnnl_primitive_attr_create(&attr), op, "attributes"));
    dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    PL_TRY(nn_check(ctx,
                    dnnl_matmul_desc_init(&d, &md[0], &md[1],
                                          p == FORWARD && l->bias != NN_NONE ? &row : NULL, &md[2]),
                    op, "matrix product"));
    PL_TRY(nn_check(ctx, dnnl_primitive_desc_create(&l->calls[p].pd, &d, attr, net->engine, NULL),
                    op, "matrix product"));
    PL_TRY(nn_call_plan(ctx, net, op, &l->calls[p],
                        p == FORWARD ? nn_forward_step(op) : nn_backward_step(net, op)));
done:
    dnnl_primitive_attr_destroy(attr);
    return status;
}

static pl_status plan(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    linear *l = (linear *)op;
    PL_TRY(plan_pass(ctx, net, l, FORWARD));
    PL_TRY(plan_pass(ctx, net, l, BACKWARD_WEIGHTS));
    if (nn_wants_gradient(net, op->in))
        PL_TRY(plan_pass(ctx, net, l, BACKWARD_DATA));
done:
    return status;
}

static pl_status bind_pass(pl_ctx *ctx, pl_net *net, linear *l, pass p, void *a, void *b,
                           void *product) {
    pl_status status = PL_OK;
    nn_op *op = &l->op;
    nn_call *call = &l->calls[p];
    dnnl_memory_desc_t md[3], row = matrix(1, l->width, false);
    shapes(net, l, p, md);
    PL_TRY(nn_call_bind(ctx, net, op, call));
    PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_SRC, &md[0], a));
    PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_WEIGHTS, &md[1], b));
    PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_DST, &md[2], product));
    if (p == FORWARD && l->bias != NN_NONE)
        PL_TRY(nn_call_argument(ctx, net, op, call, DNNL_ARG_BIAS, &row,
                                net->parameters[l->bias].value));
done:
    return status;
}

static pl_status bind(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    linear *l = (linear *)op;
    const pl_parameter *w = &net->parameters[l->weight];
    void *x = nn_data(net, op->in), *dy = nn_gradient(net, op->out, 0);
    PL_TRY(bind_pass(ctx, net, l, FORWARD, x, w->value, nn_data(net, op->out)));
    PL_TRY(bind_pass(ctx, net, l, BACKWARD_WEIGHTS, dy, x, w->gradient));
    if (nn_wants_gradient(net, op->in))
        PL_TRY(bind_pass(ctx, net, l, BACKWARD_DATA, dy, w->value,
                         nn_gradient(net, op->in, op->slot)));
done:
    return status;
}

static pl_status forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)train;
    linear *l = (linear *)op;
    float *y = nn_data(net, op->out);
    pl_status status = nn_call_run(ctx, net, op, &l->calls[FORWARD]);
    if (status == PL_OK && op->relu) { /* not oneDNN's, which makes 0 of NaN */
#pragma omp parallel for num_threads(net->threads) schedule(static)
        for (size_t i = 0; i < net->spec.batch * l->width; i++)
            y[i] = y[i] < 0 ? 0 : y[i];
    }
    return status;
}

/* dy is first cleared where the ReLU was shut; db = sum dy. */
static pl_status backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    linear *l = (linear *)op;
    const float *y = nn_data(net, op->out);
    float *dy = nn_gradient(net, op->out, 0);
    size_t n = net->spec.batch, width = l->width;
    if (op->relu) {
#pragma omp parallel for num_threads(net->threads) schedule(static)
        for (size_t i = 0; i < n * width; i++)
            dy[i] = y[i] > 0 ? dy[i] : 0;
    }
    if (l->bias != NN_NONE) {
        float *db = net->parameters[l->bias].gradient;
#pragma omp parallel for num_threads(net->threads) schedule(static)
        for (size_t j = 0; j < width; j++) {
            double sum = 0;
            for (size_t i = 0; i < n; i++)
                sum += (double)dy[i * width + j];
            db[j] = (float)sum;
        }
    }
    PL_TRY(nn_call_run(ctx, net, op, &l->calls[BACKWARD_WEIGHTS]));
    if (l->calls[BACKWARD_DATA].primitive)
        PL_TRY(nn_call_run(ctx, net, op, &l->calls[BACKWARD_DATA]));
done:
    return status;
}

static void release(nn_op *op) {
    for (int p = 0; p < 3; p++)
        nn_call_free(&((linear *)op)->calls[p]);
}

static const nn_kind kind = {.plan = plan,
                             .bind = bind,
                             .forward = forward,
                             .backward = backward,
                             .free = release,
                             .keeps_input = true};
static const nn_kind with_relu = {.plan = plan,
                                  .bind = bind,
                                  .forward = forward,
                                  .backward = backward,
                                  .free = release,
                                  .keeps_input = true,
                                  .keeps_output = true};

pl_status nn_linear(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t width, bool bias,
                    bool relu, nn_initial weights, nn_initial biases, size_t *out) {
    pl_status status = PL_OK;
    const nn_value *x = &net->values[in];
    size_t shape[] = {width, x->c * x->h * x->w};
    nn_op *op;
    PL_TRY(nn_add(ctx, net, relu ? &with_relu : &kind, sizeof(linear), name, in,
                  (nn_value){.c = width, .h = 1, .w = 1, .plain = true}, &op));
    linear *l = (linear *)op;
    op->relu = relu;
    l->inner = shape[1];
    l->width = width;
    l->bias = NN_NONE;
    PL_TRY(nn_add_parameter(ctx, net, name, "weight", 2, shape, true, weights, &l->weight));
    if (bias)
        PL_TRY(nn_add_parameter(ctx, net, name, "bias", 1, shape, false, biases, &l->bias));
    *out = op->out;
done:
    return status;
}
