/* Linear layers in float32, row-major: three matrix products. */
#include "nn/graph.h"

#include <math.h>

typedef struct linear {
    nn_op op;
    size_t weight, bias; /* parameters; bias NN_NONE: none */
    bool relu;
    size_t inner, width;
} linear;

static pl_status product(pl_ctx *ctx, const nn_op *op, char ta, char tb, size_t rows, size_t cols,
                         size_t inner, const float *a, size_t lda, const float *b, size_t ldb,
                         float *c) {
    return nn_check(ctx,
                    dnnl_sgemm(ta, tb, (dnnl_dim_t)rows, (dnnl_dim_t)cols, (dnnl_dim_t)inner, 1, a,
                               (dnnl_dim_t)lda, b, (dnnl_dim_t)ldb, 0, c, (dnnl_dim_t)cols),
                    op, "matrix product");
}

static pl_status forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)train;
    linear *l = (linear *)op;
    const float *x = nn_data(net, op->in), *w = net->parameters[l->weight].value;
    float *y = nn_data(net, op->out);
    size_t n = net->spec.batch, width = l->width;
    pl_status status = product(ctx, op, 'N', 'T', n, width, l->inner, x, l->inner, w, l->inner, y);
    if (status != PL_OK || (l->bias == NN_NONE && !l->relu))
        return status;
    const float *bias = l->bias == NN_NONE ? NULL : net->parameters[l->bias].value;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t i = 0; i < n; i++)
        for (size_t j = 0; j < width; j++) {
            float v = y[i * width + j] + (bias ? bias[j] : 0);
            y[i * width + j] = l->relu && v < 0 ? 0 : v;
        }
    return PL_OK;
}

/* dW = dy^T x, db = sum dy, dx = dy W, dy first cleared where the ReLU was. */
static pl_status backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    pl_status status = PL_OK;
    linear *l = (linear *)op;
    const float *x = nn_data(net, op->in), *y = nn_data(net, op->out);
    float *dy = nn_gradient(net, op->out, 0);
    const pl_parameter *w = &net->parameters[l->weight];
    size_t n = net->spec.batch, width = l->width;
    if (l->relu) {
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
    PL_TRY(product(ctx, op, 'T', 'N', width, l->inner, n, dy, width, x, l->inner, w->gradient));
    if (nn_wants_gradient(net, op->in))
        PL_TRY(product(ctx, op, 'N', 'N', n, l->inner, width, dy, width, w->value, l->inner,
                       nn_gradient(net, op->in, op->slot)));
done:
    return status;
}

static const nn_kind kind = {.forward = forward, .backward = backward, .keeps_input = true};
static const nn_kind with_relu = {
    .forward = forward, .backward = backward, .keeps_input = true, .keeps_output = true};

pl_status nn_linear(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t width, bool bias,
                    bool relu, nn_initial weights, nn_initial biases, size_t *out) {
    pl_status status = PL_OK;
    const nn_value *x = &net->values[in];
    size_t shape[] = {width, x->c * x->h * x->w};
    nn_op *op;
    PL_TRY(nn_add(ctx, net, relu ? &with_relu : &kind, sizeof(linear), name, in,
                  (nn_value){.c = width, .h = 1, .w = 1, .plain = true}, &op));
    linear *l = (linear *)op;
    l->relu = relu;
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
