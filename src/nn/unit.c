/* Rows divided by their norm: z = x / |x|, dx = (g - (g . z) z) / |x|. */
#include "nn/graph.h"

#include <math.h>

static double norm_of(const float *x, size_t n) {
    double sum = 0;
    for (size_t i = 0; i < n; i++)
        sum += (double)x[i] * (double)x[i];
    double norm = sqrt(sum);
    return norm < 1e-12 ? 1e-12 : norm; /* NaN stays */
}

static pl_status forward(pl_ctx *ctx, pl_net *net, nn_op *op, bool train) {
    (void)ctx, (void)train;
    const float *x = nn_data(net, op->in);
    float *z = nn_data(net, op->out);
    size_t d = net->values[op->in].c;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t n = 0; n < net->spec.batch; n++) {
        double norm = norm_of(x + n * d, d);
        for (size_t i = 0; i < d; i++)
            z[n * d + i] = (float)((double)x[n * d + i] / norm);
    }
    return PL_OK;
}

static pl_status backward(pl_ctx *ctx, pl_net *net, nn_op *op) {
    (void)ctx;
    const float *x = nn_data(net, op->in), *z = nn_data(net, op->out);
    const float *g = nn_gradient(net, op->out, 0);
    float *dx = nn_gradient(net, op->in, op->slot);
    size_t d = net->values[op->in].c;
#pragma omp parallel for num_threads(net->threads) schedule(static)
    for (size_t n = 0; n < net->spec.batch; n++) {
        double norm = norm_of(x + n * d, d), along = 0;
        for (size_t i = 0; i < d; i++)
            along += (double)g[n * d + i] * (double)z[n * d + i];
        for (size_t i = 0; i < d; i++)
            dx[n * d + i] = (float)(((double)g[n * d + i] - along * (double)z[n * d + i]) / norm);
    }
    return PL_OK;
}

static const nn_kind kind = {
    .forward = forward, .backward = backward, .keeps_input = true, .keeps_output = true};

pl_status nn_unit(pl_ctx *ctx, pl_net *net, const char *name, size_t in, size_t *out) {
    nn_value shape = net->values[in];
    shape.consumers = 0;
    nn_op *op;
    pl_status status = nn_add(ctx, net, &kind, sizeof(nn_op), name, in, shape, &op);
    if (status != PL_OK)
        return status;
    *out = op->out;
    return PL_OK;
}
